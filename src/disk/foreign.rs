//! Another program's file, changed: its mode, its owner and its group stay.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use super::DiskError;
use super::private::{check_owner, check_plain};
use super::replace::{create, sweep, sync_folder, written};

/// Puts `bytes` in the place of another program's file, which keeps its mode, its group, and its access list and other
/// attributes; one that is not there yet gets mode 600. The old bytes have no name afterwards, whenever byok is killed.
///
/// Refuses a link, which is for the caller to follow, anything but a plain file, another user's file, and one that does not
/// hold `old` any more. The caller holds a lock that keeps other byoks out.
pub fn amend(path: &Path, old: Option<&[u8]>, bytes: &[u8]) -> Result<(), DiskError> {
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
    file.set_permissions(about.permissions()).map_err(io("keep the mode of"))?;
    #[cfg(target_os = "linux")]
    keep_attributes(path, &file).map_err(|error| io("keep the attributes of")(error.into()))?;
    file.sync_all().map_err(io("write beside"))?;
    // Other programs know nothing of our lock: as little as can be comes between this look and the new name.
    if let Some(old) = old
        && *super::read_plain(path, u64::MAX - 1)?.unwrap_or_default() != *old
    {
        return Err(DiskError::Changed { path: path.to_owned() });
    }
    temp.persist(path).map_err(|failed| io("replace")(failed.error))?;
    sync_folder(path)
}

/// Gives a file the attributes of another: its access list, and what programs keep there. Those that only the system may
/// set, it sets itself.
#[cfg(target_os = "linux")]
fn keep_attributes(from: &Path, to: &File) -> rustix::io::Result<()> {
    use rustix::fs::{XattrFlags, fsetxattr, getxattr, listxattr};
    use rustix::io::Errno;
    /// The longest value that Linux keeps, in bytes.
    const LONGEST: usize = 64 * 1024;
    let mut names = vec![0; LONGEST];
    let length = match listxattr(from, names.as_mut_slice()) {
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => return Ok(()),
        length => length?,
    };
    for name in names[..length].split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
        let is_ours = name.starts_with(b"user.") || name == b"system.posix_acl_access";
        if !is_ours {
            continue;
        }
        let mut value = vec![0; LONGEST];
        let length = getxattr(from, name, value.as_mut_slice())?;
        fsetxattr(to, name, &value[..length], XattrFlags::empty())?;
    }
    Ok(())
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
            assert!(matches!(amend(&path, Some(b"else"), b"new"), Err(DiskError::Changed { .. })));
            amend(&path, Some(b"old"), b"new").unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"new");
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, mode);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        std::os::unix::fs::symlink("keys.json", folder.path().join("link")).unwrap();
        assert!(amend(&folder.path().join("link"), None, b"x").is_err());
        let fresh = folder.path().join("fresh");
        amend(&fresh, None, b"x").unwrap();
        assert_eq!(fs::metadata(&fresh).unwrap().permissions().mode() & 0o7777, 0o600);
    }
    /// What stands beside a file's bytes: its access list, and what programs note there.
    #[test]
    #[cfg(target_os = "linux")]
    #[expect(clippy::print_stderr, reason = "what was not tried is told")]
    fn attributes_and_group_stay() {
        use rustix::fs::{XattrFlags, getxattr, setxattr};
        use std::os::unix::fs::{MetadataExt, chown};

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        fs::write(&path, "old").unwrap();
        if setxattr(&path, "user.byok.note", b"kept", XattrFlags::empty()).is_err() {
            eprintln!("not possible here: attributes of files");
            return;
        }
        // Readable to user 12, by the list that `setfacl -m u:12:r` makes: version 2, then tag, rights and number of each.
        let entry = |tag: u16, rights: u16, who: u32| {
            [&tag.to_le_bytes()[..], &rights.to_le_bytes(), &who.to_le_bytes()].concat()
        };
        let everybody = u32::MAX;
        let entries = [(1, 6, everybody), (2, 4, 12), (4, 4, everybody), (16, 4, everybody), (32, 0, everybody)];
        let mut list = 2_u32.to_le_bytes().to_vec();
        list.extend(entries.iter().flat_map(|(tag, rights, who)| entry(*tag, *rights, *who)));
        let has_list = setxattr(&path, "system.posix_acl_access", &list, XattrFlags::empty()).is_ok();
        // Only root may give a file to a group of which it is no member.
        let group = if rustix::process::geteuid().is_root() { 4_711 } else { rustix::process::getegid().as_raw() };
        chown(&path, None, Some(group)).unwrap();
        amend(&path, Some(b"old"), b"new").unwrap();
        let attribute = |name: &str| {
            let mut value = vec![0; 256];
            let length = getxattr(&path, name, value.as_mut_slice()).unwrap();
            value[..length].to_vec()
        };
        assert_eq!(attribute("user.byok.note"), b"kept");
        assert!(!has_list || attribute("system.posix_acl_access") == list);
        assert_eq!(fs::metadata(&path).unwrap().gid(), group);
    }

    #[test]
    fn what_cannot_be_looked_at_is_not_taken_for_absent() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "a file").unwrap();
        let error = amend(&file.join("below"), None, b"x").unwrap_err();
        assert!(error.to_string().starts_with("cannot look at "), "{error}");
    }
}
