//! What could follow on the command line: verbs, flags, providers. Never opens a profile, asks or reaches out.

use clap::CommandFactory;
use clap_complete::CompleteEnv;

use crate::cli::Cli;

/// The variable by which a shell's completion script asks.
pub(crate) const VARIABLE: &str = "COMPLETE";

/// Answers a completion script and ends, or does nothing.
pub(crate) fn answer() {
    if std::env::var_os(VARIABLE).is_some() {
        CompleteEnv::with_factory(Cli::command).var(VARIABLE).complete();
    }
}
