//! The old secrets of one rotation, revoked through the provider's API where an admin key is at hand.

use anyhow::Result;
use byok::admin::{Api, Found};
use byok::profile::Previous;

use super::Standing;
use super::desk::{Desk, needed_by};
use crate::session::Session;

/// Revokes the old secrets of this key that still work. Answers whether any was revoked; what is not, a person is told.
pub(super) fn revoke<'a>(
    session: &Session<'_>,
    standing: &Standing,
    alive: impl Iterator<Item = &'a Previous>,
    with: Option<&str>,
) -> Result<bool> {
    let mut alive = alive.peekable();
    if alive.peek().is_none() {
        return Ok(false);
    }
    let Some(desk) = Desk::at_hand(session, standing, with)? else { return Ok(false) };
    let _held = session.hold_signals();
    desk.open(session, |api| {
        let mut any = false;
        for old in alive {
            if let Some(other) = needed_by(standing, &old.secret) {
                let mask = old.secret.mask();
                session.ui.warn(&format!("the old one (`{mask}`) is not revoked: it is stored as `{other}` as well"));
                continue;
            }
            any |= one(session, &desk, api, old);
        }
        Ok(any)
    })
}

fn one(session: &Session<'_>, desk: &Desk, api: &Api<'_>, old: &Previous) -> bool {
    let (ui, home, mask) = (session.ui, &desk.home.name, old.secret.mask());
    let why = match api.find(&old.secret, desk.scope.as_deref()).map(|search| search.found) {
        Ok(Found::One(listed)) => match listed.handle.as_ref().map(|handle| api.revoke(handle)) {
            Some(Ok(())) => {
                ui.say(&format!("revoked the old one (`{mask}`) at {home}"));
                return true;
            }
            Some(Err(error)) => error.to_string(),
            None => format!("it shares its account at {home} with other keys"),
        },
        Ok(Found::Ended) => return true,
        Ok(Found::Nowhere) => format!("{home} does not list it for `{}`", desk.admin),
        Ok(Found::Several(count)) => format!("{count} keys at {home} look like it"),
        Err(error) => error.to_string(),
    };
    ui.warn(&format!("the old one (`{mask}`) is not revoked: {why}"));
    false
}
