//! `byok rotate --undo`: the secret that was replaced last, again.

use anyhow::Result;
use byok::keys::{self, KeyError, Return};
use byok::name::KeyRef;
use byok::probe::Candidate;
use byok::profile::Previous;
use byok::resolve;
use byok::verdict::Worth;

use super::new::is_dead;
use super::{Standing, swap};
use crate::commands::trial::{self, Known};
use crate::fault::{Fault, code};
use crate::session::Session;
use crate::session::network::candidate;
use crate::words;

pub(super) fn run(session: &Session<'_>, wanted: &KeyRef, no_test: bool) -> Result<u8> {
    let standing = Standing::of(session, wanted)?;
    let shown = &standing.shown;
    let Some(old) = standing.key.previous.last() else {
        return Err(KeyError::NotKept { name: shown.clone() }.into());
    };
    let (before, after) = (standing.key.secret.mask(), old.secret.mask());
    standing.hold(session, || {
        let known = tried(session, &standing, old, no_test)?;
        let back = Return {
            name: standing.key.name(),
            newer: standing.key.secret.clone(),
            older: old.secret.clone(),
            tested: known.tested,
            host: known.host,
        };
        let store = session.store();
        let _held = session.hold_signals();
        let kept = keys::rotate_back(&store, &session.profile, &back, swap::now())
            .inspect_err(|_| standing.stopped(session))?;
        session.ui.say(&format!("`{shown}` is `{after}` again"));
        session.ui.say(&format!(
            "the newer one (`{before}`) is kept, sealed, until {}: `byok rotate --undo {shown}` takes it back",
            resolve::day(kept.at)
        ));
        Ok(())
    })?;
    session.ui.say("revoke whichever of the two you do not need");
    Ok(code::DONE)
}

/// Asks the provider whether the old secret still works. That nothing could be learnt is in nobody's way: whoever takes a
/// key back is in need of it.
fn tried(session: &Session<'_>, standing: &Standing, old: &Previous, skip: bool) -> Result<Known> {
    let shown = &standing.shown;
    let candidate = Candidate { secret: old.secret.clone(), ..candidate(session.registry()?, &standing.key) };
    let known = trial::asked(session, shown, candidate, standing.key.host.as_deref(), skip, "changed")?;
    let Some(tested) = &known.tested else { return Ok(known) };
    let sentence = words::sentence(tested, session.now);
    match tested.verdict.worth() {
        Worth::Usable => session.ui.say(&format!("the old one still works: {sentence}")),
        _ if is_dead(tested) => {
            let what = format!("the old one does not work any more: {sentence}");
            if session.ui.confirm(&format!("{what}\ntake it back all the same?"))? != Some(true) {
                return Err(Fault::tested(what)
                    .hint(format!("take it back all the same with `byok rotate --undo {shown} --no-test`"))
                    .into());
            }
        }
        _ => {
            session.ui.warn(&format!("cannot tell whether the old one still works: {sentence}"));
            return Ok(Known { tested: None, ..known });
        }
    }
    Ok(known)
}
