//! The arguments of `byok export`.

use std::path::PathBuf;

use clap::Args;

use super::Select;
use super::manual::out;

#[derive(Debug, Args)]
#[command(after_long_help = out::EXPORT)]
pub(crate) struct Export {
    #[command(flatten)]
    pub(crate) select: Select,
    /// The form [default: what the file's name ends in, else dotenv]
    #[arg(long, value_name = "FORMAT", value_parser = byok::export::names().to_vec())]
    pub(crate) format: Option<String>,
    /// The file to write, mode 600; `-` is standard output [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Take the place of a file that is there
    #[arg(long)]
    pub(crate) force: bool,
    /// Put the keys into this tool's own file, and keep what else is in it
    #[arg(long, value_name = "TOOL", value_parser = byok::credentials::targets(),
        conflicts_with_all = ["format", "output", "force", "reveal", "consumer", "all_names"])]
    pub(crate) to: Option<String>,
    /// With --to: do not ask
    #[arg(short, long, requires = "to")]
    pub(crate) yes: bool,
    /// Print secrets although standard output is a terminal
    #[arg(long)]
    pub(crate) reveal: bool,
}
