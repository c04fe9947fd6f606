//! For whom a profile opens, as far as that is remembered and was agreed to.

use super::Stores;
use crate::name::ProfileName;
use crate::profile::Profile;
use crate::store::{Store as _, StoreError};

/// What is remembered of a profile.
#[derive(Debug, Clone)]
pub struct Known {
    /// Its name here.
    pub name: ProfileName,
    /// The newest generation that was seen.
    pub generation: u64,
    /// The recipients that somebody here has agreed to; `None` where there are too many to be remembered.
    pub agreed: Option<Vec<String>>,
}

impl Stores<'_> {
    /// The recipients that are remembered of a profile; none where nothing is.
    pub fn known_recipients(&self, name: &ProfileName) -> Result<Vec<String>, StoreError> {
        Ok(self.guard.pin(name)?.map(|pin| pin.known).unwrap_or_default())
    }

    /// What is remembered of whichever profile of this machine a document is a copy of; `None` where it is of none.
    pub fn known_of(&self, document: &Profile) -> Result<Option<Known>, StoreError> {
        for name in self.profiles()? {
            let Some(pin) = self.guard.pin(&name)?.filter(|pin| pin.knows(document)) else { continue };
            let generation = pin.generation();
            let agreed = if pin.agrees(document) { document.recipients().to_vec() } else { pin.known };
            return Ok(Some(Known { name, generation, agreed: (!agreed.is_empty()).then_some(agreed) }));
        }
        Ok(None)
    }

    /// Whether byok wrote this very document on this machine.
    pub fn wrote(&self, document: &Profile) -> Result<bool, StoreError> {
        for name in self.profiles()? {
            if self.guard.pin(&name)?.is_some_and(|pin| pin.wrote(document)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Remembers that a copy of a profile of this machine, which a person has agreed to, may come into its place: that it
    /// opens for others then is no surprise.
    pub fn expect(&self, document: &Profile) -> Result<(), StoreError> {
        for name in self.profiles()? {
            if self.guard.pin(&name)?.is_some_and(|pin| pin.knows(document)) {
                self.guard.expect(&name, document)?;
            }
        }
        Ok(())
    }
}
