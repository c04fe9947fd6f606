//! The verb that looks where keys lie outside byok.

use clap::Args;

use super::manual::places;

#[derive(Debug, Args)]
#[command(after_long_help = places::WHERE)]
pub(crate) struct Where {
    /// Only the keys of these providers
    #[arg(value_name = "PROVIDER")]
    pub(crate) providers: Vec<String>,
    /// Report as JSON
    #[arg(long)]
    pub(crate) json: bool,
}
