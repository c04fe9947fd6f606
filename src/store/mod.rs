//! Places for whole, sealed documents.
//!
//! A store knows neither single keys nor people: it reads and writes one profile's document at a time, and tells a
//! writer who came too late. `tests/stores.rs` holds every backend to the same list.

mod file;
mod memory;
mod pin;

use std::path::PathBuf;

use crate::disk::DiskError;
use crate::name::ProfileName;
use crate::profile::{FormError, Profile};
use crate::seal::{SealError, UnlockError};

pub use file::FileStore;
pub use memory::MemoryStore;

/// Which write of a document was read: its generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version(u64);

impl Version {
    fn of(profile: &Profile) -> Self {
        Self(profile.generation())
    }
}

/// What a change makes of the stored document: `None` leaves it as it is.
pub type Change<'a> = dyn FnMut(Option<Profile>) -> Option<Profile> + 'a;

/// A place for documents.
pub trait Store {
    /// The document and its version; `None` if there is none of this name.
    fn read(&self, name: &ProfileName) -> Result<Option<(Profile, Version)>, StoreError>;

    /// Stores a document in the place of the version `expected` (`None`: of nothing).
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if another version is stored by now.
    fn write(&self, name: &ProfileName, profile: &Profile, expected: Option<Version>) -> Result<Version, StoreError>;

    /// Removes a document; answers whether there was one.
    fn remove(&self, name: &ProfileName) -> Result<bool, StoreError>;

    /// The names of all stored documents, sorted.
    fn profiles(&self) -> Result<Vec<ProfileName>, StoreError>;

    /// Applies a change to the newest document, again if another writer was faster. Answers whether it wrote.
    ///
    /// A store that can keep other writers out meanwhile overrides this.
    fn update(&self, name: &ProfileName, change: &mut Change<'_>) -> Result<bool, StoreError> {
        loop {
            let (old, version) = self.read(name)?.map_or((None, None), |(old, version)| (Some(old), Some(version)));
            let Some(new) = change(old) else { return Ok(false) };
            match self.write(name, &new, version) {
                Err(StoreError::Conflict) => {}
                written => return written.map(|_| true),
            }
        }
    }
}

/// Why a store did not do it. The stored document is untouched, whatever the error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file system.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// No identity to open with.
    #[error(transparent)]
    Locked(#[from] UnlockError),
    /// The file does not open.
    #[error("cannot open `{}`", path.display())]
    Seal {
        /// The sealed file.
        path: PathBuf,
        /// Why.
        source: SealError,
    },
    /// The file opens, but its content is not for this byok.
    #[error("cannot read `{}`", path.display())]
    Form {
        /// The sealed file.
        path: PathBuf,
        /// Why.
        source: FormError,
    },
    /// A document of this name with another vault secret than the one that byok knows: forged, or from elsewhere.
    #[error("profile `{name}` is not the one that byok wrote: its vault secret is another")]
    Stranger {
        /// The profile.
        name: ProfileName,
    },
    /// A document older than the newest that byok has seen.
    #[error("profile `{name}` is an older copy: generation {found}, but {seen} was seen")]
    RolledBack {
        /// The profile.
        name: ProfileName,
        /// The stored document's generation.
        found: u64,
        /// The newest generation seen.
        seen: u64,
    },
    /// The stored file opens for more recipients than the document names: a rewrite would shut them out.
    #[error("profile `{name}` was sealed for others as well, by another program: a change would shut them out")]
    MoreOpeners {
        /// The profile.
        name: ProfileName,
    },
    /// Another version than the expected one is stored.
    #[error("another byok has changed the profile")]
    Conflict,
}
