//! Another tool's file, edited: its mode and its owner stay.

use std::fs;
use std::path::Path;

use super::DiskError;
use super::replace::{sweep, sync_folder, written};

/// Puts `bytes` in the place of a file that is there, with its mode and owner. The old bytes have no name afterwards,
/// whenever byok is killed; a link is for the caller to follow.
///
/// The caller holds a lock that keeps other byoks out.
pub fn edit(path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
    let about = fs::symlink_metadata(path).map_err(DiskError::io("look at", path))?;
    if !about.is_file() {
        return Err(DiskError::NotAFile {
            path: path.to_owned(),
            what: "a symbolic link, a folder, a pipe or a device",
        });
    }
    sweep(path);
    let temp = written(path, bytes, |read| read == bytes)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, chown};
        let fresh = fs::symlink_metadata(&temp).map_err(DiskError::io("look beside", path))?;
        let (owner, group) = (about.uid(), about.gid());
        if (fresh.uid(), fresh.gid()) != (owner, group) {
            chown(&temp, Some(owner), Some(group)).map_err(DiskError::io("keep the owner of", path))?;
        }
        fs::set_permissions(&temp, about.permissions()).map_err(DiskError::io("keep the mode of", path))?;
    }
    temp.persist(path).map_err(|failed| DiskError::io("replace", path)(failed.error))?;
    sync_folder(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn mode_and_owner_stay_and_nothing_lies_beside() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        for mode in [0o600, 0o644, 0o400, 0o660] {
            fs::remove_file(&path).ok();
            fs::write(&path, "old").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            edit(&path, b"new").unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"new");
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, mode);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        std::os::unix::fs::symlink("keys.json", folder.path().join("link")).unwrap();
        assert!(edit(&folder.path().join("link"), b"x").is_err());
    }
}
