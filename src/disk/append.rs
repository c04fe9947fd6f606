//! Adding to a file that another program made and will read.

use std::fs::OpenOptions;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

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
