//! The arguments of `byok import`.

use std::path::PathBuf;

use clap::Args;

use super::manual::taking;

#[derive(Debug, Args)]
#[command(after_long_help = taking::IMPORT)]
pub(crate) struct Import {
    /// Take keys from the files of these tools [default: those found, after a table]
    #[arg(value_name = "TOOL", value_parser = byok::credentials::sources())]
    pub(crate) tools: Vec<String>,
    /// Read this file, in the form that the tool keeps
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Show which tools' files hold keys; take none unasked
    #[arg(long)]
    pub(crate) detect: bool,
    /// Take keys out of the files that they came from, once they are sealed and read back
    #[arg(long, conflicts_with_all = ["detect", "dry_run"])]
    pub(crate) delete_source: bool,
    /// Take the place of stored keys that differ
    #[arg(long)]
    pub(crate) replace: bool,
    /// Store keys under this label
    #[arg(long, value_name = "LABEL", conflicts_with = "replace")]
    pub(crate) label: Option<String>,
    /// Show what would happen and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Ask the providers first, and store no key that they call invalid
    #[arg(long)]
    pub(crate) test: bool,
    /// Tell of every request: method, host, status and time
    #[arg(short, long)]
    pub(crate) verbose: bool,
    /// Do not ask: take all that is found, and with --delete-source take it out
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Report as JSON
    #[arg(long)]
    pub(crate) json: bool,
}
