//! Writing a file so that a crash leaves the old one or the new one, whole.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempPath};
use zeroize::Zeroizing;

use super::DiskError;

const SUFFIX: &str = ".tmp";

/// Puts `bytes` in the place of the file at `path`, mode 600: written beside it, synced, read back and handed to
/// `verify`, and only then renamed.
///
/// The caller holds the lock: what an earlier, killed writer of this file left behind is swept away.
/// On any error the old file is still there.
pub fn replace(path: &Path, bytes: &[u8], verify: impl FnOnce(&[u8]) -> bool) -> Result<(), DiskError> {
    sweep(path);
    let temp = written(path, bytes, verify)?;
    swap(temp, path)
}

/// Like [`replace`], for a file that no lock guards: other writers' temporary files are left alone.
pub fn overwrite(path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
    let temp = written(path, bytes, |read| read == bytes)?;
    swap(temp, path)
}

/// Like [`replace`], for a file that must not be there yet.
pub fn create(path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
    name_new(written(path, bytes, |read| read == bytes)?, path)
}

/// Like [`create`], for a script that anybody may read and start: mode 755.
pub fn create_script(path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
    let temp = written(path, bytes, |read| read == bytes)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let publish =
            |file: File| file.set_permissions(fs::Permissions::from_mode(0o755)).and_then(|()| file.sync_all());
        File::open(&temp).and_then(publish).map_err(DiskError::io("write beside", path))?;
    }
    name_new(temp, path)
}

/// Gives a temporary file a name that is free.
fn name_new(temp: TempPath, path: &Path) -> Result<(), DiskError> {
    temp.persist_noclobber(path).map_err(|failed| match failed.error.kind() {
        std::io::ErrorKind::AlreadyExists => DiskError::Exists { path: path.to_owned() },
        // A faster writer has swept this one's file away.
        std::io::ErrorKind::NotFound if path.exists() => DiskError::Exists { path: path.to_owned() },
        _ => DiskError::io("create", path)(failed.error),
    })?;
    // If this fails, the file stays, whole: another process may have read it already.
    sync_folder(path)?;
    sweep(path);
    Ok(())
}

/// Like [`replace`], for what can be lost in a power cut: whole or absent after a crash, but not synced.
pub fn note(path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
    let io = |doing| DiskError::io(doing, path);
    sweep(path);
    let (mut file, temp) = beside(path)?.into_parts();
    file.write_all(bytes).map_err(io("write beside"))?;
    temp.persist(path).map_err(|failed| io("replace")(failed.error))
}

/// Removes a file, and what killed writers left of it; answers whether there was one.
///
/// The caller holds the lock. On any error the file is still there.
pub fn remove(path: &Path) -> Result<bool, DiskError> {
    let io = |doing| DiskError::io(doing, path);
    sweep(path);
    if fs::symlink_metadata(path).is_ok_and(|about| about.is_dir()) {
        return Err(DiskError::NotAFile { path: path.to_owned(), what: "a folder" });
    }
    // Under another name first: if the folder cannot be synced, the file comes back.
    let made = tempfile::Builder::new()
        .prefix(&prefix(path))
        .suffix(SUFFIX)
        .rand_bytes(16)
        .make_in(folder(path), |aside| fs::rename(path, aside));
    let aside = match made {
        Ok(aside) => aside.into_temp_path(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(io("remove")(error)),
    };
    let back = |_: &DiskError| drop(fs::rename(&aside, path));
    sync_folder(path).inspect_err(back)?;
    // A secret that is called removed must not lie there under another name.
    fs::remove_file(&aside).map_err(io("remove")).inspect_err(back)?;
    Ok(true)
}

/// Gives a file another name beside it, `NAME.old` or the first like it that is free; answers it.
pub fn set_aside(path: &Path) -> Result<PathBuf, DiskError> {
    let is_free = |aside: &PathBuf| fs::symlink_metadata(aside).is_err();
    let aside = asides(path).find(is_free).expect("there is always one number more");
    fs::rename(path, &aside).map_err(DiskError::io("set aside", path))?;
    sync_folder(path)?;
    Ok(aside)
}

/// `NAME.old`, `NAME.old-2` and so on, beside the file.
fn asides(path: &Path) -> impl Iterator<Item = PathBuf> {
    (1..).map(|number| {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(if number == 1 { ".old".to_owned() } else { format!(".old-{number}") });
        path.with_file_name(name)
    })
}

/// Writes a file of mode 600 beside `path`, `NAME.old` or the first like it that is free; answers where. What a killed one
/// leaves is swept away by the next writer of `path`.
pub fn create_aside(path: &Path, bytes: &[u8]) -> Result<PathBuf, DiskError> {
    let mut temp = written(path, bytes, |read| read == bytes)?;
    for aside in asides(path) {
        match temp.persist_noclobber(&aside) {
            Ok(()) => {
                sync_folder(path)?;
                return Ok(aside);
            }
            Err(taken) if taken.error.kind() == std::io::ErrorKind::AlreadyExists => temp = taken.path,
            Err(failed) => return Err(DiskError::io("create", &aside)(failed.error)),
        }
    }
    unreachable!("there is always one number more")
}

/// Gives a file the name of another, which goes; answers whether there was one. Not synced.
pub fn rename(from: &Path, to: &Path) -> Result<bool, DiskError> {
    match fs::rename(from, to) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(DiskError::io("rename", from)(error)),
    }
}

/// A new file of mode 600 in the folder of `path`.
fn beside(path: &Path) -> Result<NamedTempFile, DiskError> {
    let folder = folder(path);
    let made = tempfile::Builder::new().prefix(&prefix(path)).suffix(SUFFIX).rand_bytes(16).make_in(folder, open_new);
    made.map_err(DiskError::io("write beside", path))
}

/// A synced temporary file beside `path` that holds `bytes`, proven by reading them back.
pub(super) fn written(path: &Path, bytes: &[u8], verify: impl FnOnce(&[u8]) -> bool) -> Result<TempPath, DiskError> {
    let io = |doing| DiskError::io(doing, path);
    let (mut file, temp) = beside(path)?.into_parts();
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(io("write beside"))?;
    let mut read = Zeroizing::new(Vec::with_capacity(bytes.len() + 1));
    file.rewind().and_then(|()| file.read_to_end(&mut read)).map_err(io("read back beside"))?;
    if verify(&read) { Ok(temp) } else { Err(DiskError::NotVerified { path: path.to_owned() }) }
}

fn open_new(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600).custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed());
    }
    options.open(path)
}

/// The folder that a path lies in; the working folder for a bare name.
fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The start of the names of temporary files beside `path`.
fn prefix(path: &Path) -> String {
    format!(".{}.", path.file_name().unwrap_or_default().to_string_lossy())
}

/// Renames `temp` to `path` and syncs the folder, so that the new name survives a power cut.
#[cfg(target_os = "linux")]
fn swap(temp: TempPath, path: &Path) -> Result<(), DiskError> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::{Errno, retry_on_intr};
    // Swapping the two names keeps the old file until the folder is on disk: if that fails, they are swapped back.
    match retry_on_intr(|| renameat_with(CWD, &*temp, CWD, path, RenameFlags::EXCHANGE)) {
        Ok(()) => sync_folder(path).inspect_err(|_| {
            let _ = retry_on_intr(|| renameat_with(CWD, &*temp, CWD, path, RenameFlags::EXCHANGE));
        }),
        // No old file, or a file system that cannot swap names.
        Err(Errno::NOENT | Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => persist(temp, path),
        Err(error) => Err(DiskError::io("replace", path)(error.into())),
    }
}

#[cfg(not(target_os = "linux"))]
fn swap(temp: TempPath, path: &Path) -> Result<(), DiskError> {
    persist(temp, path)
}

fn persist(temp: TempPath, path: &Path) -> Result<(), DiskError> {
    let fresh = !path.exists();
    temp.persist(path).map_err(|failed| DiskError::io("replace", path)(failed.error))?;
    sync_folder(path).inspect_err(|_| {
        if fresh {
            let _ = fs::remove_file(path);
        }
    })
}

/// Makes the folder's own entry for `path` durable.
pub(super) fn sync_folder(path: &Path) -> Result<(), DiskError> {
    #[cfg(unix)]
    {
        File::open(folder(path))
            .and_then(|folder| folder.sync_all())
            .map_err(DiskError::io("sync the folder of", path))?;
    }
    let _ = path;
    Ok(())
}

/// Removes what killed writers left of a file. The caller holds the lock.
pub fn sweep(path: &Path) {
    for left in leftovers(path) {
        let _ = fs::remove_file(left);
    }
}

/// What killed writers left of a file; plain files of our own naming only.
pub fn leftovers(path: &Path) -> Vec<PathBuf> {
    let prefix = prefix(path);
    let ours = |name: &String| {
        // The middle has no dot, so that `a` never sweeps the files of a profile whose name goes on after it.
        let middle = name.strip_prefix(&prefix).and_then(|rest| rest.strip_suffix(SUFFIX));
        middle.is_some_and(|middle| !middle.contains('.'))
    };
    let names = super::names_in(folder(path)).unwrap_or_default().into_iter().filter(ours);
    let paths = names.map(|name| folder(path).join(name));
    paths.filter(|path| fs::symlink_metadata(path).is_ok_and(|about| about.is_file())).collect()
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "files as killed and other programs leave them")]
mod tests {
    use super::*;

    #[test]
    fn a_failed_check_leaves_the_old_file_and_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.age");
        create(&path, b"old").unwrap();
        assert!(matches!(replace(&path, b"new", |_| false), Err(DiskError::NotVerified { .. })));
        assert_eq!(fs::read(&path).unwrap(), b"old");
        replace(&path, b"new", |read| read == b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(matches!(create(&path, b"x"), Err(DiskError::Exists { .. })));
    }

    #[test]
    fn only_left_over_files_of_this_path_are_swept() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in [".a.age.0123456789abcdef.tmp", ".b.age.0123456789abcdef.tmp", "a.age.tmp"] {
            File::create(at(name)).unwrap();
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink("/", at(".a.age.link.tmp")).unwrap();
        replace(&at("a.age"), b"x", |_| true).unwrap();
        let left = super::super::names_in(folder.path()).unwrap();
        assert!(!left.contains(&".a.age.0123456789abcdef.tmp".to_owned()), "{left:?}");
        assert!(left.contains(&".b.age.0123456789abcdef.tmp".to_owned()) && left.contains(&"a.age.tmp".to_owned()));
        #[cfg(unix)]
        assert!(left.contains(&".a.age.link.tmp".to_owned()));
    }
    #[cfg(unix)]
    fn mode(path: &Path) -> u32 {
        std::os::unix::fs::PermissionsExt::mode(&fs::metadata(path).unwrap().permissions()) & 0o7777
    }

    #[test]
    #[cfg(unix)]
    fn what_is_written_is_there_whole_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        for (write, bytes) in [(note as fn(&Path, &[u8]) -> _, b"one"), (overwrite, b"two"), (note, b"six")] {
            write(&path, bytes).unwrap();
            assert_eq!((fs::read(&path).unwrap().as_slice(), mode(&path)), (&bytes[..], 0o600));
        }
        let script = folder.path().join("script");
        create_script(&script, b"#!/bin/sh\n").unwrap();
        assert_eq!((fs::read(&script).unwrap().as_slice(), mode(&script)), (&b"#!/bin/sh\n"[..], 0o755));
        assert!(matches!(create_script(&script, b"x"), Err(DiskError::Exists { .. })));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
        // And no file is taken for a folder.
        for write in [note as fn(&Path, &[u8]) -> _, overwrite, create, create_script] {
            assert!(matches!(write(&path.join("below"), b"x"), Err(DiskError::Io { .. })));
        }
    }

    #[test]
    fn what_is_removed_is_gone_with_what_a_killed_writer_left_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["a", ".a.0123456789abcdef.tmp", ".a.b.0123456789abcdef.tmp"] {
            File::create(at(name)).unwrap();
        }
        fs::create_dir(at("folder")).unwrap();
        assert_eq!(leftovers(&at("a")), [at(".a.0123456789abcdef.tmp")]);
        assert!(remove(&at("a")).unwrap());
        assert!(!remove(&at("a")).unwrap());
        let left = super::super::names_in(folder.path()).unwrap();
        assert_eq!(left, [".a.b.0123456789abcdef.tmp", "folder"]);
        assert!(matches!(remove(&at("folder")), Err(DiskError::NotAFile { what: "a folder", .. })));
        assert!(matches!(remove(&at(".a.b.0123456789abcdef.tmp/below")), Err(DiskError::Io { doing: "remove", .. })));
    }

    #[test]
    fn names_beside_a_file_are_counted_and_never_taken_twice() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for (count, name) in ["a.old", "a.old-2", "a.old-3"].into_iter().enumerate() {
            fs::write(at("a"), format!("{count}")).unwrap();
            assert_eq!(set_aside(&at("a")).unwrap(), at(name));
            assert!(!at("a").exists());
            assert_eq!(fs::read_to_string(at(name)).unwrap(), format!("{count}"));
        }
        for (bytes, name) in [(b"x", "b.old"), (b"y", "b.old-2")] {
            assert_eq!(create_aside(&at("b"), bytes).unwrap(), at(name));
            assert_eq!(fs::read(at(name)).unwrap(), bytes);
        }
        assert!(rename(&at("b.old"), &at("b.old-2")).unwrap());
        assert_eq!(fs::read(at("b.old-2")).unwrap(), b"x");
        assert!(!rename(&at("b.old"), &at("b.old-2")).unwrap());
        assert!(matches!(rename(&at("b.old-2"), &at("b.old-2/below")), Err(DiskError::Io { doing: "rename", .. })));
        assert_eq!((folder_of("c/d"), folder_of("d")), (Path::new("c"), Path::new(".")));
    }

    fn folder_of(path: &str) -> &Path {
        folder(Path::new(path))
    }
}
