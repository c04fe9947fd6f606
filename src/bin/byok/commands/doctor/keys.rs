//! The keys: whose time is over or ends soon, which their provider refused, and which are there twice.

use std::collections::BTreeMap;

use byok::name::KeyRef;
use byok::profile::{Key, Profile};
use byok::verdict::{Verdict, Worth};
use jiff::Timestamp;

use super::super::glance::{Glance, listed};
use super::finding::{Finding, Severity};
use super::scene::{Found, Scene};
use crate::time::in_words;

pub(super) fn examine(scene: &Scene<'_>) -> Found {
    let session = scene.safe()?;
    let mut findings = Vec::new();
    for (name, profile) in scene.open_profiles()? {
        let byok = if *name == session.profile { "byok".to_owned() } else { format!("byok -p {name}") };
        let rotate_after = |key: &Key| session.settings.rotate_after(name, &key.provider, key.rotate_after);
        findings.extend(judge(profile, scene.now, &byok, rotate_after));
    }
    if scene.profiles()?.iter().any(|one| matches!(one.read, Some(Err(_)))) {
        findings.push(*super::scene::aside("a profile does not open", "byok doctor profiles"));
    }
    if scene.profiles()?.iter().any(|one| one.read.is_none()) {
        findings.push(*scene.shut()?);
    }
    Ok(findings)
}

/// What is wrong with the keys of a profile, whose verbs start with `byok`; pure.
fn judge(profile: &Profile, now: Timestamp, byok: &str, rotate_after: impl Fn(&Key) -> Option<u32>) -> Vec<Finding> {
    let glance = Glance::of_profile(profile, now, rotate_after);
    let mut findings = Vec::new();
    // A key that is not handed out may wait to be replaced.
    let severity = |name: &str| match name.parse::<KeyRef>().ok().and_then(|name| profile.find(&name)) {
        Some(key) if profile.active(&key.provider).is_some_and(|active| active.label == key.label) => Severity::Problem,
        _ => Severity::Warning,
    };
    let anew =
        |finding: Finding, name: &str| finding.fix("put a new one in its place", format!("{byok} rotate {name}"));
    for name in &glance.expired {
        findings.push(anew(Finding::new("expired", severity(name), format!("`{name}` has expired")), name));
    }
    for (verdict, names) in glance.of(Worth::Dead) {
        for name in names.iter().filter(|name| !glance.expired.contains(name)) {
            let severity = if verdict.is_refused() { severity(name) } else { Severity::Warning };
            let text = format!("`{name}` did not work when it was tested: {verdict}");
            let finding = Finding::new("does-not-work", severity, text);
            findings.push(match verdict {
                Verdict::NoCredit | Verdict::Blocked => {
                    finding.fix("see whether it still is so", format!("{byok} test {name}"))
                }
                _ => anew(finding, name),
            });
        }
    }
    for (end, name) in &glance.expiring {
        let text = format!("`{name}` expires {}", in_words(*end, now));
        findings.push(anew(Finding::warning("expires-soon", text), name));
    }
    for name in &glance.due {
        let text = format!("`{name}` is due for rotation");
        findings.push(anew(Finding::warning("rotation-due", text), name));
    }
    for name in &glance.kept {
        let text = format!("the old secret of `{name}` is kept, and may still work");
        let fix = format!("{byok} rotate --finish {name}");
        findings.push(Finding::note("old-secret-kept", text).fix("see whether it is dead, and wipe it", fix));
    }
    for (id, names, what, fix) in [
        ("never-tested", &glance.never, "never tested", "test --max-age 7d"),
        ("tested-long-ago", &glance.stale, "tested more than 30 days ago", "test --max-age 7d"),
        ("old", &glance.old, "older than a year", "list"),
    ] {
        if !names.is_empty() {
            let text = format!("{what}: {}", listed(names).trim_start());
            let words = if id == "old" { "see them, and think of replacing them" } else { "see which work" };
            findings.push(Finding::note(id, text).fix(words, format!("{byok} {fix}")));
        }
    }
    findings.extend(twins(profile, byok));
    findings
}

/// One secret under several labels of one provider.
fn twins(profile: &Profile, byok: &str) -> Vec<Finding> {
    let mut seen: BTreeMap<(&str, &str), String> = BTreeMap::new();
    let mut findings = Vec::new();
    for (key, name) in profile.keys().iter().zip(profile.display_all()) {
        let first = seen.entry((key.provider.as_str(), key.secret.expose())).or_insert_with(|| name.to_string());
        if *first != name.to_string() {
            let text = format!("`{name}` is the same key as `{first}`");
            findings.push(Finding::note("twice", text).fix("one is enough", format!("{byok} rm {name}")));
        }
    }
    findings
}
