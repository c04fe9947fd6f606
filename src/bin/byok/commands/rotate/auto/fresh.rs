//! The new key of a round: made, tested, and revoked again where it cannot be used.

use anyhow::Result;
use byok::admin::{Listed, Made};
use byok::probe::Candidate;
use byok::profile::Profile;
use byok::store::Store as _;
use byok::verdict::{Tested, Worth};

use super::super::{Standing, swap};
use super::{PAUSES, Round};
use crate::commands::trial::{self, Known};
use crate::fault::Fault;
use crate::session::network::candidate;
use crate::words;

impl Round<'_> {
    pub(super) fn make(&self, name: &str, scope: Option<&str>, old: Option<&Listed>) -> Result<Made> {
        let admin = self.desk.home.admin.as_ref();
        let keeps = admin.and_then(|admin| admin.make.as_ref()).is_some_and(|make| !make.keep.is_empty());
        if keeps && old.is_none() {
            self.session.ui.warn("what the old key may spend is not known: the new one has no limit");
        } else if let Some(note) = admin.and_then(|admin| admin.note.as_ref()) {
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
                ui.warn(&format!("perhaps a key was made at {home}: look for `{name}` at {console}, and revoke it"));
            }
        }
    }

    /// Asks whether the new key works. One that does not is of no use.
    pub(super) fn test(&self, standing: &Standing, made: &Made) -> Result<Known> {
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
    pub(super) fn undo(&self, standing: &Standing, made: &Made, name: &str) {
        let (ui, home) = (self.session.ui, &self.desk.home.name);
        let holds = |profile: &Profile| profile.keys().iter().any(|key| key.secret.same_as(&made.secret));
        let read = self.session.store().read(&self.session.profile);
        let stored = read.map(|read| read.is_some_and(|(profile, _)| holds(&profile)));
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
            (Err(error), _) => left(&format!("nobody can tell whether it was stored: {error}")),
        }
    }
}

/// A name by which the new key is found again, whoever has to look for it.
pub(super) fn name(standing: &Standing) -> String {
    format!("byok-{}-{}", standing.key.label, swap::now().strftime("%Y%m%d-%H%M%S"))
}

/// Whether a verdict may be another in a moment, for a key that was made just now.
fn is_early(tested: &Tested) -> bool {
    tested.verdict.is_refused() || tested.verdict.worth() == Worth::Unknown
}
