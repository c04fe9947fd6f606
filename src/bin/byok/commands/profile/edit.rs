//! `byok profile edit`: what is set for a profile in `config.toml`.

use anyhow::{Context, Result};
use byok::name::ProfileName;
use byok::settings::{self, Settings};
use byok::store::Store as _;

use super::absent;
use crate::cli::manage::ProfileEdit;
use crate::fault::{Fault, code};
use crate::session::{Session, profile_name};

pub(crate) fn run(session: &Session<'_>, args: &ProfileEdit) -> Result<u8> {
    let name = profile_name(&args.name).context("cannot use this name")?;
    let there = session.store().profiles()?;
    if !there.contains(&name) {
        return Err(absent(&name).into());
    }
    let fallback = fallback(args, &name, &there)?;
    let rotate_after = args.rotate_after.as_deref().map(days).transpose()?;
    if fallback.is_none() && rotate_after.is_none() {
        let fault = Fault::misused("nothing to change was given");
        return Err(fault.hint("see what there is with `byok profile edit --help`").into());
    }
    let path = session.folders.config.join("config.toml");
    session.rewrite(&path, |old| {
        let change = || {
            let text = match &fallback {
                Some(names) => Settings::with_fallback(old, &name, names)?,
                None => old.to_owned(),
            };
            match rotate_after {
                Some(days) => Settings::with_rotate_after(&text, &name, days),
                None => Ok(text),
            }
        };
        change().with_context(|| format!("cannot change `{}`", path.display()))
    })?;
    session.ui.say(&format!("changed what is set for profile `{name}`"));
    Ok(code::DONE)
}

/// The profiles that are to answer after this one, if that is said.
fn fallback(args: &ProfileEdit, name: &ProfileName, there: &[ProfileName]) -> Result<Option<Vec<ProfileName>>> {
    if args.no_fallback {
        return Ok(Some(Vec::new()));
    }
    let mut names = Vec::new();
    for typed in &args.fallback {
        let other = profile_name(typed).context("cannot use this name")?;
        if !there.contains(&other) {
            return Err(absent(&other).into());
        }
        if other == *name {
            return Err(Fault::misused(format!("profile `{name}` cannot answer after itself")).into());
        }
        if !names.contains(&other) {
            names.push(other);
        }
    }
    Ok(Some(names).filter(|names| !names.is_empty()))
}

/// A number of days, or none for `never`.
fn days(text: &str) -> Result<Option<u32>> {
    let wrong = || {
        Fault::misused("cannot use `--rotate-after`: this is no number of days")
            .hint("write `--rotate-after 90d`, or `12w`, `1y`, `never`")
    };
    if text == "never" { Ok(None) } else { Ok(Some(settings::whole_days(text).ok_or_else(wrong)?)) }
}
