//! What byok writes into a tool's file, in one of three forms, and whether it is there.

use serde::{Deserialize, Serialize};

use super::{Broken, Edit, block, call, json, toml};

/// One entry of a file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(tag = "form", rename_all = "lowercase")]
pub enum Entry {
    /// A text in JSON that may have comments.
    Json {
        /// The names that lead to it.
        path: Vec<String>,
        /// The text.
        value: String,
    },
    /// A choice at the top of TOML, and the table that it chooses.
    Toml {
        /// The name of the choice.
        key: String,
        /// What is chosen.
        value: String,
        /// The table that has what can be chosen.
        table: String,
        /// The lines of the one that is chosen.
        lines: Vec<String>,
    },
    /// Lines between two marks, in a shell's file.
    Block {
        /// Whose they are.
        mark: String,
        /// The lines.
        lines: Vec<String>,
    },
}

/// What stands in a file where an entry belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Nothing.
    Absent,
    /// The entry, as it is to be.
    Same,
    /// A call of byok, but another one.
    Byok(String),
    /// Something else, in the tool's own words; it may be a key.
    Other(String),
}

impl Entry {
    /// What stands in its place. An empty text is a file that is not there.
    pub fn standing(&self, text: &str) -> Result<Standing, Broken> {
        let there = match self {
            Self::Json { path, .. } => json::value(text, path)?,
            Self::Toml { key, table, .. } => toml::value(text, key, table)?,
            Self::Block { mark, .. } => block::lines(text, mark)?,
        };
        Ok(match there {
            None => Standing::Absent,
            Some(there) if there == self.value() => Standing::Same,
            Some(there) if self.calls_byok(&there) => Standing::Byok(there),
            Some(there) => Standing::Other(there),
        })
    }

    /// The change that puts it in. What stands there gives way.
    pub fn set(&self, text: &str) -> Result<Edit, Broken> {
        match self {
            Self::Json { path, value } => json::set(text, path, value),
            Self::Toml { key, value, table, lines } => toml::set(text, key, value, table, lines),
            Self::Block { mark, lines } => block::set(text, mark, lines),
        }
    }

    /// The change that takes it out of a file that others have changed since, and puts back what stood there. None where
    /// it is not there as byok wrote it.
    pub fn unset(&self, text: &str, before: Option<&str>) -> Result<Option<Edit>, Broken> {
        if self.standing(text)? != Standing::Same {
            return Ok(None);
        }
        Ok(match self {
            Self::Json { path, .. } => json::unset(text, path, before)?,
            Self::Toml { key, table, value, .. } => Some(toml::unset(text, key, table, value, before)?),
            Self::Block { mark, .. } => block::unset(text, mark)?,
        })
    }

    /// What gives way to the entry, as the file has it; none where `standing` says that nothing of another's is there.
    pub fn replaced(&self, standing: &Standing, edit: &Edit) -> Option<String> {
        if !matches!(standing, Standing::Other(_)) {
            return None;
        }
        let mut gone = edit.0.iter().map(|cut| cut.old.as_str()).filter(|old| !old.is_empty());
        match self {
            Self::Json { .. } => gone.next().map(str::to_owned),
            Self::Toml { .. } => gone.find(|old| old.starts_with(['"', '\''])).map(str::to_owned),
            Self::Block { .. } => None,
        }
    }

    /// What [`standing`](Self::standing) compares.
    fn value(&self) -> String {
        match self {
            Self::Json { value, .. } => value.clone(),
            Self::Toml { lines, .. } | Self::Block { lines, .. } => lines.join("\n"),
        }
    }

    fn calls_byok(&self, there: &str) -> bool {
        match self {
            Self::Json { .. } => call::calls_byok(there),
            // It stands under byok's own name.
            Self::Toml { value, .. } => there.starts_with(&format!("[model_providers.{value}]")),
            Self::Block { .. } => true,
        }
    }
}
