//! `byok rotate --auto`: the whole round through the provider's own API. What was made is stored or revoked again, and
//! whatever stops the round, a person is told which of the two.

mod fresh;
mod old;

use std::time::Duration;

use anyhow::Result;
use byok::admin::Api;
use byok::keys;
use byok::name::KeyRef;

use super::desk::Desk;
use super::{New, Standing, keep, left, swap};
use crate::cli::rotating::{Rotate, When};
use crate::fault::code;
use crate::session::Session;

/// Pauses before a new key is asked about again: not every server hears of it at once.
pub(super) const PAUSES: [Duration; 3] =
    [Duration::from_millis(400), Duration::from_millis(800), Duration::from_millis(1600)];

pub(super) fn run(session: &Session<'_>, wanted: &KeyRef, args: &Rotate) -> Result<u8> {
    let keep = keep(&args.keep)?;
    let standing = Standing::of(session, wanted)?;
    let desk = standing.hold(session, || Desk::of(session, &standing, args.with.as_deref()))?;
    desk.open(session, |api| Round { session, desk: &desk, api }.run(standing, keep, args.revoke))
}

/// How long an old key is kept that could not be revoked.
const KEPT: &str = "7d";

struct Round<'a> {
    session: &'a Session<'a>,
    desk: &'a Desk,
    api: &'a Api<'a>,
}

impl Round<'_> {
    fn run(&self, mut standing: Standing, keep: Option<&str>, revoke: When) -> Result<u8> {
        let (session, ui) = (self.session, self.session.ui);
        let (old, scope, ended) = standing.hold(session, || self.find(&standing))?;
        // From here on there may be a key that nobody knows of: a signal waits until it is stored or revoked.
        let held = session.hold_signals();
        // Ctrl-C at a question is not held: it would leave that key behind.
        ui.hush();
        let name = fresh::name(&standing);
        let made = standing.hold(session, || self.make(&name, scope.as_deref(), old.as_ref()))?;
        ui.say(&format!("made a new key at {}, called `{name}` there", self.desk.home.name));
        let done = self.test(&standing, &made).and_then(|known| {
            // Until it is revoked, the old one is kept whatever was asked for: by what it looks like it is found again.
            let new = New { secret: made.secret.clone(), known, keep: keep.or(Some(KEPT)), expires: None };
            swap::swap(session, &mut standing, &new)
        });
        if let Err(error) = done {
            self.undo(&standing, &made, &name);
            return Err(error);
        }
        if standing.key.disabled {
            let shown = &standing.shown;
            ui.warn(&format!("`{shown}` is disabled: it never answers until `byok edit {shown} --enable`"));
        }
        left::tell(session, &standing);
        ui.say("what runs already keeps the old one until it is started anew");
        let revoke = if keep.is_some() { revoke } else { When::Now };
        let exit = self.end(&standing, old.and_then(|old| old.handle), revoke);
        let exit = if ended { code::DONE } else { exit };
        if keep.is_none() && exit == code::DONE {
            keys::forget(&session.store(), &session.profile, &[(standing.key.name(), standing.key.secret.clone())])?;
            ui.say("the old one is wiped");
        }
        drop(held);
        Ok(exit)
    }
}
