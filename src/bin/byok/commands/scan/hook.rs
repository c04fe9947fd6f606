//! The hook that keeps keys out of commits. One that is there already is never replaced.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use byok::disk::{self, DiskError};

use super::git::Git;
use crate::fault::{Fault, code};
use crate::session::Session;

/// What git runs before a commit. Where byok is gone, a commit must not pass unseen.
const SCRIPT: &str = "\
#!/bin/sh
# Keeps API keys out of commits; made by `byok scan --install-hook`.
if ! command -v byok >/dev/null 2>&1; then
    echo 'pre-commit: byok is not on the PATH, so nobody looked for keys; commit with --no-verify to go without' >&2
    exit 1
fi
exec byok scan --staged
";

pub(crate) fn install(session: &Session<'_>) -> Result<u8> {
    let git = Git::find()?;
    let folder = path_of(&git, "hooks")?;
    let path = folder.join("pre-commit");
    let common = git.output(&["rev-parse", "--path-format=absolute", "--git-common-dir"]).map(named)?;
    let tree = git.output(&["rev-parse", "--path-format=absolute", "--show-toplevel"]).map(named).ok();
    if !folder.starts_with(&common) && !tree.is_some_and(|tree| folder.starts_with(tree)) {
        return Err(Fault::refused(format!("`core.hooksPath` leads out of this repository, to `{}`", folder.display()))
            .hint("other repositories share its hooks: add this line to the `pre-commit` there: `byok scan --staged || exit 1`")
            .into());
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
    let _held = session.hold_signals();
    match disk::create_script(&path, SCRIPT.as_bytes()) {
        Ok(()) => {
            session.ui.say(&format!("git looks for keys before each commit now: {}", path.display()));
            Ok(code::DONE)
        }
        Err(DiskError::Exists { .. }) => present(session, &path),
        Err(error) => Err(error.into()),
    }
}

/// Where git looks for hooks: `core.hooksPath`, else in the repository; the same for all of its work trees.
fn path_of(git: &Git, what: &str) -> Result<PathBuf> {
    git.output(&["rev-parse", "--path-format=absolute", "--git-path", what]).map(named)
}

/// A path as git prints it.
fn named(mut path: Vec<u8>) -> PathBuf {
    path.pop_if(|last| *last == b'\n');
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStringExt as _;
        std::ffi::OsString::from_vec(path).into()
    }
    #[cfg(not(unix))]
    String::from_utf8_lossy(&path).into_owned().into()
}

/// A hook is there: this one, or somebody else's.
fn present(session: &Session<'_>, path: &Path) -> Result<u8> {
    let text = fs::read(path).unwrap_or_default();
    if memchr::memmem::find(&text, b"byok scan --staged").is_some() {
        session.ui.say(&format!("it is there already: {}", path.display()));
        return Ok(code::DONE);
    }
    Err(Fault::failed(format!("another hook is there, and stays: `{}`", path.display()))
        .hint("add this line to it, before anything that ends it: `byok scan --staged || exit 1`")
        .into())
}
