//! In GitHub Actions: tells the runner what to hide in its log, before anything else is said.

use anyhow::Result;
use byok::export::github;
use byok::import::plan::{Plan, Why};
use byok::secret::Secret;

use crate::session::Session;
use crate::vars;

/// Has the runner mask these keys. It reads both streams; data for
/// programs must stay data.
pub(in crate::commands) fn announce<'a>(
    session: &Session<'_>,
    json: bool,
    secrets: impl Iterator<Item = &'a Secret>,
) -> Result<()> {
    if vars::value("GITHUB_ACTIONS").as_deref() != Some("true") {
        return Ok(());
    }
    let all: Vec<&Secret> = secrets.collect();
    let commands = github::masks(all.iter().map(|secret| secret.expose()));
    if json { session.ui.raw(&commands) } else { session.ui.data(commands.as_bytes()) }
}

/// Every key that was found, those that are not taken included.
pub(super) fn secrets(found: &Plan) -> impl Iterator<Item = &Secret> {
    let left = found.skipped.iter().flat_map(|skipped| -> Vec<&Secret> {
        match &skipped.why {
            Why::Ambiguous(proposals) => proposals.iter().map(|one| &one.secret).collect(),
            Why::Unclaimed(secret) => vec![secret],
            _ => Vec::new(),
        }
    });
    found.keys.iter().map(|one| &one.secret).chain(left)
}
