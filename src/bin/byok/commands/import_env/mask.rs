//! In GitHub Actions: tells the runner what to hide in its log, before anything else is said.

use anyhow::Result;
use byok::import::plan::{Plan, Why};
use byok::secret::Secret;
use zeroize::Zeroizing;

use crate::cli::ImportEnv;
use crate::session::Session;
use crate::vars;

/// Has the runner mask every key that was found, those that are not taken included. It reads both streams; data for
/// programs must stay data.
pub(super) fn announce(session: &Session<'_>, args: &ImportEnv, found: &Plan) -> Result<()> {
    if vars::value("GITHUB_ACTIONS").as_deref() != Some("true") {
        return Ok(());
    }
    let mut commands = Zeroizing::new(String::new());
    let left = found.skipped.iter().flat_map(|skipped| -> Vec<&Secret> {
        match &skipped.why {
            Why::Ambiguous(proposals) => proposals.iter().map(|one| &one.secret).collect(),
            Why::Unclaimed(secret) => vec![secret],
            _ => Vec::new(),
        }
    });
    let all = found.keys.iter().map(|one| &one.secret).chain(left);
    for line in all.flat_map(|secret| secret.expose().lines()).filter(|line| !line.trim().is_empty()) {
        // The runner compares line by line, so a key of several lines takes several commands.
        commands.push_str("::add-mask::");
        commands.push_str(&Zeroizing::new(line.replace('%', "%25").replace('\r', "%0D")));
        commands.push('\n');
    }
    if args.json { session.ui.raw(&commands) } else { session.ui.data(commands.as_bytes()) }
}
