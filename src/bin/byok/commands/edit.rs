//! `byok edit` and `byok use`: what is known of a key, and which one is the active one.

use anyhow::Result;
use byok::keys;
use byok::name::KeyRef;
use byok::profile::Details;
use byok::provider::Registry;
use byok::resolve;

use super::detail;
use super::next;
use super::trial::{self, Known, agreed};
use crate::cli::{Edit, Use};
use crate::fault::{Fault, code};
use crate::session::network::{Bond, bond, candidate, refuse_address};
use crate::session::{Session, refuse_secret_note};

pub(crate) fn run(session: &Session<'_>, args: &Edit) -> Result<u8> {
    let name = session.key(&args.key)?;
    let mut details = detail::read(session.ui, &args.details, session.now)?;
    if details.env.is_some() {
        detail::refuse_address_name(session.registry()?, &details)?;
    }
    if let Some(note) = &args.details.note {
        refuse_secret_note(session.registry()?, note)?;
    }
    details.untags.clone_from(&args.untags);
    let said = |yes: bool, no: bool| (yes || no).then_some(yes);
    details.exported = said(args.export, args.no_export);
    details.disabled = said(args.disable, args.enable);
    details.admin = said(args.admin, args.no_admin);
    if args.no_admin {
        refuse_unmarking(session, &name)?;
    }
    if details == Details::default() {
        return Err(Fault::misused("nothing to change was given")
            .hint("see what there is with `byok edit --help`")
            .into());
    }
    let known =
        if details.fields.is_empty() { Known::default() } else { tried(session, &name, &details, args.no_test)? };
    let store = session.store();
    let _held = session.hold_signals();
    let (shown, changed) = keys::edit(
        &store,
        &session.profile,
        &name,
        &details,
        known.tested.as_ref(),
        known.host.as_deref(),
        session.now,
    )?;
    session.ui.say(&if changed {
        format!("changed `{shown}`")
    } else {
        format!("`{shown}` is so already; nothing was changed")
    });
    Ok(code::DONE)
}

/// Refuses to call a key an ordinary one that is an admin key by its beginning.
fn refuse_unmarking(session: &Session<'_>, name: &KeyRef) -> Result<()> {
    let profile = session.read()?;
    let key = keys::find(&profile, name)?;
    if Registry::is_admin(&key.provider, &key.secret) {
        let shown = profile.display(key);
        return Err(Fault::refused(format!("`{shown}` begins as only admin keys do, and stays one")).into());
    }
    Ok(())
}

/// Asks at a key's new address, before it is changed, whether the key works there.
fn tried(session: &Session<'_>, name: &KeyRef, details: &Details, skip: bool) -> Result<Known> {
    let profile = session.read()?;
    let before = keys::find(&profile, name)?;
    let mut key = before.clone();
    details.apply(&mut key);
    if key.fields == before.fields {
        return Ok(Known::default());
    }
    if details.fields.contains_key("endpoint") {
        refuse_address(&key)?;
    }
    let registry = session.registry()?;
    // Only a new address of its own says where a key goes; another field is no consent to where its entry leads now.
    if key.fields.get("endpoint") == before.fields.get("endpoint") {
        let (old, host) = (candidate(registry, before), before.host.as_deref());
        let moved = matches!(bond(&old, host), Bond::Moved { .. });
        if moved && (skip || session.is_offline() || agreed(session, name, &old, host)?.is_err()) {
            return Ok(Known::default());
        }
    }
    // Whoever changes a field of a key says where it goes from now on.
    trial::before(session, name, candidate(registry, &key), None, skip, "changed")
}

pub(crate) fn activate(session: &Session<'_>, args: &Use) -> Result<u8> {
    if let Some(provider) = &args.next_valid {
        return next::run(session, args, provider);
    }
    let name = session.key(args.key.as_deref().unwrap_or_default())?;
    let store = session.store();
    let _held = session.hold_signals();
    let shown = keys::activate(&store, &session.profile, &name)?;
    session.ui.say(&format!("`{}` means `{shown}` now", name.provider));
    // The choice is made: that it cannot be looked at again is no failure of it.
    if let Ok(profile) = session.read()
        && let Err(why) = resolve::find(&profile, &name, session.now)
    {
        session.ui.warn(&format!("it does not answer: {why}"));
    }
    Ok(code::DONE)
}
