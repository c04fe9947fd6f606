//! Keys on their way in: foreign formats, one a file (bytes in, names and values out), what people paste around a key,
//! and which keys lie in a set of variables.
//!
//! A value is taken as the text that it is; nothing in it is ever expanded or executed. No error and no `Debug` shows
//! a part of the text, which may be a key however malformed the file is.
//!
//! Deliberately not here: opening files, and storing what was found.

use std::fmt;

use zeroize::Zeroizing;

pub mod dotenv;
pub mod paste;
pub mod plan;

/// The largest file that is read, in bytes.
pub const LIMIT: usize = 16 * 1024 * 1024;

/// What a file holds.
#[derive(Debug, Default)]
pub struct Reading {
    /// The variables in the order of their first line, each with its last value.
    pub found: Vec<Found>,
    /// The lines, from 1, that are neither an assignment nor a comment nor blank.
    pub ignored: Vec<usize>,
}

/// One variable of a file.
pub struct Found {
    /// Its name: letters, digits and `_`, not necessarily one that byok would export.
    pub name: String,
    /// Its value, which may be empty.
    pub value: Zeroizing<String>,
    /// The line that it starts on, from 1.
    pub line: usize,
    /// The line that it ends on, from 1.
    pub end: usize,
    /// How many bytes at the end of that line, its break aside, are a comment behind the value.
    pub comment: usize,
    /// Why other readers of such files may see another value.
    pub doubtful: Option<Doubt>,
    /// Whether an earlier line gave the name another value.
    pub repeated: bool,
}

impl fmt::Debug for Found {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, line, doubtful, repeated, .. } = self;
        write!(out, "Found {{ name: {name:?}, line: {line}, doubtful: {doubtful:?}, repeated: {repeated}, value: … }}")
    }
}

/// What readers of one format see differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Doubt {
    /// A `#` that starts a comment for some readers only.
    Hash,
    /// A backslash between quotes.
    Escape,
    /// Backtick quotes.
    Backtick,
    /// A `${…}`, kept as the text that it is.
    Expansion,
    /// More text behind the closing quote, left out.
    Trailing,
    /// Tabs or unusual blanks around the name or the value.
    Blanks,
    /// A carriage return in the middle of a line of the file.
    CarriageReturn,
}

impl fmt::Display for Doubt {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Hash => "a `#` that may or may not start a comment",
            Self::Escape => "a backslash between quotes",
            Self::Backtick => "backtick quotes",
            Self::Expansion => "a `${…}` that was not expanded",
            Self::Trailing => "text behind the closing quote, left out",
            Self::Blanks => "tabs or unusual blanks around it",
            Self::CarriageReturn => "a carriage return in the middle of a line of the file",
        })
    }
}

/// Why a file cannot be read. Never holds a part of its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// More than [`LIMIT`] bytes.
    #[error("the file is longer than 16 MiB")]
    TooLong,
    /// Bytes that are no text.
    #[error("line {line} is not UTF-8 text")]
    NotText {
        /// The line, from 1.
        line: usize,
    },
    /// A NUL, which no variable can hold.
    #[error("line {line} holds a NUL byte")]
    Nul {
        /// The line, from 1.
        line: usize,
    },
    /// A quote without its end.
    #[error("line {line} opens a quote that is never closed")]
    Unterminated {
        /// The line, from 1.
        line: usize,
    },
}

/// The text of a file without its byte-order mark.
fn text(bytes: &[u8]) -> Result<&str, ImportError> {
    let line_at = |at: usize| bytes[..at].split(|&byte| byte == b'\n').count();
    if bytes.len() > LIMIT {
        return Err(ImportError::TooLong);
    }
    if let Some(at) = bytes.iter().position(|&byte| byte == 0) {
        return Err(ImportError::Nul { line: line_at(at) });
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(error) => Err(ImportError::NotText { line: line_at(error.valid_up_to()) }),
    }
}
