//! What byok has changed in a tool's files, so that it can be undone. Holds no key.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{Broken, Cut, Edit, Entry};
use crate::hex::hex;

/// The version of the form that this byok writes.
const VERSION: u32 = 1;

/// All that was changed for one tool.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Record {
    version: u32,
    /// The changes, in the order in which they were made.
    pub made: Vec<Made>,
}

/// One entry in one file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Made {
    /// The file, with every link resolved.
    pub file: String,
    /// Whether it was not there before.
    pub fresh: bool,
    /// The entry.
    pub entry: Entry,
    /// What stood in its place, as the file had it, unless it was a key or nothing.
    pub before: Option<String>,
    /// Whether a key stood there, which is not kept.
    pub key: bool,
    /// The SHA-256 of the file after the change, in hex.
    sha256: String,
    /// What leads back to the text before it, byte for byte; none where a key stood there.
    back: Option<Vec<Back>>,
}

/// One place, in the changed text.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
struct Back {
    at: usize,
    now: String,
    before: String,
}

/// A record that is none for this byok.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotOurs {
    /// It was written by a newer one.
    #[error("it was written by a newer byok")]
    Newer,
    /// It is damaged.
    #[error("it is damaged")]
    Damaged,
}

/// How a change was undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undone {
    /// The text is what it was, byte for byte.
    Back(Edit),
    /// Others have changed the text since, or a key stood there: only the entry is taken out.
    Entry(Edit),
    /// The entry is not there any more as it was written.
    Gone,
}

impl Default for Record {
    fn default() -> Self {
        Self { version: VERSION, made: Vec::new() }
    }
}

impl Record {
    /// Reads a record.
    pub fn parse(bytes: &[u8]) -> Result<Self, NotOurs> {
        #[derive(Deserialize)]
        struct Head {
            version: u32,
        }
        let head: Head = serde_json::from_slice(bytes).map_err(|_| NotOurs::Damaged)?;
        if head.version > VERSION {
            return Err(NotOurs::Newer);
        }
        serde_json::from_slice(bytes).map_err(|_| NotOurs::Damaged)
    }

    /// The record as text.
    pub fn to_text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// The change of this entry's place in a file.
    pub fn find(&self, file: &str, entry: &Entry) -> Option<&Made> {
        self.made.iter().find(|made| made.is_place(file, entry))
    }

    /// Takes note of a change, in the place of an earlier one of the same entry.
    pub fn add(&mut self, new: Made) {
        self.made.retain(|made| !made.is_place(&new.file, &new.entry));
        self.made.push(new);
    }
}

impl Made {
    /// What an edit of `old` changes in a file, which may be a fresh one. `before` is what stood in the entry's place, and
    /// whether that was a key.
    pub fn new(place: (String, bool), entry: Entry, old: &str, edit: &Edit, before: (Option<&str>, bool)) -> Self {
        let ((file, fresh), (before, key)) = (place, before);
        let back = (!key).then(|| back(edit));
        let before = before.filter(|_| !key).map(str::to_owned);
        Self { file, fresh, entry, before, key, sha256: digest(&edit.apply(old)), back }
    }

    /// The change that another entry in the same place makes of this one: what stood there before the first is what is
    /// put back.
    #[must_use]
    pub fn again(&self, entry: Entry, text: &str, edit: &Edit) -> Self {
        let place = (self.file.clone(), self.fresh);
        if let Ok(Undone::Back(first)) = self.undo(text) {
            let base = first.apply(text);
            if let Some(whole) = entry.set(&base).ok().filter(|whole| whole.apply(&base) == edit.apply(text)) {
                return Self::new(place, entry, &base, &whole, (self.before.as_deref(), self.key));
            }
        }
        Self { entry, back: None, ..self.clone() }
    }

    /// How the change is undone in the file as it is now.
    pub fn undo(&self, text: &str) -> Result<Undone, Broken> {
        if let Some(back) = &self.back
            && digest(text) == self.sha256
            && back.iter().all(|one| text.get(one.at..).is_some_and(|rest| rest.starts_with(&one.now)))
        {
            let cut = |one: &Back| Cut {
                at: one.at,
                old: Zeroizing::new(one.now.clone()),
                new: one.before.clone(),
                shown: (one.now != ",").then(|| (bare(&one.now), bare(&one.before))),
            };
            return Ok(Undone::Back(Edit(back.iter().map(cut).collect())));
        }
        Ok(self.entry.unset(text, self.before.as_deref())?.map_or(Undone::Gone, Undone::Entry))
    }

    fn is_place(&self, file: &str, entry: &Entry) -> bool {
        let same = match (&self.entry, entry) {
            (Entry::Json { path: a, .. }, Entry::Json { path: b, .. }) => a == b,
            (Entry::Toml { key: a, .. }, Entry::Toml { key: b, .. })
            | (Entry::Block { mark: a, .. }, Entry::Block { mark: b, .. }) => a == b,
            _ => false,
        };
        same && self.file == file
    }
}

/// The cuts that lead back, counted in the changed text.
fn back(edit: &Edit) -> Vec<Back> {
    let mut moved = 0isize;
    let mut all = Vec::new();
    for cut in &edit.0 {
        let at = cut.at.saturating_add_signed(moved);
        all.push(Back { at, now: cut.new.clone(), before: (*cut.old).clone() });
        moved += cut.new.len().cast_signed() - cut.old.len().cast_signed();
    }
    all
}

/// A text without the line breaks around it.
fn bare(text: &str) -> String {
    text.trim_matches(['\n', '\r']).to_owned()
}

fn digest(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}
