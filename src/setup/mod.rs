//! Changes to other tools' own settings that have them ask byok for a key: text in, change out.
//!
//! A tool that can call a command for its key is told to call `byok get`, and the key never touches its disk. One that
//! cannot is wrapped: a function in the shell's start-up file starts it through `byok run`. Whatever else stands in a
//! file, its comments, order, indentation and line endings, stays as it is: a change is a few cuts in the text.
//!
//! Deliberately not here: where the files lie, reading and writing them, and asking.

mod block;
mod call;
mod claude_code;
mod codex;
mod crush;
mod edit;
mod entry;
mod json;
mod record;
mod toml;
mod wrapper;

use crate::name::ProviderId;

pub use call::{Call, Host};
pub use edit::{Cut, Edit};
pub use entry::{Entry, Standing};
pub use record::{Made, NotOurs, Record, Undone};

/// How a tool comes to a key of byok's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// It calls `byok get` itself.
    Helper,
    /// A function of the shell starts it through `byok run`.
    Wrapper,
}

impl Way {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Helper => "helper",
            Self::Wrapper => "wrapper",
        }
    }
}

/// Which of a tool's files is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum File {
    /// Its settings.
    Settings,
    /// The other one, if it is there: crush's `crushrc` instead of its `crush.json`.
    Script,
    /// The start-up file of the person's shell.
    Shell,
}

/// A tool that can be set up.
pub trait Tool: Sync {
    /// The name that it goes by here.
    fn name(&self) -> &'static str;

    /// The program that a person types.
    fn program(&self) -> &'static str {
        self.name()
    }

    /// How it comes to its key.
    fn way(&self) -> Way;

    /// Whose keys it can be given, the usual one first; none where it takes whatever there is.
    fn providers(&self) -> Vec<&'static str> {
        Vec::new()
    }

    /// Whether the address that a key has of its own is written down with it.
    fn takes_address(&self) -> bool {
        false
    }

    /// What changes for a person who gives it a key.
    fn notices(&self) -> &'static [&'static str] {
        &[]
    }

    /// The variables that go before its helper.
    fn variables(&self) -> &'static [&'static str] {
        &[]
    }

    /// What in its file goes before its helper.
    fn outranked(&self, _text: &str) -> Vec<&'static str> {
        Vec::new()
    }

    /// Where in its file the tool itself stops reading, although byok reads on.
    fn unread(&self, _text: &str) -> Option<Broken> {
        None
    }

    /// What is written into its file.
    fn entry(&self, call: &Call, file: File) -> Result<Entry, Unfit>;
}

/// Why a tool cannot be given this key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unfit {
    /// It has no place for it.
    #[error("`{tool}` takes no key of `{provider}`")]
    Provider {
        /// The tool.
        tool: &'static str,
        /// Whose key.
        provider: ProviderId,
    },
    /// No key was named, and several would do.
    #[error("it is not said which key `{tool}` is to have")]
    Unsaid {
        /// The tool.
        tool: &'static str,
    },
    /// The wrapper stands in a shell's start-up file, and no such shell is known.
    #[error("`{tool}` calls no command for its key, and is wrapped by a shell's function")]
    NoShell {
        /// The tool.
        tool: &'static str,
    },
}

/// A file that cannot be changed in part. Holds nothing of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Broken {
    /// It is not of the form that its tool reads.
    #[error("line {line}, column {column}: not the form that its tool reads")]
    Form {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// Something else stands where the entry belongs.
    #[error("`{entry}` is not what its tool reads there")]
    Entry {
        /// Which.
        entry: String,
    },
    /// One of the two lines that a wrapper stands between is missing, or there are more of them.
    #[error("line {line}: the lines that mark what byok wrote do not pair up")]
    Marks {
        /// The line, from 1.
        line: usize,
    },
}

impl Broken {
    /// The place of a byte of the text.
    fn at(text: &str, offset: usize) -> Self {
        let before = text.get(..offset.min(text.len())).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Self::Form { line, column }
    }
}

/// Every tool, those that call byok themselves first.
pub fn tools() -> Vec<&'static dyn Tool> {
    let helpers: [&dyn Tool; 3] = [&claude_code::ClaudeCode, &codex::Codex, &crush::Crush];
    helpers.into_iter().chain(wrapper::ALL.iter().map(|tool| tool as &dyn Tool)).collect()
}

/// The tool of that name, or the one whose program goes by it.
pub fn tool(name: &str) -> Option<&'static dyn Tool> {
    tools().into_iter().find(|tool| tool.name() == name || tool.program() == name)
}

/// Every name that [`tool`] knows, for help and completion.
pub fn names() -> Vec<&'static str> {
    tools().into_iter().map(Tool::name).collect()
}

#[cfg(test)]
mod tests;
