//! `byok hook`: what a shell runs at its prompt, and the answer that it asks for where a project has changed.

use std::io::IsTerminal;
use std::path::PathBuf;

use anyhow::{Context, Result};
use byok::provider::Naming;
use byok::resolve::{Answer, Selection};
use byok::settings::Place;
use byok::shell;
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::pick;
use crate::cli::project::{Hook, HookEnv, HookShell};
use crate::fault::{Fault, code};
use crate::session::{InForce, Session};

/// Prints the script of a shell, which calls this byok and no other of the name.
pub(crate) fn script(session: &Session<'_>, args: &Hook) -> Result<u8> {
    let text = match args.shell {
        HookShell::Bash => include_str!("../hook/hook.bash"),
        HookShell::Zsh => include_str!("../hook/hook.zsh"),
        HookShell::Fish => include_str!("../hook/hook.fish"),
        HookShell::Elvish => include_str!("../hook/hook.elv"),
        HookShell::Nu => include_str!("../hook/hook.nu"),
        HookShell::Pwsh => include_str!("../hook/hook.ps1"),
    };
    let program = std::env::current_exe().context("cannot tell where byok is")?;
    let program = program.to_str().ok_or_else(|| Fault::failed("the path of byok is no UTF-8"))?;
    session.ui.data(text.replace("@BYOK@", &quoted(args.shell, program)).as_bytes())?;
    Ok(code::DONE)
}

/// A path as the shell takes it.
fn quoted(dialect: HookShell, text: &str) -> String {
    match dialect {
        HookShell::Bash | HookShell::Zsh | HookShell::Fish => {
            let mut out = String::new();
            shell::quote(text, &mut out);
            out
        }
        HookShell::Elvish | HookShell::Pwsh => format!("'{}'", text.replace('\'', "''")),
        // A string in double quotes with the escapes of JSON.
        HookShell::Nu => Value::from(text).to_string(),
    }
}

/// Prints what sets the project's keys, and which files are worth a look before asking again.
pub(crate) fn env(session: &Session<'_>, args: &HookEnv) -> Result<u8> {
    session.ui.refuse_terminal(false, "this is for the hook: see `byok hook --help`")?;
    let mut answer = Answering { watch: watched(session), set: Vec::new(), hide: Vec::new() };
    // What to watch is told even where the keys cannot be: the shell is not to ask again before something has changed.
    let done = match &session.project {
        Some(project) => answer.fill(session, project, *args.before != *project.path.as_os_str()),
        None => Ok(()),
    };
    session.ui.data(answer.text(args.shell).as_bytes())?;
    done.map(|()| code::DONE)
}

/// The files whose change may change the answer.
fn watched(session: &Session<'_>) -> Vec<PathBuf> {
    let mut watched = vec![session.trust().watched()];
    if session.project.is_some() {
        watched.push(session.folders.state.join("pins").join(format!("{}.toml", session.profile)));
        watched.push(session.folders.config.join("config.toml"));
        watched.push(session.overlay_path());
    }
    watched
}

/// What the shell is told.
struct Answering {
    watch: Vec<PathBuf>,
    set: Vec<(String, Zeroizing<String>)>,
    hide: Vec<String>,
}

impl Answering {
    fn fill(&mut self, session: &Session<'_>, project: &InForce, entered: bool) -> Result<()> {
        refuse_to_ask(session)?;
        let profiles = pick::profiles(session)?;
        let first = pick::first(session, &profiles)?;
        let mut selection = Selection::default();
        let mut missing = Vec::new();
        if project.asks.names_keys() {
            for any in
                project.asks.requires.iter().map(std::slice::from_ref).chain(project.asks.any.iter().map(Vec::as_slice))
            {
                let mut found = false;
                for name in any {
                    if found {
                        break;
                    }
                    let trail = pick::walk_on(session, &profiles, Naming::Usual, name)?;
                    found = match trail.answer() {
                        Ok(Answer::Key { .. }) => selection.take(&trail).is_ok(),
                        Ok(Answer::Environment(_)) => true,
                        Err(_) => false,
                    };
                }
                missing.extend(any.first().filter(|_| !found));
            }
        } else {
            selection = byok::resolve::select(first, &[], session.now);
        }
        let settings = pick::settings(session, first, &selection.keys, Naming::Usual, project.asks.names_keys())?;
        let mut gone = pick::stale(session, &profiles, &settings, false)?;
        let registry = session.registry()?;
        gone.retain(|name| settings.concerns(registry, name));
        pick::add_foreign(session, &settings, None, &mut gone)?;
        self.hide.extend(gone.iter().map(ToString::to_string));
        session.note_read(&profiles, &pick::handed(&settings));
        let own = |value: &str| Zeroizing::new(value.to_owned());
        self.set.extend(settings.settings.iter().map(|one| (one.name.to_string(), own(one.value))));
        if entered && std::io::stderr().is_terminal() {
            let names: Vec<String> = selection.keys.iter().map(|key| first.display(key).to_string()).collect();
            session.ui.say(&welcome(session, project, &names));
        }
        for name in missing {
            session.ui.warn(&format!("`{name}` is missing, which this project needs"));
            session.ui.hint(&format!("add it with `byok add {name}`"));
        }
        Ok(())
    }

    fn text(&self, dialect: HookShell) -> Zeroizing<String> {
        let size: usize = self.set.iter().map(|(name, value)| name.len() + value.len() * 6 + 32).sum();
        let mut out = Zeroizing::new(String::with_capacity(size + 4096));
        match dialect {
            HookShell::Bash | HookShell::Zsh => {
                out.push_str("__byok_watch=(");
                self.watches(&mut out);
                out.push_str(");\n");
            }
            HookShell::Fish => {
                out.push_str("set -g __byok_watch");
                self.watches(&mut out);
                out.push_str(";\n");
            }
            HookShell::Elvish | HookShell::Nu | HookShell::Pwsh => return self.json(),
        }
        for name in &self.hide {
            out.push_str("__byok_hide ");
            out.push_str(name);
            out.push_str(";\n");
        }
        for (name, value) in &self.set {
            out.push_str("__byok_set ");
            out.push_str(name);
            out.push(' ');
            shell::quote(value, &mut out);
            out.push_str(";\n");
        }
        out
    }

    fn watches(&self, out: &mut String) {
        for path in &self.watch {
            out.push(' ');
            shell::quote(&path.to_string_lossy(), out);
        }
    }

    /// The same for shells that read JSON themselves.
    fn json(&self) -> Zeroizing<String> {
        let set: Map<String, Value> = self.set.iter().map(|(name, value)| (name.clone(), json!(&**value))).collect();
        let watch: Vec<_> = self.watch.iter().map(|path| path.to_string_lossy()).collect();
        Zeroizing::new(json!({ "version": 1, "watch": watch, "hide": self.hide, "set": set }).to_string() + "\n")
    }
}

/// What a person is told on entering a project: which keys, and whose.
fn welcome(session: &Session<'_>, project: &InForce, names: &[String]) -> String {
    let keys = if names.is_empty() { "no keys".to_owned() } else { names.join(", ") };
    let chosen = project.asks.profile.as_ref().map(|_| format!(" (profile `{}`)", session.profile));
    format!("byok: {}: {keys}{}", project.name(), chosen.unwrap_or_default())
}

/// The hook comes unasked: what would have to be unlocked stays locked.
fn refuse_to_ask(session: &Session<'_>) -> Result<()> {
    let asks =
        matches!(session.opener.place(), Some(Place::Keychain | Place::Passphrase)) && !session.opener.is_given();
    if asks && session.opener.held().get().is_none() {
        return Err(Fault::refused("the keys of this project are locked").hint("open them: `byok unlock`").into());
    }
    Ok(())
}
