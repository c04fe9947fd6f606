//! The arguments of `byok add`, and of all that says something of a key.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

use super::manual::keys;

#[derive(Debug, Args)]
#[command(after_long_help = keys::ADD)]
pub(crate) struct Add {
    /// Whose key it is, with a label if it is not the only one; recognised by its shape if left out
    #[arg(value_name = "PROVIDER[:LABEL]")]
    pub(crate) key: Option<OsString>,
    /// Holds what must never be an argument, so that the refusal does not repeat it.
    #[arg(hide = true, allow_hyphen_values = false)]
    pub(crate) extra: Vec<OsString>,
    /// Read the key from standard input
    #[arg(long, group = "source")]
    pub(crate) stdin: bool,
    /// Take the key from an environment variable
    #[arg(long, group = "source", value_name = "VAR")]
    pub(crate) from_env: Option<String>,
    /// Take the key from a file
    #[arg(long, group = "source", value_name = "FILE")]
    pub(crate) from_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) details: DetailArgs,
    /// Do not hand it out unless it is asked for by name
    #[arg(long)]
    pub(crate) no_export: bool,
    /// It makes and revokes other keys: never hand it out to programs
    #[arg(long)]
    pub(crate) admin: bool,
    /// Take the place of the key that is stored under this name
    #[arg(long)]
    pub(crate) replace: bool,
    /// Store it although the same key is there under another label
    #[arg(long)]
    pub(crate) duplicate: bool,
    /// Store it without asking its provider whether it works
    #[arg(long)]
    pub(crate) no_test: bool,
    /// Send a key that could be of several providers to each of them, to see whose it is
    #[arg(long, conflicts_with = "no_test")]
    pub(crate) ask_providers: bool,
    /// Tell of every request: method, host, status and time
    #[arg(short, long)]
    pub(crate) verbose: bool,
    /// Store the value byte for byte, without taking off quotes, line breaks and the like
    #[arg(long)]
    pub(crate) as_is: bool,
}

// What can be said of a key when adding or editing it. No doc comment: clap would take it for the verb's help.
#[derive(Debug, Args)]
pub(crate) struct DetailArgs {
    /// The address of its API, if it is not the provider's usual one
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint: Option<String>,
    /// Something that belongs to it and is no secret: organisation=acme, region=eu-west-1
    #[arg(long = "field", value_name = "NAME=VALUE")]
    pub(crate) fields: Vec<String>,
    /// Export it as this variable instead of the provider's own
    #[arg(long = "env", value_name = "NAME")]
    pub(crate) env: Vec<String>,
    /// When it stops working: 90d, 12h, 2027-01-01
    #[arg(long, value_name = "WHEN")]
    pub(crate) expires: Option<String>,
    /// Take it out of the profile for good after this time: 8h, 30m, 7d
    #[arg(long, value_name = "TIME")]
    pub(crate) ttl: Option<String>,
    /// When its secret is to be replaced by a new one, counted from when it came in: 90d, 12w, 1y
    #[arg(long, value_name = "TIME")]
    pub(crate) rotate_after: Option<String>,
    /// A remark of your own
    #[arg(long, value_name = "TEXT")]
    pub(crate) note: Option<String>,
    /// A word to filter by
    #[arg(long = "tag", value_name = "TAG")]
    pub(crate) tags: Vec<String>,
}
