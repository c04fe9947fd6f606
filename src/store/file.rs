//! Profiles as age files: `NAME.age`, mode 600 in a folder of mode 700, with a lock file beside each; or at a path of the
//! user's own, such as in a git repository, which sets the mode of what it checks out as it likes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use zeroize::Zeroizing;

use super::guard::{Guard, Shelf};
use super::{Change, Store, StoreError, Version};
use crate::disk::{self, DiskError};
use crate::name::ProfileName;
use crate::profile::Profile;
use crate::seal::{self, Unlock};

/// The largest sealed file that is read, in bytes: 10,000 keys take three million.
const LIMIT: u64 = 16 * 1024 * 1024;

/// The file store.
pub struct FileStore<'a> {
    guard: Guard,
    unlock: &'a dyn Unlock,
    elsewhere: BTreeMap<ProfileName, PathBuf>,
}

impl<'a> FileStore<'a> {
    /// A store of the profiles in `folder`, whose pins lie in `pins`. Setting `stop` ends the wait for a lock.
    pub fn new(folder: PathBuf, pins: PathBuf, unlock: &'a dyn Unlock, stop: Arc<AtomicBool>) -> Self {
        Self { guard: Guard::new(folder, pins, stop), unlock, elsewhere: BTreeMap::new() }
    }

    /// The same, with these profiles at paths of their own.
    #[must_use]
    pub fn with_files(self, elsewhere: BTreeMap<ProfileName, PathBuf>) -> Self {
        Self { elsewhere, ..self }
    }

    /// The profiles at paths of their own.
    pub(super) fn elsewhere(&self) -> &BTreeMap<ProfileName, PathBuf> {
        &self.elsewhere
    }

    /// Where a profile lies.
    pub fn path(&self, name: &ProfileName) -> PathBuf {
        self.elsewhere.get(name).cloned().unwrap_or_else(|| self.guard.folder().join(format!("{name}.age")))
    }

    /// The sealed bytes. Who may read a file of the user's own is the user's affair: it is sealed.
    pub(super) fn sealed(&self, name: &ProfileName) -> Result<Option<Zeroizing<Vec<u8>>>, DiskError> {
        let read = if self.elsewhere.contains_key(name) { disk::read_plain } else { disk::read_private };
        read(&self.path(name), LIMIT)
    }

    /// Reads a document without comparing it with what is known of its name: to show what accepting it would accept.
    pub fn read_unpinned(&self, name: &ProfileName) -> Result<Option<Profile>, StoreError> {
        self.look(name)
    }

    /// Takes the stored document of this name as the right one from now on, whatever was known before.
    pub fn accept(&self, name: &ProfileName, profile: &Profile) -> Result<(), StoreError> {
        self.guard.accept(name, profile)
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

impl Shelf for FileStore<'_> {
    fn look(&self, name: &ProfileName) -> Result<Option<Profile>, StoreError> {
        disk::check_folder(self.guard.folder())?;
        let path = self.path(name);
        let Some(sealed) = self.sealed(name)? else { return Ok(None) };
        let content = seal::open(&sealed, self.unlock.identities()?)
            .map_err(|source| StoreError::Seal { path: path.clone(), source })?;
        let text = std::str::from_utf8(&content);
        let profile = text.map_err(|_| crate::profile::FormError::Foreign).and_then(Profile::parse);
        profile.map(Some).map_err(|source| StoreError::Form { path, source })
    }

    fn put(&self, name: &ProfileName, next: &Profile) -> Result<(), StoreError> {
        let path = self.path(name);
        let broken = |source| StoreError::Seal { path: path.clone(), source };
        if let Some(stored) = self.sealed(name)? {
            let openers = seal::openers(&stored).map_err(broken)?;
            // Whom byok knows of may be taken out; whom another program let in would be shut out unasked.
            if openers > next.recipients().len() && self.look(name)?.is_none_or(|old| openers > old.recipients().len())
            {
                return Err(StoreError::MoreOpeners { name: name.clone() });
            }
        }
        let text = next.to_toml();
        let sealed = seal::seal(text.as_bytes(), next.recipients()).map_err(broken)?;
        // What could not be read again must never take the place of what can.
        if sealed.len() as u64 > LIMIT {
            return Err(DiskError::TooLarge { path, limit: LIMIT }.into());
        }
        let identities = self.unlock.identities()?;
        let opens = |bytes: &[u8]| seal::open(bytes, identities).is_ok_and(|content| *content == text.as_bytes());
        Ok(disk::replace(&path, &sealed, opens)?)
    }

    fn clear(&self, name: &ProfileName) -> Result<bool, StoreError> {
        Self::refuse_link(&self.path(name))?;
        Ok(disk::remove(&self.path(name))?)
    }

    fn holds(&self, name: &ProfileName) -> bool {
        disk::may_be(&self.path(name))
    }
}

impl Store for FileStore<'_> {
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
        let files = disk::names_in(self.guard.folder())?;
        let names = files.iter().filter_map(|file| ProfileName::parse(file.strip_suffix(".age")?).ok());
        let mut names: Vec<_> = names.chain(self.elsewhere.keys().cloned()).collect();
        names.sort();
        names.dedup();
        Ok(names)
    }

    fn update(&self, name: &ProfileName, change: &mut Change<'_>) -> Result<bool, StoreError> {
        self.guard.update(self, name, change)
    }
}
