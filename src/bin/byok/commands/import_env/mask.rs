//! In GitHub Actions: tells the runner what to hide in its log, before anything else is said.

use anyhow::Result;
use byok::export::github;
use byok::import::plan::{Plan, Why};
use byok::secret::Secret;

use crate::cli::ImportEnv;
use crate::session::Session;
use crate::vars;

/// Has the runner mask every key that was found, those that are not taken included. It reads both streams; data for
/// programs must stay data.
pub(super) fn announce(session: &Session<'_>, args: &ImportEnv, found: &Plan) -> Result<()> {
    if vars::value("GITHUB_ACTIONS").as_deref() != Some("true") {
        return Ok(());
    }
    let left = found.skipped.iter().flat_map(|skipped| -> Vec<&Secret> {
        match &skipped.why {
            Why::Ambiguous(proposals) => proposals.iter().map(|one| &one.secret).collect(),
            Why::Unclaimed(secret) => vec![secret],
            _ => Vec::new(),
        }
    });
    let all = found.keys.iter().map(|one| &one.secret).chain(left);
    let commands = github::masks(all.map(Secret::expose));
    if args.json { session.ui.raw(&commands) } else { session.ui.data(commands.as_bytes()) }
}
