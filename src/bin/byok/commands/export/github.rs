//! In GitHub Actions: the keys for the steps that follow, and none of them in the log.

use std::path::{Path, PathBuf};

use anyhow::Result;
use byok::disk;
use byok::export::github;
use byok::resolve::Setting;

use crate::fault::{Fault, code};
use crate::session::Session;
use crate::vars;

/// The file through which the steps that follow are told.
pub(super) fn step(output: Option<&Path>) -> Result<PathBuf> {
    if output.is_some() {
        return Err(Fault::misused("GitHub Actions says itself which file is to be written")
            .hint("leave `--output` out: `byok export --format github-actions`")
            .into());
    }
    Ok(vars::github_env().ok_or_else(|| {
        Fault::refused("this is no step of GitHub Actions: `GITHUB_ENV` is not set")
            .hint("elsewhere, start the program with its keys: `byok run -- COMMAND`")
    })?)
}

/// Has the runner mask the secrets, and only then hands them on.
pub(super) fn write(session: &Session<'_>, path: &Path, settings: &[Setting<'_>], text: &str) -> Result<u8> {
    // A region or an address is no secret, and would be masked wherever its letters stand.
    let secrets = settings.iter().map(|setting| setting.value).filter(|value| {
        settings.iter().any(|setting| setting.value == *value && setting.key.secret.expose() == *value)
    });
    session.ui.data(github::masks(secrets).as_bytes())?;
    let _held = session.hold_signals();
    disk::append(path, text.as_bytes())?;
    let (count, plural) = super::counted(settings.len());
    session.ui.say(&format!("set {count} variable{plural} for the steps after this one"));
    Ok(code::DONE)
}
