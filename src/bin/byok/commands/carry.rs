//! `byok copy` and `byok move`: keys into another profile, or a second name for one.

use anyhow::{Context as _, Result};
use byok::keys::{self, KeyError};
use byok::name::{KeyRef, ProfileName};
use byok::profile::Profile;
use byok::seal::Unlock as _;
use byok::store::Store as _;

use super::profile::absent;
use super::rename::of_another;
use crate::cli::carrying::{Copy, Move};
use crate::fault::{Fault, code};
use crate::session::{Session, profile_name};
use crate::words::counted;

/// More names than these fill the screen.
const SHOWN: usize = 10;

pub(crate) fn copy(session: &Session<'_>, args: &Copy) -> Result<u8> {
    let Some(to) = &args.to_profile else { return second(session, args) };
    let to = target(session, to)?;
    let mut profile = session.read()?;
    let names = chosen(session, &profile, &args.keys, args.tag.as_deref())?;
    // Old secrets stay with the key that had them.
    for name in &names {
        if let Some(key) = name.label.as_ref().and_then(|label| profile.get_mut(&name.provider, label)) {
            key.previous.clear();
        }
    }
    let list = list(&profile, &names);
    if args.dry_run {
        session.ui.say(&format!("{list} would be copied into profile `{to}`; nothing was changed"));
        return Ok(code::DONE);
    }
    agree(session, &to, &format!("copy {list} into profile `{to}`"), names.len() < 2 || args.yes)?;
    let store = session.store();
    let _held = session.hold_signals();
    let count = keys::change(&store, &to, None, |target| {
        let count = keys::carry(&profile, target, &names, args.replace)?;
        Ok((count, count > 0))
    })
    .map_err(|error| occupied(error, &to))?;
    tell(session, count, &format!("copied {list} into profile `{to}`"), &to);
    Ok(code::DONE)
}

/// A second name for a key in its own profile.
fn second(session: &Session<'_>, args: &Copy) -> Result<u8> {
    let [from, to] = args.keys.as_slice() else {
        return Err(Fault::misused("a copy needs a key and a name, or another profile")
            .hint("`byok copy openai openai:second`, or `byok copy openai --to-profile NAME`")
            .into());
    };
    let (from, to) = (session.key(from)?, session.key(to)?);
    if from.provider != to.provider {
        return Err(of_another(session, "copy", &from, &to));
    }
    let label = to.label.unwrap_or_default();
    let store = session.store();
    let _held = session.hold_signals();
    let (shown, is_same) = keys::change(&store, &session.profile, None, |profile| {
        let mut key = keys::find(profile, &from)?.clone();
        let same = key.label == label;
        if let Some(there) = profile.keys_of(&from.provider).find(|key| key.label == label).filter(|_| !same)
            && !args.replace
        {
            return Err(KeyError::Occupied { name: profile.display(there), mask: there.secret.mask() });
        }
        key.label = label.clone();
        key.previous.clear();
        let shown = key.name();
        if !same && !args.dry_run {
            profile.put(key);
        }
        Ok(((shown, same), !same && !args.dry_run))
    })?;
    session.ui.say(&if is_same {
        format!("`{shown}` is that already; nothing was changed")
    } else if args.dry_run {
        format!("`{from}` would be copied to `{shown}`; nothing was changed")
    } else {
        format!("copied `{from}` to `{shown}`")
    });
    Ok(code::DONE)
}

pub(crate) fn relocate(session: &Session<'_>, args: &Move) -> Result<u8> {
    let (from, to) = (&session.profile, target(session, &args.to_profile)?);
    let profile = session.read()?;
    let names = chosen(session, &profile, &args.keys, args.tag.as_deref())?;
    let list = list(&profile, &names);
    if args.dry_run {
        session.ui.say(&format!("{list} would be moved into profile `{to}`; nothing was changed"));
        return Ok(code::DONE);
    }
    agree(session, &to, &format!("move {list} into profile `{to}`"), names.len() < 2 || args.yes)?;
    let store = session.store();
    let _held = session.hold_signals();
    store
        .transfer(from, &to, |name| KeyError::NoProfile { name: name.clone() }, &mut |source, target| {
            keys::carry(source, target, &names, args.replace)?;
            for name in &names {
                if let Some(label) = &name.label {
                    source.remove(&name.provider, label);
                }
            }
            Ok(!names.is_empty())
        })
        .map_err(|error| occupied(error, &to))?;
    tell(session, names.len(), &format!("moved {list} into profile `{to}`"), &to);
    Ok(code::DONE)
}

/// The keys that are meant.
fn chosen(session: &Session<'_>, profile: &Profile, typed: &[String], tag: Option<&str>) -> Result<Vec<KeyRef>> {
    keys::chosen(profile, &session.selectors(typed)?, tag, false).map_err(|error| match &error {
        KeyError::Several { provider, there } => {
            let names: Vec<String> = there.iter().map(|name| format!("`{name}`")).collect();
            let fault = Fault::misused(error.to_string()).hint(format!("say which: {}", names.join(", ")));
            fault.hint(format!("or all of them: `'{provider}:*'` in the place of `{provider}`")).into()
        }
        _ => error.into(),
    })
}

/// The key in the way is one of the other profile, and to be looked at there.
fn occupied(error: KeyError, to: &ProfileName) -> anyhow::Error {
    let KeyError::Occupied { name, .. } = &error else { return error.into() };
    let hint = format!("or look at that one first: `byok -p {to} show {name}`");
    Fault::failed(error.to_string()).hint("have it take the place of that one with `--replace`").hint(hint).into()
}

/// The other profile, which must be there.
fn target(session: &Session<'_>, typed: &str) -> Result<ProfileName> {
    let to = profile_name(typed).context("cannot use `--to-profile`")?;
    if to == session.profile {
        return Err(Fault::misused(format!("the keys are in profile `{to}` already")).into());
    }
    if !session.store().profiles()?.contains(&to) {
        return Err(absent(&to).hint(format!("make it with `byok profile create {to}`")).into());
    }
    Ok(to)
}

/// Several names, the first of them by name.
fn list(profile: &Profile, names: &[KeyRef]) -> String {
    let keys = names.iter().filter_map(|name| profile.find(name));
    let shown: Vec<String> = keys.take(SHOWN).map(|key| format!("`{}`", profile.display(key))).collect();
    let more = names.len() - shown.len();
    shown.join(", ") + &if more > 0 { format!(" and {}", counted(more, "more key")) } else { String::new() }
}

/// Asks, where more than one key is meant, or others can open the profile that they go to.
fn agree(session: &Session<'_>, to: &ProfileName, what: &str, said: bool) -> Result<()> {
    let (target, own) = (session.read_named(to)?, session.opener.identities()?.recipients());
    let others = target.recipients().iter().filter(|one| !own.contains(one)).count();
    if others > 0 {
        session.ui.warn(&format!("profile `{to}` opens for {} besides you", counted(others, "recipient")));
    }
    if said {
        return Ok(());
    }
    match session.ui.confirm(&format!("{what}?"))? {
        Some(true) => Ok(()),
        Some(false) => Err(Fault::failed("nothing was changed").into()),
        None => Err(Fault::misused("nobody is here to confirm more than one key")
            .hint("look at the list with `--dry-run`, then say it with `--yes`")
            .into()),
    }
}

fn tell(session: &Session<'_>, count: usize, done: &str, to: &ProfileName) {
    if count == 0 {
        session.ui.say(&format!("profile `{to}` holds that already; nothing was changed"));
    } else {
        session.ui.say(done);
    }
}
