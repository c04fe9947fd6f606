//! `byok help`: a verb's long help, or a topic's text. Needs no session, so that it is there also where nothing else works.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::builder::{Resettable, StyledStr};
use clap::{Command, CommandFactory};

use crate::cli::Cli;
use crate::cli::manual::topics::{self, TOPICS};
use crate::fault::code;
use crate::ui::{Ui, washed};
use crate::{fill, table, vars};

/// Shows what is asked for; without words, the long help of byok.
pub(crate) fn show(words: &[String]) -> ExitCode {
    let mut command = Cli::command();
    command.build();
    let topic = words.first().filter(|_| words.len() == 1).and_then(|word| topics::find(word));
    let verb = words.iter().try_fold(&command, |verb, word| verb.find_subcommand(word));
    let mut text = verb.map(|verb| long(verb.clone())).unwrap_or_default();
    if let Some(topic) = topic {
        // A topic that shares its name with a verb stands below the verb's help.
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        text.extend([topic.about, "\n\n", topic.text]);
    }
    if text.is_empty() {
        return nothing(words, &command);
    }
    print(&text)
}

/// Prints help, or a version. Where nobody reads it to its end is no trouble.
pub(crate) fn print(text: &str) -> ExitCode {
    let ui = Ui::new(&vars::Vars::read(), true);
    let code =
        ui.data(format!("{}\n", text.trim_end()).as_bytes()).map_or_else(|error| ui.fault(&error), |()| code::DONE);
    if code == code::CLOSED_PIPE { code::DONE } else { code }.into()
}

/// A text of clap's, for standard output.
pub(crate) fn styled(text: &StyledStr) -> String {
    if is_styled() { text.ansi().to_string() } else { text.to_string() }
}

/// The long help of the verb that the arguments name, as `--help` asks for it.
pub(crate) fn of(arguments: &[String]) -> String {
    let mut command = Cli::command();
    command.build();
    let mut verb = &command;
    let mut words = arguments.iter().take_while(|word| *word != "--");
    while let Some(word) = words.next() {
        if word == "-p" || word == "--profile" {
            // A profile may be called as a verb is.
            words.next();
        } else {
            verb = verb.find_subcommand(word).unwrap_or(verb);
        }
    }
    long(verb.clone())
}

/// clap's part, and the longer text filled to the width that clap takes for its own.
fn long(verb: Command) -> String {
    const WIDEST: usize = 100;
    let text = verb.get_after_long_help().map(ToString::to_string).unwrap_or_default();
    // Without it, clap would take the one below the short help.
    let mut verb = verb.after_long_help(Resettable::Reset).after_help(Resettable::Reset);
    let mut help = styled(&verb.render_long_help());
    if !text.is_empty() {
        let width = table::width().map_or(WIDEST, usize::from).min(WIDEST);
        help.truncate(help.trim_end().len());
        help.extend(["\n\n", &fill::fill(&text, width)]);
    }
    help
}

/// Whether headings may stand out.
fn is_styled() -> bool {
    std::io::stdout().is_terminal() && !vars::no_color()
}

/// There is no such verb or topic.
fn nothing(words: &[String], command: &Command) -> ExitCode {
    let asked: String = words.join(" ").chars().take(24).collect();
    let topics: Vec<&str> = TOPICS.iter().map(|topic| topic.name).collect();
    let verbs: Vec<&str> =
        command.get_subcommands().filter(|verb| !verb.is_hide_set()).map(Command::get_name).collect();
    eprintln!("byok: error: there is no verb or topic `{}`", washed(&asked));
    eprintln!("byok: hint: the topics are {}", topics.join(", "));
    eprintln!("byok: hint: the verbs are {}", verbs.join(", "));
    code::MISUSED.into()
}
