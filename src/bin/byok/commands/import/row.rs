//! One key or file of an import, and what came of it.

use byok::keys::Added;
use byok::name::ProviderId;
use byok::verdict::Tested;

/// One line of the report.
pub(super) struct Row {
    /// Whose it is, as far as that is known.
    pub(super) provider: String,
    /// The key as it is shown.
    pub(super) key: String,
    pub(super) mask: String,
    pub(super) from: Vec<String>,
    pub(super) outcome: Outcome,
    /// What its provider said of it, where it was asked.
    pub(super) tested: Option<Tested>,
}

pub(super) enum Outcome {
    Done(Added),
    /// The same secret is stored, under this name.
    Here(String),
    /// It is no key to take, for this reason.
    Left(String),
    /// It goes to a host that is no known provider's.
    OtherHost(String),
    /// It could be of any of these.
    OneOf(Vec<ProviderId>),
    /// Nothing tells whose it is.
    Unknown,
    /// Its provider turns it down.
    Refused,
    /// No key, but a file from which none could be taken, for this reason.
    File(String),
}

impl Row {
    /// A file from which nothing could be taken.
    pub(super) fn file(tool: &str, path: &str, why: String) -> Self {
        let (provider, key, mask) = (String::new(), String::new(), String::new());
        Self { provider, key, mask, from: vec![format!("{tool}: {path}")], outcome: Outcome::File(why), tested: None }
    }

    /// Whether somebody has to decide.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.outcome, Outcome::OtherHost(_) | Outcome::OneOf(_) | Outcome::Unknown)
    }
}
