//! The files in which other tools keep their keys: what lies in them, taking it out and putting keys in beside it, one
//! form a file; and which files a tool has, one line a tool in [`tool`].
//!
//! What is not a key for byok to touch stays as it is: other entries and their order, comments, and whoever signed in
//! with an account rather than a key. A value is taken as the text that it is; nothing in it is expanded or executed.
//!
//! Deliberately not here: opening files and writing them, and which of the keys are stored already.

mod aichat;
mod aider;
mod ccswitch;
mod claude;
mod cline;
mod codex;
mod continue_json;
mod continued;
mod crush;
mod dotenv;
mod exported;
mod flat;
mod goose;
mod huggingface;
mod json;
mod litellm;
mod llm;
mod opencode;
mod shell;
mod source;
mod tool;
mod whose;
mod yaml;

use std::ops::RangeInclusive;

use zeroize::Zeroizing;

use crate::name::ProviderId;
use crate::provider::{Registry, placeholder};
use crate::secret::{Secret, SecretError};

pub use tool::{Around, File, Tool, Wins};
pub(crate) use whose::of_variable;
pub use whose::{Whose, whose};

/// How a kind of file holds keys.
pub trait Form: Sync {
    /// The keys that a file holds, in its order. No bytes are a file that is not there.
    fn read(&self, registry: &Registry, bytes: &[u8]) -> Result<Vec<Entry>, Broken>;

    /// The file without the entries of these names, all else byte for byte as it was.
    fn without(&self, bytes: &[u8], names: &[&str]) -> Result<Zeroizing<Vec<u8>>, Broken>;

    /// What is added to a file's name where its newest changes lie beside it while its tool is at work.
    fn beside(&self) -> &'static [&'static str] {
        &[]
    }
}

/// A form that byok also puts keys in.
pub trait Target: Form {
    /// What the tool calls the entry of a provider's key; none if it has no place for one.
    fn entry(&self, provider: &ProviderId) -> Option<String>;

    /// The file with these keys in their entries, and all else as it was.
    fn write(&self, text: &str, keys: &[(String, &Secret)]) -> Result<Zeroizing<String>, Broken>;
}

/// Something in a file that is a key, or stands where one would.
#[derive(Debug, Clone)]
pub struct Entry {
    /// What the tool calls it, once in a file: `openai`, `clients[2].api_key`.
    pub name: String,
    /// The line that it starts on, from 1; none in files without lines.
    pub line: Option<usize>,
    /// What is there.
    pub holds: Holding,
    /// Whose it is by its name; `None` where the name says nothing.
    pub provider: Option<ProviderId>,
    /// Where the tool sends it, if the file says so.
    pub address: Option<String>,
    /// What tells it from another key of the same provider in the file, in the person's own words.
    pub label: Option<String>,
}

impl Entry {
    /// An entry of a JSON file.
    fn at(name: String, node: source::Node<'_>, holds: Holding, provider: Option<ProviderId>) -> Self {
        Self { name, line: Some(node.line()), holds, provider, address: None, label: None }
    }
}

/// What an entry holds.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Holding {
    /// A key.
    Key(Secret),
    /// The sign-in of an account, which is not byok's to take or to replace.
    Account,
    /// Where the tool is to find the key, in the file's own words: `{env:OPENAI_API_KEY}`, `$(pass openai)`.
    Reference(String),
    /// What only holds a key's place; shown, because it is no secret.
    Placeholder(String),
    /// Text that no secret can be.
    Unfit(SecretError),
    /// Something that the tool itself could not read.
    Unreadable,
}

impl Holding {
    /// What a value is; none if there is nothing in it. `is_reference` knows the file's own way to point elsewhere.
    pub(crate) fn of(value: Zeroizing<String>, is_reference: impl Fn(&str) -> bool) -> Option<Self> {
        let trimmed = value.trim();
        if trimmed.is_empty() {
            return None;
        }
        if is_reference(trimmed) {
            return Some(Self::Reference(trimmed.to_owned()));
        }
        if placeholder(trimmed) {
            return Some(Self::Placeholder(trimmed.to_owned()));
        }
        Some(Secret::new(value).map_or_else(Self::Unfit, Self::Key))
    }

    /// The key, if it is one.
    pub fn key(&self) -> Option<&Secret> {
        if let Self::Key(secret) = self { Some(secret) } else { None }
    }
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
    /// It is of a version that byok does not know.
    #[error("it is of version {version}, which this byok does not know")]
    Newer {
        /// What the file says that it is, shortened.
        version: String,
    },
    /// Bytes that are not what the tool keeps: no text, no database.
    #[error("it is not {what}")]
    Kind {
        /// What it should be, with its article.
        what: &'static str,
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

/// The text of a file without its byte-order mark.
pub(crate) fn text(bytes: &[u8]) -> Result<&str, Broken> {
    let text = std::str::from_utf8(bytes).map_err(|_| Broken::Kind { what: "UTF-8 text" })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// The file without these lines, from 1, but with as many bytes of the last of them as are a comment; they come in order.
pub(crate) fn without_lines(bytes: &[u8], going: &[(RangeInclusive<usize>, usize)]) -> Zeroizing<Vec<u8>> {
    let mut left = Zeroizing::new(Vec::with_capacity(bytes.len()));
    let mut going = going.iter().peekable();
    for (at, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        while going.next_if(|(lines, _)| *lines.end() < at + 1).is_some() {}
        let Some((lines, comment)) = going.peek().filter(|(lines, _)| lines.contains(&(at + 1))) else {
            left.extend_from_slice(line);
            continue;
        };
        if at == 0 && bytes.starts_with("\u{feff}".as_bytes()) {
            left.extend_from_slice("\u{feff}".as_bytes());
        }
        if *lines.end() == at + 1 && *comment > 0 {
            let end = line.strip_suffix(b"\n").map_or(line, |line| line.strip_suffix(b"\r").unwrap_or(line)).len();
            left.extend_from_slice(&line[end.saturating_sub(*comment)..]);
        }
    }
    left
}

/// The form of the file that byok puts that tool's keys in.
pub fn target(tool: &str) -> Option<&'static dyn Target> {
    Some(match tool {
        "llm" => &llm::Llm,
        "opencode" => &opencode::Opencode,
        "codex" => &codex::Codex,
        "gemini-cli" => &dotenv::Dotenv { consumer: "gemini-cli" },
        "aider" => &dotenv::Dotenv { consumer: "aider" },
        _ => return None,
    })
}

/// Every name that [`target`] knows, for help and errors.
pub const fn targets() -> [&'static str; 5] {
    ["llm", "opencode", "codex", "gemini-cli", "aider"]
}

/// Every tool that keys are taken in from, for help and errors.
pub fn sources() -> Vec<&'static str> {
    let mut all: Vec<&str> = Tool::all().chain(Tool::sources()).map(|tool| tool.name).collect();
    all.sort_unstable();
    all
}

#[cfg(test)]
mod source_tests;
#[cfg(test)]
mod tests;
