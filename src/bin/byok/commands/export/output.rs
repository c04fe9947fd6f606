//! The file that secrets are written to: private, never one of byok's own, and nothing that is there gives way unasked.

use std::path::{Component, Path, PathBuf};

use anyhow::Result;
use byok::disk::{self, DiskError};

use crate::fault::Fault;
use crate::session::{Session, dense, secret_argument};
use crate::vars;

/// Writes a private file, never in the place of one that is there unless that is asked for.
pub(crate) fn write(session: &Session<'_>, path: &Path, bytes: &[u8], force: bool) -> Result<()> {
    if path.file_name().is_some_and(|name| dense(&name.to_string_lossy())) {
        return Err(secret_argument());
    }
    refuse_own(session, path, None)?;
    let _held = session.hold_signals();
    // What is a link, a folder or a device is never written through.
    match std::fs::symlink_metadata(path) {
        Ok(about) if about.is_file() && force => disk::overwrite(path, bytes)?,
        Ok(about) if about.is_file() => return Err(taken(path)),
        Ok(_) => return Err(DiskError::NotAFile { path: path.to_owned(), what: "a link, a folder or a device" }.into()),
        Err(_) => match disk::create(path, bytes) {
            Err(DiskError::Exists { .. }) => return Err(taken(path)),
            made => made?,
        },
    }
    tell_of_repository(session, path);
    Ok(())
}

/// Warns of a file of secrets that a commit could take along.
pub(crate) fn tell_of_repository(session: &Session<'_>, path: &Path) {
    let folder = std::path::absolute(path).unwrap_or_default();
    if folder.ancestors().skip(1).any(|folder| folder.join(".git").exists()) {
        session.ui.warn(&format!("`{}` lies in a git work tree: keep it out of commits", path.display()));
    }
}

/// Refuses a file that byok keeps or would look for in its folders, whether it is there or not, and one that byok reads
/// elsewhere: a profile, the identity, a passphrase; `read` is one that this run reads.
pub(crate) fn refuse_own(session: &Session<'_>, path: &Path, read: Option<&Path>) -> Result<()> {
    let place = real(path);
    let folders = [&session.folders.config, &session.folders.data, &session.folders.state];
    let is_kept = |folder: &&PathBuf| place.strip_prefix(real(folder)).is_ok_and(is_kept);
    if let Some(folder) = folders.into_iter().find(is_kept) {
        let why = format!("`{}` is where byok keeps its own files", folder.display());
        return Err(Fault::refused(why).hint("name a file elsewhere").into());
    }
    let passphrase = if let vars::Given::File(_, path) = vars::passphrase() { Some(path) } else { None };
    let new = vars::new_passphrase_file();
    let given = [session.vars.identity_file.as_deref(), passphrase.as_deref(), new.as_deref(), read];
    let profiles = session.settings.files();
    let mut files = profiles.values().map(PathBuf::as_path).chain(given.into_iter().flatten());
    if files.any(|file| real(file) == place) {
        let why = format!("`{}` is one of byok's own files", path.display());
        return Err(Fault::refused(why).hint("name a file elsewhere").into());
    }
    Ok(())
}

/// Whether byok keeps a file of this name in its folders: there may be no folder besides but a person's own `BYOK_HOME`.
fn is_kept(place: &Path) -> bool {
    const FOLDERS: [&str; 7] = ["profiles", "pins", "trust", "log", "said", "setup", "set-aside"];
    let mut parts = place.iter().map(|part| part.to_string_lossy());
    let Some(first) = parts.next() else { return true };
    let is_folder = FOLDERS.contains(&&*first);
    if parts.next().is_some() {
        return is_folder;
    }
    let is_file = ["config.toml", "providers.toml"].contains(&&*first);
    is_folder || is_file || first.starts_with("identity.") || first.ends_with(".lock")
}

/// Where a path leads, links followed as far as there is something.
fn real(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut rest = Vec::new();
    for folder in path.ancestors() {
        if let Ok(mut place) = std::fs::canonicalize(folder) {
            for part in rest.into_iter().rev() {
                match part {
                    Component::ParentDir => drop(place.pop()),
                    part => place.push(part),
                }
            }
            return place;
        }
        rest.extend(folder.components().next_back());
    }
    path
}

pub(crate) fn taken(path: &Path) -> anyhow::Error {
    Fault::refused(format!("`{}` is already there", path.display()))
        .hint("add `--force` to put the keys in its place")
        .into()
}
