//! `byok help`: a verb's long help, or a topic's text. Needs no session, so that it is there also where nothing else works.

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Command, CommandFactory};

use crate::cli::Cli;
use crate::cli::manual::topics::{self, TOPICS};
use crate::fault::code;
use crate::ui::washed;

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
    // Help that nobody reads to its end is no trouble.
    let _ = writeln!(std::io::stdout(), "{}", text.trim_end());
    code::DONE.into()
}

fn long(mut verb: Command) -> String {
    verb.render_long_help().to_string()
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
