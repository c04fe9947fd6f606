//! `byok rotate --auto`: the whole round through the provider's own API. What was made is stored or revoked again, and
//! whatever stops the round, a person is told which of the two.

use std::time::Duration;

use anyhow::Result;
use byok::admin::{Api, ApiError, Found, Handle, Listed, Made};
use byok::name::KeyRef;
use byok::probe::Candidate;
use byok::verdict::{Tested, Worth};

use super::desk::Desk;
use super::{New, Standing, keep, left, swap};
use crate::cli::rotating::{Rotate, When};
use crate::commands::trial::{self, Known};
use crate::fault::{Fault, code};
use crate::network::candidate;
use crate::session::Session;
use crate::words;

/// Pauses before a new key is asked about again: not every server hears of it at once.
pub(super) const PAUSES: [Duration; 3] =
    [Duration::from_millis(400), Duration::from_millis(800), Duration::from_millis(1600)];

pub(super) fn run(session: &Session<'_>, wanted: &KeyRef, args: &Rotate) -> Result<u8> {
    let keep = keep(session, &args.keep)?;
    let standing = Standing::of(session, wanted)?;
    let desk = standing.hold(session, || Desk::of(session, &standing, args.with.as_deref()))?;
    desk.open(session, |api| Round { session, desk: &desk, api }.run(standing, keep, args.revoke))
}

struct Round<'a> {
    session: &'a Session<'a>,
    desk: &'a Desk,
    api: &'a Api<'a>,
}

impl Round<'_> {
    fn run(&self, mut standing: Standing, keep: Option<&str>, revoke: When) -> Result<u8> {
        let (session, ui) = (self.session, self.session.ui);
        let (old, scope) = standing.hold(session, || self.find(&standing))?;
        // From here on there may be a key that nobody knows of: a signal waits until it is stored or revoked.
        let held = session.hold_signals();
        let name = self.name(&standing);
        let made = standing.hold(session, || self.make(&name, scope.as_deref(), old.as_ref()))?;
        ui.say(&format!("made a new key at {}, called `{name}` there", self.desk.home.name));
        let done = self.test(&standing, &made).and_then(|known| {
            let new = New { secret: made.secret.clone(), known, keep, expires: None };
            swap::swap(session, &mut standing, &new)
        });
        if let Err(error) = done {
            self.undo(&standing, &made, &name);
            return Err(error);
        }
        left::tell(session, &standing);
        ui.say("what runs already keeps the old one until it is started anew");
        let exit = self.end(&standing, old.and_then(|old| old.handle), keep.is_some(), revoke);
        drop(held);
        Ok(exit)
    }

    /// Looks for the old key among those that its provider lists; and what the new one is to belong to.
    fn find(&self, standing: &Standing) -> Result<(Option<Listed>, Option<String>)> {
        let (ui, home) = (self.session.ui, &self.desk.home);
        let search = self.api.find(&standing.key.secret, self.desk.scope.as_deref());
        let search = search.map_err(|error| self.desk.fault(&error))?;
        let by_hand = format!("it is revoked by hand, at {}", self.desk.console());
        let old = match search.found {
            Found::One(old) if old.handle.is_some() => Some(*old),
            Found::One(old) => {
                ui.warn(&format!("the old key shares its account at {} with others; {by_hand}", home.name));
                Some(*old)
            }
            Found::Ended => {
                ui.say(&format!("{} lists the old key as revoked", home.name));
                None
            }
            Found::Nowhere => {
                ui.warn(&format!("{} does not list the old key for this admin key; {by_hand}", home.name));
                None
            }
            Found::Several(count) => {
                ui.warn(&format!("{count} keys at {} look like the old one; {by_hand}", home.name));
                None
            }
        };
        let Some(scopes) = home.admin.as_ref().and_then(|admin| admin.scopes.as_ref()) else { return Ok((old, None)) };
        let scope = old.as_ref().and_then(|old| old.scope.clone()).or_else(|| self.desk.scope.clone());
        match (scope, search.scopes.as_slice()) {
            (Some(scope), _) => Ok((old, Some(scope))),
            (None, [only]) => Ok((old, Some(only.clone()))),
            (None, _) => Err(Fault::failed(format!("it is not known in which {} to make the new key", scopes.what))
                .hint(format!("say it: `byok edit {} --field {}=ID`", standing.shown, scopes.what))
                .into()),
        }
    }

    /// A name by which the new key is found again, whoever has to look for it.
    fn name(&self, standing: &Standing) -> String {
        format!("byok-{}-{}", standing.key.label, swap::now().strftime("%Y%m%d-%H%M%S"))
    }

    fn make(&self, name: &str, scope: Option<&str>, old: Option<&Listed>) -> Result<Made> {
        if let Some(note) = self.desk.home.admin.as_ref().and_then(|admin| admin.note.as_ref()) {
            self.session.ui.say(&format!("note: {note}"));
        }
        let error = match self.api.make(name, scope, old) {
            Ok(made) => return Ok(made),
            Err(error) => error,
        };
        if error.perhaps {
            self.look_after(name, scope);
        }
        Err(self.desk.fault(&error).into())
    }

    /// Where nobody knows whether a key was made: revokes it if it was, for nobody has its secret.
    fn look_after(&self, name: &str, scope: Option<&str>) {
        let (ui, home, console) = (self.session.ui, &self.desk.home.name, self.desk.console());
        let found = self.api.named(name, scope).and_then(|found| match found {
            Some(handle) => self.api.revoke(&handle).map(|()| true),
            None => Ok(false),
        });
        match found {
            Ok(true) => ui.say(&format!("a key `{name}` was made at {home} all the same, and is revoked again")),
            Ok(false) => ui.warn(&format!(
                "perhaps a key was made at {home} all the same: it lists no `{name}` yet; look for it at {console}"
            )),
            Err(_) => {
                ui.warn(&format!("perhaps a key was made at {home}: look for `{name}` at {console}, and revoke it"))
            }
        }
    }

    /// Asks whether the new key works. One that does not is of no use.
    fn test(&self, standing: &Standing, made: &Made) -> Result<Known> {
        let (session, bound) = (self.session, standing.key.host.as_deref());
        standing.hold(session, || {
            let candidate = Candidate { secret: made.secret.clone(), ..candidate(session.registry()?, &standing.key) };
            let mut pauses = PAUSES.into_iter();
            loop {
                let known = trial::asked(session, &standing.shown, candidate.clone(), bound, false, "changed")?;
                let Some(tested) = &known.tested else {
                    return Err(Fault::failed("the new key was not tested").into());
                };
                let sentence = words::sentence(tested, session.now);
                match (tested.verdict.worth(), pauses.next()) {
                    (Worth::Usable, _) => {
                        session.ui.say(&format!("tested: {sentence}"));
                        return Ok(known);
                    }
                    (_, Some(pause)) if is_early(tested) => std::thread::sleep(pause),
                    _ if tested.verdict.is_refused() => {
                        return Err(Fault::tested(format!("the new key does not work: {sentence}")).into());
                    }
                    _ => return Err(Fault::failed(format!("cannot tell whether the new key works: {sentence}")).into()),
                }
            }
        })
    }

    /// Revokes what was made and is of no use, unless it is stored for all that.
    fn undo(&self, standing: &Standing, made: &Made, name: &str) {
        let (ui, home) = (self.session.ui, &self.desk.home.name);
        let stored = Standing::of(self.session, &standing.key.name()).map(|now| now.key.secret.same_as(&made.secret));
        let left = |why: &str| {
            ui.warn(&format!("the new key is not revoked: {why}"));
            ui.hint(&format!("look for `{name}` at {}, and revoke it", self.desk.console()));
        };
        match (stored, &made.handle) {
            (Ok(true), _) => ui.say(&format!("the new key answers as `{}`: it was stored", standing.shown)),
            (Ok(false), Some(handle)) => match self.api.revoke(handle) {
                Ok(()) => ui.say(&format!("the new key is revoked again at {home}")),
                Err(error) => left(&error.to_string()),
            },
            (Ok(false), None) => left(&format!("{home} did not say what names it")),
            (Err(error), _) => left(&format!("nobody can tell whether it was stored: {error:#}")),
        }
    }

    /// What becomes of the old key: revoked at once, or with `--finish`.
    fn end(&self, standing: &Standing, old: Option<Handle>, kept: bool, revoke: When) -> u8 {
        let (ui, shown) = (self.session.ui, &standing.shown);
        let finish = format!("byok rotate --finish {shown}");
        let Some(old) = old else {
            ui.say(&swap::revoke(self.session, standing));
            if kept {
                ui.hint(&format!("when that is done, end the rotation with `{finish}`"));
            }
            return code::DONE;
        };
        match (revoke, kept) {
            // Without it, nobody could revoke it any more by what it looks like.
            (When::Later, true) => {
                ui.say(&format!("the old one works until `{finish}` revokes it at {}", self.desk.home.name));
                code::DONE
            }
            _ => match self.api.revoke(&old) {
                Ok(()) => {
                    ui.say(&format!("revoked the old one at {}", self.desk.home.name));
                    if kept {
                        ui.hint(&format!("see that it is dead, and wipe it, with `{finish}`"));
                    }
                    code::DONE
                }
                Err(error) => self.not_revoked(&error, kept.then_some(&finish)),
            },
        }
    }

    fn not_revoked(&self, error: &ApiError, finish: Option<&String>) -> u8 {
        let ui = self.session.ui;
        ui.warn(&format!("the old one is not revoked: {error}"));
        ui.hint(&match finish {
            Some(finish) => format!("try again with `{finish}`"),
            None => format!("revoke it at {}", self.desk.console()),
        });
        code::FAILED
    }
}

/// Whether a verdict may be another in a moment, for a key that was made just now.
fn is_early(tested: &Tested) -> bool {
    tested.verdict.is_refused() || tested.verdict.worth() == Worth::Unknown
}
