//! The verbs that hand keys out.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Arg, Args, Command};

use super::manual::out;

#[derive(Debug, Args)]
#[command(after_long_help = out::GET)]
pub(crate) struct Get {
    /// The key
    #[arg(value_name = "PROVIDER[:LABEL]")]
    pub(crate) key: String,
    /// Print it with what it takes to use it, as JSON: base URL, fields, variable, where it is from
    #[arg(long)]
    pub(crate) json: bool,
    /// Print who was asked for it and why they do not answer, in place of the key
    #[arg(long)]
    pub(crate) explain: bool,
    /// Print it although standard output is a terminal
    #[arg(long)]
    pub(crate) reveal: bool,
}

#[derive(Debug, Args)]
#[command(after_long_help = out::HAS)]
pub(crate) struct Has {
    /// The keys
    #[arg(required = true, value_name = "PROVIDER[:LABEL]")]
    pub(crate) keys: Vec<String>,
    /// Print who was asked for them and why they do not answer
    #[arg(long)]
    pub(crate) explain: bool,
    /// With --explain: as JSON
    #[arg(long, requires = "explain")]
    pub(crate) json: bool,
}

// Which keys are meant. No doc comment: clap would take it for the verb's help.
#[derive(Debug, Args)]
pub(crate) struct Select {
    /// Only these keys [default: the active key of every provider]
    #[arg(value_name = "PROVIDER[:LABEL]")]
    pub(crate) keys: Vec<String>,
    /// All but these
    #[arg(long, value_name = "PROVIDER[:LABEL]", value_delimiter = ',')]
    pub(crate) except: Vec<String>,
    /// Under the names that this tool reads: litellm, langchain, ai-sdk, llm, …
    #[arg(long = "for", value_name = "TOOL")]
    pub(crate) consumer: Option<String>,
    /// Under every name that programs read
    #[arg(long, conflicts_with = "consumer")]
    pub(crate) all_names: bool,
}

#[derive(Debug, Args)]
#[command(after_long_help = out::ENV)]
pub(crate) struct Env {
    #[command(flatten)]
    pub(crate) select: Select,
    /// Print what unsets the variables instead
    #[arg(long)]
    pub(crate) unset: bool,
    /// The shell to print for [default: the one that runs byok, else `$SHELL`, else `sh`]
    #[arg(long, value_name = "SHELL", value_parser = byok::shell::names().to_vec())]
    pub(crate) shell: Option<String>,
    /// Print which keys answer and which do not, and why, in place of statements
    #[arg(long, conflicts_with = "unset")]
    pub(crate) explain: bool,
    /// With --explain: as JSON
    #[arg(long, requires = "explain")]
    pub(crate) json: bool,
    /// Print values that only `eval "$(…)"` with its quotes carries unchanged
    #[arg(long)]
    pub(crate) quoted: bool,
    /// Leave an address variable that leads to a foreign host as it is
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) keep_env: Vec<String>,
    /// Print secrets although standard output is a terminal
    #[arg(long)]
    pub(crate) reveal: bool,
}

#[derive(Debug, Args)]
#[command(after_long_help = out::RUN)]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) select: Select,
    /// Hand these keys out, and do not start without them
    #[arg(long, value_name = "PROVIDER[:LABEL]", value_delimiter = ',')]
    pub(crate) require: Vec<String>,
    /// Hand out the first of these keys that is there, and do not start without one
    #[arg(long, value_name = "PROVIDER[:LABEL]", value_delimiter = ',')]
    pub(crate) require_any: Vec<String>,
    /// Unset every other provider's variables, wherever they come from
    #[arg(long)]
    pub(crate) only: bool,
    /// Leave an address variable that leads to a foreign host as it is
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) keep_env: Vec<String>,
    /// Print which keys answer and which do not, and why, and start nothing
    #[arg(long)]
    pub(crate) explain: bool,
    /// With --explain: as JSON
    #[arg(long, requires = "explain")]
    pub(crate) json: bool,
    /// The program and its arguments
    #[arg(last = true, value_name = "COMMAND")]
    pub(crate) command: Vec<OsString>,
}

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
    /// Put the keys into this tool's own file, and keep what else is in it; with --encrypted, an age recipient
    #[arg(long, value_name = "TOOL|RECIPIENT", value_parser = Target)]
    pub(crate) to: Vec<String>,
    /// Seal the keys for the recipients of --to, with their labels and what is known of them, for `byok import`
    #[arg(long, requires = "to", conflicts_with_all = ["format", "consumer", "all_names", "yes"])]
    pub(crate) encrypted: bool,
    /// With --encrypted: only keys with this tag, or all that have it
    #[arg(long, value_name = "TAG", requires = "encrypted")]
    pub(crate) tag: Option<String>,
    /// With --to TOOL: do not ask
    #[arg(short, long, requires = "to")]
    pub(crate) yes: bool,
    /// Print secrets although standard output is a terminal
    #[arg(long)]
    pub(crate) reveal: bool,
}

/// Reads a tool, or a recipient.
#[derive(Debug, Clone)]
pub(crate) struct Target;

impl TypedValueParser for Target {
    type Value = String;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<String, clap::Error> {
        if let Some(recipient) = value.to_str().filter(|text| text.starts_with("age1")) {
            return Ok(recipient.to_owned());
        }
        PossibleValuesParser::new(byok::credentials::targets()).parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(byok::credentials::targets().into_iter().map(PossibleValue::new)))
    }
}
