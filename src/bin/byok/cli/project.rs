//! The verbs of projects: agreeing to what one asks for, checking it, and the shell's hook.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::manual::projects;

/// A shell that can call byok at its prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum HookShell {
    Bash,
    Zsh,
    Fish,
    Elvish,
    #[value(alias = "nushell")]
    Nu,
    #[value(alias = "powershell")]
    Pwsh,
}

#[derive(Debug, Args)]
#[command(after_long_help = projects::TRUST)]
pub(crate) struct Trust {
    /// The `.byok.toml`, or its folder [default: that of the working folder]
    #[arg(value_name = "PATH", conflicts_with = "list")]
    pub(crate) path: Option<PathBuf>,
    /// Do not ask
    #[arg(short, long, conflicts_with = "list")]
    pub(crate) yes: bool,
    /// List what was agreed to
    #[arg(long)]
    pub(crate) list: bool,
    /// With --list: report as JSON
    #[arg(long, requires = "list")]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_long_help = projects::UNTRUST)]
pub(crate) struct Untrust {
    /// The `.byok.toml`, or its folder [default: that of the working folder]
    #[arg(value_name = "PATH")]
    pub(crate) path: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_long_help = projects::CHECK)]
pub(crate) struct Check {
    /// Ask the providers whether the keys work, instead of going by the last verdict
    #[arg(long)]
    pub(crate) test: bool,
    /// With --test: ask only for keys whose last verdict is older than this: 1h, 30m, 7d
    #[arg(long, value_name = "TIME", requires = "test")]
    pub(crate) max_age: Option<String>,
    /// Report as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_long_help = projects::HOOK)]
pub(crate) struct Hook {
    /// The shell
    #[arg(value_name = "SHELL", value_enum)]
    pub(crate) shell: HookShell,
}

#[derive(Debug, Args)]
pub(crate) struct HookEnv {
    /// The shell that asks
    #[arg(value_name = "SHELL", value_enum)]
    pub(crate) shell: HookShell,
    /// The project's file that it asked for before
    #[arg(long, value_name = "FILE", default_value = "")]
    pub(crate) before: OsString,
}
