//! `byok env`: what sets the keys in a shell. Nothing is printed unless all of it can be.

use anyhow::Result;
use byok::name::EnvName;
use byok::provider::Naming;
use byok::shell::{self, Dialect};
use zeroize::Zeroizing;

use super::explain::Explained;
use super::pick;
use crate::caller;
use crate::cli::handing::Env;
use crate::fault::{Fault, code};
use crate::session::Session;
use crate::vars;

pub(crate) fn run(session: &Session<'_>, args: &Env) -> Result<u8> {
    let dialect = match &args.shell {
        Some(name) => shell::dialect(name).ok_or_else(|| Fault::misused("byok does not speak this shell"))?,
        None => caller::dialect(),
    };
    if args.explain {
        let profiles = pick::silent_profiles(session)?;
        let mut explained = Explained::new();
        explained.add_selected(session, &profiles, &args.select, pick::naming(&args.select)?)?;
        explained.print(session, args.json)?;
        return pick::keys(session, &profiles, &args.select).map(|_| code::DONE);
    }
    session.ui.refuse_terminal(args.reveal || args.unset, &format!("set the keys with `{}`", dialect.load()))?;
    let (by_name, naming) = (!args.select.keys.is_empty(), pick::naming(&args.select)?);
    let profiles = pick::profiles(session)?;
    let first = pick::first(session, &profiles)?;
    let selection = pick::keys(session, &profiles, &args.select)?;
    pick::tell_expired(session, first, &selection, true);
    let settings = pick::settings(session, first, &selection.keys, naming, by_name)?;
    let registry = session.registry()?;
    // What is asked for by name, or for one program, comes on top of what is set; anything else is the whole of it.
    let part = by_name || matches!(naming, Naming::For(_));
    if args.unset {
        let mut names: Vec<&EnvName> = settings.settings.iter().map(|setting| &setting.name).collect();
        // What is not handed out any more may still be set from before.
        let mut stale = pick::stale(session, &profiles, &settings, true)?;
        stale.retain(|name| !part || settings.concerns(registry, name));
        names.extend(&stale);
        let mut out = unset(dialect, &names);
        dialect.finish(&mut out);
        session.ui.data(out.as_bytes())?;
        return Ok(code::DONE);
    }
    let mut gone = pick::stale(session, &profiles, &settings, false)?;
    gone.retain(|name| !part || settings.concerns(registry, name));
    pick::add_foreign(session, &settings, Some(&args.keep_env), &mut gone)?;
    if !by_name && vars::value(vars::HOOKED).is_some() {
        // What a hook above this shell has set is this shell's own from now on.
        gone.extend(EnvName::parse_to_unset(vars::HOOKED));
    }
    let size: usize = settings.settings.iter().map(|setting| shell::room(setting.value)).sum();
    let mut out = Zeroizing::new(unset(dialect, &gone.iter().collect::<Vec<_>>()));
    out.reserve(size);
    for setting in &settings.settings {
        let without = || loading(dialect, &format!("--except {}", setting.key.provider));
        if let Err(unfit) = dialect.set(&setting.name, setting.value, &mut out) {
            let what = format!("the value of `{}` cannot be set in this shell", setting.name);
            return Err(Fault::refused(what).cause(unfit).hint(format!("leave it out: {}", without())).into());
        }
        if !args.quoted && !dialect.survives_unquoted(setting.value) {
            let name = &setting.name;
            let what = format!("the value of `{name}` would not survive `eval $(byok env)` without quotes");
            let quoted = loading(dialect, "--quoted");
            return Err(Fault::refused(what)
                .hint(format!("{quoted}, written exactly so, carries every value unchanged"))
                .hint(format!("or leave it out: {}", without()))
                .into());
        }
    }
    dialect.finish(&mut out);
    session.note_read(&profiles, &pick::handed(&settings));
    session.ui.data(out.as_bytes())?;
    Ok(code::DONE)
}

fn unset(dialect: &dyn Dialect, names: &[&EnvName]) -> String {
    let mut out = String::new();
    for name in names {
        dialect.unset(name, &mut out);
    }
    out
}

/// The command that loads what `byok env` prints with one more argument.
fn loading(dialect: &dyn Dialect, argument: &str) -> String {
    format!("`{}`", dialect.load().replace("byok env", &format!("byok env {argument}")))
}
