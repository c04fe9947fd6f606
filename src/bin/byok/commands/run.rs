//! `byok run`: one program with the keys in its environment. On Unix it takes this process's place.

use std::process::Command;

use anyhow::{Context, Result};
use byok::name::{EnvName, KeyRef, ProviderId};
use byok::profile::{Key, Profile};
use byok::provider::{Consumer, Naming, Role};
use byok::resolve::{self, ResolveError, Selection};

use super::pick;
use crate::cli::Run;
use crate::fault::Fault;
use crate::session::{Session, dense};
use crate::vars;

pub(crate) fn run(session: &Session<'_>, args: &Run) -> Result<u8> {
    let (program, arguments) = args.command.split_first().ok_or_else(|| {
        Fault::misused("no command was given")
            .hint("put `--` before it: `byok run -- COMMAND`, `byok run openai -- COMMAND`")
    })?;
    let (by_name, naming) = (!args.select.keys.is_empty(), pick::naming(&args.select)?);
    let profiles = pick::profiles(session, by_name || !args.require.is_empty() || !args.require_any.is_empty())?;
    let mut selection = pick::keys(session, &profiles, &args.select)?;
    let systems = require(session, &profiles, args, naming, &mut selection)?;
    pick::tell_expired(session, &profiles[0], &selection);
    let settings = pick::settings(session, &profiles[0], &selection.keys, naming, by_name)?;
    let mut command = Command::new(program);
    command.args(arguments);
    for name in vars::OPENERS {
        command.env_remove(name);
    }
    let mut gone = pick::stale(session, &profiles, &settings, false)?;
    gone.retain(|name| !systems.contains(name));
    pick::add_foreign(session, &settings, &args.keep_env, &mut gone);
    for name in &gone {
        command.env_remove(name.as_str());
    }
    if args.only {
        let registry = session.registry()?;
        for (name, _) in vars::all() {
            let key = registry.claims(&name).iter().any(|claim| claim.role == Role::Key);
            if key && !systems.iter().any(|kept| kept.as_str() == name) {
                command.env_remove(name);
            }
        }
    }
    for setting in &settings.settings {
        command.env(setting.name.as_str(), setting.value);
    }
    let shown = program.to_string_lossy();
    // `run -- OPENAI_API_KEY=sk-… cmd`, as `env` takes it, must not be repeated.
    let shown = if dense(&shown) { "…" } else { &shown };
    start(session, command, shown)
}

/// Refuses to start without what the program needs, and hands that out whether it was selected or not. Answers with the
/// variables of keys that are not byok's but the system's, in the environment already.
fn require<'p>(
    session: &Session<'_>,
    profiles: &'p [Profile],
    args: &Run,
    naming: Naming,
    selection: &mut Selection<'p>,
) -> Result<Vec<EnvName>> {
    let except = session.keys(&args.select.except)?;
    let mut systems = Vec::new();
    let mut hand_out = |name: &KeyRef| -> Result<Result<()>> {
        let found = resolve::answer(profiles, name, session.now);
        let registry = session.registry()?;
        let spared = |key: &Key| except.iter().any(|one| resolve::means(one, key));
        match found.as_ref() {
            Ok(key) if !spared(key) => {
                let unread = !resolve::settings(registry, naming, &[key]).unread.is_empty();
                if let (Naming::For(consumer), true) = (naming, unread) {
                    return Ok(Err(useless(&key.provider, consumer)));
                }
                selection.add(key);
                return Ok(Ok(()));
            }
            _ => {}
        }
        let usual = registry.exports(&name.provider).key;
        let own = naming.key(registry, &name.provider, &[], &usual);
        let set = |own: &EnvName| vars::value(own.as_str()).is_some_and(|value| !value.trim().is_empty());
        if name.label.is_none() && found.is_err() && own.iter().any(set) {
            systems.extend(own.into_owned());
            return Ok(Ok(()));
        }
        let missing = || ResolveError::NoSuchKey { wanted: name.clone(), there: Vec::new() };
        Ok(Err(found.err().unwrap_or_else(missing).into()))
    };
    for name in session.keys(&args.require)? {
        hand_out(&name)?.context("the command was not started")?;
    }
    let any = session.keys(&args.require_any)?;
    let mut there = any.is_empty();
    for name in &any {
        there = there || hand_out(name)?.is_ok();
    }
    if there {
        return Ok(systems);
    }
    let list = any.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let fault = Fault::missing(format!("the command was not started: there is no usable key of any of {list}"));
    Err(any.iter().fold(fault, |fault, name| fault.hint(format!("add one with `byok add {name}`"))).into())
}

/// A required key that the program could not read.
fn useless(provider: &ProviderId, consumer: Consumer) -> anyhow::Error {
    Fault::misused(format!("`{}` reads no key of `{provider}`", consumer.name))
        .hint(format!("hand it out under its usual name, without `--for {}`", consumer.name))
        .into()
}

#[cfg(unix)]
fn start(session: &Session<'_>, mut command: Command, program: &str) -> Result<u8> {
    use std::os::unix::process::CommandExt;
    crate::harden::restore(session.core_limit);
    let error = command.exec();
    Err(not_started(program, error))
}

#[cfg(not(unix))]
fn start(_: &Session<'_>, mut command: Command, program: &str) -> Result<u8> {
    let status = command.status().map_err(|error| not_started(program, error))?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

fn not_started(program: &str, error: std::io::Error) -> anyhow::Error {
    // The codes that shells give for the two.
    let (code, hint) = match error.kind() {
        std::io::ErrorKind::NotFound => (127, Some("check its name, and `PATH`")),
        std::io::ErrorKind::ArgumentListTooLong => {
            (126, Some("a value is too large for an environment: leave it out with `--except`"))
        }
        _ => (126, None),
    };
    let fault = Fault::with_code(code, format!("cannot start `{program}`")).cause(error);
    hint.into_iter().fold(fault, Fault::hint).into()
}
