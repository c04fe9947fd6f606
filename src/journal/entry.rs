//! One line of the log: what was done, to which keys, when, by whom. Never a value, and never a command line.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::name::{Label, ProfileName, ProviderId};

/// More keys than these are only counted: an `env` of a large profile is one line, not a book.
pub const NAMED: usize = 64;

/// Something that was done with keys.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Entry {
    /// When, in UTC.
    pub at: Timestamp,
    /// The verb: `add`, `rotate`, `env`.
    #[serde(rename = "do")]
    pub verb: String,
    /// The profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<ProfileName>,
    /// The generation of the profile that a change made; none for what only reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<u64>,
    /// The keys, the first [`NAMED`] of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<Subject>,
    /// How many more there were.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more: usize,
    /// Those who were let in or taken out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<Person>,
    /// By whom.
    #[serde(flatten)]
    pub actor: Actor,
}

/// One key in an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Whose.
    pub provider: ProviderId,
    /// Its label; empty for one without.
    #[serde(default, skip_serializing_if = "is_unlabelled")]
    pub label: Label,
    /// The fingerprint of its secret, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// What became of it: `added`, `replaced`, `rotated`, `edited`, `removed`, `wiped`…; none where it was only read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub what: Option<String>,
}

/// Somebody whom a change let in or took out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The age recipient.
    pub recipient: String,
    /// The name that the profile gives it, where it gives one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// `let in` or `taken out`.
    pub what: String,
}

/// Who did it, as far as the system tells.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The program that started byok: `zsh`, `python3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    /// The user's name, or the number of one without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The machine's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<String>,
    /// The AI agent in whose environment it was: `claude-code`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

fn is_unlabelled(label: &Label) -> bool {
    *label == Label::default()
}

impl Entry {
    /// The same entry with these keys: the first [`NAMED`], and the count of the rest.
    #[must_use]
    pub fn with(mut self, keys: impl IntoIterator<Item = Subject>) -> Self {
        let mut keys = keys.into_iter();
        self.keys.extend(keys.by_ref().take(NAMED));
        self.more = keys.count();
        self
    }
}
