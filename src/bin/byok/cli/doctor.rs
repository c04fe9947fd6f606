//! The verb that looks for what is wrong.

use clap::{Args, ValueEnum};

use super::manual::doctor;

#[derive(Debug, Args)]
#[command(after_long_help = doctor::DOCTOR)]
pub(crate) struct Doctor {
    /// Only these groups of checks [default: all]
    #[arg(value_name = "GROUP", value_enum, hide_possible_values = true)]
    pub(crate) groups: Vec<Group>,
    /// Mend what can be mended safely: modes, and what killed byoks left behind
    #[arg(long)]
    pub(crate) fix: bool,
    /// With --fix: install completion without asking
    #[arg(short, long, requires = "fix")]
    pub(crate) yes: bool,
    /// Report as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// A group of checks; the report keeps this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Group {
    Permissions,
    Disk,
    Settings,
    Identity,
    Keychain,
    Profiles,
    Keys,
    Plaintext,
    Memory,
    Environment,
    Project,
    Shell,
    Clock,
    Log,
}

impl Group {
    /// The word for it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Permissions => "permissions",
            Self::Disk => "disk",
            Self::Settings => "settings",
            Self::Identity => "identity",
            Self::Keychain => "keychain",
            Self::Profiles => "profiles",
            Self::Keys => "keys",
            Self::Plaintext => "plaintext",
            Self::Memory => "memory",
            Self::Environment => "environment",
            Self::Project => "project",
            Self::Shell => "shell",
            Self::Clock => "clock",
            Self::Log => "log",
        }
    }
}
