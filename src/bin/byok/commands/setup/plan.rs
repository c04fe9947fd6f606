//! What is to be written for a tool, and where.

use std::path::PathBuf;

use anyhow::Result;
use byok::name::{KeyRef, ProviderId};
use byok::resolve::{self, Chain, ResolveError};
use byok::setup::{Broken, Call, Entry, File, Host, Tool, Unfit, Way};

use crate::cli::setup::Setup;
use crate::fault::Fault;
use crate::session::Session;
use crate::vars;

/// One entry and its file.
pub(super) struct Plan {
    pub(super) entry: Entry,
    pub(super) path: PathBuf,
    /// The shell, if it is a wrapper's.
    pub(super) host: Option<Host>,
}

/// Works out what was asked for.
pub(super) fn make(session: &Session<'_>, tool: &'static dyn Tool, args: &Setup) -> Result<Plan> {
    let key = args.key.as_deref().map(|typed| session.key(typed)).transpose()?;
    let usual = tool.providers();
    if let Some(key) = &key
        && !usual.is_empty()
        && !usual.contains(&key.provider.as_str())
    {
        return Err(unfit(tool, &Unfit::Provider { tool: tool.name(), provider: key.provider.clone() }));
    }
    let mut call = call(session, key, args.shell.as_deref());
    if let Some(key) = &call.key {
        refuse_admin(session, key)?;
    }
    let asked = call.key.clone().or_else(|| only(&usual)).filter(|_| tool.way() == Way::Helper);
    call.address = asked.map(|key| look(session, tool, &key)).transpose()?.flatten();
    let file = file(tool, call.host);
    let entry = tool.entry(&call, file).map_err(|error| unfit(tool, &error))?;
    let path = vars::setup_file(tool.name(), file, call.host)
        .ok_or_else(|| Fault::failed("there is no home folder: `HOME` is not set to an absolute path"))?;
    Ok(Plan { entry, path, host: call.host.filter(|_| file == File::Shell) })
}

/// How byok is called: by its bare name where that finds this very program.
pub(super) fn call(session: &Session<'_>, key: Option<KeyRef>, shell: Option<&str>) -> Call {
    let own = std::env::current_exe().unwrap_or_else(|_| "byok".into());
    let real = |path: &PathBuf| std::fs::canonicalize(path).ok();
    let is_found =
        vars::programs("byok").next().is_some_and(|found| real(&found).is_some() && real(&found) == real(&own));
    let byok = if is_found { "byok".to_owned() } else { own.display().to_string() };
    let named = shell.map(str::to_owned).or_else(vars::shell);
    let host = named.and_then(|path| Host::of(&path));
    // A profile that a setting chose may be chosen anew tomorrow, and is not to be nailed down.
    let profile = session.is_named.then(|| session.profile.clone());
    Call { byok, profile, key, host, address: None }
}

/// Which of its files a tool has its entry in.
pub(super) fn file(tool: &dyn Tool, host: Option<Host>) -> File {
    if tool.way() == Way::Wrapper {
        return File::Shell;
    }
    let script = vars::setup_file(tool.name(), File::Script, host);
    let settings = vars::setup_file(tool.name(), File::Settings, host);
    if script != settings && script.is_some_and(|path| path.exists()) { File::Script } else { File::Settings }
}

/// The one provider that a tool is made for.
fn only(providers: &[&str]) -> Option<KeyRef> {
    let [one] = providers else { return None };
    Some(KeyRef { provider: ProviderId::parse(one).ok()?, label: None })
}

/// Refuses a key that no tool is ever handed, as far as nobody needs to be asked for it.
fn refuse_admin(session: &Session<'_>, key: &KeyRef) -> Result<()> {
    let Ok(Some(profile)) = session.glance() else { return Ok(()) };
    match profile.find(key).filter(|key| resolve::is_admin(key)) {
        Some(admin) => Err(ResolveError::Admin { name: admin.name() }.into()),
        None => Ok(()),
    }
}

/// Looks whether the key is there, as far as nobody needs to be asked for it; answers with its own address.
fn look(session: &Session<'_>, tool: &dyn Tool, key: &KeyRef) -> Result<Option<String>> {
    let Ok(Some(profile)) = session.glance() else { return Ok(None) };
    let after = session.settings.fallback(&session.profile).cloned().collect::<Vec<_>>();
    let chain = Chain::new(session.profile.clone(), Some(profile), after, Box::new(|name| session.glance_at(name)));
    let Ok(trail) = resolve::walk(&chain, key, &[], session.now) else { return Ok(None) };
    let found = match trail.key() {
        Ok(found) if resolve::is_admin(found) => return Err(ResolveError::Admin { name: found.name() }.into()),
        Ok(found) => found,
        Err(ResolveError::NoSuchKey { .. }) => {
            session.ui.warn(&format!("there is no key `{key}` yet"));
            session.ui.hint(&format!("add it with `byok add {key}`"));
            return Ok(None);
        }
        Err(error @ ResolveError::Admin { .. }) => return Err(error.into()),
        Err(_) => return Ok(None),
    };
    let Some(address) = found.fields.get("endpoint") else { return Ok(None) };
    if tool.takes_address() {
        return Ok(Some(address.clone()));
    }
    if session.registry()?.exports(&key.provider).at_home(address) {
        return Ok(None);
    }
    let what = format!("`{key}` has an address of its own, and `{}` would send it to its provider's", tool.name());
    let hint = format!("name another key: `byok setup {} {}:LABEL`", tool.name(), key.provider);
    Err(Fault::refused(what).hint(hint).into())
}

/// Tells of what keeps the tool from calling its helper.
pub(super) fn tell_outranked(session: &Session<'_>, tool: &dyn Tool, text: &str) {
    if let Some(Broken::Form { line, column }) = tool.unread(text) {
        let place = format!("line {line}, column {column}");
        session.ui.warn(&format!("`{}` ignores the whole file: it is no plain JSON at {place}", tool.name()));
        session.ui.hint("take the comments and trailing commas out");
    }
    for place in tool.outranked(text) {
        session.ui.warn(&format!("the file sets `{place}`, which goes before the helper"));
        session.ui.hint(&format!("take that key in, and out of there: `byok import {} --delete-source`", tool.name()));
    }
    for variable in tool.variables().iter().filter(|name| vars::value(name).is_some_and(|value| !value.is_empty())) {
        session.ui.warn(&format!("`{variable}` is set here, and goes before the helper"));
        let provider = tool.providers().first().copied().unwrap_or_default();
        session.ui.hint(&format!("keep it out of `byok env` with `byok edit {provider} --no-export`"));
    }
}

fn unfit(tool: &dyn Tool, error: &Unfit) -> anyhow::Error {
    let fault = Fault::misused(error.to_string());
    let name = tool.name();
    if let Unfit::NoShell { .. } = error {
        return fault
            .hint(format!("name your shell: `byok setup {name} --shell bash`; `zsh`, `fish` and `nu` are known"))
            .hint(format!("or start it through byok yourself: `byok run -- {}`", tool.program()))
            .into();
    }
    let known = tool.providers().iter().map(|one| format!("`{one}`")).collect::<Vec<_>>().join(", ");
    let first = tool.providers().first().copied().unwrap_or_default();
    fault.hint(format!("name it: `byok setup {name} {first}`")).hint(format!("it takes keys of {known}")).into()
}
