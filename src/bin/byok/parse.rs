//! Arguments into [`Cli`], and clap's own errors without what may be a secret.

use std::io::Write as _;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, Error, ErrorKind};
use clap::{CommandFactory, FromArgMatches};

use crate::cli::quick::quick;
use crate::cli::{Cli, Verb};
use crate::fault::code;

/// What other tools call a verb, and what it is here. No aliases: each would be one more thing to keep.
const ELSEWHERE: [(&str, &str); 7] = [
    ("delete", "rm"),
    ("remove", "rm"),
    ("del", "rm"),
    ("exec", "run"),
    ("set", "add"),
    ("print", "get"),
    ("version", "--version"),
];

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
        let whole = error.kind() == ErrorKind::DisplayHelp && arguments.iter().any(|argument| argument == "--help");
        let text = if whole { crate::help::of(&arguments) } else { crate::help::styled(&error.render()) };
        return Err(crate::help::print(&text));
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
    let mut text: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("tip: to pass")).collect();
    let tip = elsewhere(&error).map(|name| format!("  tip: that is `byok {name}`"));
    if let Some(tip) = &tip {
        text.retain(|line| !line.trim_start().starts_with("tip:"));
        // Below the sentence, as clap has it.
        let at = text.iter().position(|line| line.trim().is_empty()).map_or(text.len(), |at| at + 1);
        text.insert(at, tip);
        if text.get(at + 1).is_some_and(|line| !line.trim().is_empty()) {
            text.insert(at + 1, "");
        }
    }
    // clap begins with `error: ` and ends with advice and usage of its own.
    let _ = writeln!(std::io::stderr(), "byok: {}", crate::ui::washed(text.join("\n").trim()));
    Err(code::MISUSED.into())
}

/// What a verb is called here that other tools have under the name that was typed.
fn elsewhere(error: &Error) -> Option<&'static str> {
    let Some(ContextValue::String(typed)) = error.get(ContextKind::InvalidSubcommand) else { return None };
    // Only the verb itself: `byok profile delete` is another matter.
    let usage = error.get(ContextKind::Usage)?.to_string();
    let of_byok = usage.contains("byok [OPTIONS] <COMMAND>");
    ELSEWHERE.iter().find(|(other, _)| of_byok && other == typed).map(|(_, name)| *name)
}

/// Whether an argument is nothing that byok itself defines: long, and not one of its words.
fn could_be_secret(text: &str) -> bool {
    const SHORTEST: usize = 16;
    text.len() >= SHORTEST || text.starts_with("sk-")
}
