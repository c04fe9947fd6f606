//! What is wrong, how much so, and the command that mends it.

use std::path::PathBuf;

use anyhow::Error;
use serde_json::{Value, json};

use crate::fault;

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Severity {
    /// Something does not work, or a secret is exposed.
    Problem,
    /// It will not go well for long.
    Warning,
    /// Worth knowing.
    Note,
}

impl Severity {
    /// The word for it.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Problem => "problem",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// What `--fix` does itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mend {
    /// Gives a file or folder this mode.
    Chmod(PathBuf, u32),
    /// Removes what killed byoks left of a file, under this lock.
    Sweep {
        /// The file.
        path: PathBuf,
        /// What keeps its writers apart.
        lock: PathBuf,
    },
    /// Adds a line to a start-up file. A person is asked first.
    Line(PathBuf, &'static str),
    /// Makes a file of a completion script. A person is asked first.
    Script(PathBuf, &'static str),
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    /// What kind of thing: stable, for programs.
    pub(super) id: &'static str,
    pub(super) severity: Severity,
    /// One sentence.
    pub(super) text: String,
    /// The command that mends it.
    pub(super) command: Option<String>,
    /// What to do, each with a command between backticks.
    pub(super) hints: Vec<String>,
    pub(super) mend: Option<Mend>,
}

impl Finding {
    pub(super) fn new(id: &'static str, severity: Severity, text: impl Into<String>) -> Self {
        Self { id, severity, text: text.into(), command: None, hints: Vec::new(), mend: None }
    }

    pub(super) fn problem(id: &'static str, text: impl Into<String>) -> Self {
        Self::new(id, Severity::Problem, text)
    }

    pub(super) fn warning(id: &'static str, text: impl Into<String>) -> Self {
        Self::new(id, Severity::Warning, text)
    }

    pub(super) fn note(id: &'static str, text: impl Into<String>) -> Self {
        Self::new(id, Severity::Note, text)
    }

    /// What stopped something, in the words that every other verb has for it.
    pub(super) fn of(id: &'static str, error: &Error) -> Self {
        let report = fault::report(error);
        let mut finding = Self::problem(id, report.sentence);
        // The first command that a hint shows is the one to try; a word alone is a name.
        let shown = |hint: &String| hint.split('`').nth(1).filter(|shown| shown.contains(' ')).map(str::to_owned);
        finding.command = report.hints.iter().find_map(shown);
        finding.hints = report.hints;
        finding
    }

    /// The command that mends it, and in words what that does.
    #[must_use]
    pub(super) fn fix(mut self, words: &str, command: impl Into<String>) -> Self {
        let command = command.into();
        self.hints.push(format!("{words}: `{command}`"));
        self.command = self.command.or(Some(command));
        self
    }

    /// A command for what has none yet.
    #[must_use]
    pub(super) fn or_fix(self, words: &str, command: impl Into<String>) -> Self {
        if self.command.is_some() { self } else { self.fix(words, command) }
    }

    /// The same, where `--fix` can do it.
    #[must_use]
    pub(super) fn mended(mut self, mend: Mend) -> Self {
        self.mend = Some(mend);
        self
    }

    pub(super) fn to_json(&self, group: &str) -> Value {
        json!({
            "id": self.id,
            "group": group,
            "severity": self.severity.as_str(),
            "text": self.text,
            "fix": self.command,
            "can_fix": self.mend.is_some(),
            "hints": self.hints,
        })
    }
}
