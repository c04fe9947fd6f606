//! Where keys lie in plaintext: other tools' files, looked at one by one, and all places together. One that cannot be
//! read hides none of the others, and none is ever written here.

mod survey;
mod tracked;

use std::fs;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::credentials::{Broken, Entry, File};
use crate::disk::{self, DiskError};
use crate::provider::Registry;

pub use survey::{Copy, Place, Survey, Use, survey};
pub use tracked::is_tracked;

/// The largest file of a tool that is read, in bytes: far more than any tool keeps.
pub const LIMIT: u64 = 16 * 1024 * 1024;

/// The most entries of one file that are looked at: more than any person has keys, and few enough to tell whose they are.
pub const MOST: usize = 1000;

/// What one file holds.
#[derive(Debug)]
pub struct Look {
    /// The file, as its tool finds it.
    pub path: PathBuf,
    /// Where it leads, if it is a link.
    pub target: Option<PathBuf>,
    /// How many names it has on its disk.
    pub links: u64,
    /// Who may read it.
    pub readers: Readers,
    /// What is in it, or why that cannot be told.
    pub found: Result<Vec<Entry>, Trouble>,
}

/// Who may read a file, by its permission bits and those of the folder that it lies in.
#[derive(Debug, Clone, core::marker::Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Readers {
    /// Its owner alone.
    Owner,
    /// Its group, too.
    Group,
    /// Everybody on this machine.
    Everyone,
}

/// Why it cannot be told what a file holds. Shows nothing of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Trouble {
    /// There is nothing in it.
    #[error("it is empty")]
    Empty,
    /// Its tool is at work on it.
    #[error("its newest changes lie beside it, in `{}`: close its program first", .0.display())]
    InUse(PathBuf),
    /// It is a link to nothing, a folder, a pipe or a device, or it cannot be opened.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// More than [`MOST`] entries.
    #[error("it holds more than {MOST} keys")]
    Many,
    /// It is not what its tool writes.
    #[error(transparent)]
    Broken(#[from] Broken),
}

/// Looks at a file; `None` if there is none.
pub fn look(registry: &Registry, file: &File) -> Option<Look> {
    let path = &file.path;
    let about = fs::symlink_metadata(path).ok()?;
    let target = about.is_symlink().then(|| fs::canonicalize(path).ok()).flatten();
    let found = settled(file).and_then(|()| read(path)).and_then(|bytes| {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Err(Trouble::Empty);
        }
        let entries = file.form.read(registry, &bytes)?;
        if entries.len() > MOST { Err(Trouble::Many) } else { Ok(entries) }
    });
    Some(Look { path: path.clone(), links: links(path), readers: readers(path), target, found })
}

/// Fails where a file's newest changes lie beside it.
pub fn settled(file: &File) -> Result<(), Trouble> {
    for end in file.form.beside() {
        let mut beside = file.path.clone().into_os_string();
        beside.push(end);
        if fs::metadata(&beside).is_ok_and(|about| about.len() > 0) {
            return Err(Trouble::InUse(beside.into()));
        }
    }
    Ok(())
}

/// The bytes of a tool's file, which may come by way of a link. Never waits for a pipe's other end.
pub fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Trouble> {
    let kind = |what| Trouble::Disk(DiskError::NotAFile { path: path.to_owned(), what });
    match fs::metadata(path) {
        Ok(about) if about.is_file() => {}
        Ok(about) if about.is_dir() => return Err(kind("a folder")),
        Ok(_) => return Err(kind("a pipe, socket or device")),
        Err(_) if fs::symlink_metadata(path).is_ok_and(|about| about.is_symlink()) => {
            return Err(kind("a link that leads nowhere"));
        }
        Err(_) => {}
    }
    Ok(disk::read_public(path, LIMIT)?.unwrap_or_default())
}

#[cfg(unix)]
fn links(path: &Path) -> u64 {
    fs::metadata(path).map_or(1, |about| std::os::unix::fs::MetadataExt::nlink(&about))
}

#[cfg(not(unix))]
fn links(_: &Path) -> u64 {
    1
}

#[cfg(unix)]
fn readers(path: &Path) -> Readers {
    use std::os::unix::fs::MetadataExt;
    let mode = |path: &Path| fs::metadata(path).map_or(0, |about| about.mode());
    // A folder that nobody else may pass hides whatever lies in it.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let reached = path.ancestors().skip(1).fold(0o011, |reached, folder| reached & mode(folder));
    let read = mode(&path) & 0o044;
    match () {
        () if read & 0o004 != 0 && reached & 0o001 != 0 => Readers::Everyone,
        () if read & 0o040 != 0 && reached & 0o010 != 0 => Readers::Group,
        () => Readers::Owner,
    }
}

#[cfg(not(unix))]
fn readers(_: &Path) -> Readers {
    Readers::Owner
}
