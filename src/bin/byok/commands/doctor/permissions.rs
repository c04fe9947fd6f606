//! Owners, modes, links and kinds of byok's folders and files.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

use byok::access::Home;
use byok::disk::{self, DiskError};

use super::finding::{Finding, Mend};
use super::scene::{Found, Scene};
use crate::fault::quoted;

/// What something is to byok.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keep {
    /// A folder, in which nobody else may write.
    Folder,
    /// A file that nobody else may read.
    Secret,
    /// A file that nobody else may write; it may come by way of a link.
    Settings,
    /// A file that holds nothing.
    Lock,
}

/// What the system says of it.
#[derive(Debug, Clone, Copy)]
struct About {
    is_link: bool,
    is_right_kind: bool,
    mode: u32,
    owner: u32,
    names: u64,
}

pub(super) fn examine(scene: &Scene<'_>) -> Found {
    if let Some(error) = scene.lost() {
        return Ok(vec![Finding::of("no-home", error)]);
    }
    let (session, _) = scene.session()?;
    let mut things = things(&session.folders);
    if let Some(path) = scene.vars.identity_file.as_ref().filter(|path| path.is_file()) {
        things.push((path.clone(), Keep::Secret));
    }
    let judged = things.iter().map(|(path, keep)| match look(path, *keep) {
        Some(about) => judge(path, *keep, about, user()),
        None => Vec::new(),
    });
    let mut findings: Vec<Finding> = judged.flatten().collect();
    // What cannot even be looked at has no mode to judge.
    let folders = &session.folders;
    let mut folders = vec![&folders.config, &folders.data, &folders.state];
    folders.dedup();
    for folder in folders {
        if let Err(error @ DiskError::Io { .. }) = disk::check_folder(folder) {
            let look = format!("ls -ld {}", quoted(folder.parent().unwrap_or(folder)));
            findings.push(Finding::of("out-of-reach", &error.into()).or_fix("see who may go there", look));
        }
    }
    Ok(findings)
}

/// Everything of byok's, whether it is there or not.
fn things(folders: &Home) -> Vec<(PathBuf, Keep)> {
    let (profiles, pins) = (folders.data.join("profiles"), folders.state.join("pins"));
    let (trust, log) = (folders.state.join("trust"), folders.state.join("log"));
    let mut all: Vec<(PathBuf, Keep)> = Vec::new();
    for folder in [&folders.config, &folders.data, &folders.state, &profiles, &pins, &trust, &log] {
        all.push((folder.clone(), Keep::Folder));
    }
    all.dedup();
    for (folder, name, keep) in [
        (&folders.config, "config.toml", Keep::Settings),
        (&folders.config, "providers.toml", Keep::Settings),
        (&folders.config, "config.lock", Keep::Lock),
        (&folders.data, "identity.txt", Keep::Secret),
        (&folders.data, "identity.age", Keep::Secret),
        (&folders.data, "identity.lock", Keep::Lock),
        (&folders.state, "backup.toml", Keep::Secret),
    ] {
        all.push((folder.join(name), keep));
    }
    for folder in [&profiles, &pins, &trust, &log] {
        for name in disk::names_in(folder).unwrap_or_default() {
            let is_lock = Path::new(&name).extension().is_some_and(|end| end == "lock");
            all.push((folder.join(name), if is_lock { Keep::Lock } else { Keep::Secret }));
        }
    }
    all
}

/// `None` where there is nothing.
fn look(path: &Path, keep: Keep) -> Option<About> {
    let itself = fs::symlink_metadata(path).ok()?;
    let is_link = itself.is_symlink();
    // A link that leads nowhere is judged as the link that it is.
    let about = if is_link { fs::metadata(path).unwrap_or(itself) } else { itself };
    let is_right_kind = if keep == Keep::Folder { about.is_dir() } else { about.is_file() };
    let (mode, owner, names) = bits(&about);
    Some(About { is_link, is_right_kind, mode, owner, names })
}

#[cfg(unix)]
fn bits(about: &Metadata) -> (u32, u32, u64) {
    use std::os::unix::fs::MetadataExt as _;
    (about.mode() & 0o777, about.uid(), about.nlink())
}

#[cfg(not(unix))]
fn bits(_: &Metadata) -> (u32, u32, u64) {
    (0o600, user(), 1)
}

/// Who runs byok.
fn user() -> u32 {
    #[cfg(unix)]
    return rustix::process::geteuid().as_raw();
    #[cfg(not(unix))]
    0
}

/// What is wrong with it; pure.
fn judge(path: &Path, keep: Keep, about: About, user: u32) -> Vec<Finding> {
    let (shown, quoted) = (path.display(), quoted(path));
    if about.is_link && matches!(keep, Keep::Secret | Keep::Lock) {
        let copy = format!("cp {quoted} {quoted}.new && chmod 600 {quoted}.new && mv {quoted}.new {quoted}");
        let copy = if keep == Keep::Lock { format!("rm {quoted}") } else { copy };
        let finding = Finding::problem("link", format!("`{shown}` is a symbolic link, which byok does not follow"));
        return vec![finding.fix("put the file itself there", copy)];
    }
    if !about.is_right_kind {
        let wanted = if keep == Keep::Folder { "no folder" } else { "not a plain file" };
        let finding = Finding::problem("wrong-kind", format!("`{shown}` is {wanted}"));
        return vec![finding.fix("set it aside", format!("mv {quoted} {quoted}.old"))];
    }
    if about.owner != user && !(keep == Keep::Settings && about.owner == 0) {
        let finding =
            Finding::problem("foreign-owner", format!("`{shown}` belongs to another user (uid {})", about.owner));
        return vec![if user == 0 {
            finding.fix("you are root here: be that user", format!("sudo -u '#{}' byok doctor", about.owner))
        } else {
            finding.fix("if it is yours, take it back", format!("sudo chown {user} {quoted}"))
        }];
    }
    let safe = if keep == Keep::Folder { 0o700 } else { 0o600 };
    let mode = about.mode;
    let is_open = mode & if matches!(keep, Keep::Secret) { 0o077 } else { 0o022 } != 0;
    let mut findings = Vec::new();
    if is_open {
        let text = format!("`{shown}` is open to other users (mode {mode:03o})");
        findings.push(Finding::problem("open-to-others", text));
    } else if mode & safe != safe {
        findings
            .push(Finding::problem("shut-to-you", format!("you may not read and write `{shown}` (mode {mode:03o})")));
    } else if mode & 0o077 != 0 && keep != Keep::Settings {
        findings
            .push(Finding::note("seen-by-others", format!("other users can look into `{shown}` (mode {mode:03o})")));
    }
    let chmod = |finding: Finding| {
        let finding = finding.fix("make it private", format!("chmod {safe:o} {quoted}"));
        finding.mended(Mend::Chmod(path.to_owned(), safe))
    };
    findings = findings.into_iter().map(chmod).collect();
    if keep == Keep::Secret && about.names > 1 {
        let text = format!("`{shown}` has {} names: byok replaces the file under this one only", about.names);
        let part = format!("cp -p {quoted} {quoted}.new && mv {quoted}.new {quoted}");
        findings.push(Finding::warning("several-names", text).fix("part it from the others", part));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(keep: Keep, about: About) -> Vec<&'static str> {
        judge(Path::new("/x"), keep, about, 1000).iter().map(|finding| finding.id).collect()
    }

    #[test]
    fn each_kind_of_thing_has_its_own_rules() {
        let well = About { is_link: false, is_right_kind: true, mode: 0o600, owner: 1000, names: 1 };
        for keep in [Keep::Secret, Keep::Settings, Keep::Lock] {
            assert!(ids(keep, well).is_empty(), "{keep:?}");
        }
        assert!(ids(Keep::Folder, About { mode: 0o700, names: 4, ..well }).is_empty());
        assert_eq!(ids(Keep::Folder, About { mode: 0o755, ..well }), ["seen-by-others"]);
        assert_eq!(ids(Keep::Folder, About { mode: 0o770, ..well }), ["open-to-others"]);
        assert_eq!(ids(Keep::Folder, About { mode: 0o500, ..well }), ["shut-to-you"]);
        assert_eq!(ids(Keep::Secret, About { mode: 0o604, names: 2, ..well }), ["open-to-others", "several-names"]);
        assert_eq!(ids(Keep::Secret, About { is_link: true, ..well }), ["link"]);
        assert_eq!(ids(Keep::Lock, About { mode: 0o644, ..well }), ["seen-by-others"]);
        assert!(ids(Keep::Settings, About { is_link: true, mode: 0o644, owner: 0, ..well }).is_empty());
        assert_eq!(ids(Keep::Settings, About { mode: 0o664, ..well }), ["open-to-others"]);
        assert_eq!(ids(Keep::Secret, About { is_right_kind: false, mode: 0o666, ..well }), ["wrong-kind"]);
        assert_eq!(ids(Keep::Secret, About { owner: 0, ..well }), ["foreign-owner"]);
    }
}
