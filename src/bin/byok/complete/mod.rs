//! What could follow on the command line. Never unlocks, asks, writes, or reaches out, and is silent in trouble.
//!
//! A shell's script (`completions/`) sets `BYOK_COMPLETE` to the number of the word that the cursor is in, and hands the
//! words over behind `--`. The answer is a line for each candidate, with a tab before what is said of it; or the one line
//! `:files` or `:command`, where the shell knows better.

mod known;

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::sync::Arc;

use byok::provider::Consumer;
use byok::wash::steers;
use clap::{Arg, Command, CommandFactory};
use clap_complete::engine::{self, ArgValueCompleter, CompletionCandidate};

use crate::cli::Cli;
use crate::harden::CoreLimit;
use crate::vars;
use known::Known;

/// That the shell is to offer files.
const FILES: &str = ":files";

/// That another command begins here.
const COMMAND: &str = ":command";

/// What an argument may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Keys that are there.
    Key,
    /// Keys that answer: also those of the profiles in `fallback`.
    Answering,
    /// Keys that are there, by their label.
    Labelled,
    /// A key that may be new.
    NewKey,
    Provider,
    OwnProvider,
    Profile,
    Tag,
    /// Somebody who opens the profile.
    Opener,
    Field,
    File,
    Command,
    /// A tool whose names of variables are known.
    Consumer,
    /// A tool that can be set up.
    Setup,
    HelpPage,
}

impl Kind {
    /// The kind of an argument of the verb at `path`.
    fn of(path: &[String], arg: &Arg) -> Option<Self> {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let value = arg.get_value_names().and_then(<[_]>::first)?.as_str();
        Some(match (path.as_slice(), arg.get_id().as_str(), value) {
            (_, "profile" | "to_profile", _) => Self::Profile,
            (["profile", verb], _, "NAME" | "FROM") if !matches!(*verb, "create" | "join") => Self::Profile,
            (["add"], "key", _) => Self::NewKey,
            (["provider", "rm"], "provider", _) => Self::OwnProvider,
            (["provider", "add"], "provider", _) => return None,
            (_, _, "PROVIDER") => Self::Provider,
            (["get" | "has" | "env" | "run" | "export"], _, "PROVIDER[:LABEL]") => Self::Answering,
            (_, _, "PROVIDER[:LABEL]") => Self::Key,
            (_, _, "PROVIDER:LABEL") => Self::Labelled,
            (_, _, "TAG") => Self::Tag,
            (["recipient", "rm" | "rotate"], "who", _) => Self::Opener,
            (_, _, "NAME=VALUE") => Self::Field,
            (_, _, "FILE") => Self::File,
            (["run"], "command", _) => Self::Command,
            (_, "consumer", _) => Self::Consumer,
            (["setup"], "tool", _) => Self::Setup,
            (["help"], "words", _) => Self::HelpPage,
            _ => return None,
        })
    }

    fn candidates(self, known: &Known, typed: &str) -> Vec<CompletionCandidate> {
        match self {
            Self::Key => known.keys(typed, false),
            Self::Answering => known.answering(typed),
            Self::Labelled => known.keys(typed, true),
            Self::NewKey if typed.contains(':') => known.keys(typed, true),
            Self::NewKey | Self::Provider => known.providers(typed),
            Self::OwnProvider => known.own_providers(typed),
            Self::Profile => known.profiles(typed),
            Self::Tag => known.tags(typed),
            Self::Opener => known.openers(typed),
            Self::Field => known.fields(typed),
            Self::File => vec![CompletionCandidate::new(FILES)],
            Self::Command => vec![CompletionCandidate::new(COMMAND)],
            Self::Consumer => consumers(typed),
            Self::Setup => setups(typed),
            Self::HelpPage => known.help_pages(typed),
        }
    }
}

/// Answers a completion script; `false` if none asks.
pub(crate) fn answer(core_limit: CoreLimit) -> bool {
    let Some(at) = vars::complete() else { return false };
    let mut words: Vec<OsString> = std::env::args_os().skip_while(|word| word != "--").skip(1).collect();
    // PowerShell leaves empty words out.
    if words.len() <= at {
        words.push(OsString::new());
    }
    let at = at.min(words.len() - 1);
    words.truncate(at + 1);
    // clap's engine does not know that only the started program follows `--`.
    if let Some(end) = words[..at].iter().position(|word| word == "--")
        && words[..end].iter().any(|word| word == "run")
    {
        let _ = writeln!(std::io::stdout(), "{COMMAND}");
        return true;
    }
    let typed = words[at].clone();
    let known = Arc::new(Known::new(&words, core_limit));
    let mut command = Cli::command();
    command.build();
    let mut command = informed(command, &[], &known);
    let found = engine::complete(&mut command, words, at, None).unwrap_or_default();
    // A shell that does not listen to the end is no trouble.
    let _ = std::io::stdout().write_all(lines(&found, &typed).as_bytes());
    true
}

/// The same command, whose arguments know what they may be.
fn informed(command: Command, path: &[String], known: &Arc<Known>) -> Command {
    let command = command.mut_args(|arg| {
        let Some(kind) = Kind::of(path, &arg) else { return arg };
        let known = Arc::clone(known);
        let complete =
            move |typed: &OsStr| typed.to_str().map_or_else(Vec::new, |typed| kind.candidates(&known, typed));
        arg.add(ArgValueCompleter::new(complete))
    });
    command.mut_subcommands(|verb| {
        let path = [path, &[verb.get_name().to_owned()]].concat();
        informed(verb, &path, known)
    })
}

/// The tools that `--for` knows.
fn consumers(typed: &str) -> Vec<CompletionCandidate> {
    let meant = Consumer::all().filter(|consumer| consumer.name.starts_with(typed));
    meant.map(|consumer| CompletionCandidate::new(consumer.name)).collect()
}

/// The tools that `byok setup` knows.
fn setups(typed: &str) -> Vec<CompletionCandidate> {
    byok::setup::names().into_iter().filter(|name| name.starts_with(typed)).map(CompletionCandidate::new).collect()
}

/// Whether no shell takes the character for more than itself, also inside quotes: a profile that somebody else made may
/// hold any tag.
fn is_plain(c: char) -> bool {
    c.is_alphanumeric() || "-_./:@=,+".contains(c)
}

/// The answer as text.
fn lines(found: &[CompletionCandidate], typed: &OsStr) -> String {
    let said = |one: &CompletionCandidate| one.get_value().to_str().map(str::to_owned);
    let values: Vec<String> = found.iter().filter_map(said).collect();
    for directive in [FILES, COMMAND] {
        if values.iter().any(|value| value.ends_with(directive)) {
            return format!("{directive}\n");
        }
    }
    // Flags are offered once a `-` is typed, or where nothing else can follow.
    let only_flags = values.iter().all(|value| value.starts_with('-'));
    let mut text = String::new();
    for (one, value) in found.iter().filter_map(|one| said(one).map(|value| (one, value))) {
        let hidden = typed.is_empty() && value.starts_with('-') && !(only_flags && value.starts_with("--"));
        if hidden || value.is_empty() || !value.chars().all(is_plain) {
            continue;
        }
        text.push_str(&value);
        let help = one.get_help().map(ToString::to_string).unwrap_or_default();
        if let Some(help) = help.lines().next() {
            text.push('\t');
            text.extend(help.chars().filter(|c| !steers(*c)));
        }
        text.push('\n');
    }
    text
}
