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
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
    use std::os::unix::net::UnixListener;
    use std::path::PathBuf;

    use rustix::fs::{CWD, FileType, mknodat};
    use tempfile::TempDir;

    use super::*;

    type Read = fn(&Path, u64) -> Result<Option<Zeroizing<Vec<u8>>>, DiskError>;

    /// Every reader, with what it is like.
    const READERS: [(Read, &str); 5] = [
        (read_private, "private"),
        (read_plain, "plain"),
        (read_trusted, "trusted"),
        (read_own, "own"),
        (read_public, "public"),
    ];

    /// A folder with a file of each kind.
    fn kinds() -> (TempDir, impl Fn(&str) -> PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().to_owned();
        let at = move |name: &str| root.join(name);
        for (name, mode) in [("private", 0o600), ("readable", 0o644), ("writable", 0o620)] {
            fs::write(at(name), "abc").unwrap();
            fs::set_permissions(at(name), Permissions::from_mode(mode)).unwrap();
        }
        fs::create_dir(at("folder")).unwrap();
        symlink("private", at("link")).unwrap();
        symlink("nothing", at("dangling")).unwrap();
        mknodat(CWD, at("pipe"), FileType::Fifo, 0o600.into(), 0).unwrap();
        UnixListener::bind(at("socket")).unwrap();
        (folder, at)
    }

    /// In a word, what became of it.
    fn said<T>(outcome: Result<T, DiskError>) -> String {
        match outcome {
            Ok(_) => "ok".to_owned(),
            Err(DiskError::NotAFile { what, .. }) => what.to_owned(),
            Err(DiskError::Open { mode, safe, .. }) => format!("{mode:o} not {safe:o}"),
            Err(DiskError::TooLarge { limit, .. }) => format!("over {limit}"),
            Err(DiskError::Foreign { owner, .. }) => format!("of {owner}"),
            Err(DiskError::NotAFolder { .. }) => "no folder".to_owned(),
            Err(DiskError::Io { doing, .. }) => format!("cannot {doing}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn each_reader_reads_what_is_its_own_and_refuses_the_rest() {
        let (_folder, at) = kinds();
        let pipe = "a pipe, socket or device";
        for (file, expected) in [
            ("private", ["ok"; 5]),
            ("readable", ["644 not 600", "ok", "644 not 600", "ok", "ok"]),
            ("writable", ["620 not 600", "ok", "620 not 600", "620 not 600", "ok"]),
            ("folder", ["a folder"; 5]),
            ("link", ["a symbolic link", "a symbolic link", "ok", "ok", "ok"]),
            ("socket", [pipe, pipe, "cannot open", "cannot open", "cannot open"]),
            ("private/below", ["cannot open"; 5]),
        ] {
            for ((read, name), expected) in READERS.iter().zip(expected) {
                let read = read(&at(file), 3);
                if let Ok(bytes) = &read {
                    assert_eq!(bytes.as_deref().map(Vec::as_slice), Some(b"abc".as_slice()), "{name} of {file}");
                }
                assert_eq!(said(read), expected, "{name} of {file}");
            }
        }
        for (read, name) in READERS {
            assert!(read(&at("nothing"), 3).unwrap().is_none(), "{name}");
            assert_eq!(said(read(&at("private"), 2)), "over 2", "{name}");
        }
        // Nobody is at the other end of the pipe.
        for (read, name) in [READERS[0], READERS[1], READERS[3]] {
            assert_eq!(said(read(&at("pipe"), 3)), pipe, "{name}");
        }
        assert_eq!(said(read_numbered(&at("readable"), 3)), "644 not 600");
        let numbered = read_numbered(&at("private"), 3).unwrap().unwrap();
        assert_eq!((&**numbered.bytes, numbered.number), (&b"abc"[..], fs::metadata(at("private")).unwrap().ino()));
        assert!(read_numbered(&at("nothing"), 3).unwrap().is_none());
    }

    /// A file that does not say how long it is.
    #[test]
    #[cfg(target_os = "linux")]
    fn no_more_is_read_than_the_limit_allows() {
        let status = Path::new("/proc/self/status");
        assert_eq!(said(read_public(status, 10)), "over 10");
        assert!(read_public(status, 1 << 20).unwrap().unwrap().starts_with(b"Name:"));
    }

    #[test]
    fn what_belongs_to_another_user_is_refused_by_those_who_ask() {
        // Only root can give a file away.
        if !rustix::process::geteuid().is_root() {
            return;
        }
        let (_folder, at) = kinds();
        for name in ["private", "folder"] {
            chown(at(name), Some(4_711), None).unwrap();
        }
        let expected = ["of 4711", "of 4711", "ok", "of 4711", "ok"];
        for ((read, name), expected) in READERS.iter().zip(expected) {
            assert_eq!(said(read(&at("private"), 3)), expected, "{name}");
        }
        assert_eq!(said(check_folder(&at("folder"))), "of 4711");
        assert_eq!(said(make_private(&at("private"), 0o600)), "of 4711");
        // Nor is a folder made in one of theirs.
        assert_eq!(said(make_folder(&at("folder/ours"))), "of 4711");
        assert!(!at("folder/ours").exists());
    }

    #[test]
    fn whether_something_is_there_is_known_or_an_error() {
        let (_folder, at) = kinds();
        for (name, there) in [("private", true), ("dangling", true), ("nothing", false), ("private/below", false)] {
            assert_eq!(is_there(&at(name)).unwrap(), there, "{name}");
            assert_eq!(may_be(&at(name)), there, "{name}");
        }
        let unknown = at(&"long".repeat(100));
        assert_eq!(said(is_there(&unknown)), "cannot look at");
        assert!(may_be(&unknown));
    }

    #[test]
    fn the_names_in_a_folder_are_sorted_and_nothing_else_is_a_folder() {
        let (_folder, at) = kinds();
        for name in ["b", "a", ".c"] {
            fs::write(at("folder").join(name), "").unwrap();
        }
        assert_eq!(names_in(&at("folder")).unwrap(), [".c", "a", "b"]);
        assert_eq!(names_in(&at("nothing")).unwrap(), [""; 0]);
        for name in ["private", "pipe"] {
            assert_eq!(said(names_in(&at(name))), "cannot read", "{name}");
        }
    }

    #[test]
    fn a_folder_is_made_private_and_an_open_one_is_refused() {
        let (_folder, at) = kinds();
        let mode = |name: &str| fs::metadata(at(name)).unwrap().permissions().mode() & 0o7777;
        make_folder(&at("a/b/c")).unwrap();
        make_folder(&at("a/b/c")).unwrap();
        for name in ["a", "a/b", "a/b/c"] {
            assert_eq!(mode(name), 0o700, "{name}");
            assert!(check_folder(&at(name)).unwrap());
        }
        assert!(!check_folder(&at("nothing")).unwrap());
        for (name, bits, expected) in [("a", 0o755, "ok"), ("a", 0o770, "770 not 700"), ("a", 0o702, "702 not 700")] {
            fs::set_permissions(at(name), Permissions::from_mode(bits)).unwrap();
            assert_eq!(said(check_folder(&at(name))), expected);
            assert_eq!(said(make_folder(&at(name))), expected);
        }
        assert_eq!(said(check_folder(&at("private"))), "no folder");
        assert_eq!(said(check_folder(&at("private/below"))), "cannot open");
        assert_eq!(said(make_folder(&at("private"))), "no folder");
    }

    #[test]
    fn a_mode_is_mended_and_not_that_of_what_a_link_names() {
        let (_folder, at) = kinds();
        let mode = |name: &str| fs::metadata(at(name)).unwrap().permissions().mode() & 0o7777;
        symlink("readable", at("link to readable")).unwrap();
        symlink("folder", at("link to folder")).unwrap();
        assert_eq!(said(make_private(&at("link to readable"), 0o600)), "cannot open");
        assert_eq!(mode("readable"), 0o644);
        make_private(&at("readable"), 0o600).unwrap();
        assert_eq!(mode("readable"), 0o600);
        fs::set_permissions(at("folder"), Permissions::from_mode(0o777)).unwrap();
        make_private(&at("link to folder"), 0o700).unwrap();
        assert_eq!(mode("folder"), 0o700);
        assert_eq!(said(make_private(&at("pipe"), 0o600)), "a pipe, socket or device");
        assert_eq!(said(make_private(&at("nothing"), 0o600)), "cannot look at");
    }
}
