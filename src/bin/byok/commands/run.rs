//! `byok run`: one program with the keys in its environment. On Unix it takes this process's place.

use std::process::Command;

use anyhow::Result;
use byok::resolve::Selection;

use super::explain::Explained;
use super::needs::Needs;
use super::pick;
use crate::cli::handing::Run;
use crate::fault::{Fault, code};
use crate::session::{Session, dense};
use crate::vars;

pub(crate) fn run(session: &Session<'_>, args: &Run) -> Result<u8> {
    if args.explain {
        return explain(session, args);
    }
    let (program, arguments) = args.command.split_first().ok_or_else(|| {
        Fault::misused("no command was given")
            .hint("put `--` before it: `byok run -- COMMAND`, `byok run openai -- COMMAND`")
    })?;
    let (by_name, naming) = (!args.select.keys.is_empty(), pick::naming(&args.select)?);
    let profiles = pick::profiles(session)?;
    let first = pick::first(session, &profiles)?;
    let needs = Needs::of(session, args, naming)?;
    // A project that says what it needs is handed just that, unless somebody asks for other keys.
    let mut selection = if needs.is_all { Selection::default() } else { pick::keys(session, &profiles, &args.select)? };
    let systems = needs.hand_out(session, &profiles, &mut selection)?;
    pick::tell_expired(session, first, &selection, false);
    let settings = pick::settings(session, first, &selection.keys, naming, by_name || needs.is_all)?;
    let mut command = Command::new(program);
    command.args(arguments);
    for name in vars::OPENERS {
        command.env_remove(name);
    }
    let mut gone = pick::stale(session, &profiles, &settings, false)?;
    gone.retain(|name| !systems.contains(name));
    pick::add_foreign(session, &settings, Some(&args.keep_env), &mut gone)?;
    for name in &gone {
        command.env_remove(name.as_str());
    }
    if args.only {
        let registry = session.registry()?;
        for (name, _) in vars::all() {
            let key = registry.claims(&name).iter().any(|claim| claim.role.is_key());
            if key && !systems.iter().any(|kept| kept.as_str() == name) {
                command.env_remove(name);
            }
        }
    }
    for setting in &settings.settings {
        command.env(setting.name.as_str(), setting.value);
    }
    session.note_read(&profiles, &pick::handed(&settings));
    let shown = program.to_string_lossy();
    // `run -- OPENAI_API_KEY=sk-… cmd`, as `env` takes it, must not be repeated.
    let shown = if dense(&shown) { "…" } else { &shown };
    start(session, command, shown)
}

/// Tells which keys the program would get, and whether it would be started.
fn explain(session: &Session<'_>, args: &Run) -> Result<u8> {
    let naming = pick::naming(&args.select)?;
    let profiles = pick::silent_profiles(session)?;
    let needs = Needs::of(session, args, naming)?;
    let mut explained = Explained::new();
    if !needs.is_all {
        explained.add_selected(session, &profiles, &args.select, naming)?;
    }
    for name in needs.names() {
        explained.add(session, &pick::walk_on(session, &profiles, naming, name)?, Some(naming))?;
    }
    explained.print(session, args.json)?;
    let mut selection = if needs.is_all { Selection::default() } else { pick::keys(session, &profiles, &args.select)? };
    needs.hand_out(session, &profiles, &mut selection).map(|_| code::DONE)
}

#[cfg(unix)]
fn start(session: &Session<'_>, mut command: Command, program: &str) -> Result<u8> {
    use std::os::unix::process::CommandExt;
    if let Some(child_fd) = vars::open_passphrase() {
        use command_fds::{CommandFdExt as _, FdMapping};
        // Nothing stands under the number where the passphrase is, be it read by now or not.
        let parent_fd = std::fs::File::open("/dev/null")?.into();
        command.fd_mappings(vec![FdMapping { parent_fd, child_fd }])?;
    }
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
