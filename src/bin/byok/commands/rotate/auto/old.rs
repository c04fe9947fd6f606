//! The old key of a round: found among those that its provider lists, and revoked.

use anyhow::Result;
use byok::admin::{ApiError, Found, Handle, Listed};

use super::super::desk::needed_by;
use super::super::{Standing, swap};
use super::Round;
use crate::cli::rotating::When;
use crate::fault::{Fault, code};

impl Round<'_> {
    /// Looks for the old key among those that its provider lists; what the new one is to belong to; and whether the old
    /// one is revoked already.
    pub(super) fn find(&self, standing: &Standing) -> Result<(Option<Listed>, Option<String>, bool)> {
        let (ui, home) = (self.session.ui, &self.desk.home);
        let search = self.api.find(&standing.key.secret, self.desk.scope.as_deref());
        let search = search.map_err(|error| self.desk.fault(&error))?;
        let by_hand = format!("it is revoked by hand, at {}", self.desk.console());
        let ended = matches!(search.found, Found::Ended);
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
        let Some(scopes) = home.admin.as_ref().and_then(|admin| admin.scopes.as_ref()) else {
            return Ok((old, None, ended));
        };
        let scope = old.as_ref().and_then(|old| old.scope.clone()).or_else(|| self.desk.scope.clone());
        match (scope, search.scopes.as_slice()) {
            (Some(scope), _) => Ok((old, Some(scope), ended)),
            (None, [only]) => Ok((old, Some(only.clone()), ended)),
            (None, _) => Err(Fault::failed(format!("it is not known in which {} to make the new key", scopes.what))
                .hint(format!("say it: `byok edit {} --field {}=ID`", standing.shown, scopes.what))
                .into()),
        }
    }

    /// What becomes of the old key: revoked at once, or with `--finish`. What was to be revoked at once and was not is a
    /// failure.
    pub(super) fn end(&self, standing: &Standing, old: Option<Handle>, revoke: When) -> u8 {
        let (ui, shown) = (self.session.ui, &standing.shown);
        let finish = format!("byok rotate --finish {shown}");
        let undone = if revoke == When::Now { code::FAILED } else { code::DONE };
        let Some(old) = old else {
            ui.say(&swap::revoke(self.session, standing));
            ui.hint(&format!("when that is done, end the rotation with `{finish}`"));
            return undone;
        };
        if let Some(other) = needed_by(standing, &standing.key.secret) {
            ui.warn(&format!("the old one is not revoked: it is stored as `{other}` as well"));
            ui.hint(&format!("rotate that one, too: `byok rotate {other} --auto`"));
            ui.hint(&format!("then end this one with `{finish}`"));
            return undone;
        }
        if revoke == When::Later {
            ui.say(&format!("the old one works until `{finish}` revokes it at {}", self.desk.home.name));
            return code::DONE;
        }
        match self.api.revoke(&old) {
            Ok(()) => {
                ui.say(&format!("revoked the old one at {}", self.desk.home.name));
                ui.hint(&format!("see that it is dead, and wipe it, with `{finish}`"));
                code::DONE
            }
            Err(error) => self.not_revoked(&error, &finish),
        }
    }

    fn not_revoked(&self, error: &ApiError, finish: &str) -> u8 {
        let ui = self.session.ui;
        ui.warn(&format!("the old one is not revoked: {error}"));
        ui.hint(&format!("try again with `{finish}`"));
        code::FAILED
    }
}
