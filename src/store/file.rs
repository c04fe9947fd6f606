//! Profiles as age files: `NAME.age`, mode 600 in a folder of mode 700, with a lock file beside each.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::pin::Pins;
use super::{Change, Store, StoreError, Version};
use crate::disk::{self, DiskError, Lock};
use crate::name::ProfileName;
use crate::profile::Profile;
use crate::seal::{self, Unlock};

/// The largest sealed file that is read, in bytes: 10,000 keys take three million.
const LIMIT: u64 = 16 * 1024 * 1024;

/// How long a writer waits for another.
const PATIENCE: Duration = Duration::from_secs(30);

/// The file store.
pub struct FileStore<'a> {
    folder: PathBuf,
    pins: Pins,
    unlock: &'a dyn Unlock,
    stop: Arc<AtomicBool>,
}

impl<'a> FileStore<'a> {
    /// A store of the profiles in `folder`, whose pins lie in `pins`. Setting `stop` ends the wait for a lock.
    pub fn new(folder: PathBuf, pins: PathBuf, unlock: &'a dyn Unlock, stop: Arc<AtomicBool>) -> Self {
        Self { folder, pins: Pins::new(pins), unlock, stop }
    }

    /// Where a profile lies.
    pub fn path(&self, name: &ProfileName) -> PathBuf {
        self.folder.join(format!("{name}.age"))
    }

    /// Reads a document without comparing it with what is known of its name: to show what accepting it would accept.
    pub fn read_unpinned(&self, name: &ProfileName) -> Result<Option<Profile>, StoreError> {
        disk::check_folder(&self.folder)?;
        let path = self.path(name);
        let Some(sealed) = disk::read_private(&path, LIMIT)? else { return Ok(None) };
        let content = seal::open(&sealed, self.unlock.identities()?)
            .map_err(|source| StoreError::Seal { path: path.clone(), source })?;
        let text = std::str::from_utf8(&content);
        let profile = text.map_err(|_| crate::profile::FormError::Foreign).and_then(Profile::parse);
        profile.map(Some).map_err(|source| StoreError::Form { path, source })
    }

    /// Takes the stored document of this name as the right one from now on, whatever was known before.
    pub fn accept(&self, name: &ProfileName, profile: &Profile) -> Result<(), StoreError> {
        Ok(self.pins.record(name, profile)?)
    }

    fn lock(&self, name: &ProfileName) -> Result<Lock, DiskError> {
        Lock::take(&self.lock_path(name), PATIENCE, &self.stop)
    }

    /// Reads a document and compares it with what is known; answers whether it is newer than that.
    fn read_pinned(&self, name: &ProfileName) -> Result<Option<(Profile, bool)>, StoreError> {
        // The pin first: a writer that ends in between makes the document newer than the pin, never older.
        let pin = self.pins.read(name)?;
        let Some(profile) = self.read_unpinned(name)? else { return Ok(None) };
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

    /// Seals and stores a document under the lock.
    fn save(&self, name: &ProfileName, profile: &Profile) -> Result<Version, StoreError> {
        let path = self.path(name);
        let broken = |source| StoreError::Seal { path: path.clone(), source };
        let stored = disk::read_private(&path, LIMIT)?;
        let openers = stored.map_or(Ok(0), |sealed| seal::openers(&sealed)).map_err(broken)?;
        if openers > profile.recipients().len() {
            return Err(StoreError::MoreOpeners { name: name.clone() });
        }
        let mut next = profile.clone();
        next.advance();
        let text = next.to_toml();
        let sealed = seal::seal(text.as_bytes(), next.recipients()).map_err(broken)?;
        // What could not be read again must never take the place of what can.
        if sealed.len() as u64 > LIMIT {
            return Err(DiskError::TooLarge { path, limit: LIMIT }.into());
        }
        let identities = self.unlock.identities()?;
        let opens = |bytes: &[u8]| seal::open(bytes, identities).is_ok_and(|content| *content == text.as_bytes());
        disk::replace(&path, &sealed, opens)?;
        // The document is in its place now: what fails from here on must not be taken for a failed write. An old pin
        // only sees a rollback to this generation later.
        let _ = self.pins.record(name, &next);
        Ok(Version::of(&next))
    }

    /// A link would be replaced by a file, or lead a writer out of the folder.
    fn refuse_link(path: &Path) -> Result<(), DiskError> {
        match std::fs::symlink_metadata(path) {
            Ok(about) if about.is_symlink() => {
                Err(DiskError::NotAFile { path: path.to_owned(), what: "a symbolic link" })
            }
            _ => Ok(()),
        }
    }
}

impl Store for FileStore<'_> {
    fn read(&self, name: &ProfileName) -> Result<Option<(Profile, Version)>, StoreError> {
        let Some((profile, newer)) = self.read_pinned(name).or_else(|error| match error {
            // Somebody may have removed and made the profile anew between the two looks.
            StoreError::Stranger { .. } | StoreError::RolledBack { .. } => self.read_pinned(name),
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

    fn write(&self, name: &ProfileName, profile: &Profile, expected: Option<Version>) -> Result<Version, StoreError> {
        disk::make_folder(&self.folder)?;
        let _lock = self.lock(name)?;
        let stored = self.read(name)?.map(|(_, version)| version);
        if stored == expected { self.save(name, profile) } else { Err(StoreError::Conflict) }
    }

    fn remove(&self, name: &ProfileName) -> Result<bool, StoreError> {
        if !disk::check_folder(&self.folder)? {
            return Ok(false);
        }
        let _lock = self.lock(name)?;
        Self::refuse_link(&self.path(name))?;
        let removed = disk::remove(&self.path(name))?;
        let _ = self.pins.forget(name);
        Ok(removed)
    }

    fn profiles(&self) -> Result<Vec<ProfileName>, StoreError> {
        let names = disk::names_in(&self.folder)?;
        Ok(names.iter().filter_map(|file| ProfileName::parse(file.strip_suffix(".age")?).ok()).collect())
    }

    fn update(&self, name: &ProfileName, change: &mut Change<'_>) -> Result<bool, StoreError> {
        // A change that makes nothing of nothing leaves not even a lock behind.
        if self.path(name).symlink_metadata().is_err() && change(None).is_none() {
            return Ok(false);
        }
        disk::make_folder(&self.folder)?;
        let _lock = self.lock(name)?;
        let old = self.read(name)?.map(|(profile, _)| profile);
        let Some(new) = change(old) else { return Ok(false) };
        self.save(name, &new).map(|_| true)
    }
}
