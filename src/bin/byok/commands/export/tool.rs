//! `byok export --to TOOL`: keys among those that a tool keeps itself. Says first what would change.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use byok::credentials::{self, Broken, Holding, Target, Tool};
use byok::disk::{self, DiskError};
use byok::profile::Key;
use byok::provider::Naming;
use byok::secret::Secret;
use zeroize::Zeroizing;

use super::super::pick;
use crate::around;
use crate::cli::handing::Export;
use crate::fault::{Fault, code};
use crate::session::Session;

/// Far more than any tool keeps.
const LIMIT: u64 = 1024 * 1024;

pub(super) fn run(session: &Session<'_>, args: &Export, tool: &str) -> Result<u8> {
    let form = credentials::target(tool).ok_or_else(|| Fault::misused("no such tool"))?;
    let path = around::here(session)
        .and_then(|around| Tool::find(tool)?.target(&around))
        .ok_or_else(|| Fault::failed("there is no home folder: `HOME` is not set to an absolute path"))?;
    let target = target(&path)?;
    let by_name = !args.select.keys.is_empty();
    let profiles = pick::profiles(session)?;
    let first = pick::first(session, &profiles)?;
    let selection = pick::keys(session, &profiles, &args.select)?;
    pick::tell_expired(session, first, &selection, false);
    // Two keys for one place are a contradiction, or the older one goes first, as with variables.
    let settings = pick::settings(session, first, &selection.keys, Naming::Usual, by_name)?;
    let goes = |key: &&&Key| settings.settings.iter().any(|one| std::ptr::eq(one.key, **key));
    // Two byoks at a time would each write what the other has not read. Nobody waits for a person to answer.
    let mut lock = if args.yes { Some(take_turn(session)?) } else { None };
    let old = read(&target)?;
    let broken = |error: Broken| refused(&path, error);
    let there = form.read(session.registry()?, old.as_bytes()).map_err(broken)?;
    let (mut changes, mut same) = (Vec::<(String, &Secret)>::new(), 0);
    for key in selection.keys.iter().filter(goes) {
        let shown = first.display(key);
        let Some(entry) = place(session, form, key)? else {
            if by_name {
                session.ui.warn(&format!("`{shown}` is left out: `{tool}` has no place for it"));
            }
            continue;
        };
        let found = there.iter().find(|one| one.name == entry).map(|one| &one.holds);
        let what = match found {
            _ if changes.iter().any(|(other, _)| *other == entry) => continue,
            Some(Holding::Account) => {
                session.ui.warn(&format!("`{shown}` is left out: `{tool}` is signed in with an account there"));
                session.ui.hint(&format!("sign out in `{tool}` first, if the key is to take its place"));
                continue;
            }
            Some(Holding::Key(old)) if old.same_as(&key.secret) => {
                same += 1;
                continue;
            }
            Some(Holding::Key(old)) => format!("takes the place of {}", old.mask()),
            Some(_) => "takes the place of what is no key".to_owned(),
            None => "is added".to_owned(),
        };
        session.ui.say(&format!("{entry}: {} of `{shown}` {what}", key.secret.mask()));
        changes.push((entry, &key.secret));
    }
    let (count, plural) = super::counted(changes.len());
    if changes.is_empty() {
        let (same, plural) = super::counted(same);
        session.ui.say(&format!("nothing to write to `{}`: it holds {same} key{plural} already", path.display()));
        return Ok(code::DONE);
    }
    let text = form.write(&old, &changes).map_err(broken)?;
    if !args.yes {
        let question = format!("write {count} key{plural} to `{}`, in plaintext?", path.display());
        match session.ui.confirm(&question)? {
            Some(true) => {}
            Some(false) => return Err(Fault::failed("nothing was written").into()),
            None => {
                return Err(Fault::misused(format!("`{}` is only written with your consent", path.display()))
                    .hint(format!("give it: `byok export --to {tool} --yes`"))
                    .into());
            }
        }
    }
    let _held = session.hold_signals();
    if let Some(folder) = target.parent() {
        disk::make_folder(folder)?;
    }
    if lock.is_none() {
        lock = Some(take_turn(session)?);
    }
    // The tool may have written meanwhile.
    if *read(&target)? != *old {
        return Err(Fault::failed(format!("`{}` has changed meanwhile, and is left alone", path.display()))
            .hint(format!("try again: `byok export --to {tool}`"))
            .into());
    }
    let written: Vec<&Key> = selection
        .keys
        .iter()
        .copied()
        .filter(|key| changes.iter().any(|(_, one)| std::ptr::eq(*one, &raw const key.secret)))
        .collect();
    session.note_read(&profiles, &written);
    disk::overwrite(&target, text.as_bytes())?;
    drop(lock);
    session.ui.say(&format!("wrote {count} key{plural} to `{}`, in plaintext", path.display()));
    Ok(code::DONE)
}

/// Keeps other byoks from other tools' files.
pub(crate) fn take_turn(session: &Session<'_>) -> Result<disk::Lock> {
    const PATIENCE: Duration = Duration::from_secs(30);
    disk::make_folder(&session.folders.state)?;
    Ok(disk::Lock::take(&session.folders.state.join("tools.lock"), PATIENCE, session.stop())?)
}

/// Where a key belongs in the file. One that has an address of its own must not be sent to its provider's.
fn place(session: &Session<'_>, form: &dyn Target, key: &Key) -> Result<Option<String>> {
    let exports = session.registry()?.exports(&key.provider);
    let astray = key.fields.get("endpoint").is_some_and(|address| !exports.at_home(address));
    Ok(form.entry(&key.provider).filter(|_| !astray))
}

/// The file itself, where the person made a link of it.
pub(crate) fn target(path: &Path) -> Result<PathBuf> {
    match std::fs::symlink_metadata(path) {
        Ok(about) if about.is_symlink() => {
            let target = std::fs::canonicalize(path).with_context(|| format!("`{}` leads nowhere", path.display()))?;
            // A link is the person's own if nobody else could have put it there.
            if let Some(folder) = path.parent() {
                disk::check_folder(folder)?;
            }
            Ok(target)
        }
        Ok(about) if !about.is_file() => {
            Err(DiskError::NotAFile { path: path.to_owned(), what: "a folder, a pipe or a device" }.into())
        }
        _ => Ok(path.to_owned()),
    }
}

fn read(path: &Path) -> Result<Zeroizing<String>> {
    let Some(bytes) = disk::read_own(path, LIMIT)? else { return Ok(Zeroizing::new(String::new())) };
    let text = std::str::from_utf8(&bytes).with_context(|| format!("cannot read `{}`", path.display()))?;
    Ok(Zeroizing::new(text.to_owned()))
}

fn refused(path: &Path, error: Broken) -> anyhow::Error {
    Fault::refused(format!("`{}` is left as it is", path.display())).cause(error).into()
}
