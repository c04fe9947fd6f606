//! A document from a backup in the place of what is there, which is set aside and never lost.

use std::path::PathBuf;

use super::Stores;
use crate::disk;
use crate::name::ProfileName;
use crate::profile::Profile;
use crate::seal;
use crate::store::guard::Shelf as _;
use crate::store::pin::Pins;
use crate::store::{Place, StoreError};

impl Stores<'_> {
    /// Puts a document from a backup in the place of the one that is there, whatever is known of its name: whoever calls
    /// this has shown to a person what goes, which was `shown`. Answers where a sealed copy of that is now.
    ///
    /// It stays open to those whom it was open to here; one that was not here, to those of the backup and to `own`. What
    /// is there at any moment is the old document or the new one, and what is remembered fits the one that is there.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if something else is there by now.
    pub fn restore(
        &self,
        name: &ProfileName,
        document: &Profile,
        shown: Option<&Profile>,
        own: &[String],
    ) -> Result<Option<PathBuf>, StoreError> {
        disk::make_folder(self.guard.folder())?;
        let _lock = self.guard.lock(name)?;
        let there = self.look(name);
        let mut next = document.clone();
        let mut aside = None;
        match (&there, shown) {
            (Ok(None), None) => next.open_to(own),
            (Ok(Some(there)), Some(shown)) if same_write(there, shown) => {
                aside = Some(self.copy_aside(name, Some(there))?);
                next.take_openers(there);
                next.outlive(there);
            }
            // What does not open could not be shown, and is kept as it is.
            (Err(error), None) if !matches!(error, StoreError::Disk(_)) => {
                aside = Some(self.copy_aside(name, None)?);
                next.open_to(own);
                self.clear(name)?;
            }
            _ => return Err(StoreError::Conflict),
        }
        let pin = self.guard.pin(name)?;
        if let Some(pin) = &pin {
            pin.outlive(&mut next);
        }
        // Of another document, nothing is known for a moment: a crash must not leave one that is refused.
        if Pins::check(name, pin.as_ref(), &next).is_err() {
            self.guard.unpin(name)?;
        }
        self.guard.save(self, name, &next)?;
        self.tell(name, there.ok().flatten().as_ref(), Some(&next));
        Ok(aside)
    }

    /// The newest generation that was seen of a profile, whether it is there or not.
    pub fn seen(&self, name: &ProfileName) -> Result<Option<u64>, StoreError> {
        Ok(self.guard.pin(name)?.map(|pin| pin.generation()))
    }

    /// Keeps a sealed copy of a document, before keys in it are replaced; answers where.
    pub fn keep_copy(&self, name: &ProfileName, profile: &Profile) -> Result<PathBuf, StoreError> {
        let _lock = self.guard.lock(name)?;
        self.copy_aside(name, Some(profile))
    }

    /// The caller holds the lock.
    fn copy_aside(&self, name: &ProfileName, profile: Option<&Profile>) -> Result<PathBuf, StoreError> {
        let path = self.guard.folder().join(format!("{name}.age"));
        let bytes = match (profile, self.find_place(name)?) {
            (Some(profile), _) => {
                let sealed = seal::seal(profile.to_toml().as_bytes(), profile.recipients());
                sealed.map_err(|source| StoreError::Seal { path: path.clone(), source })?
            }
            (None, Place::File) => self.file.sealed(name)?.map(|bytes| bytes.to_vec()).unwrap_or_default(),
            // An item that nobody can read stays where it is: there is no way to seal it.
            (None, Place::Keychain) => return Err(StoreError::Torn { name: name.clone() }),
        };
        Ok(disk::create_aside(&path, &bytes)?)
    }
}

/// Whether both are the same write of the same document.
fn same_write(one: &Profile, other: &Profile) -> bool {
    one.generation() == other.generation() && one.vault().same_as(other.vault())
}
