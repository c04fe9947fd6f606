//! The verbs that ask providers, and what is said of their answers.

use byok::verdict::Verdict;
use clap::Args;

use super::manual::keys;

#[derive(Debug, Default, Args)]
#[command(after_long_help = keys::TEST)]
pub(crate) struct Test {
    /// Only these keys; a bare provider means all of its keys [default: every key]
    #[arg(value_name = "PROVIDER[:LABEL]")]
    pub(crate) keys: Vec<String>,
    /// Test the key that standard input holds, and store nothing
    #[arg(long)]
    pub(crate) stdin: bool,
    /// With --stdin: the address of the key's API
    #[arg(long, value_name = "URL", requires = "stdin")]
    pub(crate) endpoint: Option<String>,
    /// With --stdin: what belongs to the key: account=…, region=…
    #[arg(long = "field", value_name = "NAME=VALUE", requires = "stdin")]
    pub(crate) fields: Vec<String>,
    /// How many keys are asked for at one time [default: 64]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) jobs: Option<u16>,
    /// The time for each key: 5s, 500ms, 1m [default: 10s, or what the provider needs]
    #[arg(long, value_name = "TIME")]
    pub(crate) timeout: Option<String>,
    /// Ask only for keys whose last verdict is older than this: 1h, 30m, 7d
    #[arg(long, value_name = "TIME")]
    pub(crate) max_age: Option<String>,
    /// Look at the form of the keys only, and ask nobody
    #[arg(long)]
    pub(crate) offline: bool,
    /// Tell of every request: method, host, status and time
    #[arg(short, long)]
    pub(crate) verbose: bool,
    /// Ask also where the request may be billed
    #[arg(long)]
    pub(crate) allow_cost: bool,
    /// End with 5 exactly if a key has one of these verdicts: invalid,no-credit
    #[arg(long, value_name = "VERDICT", value_delimiter = ',', value_parser = verdicts())]
    pub(crate) fail_on: Vec<String>,
    /// Report as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// The words that `--fail-on` takes.
fn verdicts() -> Vec<&'static str> {
    Verdict::ALL.into_iter().map(Verdict::as_str).collect()
}

#[derive(Debug, Args)]
#[command(after_long_help = keys::STATUS)]
pub(crate) struct Status {
    /// Report as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// One line for a prompt or a status bar; empty if no key is known not to work, or to end soon
    #[arg(long, conflicts_with = "json")]
    pub(crate) short: bool,
}
