//! Adding to the end of a file: one that another program made and will read, or a log of our own.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use zeroize::Zeroizing;

use super::DiskError;

/// Adds `bytes` at the end of a plain file that is there, on a line of their own. On an error it is as long as it was.
pub fn append(path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
    let io = |doing| DiskError::io(doing, path);
    let mut options = OpenOptions::new();
    options.read(true).append(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed());
    }
    let mut file = options.open(path).map_err(io("open"))?;
    let about = file.metadata().map_err(io("look at"))?;
    if !about.is_file() {
        return Err(DiskError::NotAFile { path: path.to_owned(), what: "a pipe, socket or device" });
    }
    let mut last = [b'\n'];
    if about.len() > 0 {
        file.seek(SeekFrom::End(-1)).and_then(|_| file.read_exact(&mut last)).map_err(io("read"))?;
    }
    let start: &[u8] = if last == [b'\n'] { b"" } else { b"\n" };
    file.write_all(start).and_then(|()| file.write_all(bytes)).map_err(|error| {
        let _ = file.set_len(about.len());
        io("write")(error)
    })
}

/// Adds a line to a file of ours in one write, and makes the file if there is none: two system calls.
///
/// The file is left open until the process ends: closing it would be a third.
pub fn add_line(path: &Path, line: &[u8]) -> Result<(), DiskError> {
    let mut file = log(path, false)?;
    let written = file.write(line);
    std::mem::forget(file);
    match written {
        Ok(count) if count == line.len() => Ok(()),
        Ok(_) => Err(DiskError::io("write", path)(std::io::ErrorKind::StorageFull.into())),
        Err(error) => Err(DiskError::io("write", path)(error)),
    }
}

/// Adds whole lines to a file of ours, and makes it if there is none. What a crash left of a line goes first; on an error
/// the file is as long as it was.
pub fn append_lines(path: &Path, lines: &[u8]) -> Result<(), DiskError> {
    let io = |doing| DiskError::io(doing, path);
    let mut file = log(path, true)?;
    let about = file.metadata().map_err(io("look at"))?;
    if !about.is_file() {
        return Err(DiskError::NotAFile { path: path.to_owned(), what: "a pipe, socket or device" });
    }
    let mut size = about.len();
    let mut last = [b'\n'];
    while size > 0 {
        file.seek(SeekFrom::Start(size - 1)).and_then(|_| file.read_exact(&mut last)).map_err(io("read"))?;
        if last == [b'\n'] {
            break;
        }
        size -= 1;
    }
    if size < about.len() {
        file.set_len(size).map_err(io("write"))?;
    }
    file.write_all(lines).map_err(|error| {
        let _ = file.set_len(size);
        io("write")(error)
    })
}

/// The end of a file of ours, and its size in bytes; nothing if there is none.
pub fn tail(path: &Path, length: u64) -> Result<(Zeroizing<Vec<u8>>, u64), DiskError> {
    let io = |doing| DiskError::io(doing, path);
    let mut bytes = Zeroizing::new(Vec::new());
    let Some((mut file, about)) = super::private::open_private(path)? else { return Ok((bytes, 0)) };
    let size = about.len();
    file.seek(SeekFrom::Start(size.saturating_sub(length))).map_err(io("read"))?;
    file.take(length).read_to_end(&mut bytes).map_err(io("read"))?;
    Ok((bytes, size))
}

/// Opens a log of ours to add to it, mode 600. Never waits for a pipe's other end.
fn log(path: &Path, read: bool) -> Result<File, DiskError> {
    let mut options = OpenOptions::new();
    options.read(read).append(true).create(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600).custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed());
    }
    options.open(path).map_err(DiskError::io("open", path))
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the files of another program, as it writes them")]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_is_added_to_a_foreign_file_stands_on_a_line_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for (old, new) in [("", "x=1\n"), ("a", "a\nx=1\n"), ("a\n", "a\nx=1\n"), ("a\n\n", "a\n\nx=1\n")] {
            fs::write(&path, old).unwrap();
            append(&path, b"x=1\n").unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), new, "{old:?}");
        }
        // It is not made, and a folder is none.
        assert!(append(&folder.path().join("other"), b"x").is_err() && !folder.path().join("other").exists());
        assert!(append(folder.path(), b"x").is_err());
    }

    #[test]
    fn what_a_crash_left_of_a_line_goes_before_the_next_ones() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        append_lines(&path, b"one\n").unwrap();
        for (left, whole) in [("", ""), ("hal", ""), ("one\nhal", "one\n"), ("one\n", "one\n"), ("one\n\n", "one\n\n")]
        {
            fs::write(&path, left).unwrap();
            append_lines(&path, b"two\nthree\n").unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), format!("{whole}two\nthree\n"), "{left:?}");
            let end = tail(&path, 6).unwrap();
            assert_eq!((&**end.0, end.1), (&b"three\n"[..], whole.len() as u64 + 10));
        }
        assert!(append_lines(folder.path(), b"x\n").is_err());
        assert_eq!(tail(&folder.path().join("none"), 6).unwrap(), (Zeroizing::new(Vec::new()), 0));
    }
    #[test]
    #[cfg(target_os = "linux")]
    fn a_line_of_which_only_a_part_was_taken_is_an_error() {
        use std::os::unix::fs::OpenOptionsExt;

        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        let nonblock = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
        let _reader = OpenOptions::new().read(true).custom_flags(nonblock).open(&pipe).unwrap();
        add_line(&pipe, b"a line\n").unwrap();
        // More than a pipe holds.
        assert!(add_line(&pipe, &vec![b'x'; 1 << 20]).is_err());
    }
    #[test]
    #[cfg(unix)]
    fn links_are_not_followed_and_a_pipe_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("file"), "a\n").unwrap();
        std::os::unix::fs::symlink("file", at("link")).unwrap();
        rustix::fs::mknodat(rustix::fs::CWD, at("pipe"), rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        for write in [append, append_lines, add_line] {
            assert!(write(&at("link"), b"b\n").is_err());
            assert!(write(&at("pipe"), b"b\n").is_err());
        }
        assert_eq!(fs::read(at("file")).unwrap(), b"a\n");
    }
}
