//! `byok profile create --file`, `join`, and `rm` of a profile at a path of its own: in a git repository, and others' as well.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use byok::keys::{self, KeyError};
use byok::name::ProfileName;
use byok::seal::SealError;
use byok::settings::Settings;
use byok::store::{Store as _, StoreError, Stores};

use super::accept;
use crate::commands::recipient;
use crate::fault::{Fault, code, quoted};
use crate::session::Session;

/// Makes a profile in a file that is not there yet.
pub(super) fn create(session: &Session<'_>, name: &ProfileName, file: &Path) -> Result<u8> {
    let (path, text) = whole(file)?;
    refuse_taken(session, name, &path)?;
    if path.symlink_metadata().is_ok() {
        return Err(Fault::failed(format!("`{text}` is there already"))
            .hint(format!("if it is a profile: `byok profile join {name} --file {}`", quoted(&path)))
            .into());
    }
    let mut fresh = session.founder()?();
    recipient::own(session)?.sign(&mut fresh, session.now);
    let _held = session.hold_signals();
    keys::create(&store_with(session, name, &path), name, &fresh)?;
    remember(session, name, Some(&text))?;
    session.ui.say(&format!("made profile `{name}`: {text}"));
    session.ui.hint(&format!("let others open it: `byok -p {name} recipient add NAME age1…`"));
    Ok(code::DONE)
}

/// Takes up a profile that is there, as it is: trusted on first use, and shown before.
pub(super) fn join(session: &Session<'_>, name: &ProfileName, file: &Path, yes: bool) -> Result<u8> {
    let (path, text) = whole(file)?;
    refuse_taken(session, name, &path)?;
    if !session.opener.is_there()? {
        return Err(Fault::missing("there is no identity yet")
            .hint("make one with `byok init`, and have `byok recipient me` let in by somebody who opens the profile")
            .into());
    }
    let store = store_with(session, name, &path);
    let profile = store.read_unpinned(name).map_err(not_for_us)?;
    let profile = profile.ok_or_else(|| Fault::missing(format!("there is no file `{text}`")))?;
    accept::show(session, &store, name, &profile)?;
    accept::ask(session, yes, &format!("join this as profile `{name}`?"))?;
    let _held = session.hold_signals();
    store.accept(name, &profile)?;
    remember(session, name, Some(&text))?;
    session
        .ui
        .say(&format!("joined profile `{name}`: work with it by `byok -p {name} …` or `byok profile use {name}`"));
    Ok(code::DONE)
}

/// Forgets a profile, whose file stays.
pub(super) fn forget(session: &Session<'_>, name: &ProfileName, path: &Path) -> Result<u8> {
    let _held = session.hold_signals();
    remember(session, name, None)?;
    session.store().forget(name)?;
    session.ui.say(&format!("forgot profile `{name}`; its file stays: {}", path.display()));
    Ok(code::DONE)
}

/// A name or a file that a profile has already.
fn refuse_taken(session: &Session<'_>, name: &ProfileName, path: &Path) -> Result<()> {
    if session.store().profiles()?.contains(name) {
        return Err(KeyError::ProfileExists { name: name.clone() }.into());
    }
    if let Some((other, _)) = session.settings.files().iter().find(|(_, there)| *there == path) {
        return Err(Fault::failed(format!("this is the file of profile `{other}` already"))
            .hint(format!("choose it with `byok profile use {other}`"))
            .into());
    }
    Ok(())
}

fn store_with<'s>(session: &'s Session<'_>, name: &ProfileName, path: &Path) -> Stores<'s> {
    let mut files = session.settings.files();
    files.insert(name.clone(), path.to_owned());
    session.store().with_files(files)
}

fn remember(session: &Session<'_>, name: &ProfileName, path: Option<&str>) -> Result<()> {
    let config = session.folders.config.join("config.toml");
    session.rewrite(&config, |old| {
        Settings::with_file(old, name, path).with_context(|| format!("cannot change `{}`", config.display()))
    })
}

/// The path from the root on, without links on the way to its folder.
fn whole(file: &Path) -> Result<(PathBuf, String)> {
    let wrong = || Fault::misused(format!("cannot use `--file`: `{}` is no file in a folder", file.display()));
    let path = std::path::absolute(file).map_err(|_| wrong())?;
    let (folder, name) = path.parent().zip(path.file_name()).ok_or_else(wrong)?;
    let folder = std::fs::canonicalize(folder).map_err(|error| wrong().cause(error))?;
    let path = folder.join(name);
    let text = path.to_str().ok_or_else(|| Fault::misused("cannot use `--file`: the path is not UTF-8"))?.to_owned();
    Ok((path, text))
}

fn not_for_us(error: StoreError) -> anyhow::Error {
    let is_for_others = matches!(error, StoreError::Seal { source: SealError::NotForUs, .. });
    let error = anyhow::Error::from(error);
    if !is_for_others {
        return error;
    }
    let sentence = crate::fault::report(&error).sentence;
    Fault::refused(sentence).hint("send your recipient to somebody who opens it: `byok recipient me`").into()
}
