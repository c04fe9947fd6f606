//! Which project files a person has agreed to: by path and content, kept outside the projects.
//!
//! One small file for each path, named by the path's hash, so that many who agree at one time lose nothing. Whatever
//! changes, a byte of the file or the folder that it lies in, is not what was agreed to.

mod find;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::disk::{self, DiskError};
use crate::hex::hex;

pub use find::{Found, Refusal, find, open};

/// The largest record that is read: a project's file, escaped, and what stands around it.
const LIMIT: u64 = 8 * crate::project::LIMIT;

/// The file that changes when somebody agrees to something, for those who watch.
const CHANGED: &str = "changed";

/// What a person agreed to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Record {
    /// The file, with every link resolved.
    pub path: String,
    /// The SHA-256 of its content, in hex.
    pub sha256: String,
    /// When.
    pub since: Timestamp,
    /// The content, to show later what is new.
    pub text: String,
}

/// The records, in a private folder.
#[derive(Debug, Clone)]
pub struct Trust {
    folder: PathBuf,
}

impl Trust {
    /// The records in this folder, which need not be there yet.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Whether a person has agreed to just this content at just this path.
    pub fn holds(&self, found: &Found) -> Result<bool, DiskError> {
        Ok(self.record(&found.path)?.is_some_and(|record| record.sha256 == found.sha256()))
    }

    /// What was agreed to at this path. A record that cannot be read as one is none.
    pub fn record(&self, path: &Path) -> Result<Option<Record>, DiskError> {
        let Some(bytes) = disk::read_private(&self.place(path), LIMIT)? else { return Ok(None) };
        let record = std::str::from_utf8(&bytes).ok().and_then(|text| toml::from_str(text).ok());
        Ok(record.filter(|record: &Record| record.path == path.to_string_lossy()))
    }

    /// Agrees to a file as it is.
    pub fn give(&self, found: &Found, now: Timestamp) -> Result<(), DiskError> {
        disk::make_folder(&self.folder)?;
        let record = Record {
            path: found.path.to_string_lossy().into_owned(),
            sha256: found.sha256(),
            since: now,
            text: String::from_utf8_lossy(&found.bytes).into_owned(),
        };
        let text = toml::to_string(&record).unwrap_or_default();
        let place = self.place(&found.path);
        disk::overwrite(&place, text.as_bytes())?;
        // If it is taken back, that is news again.
        let _ = disk::remove(&place.with_extension("told"));
        self.change()
    }

    /// Takes the agreement back; answers whether there was one.
    pub fn take(&self, path: &Path) -> Result<bool, DiskError> {
        if !disk::check_folder(&self.folder)? || !disk::remove(&self.place(path))? {
            return Ok(false);
        }
        self.change()?;
        Ok(true)
    }

    /// Everything that was agreed to, by path.
    pub fn all(&self) -> Result<Vec<Record>, DiskError> {
        let mut records = Vec::new();
        for name in disk::names_in(&self.folder)?.iter().filter(|name| name.len() == 64) {
            let Some(bytes) = disk::read_private(&self.folder.join(name), LIMIT)? else { continue };
            records.extend(std::str::from_utf8(&bytes).ok().and_then(|text| toml::from_str::<Record>(text).ok()));
        }
        records.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(records)
    }

    /// Every record as it lies there: its name and its text.
    pub fn texts(&self) -> Result<Vec<(String, String)>, DiskError> {
        let mut texts = Vec::new();
        for name in disk::names_in(&self.folder)?.into_iter().filter(|name| name.len() == 64) {
            let Some(bytes) = disk::read_private(&self.folder.join(&name), LIMIT)? else { continue };
            let text = std::str::from_utf8(&bytes).ok().map(str::to_owned);
            texts.extend(text.map(|text| (name, text)));
        }
        Ok(texts)
    }

    /// Whether nothing was agreed to at the path of this record, which lay under `name` elsewhere. One that cannot be
    /// read, or whose name is not that of its path, is not missed.
    pub fn lacks(&self, name: &str, text: &str) -> Result<bool, DiskError> {
        let Ok(record) = toml::from_str::<Record>(text) else { return Ok(false) };
        let place = self.place(Path::new(&record.path));
        Ok(place.file_name().is_some_and(|own| own == name) && disk::read_private(&place, LIMIT)?.is_none())
    }

    /// Puts a record back, unless something was agreed to at its path meanwhile; see [`Trust::lacks`].
    pub fn put_back(&self, name: &str, text: &str) -> Result<(), DiskError> {
        if !self.lacks(name, text)? {
            return Ok(());
        }
        disk::make_folder(&self.folder)?;
        disk::overwrite(&self.folder.join(name), text.as_bytes())?;
        self.change()
    }

    /// Whether `what` has not been said of this path yet. It counts as said from now on.
    pub fn is_news(&self, path: &Path, what: &str) -> bool {
        let note = self.place(path).with_extension("told");
        let said = disk::read_private(&note, LIMIT).ok().flatten();
        if said.is_some_and(|said| *said == what.as_bytes()) {
            return false;
        }
        // Where it cannot be noted, it is said again.
        let _ = disk::make_folder(&self.folder).and_then(|()| disk::note(&note, what.as_bytes()));
        true
    }

    /// The file that is another one after each change here.
    pub fn watched(&self) -> PathBuf {
        self.folder.join(CHANGED)
    }

    /// Lets those who watch know that it is worth asking again; where nobody ever agreed to anything, nobody watches.
    pub fn change(&self) -> Result<(), DiskError> {
        if !disk::check_folder(&self.folder)? {
            return Ok(());
        }
        let mut random = [0; 16];
        // Without randomness the time of the change still tells.
        let _ = getrandom::fill(&mut random);
        disk::overwrite(&self.watched(), hex(&random).as_bytes())
    }

    fn place(&self, path: &Path) -> PathBuf {
        self.folder.join(hex(&Sha256::digest(path.as_os_str().as_encoded_bytes())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Found {
        Found { path: path.into(), bytes: zeroize::Zeroizing::new(text.as_bytes().to_vec()) }
    }

    #[test]
    fn just_this_content_at_just_this_path_is_agreed_to() {
        let folder = tempfile::tempdir().unwrap();
        let trust = Trust::new(folder.path().join("trust"));
        let (one, changed, elsewhere) =
            (found("/b/.byok.toml", "a"), found("/b/.byok.toml", "b"), found("/a/.byok.toml", "a"));
        assert!(!trust.take(&one.path).unwrap());
        assert!(!trust.watched().exists(), "nobody agreed to anything");
        trust.give(&one, Timestamp::UNIX_EPOCH).unwrap();
        assert!(trust.holds(&one).unwrap());
        assert!(!trust.holds(&changed).unwrap() && !trust.holds(&elsewhere).unwrap());
        let record = trust.record(&one.path).unwrap().unwrap();
        let sha256 = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";
        assert_eq!((record.sha256.as_str(), record.text.as_str()), (sha256, "a"));
        assert_eq!(trust.record(&elsewhere.path).unwrap(), None);
        trust.give(&elsewhere, Timestamp::UNIX_EPOCH).unwrap();
        let all: Vec<String> = trust.all().unwrap().into_iter().map(|record| record.path).collect();
        assert_eq!(all, ["/a/.byok.toml", "/b/.byok.toml"]);
        let watched = |trust: &Trust| disk::read_private(&trust.watched(), 64).unwrap().unwrap();
        let before = watched(&trust);
        assert!(trust.take(&one.path).unwrap());
        assert!(!trust.take(&one.path).unwrap() && !trust.holds(&one).unwrap());
        assert_ne!(watched(&trust), before);
        // A record under another path's name is none.
        disk::rename(&trust.place(&elsewhere.path), &trust.place(&one.path)).unwrap();
        assert_eq!(trust.record(&one.path).unwrap(), None);
    }

    #[test]
    fn a_record_goes_into_a_backup_and_back_where_it_is_missing() {
        let folder = tempfile::tempdir().unwrap();
        let [old, new] = ["old", "new"].map(|name| Trust::new(folder.path().join(name)));
        assert_eq!(old.texts().unwrap(), []);
        let one = found("/a/.byok.toml", "a");
        old.give(&one, Timestamp::UNIX_EPOCH).unwrap();
        let texts = old.texts().unwrap();
        let [(name, text)] = texts.as_slice() else { panic!("{texts:?}") };
        assert!(!old.lacks(name, text).unwrap() && new.lacks(name, text).unwrap());
        // Under another name, or no record at all, it is not missed.
        let other = "0".repeat(64);
        assert!(!new.lacks(&other, text).unwrap() && !new.lacks(name, "no record").unwrap());
        new.put_back(&other, text).unwrap();
        assert!(!new.holds(&one).unwrap());
        new.put_back(name, text).unwrap();
        assert!(new.holds(&one).unwrap());
        let changed = found("/a/.byok.toml", "b");
        new.give(&changed, Timestamp::UNIX_EPOCH).unwrap();
        new.put_back(name, text).unwrap();
        assert!(new.holds(&changed).unwrap(), "what somebody agreed to meanwhile stays");
    }

    #[test]
    fn news_is_told_once_and_again_after_it_was_agreed_to() {
        let folder = tempfile::tempdir().unwrap();
        let trust = Trust::new(folder.path().join("trust"));
        let one = found("/a/.byok.toml", "a");
        assert!(trust.is_news(&one.path, "new") && !trust.is_news(&one.path, "new"));
        assert!(trust.is_news(&one.path, "changed"));
        assert!(trust.is_news(Path::new("/b/.byok.toml"), "changed"));
        trust.give(&one, Timestamp::UNIX_EPOCH).unwrap();
        assert!(trust.is_news(&one.path, "changed"));
        assert_eq!(trust.all().unwrap().len(), 1, "a note is no record");
    }
}
