//! The verbs that programs and prompts start again and again, each described alone: to describe all of byok's verbs takes
//! as long as a tenth of `byok env`, and a quarter of its memory.

use std::ffi::OsString;

use clap::{Args, Command, FromArgMatches as _};

use super::{Cli, Globals, Verb};

/// What was typed, the program's own name left out, if that is one of these verbs and nothing is wrong with it. All
/// else, help and misuse included, is for the whole description.
pub(crate) fn quick(words: impl IntoIterator<Item = OsString>) -> Option<Cli> {
    let mut words = words.into_iter();
    let mut first = words.next()?;
    // As the hook has it.
    let no_input = (first == "--no-input").then_some(first.clone());
    if no_input.is_some() {
        first = words.next()?;
    }
    // The verb stands in the place of the program's name.
    let verb = first.clone();
    let words = [first].into_iter().chain(no_input).chain(words);
    match verb.to_str()? {
        "env" => one(words, Verb::Env),
        "get" => one(words, Verb::Get),
        "has" => one(words, Verb::Has),
        "run" => one(words, Verb::Run),
        "hook-env" => one(words, Verb::HookEnv),
        _ => None,
    }
}

fn one<A: Args>(words: impl Iterator<Item = OsString>, wrap: fn(A) -> Verb) -> Option<Cli> {
    let command = Globals::augment_args(A::augment_args(Command::new("byok")));
    // Taking it apart again costs as much as making it, and the process ends soon enough.
    let mut matches = Box::leak(Box::new(command)).try_get_matches_from_mut(words).ok()?;
    let args = A::from_arg_matches_mut(&mut matches).ok()?;
    Some(Cli { globals: Globals::from_arg_matches_mut(&mut matches).ok()?, verb: wrap(args) })
}
