//! `byok rotate --finish`: whether the old secrets are dead, asked of the providers, and gone once they are.

use anyhow::Result;
use byok::keys;
use byok::name::KeyRef;
use byok::profile::{Key, Previous};
use byok::secret::Secret;

use super::Standing;
use super::auto::PAUSES;
use super::looked::{Looked, look};
use super::revoke::revoke;
use crate::cli::rotating::Rotate;
use crate::fault::{Fault, code};
use crate::session::Session;

pub(super) fn run(session: &Session<'_>, wanted: Option<&KeyRef>, args: &Rotate) -> Result<u8> {
    let profile = session.read()?;
    let is_meant = |key: &&Key| !key.previous.is_empty();
    let keys: Vec<&Key> = match wanted {
        Some(wanted) => Some(keys::find(&profile, wanted)?).into_iter().filter(is_meant).collect(),
        None => profile.keys().iter().filter(is_meant).collect(),
    };
    if keys.is_empty() {
        let of = wanted.map(|wanted| format!(" of `{wanted}`")).unwrap_or_default();
        session.ui.say(&format!("no rotation{of} is under way"));
        return Ok(code::DONE);
    }
    let standing = |key: &&Key| Standing { profile: profile.clone(), key: (*key).clone(), shown: profile.display(key) };
    let all: Vec<Standing> = keys.iter().map(standing).collect();
    if args.force {
        let _held = session.hold_signals();
        wipe(session, all.iter().flat_map(|one| one.key.previous.iter().map(|old| (&one.key, old))))?;
        for one in &all {
            for old in &one.key.previous {
                session.ui.say(&format!("wiped the old one of `{}` (`{}`)", one.shown, old.secret.mask()));
            }
        }
        return Ok(code::DONE);
    }
    let mut looked = look(session, all)?;
    // Only for one key that is named: what is under way besides is nobody's wish to end just now.
    if let (Some(_), [one]) = (wanted, looked.as_slice())
        && one.works()
        && revoke(session, one.standing(), one.alive(), args.with.as_deref())?
    {
        looked = again(session, looked)?;
    }
    // A signal waits until it is told what was wiped.
    let _held = session.hold_signals();
    wipe(session, looked.iter().flat_map(Looked::dead))?;
    Ok(looked.iter().map(|one| one.tell(session)).max().unwrap_or(code::DONE))
}

/// Asks again about what was revoked just now: not every server hears of it at once.
fn again(session: &Session<'_>, mut looked: Vec<Looked>) -> Result<Vec<Looked>> {
    for pause in PAUSES {
        looked = look(session, looked.into_iter().map(Looked::into_standing).collect())?;
        if looked.iter().all(|one| one.alive().next().is_none()) {
            break;
        }
        std::thread::sleep(pause);
    }
    Ok(looked)
}

/// Wipes old secrets, all in one update.
fn wipe<'a>(session: &Session<'_>, over: impl Iterator<Item = (&'a Key, &'a Previous)>) -> Result<()> {
    let over: Vec<(KeyRef, Secret)> = over.map(|(key, old)| (key.name(), old.secret.clone())).collect();
    if !over.is_empty() && keys::forget(&session.store(), &session.profile, &over)? < over.len() {
        return Err(Fault::failed("the keys were changed meanwhile").hint("look again with `byok rotate`").into());
    }
    Ok(())
}
