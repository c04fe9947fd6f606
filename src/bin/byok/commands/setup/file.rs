//! One file of another tool's, and the record of what byok changed in it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use byok::disk::{self, Lock};
use byok::setup::{NotOurs, Record, Tool};
use zeroize::Zeroizing;

pub(super) use super::super::export::tool::take_turn;
use super::super::export::tool::target;
use crate::fault::Fault;
use crate::session::Session;
use crate::ui::escaped;

/// Far more than a person writes.
const LIMIT: u64 = 4 * 1024 * 1024;

/// A file to change.
pub(super) struct Open {
    /// The file itself, where the person made a link of it.
    target: PathBuf,
    /// How a person calls it.
    pub(super) shown: String,
    /// Whether it is not there yet.
    pub(super) is_fresh: bool,
}

impl Open {
    pub(super) fn new(session: &Session<'_>, path: &Path) -> Result<Self> {
        let home = session.vars.user_home.as_deref();
        let below = home.and_then(|home| path.strip_prefix(home).ok()).map(|rest| format!("~/{}", rest.display()));
        let shown = escaped(&below.unwrap_or_else(|| path.display().to_string()));
        let target = target(path)?;
        Ok(Self { is_fresh: !target.exists(), target, shown })
    }

    pub(super) fn read(&self) -> Result<Zeroizing<String>> {
        let Some(bytes) = disk::read_plain(&self.target, LIMIT)? else { return Ok(Zeroizing::new(String::new())) };
        let text = std::str::from_utf8(&bytes).with_context(|| format!("cannot read `{}`", self.shown))?;
        Ok(Zeroizing::new(text.to_owned()))
    }

    /// Writes it, and reads it back.
    pub(super) fn write(&self, old: &str, text: &str) -> Result<()> {
        disk::amend(&self.target, Some(old.as_bytes()).filter(|_| !self.is_fresh), text.as_bytes())?;
        if *self.read()? != text {
            return Err(Fault::failed(format!("`{}` was changed by another program in this moment", self.shown)).into());
        }
        Ok(())
    }

    /// Removes it.
    pub(super) fn remove(&self) -> Result<()> {
        disk::remove(&self.target)?;
        Ok(())
    }

    /// The file itself, for a record.
    pub(super) fn target_text(&self) -> Result<String> {
        let real = match (self.target.parent(), self.target.file_name()) {
            (Some(folder), Some(name)) => std::fs::canonicalize(folder).map(|folder| folder.join(name)).ok(),
            _ => None,
        };
        let real = real.unwrap_or_else(|| self.target.clone());
        let text = real.into_os_string().into_string();
        Ok(text.map_err(|_| Fault::refused(format!("`{}` has a name that is no UTF-8", self.shown)))?)
    }
}

/// Asks for consent; an error without it.
pub(super) fn agree(session: &Session<'_>, yes: bool, question: &str, again: &str) -> Result<()> {
    match if yes { Some(true) } else { session.ui.confirm(question)? } {
        Some(true) => Ok(()),
        Some(false) => Err(Fault::failed("nothing was changed").into()),
        None => Err(Fault::misused("another tool's file is only changed with your consent")
            .hint(format!("give it: `{again}`"))
            .into()),
    }
}

/// Makes sure that nobody else writes, and that nobody has since the file was shown.
pub(super) fn begin(session: &Session<'_>, lock: Option<Lock>, open: &Open, old: &str) -> Result<Lock> {
    if let Some(folder) = open.target.parent() {
        disk::make_folder(folder)?;
    }
    let lock = lock.map_or_else(|| take_turn(session), Ok)?;
    // The tool may have written meanwhile.
    if *open.read()? != *old {
        return Err(Fault::failed(format!("`{}` has changed meanwhile, and is left alone", open.shown))
            .hint("try again")
            .into());
    }
    Ok(lock)
}

/// What was changed for a tool so far.
pub(super) fn record(session: &Session<'_>, tool: &dyn Tool) -> Result<Record> {
    let path = place(session, tool);
    let Some(bytes) = disk::read_private(&path, LIMIT)? else { return Ok(Record::default()) };
    Record::parse(&bytes).map_err(|error| {
        let hint = match error {
            NotOurs::Newer => "update byok: `cargo install byok --locked`".to_owned(),
            _ => format!("go on without it: `rm {}`", crate::fault::quoted(&path)),
        };
        Fault::refused(format!("`{}` is left as it is", path.display())).cause(error).hint(hint).into()
    })
}

/// Keeps the record; an empty one is none.
pub(super) fn keep(session: &Session<'_>, tool: &dyn Tool, record: &Record) -> Result<()> {
    let path = place(session, tool);
    if record.made.is_empty() {
        disk::remove(&path)?;
        return Ok(());
    }
    disk::make_folder(&session.folders.state.join("setup"))?;
    let text = record.to_text();
    Ok(disk::replace(&path, text.as_bytes(), |read| read == text.as_bytes())?)
}

fn place(session: &Session<'_>, tool: &dyn Tool) -> PathBuf {
    session.folders.state.join("setup").join(tool.name())
}

/// The refusal of a file that cannot be changed in part.
pub(super) fn refused(shown: &str, error: byok::setup::Broken) -> anyhow::Error {
    Fault::refused(format!("`{shown}` is left as it is")).cause(error).into()
}
