//! Each kind of file, before each reader and maker.

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
