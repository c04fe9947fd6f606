//! The files in which other tools keep their keys: reading what is there, and putting keys in beside it, one form a file.
//!
//! What is not a key for byok to touch stays as it is: other entries and their order, comments, and whoever signed in
//! with an account rather than a key.
//!
//! Deliberately not here: where the files lie, and writing them.

mod codex;
mod dotenv;
mod json;
mod llm;
mod opencode;

use zeroize::Zeroizing;

use crate::name::ProviderId;
use crate::secret::Secret;

/// How one tool keeps its keys.
pub trait Form: Sync {
    /// The keys that a file holds, in its order. An empty text is a file that is not there.
    fn read(&self, text: &str) -> Result<Vec<Entry>, Broken>;

    /// What the tool calls the entry of a provider's key; none if it has no place for one.
    fn entry(&self, provider: &ProviderId) -> Option<String>;

    /// The file with these keys in their entries, and all else as it was.
    fn write(&self, text: &str, keys: &[(String, &Secret)]) -> Result<Zeroizing<String>, Broken>;
}

/// A key in a file.
#[derive(Debug, Clone)]
pub struct Entry {
    /// What the tool calls it.
    pub name: String,
    /// Whose it is, where the name says so.
    pub provider: Option<ProviderId>,
    /// What is there.
    pub holds: Holding,
}

/// What an entry holds.
#[derive(Debug, Clone)]
pub enum Holding {
    /// A key.
    Key(Secret),
    /// The sign-in of an account, which is not byok's to take or to replace.
    Account,
}

/// A file that is not what its tool writes. Holds nothing of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Broken {
    /// It cannot be read at all.
    #[error("line {line}, column {column}: not the form that its tool writes")]
    Form {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// Something else stands where the entry belongs.
    #[error("`{entry}` is not what its tool writes there")]
    Entry {
        /// Which.
        entry: String,
    },
    /// A value that the file cannot carry unchanged.
    #[error("`{}` {}", .0.name, .0.reason)]
    Value(crate::export::Refused),
}

/// The form of that tool's file.
pub fn form(tool: &str) -> Option<&'static dyn Form> {
    Some(match tool {
        "llm" => &llm::Llm,
        "opencode" => &opencode::Opencode,
        "codex" => &codex::Codex,
        "gemini-cli" => &dotenv::Dotenv { consumer: "gemini-cli" },
        "aider" => &dotenv::Dotenv { consumer: "aider" },
        _ => return None,
    })
}

/// Every name that [`form`] knows, for help and errors.
pub const fn names() -> [&'static str; 5] {
    ["llm", "opencode", "codex", "gemini-cli", "aider"]
}

#[cfg(test)]
mod tests;
