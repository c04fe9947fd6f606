//! Places for whole, sealed documents.
//!
//! A store knows neither single keys nor people: it reads and writes one profile's document at a time, and tells a
//! writer who came too late. `tests/stores.rs` holds every backend to the same list.

mod file;
mod guard;
mod keychain;
mod memory;
mod parts;
mod pin;
mod stores;

use std::path::PathBuf;

use crate::disk::DiskError;
use crate::keychain::KeychainError;
use crate::name::ProfileName;
use crate::profile::{FormError, Profile};
use crate::seal::{SealError, UnlockError};

pub use file::FileStore;
pub use keychain::{Door, KeychainStore};
pub use memory::MemoryStore;
pub use stores::{Exchange, Known, Moved, Place, Stores, Sweep, Watch};

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
    /// The document is sealed for others than those that byok knows of, and byok did not do it here.
    #[error("profile `{name}` opens for others than before: somebody else has changed its recipients")]
    OtherOpeners {
        /// The profile.
        name: ProfileName,
    },
    /// The profile lies at a path of its own, and nothing is there.
    #[error("profile `{name}` lies at `{}`, and is not there", path.display())]
    Away {
        /// The profile.
        name: ProfileName,
        /// Where it should be.
        path: PathBuf,
    },
    /// A profile at a path of its own, which others may use, stays where it is.
    #[error("profile `{name}` lies at `{}`, which may be others' as well", path.display())]
    Settled {
        /// The profile.
        name: ProfileName,
        /// Where it is.
        path: PathBuf,
    },
    /// The stored file opens for more recipients than the document names: a rewrite would shut them out.
    #[error("profile `{name}` was sealed for others as well, by another program: a change would shut them out")]
    MoreOpeners {
        /// The profile.
        name: ProfileName,
    },
    /// The keychain that holds the profile, or is to hold it, does not do it.
    #[error("cannot use profile `{name}` in the keychain")]
    Keychain {
        /// The profile.
        name: ProfileName,
        /// Why.
        source: KeychainError,
    },
    /// The profile was whole in the keychain once.
    #[error("profile `{name}` lives in the keychain, but its item is gone from there")]
    Gone {
        /// The profile.
        name: ProfileName,
    },
    /// Nothing of this name is there, but something was: it was not removed by byok.
    #[error("profile `{name}` was here, and is gone")]
    Lost {
        /// The profile.
        name: ProfileName,
    },
    /// The keychain's item is not a document of this byok.
    #[error("cannot read profile `{name}` in the keychain")]
    Item {
        /// The profile.
        name: ProfileName,
        /// Why.
        source: FormError,
    },
    /// A document in several items, not all of which are there as they were written.
    #[error("the parts of profile `{name}` in the keychain do not make a whole")]
    Torn {
        /// The profile.
        name: ProfileName,
    },
    /// The keychain holds a document that nothing on this disk tells of.
    #[error("the keychain holds a profile `{name}` already, which this folder has lost track of")]
    Unmarked {
        /// The profile.
        name: ProfileName,
        /// The file that would tell of it.
        marker: PathBuf,
    },
    /// A file and an item of the keychain under one name: a move was cut off, or a backup was put back.
    #[error("profile `{name}` lies in two places, in a file and in the keychain")]
    Twice {
        /// The profile.
        name: ProfileName,
        /// The file.
        path: PathBuf,
        /// Whether they are known to hold different keys.
        differ: bool,
    },
    /// Another version than the expected one is stored.
    #[error("another byok has changed the profile")]
    Conflict,
}
