//! What killed byoks left behind, what sync programs put beside byok's files, and whether there is space.

use std::path::{Path, PathBuf};

use byok::access::Home;
use byok::disk;
use byok::name::ProfileName;

use super::finding::{Finding, Mend, Severity};
use super::scene::{Found, Scene};
use crate::fault::quoted;

/// With less space than this, in bytes, a write may fail.
const LITTLE: u64 = 1024 * 1024;

pub(super) fn examine(scene: &Scene<'_>) -> Found {
    let (session, _) = scene.session()?;
    let folders = &session.folders;
    let mut findings = leftovers(folders);
    let (profiles, pins) = (folders.data.join("profiles"), folders.state.join("pins"));
    let mut all = vec![&folders.config, &folders.data, &folders.state, &profiles, &pins];
    all.dedup();
    for folder in all {
        for name in disk::names_in(folder).unwrap_or_default().iter().filter(|name| is_conflict(name)) {
            findings.push(conflict(&folder.join(name), &folders.data));
        }
    }
    findings.extend(disk::names_in(&profiles).unwrap_or_default().iter().filter(|name| name.contains(".age.old")).map(
        |name| {
            let path = profiles.join(name);
            let text = format!("a copy from before a restore is kept, with the keys of that time: {}", path.display());
            Finding::note("set-aside", text).fix("remove it when nothing is missing", format!("rm {}", quoted(&path)))
        },
    ));
    let at = profiles.ancestors().find(|folder| folder.exists()).unwrap_or(&profiles);
    findings.extend(space(at).and_then(|(free, read_only)| judge(at, free, read_only)));
    Ok(findings)
}

/// What killed writers left, of every file that byok writes under a lock.
fn leftovers(folders: &Home) -> Vec<Finding> {
    let profiles = folders.data.join("profiles");
    let mut written: Vec<(PathBuf, PathBuf, Severity)> = Vec::new();
    for name in ["identity.txt", "identity.age"] {
        let severity = if name.ends_with("txt") { Severity::Problem } else { Severity::Warning };
        written.push((folders.data.join(name), folders.data.join("identity.lock"), severity));
    }
    for name in ["config.toml", "providers.toml"] {
        written.push((folders.config.join(name), folders.config.join("config.lock"), Severity::Warning));
    }
    let names = disk::names_in(&profiles).unwrap_or_default();
    // The name of a temporary file tells whose it was: `.NAME.age.RANDOM.tmp`.
    let mut of: Vec<ProfileName> = names
        .iter()
        .filter_map(|name| ProfileName::parse(name.trim_start_matches('.').split('.').next()?).ok())
        .collect();
    of.sort();
    of.dedup();
    for name in of {
        let lock = profiles.join(format!("{name}.lock"));
        for end in ["age", "keychain"] {
            written.push((profiles.join(format!("{name}.{end}")), lock.clone(), Severity::Warning));
        }
        written.push((folders.state.join("pins").join(format!("{name}.toml")), lock, Severity::Warning));
    }
    let mut findings = Vec::new();
    for (path, lock, severity) in written {
        let left = disk::leftovers(&path);
        if left.is_empty() {
            continue;
        }
        let shown: Vec<String> = left.iter().map(|path| format!("`{}`", path.display())).collect();
        let what = if severity == Severity::Problem { "an identity in the clear" } else { "what it was writing" };
        let text = format!("a byok that was stopped left {what}: {}", shown.join(", "));
        let rm = format!("rm {}", left.iter().map(|path| quoted(path)).collect::<Vec<_>>().join(" "));
        let finding = Finding::new("leftover", severity, text).fix("remove it", rm);
        findings.push(finding.mended(Mend::Sweep { path, lock }));
    }
    findings
}

/// Whether a sync program gave a file this name because two machines had changed it: Dropbox, Nextcloud, Syncthing,
/// Google Drive, iCloud, Seafile, Resilio. Pure.
fn is_conflict(name: &str) -> bool {
    let lower = name.to_lowercase();
    let of_byok = [".age", ".txt", ".toml", ".keychain"].iter().any(|end| lower.ends_with(end));
    let stem = lower.rsplit_once('.').map_or(lower.as_str(), |(stem, _)| stem);
    let numbered = |stem: &str| {
        let inner = stem.strip_suffix(')').and_then(|stem| stem.rsplit_once(" (")).map(|(_, number)| number);
        let number = inner.or_else(|| stem.rsplit_once(' ').map(|(_, number)| number));
        number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let marks = ["conflicted copy", ".sync-conflict-", "(sfconflict", "(case conflict", "_conflict-", ".conflict"];
    of_byok && (marks.iter().any(|mark| lower.contains(mark)) || numbered(stem))
}

fn conflict(path: &Path, data: &Path) -> Finding {
    let aside = data.join("set-aside");
    let text = format!(
        "`{}` is a sync program's copy of a file that two machines changed: byok does not read it",
        path.display()
    );
    let (from, to) = (quoted(path), quoted(&aside));
    Finding::warning("conflict-copy", text).fix("set it aside", format!("mkdir -p -m 700 {to} && mv {from} {to}"))
}

/// How much space is left, and whether nothing can be written at all.
#[cfg(unix)]
fn space(at: &Path) -> Option<(u64, bool)> {
    let about = rustix::fs::statvfs(at).ok()?;
    let read_only = about.f_flag.contains(rustix::fs::StatVfsMountFlags::RDONLY);
    Some((about.f_bavail.saturating_mul(about.f_frsize), read_only))
}

#[cfg(not(unix))]
fn space(_: &Path) -> Option<(u64, bool)> {
    None
}

/// Whether the next write may fail; pure.
fn judge(at: &Path, free: u64, read_only: bool) -> Option<Finding> {
    let (shown, df) = (at.display(), format!("df -h {}", quoted(at)));
    if read_only {
        let text = format!("`{shown}` is on a file system that is mounted read-only: keys can be used, not changed");
        return Some(Finding::note("read-only", text).fix("see which", df));
    }
    let text = format!("the disk of `{shown}` is full: {} KiB are left", free / 1024);
    (free < LITTLE).then(|| Finding::problem("disk-full", text).fix("see which", df))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_sync_programs_are_known() {
        for name in [
            "default (conflicted copy 2026-11-21 101010).age",
            "default (laptop's conflicted copy 2026-11-21).age",
            "default.sync-conflict-20261121-101010-ABCDEFG.age",
            "identity.sync-conflict-20261121-101010-ABCDEFG.txt",
            "default (1).age",
            "default 2.age",
            "default (SFConflict me@example.com 2026-11-21-10-10-10).age",
        ] {
            assert!(is_conflict(name), "{name}");
        }
        for name in
            ["default.age", "default.lock", "work-2.age", ".default.age.0123456789abcdef.tmp", "identity.txt", "x"]
        {
            assert!(!is_conflict(name), "{name}");
        }
    }

    #[test]
    fn little_space_is_a_problem_and_none_to_write_a_note() {
        let id = |free, read_only| judge(Path::new("/x"), free, read_only).map(|finding| finding.id);
        assert_eq!(id(LITTLE, false), None);
        assert_eq!(id(LITTLE - 1, false), Some("disk-full"));
        assert_eq!(id(0, true), Some("read-only"));
    }
}
