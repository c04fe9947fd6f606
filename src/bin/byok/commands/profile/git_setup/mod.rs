//! `byok profile git-setup`: has git merge a profile's file with byok, and show its changes. Shows first what it will do.

mod attributes;
mod repository;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use byok::store::Place;

use super::absent;
use crate::cli::merging::GitSetup;
use crate::fault::{Fault, code, quoted};
use crate::session::{Session, profile_name};
use crate::ui::escaped;
use crate::vars;
use repository::{Change, Repository};

pub(super) fn run(session: &Session<'_>, args: &GitSetup) -> Result<u8> {
    let file = file(session, args)?;
    let repository = Repository::of(&file)?;
    let changes = if args.undo { repository.undoing()? } else { repository.changes()? };
    let shown = escaped(&file.display().to_string());
    if changes.is_empty() {
        let state = if args.undo { "has nothing of byok's" } else { "is set up" };
        session.ui.say(&format!("nothing to do: git {state} for `{shown}` in this clone"));
        return Ok(code::DONE);
    }
    for change in &changes {
        session.ui.say(&escaped(&repository.in_words(change)));
    }
    if !args.yes {
        match session.ui.confirm("do this?")? {
            Some(true) => {}
            Some(false) => return Err(Fault::failed("nothing was changed").into()),
            None => {
                return Err(Fault::misused("nobody is here to confirm")
                    .hint("look at the changes above, then say it with `--yes`")
                    .into());
            }
        }
    }
    let _held = session.hold_signals();
    changes.iter().try_for_each(|change| repository.make(change))?;
    if args.undo {
        session.ui.say(&format!("git takes `{shown}` as any other file again, in this clone"));
    } else {
        session.ui.say(&format!("git merges `{shown}` key by key from now on, in this clone"));
        repository.prove(session)?;
    }
    if changes.iter().any(|change| matches!(change, Change::Attributes(_))) {
        let attributes = quoted(&repository.attributes());
        session.ui.hint(&format!("share it: `git -C {} add {attributes}`", quoted(&repository.tree)));
    }
    if !args.undo {
        let inside = quoted(&repository.inside);
        session.ui.hint(&format!("each clone sets it up for itself: `byok profile git-setup --file {inside}`"));
        if vars::programs("byok").next().is_none() {
            session.ui.warn("git will not find `byok`: it is not on the absolute folders of `PATH`");
        }
    }
    Ok(code::DONE)
}

/// The file that is meant, without links on its way.
fn file(session: &Session<'_>, args: &GitSetup) -> Result<PathBuf> {
    let path = match (&args.file, &args.name) {
        (Some(file), _) => file.clone(),
        (None, name) => {
            let named = name.as_deref().map(profile_name).transpose().context("cannot use this name")?;
            let name = named.unwrap_or_else(|| session.profile.clone());
            let store = session.store();
            if store.place(&name) == Place::Keychain {
                return Err(Fault::misused(format!("profile `{name}` lives in the keychain, and git merges files"))
                    .hint(format!("move it: `byok profile move {name} --to file`"))
                    .into());
            }
            let path = store.path(&name);
            if !path.exists() {
                return Err(absent(&name).into());
            }
            path
        }
    };
    resolved(&path)
}

fn resolved(path: &Path) -> Result<PathBuf> {
    let unread = |error| {
        anyhow::Error::from(
            Fault::misused(format!("cannot find `{}`", escaped(&path.display().to_string()))).cause(error),
        )
    };
    std::fs::canonicalize(path).map_err(unread)
}
