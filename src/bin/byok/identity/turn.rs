//! That one identity is being put in the place of another: which, so that a byok that was killed meanwhile goes on.
//! Recipients only; the identities themselves lie where the identity lives, both of them, until all is done.

use std::path::{Path, PathBuf};

use byok::disk::{self, DiskError};

/// The largest note that is read, in bytes.
const LIMIT: u64 = 64 * 1024;

/// A rotation under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Turn {
    /// The recipients of the identity before.
    pub(crate) old: Vec<String>,
    /// The recipient of the new one.
    pub(crate) new: String,
    /// Where the old identity is kept.
    pub(crate) aside: String,
}

fn path(folder: &Path) -> PathBuf {
    folder.join("identity.rotating")
}

/// What is under way in this home, if anything is.
pub(crate) fn read(folder: &Path) -> Result<Option<Turn>, DiskError> {
    let bytes = disk::read_private(&path(folder), LIMIT)?;
    let text = bytes.as_deref().and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
    let all = |field: &str| -> Vec<String> {
        let said = text.lines().filter_map(|line| line.split_once(' ').filter(|(name, _)| *name == field));
        said.map(|(_, value)| value.to_owned()).collect()
    };
    let (new, aside) = (all("new").into_iter().next(), all("aside").into_iter().next());
    Ok(new.map(|new| Turn { old: all("old"), new, aside: aside.unwrap_or_default() }))
}

impl Turn {
    /// Notes that it is under way. The caller holds the identity's lock.
    pub(crate) fn begin(&self, folder: &Path) -> Result<(), DiskError> {
        let mut text = String::new();
        for old in &self.old {
            text.extend(["old ", old, "\n"]);
        }
        text.extend(["new ", &self.new, "\naside ", &self.aside.replace('\n', " "), "\n"]);
        disk::replace(&path(folder), text.as_bytes(), |read| read == text.as_bytes())
    }
}

/// Notes that it is done. The caller holds the identity's lock.
pub(crate) fn end(folder: &Path) -> Result<(), DiskError> {
    disk::remove(&path(folder)).map(drop)
}
