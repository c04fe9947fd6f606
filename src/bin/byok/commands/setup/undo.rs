//! `byok setup TOOL --undo`: takes back what byok changed, and nothing else.

use std::path::Path;

use anyhow::Result;
use byok::setup::{Made, Tool, Undone};

use super::file::{self, Open};
use super::veil;
use crate::cli::setup::Setup;
use crate::fault::code;
use crate::session::Session;

/// One change to take back, in a file as the later ones leave it.
struct Step {
    open: Open,
    old: zeroize::Zeroizing<String>,
    new: zeroize::Zeroizing<String>,
}

pub(super) fn run(session: &Session<'_>, tool: &dyn Tool, args: &Setup) -> Result<u8> {
    let lock = if args.yes { Some(file::take_turn(session)?) } else { None };
    let mut record = file::record(session, tool)?;
    if record.made.is_empty() {
        session.ui.say(&format!("nothing to do: byok has changed nothing for `{}`", tool.name()));
        return Ok(code::DONE);
    }
    let mut steps = Vec::<Step>::new();
    for made in record.made.iter().rev() {
        step(session, made, &mut steps)?;
    }
    if args.dry_run {
        return Ok(code::DONE);
    }
    if !steps.is_empty() {
        file::agree(session, args.yes, "take it back?", &format!("byok setup {} --undo --yes", tool.name()))?;
    }
    let fresh: Vec<String> = record.made.iter().filter(|made| made.fresh).map(|made| made.file.clone()).collect();
    let mut lock = lock;
    let _held = session.hold_signals();
    for step in &steps {
        lock = Some(file::begin(session, lock.take(), &step.open, &step.old)?);
        if step.new.trim().is_empty() && fresh.contains(&step.open.target_text()?) {
            step.open.remove()?;
        } else {
            step.open.write(&step.old, &step.new)?;
        }
        session.ui.say(&format!("took it back from `{}`", step.open.shown));
    }
    record.made.clear();
    file::keep(session, tool, &record)?;
    drop(lock);
    Ok(code::DONE)
}

/// Works out one step, and shows it.
fn step(session: &Session<'_>, made: &Made, steps: &mut Vec<Step>) -> Result<()> {
    let open = Open::new(session, Path::new(&made.file))?;
    let earlier = steps.iter_mut().find(|step| step.open.shown == open.shown);
    let text = match &earlier {
        Some(step) => step.new.clone(),
        None => open.read()?,
    };
    let edit = match made.undo(&text).map_err(|error| file::refused(&open.shown, error))? {
        Undone::Gone => {
            session.ui.say(&format!("`{}` has nothing more of what byok wrote, and is left alone", open.shown));
            return Ok(());
        }
        Undone::Back(edit) | Undone::Entry(edit) => edit,
    };
    session.ui.say(veil::diff(session, &edit, &text, &open)?.trim_end());
    if made.key {
        session.ui.warn("a key stood there in plaintext, which byok did not keep: it is not put back");
    }
    let new = edit.apply(&text);
    match earlier {
        Some(step) => step.new = new,
        None => steps.push(Step { open, old: text, new }),
    }
    Ok(())
}
