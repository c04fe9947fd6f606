//! Profiles in the system's keychain: a document is an item there, and a marker file `NAME.keychain` tells of it.
//!
//! The keychain is the seal: the document is not sealed a second time.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::guard::{Guard, Shelf};
use super::parts::{Found, Parts};
use super::{Change, Store, StoreError, Version};
use crate::disk;
use crate::keychain::{Keychain, KeychainError};
use crate::name::ProfileName;
use crate::profile::{FormError, Profile};

/// The largest item, in bytes, where the platform has such a limit.
const PART: Option<usize> = if cfg!(windows) { Some(2560) } else { None };

/// What a marker says of an item that was written whole.
const KEPT: &[u8] = b"this profile is in the keychain\n";

/// Opens the keychain, when a profile is looked for there, and says what stands behind the names of its items: it
/// tells the profiles of one home from those of another.
pub type Door<'a> = dyn Fn() -> Result<(Keychain, String), KeychainError> + 'a;

/// The store in the keychain.
pub struct KeychainStore<'a> {
    guard: Guard,
    door: Box<Door<'a>>,
    part: Option<usize>,
}

/// What the disk tells of an item.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Marker {
    /// Nothing: there is no such profile.
    None,
    /// A write or a removal began. The item is whole or absent, and only the keychain knows.
    Begun,
    /// The item was written.
    Kept,
}

impl<'a> KeychainStore<'a> {
    /// A store of the profiles whose markers lie in `folder` and whose pins lie in `pins`. Setting `stop` ends the wait
    /// for a lock.
    pub fn new(folder: PathBuf, pins: PathBuf, door: Box<Door<'a>>, stop: Arc<AtomicBool>) -> Self {
        Self { guard: Guard::new(folder, pins, stop), door, part: PART }
    }

    /// The same, with no item larger than so many bytes.
    #[must_use]
    pub fn with_parts(self, largest: usize) -> Self {
        Self { part: Some(largest), ..self }
    }

    /// Where a profile's marker lies.
    pub fn marker(&self, name: &ProfileName) -> PathBuf {
        self.guard.folder().join(format!("{name}.keychain"))
    }

    /// Whether a marker says that the profile is in the keychain.
    pub(super) fn is_marked(&self, name: &ProfileName) -> Result<bool, StoreError> {
        Ok(disk::is_there(&self.marker(name))?)
    }

    /// Reads a document without comparing it with what is known of its name: to show what accepting it would accept.
    pub fn read_unpinned(&self, name: &ProfileName) -> Result<Option<Profile>, StoreError> {
        self.look(name)
    }

    /// Takes the stored document of this name as the right one from now on, whatever was known before.
    pub fn accept(&self, name: &ProfileName, profile: &Profile) -> Result<(), StoreError> {
        self.guard.accept(name, profile)
    }

    fn marked(&self, name: &ProfileName) -> Result<Marker, StoreError> {
        const LIMIT: u64 = 4096;
        disk::check_folder(self.guard.folder())?;
        Ok(match disk::read_private(&self.marker(name), LIMIT)? {
            None => Marker::None,
            Some(text) if text.is_empty() => Marker::Begun,
            Some(_) => Marker::Kept,
        })
    }

    fn mark(&self, name: &ProfileName, text: &[u8]) -> Result<(), StoreError> {
        Ok(disk::replace(&self.marker(name), text, |read| read == text)?)
    }

    /// Does something with a profile's item.
    fn at<T>(
        &self,
        name: &ProfileName,
        deed: impl FnOnce(&Parts) -> Result<T, KeychainError>,
    ) -> Result<T, StoreError> {
        let done = (self.door)().and_then(|(keychain, suffix)| {
            deed(&Parts { keychain, item: format!("profile/{name}{suffix}"), limit: self.part })
        });
        done.map_err(|source| StoreError::Keychain { name: name.clone(), source })
    }

    /// The document in the keychain, whatever the disk tells.
    fn document(&self, name: &ProfileName) -> Result<Option<Profile>, StoreError> {
        let bytes = match self.at(name, Parts::read)? {
            None => return Ok(None),
            Some(Found::Torn) => return Err(StoreError::Torn { name: name.clone() }),
            Some(Found::Whole(bytes)) => bytes,
        };
        let text = std::str::from_utf8(&bytes).map_err(|_| FormError::Foreign);
        let profile = text.and_then(Profile::parse);
        profile.map(Some).map_err(|source| StoreError::Item { name: name.clone(), source })
    }
}

impl Shelf for KeychainStore<'_> {
    fn look(&self, name: &ProfileName) -> Result<Option<Profile>, StoreError> {
        let marked = self.marked(name)?;
        if marked == Marker::None {
            return Ok(None);
        }
        match self.document(name)? {
            // Somebody may have removed it between the two looks.
            None if marked == Marker::Kept && self.marked(name)? == Marker::Kept => {
                Err(StoreError::Gone { name: name.clone() })
            }
            found => Ok(found),
        }
    }

    fn put(&self, name: &ProfileName, next: &Profile) -> Result<(), StoreError> {
        let marked = self.marked(name)?;
        if marked == Marker::None {
            // What the disk has lost track of is not written over. And a keychain that is locked, volatile or silent
            // says so here, before there is anything to take back.
            self.refuse_stray(name)?;
            // An empty marker first, then the item, then the word that it is there. Ended before the item is written,
            // the marker tells of nothing that is there, which reads as no profile; ended after that, as a whole one.
            // The other way round, an item full of keys could be left that nobody knows of.
            self.mark(name, b"")?;
        }
        let text = next.to_toml();
        let written = self.at(name, |parts| parts.write(next.generation(), text.as_bytes())).and_then(|()| {
            let kept = self.document(name)?.is_some_and(|kept| kept.to_toml() == text);
            let lost = || StoreError::Keychain { name: name.clone(), source: KeychainError::NotKept };
            if kept { Ok(()) } else { Err(lost()) }
        });
        if let Err(error) = written {
            // One that keeps silent may still do what it was asked for: then the marker has to stay.
            let silent = matches!(&error, StoreError::Keychain { source: KeychainError::TimedOut { .. }, .. });
            if marked == Marker::None && !silent && self.at(name, Parts::remove).is_ok() {
                let _ = disk::remove(&self.marker(name));
            }
            return Err(error);
        }
        if marked != Marker::Kept {
            // The item is written: an empty marker serves as well, if this fails.
            let _ = self.mark(name, KEPT);
        }
        Ok(())
    }

    fn clear(&self, name: &ProfileName) -> Result<bool, StoreError> {
        let marked = self.marked(name)?;
        if marked == Marker::None {
            return Ok(false);
        }
        // A keychain that is locked or silent says so before anything is changed.
        self.at(name, |parts| parts.keychain.get(&parts.item))?;
        // First the word is taken back that the item is there, then the item, then the marker: ended anywhere, the
        // profile is whole or gone, and the next removal or write goes on from there.
        if marked == Marker::Kept {
            self.mark(name, b"")?;
        }
        let removed = self.at(name, Parts::remove)?;
        disk::remove(&self.marker(name))?;
        Ok(removed || marked == Marker::Kept)
    }

    fn holds(&self, name: &ProfileName) -> bool {
        disk::may_be(&self.marker(name))
    }

    fn refuse_stray(&self, name: &ProfileName) -> Result<(), StoreError> {
        match self.document(name)? {
            Some(_) => Err(StoreError::Unmarked { name: name.clone(), marker: self.marker(name) }),
            None => Ok(()),
        }
    }
}

impl Store for KeychainStore<'_> {
    fn read(&self, name: &ProfileName) -> Result<Option<(Profile, Version)>, StoreError> {
        self.guard.read(self, name)
    }

    fn write(&self, name: &ProfileName, profile: &Profile, expected: Option<Version>) -> Result<Version, StoreError> {
        self.guard.write(self, name, profile, expected)
    }

    fn remove(&self, name: &ProfileName) -> Result<bool, StoreError> {
        self.guard.remove(self, name)
    }

    fn profiles(&self) -> Result<Vec<ProfileName>, StoreError> {
        let names = disk::names_in(self.guard.folder())?;
        Ok(names.iter().filter_map(|file| ProfileName::parse(file.strip_suffix(".keychain")?).ok()).collect())
    }

    fn update(&self, name: &ProfileName, change: &mut Change<'_>) -> Result<bool, StoreError> {
        self.guard.update(self, name, change)
    }
}
