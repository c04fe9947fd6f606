//! That a recovery sheet was made: when, and for which identity. Nothing of the sheet itself is kept.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use byok::disk::{self, DiskError};
use jiff::Timestamp;

/// The largest note that is read, in bytes.
const LIMIT: u64 = 64 * 1024;

/// Where the note lies.
pub(crate) fn path(state: &Path) -> PathBuf {
    state.join("backup.toml")
}

/// Notes that a sheet of the identity with these recipients was made; what was noted of others stays.
pub(crate) fn note(state: &Path, recipients: &[String], now: Timestamp) -> Result<(), DiskError> {
    let mut text = String::new();
    for line in lines(state).into_iter().filter(|line| !recipients.iter().any(|one| line.starts_with(one.as_str()))) {
        text.extend([&line, "\n"]);
    }
    for one in recipients {
        let _ = writeln!(text, "{one} = \"{now}\"");
    }
    disk::make_folder(state)?;
    disk::note(&path(state), text.as_bytes())
}

/// Whether a sheet was made of an identity that has all of these recipients; without any, of whichever one.
pub(crate) fn is_noted(state: &Path, recipients: &[String]) -> bool {
    let noted = lines(state);
    !noted.is_empty() && recipients.iter().all(|one| noted.iter().any(|line| line.starts_with(one.as_str())))
}

fn lines(state: &Path) -> Vec<String> {
    let read = disk::read_private(&path(state), LIMIT).ok().flatten();
    let text = read.as_deref().and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
    text.lines().filter(|line| line.starts_with("age1")).map(str::to_owned).collect()
}
