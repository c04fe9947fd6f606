//! The arguments of `byok backup` and `byok restore`.

use std::path::PathBuf;

use clap::Args;

use super::identity::IdentityPlace;
use super::manage::StoreChoice;
use super::manual::backing;

#[derive(Debug, Args)]
#[command(after_long_help = backing::BACKUP)]
pub(crate) struct Backup {
    /// The file to write, mode 600; `-` is standard output
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Whom it opens for: an age recipient, more than once for several [default: this identity's]
    #[arg(long, value_name = "RECIPIENT", conflicts_with = "passphrase")]
    pub(crate) to: Vec<String>,
    /// Have a passphrase open it, which is asked for
    #[arg(long)]
    pub(crate) passphrase: bool,
    /// With --passphrase: have one made up
    #[arg(long, requires = "passphrase")]
    pub(crate) generate: bool,
    /// With --passphrase: read it from this file
    #[arg(long, value_name = "FILE", requires = "passphrase", conflicts_with = "generate")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Put the identity in as well: whoever opens the backup can open every profile
    #[arg(long)]
    pub(crate) with_identity: bool,
    /// Leave this profile out
    #[arg(long, value_name = "NAME")]
    pub(crate) skip: Vec<String>,
    /// Take the place of a file that is there
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
#[command(after_long_help = backing::RESTORE)]
pub(crate) struct Restore {
    /// The backup; `-` is standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Only these profiles, and nothing else of it [default: all that is in it]
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// Take keys in one by one, and keep what is newer here or only here
    #[arg(long)]
    pub(crate) merge: bool,
    /// Take the place also of keys that are newer here
    #[arg(long)]
    pub(crate) replace: bool,
    /// Read the backup's passphrase from this file
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Where profiles that are not here go [default: where they were]
    #[arg(long, value_name = "WHERE")]
    pub(crate) store: Option<StoreChoice>,
    /// Where the identity goes, if it is in the backup and none is here
    #[arg(long, value_name = "PLACE", default_value = "file")]
    pub(crate) identity: IdentityPlace,
    /// Show what would happen and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Do not ask
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Report as JSON
    #[arg(long)]
    pub(crate) json: bool,
}
