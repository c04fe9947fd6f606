//! `byok setup`: has another tool ask byok for its key. Shows the change first, and can undo it.

mod file;
mod list;
mod plan;
mod undo;
mod veil;

use anyhow::Result;
use byok::setup::{self, Edit, Made, Standing, Tool};

use crate::cli::setup::Setup;
use crate::fault::{Fault, code};
use crate::session::{Session, dense};
use crate::ui::escaped;
use file::Open;
use plan::Plan;

pub(crate) fn run(session: &Session<'_>, args: &Setup) -> Result<u8> {
    let Some(typed) = &args.tool else { return list::run(session, args.json) };
    let tool = setup::tool(typed).ok_or_else(|| unknown(typed))?;
    if args.undo {
        return undo::run(session, tool, args);
    }
    let plan = plan::make(session, tool, args)?;
    let open = Open::new(session, &plan.path)?;
    let lock = if args.yes { Some(file::take_turn(session)?) } else { None };
    let old = open.read()?;
    let broken = |error| file::refused(&open.shown, error);
    let standing = plan.entry.standing(&old).map_err(broken)?;
    if standing == Standing::Same {
        session.ui.say(&format!("nothing to do: `{}` is set up in `{}`", tool.name(), open.shown));
        plan::tell_outranked(session, tool, &old);
        return Ok(code::DONE);
    }
    let edit = plan.entry.set(&old).map_err(broken)?;
    let new = edit.apply(&old);
    // What byok could not read again must never take the place of what the tool can.
    if plan.entry.standing(&new).map_err(broken)? != Standing::Same {
        return Err(Fault::refused(format!("`{}` is left as it is", open.shown)).hint("add it yourself").into());
    }
    session.ui.say(veil::diff(session, &edit, &old, &open)?.trim_end());
    let before = plan.entry.replaced(&standing, &edit);
    // Whatever stood there goes into the record only if no part of it may be a key.
    let removed = edit.removed();
    let is_key = told(session, tool, &standing, &edit)? || veil::holds_key(session, &removed)?;
    tool.notices().iter().for_each(|notice| session.ui.say(&format!("note: {notice}")));
    plan::tell_outranked(session, tool, &old);
    if args.dry_run {
        return Ok(code::DONE);
    }
    if args.yes && veil::holds_stray(session, &removed)? {
        return Err(Fault::refused(format!(
            "`{}` is left as it is: a key that stands there would be lost",
            open.shown
        ))
        .hint("take it in first: `byok add PROVIDER --stdin`")
        .hint(format!("and then agree to the change on a terminal: `byok setup {}`", tool.name()))
        .into());
    }
    let again = format!("byok setup {} --yes", tool.name());
    file::agree(session, args.yes, &format!("change `{}`?", open.shown), &again)?;
    // The record and the file are written, or neither.
    let _held = session.hold_signals();
    let lock = file::begin(session, lock, &open, &old)?;
    let mut record = file::record(session, tool)?;
    let made = match record.find(&open.target_text()?, &plan.entry) {
        // What stands there is byok's own: what was there before it still counts.
        Some(earlier) if matches!(standing, Standing::Byok(_)) => earlier.again(plan.entry.clone(), &old, &edit),
        _ => {
            let place = (open.target_text()?, open.is_fresh);
            Made::new(place, plan.entry.clone(), &old, &edit, (before.as_deref(), is_key))
        }
    };
    record.add(made);
    file::keep(session, tool, &record)?;
    open.write(&old, &new)?;
    drop(lock);
    finish(session, tool, &plan, &open);
    Ok(code::DONE)
}

/// Says what stood there; answers whether it was a key.
fn told(session: &Session<'_>, tool: &dyn Tool, standing: &Standing, edit: &Edit) -> Result<bool> {
    let Standing::Other(there) = standing else { return Ok(false) };
    let held = edit.0.iter().map(|cut| veil::holds_key(session, &cut.old)).collect::<Result<Vec<_>>>()?;
    if veil::holds_key(session, there)? || held.contains(&true) {
        session.ui.warn("a key stands there in plaintext; byok does not keep it, and cannot put it back");
        session.ui.hint(&format!("take it in first: `byok import {} --delete-source`", tool.name()));
        return Ok(true);
    }
    session.ui.say("what stands there now gives way; `--undo` puts it back");
    Ok(false)
}

fn finish(session: &Session<'_>, tool: &dyn Tool, plan: &Plan, open: &Open) {
    session.ui.say(&format!("changed `{}`", open.shown));
    if let Some(host) = plan.host {
        session.ui.say(&format!("it takes effect in every new {}", host.name()));
    }
    session.ui.hint(&format!("take it back with `byok setup {} --undo`", tool.name()));
}

fn unknown(typed: &str) -> anyhow::Error {
    let fault = Fault::misused(if dense(typed) {
        "it is not known how that tool is set up".to_owned()
    } else {
        let shown: String = typed.chars().take(24).collect();
        format!("it is not known how `{}` is set up", escaped(&shown))
    });
    let known = setup::names().iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    fault.hint(format!("known are {known}")).hint("start any other through byok: `byok run -- COMMAND`").into()
}
