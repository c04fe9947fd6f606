//! The tools whose files byok knows: where they lie, and whether they or the environment win.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use super::{Form, codex, dotenv, llm, opencode};

/// A tool that keeps keys in files of its own.
pub struct Tool {
    /// The name that it goes by here: `gemini-cli`.
    pub name: &'static str,
    /// What its makers call it: `Gemini CLI`.
    pub title: &'static str,
    /// Its files, the one that it prefers first.
    files: fn(&Around) -> Vec<File>,
    /// Which key it uses where both are there.
    pub wins: Wins,
}

/// Which key a tool uses where its file and the environment hold one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wins {
    /// The file's.
    File,
    /// The environment's.
    Environment,
}

/// One file of a tool.
#[derive(Clone)]
pub struct File {
    /// Where it lies, if it is there.
    pub path: PathBuf,
    /// How it holds keys.
    pub form: &'static dyn Form,
}

impl File {
    fn new(path: PathBuf, form: &'static dyn Form) -> Self {
        Self { path, form }
    }
}

impl fmt::Debug for File {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "File({})", self.path.display())
    }
}

/// What the place of a tool's files depends on.
#[derive(Debug, Clone)]
pub struct Around {
    /// The home folder.
    pub home: PathBuf,
    /// `XDG_CONFIG_HOME`, else `.config` in the home folder.
    pub config: PathBuf,
    /// `XDG_DATA_HOME`, else `.local/share` in the home folder.
    pub data: PathBuf,
    /// `XDG_CACHE_HOME`, else `.cache` in the home folder.
    pub cache: PathBuf,
    /// The working folder and those above it, up to the repository's or below the home folder.
    pub above: Vec<PathBuf>,
    /// A variable that a tool reads, if it is set and not empty.
    pub var: fn(&str) -> Option<OsString>,
}

impl Around {
    /// The folder that a variable names, or else the usual one.
    fn folder(&self, variable: &str, usual: impl FnOnce() -> PathBuf) -> PathBuf {
        (self.var)(variable).map_or_else(usual, PathBuf::from)
    }
}

const TOOLS: &[Tool] = &[
    Tool {
        name: "aider",
        title: "aider",
        files: |around| vec![File::new(around.home.join(".env"), &dotenv::Dotenv { consumer: "aider" })],
        wins: Wins::Environment,
    },
    Tool {
        name: "codex",
        title: "Codex CLI",
        files: |around| {
            let folder = around.folder("CODEX_HOME", || around.home.join(".codex"));
            vec![File::new(folder.join("auth.json"), &codex::Codex)]
        },
        wins: Wins::File,
    },
    Tool {
        name: "gemini-cli",
        title: "Gemini CLI",
        files: |around| vec![File::new(around.home.join(".gemini/.env"), &dotenv::Dotenv { consumer: "gemini-cli" })],
        wins: Wins::Environment,
    },
    Tool {
        name: "llm",
        title: "llm",
        files: |around| {
            let usual = || match () {
                () if cfg!(target_vendor = "apple") => around.home.join("Library/Application Support/io.datasette.llm"),
                () => around.config.join("io.datasette.llm"),
            };
            vec![File::new(around.folder("LLM_USER_PATH", usual).join("keys.json"), &llm::Llm)]
        },
        wins: Wins::File,
    },
    Tool {
        name: "opencode",
        title: "opencode",
        files: |around| vec![File::new(around.data.join("opencode/auth.json"), &opencode::Opencode)],
        wins: Wins::File,
    },
];

impl Tool {
    /// The tool of that name.
    pub fn find(name: &str) -> Option<&'static Self> {
        TOOLS.iter().find(|tool| tool.name == name)
    }

    /// All of them, sorted by name.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        TOOLS.iter()
    }

    /// Its files, the one that it prefers first, whether they are there or not.
    pub fn files(&self, around: &Around) -> Vec<File> {
        (self.files)(around)
    }
}

impl fmt::Debug for Tool {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Tool({})", self.name)
    }
}
