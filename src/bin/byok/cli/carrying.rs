//! The verbs that give keys other names and other places.

use clap::Args;

use super::manual::carrying;

#[derive(Debug, Args)]
#[command(after_long_help = carrying::RENAME)]
pub(crate) struct Rename {
    /// The key
    #[arg(value_name = "PROVIDER[:LABEL]")]
    pub(crate) old: String,
    /// Its new name, of the same provider
    #[arg(value_name = "PROVIDER:LABEL")]
    pub(crate) new: String,
    /// Take the place of a key that has this name
    #[arg(long)]
    pub(crate) replace: bool,
}

#[derive(Debug, Args)]
#[command(after_long_help = carrying::COPY)]
pub(crate) struct Copy {
    /// The key and its copy's name; with --to-profile, the keys: `'openai:*'` and `'*:old'` mean several
    #[arg(required_unless_present = "tag", value_name = "PROVIDER[:LABEL]")]
    pub(crate) keys: Vec<String>,
    /// Into this profile, under the same names
    #[arg(long, value_name = "NAME")]
    pub(crate) to_profile: Option<String>,
    /// Only keys with this tag, or all that have it
    #[arg(long, value_name = "TAG", requires = "to_profile")]
    pub(crate) tag: Option<String>,
    /// Take the place of keys that have these names there
    #[arg(long)]
    pub(crate) replace: bool,
    /// Show which keys are meant and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Do not ask
    #[arg(short, long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
#[command(after_long_help = carrying::MOVE)]
pub(crate) struct Move {
    /// The keys; `'openai:*'` and `'*:old'` mean several
    #[arg(required_unless_present = "tag", value_name = "PROVIDER[:LABEL]")]
    pub(crate) keys: Vec<String>,
    /// Into this profile, under the same names
    #[arg(long, value_name = "NAME")]
    pub(crate) to_profile: String,
    /// Only keys with this tag, or all that have it
    #[arg(long, value_name = "TAG")]
    pub(crate) tag: Option<String>,
    /// Take the place of keys that have these names there
    #[arg(long)]
    pub(crate) replace: bool,
    /// Show which keys are meant and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Do not ask
    #[arg(short, long)]
    pub(crate) yes: bool,
}
