//! The verbs for a profile that lies in a git repository.

use std::path::PathBuf;

use clap::Args;

use super::manual::merging;

#[derive(Debug, Args)]
#[command(after_long_help = merging::MERGE)]
pub(crate) struct Merge {
    /// A file that git left in conflict; or, as git calls a merge driver, BASE OURS THEIRS and the file's own name
    #[arg(value_name = "FILE", required = true, num_args = 1..=4)]
    pub(crate) files: Vec<PathBuf>,
    /// Decide conflicts: `ours` or `theirs`, or for one key `openai:work=ours`
    #[arg(long, value_name = "[KEY=]SIDE")]
    pub(crate) take: Vec<String>,
    /// Agree to what is shown: somebody new who opens it, an older copy, or a side of somebody who was taken out
    #[arg(long)]
    pub(crate) accept: bool,
    /// Write the result to this file, which is not there yet, instead of in the place of OURS
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_long_help = merging::DESCRIBE)]
pub(crate) struct Describe {
    /// The sealed file
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// As `git diff` calls it: never ask, and print one line for a file that does not open here
    #[arg(long)]
    pub(crate) git: bool,
}

#[derive(Debug, Args)]
#[command(after_long_help = merging::GIT_SETUP)]
pub(crate) struct GitSetup {
    /// The profile [default: the one in use]
    pub(crate) name: Option<String>,
    /// A sealed file, instead of a profile
    #[arg(long, value_name = "FILE", conflicts_with = "name")]
    pub(crate) file: Option<PathBuf>,
    /// Take it back
    #[arg(long)]
    pub(crate) undo: bool,
    /// Do not ask
    #[arg(short, long)]
    pub(crate) yes: bool,
}
