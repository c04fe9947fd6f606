//! Arguments into [`Cli`], and clap's own errors without what may be a secret.

use std::io::Write as _;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches};

use crate::cli::quick::quick;
use crate::cli::{Cli, Verb};
use crate::fault::code;

/// Reads the arguments; help, version and misuse are answered here.
pub(crate) fn arguments() -> Result<Cli, ExitCode> {
    if let Some(cli) = quick(std::env::args_os().skip(1)) {
        return Ok(cli);
    }
    // Taking the description apart again costs as much as making it, and the process ends soon enough.
    let command = Box::leak(Box::new(Cli::command()));
    let matches = command.try_get_matches_from_mut(std::env::args_os());
    let error = match matches.and_then(|mut matches| Cli::from_arg_matches_mut(&mut matches)) {
        Ok(Cli { verb: Verb::Help(help), .. }) => return Err(crate::help::show(&help.words)),
        Ok(cli) => return Ok(cli),
        Err(error) => error,
    };
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        let arguments: Vec<String> =
            std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned()).collect();
        // Help that nobody reads to its end is no trouble.
        let _ = if error.kind() == ErrorKind::DisplayHelp && arguments.iter().any(|argument| argument == "--help") {
            writeln!(std::io::stdout(), "{}", crate::help::of(&arguments).trim_end())
        } else {
            error.print()
        };
        return Err(code::DONE.into());
    }
    let mut text = error.render().to_string();
    for argument in std::env::args_os().skip(1) {
        let argument = argument.to_string_lossy();
        for part in argument.split('=') {
            let bare = part.trim_start_matches('-');
            if could_be_secret(bare) {
                text = text.replace(bare, "…");
            }
        }
    }
    // Where a secret was typed as a flag, this would be the wrong advice; where not, it is hardly ever the right one.
    let text: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("tip: to pass")).collect();
    // clap begins with `error: ` and ends with advice and usage of its own.
    let _ = writeln!(std::io::stderr(), "byok: {}", crate::ui::washed(text.join("\n").trim()));
    Err(code::MISUSED.into())
}

/// Whether an argument is nothing that byok itself defines: long, and not one of its words.
fn could_be_secret(text: &str) -> bool {
    const SHORTEST: usize = 16;
    text.len() >= SHORTEST || text.starts_with("sk-")
}
