//! The swap itself, in one update, and what remains to be done after it.

use anyhow::Result;
use byok::keys::{self, KeyError, Rotation};
use byok::resolve;
use jiff::Timestamp;

use super::new::refused;
use super::{New, Standing, left};
use crate::commands::detail;
use crate::fault;
use crate::session::Session;
use crate::time::clock;

/// Puts the new secret into the place of the one that was looked at, and says so. Where it cannot be stored, or somebody
/// changed the key meanwhile, a person is asked: a new key that its provider shows only once is not thrown away.
pub(super) fn swap(session: &Session<'_>, standing: &mut Standing, new: &New<'_>) -> Result<()> {
    loop {
        let swapped = once(session, standing, new)?;
        let Err(error) = swapped else { return Ok(()) };
        let error = refused(error);
        let again = match error.downcast_ref() {
            _ if !session.ui.may_ask() => None,
            Some(KeyError::Changed { name, mask }) => Some(format!(
                "`{name}` was changed meanwhile, and is `{mask}` now; put the new key in the place of that one?"
            )),
            Some(KeyError::Store(_)) => {
                Some(format!("{}\nthe new key is not stored yet; try again?", fault::report(&error).sentence))
            }
            _ => None,
        };
        standing.hold(session, || match again {
            Some(question) if session.ui.confirm(&question)? == Some(true) => Ok(()),
            _ => Err(error),
        })?;
        *standing = Standing::of(session, &standing.key.name())?;
    }
}

/// One try. A signal waits until it is done and told.
fn once(session: &Session<'_>, standing: &Standing, new: &New<'_>) -> Result<Result<(), KeyError>> {
    let now = now();
    let rotation = Rotation {
        name: standing.key.name(),
        old: standing.key.secret.clone(),
        new: new.secret.clone(),
        kept: new.keep.map(|text| detail::deadline("--keep", text)).transpose()?,
        expires: new.expires,
        tested: new.known.tested.clone(),
        host: new.known.host.clone(),
    };
    let store = session.store();
    let _held = session.hold_signals();
    let swapped = keys::rotate(&store, &session.profile, &rotation, now);
    let shown = &standing.shown;
    match &swapped {
        Ok(()) => {
            session.ui.say(&format!("rotated `{shown}`: `{}` answers from now on", new.secret.mask()));
            let old = standing.key.secret.mask();
            session.ui.say(&match &rotation.kept {
                Some(kept) => format!(
                    "the old one (`{old}`) is kept, sealed, until {}: `byok rotate --undo {shown}` takes it back",
                    resolve::day(kept.at)
                ),
                None => format!("the old one (`{old}`) is not kept"),
            });
        }
        Err(_) => standing.stopped(session),
    }
    Ok(swapped)
}

/// The time at this moment, to the second: a person may have taken a while.
pub(super) fn now() -> Timestamp {
    let now = clock();
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}

/// Tells what remains to be done: where the old secret still lies, and that it is to be revoked.
pub(super) fn told(session: &Session<'_>, standing: &Standing, kept: bool) {
    let (key, shown, ui) = (&standing.key, &standing.shown, session.ui);
    if key.disabled {
        ui.warn(&format!("`{shown}` is disabled: it never answers until `byok edit {shown} --enable`"));
    }
    if let Some(wiped) = &key.wiped {
        ui.say(&format!("the new one stays: only the old one was to be wiped on {}", resolve::day(wiped.at)));
    }
    left::tell(session, standing);
    ui.say("what runs already keeps the old one until it is started anew");
    ui.say(&revoke(session, standing));
    if kept {
        ui.hint(&format!("when that is done, end the rotation with `byok rotate --finish {shown}`"));
    }
}

/// Where the old secret is revoked.
pub(super) fn revoke(session: &Session<'_>, standing: &Standing) -> String {
    let provider = session.registry().map(|registry| registry.get(&standing.key.provider));
    match provider.ok().and_then(|provider| Some((provider.console?, provider.revoke))) {
        Some((console, Some(click))) => format!("revoke the old one at {console}: {click}"),
        Some((console, None)) => format!("revoke the old one at {console}"),
        None => "revoke the old one where it was made".to_owned(),
    }
}
