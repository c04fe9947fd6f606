//! The profiles as they are at one moment, opened without asking anybody.

use std::cell::OnceCell;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use zeroize::Zeroizing;

use super::{AccessError, Keys};
use crate::held::Held;
use crate::identity::{self, Found, Given, IdentityError, Places};
use crate::journal::{Actor, Entry, Journal};
use crate::keychain::{self, Keychain, KeychainError};
use crate::keys::subject;
use crate::name::ProfileName;
use crate::profile::{Key, Profile};
use crate::seal::{Identities, Unlock, UnlockError};
use crate::settings::{self, Logged, Place};
use crate::store::{Store, StoreError, Stores};

/// What one question has opened.
pub(super) struct Opened<'k> {
    keys: &'k Keys,
    identity: Quiet<'k>,
}

/// The identity, where nobody need be asked for it.
struct Quiet<'k> {
    keys: &'k Keys,
    places: Places,
    found: OnceCell<Identities>,
}

impl<'k> Opened<'k> {
    pub(super) fn new(keys: &'k Keys) -> Self {
        let places = Places::new(&keys.home.data, keys.home.own);
        Self { keys, identity: Quiet { keys, places, found: OnceCell::new() } }
    }

    fn store(&self) -> Stores<'_> {
        let (profiles, pins) = (self.keys.home.data.join("profiles"), self.keys.home.state.join("pins"));
        let door = Box::new(|| Ok((self.identity.keychain()?, self.identity.places.tag())));
        let store = Stores::new(profiles, pins, &self.identity, door, Arc::new(AtomicBool::new(false)));
        store.with_files(self.keys.settings.files())
    }

    /// A profile, where there is one of this name.
    pub(super) fn read(&self, name: &ProfileName) -> Result<Option<Profile>, AccessError> {
        Ok(self.store().read(name)?.map(|(profile, _)| profile))
    }

    /// Whether there is no profile at all.
    pub(super) fn is_empty(&self) -> Result<bool, StoreError> {
        Ok(self.store().profiles()?.is_empty())
    }

    /// Writes down that a key is handed out. The log is never in the way.
    pub(super) fn note(&self, key: &Key) {
        if self.keys.settings.log != Logged::All {
            return;
        }
        let user = ["USER", "LOGNAME"].into_iter().find_map(|name| text((self.keys.var)(name)));
        let actor = Actor { program: self.keys.program.clone(), user, ..Actor::default() };
        let entry = Entry {
            at: self.keys.now(),
            verb: "resolve".to_owned(),
            profile: Some(self.keys.profile.clone()),
            actor,
            ..Entry::default()
        };
        let log = Journal::new(self.keys.home.state.join("log"), Actor::default());
        let _ = log.note(&entry.with([subject(key, None)]));
    }
}

impl Quiet<'_> {
    /// The keychain, which has nobody asked for its password.
    fn keychain(&self) -> Result<Keychain, KeychainError> {
        let said = text((self.keys.var)("BYOK_KEYCHAIN_TIMEOUT")).map(|said| {
            let wrong = || "`BYOK_KEYCHAIN_TIMEOUT` is no length of time, such as `30s`".to_owned();
            settings::duration(&said).ok_or_else(|| KeychainError::Setting(wrong()))
        });
        let limit = said.transpose()?.or(self.keys.settings.keychain_timeout).unwrap_or(keychain::LIMIT);
        Ok(Keychain::new(limit).quiet())
    }

    fn find(&self) -> Result<Identities, IdentityError> {
        let inline = (self.keys.var)("BYOK_IDENTITY").map(|value| Zeroizing::new(lossy(value)));
        let given = Given { inline, file: (self.keys.var)("BYOK_IDENTITY_FILE").map(PathBuf::from) };
        let keychain = || self.keychain().map_err(IdentityError::Keychain);
        let held = || -> Result<_, IdentityError> {
            let held = self.places.held(given.file.as_deref(), keychain()?, self.keys.now());
            Ok(identity::held_in(&held))
        };
        match self.places.find(&given, self.keys.settings.identity)? {
            Found::Open(identities) => Ok(identities),
            Found::Sealed(..) | Found::In(Place::Passphrase) => held()?.ok_or(IdentityError::Locked),
            Found::In(_) => {
                if let Some(held) = if Held::IS_APART { held()? } else { None } {
                    return Ok(held);
                }
                let item = keychain()?.get(&self.places.item()).map_err(IdentityError::Keychain)?;
                let item = item.ok_or(IdentityError::Gone)?;
                Identities::parse(std::str::from_utf8(&item).unwrap_or_default()).map_err(IdentityError::Item)
            }
            Found::Nothing => Err(IdentityError::Missing { path: self.places.file.clone() }),
        }
    }
}

impl Unlock for Quiet<'_> {
    fn identities(&self) -> Result<&Identities, UnlockError> {
        if let Some(found) = self.found.get() {
            return Ok(found);
        }
        let found = self.find().map_err(|error| UnlockError(Box::new(error)))?;
        Ok(self.found.get_or_init(|| found))
    }
}

fn lossy(value: OsString) -> String {
    value.into_string().unwrap_or_else(|value| value.to_string_lossy().into_owned())
}

fn text(value: Option<OsString>) -> Option<String> {
    value?.into_string().ok().filter(|value| !value.is_empty())
}
