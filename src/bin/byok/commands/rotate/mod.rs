//! `byok rotate`: a new secret in the place of an old one, so that a key works at every moment of it.

mod auto;
mod desk;
mod finish;
mod left;
mod looked;
mod new;
mod revoke;
mod status;
mod swap;
mod undo;

use std::sync::atomic::Ordering;

use anyhow::Result;
use byok::keys::{self, KeyError};
use byok::name::KeyRef;
use byok::profile::{Key, Profile};
use byok::secret::Secret;

use super::detail;
use super::trial::Known;
use crate::cli::rotating::Rotate;
use crate::fault::{Fault, code};
use crate::session::Session;
use crate::time::parse_end;

/// A key that is to get another secret, as it was when somebody looked.
pub(super) struct Standing {
    /// Its profile.
    pub(super) profile: Profile,
    /// The key.
    pub(super) key: Key,
    /// Its name as it is shown.
    pub(super) shown: KeyRef,
}

/// A new secret, and what goes with it into the place of the old one.
pub(super) struct New<'a> {
    pub(super) secret: Secret,
    /// What its test said.
    pub(super) known: Known,
    /// How long the old one is kept, as it was typed; see [`keep`].
    pub(super) keep: Option<&'a str>,
    /// When it stops working, where a person or its provider said so.
    pub(super) expires: Option<jiff::Timestamp>,
}

impl Standing {
    /// The key of this name.
    pub(super) fn of(session: &Session<'_>, wanted: &KeyRef) -> Result<Self> {
        let profile = session.read()?;
        let key = keys::find(&profile, wanted)?.clone();
        let shown = profile.display(&key);
        Ok(Self { profile, key, shown })
    }

    /// Where one stands while nothing was changed.
    pub(super) fn unchanged(&self) -> String {
        format!("nothing was changed: `{}` is still `{}`", self.shown, self.key.secret.mask())
    }

    /// Tells where one stands if a signal is about to end byok, which would end it before that is told.
    pub(super) fn stopped(&self, session: &Session<'_>) {
        if session.stop().load(Ordering::Relaxed) {
            session.ui.say(&format!("stopped; {}", self.unchanged()));
        }
    }

    /// Does what leads to a change; whatever stops it, a person is told where they stand.
    pub(super) fn hold<T>(&self, session: &Session<'_>, change: impl FnOnce() -> Result<T>) -> Result<T> {
        session.ui.at_interrupt(Some(self.unchanged()));
        let outcome = change();
        session.ui.at_interrupt(None);
        if let Err(error) = &outcome {
            // Somebody else did: what it is now, the error itself says.
            match error.downcast_ref() {
                Some(KeyError::Changed { .. } | KeyError::NoSuchKey { .. }) => session.ui.say("nothing was changed"),
                _ => session.ui.say(&self.unchanged()),
            }
        }
        outcome
    }
}

pub(crate) fn run(session: &Session<'_>, args: &Rotate) -> Result<u8> {
    let wanted = args.key.as_deref().map(|typed| session.key(typed)).transpose()?;
    match wanted {
        _ if args.finish => finish::run(session, wanted.as_ref(), args),
        Some(wanted) if args.auto => auto::run(session, &wanted, args),
        Some(wanted) if args.undo => undo::run(session, &wanted, args.no_test),
        Some(wanted) if !args.status && !args.json => rotate(session, &wanted, args),
        wanted => status::run(session, wanted.as_ref(), args.json),
    }
}

fn rotate(session: &Session<'_>, wanted: &KeyRef, args: &Rotate) -> Result<u8> {
    let keep = keep(&args.keep)?;
    let expires = args.expires.as_deref().map(|when| parse_end(when, session.now)).transpose()?.flatten();
    if expires.is_some_and(|end| end <= session.now) {
        return Err(Fault::misused("this time of expiry is over already: the new key would never answer")
            .hint("say when it will stop working: `--expires 90d`")
            .into());
    }
    let mut standing = Standing::of(session, wanted)?;
    let new = standing.hold(session, || {
        let secret = new::secret(session, &standing, args)?;
        let known = new::tried(session, &standing, &secret, args.no_test)?;
        Ok(New { secret, known, keep, expires })
    })?;
    swap::swap(session, &mut standing, &new)?;
    swap::told(session, &standing, keep.is_some());
    Ok(code::DONE)
}

/// Reads how long the old secret is kept; `None` where it is not.
pub(super) fn keep(text: &str) -> Result<Option<&str>> {
    if text.trim_end_matches(|c: char| c.is_ascii_alphabetic()).chars().all(|c| c == '0') && text.starts_with('0') {
        return Ok(None);
    }
    detail::deadline("--keep", text)?;
    Ok(Some(text))
}
