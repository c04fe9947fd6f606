//! The `.byok.toml` of the working folder: whether it is obeyed, and why not.

use super::finding::{Finding, Severity};
use super::scene::{Found, Scene};
use crate::fault::quoted;
use crate::project::{self, Standing};

pub(super) fn examine(scene: &Scene<'_>) -> Found {
    let session = scene.safe()?;
    let finding = match project::standing(session) {
        Ok(Standing::Absent | Standing::Trusted(_)) => None,
        Ok(Standing::Untrusted(found)) => Some(untrusted(&found.path, scene.vars.ci)),
        Ok(Standing::Refused(path, refusal)) => {
            let finding = Finding::warning("project-refused", format!("a project's file is not obeyed: {refusal}"));
            Some(finding.fix("look at it", format!("ls -ld {}", quoted(&path))))
        }
        Err(error) => Some(Finding::of("project-broken", &error).fix("go without it", "export BYOK_NO_PROJECT=1")),
    };
    Ok(finding.into_iter().collect())
}

/// Nobody has agreed to it; in CI, that stops byok.
fn untrusted(path: &std::path::Path, ci: bool) -> Finding {
    let (severity, so, command) = if ci {
        (Severity::Problem, "in CI, that stops byok", "byok trust --yes")
    } else {
        (Severity::Note, "it changes nothing", "byok trust")
    };
    let text = format!("`{}` is not trusted: {so}", path.display());
    Finding::new("project-untrusted", severity, text).fix("see what it asks for, and agree to it", command)
}
