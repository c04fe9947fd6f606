//! Another program's file, changed: its mode, its owner and its group stay.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use super::DiskError;
use super::private::{check_owner, check_plain};
use super::replace::{create, sweep, sync_folder, written};

/// Puts `bytes` in the place of another program's file, which keeps its mode and its group; one that is not there yet gets
/// mode 600. The old bytes have no name afterwards, whenever byok is killed.
///
/// Refuses a link, which is for the caller to follow, anything but a plain file, and another user's file. The caller holds
/// a lock that keeps other byoks out.
pub fn amend(path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
    let io = |doing| DiskError::io(doing, path);
    let about = match fs::symlink_metadata(path) {
        Ok(about) => about,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return create(path, bytes),
        Err(error) => return Err(io("look at")(error)),
    };
    check_plain(path, &about)?;
    check_owner(path, &about)?;
    sweep(path);
    let temp = written(path, bytes, |read| read == bytes)?;
    let file = File::open(&temp).map_err(io("write beside"))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, fchown};
        let fresh = file.metadata().map_err(io("look beside"))?;
        if fresh.gid() != about.gid() {
            fchown(&file, None, Some(about.gid())).map_err(io("keep the group of"))?;
        }
    }
    file.set_permissions(about.permissions()).and_then(|()| file.sync_all()).map_err(io("keep the mode of"))?;
    temp.persist(path).map_err(|failed| io("replace")(failed.error))?;
    sync_folder(path)
}

#[cfg(test)]
#[cfg(unix)]
#[expect(clippy::disallowed_methods, reason = "a file that another program has written")]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn mode_and_owner_stay_and_nothing_lies_beside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        for mode in [0o600, 0o644, 0o400, 0o660] {
            fs::remove_file(&path).ok();
            fs::write(&path, "old").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            amend(&path, b"new").unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"new");
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, mode);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        std::os::unix::fs::symlink("keys.json", folder.path().join("link")).unwrap();
        assert!(amend(&folder.path().join("link"), b"x").is_err());
        let fresh = folder.path().join("fresh");
        amend(&fresh, b"x").unwrap();
        assert_eq!(fs::metadata(&fresh).unwrap().permissions().mode() & 0o7777, 0o600);
    }
}
