//! What the stores on a person's machine share: one lock a profile, compare-and-swap under it, and pins.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::pin::{Pin, Pins};
use super::{Change, StoreError, Version};
use crate::disk::{self, DiskError, Lock};
use crate::name::ProfileName;
use crate::profile::Profile;

/// How long a writer waits for another.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where documents lie. What changes one is called under the profile's lock.
pub(super) trait Shelf {
    /// The document as it lies there, held against nothing.
    fn look(&self, name: &ProfileName) -> Result<Option<Profile>, StoreError>;

    /// Puts a document in the place of the one that is there; whole or not at all.
    fn put(&self, name: &ProfileName, next: &Profile) -> Result<(), StoreError>;

    /// Takes a document away; answers whether there was one.
    fn clear(&self, name: &ProfileName) -> Result<bool, StoreError>;

    /// Whether something of this name may lie there: a look that is cheap and asks nobody.
    fn holds(&self, name: &ProfileName) -> bool;

    /// Refuses where a document lies there that nothing tells of.
    fn refuse_stray(&self, _: &ProfileName) -> Result<(), StoreError> {
        Ok(())
    }
}

/// The lock and the memory of one folder of profiles.
#[derive(Clone)]
pub(super) struct Guard {
    folder: PathBuf,
    pins: Pins,
    stop: Arc<AtomicBool>,
}

impl Guard {
    pub(super) fn new(folder: PathBuf, pins: PathBuf, stop: Arc<AtomicBool>) -> Self {
        Self { folder, pins: Pins::new(pins), stop }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Waits for the right to write a profile. The file and the keychain of one name have one lock.
    pub(super) fn lock(&self, name: &ProfileName) -> Result<Lock, DiskError> {
        Lock::take(&self.lock_path(name), PATIENCE, &self.stop)
    }

    pub(super) fn read(&self, there: &dyn Shelf, name: &ProfileName) -> Result<Option<(Profile, Version)>, StoreError> {
        let Some((profile, newer)) = self.read_pinned(there, name).or_else(|error| match error {
            // Somebody may have made the profile anew, or sealed it for others, between the two looks.
            StoreError::Stranger { .. } | StoreError::RolledBack { .. } | StoreError::OtherOpeners { .. } => {
                self.read_pinned(there, name)
            }
            error => Err(error),
        })?
        else {
            return Ok(None);
        };
        if newer {
            self.remember(name, &profile);
        }
        let version = Version::of(&profile);
        Ok(Some((profile, version)))
    }

    pub(super) fn write(
        &self,
        there: &dyn Shelf,
        name: &ProfileName,
        profile: &Profile,
        expected: Option<Version>,
    ) -> Result<Version, StoreError> {
        disk::make_folder(&self.folder)?;
        let _lock = self.lock(name)?;
        let stored = self.read(there, name)?.map(|(_, version)| version);
        if stored.is_none() {
            self.refuse_lost(there, name)?;
        }
        if stored == expected { self.save(there, name, profile) } else { Err(StoreError::Conflict) }
    }

    pub(super) fn remove(&self, there: &dyn Shelf, name: &ProfileName) -> Result<bool, StoreError> {
        if !disk::check_folder(&self.folder)? {
            let _ = self.pins.forget(name);
            return Ok(false);
        }
        let _lock = self.lock(name)?;
        self.pins.leave(name)?;
        let removed = there.clear(name)?;
        let _ = self.pins.forget(name);
        Ok(removed)
    }

    /// Refuses to make a profile in the place of one that was there: whoever lost it may have a copy.
    fn refuse_lost(&self, there: &dyn Shelf, name: &ProfileName) -> Result<(), StoreError> {
        if !self.has_lost(name)? {
            return Ok(());
        }
        there.refuse_stray(name)?;
        Err(StoreError::Lost { name: name.clone() })
    }

    /// Whether a profile of this name was seen, and not removed by byok. The caller knows that none is there.
    pub(super) fn has_lost(&self, name: &ProfileName) -> Result<bool, StoreError> {
        Ok(self.pin(name)?.is_some_and(|pin| !pin.leaving))
    }

    pub(super) fn update(
        &self,
        there: &dyn Shelf,
        name: &ProfileName,
        change: &mut Change<'_>,
    ) -> Result<bool, StoreError> {
        // A change that makes nothing of nothing leaves not even a lock behind.
        if !there.holds(name) && change(None).is_none() {
            return Ok(false);
        }
        disk::make_folder(&self.folder)?;
        let _lock = self.lock(name)?;
        let old = self.read(there, name)?.map(|(profile, _)| profile);
        let fresh = old.is_none();
        let Some(new) = change(old) else { return Ok(false) };
        if fresh {
            self.refuse_lost(there, name)?;
        }
        self.save(there, name, &new).map(|_| true)
    }

    /// Stores a document, one write later, under the lock that the caller holds.
    pub(super) fn save(&self, there: &dyn Shelf, name: &ProfileName, profile: &Profile) -> Result<Version, StoreError> {
        let mut next = profile.clone();
        next.advance();
        self.pins.announce(name, &next)?;
        there.put(name, &next).inspect_err(|_| self.pins.withdraw(name))?;
        // The document is in its place now: what fails from here on must not be taken for a failed write. An old pin
        // only sees a rollback to this generation later.
        let _ = self.pins.record_own(name, &next);
        Ok(Version::of(&next))
    }

    pub(super) fn accept(&self, name: &ProfileName, profile: &Profile) -> Result<(), StoreError> {
        Ok(self.pins.accept(name, profile)?)
    }

    /// Remembers that somebody has agreed to whom this document opens for.
    pub(super) fn expect(&self, name: &ProfileName, profile: &Profile) -> Result<(), StoreError> {
        disk::make_folder(&self.folder)?;
        let _lock = self.lock(name)?;
        Ok(self.pins.expect(name, profile)?)
    }

    /// What is known of a profile, to be read before the profile is.
    pub(super) fn pin(&self, name: &ProfileName) -> Result<Option<Pin>, StoreError> {
        Ok(self.pins.read(name)?)
    }

    /// Forgets what is known of a profile.
    pub(super) fn unpin(&self, name: &ProfileName) -> Result<(), StoreError> {
        Ok(self.pins.forget(name).map(drop)?)
    }

    /// Reads a document and compares it with what is known; answers whether it is newer than that.
    pub(super) fn read_pinned(
        &self,
        there: &dyn Shelf,
        name: &ProfileName,
    ) -> Result<Option<(Profile, bool)>, StoreError> {
        // The pin first: a writer that ends in between makes the document newer than the pin, never older.
        let pin = self.pin(name)?;
        let Some(profile) = there.look(name)? else { return Ok(None) };
        let newer = Pins::check(name, pin.as_ref(), &profile)?;
        Ok(Some((profile, newer)))
    }

    /// Remembers a document that came from elsewhere, unless a writer is at work: it will remember its own.
    ///
    /// A read must not fail for this: on a read-only disk there is nothing to remember with.
    fn remember(&self, name: &ProfileName, profile: &Profile) {
        let lock = Lock::take(&self.lock_path(name), Duration::ZERO, &self.stop);
        if lock.is_ok()
            && self.pins.read(name).is_ok_and(|pin| Pins::check(name, pin.as_ref(), profile).unwrap_or(false))
        {
            let _ = self.pins.record(name, profile);
        }
    }

    fn lock_path(&self, name: &ProfileName) -> PathBuf {
        self.folder.join(format!("{name}.lock"))
    }
}
