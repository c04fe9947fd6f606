//! Files and folders that only their owner may see.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

use zeroize::Zeroizing;

use super::DiskError;

/// Reads a file of ours whole; `None` if there is none.
///
/// Refuses links, anything but a plain file, another user's file, one that others can read, and one over `limit` bytes.
pub fn read_private(path: &Path, limit: u64) -> Result<Option<Zeroizing<Vec<u8>>>, DiskError> {
    open_private(path)?.map(|(file, about)| read(file, &about, path, limit)).transpose()
}

/// Whether something lies at a path, or may: where the system cannot tell, whoever goes on to read it is told why.
pub fn may_be(path: &Path) -> bool {
    is_there(path).unwrap_or(true)
}

/// Whether something lies at a path; an error where the system cannot tell.
pub fn is_there(path: &Path) -> Result<bool, DiskError> {
    let absent = [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory];
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if absent.contains(&error.kind()) => Ok(false),
        Err(error) => Err(DiskError::io("look at", path)(error)),
    }
}

/// Opens a file of ours as [`read_private`] does, with what was seen of it; `None` if there is none.
pub(super) fn open_private(path: &Path) -> Result<Option<(File, Metadata)>, DiskError> {
    let Some(file) = open(path, Way::Straight)? else { return Ok(None) };
    let about = file.metadata().map_err(DiskError::io("look at", path))?;
    check_plain(path, &about)?;
    check_owner(path, &about)?;
    check_mode(path, &about, 0o077, 0o600)?;
    Ok(Some((file, about)))
}

/// A file of ours, and the number that tells it from another of its name.
pub struct Numbered {
    /// Its content.
    pub bytes: Zeroizing<Vec<u8>>,
    /// The number of its inode; 0 where files have none.
    pub number: u64,
}

/// Reads a file of ours as [`read_private`] does, with its number.
pub fn read_numbered(path: &Path, limit: u64) -> Result<Option<Numbered>, DiskError> {
    let Some((file, about)) = open_private(path)? else { return Ok(None) };
    #[cfg(unix)]
    let number = std::os::unix::fs::MetadataExt::ino(&about);
    #[cfg(not(unix))]
    let number = 0;
    read(file, &about, path, limit).map(|bytes| Some(Numbered { bytes, number }))
}

/// Reads a plain file of ours that others may read as well; `None` if there is none.
///
/// Refuses links, anything but a plain file, another user's file, and one over `limit` bytes.
pub fn read_plain(path: &Path, limit: u64) -> Result<Option<Zeroizing<Vec<u8>>>, DiskError> {
    let Some(file) = open(path, Way::Straight)? else { return Ok(None) };
    let about = file.metadata().map_err(DiskError::io("look at", path))?;
    check_plain(path, &about)?;
    check_owner(path, &about)?;
    read(file, &about, path, limit).map(Some)
}

/// Reads a file that may come by way of a link or a pipe, such as a secret that a CI system mounts; `None` if there is none.
///
/// Refuses a plain file that others can read, and one over `limit` bytes.
pub fn read_trusted(path: &Path, limit: u64) -> Result<Option<Zeroizing<Vec<u8>>>, DiskError> {
    let Some(file) = open(path, Way::Any)? else { return Ok(None) };
    let about = file.metadata().map_err(DiskError::io("look at", path))?;
    if about.is_dir() {
        return Err(DiskError::NotAFile { path: path.to_owned(), what: "a folder" });
    }
    if about.is_file() {
        check_mode(path, &about, 0o077, 0o600)?;
    }
    read(file, &about, path, limit).map(Some)
}

/// Reads a file that decides what byok does, such as settings; `None` if there is none. It may come by way of a link.
///
/// Refuses one that others can write to, one that is neither ours nor root's, and one over `limit` bytes.
pub fn read_own(path: &Path, limit: u64) -> Result<Option<Zeroizing<Vec<u8>>>, DiskError> {
    let Some(file) = open(path, Way::Linked)? else { return Ok(None) };
    let about = file.metadata().map_err(DiskError::io("look at", path))?;
    check_plain(path, &about)?;
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::uid(&about) != 0 {
        check_owner(path, &about)?;
    }
    check_mode(path, &about, 0o022, 0o600)?;
    read(file, &about, path, limit).map(Some)
}

/// Reads a file that holds no secret, such as a `.env` that somebody else wrote; `None` if there is none.
pub fn read_public(path: &Path, limit: u64) -> Result<Option<Zeroizing<Vec<u8>>>, DiskError> {
    let Some(file) = open(path, Way::Any)? else { return Ok(None) };
    let about = file.metadata().map_err(DiskError::io("look at", path))?;
    if about.is_dir() {
        return Err(DiskError::NotAFile { path: path.to_owned(), what: "a folder" });
    }
    read(file, &about, path, limit).map(Some)
}

/// The names in a folder that are UTF-8, sorted; none if there is no folder.
pub fn names_in(folder: &Path) -> Result<Vec<String>, DiskError> {
    let mut names = match entries(folder) {
        Ok(names) => names,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(DiskError::io("read", folder)(error)),
    };
    names.sort();
    Ok(names)
}

/// The standard library's reader panics where the closing of a folder fails, and gives up where its opening is
/// interrupted.
#[cfg(unix)]
fn entries(folder: &Path) -> io::Result<Vec<String>> {
    use rustix::fs::{CWD, Dir, Mode, OFlags};
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let opened = rustix::io::retry_on_intr(|| rustix::fs::openat(CWD, folder, flags, Mode::empty()))?;
    let mut names = Vec::new();
    for entry in Dir::new(opened)? {
        names.extend(entry?.file_name().to_str().ok().map(ToOwned::to_owned));
    }
    names.retain(|name| name != "." && name != "..");
    Ok(names)
}

#[cfg(not(unix))]
fn entries(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        names.extend(entry?.file_name().into_string());
    }
    Ok(names)
}

/// Refuses a folder that is another user's or that others can write to; answers whether it is there at all.
pub fn check_folder(path: &Path) -> Result<bool, DiskError> {
    let about = match fs::metadata(path) {
        Ok(about) => about,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(DiskError::io("open", path)(error)),
    };
    if !about.is_dir() {
        return Err(DiskError::NotAFolder { path: path.to_owned() });
    }
    check_owner(path, &about)?;
    check_mode(path, &about, 0o022, 0o700)?;
    Ok(true)
}

/// Makes a folder of mode 700 and what is missing above it, or checks the one that is there.
pub fn make_folder(path: &Path) -> Result<(), DiskError> {
    if check_folder(path)? {
        return Ok(());
    }
    refuse_foreign_home(path)?;
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let missing: Vec<&Path> = path.ancestors().take_while(|folder| !folder.exists()).collect();
    builder.create(path).map_err(DiskError::io("create the folder", path))?;
    missing.into_iter().try_for_each(super::replace::sync_folder)
}

/// Gives a file or folder of ours the mode `safe`. Only a folder may come by way of a link.
#[cfg(unix)]
pub fn make_private(path: &Path, safe: u32) -> Result<(), DiskError> {
    use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
    let io = |doing| DiskError::io(doing, path);
    let is_folder = fs::metadata(path).map_err(io("look at"))?.is_dir();
    let mut flags = rustix::fs::OFlags::NONBLOCK;
    if !is_folder {
        flags |= rustix::fs::OFlags::NOFOLLOW;
    }
    let opened = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path);
    let file = opened.map_err(io("open"))?;
    let about = file.metadata().map_err(io("look at"))?;
    if !is_folder {
        check_plain(path, &about)?;
    }
    check_owner(path, &about)?;
    file.set_permissions(fs::Permissions::from_mode(safe)).map_err(io("change the mode of"))
}

/// Elsewhere there are no modes.
#[cfg(not(unix))]
pub fn make_private(_: &Path, _: u32) -> Result<(), DiskError> {
    Ok(())
}

/// `sudo byok` keeps the caller's `HOME`: root would leave files there that their owner cannot open.
fn refuse_foreign_home(path: &Path) -> Result<(), DiskError> {
    #[cfg(unix)]
    if rustix::process::geteuid().is_root() {
        let above = path.ancestors().skip(1).find_map(|folder| fs::metadata(folder).ok().map(|about| (folder, about)));
        if let Some((folder, about)) = above {
            check_owner(folder, &about)?;
        }
    }
    let _ = path;
    Ok(())
}

/// How a file may be come by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// By its own name.
    Straight,
    /// By way of a link as well.
    Linked,
    /// By way of a link, and it may be a pipe whose other end is waited for.
    Any,
}

/// Opens for reading; `None` if there is nothing.
fn open(path: &Path, way: Way) -> Result<Option<File>, DiskError> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt;
        let flags = match way {
            Way::Straight => OFlags::NOFOLLOW | OFlags::NONBLOCK,
            Way::Linked => OFlags::NONBLOCK,
            Way::Any => OFlags::empty(),
        };
        options.custom_flags(flags.bits().cast_signed());
    }
    match options.open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => match fs::symlink_metadata(path) {
            Ok(about) if way == Way::Straight && !about.is_file() => Err(not_plain(path, &about)),
            _ => Err(DiskError::io("open", path)(error)),
        },
    }
}

fn read(file: File, about: &Metadata, path: &Path, limit: u64) -> Result<Zeroizing<Vec<u8>>, DiskError> {
    let size = about.len();
    let too_large = || DiskError::TooLarge { path: path.to_owned(), limit };
    if size > limit {
        return Err(too_large());
    }
    // Sized up front: a growing buffer would leave unwiped copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(size).unwrap_or_default() + 1));
    file.take(limit + 1).read_to_end(&mut bytes).map_err(DiskError::io("read", path))?;
    if bytes.len() as u64 > limit { Err(too_large()) } else { Ok(bytes) }
}

pub(super) fn check_plain(path: &Path, about: &Metadata) -> Result<(), DiskError> {
    if about.is_file() { Ok(()) } else { Err(not_plain(path, about)) }
}

fn not_plain(path: &Path, about: &Metadata) -> DiskError {
    let kind = about.file_type();
    let what = match () {
        () if kind.is_symlink() => "a symbolic link",
        () if kind.is_dir() => "a folder",
        () => "a pipe, socket or device",
    };
    DiskError::NotAFile { path: path.to_owned(), what }
}

#[cfg(unix)]
pub(super) fn check_owner(path: &Path, about: &Metadata) -> Result<(), DiskError> {
    let owner = std::os::unix::fs::MetadataExt::uid(about);
    if owner == rustix::process::geteuid().as_raw() {
        Ok(())
    } else {
        Err(DiskError::Foreign { path: path.to_owned(), owner })
    }
}

#[cfg(unix)]
fn check_mode(path: &Path, about: &Metadata, forbidden: u32, safe: u32) -> Result<(), DiskError> {
    let mode = std::os::unix::fs::MetadataExt::mode(about) & 0o777;
    if mode & forbidden == 0 { Ok(()) } else { Err(DiskError::Open { path: path.to_owned(), mode, safe }) }
}

#[cfg(not(unix))]
pub(super) fn check_owner(_: &Path, _: &Metadata) -> Result<(), DiskError> {
    Ok(())
}

#[cfg(not(unix))]
fn check_mode(_: &Path, _: &Metadata, _: u32, _: u32) -> Result<(), DiskError> {
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
#[expect(clippy::disallowed_methods, reason = "files as other programs and users leave them")]
mod tests;
