//! `byok trust`, `byok untrust`: whether a project's file is obeyed.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use byok::name::KeyRef;
use byok::project::{FILE, Project};
use byok::trust::{self, Found};
use serde_json::json;

use crate::cli::project::{Trust, Untrust};
use crate::fault::{Fault, code};
use crate::session::Session;
use crate::time::in_words;
use crate::ui::escaped;
use crate::{project, table};

pub(crate) fn run(session: &Session<'_>, args: &Trust) -> Result<u8> {
    if args.list {
        return list(session, args.json);
    }
    let found = match &args.path {
        Some(path) => trust::open(&place(path)?)?,
        None => match trust::find(&env::current_dir()?, session.vars.user_home.as_deref()) {
            Some(found) => found.map_err(|(_, refusal)| refusal)?,
            None => return Err(absent()),
        },
    };
    let shown = escaped(&found.path.display().to_string());
    let asks = project::read(session, &found)?;
    let (trust, before) = (session.trust(), session.trust().record(&found.path)?);
    if before.as_ref().is_some_and(|before| before.sha256 == found.sha256()) {
        session.ui.say(&format!("`{shown}` is trusted already"));
        return Ok(code::DONE);
    }
    let before = before.and_then(|before| Project::parse(before.text.as_bytes()).ok());
    session.ui.say(&format!("`{shown}` {}", if before.is_some() { "has changed, and asks for" } else { "asks for" }));
    for line in lines(&asks, before.as_ref()) {
        session.ui.say(&format!("  {line}"));
    }
    if !args.yes {
        match session.ui.confirm("trust it?")? {
            Some(true) => {}
            Some(false) => return Err(Fault::refused("nothing was changed").into()),
            None => {
                return Err(Fault::refused("it is not trusted, and nobody is here to ask")
                    .hint("agree to it: `byok trust --yes`")
                    .into());
            }
        }
    }
    let _held = session.hold_signals();
    trust.give(&found, session.now)?;
    session.ui.say(&format!("trusted `{shown}`, until it changes"));
    Ok(code::DONE)
}

pub(crate) fn take_back(session: &Session<'_>, args: &Untrust) -> Result<u8> {
    let path = match &args.path {
        Some(path) => place(path)?,
        None => match trust::find(&env::current_dir()?, session.vars.user_home.as_deref()) {
            Some(found) => found.map_or_else(|(path, _)| path, |found: Found| found.path),
            None => return Err(absent()),
        },
    };
    let _held = session.hold_signals();
    let (shown, was) = (escaped(&path.display().to_string()), session.trust().take(&path)?);
    session.ui.say(&if was { format!("`{shown}` is trusted no more") } else { format!("`{shown}` was not trusted") });
    Ok(code::DONE)
}

/// That there is no project here.
pub(crate) fn absent() -> anyhow::Error {
    Fault::failed(format!("there is no `{FILE}` in this folder, nor above it in its repository"))
        .hint(format!("make one: `echo 'requires = [\"openai\"]' > {FILE}`"))
        .into()
}

/// The path of a project's file, given that or its folder, without links in the folder. It need not be there any more.
fn place(path: &Path) -> Result<PathBuf> {
    let file = if path.is_dir() { path.join(FILE) } else { path.to_owned() };
    if file.file_name().is_none_or(|name| name != FILE) {
        return Err(Fault::misused(format!("a project's file is called `{FILE}`")).into());
    }
    let file = std::path::absolute(&file).with_context(|| format!("cannot use `{}`", file.display()))?;
    let folder = file.parent().unwrap_or(&file);
    Ok(folder.canonicalize().map_or_else(|_| file.clone(), |folder| folder.join(FILE)))
}

/// What a project asks for, a line each; what it did not ask for before is marked, and what it asks for no more is told.
fn lines(asks: &Project, before: Option<&Project>) -> Vec<String> {
    let now = parts(asks);
    let old = before.map(parts).unwrap_or_default();
    let mark = |part: &(&'static str, String)| before.is_some() && !old.contains(part);
    let mut lines: Vec<String> =
        now.iter().map(|part| format!("{:9}{}{}", part.0, part.1, if mark(part) { "  (new)" } else { "" })).collect();
    if now.is_empty() {
        lines.push("nothing".to_owned());
    }
    lines
        .extend(old.iter().filter(|part| !now.contains(part)).map(|part| format!("{:9}{}  (no more)", part.0, part.1)));
    lines
}

fn parts(asks: &Project) -> Vec<(&'static str, String)> {
    let profile = asks.profile.iter().map(|profile| ("profile", profile.to_string()));
    let keys = asks.requires.iter().map(|key| ("key", key.to_string()));
    let any = asks.any.iter().map(|any| ("one of", any.iter().map(KeyRef::to_string).collect::<Vec<_>>().join(", ")));
    profile.chain(keys).chain(any).collect()
}

fn list(session: &Session<'_>, json: bool) -> Result<u8> {
    let (mut rows, mut reports) = (Vec::new(), Vec::new());
    for record in session.trust().all()? {
        let state = match trust::open(Path::new(&record.path)) {
            Ok(found) if found.sha256() == record.sha256 => "trusted",
            Ok(_) => "changed since",
            Err(_) => "not there",
        };
        rows.push(vec![escaped(&record.path), state.to_owned(), in_words(record.since, session.now)]);
        let (path, since) = (&record.path, record.since.to_string());
        reports.push(json!({ "path": path, "state": state, "since": since, "sha256": record.sha256 }));
    }
    if json {
        session.ui.data(crate::ui::json(&json!({ "version": 1, "projects": reports })).as_bytes())?;
    } else if rows.is_empty() {
        session.ui.say("no project is trusted");
    } else {
        session.ui.data(table::render(&["PROJECT", "STATE", "SINCE"], &rows, 2).as_bytes())?;
    }
    Ok(code::DONE)
}
