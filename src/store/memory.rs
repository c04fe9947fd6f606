//! Profiles in memory, gone with the process: for tests, and for a run that must leave nothing on a disk.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::{Store, StoreError, Version};
use crate::name::ProfileName;
use crate::profile::Profile;

/// The memory store.
#[derive(Debug, Default)]
pub struct MemoryStore {
    profiles: Mutex<BTreeMap<ProfileName, Profile>>,
}

impl MemoryStore {
    fn all(&self) -> std::sync::MutexGuard<'_, BTreeMap<ProfileName, Profile>> {
        self.profiles.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    fn read(&self, name: &ProfileName) -> Result<Option<(Profile, Version)>, StoreError> {
        Ok(self.all().get(name).map(|profile| (profile.clone(), Version::of(profile))))
    }

    fn write(&self, name: &ProfileName, profile: &Profile, expected: Option<Version>) -> Result<Version, StoreError> {
        let mut all = self.all();
        if all.get(name).map(Version::of) != expected {
            return Err(StoreError::Conflict);
        }
        let mut next = profile.clone();
        next.advance();
        let version = Version::of(&next);
        all.insert(name.clone(), next);
        Ok(version)
    }

    fn remove(&self, name: &ProfileName) -> Result<bool, StoreError> {
        Ok(self.all().remove(name).is_some())
    }

    fn profiles(&self) -> Result<Vec<ProfileName>, StoreError> {
        Ok(self.all().keys().cloned().collect())
    }
}
