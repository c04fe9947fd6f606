//! The arguments of `byok import`.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Arg, Args, Command};

use super::manual::taking;

#[derive(Debug, Args)]
#[command(after_long_help = taking::IMPORT)]
pub(crate) struct Import {
    /// Take keys from the files of these tools, or from a file that `byok export --encrypted` wrote [default: those found, after a table]
    #[arg(value_name = "TOOL|FILE.age", value_parser = Source)]
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

/// Reads a tool, or a file that ends in `.age`.
#[derive(Debug, Clone)]
pub(crate) struct Source;

/// The tools, and byok's own sealed files.
fn sources() -> Vec<&'static str> {
    let mut all = byok::credentials::sources();
    all.push("byok");
    all.sort_unstable();
    all
}

impl TypedValueParser for Source {
    type Value = String;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<String, clap::Error> {
        if let Some(file) = value.to_str().filter(|text| Path::new(text).extension().is_some_and(|end| end == "age")) {
            return Ok(file.to_owned());
        }
        PossibleValuesParser::new(sources()).parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(sources().into_iter().map(PossibleValue::new)))
    }
}
