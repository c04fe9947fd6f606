//! The arguments of `byok setup`.

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser};

use super::manual::setup;

#[derive(Debug, Args)]
#[command(after_long_help = setup::SETUP)]
pub(crate) struct Setup {
    /// The tool; without it, all of them are listed
    #[arg(value_name = "TOOL")]
    pub(crate) tool: Option<String>,
    /// The key that it is to have [default: the active one of the provider that it is made for]
    #[arg(value_name = "PROVIDER[:LABEL]", requires = "tool")]
    pub(crate) key: Option<String>,
    /// Take back what byok changed, and nothing else
    #[arg(long, requires = "tool", conflicts_with = "key")]
    pub(crate) undo: bool,
    /// Show the change and make none
    #[arg(long, requires = "tool")]
    pub(crate) dry_run: bool,
    /// Do not ask
    #[arg(short, long, requires = "tool", conflicts_with = "dry_run")]
    pub(crate) yes: bool,
    /// The shell whose start-up file a wrapper goes into [default: `$SHELL`]
    #[arg(long, value_name = "SHELL", value_parser = shells(), requires = "tool")]
    pub(crate) shell: Option<String>,
    /// List the tools
    #[arg(long, conflicts_with = "tool")]
    pub(crate) list: bool,
    /// With the list: report as JSON
    #[arg(long, conflicts_with = "tool")]
    pub(crate) json: bool,
}

/// The shells whose functions are known.
fn shells() -> PossibleValuesParser {
    let names = ["bash", "zsh", "fish"].map(PossibleValue::new);
    names.into_iter().chain([PossibleValue::new("nu").alias("nushell")]).collect::<Vec<_>>().into()
}
