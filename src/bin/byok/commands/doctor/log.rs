//! Whether the log is whole.

use byok::journal::Flaw;

use super::finding::Finding;
use super::scene::{Found, Scene};
use crate::fault::quoted;

pub(super) fn examine(scene: &Scene<'_>) -> Found {
    let session = scene.safe()?;
    let journal = session.journal();
    let flaws = match journal.chain() {
        Ok(log) => log.verify(),
        Err(error) => return Ok(vec![Finding::of("log", &error.into())]),
    };
    Ok(judge(&flaws).map(|finding| set_aside(finding, &session.folders.state.join("log"))).into_iter().collect())
}

/// What the flaws come to; pure.
fn judge(flaws: &[Flaw]) -> Option<Finding> {
    let more = if flaws.len() > 1 { format!(" (and {} more)", flaws.len() - 1) } else { String::new() };
    let text = format!("the log is not what byok wrote: {}{more}", flaws.first()?);
    Some(Finding::warning("log-changed", text))
}

fn set_aside(finding: Finding, folder: &std::path::Path) -> Finding {
    let aside = folder.with_file_name("log.changed");
    finding.fix("set it aside, and begin a new one", format!("mv {} {}", quoted(folder), quoted(&aside)))
}
