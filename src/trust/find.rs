//! Where a project's file is: from a folder upwards, and not far.

use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::disk::{self, DiskError};
use crate::hex::hex;
use crate::project::{FILE, LIMIT};

/// A project's file, read once: what is hashed is what is obeyed.
#[derive(Debug, Clone)]
pub struct Found {
    /// Where it lies, with every link resolved.
    pub path: PathBuf,
    /// Its content.
    pub bytes: Zeroizing<Vec<u8>>,
}

impl Found {
    /// The SHA-256 of the content, in hex.
    pub fn sha256(&self) -> String {
        hex(&Sha256::digest(&*self.bytes))
    }
}

/// Why a file that is there is none for us. It ends the search: what is nearest decides.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// It is a link or no plain file, another user's, or too large.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// Every user could have put it there.
    #[error("`{}` lies in a folder that every user can write to", path.display())]
    Anyones {
        /// The file.
        path: PathBuf,
    },
}

impl Refusal {
    /// Whether there is no file at all.
    fn is_nothing(&self) -> bool {
        matches!(self, Self::Disk(DiskError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound)
    }
}

/// The nearest project file in `from`, which has no links in it, or above.
///
/// A folder with `.git` in it is the last one that is looked at; a person's home, the file system's root and what lies
/// on another file system are not looked at.
pub fn find(from: &Path, home: Option<&Path>) -> Option<Result<Found, (PathBuf, Refusal)>> {
    let home = home.and_then(|home| look(home, true));
    let mut start = None;
    for folder in from.ancestors() {
        let about = look(folder, true)?;
        let crossed = start.replace(about.device).is_some_and(|device| device != about.device);
        let is_home = home.as_ref().is_some_and(|home| home.is(&about));
        if crossed || is_home || folder.parent().is_none() {
            return None;
        }
        let path = folder.join(FILE);
        if look(&path, false).is_some() {
            return match open(&path) {
                Err(refusal) if refusal.is_nothing() => None,
                opened => Some(opened.map_err(|refusal| (path, refusal))),
            };
        }
        if look(&folder.join(".git"), false).is_some() {
            return None;
        }
    }
    None
}

/// Reads the project file at `path`, whose folder has no links in it.
pub fn open(path: &Path) -> Result<Found, Refusal> {
    let folder = path.parent().unwrap_or(path);
    if look(folder, true).is_some_and(|about| about.mode & 0o002 != 0) {
        return Err(Refusal::Anyones { path: path.to_owned() });
    }
    match disk::read_plain(path, LIMIT)? {
        Some(bytes) => Ok(Found { path: path.to_owned(), bytes }),
        None => {
            Err(DiskError::Io { doing: "open", path: path.to_owned(), source: io::ErrorKind::NotFound.into() }.into())
        }
    }
}

/// What is asked of a folder or file. Called a few times at every shell start, so as directly as can be.
struct About {
    device: u64,
    number: u64,
    mode: u32,
}

impl About {
    fn is(&self, other: &Self) -> bool {
        self.number != 0 && (self.device, self.number) == (other.device, other.number)
    }
}

#[cfg(unix)]
fn look(path: &Path, follow: bool) -> Option<About> {
    let about = if follow { rustix::fs::stat(path) } else { rustix::fs::lstat(path) }.ok()?;
    #[allow(clippy::useless_conversion, clippy::unnecessary_cast, reason = "the types differ between systems")]
    Some(About { device: about.st_dev as u64, number: about.st_ino as u64, mode: about.st_mode.into() })
}

/// Without numbers of devices and files, neither the home nor another file system is told apart.
#[cfg(not(unix))]
fn look(path: &Path, follow: bool) -> Option<About> {
    let _ = if follow { std::fs::metadata(path) } else { std::fs::symlink_metadata(path) }.ok()?;
    Some(About { device: 0, number: 0, mode: 0 })
}
