//! The verb that puts a new secret into the place of an old one.

use std::path::PathBuf;

use clap::Args;

use super::manual::rotating;

/// When an old key is revoked through the provider's API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum When {
    /// As soon as the new one answers.
    Now,
    /// By `--finish`.
    Later,
}

#[derive(Debug, Args)]
#[command(after_long_help = rotating::ROTATE)]
pub(crate) struct Rotate {
    /// The key that gets a new secret; without one, what is under way and what is due is listed
    #[arg(value_name = "PROVIDER[:LABEL]")]
    pub(crate) key: Option<String>,
    /// Ask the provider whether the old secret is dead, and wipe it if so
    #[arg(long, group = "step")]
    pub(crate) finish: bool,
    /// Take the old secret back
    #[arg(long, group = "step", requires = "key")]
    pub(crate) undo: bool,
    /// List what is under way and what is due
    #[arg(long, group = "step")]
    pub(crate) status: bool,
    /// Make the new key, and revoke the old one, through the provider's own API, with an admin key
    #[arg(long, requires = "key", conflicts_with_all = ["step", "source", "no_test", "as_is", "expires"])]
    pub(crate) auto: bool,
    /// The admin key that is used, where there are several
    #[arg(long, value_name = "PROVIDER[:LABEL]", requires = "key")]
    pub(crate) with: Option<String>,
    /// When the old key is revoked: now, or with --finish
    #[arg(long, value_name = "WHEN", requires = "auto", value_enum, default_value = "later")]
    pub(crate) revoke: When,
    /// Read the new key from standard input
    #[arg(long, group = "source", requires = "key", conflicts_with = "step")]
    pub(crate) stdin: bool,
    /// Take the new key from an environment variable
    #[arg(long, group = "source", value_name = "VAR", requires = "key", conflicts_with = "step")]
    pub(crate) from_env: Option<String>,
    /// Take the new key from a file
    #[arg(long, group = "source", value_name = "FILE", requires = "key", conflicts_with = "step")]
    pub(crate) from_file: Option<PathBuf>,
    /// How long the old secret is kept, sealed: 12h, 30d; 0 keeps none
    #[arg(long, value_name = "TIME", default_value = "7d", conflicts_with = "step")]
    pub(crate) keep: String,
    /// When the new key stops working: 90d, 12h, 2027-01-01
    #[arg(long, value_name = "WHEN", conflicts_with = "step")]
    pub(crate) expires: Option<String>,
    /// Ask no provider: neither about a new key nor, with --undo, about the old one
    #[arg(long, conflicts_with_all = ["finish", "status"])]
    pub(crate) no_test: bool,
    /// With --finish: wipe the old secret although it still works, or nobody can tell
    #[arg(long, requires = "finish")]
    pub(crate) force: bool,
    /// Store the value byte for byte, without taking off quotes, line breaks and the like
    #[arg(long, conflicts_with = "step")]
    pub(crate) as_is: bool,
    /// Tell of every request: method, host, status and time
    #[arg(short, long)]
    pub(crate) verbose: bool,
    /// Report what is under way and what is due as JSON
    #[arg(long, conflicts_with_all = ["finish", "undo", "source"])]
    pub(crate) json: bool,
}
