//! Whether `config.toml`, `providers.toml` and the profile that is named can be read, and where they lead.

use byok::name::ProfileName;
use byok::store::Store as _;

use super::finding::Finding;
use super::scene::{Found, Scene};
use crate::fault::quoted;

pub(super) fn examine(scene: &Scene<'_>) -> Found {
    let (_, troubles) = scene.session()?;
    let session = scene.safe()?;
    let mut findings = Vec::new();
    if let Some(error) = &troubles.settings {
        findings.push(edit(Finding::of("settings", error), &session.folders.config.join("config.toml")));
    }
    if let Some(error) = &troubles.profile {
        findings.push(Finding::of("profile-name", error).fix("see which there are", "byok profile list"));
    }
    if let Err(error) = session.fresh_registry() {
        findings.push(edit(Finding::of("providers", &error), &session.overlay_path()));
    }
    let there = session.store().profiles().unwrap_or_default();
    let chosen = session.settings.profile.iter().filter(|_| !session.is_named);
    let chosen = chosen.filter(|name| **name != ProfileName::default()).map(|name| (name, "profile"));
    let named = chosen.chain(session.settings.fallback(&session.profile).map(|name| (name, "fallback")));
    for (name, setting) in named.filter(|(name, _)| !there.contains(name)) {
        let text = format!("`{setting}` in `config.toml` names profile `{name}`, which is not there");
        findings.push(Finding::warning("no-such-profile", text).fix("make it", format!("byok profile create {name}")));
    }
    Ok(findings)
}

/// A person's own file, which only a person can mend.
fn edit(finding: Finding, path: &std::path::Path) -> Finding {
    finding.or_fix("correct it", format!("${{EDITOR:-vi}} {}", quoted(path)))
}
