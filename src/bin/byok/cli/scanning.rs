//! The verbs that look for keys where none should be, and take them out.

use std::path::PathBuf;

use clap::Args;

use super::manual::scanning;

#[derive(Debug, Args)]
#[command(after_long_help = scanning::SCAN)]
pub(crate) struct Scan {
    /// Files and folders; `-` is standard input [default: this folder]
    #[arg(value_name = "FILE", conflicts_with_all = ["staged", "stdin", "install_hook"])]
    pub(crate) paths: Vec<PathBuf>,
    /// Look through what the next commit would add
    #[arg(long, conflicts_with_all = ["stdin", "install_hook"])]
    pub(crate) staged: bool,
    /// Look through standard input
    #[arg(long, conflicts_with = "install_hook")]
    pub(crate) stdin: bool,
    /// Look also where .gitignore, .ignore and .byokignore say not to
    #[arg(long, conflicts_with_all = ["staged", "stdin", "install_hook"])]
    pub(crate) no_ignore: bool,
    /// Report as JSON
    #[arg(long, conflicts_with_all = ["sarif", "install_hook"])]
    pub(crate) json: bool,
    /// Report as SARIF 2.1.0, as code scanning reads it
    #[arg(long, conflicts_with = "install_hook")]
    pub(crate) sarif: bool,
    /// Have git run `byok scan --staged` before each commit of this repository
    #[arg(long)]
    pub(crate) install_hook: bool,
}

#[derive(Debug, Args)]
#[command(after_long_help = scanning::REDACT)]
pub(crate) struct Redact {
    /// Files, one after the other; `-` is standard input [default: standard input]
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Take out the keys of every profile
    #[arg(long)]
    pub(crate) all_profiles: bool,
    /// Take out also what only looks like a key
    #[arg(long)]
    pub(crate) shapes: bool,
}
