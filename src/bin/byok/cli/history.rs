//! The verbs that tell what was done with keys.

use clap::Args;

use super::Verb;
use super::manual::history;

#[derive(Debug, Args)]
#[command(after_long_help = history::LOG)]
pub(crate) struct Log {
    /// Only what was done with these keys
    #[arg(value_name = "PROVIDER[:LABEL]")]
    pub(crate) keys: Vec<String>,
    /// Only what was done since then: 12h, 7d, 2026-11-01
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<String>,
    /// Only changes, not what only read keys
    #[arg(long)]
    pub(crate) changes: bool,
    /// Look whether an entry was changed, removed or moved
    #[arg(long, conflicts_with_all = ["keys", "since", "changes"])]
    pub(crate) verify: bool,
    /// Report as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

impl Verb {
    /// What the log calls it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Init(_) => "init",
            Self::Add(_) => "add",
            Self::ImportEnv(_) => "import-env",
            Self::Import(_) => "import",
            Self::Redact(_) => "redact",
            Self::Get(_) => "get",
            Self::Test(_) => "test",
            Self::Use(_) => "use",
            Self::Edit(_) => "edit",
            Self::Rotate(_) => "rotate",
            Self::Rename(_) => "rename",
            Self::Copy(_) => "copy",
            Self::Move(_) => "move",
            Self::Rm(_) => "rm",
            Self::Merge(_) => "merge",
            Self::Env(_) => "env",
            Self::Run(_) => "run",
            Self::Export(_) => "export",
            Self::Hook(_) | Self::HookEnv(_) => "hook",
            Self::Profile(_) => "profile",
            Self::Recipient(_) => "recipient",
            Self::Identity(_) => "identity",
            Self::Backup(_) => "backup",
            Self::Restore(_) => "restore",
            Self::Check(_) => "check",
            Self::List(_) => "list",
            Self::Show(_) => "show",
            Self::Has(_) => "has",
            Self::Status(_) => "status",
            Self::Where(_) => "where",
            Self::Log(_) => "log",
            Self::Setup(_) => "setup",
            Self::Trust(_) => "trust",
            Self::Untrust(_) => "untrust",
            Self::Doctor(_) => "doctor",
            Self::Scan(_) => "scan",
            Self::Provider(_) => "provider",
            Self::Unlock(_) => "unlock",
            Self::Lock => "lock",
            Self::Completions(_) => "completions",
            Self::Help(_) => "help",
        }
    }
}
