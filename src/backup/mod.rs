//! A backup: the profiles, settings, own providers and agreements of one home, as one text.
//!
//! The text is TOML that a person can read after `age -d`: each document stands in it as in a file of its own. What is
//! remembered of a profile outside it needs no place here: it is a hash and a number of what the document holds.

mod difference;
mod form;

use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::name::ProfileName;
use crate::profile::{FormError, Profile};

pub use difference::{Compared, Difference, Standing, compare, merge};

/// The version of the form that this byok writes, and the newest that it reads.
pub const FORMAT: u32 = 1;

/// One home at one time.
#[derive(Debug)]
pub struct Backup {
    /// When it was made.
    pub made: Timestamp,
    /// The profiles, by name.
    pub profiles: Vec<Kept>,
    /// The text of `config.toml`.
    pub settings: Option<String>,
    /// The text of `providers.toml`.
    pub providers: Option<String>,
    /// The records of the project files that were agreed to: their names, and their texts.
    pub trust: Vec<(String, String)>,
    /// The text of the identity that opens the profiles, where that was asked for.
    pub identity: Option<Zeroizing<String>>,
}

/// One profile of a backup.
#[derive(Debug)]
pub struct Kept {
    /// Its name.
    pub name: ProfileName,
    /// The word for where it lay: `file` or `keychain`.
    pub store: String,
    /// The document.
    pub profile: Profile,
}

/// Why a text is no backup that this byok can read. Holds nothing of the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// The text is no TOML, or no backup of byok's.
    #[error("it opens, but holds no byok backup")]
    Foreign,
    /// A newer byok wrote it.
    #[error("it was written by a newer byok (format {found}; this one reads up to {FORMAT})")]
    Newer {
        /// The format's version in the text.
        found: i64,
    },
    /// A backup with a value that cannot be right.
    #[error("it is damaged at line {line}")]
    Damaged {
        /// 1-based.
        line: usize,
    },
    /// A document in it that is none.
    #[error("profile `{name}` in it cannot be read: {source}")]
    Profile {
        /// The profile.
        name: ProfileName,
        /// Why.
        #[source]
        source: FormError,
    },
    /// Two documents of one name.
    #[error("it is damaged: it holds profile `{name}` twice")]
    Twins {
        /// The profile.
        name: ProfileName,
    },
}

impl Backup {
    /// Reads the text of a backup.
    pub fn parse(text: &str) -> Result<Self, BackupError> {
        form::parse(text)
    }

    /// The text, readable by a person.
    pub fn to_text(&self) -> Zeroizing<String> {
        form::write(self)
    }
}
