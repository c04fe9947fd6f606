//! `byok run`: one program with the keys in its environment. On Unix it takes this process's place.

use std::process::Command;

use anyhow::Result;
use byok::name::KeyRef;
use byok::profile::Profile;
use byok::provider::Role;
use byok::resolve;

use super::pick;
use crate::cli::Run;
use crate::fault::Fault;
use crate::session::Session;
use crate::vars;

pub(crate) fn run(session: &Session<'_>, args: &Run) -> Result<u8> {
    let by_name = !args.select.keys.is_empty();
    let profiles = pick::profiles(session, by_name || !args.require.is_empty() || !args.require_any.is_empty())?;
    let selection = pick::keys(session, &profiles, &args.select)?;
    require(session, &profiles, args)?;
    pick::tell_expired(session, &profiles[0], &selection);
    let settings = pick::settings(session, &profiles[0], &selection.keys, by_name)?;
    let (program, arguments) = args.command.split_first().ok_or_else(|| Fault::misused("no command was given"))?;
    let mut command = Command::new(program);
    command.args(arguments);
    for name in vars::OPENERS {
        command.env_remove(name);
    }
    let mut gone = pick::stale(session, &profiles, &settings)?;
    pick::add_foreign(session, &settings, &args.keep_env, &mut gone);
    for name in &gone {
        command.env_remove(name.as_str());
    }
    if args.only {
        let registry = session.registry()?;
        for (name, _) in vars::all() {
            if registry.claims(&name).iter().any(|claim| claim.role == Role::Key) {
                command.env_remove(name);
            }
        }
    }
    for setting in &settings.settings {
        command.env(setting.name.as_str(), setting.value);
    }
    start(session, command, &program.to_string_lossy())
}

/// Refuses to start without what the program needs. A key may also be the system's: in the environment already.
fn require(session: &Session<'_>, profiles: &[Profile], args: &Run) -> Result<()> {
    let required = session.keys(&args.require)?;
    let mut missing = Vec::new();
    for name in &required {
        if !answers(session, profiles, name)? {
            missing.push(name);
        }
    }
    let hints = |names: &[&KeyRef]| names.iter().map(|name| format!("add it with `byok add {name}`")).collect();
    let list = |names: &[&KeyRef]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if !missing.is_empty() {
        return Err(pick::not_there(
            format!("there is no usable key {}; the command was not started", list(&missing)),
            hints(&missing),
        ));
    }
    let any = session.keys(&args.require_any)?;
    let any: Vec<&KeyRef> = any.iter().collect();
    let mut there = any.is_empty();
    for name in &any {
        there |= answers(session, profiles, name)?;
    }
    if there {
        return Ok(());
    }
    Err(pick::not_there(
        format!("there is no usable key of any of {}; the command was not started", list(&any)),
        hints(&any),
    ))
}

fn answers(session: &Session<'_>, profiles: &[Profile], name: &KeyRef) -> Result<bool> {
    if profiles.iter().any(|profile| resolve::find(profile, name, session.now).is_ok()) {
        return Ok(true);
    }
    let own = session.registry()?.exports(&name.provider).key;
    Ok(name.label.is_none() && vars::value(own.as_str()).is_some_and(|value| !value.trim().is_empty()))
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
