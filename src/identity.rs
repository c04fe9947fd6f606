//! Where the identity is: given by the environment, or in the place that was chosen for it. Everything that needs nobody
//! to be asked; how a person is asked is the shell's affair.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::disk::{self, DiskError};
use crate::held::Held;
use crate::keychain::{Keychain, KeychainError};
use crate::seal::{self, Identities, SealError, Unlock, UnlockError};
use crate::settings::Place;

/// The largest identity file that is read, in bytes.
pub const LIMIT: u64 = 64 * 1024;

/// The places of one home.
#[derive(Debug, Clone)]
pub struct Places {
    /// Where the files lie.
    pub folder: PathBuf,
    /// The identity as it is.
    pub file: PathBuf,
    /// The identity behind a passphrase.
    pub wrapped: PathBuf,
    /// Whether this is a home of its own, whose items in the keychain are told from the usual one's.
    own: bool,
}

/// What the environment gives in place of what lies in the home.
#[derive(Debug, Default)]
pub struct Given {
    /// `BYOK_IDENTITY`: the identity itself.
    pub inline: Option<Zeroizing<String>>,
    /// `BYOK_IDENTITY_FILE`: the file that holds it.
    pub file: Option<PathBuf>,
}

/// What was found.
pub enum Found {
    /// The identity.
    Open(Identities),
    /// A file that a passphrase opens, and its content.
    Sealed(PathBuf, Zeroizing<Vec<u8>>),
    /// It is in the keychain, or behind the passphrase of its own file.
    In(Place),
    /// There is none.
    Nothing,
}

/// Why there is no identity to open with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// The environment gives two.
    #[error("`BYOK_IDENTITY` and `BYOK_IDENTITY_FILE` are both set")]
    Both,
    /// A variable that CI left empty, which is no reason to take another identity.
    #[error("`{variable}` is set, but empty")]
    Empty {
        /// The variable.
        variable: &'static str,
    },
    /// What the variable holds is no identity.
    #[error("cannot use `BYOK_IDENTITY`")]
    Inline(#[source] SealError),
    /// The file that the variable names is not there.
    #[error("there is no file `{}`, which `BYOK_IDENTITY_FILE` names", path.display())]
    NoFile {
        /// The file.
        path: PathBuf,
    },
    /// The file that the variable names cannot hold one.
    #[error("cannot use what `BYOK_IDENTITY_FILE` names")]
    Unfit(#[source] DiskError),
    /// What a file holds is no identity.
    #[error("cannot use the identity in `{}`", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// Why.
        source: SealError,
    },
    /// The file system.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The keychain that has it does not give it.
    #[error("cannot get the identity")]
    Keychain(#[source] KeychainError),
    /// The keychain had it, and has it no more.
    #[error("the identity is gone from the keychain")]
    Gone,
    /// What the keychain holds is no identity.
    #[error("what the keychain holds is no identity")]
    Item(#[source] SealError),
    /// Only a passphrase opens it, and nobody is asked.
    #[error("the identity is locked: unlock it for a while with `byok unlock`")]
    Locked,
    /// The identity is gone, but something is sealed for it.
    #[error("there is no identity to open it with: `{}` is missing", path.display())]
    Missing {
        /// Where it would lie.
        path: PathBuf,
    },
}

impl Places {
    /// The places under this folder; `own` is whether it is a home of its own (`BYOK_HOME`).
    pub fn new(folder: &Path, own: bool) -> Self {
        let (file, wrapped) = (folder.join("identity.txt"), folder.join("identity.age"));
        Self { folder: folder.to_owned(), file, wrapped, own }
    }

    /// What tells the items of this home in the keychain from those of others.
    pub fn tag(&self) -> String {
        // One folder, however it is named.
        if self.own { format!("@{}", real(&self.folder).display()) } else { String::new() }
    }

    /// What the identity of this home is called, in the keychain and where it is held.
    pub fn item(&self) -> String {
        format!("identity{}", self.tag())
    }

    /// Where the identity is, as far as that is plain from what lies there.
    pub fn plain(&self) -> Option<Place> {
        let there = |path: &Path| path.symlink_metadata().is_ok();
        let file = there(&self.file).then_some(Place::File);
        file.or_else(|| there(&self.wrapped).then_some(Place::Passphrase))
    }

    /// Where an opened identity is held: that of this home, or that of the file which the environment gives.
    pub fn held(&self, elsewhere: Option<&Path>, keychain: Keychain, now: Timestamp) -> Held {
        let name = elsewhere.map_or_else(|| self.item(), |path| format!("identity {}", path.display()));
        Held::new(&name, keychain, now)
    }

    /// Finds the identity; `chosen` is the place that it was given. Opens nothing that somebody could be asked for.
    pub fn find(&self, given: &Given, chosen: Option<Place>) -> Result<Found, IdentityError> {
        if given.inline.is_some() && given.file.is_some() {
            return Err(IdentityError::Both);
        }
        if let Some(inline) = &given.inline {
            if inline.trim().is_empty() {
                return Err(IdentityError::Empty { variable: "BYOK_IDENTITY" });
            }
            return Identities::parse(inline).map(Found::Open).map_err(IdentityError::Inline);
        }
        if let Some(path) = &given.file {
            let bytes = read_given(path)?.ok_or_else(|| IdentityError::NoFile { path: path.clone() })?;
            if seal::is_sealed(&bytes) {
                return Ok(Found::Sealed(path.clone(), bytes));
            }
            return parse(&bytes, path).map(Found::Open);
        }
        match chosen.or_else(|| self.plain()) {
            None => Ok(Found::Nothing),
            Some(Place::File) => match disk::read_private(&self.file, LIMIT)? {
                Some(bytes) => parse(&bytes, &self.file).map(Found::Open),
                None => Ok(Found::Nothing),
            },
            Some(place) => Ok(Found::In(place)),
        }
    }
}

/// The file that `BYOK_IDENTITY_FILE` names.
pub fn read_given(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, IdentityError> {
    if path.as_os_str().is_empty() {
        return Err(IdentityError::Empty { variable: "BYOK_IDENTITY_FILE" });
    }
    disk::read_trusted(path, LIMIT).map_err(|error| match error {
        DiskError::NotAFile { .. } | DiskError::TooLarge { .. } => IdentityError::Unfit(error),
        error => IdentityError::Disk(error),
    })
}

/// Reads an identity from what a file holds.
pub fn parse(bytes: &[u8], path: &Path) -> Result<Identities, IdentityError> {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    Identities::parse(text).map_err(|source| IdentityError::Broken { path: path.to_owned(), source })
}

/// The identities that are held.
pub fn held_in(held: &Held) -> Option<Identities> {
    let bytes = held.get()?;
    Identities::parse(std::str::from_utf8(&bytes).ok()?).ok()
}

/// An identity that is open already.
pub struct AtHand(pub Identities);

impl Unlock for AtHand {
    fn identities(&self) -> Result<&Identities, UnlockError> {
        Ok(&self.0)
    }
}

/// The path without links, of a folder that may not be there yet.
fn real(path: &Path) -> PathBuf {
    let inner = |path: &Path| Some(real(path.parent()?).join(path.file_name()?));
    std::fs::canonicalize(path).ok().or_else(|| inner(path)).unwrap_or_else(|| path.to_owned())
}
