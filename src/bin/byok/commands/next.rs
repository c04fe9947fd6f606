//! `byok use --next-valid`: away from a key that does not work any more, to the next one that does.

use anyhow::Result;
use byok::keys;
use byok::name::KeyRef;
use byok::profile::{Key, Profile};
use byok::resolve::{self, ResolveError};
use byok::verdict::{Tested, Worth};
use jiff::SignedDuration;

use super::test;
use crate::cli::Use;
use crate::fault::{Fault, code};
use crate::session::Session;
use crate::words;

/// A verdict that is older says too little of today.
const YOUNG: SignedDuration = SignedDuration::from_hours(24);

pub(crate) fn run(session: &Session<'_>, args: &Use, typed: &str) -> Result<u8> {
    let provider = session.provider(typed)?;
    let mut profile = session.read()?;
    let active = keys::find(&profile, &KeyRef { provider: provider.clone(), label: None })?.name();
    let names = after(&profile, &active);
    if names.is_empty() {
        let fault = Fault::missing(format!("there is no other key of `{provider}`"));
        return Err(fault.hint(format!("add one with `byok add {provider}:LABEL`")).into());
    }
    if !args.offline && !session.is_offline() {
        let unproven = unproven(session, &profile, &names);
        if !unproven.is_empty() {
            test::refresh(session, &unproven, None)?;
            profile = session.read()?;
        }
    }
    for name in &names {
        let Some(key) = profile.find(name) else { continue };
        match judge(session, key) {
            Ok(tested) => {
                let store = session.store();
                let _held = session.hold_signals();
                let shown = keys::activate(&store, &session.profile, name)?;
                let verdict = words::sentence(&tested, session.now);
                let when = crate::time::in_words(tested.at, session.now);
                session.ui.say(&format!("`{provider}` means `{shown}` now: {verdict} ({when})"));
                return Ok(code::DONE);
            }
            Err(why) => session.ui.say(&format!("`{}` is passed over: {why}", profile.display(key))),
        }
    }
    let message = format!("no other key of `{provider}` is known to work; it still means `{active}`");
    let fault = Fault::tested(message).hint(format!("ask for all of them: `byok test {provider}`"));
    Err(fault.hint(format!("or choose one yourself: `byok use {provider}:LABEL`")).into())
}

/// The provider's other keys, from the one after the active one on and round to the one before it.
fn after(profile: &Profile, active: &KeyRef) -> Vec<KeyRef> {
    let mut names: Vec<KeyRef> = profile.keys_of(&active.provider).map(Key::name).collect();
    let at = names.iter().position(|name| name == active).unwrap_or_default();
    names.rotate_left(at);
    names.remove(0);
    names
}

/// The keys that are to be asked for before it is known which is the next: those before the first that is known to work.
fn unproven(session: &Session<'_>, profile: &Profile, names: &[KeyRef]) -> Vec<KeyRef> {
    let young = |tested: &Tested| tested.at <= session.now && session.now.duration_since(tested.at) <= YOUNG;
    let mut unproven = Vec::new();
    for key in names.iter().filter_map(|name| profile.find(name)) {
        match fit(session, key).ok().map(|()| key.tested().filter(young)) {
            None => {}
            Some(Some(tested)) if tested.verdict.worth() == Worth::Usable => break,
            Some(Some(tested)) if tested.verdict.worth() == Worth::Dead => {}
            Some(_) => unproven.push(key.name()),
        }
    }
    unproven
}

/// Whether a key may take the active one's place, whatever its provider says of it.
fn fit(session: &Session<'_>, key: &Key) -> std::result::Result<(), String> {
    let name = key.name();
    if key.admin {
        return Err(ResolveError::Admin { name }.to_string());
    }
    if key.disabled {
        return Err("it is disabled".to_owned());
    }
    match key.ends().filter(|_| key.expired(session.now)) {
        Some(end) => Err(format!("it expired on {}", resolve::day(end))),
        None => Ok(()),
    }
}

/// The verdict by which a key is the next one, or why it is not.
fn judge(session: &Session<'_>, key: &Key) -> std::result::Result<Tested, String> {
    fit(session, key)?;
    let tested = key.tested().ok_or("it was never tested")?;
    match tested.verdict.worth() {
        Worth::Usable => Ok(tested),
        _ => Err(words::sentence(&tested, session.now)),
    }
}
