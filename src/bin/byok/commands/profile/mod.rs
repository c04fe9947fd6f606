//! `byok profile`: profiles as a whole.

mod accept;
mod describe;
mod edit;
mod elsewhere;
mod git_setup;
mod list;

pub(in crate::commands) use accept::{called, came};
use anyhow::{Context, Result};
use byok::keychain::Keychain;
use byok::keys;
use byok::name::ProfileName;
use byok::settings::Settings;
use byok::store::{Moved, Place, Store, StoreError};

use crate::cli::manage::{ProfileVerb, StoreChoice};
use crate::fault::{Fault, code, quoted};
use crate::session::{Session, profile_name};

pub(crate) fn run(session: &Session<'_>, verb: ProfileVerb) -> Result<u8> {
    let named = |name: &str| profile_name(name).context("cannot use this name");
    match verb {
        ProfileVerb::List { json } => list::run(session, json),
        ProfileVerb::Create { name, file: Some(file), .. } => elsewhere::create(session, &named(&name)?, &file),
        ProfileVerb::Join { name, file, yes } => elsewhere::join(session, &named(&name)?, &file, yes),
        ProfileVerb::Create { name, store, .. } => create(session, &named(&name)?, place(store)),
        ProfileVerb::Move { name, to } => relocate(session, &named(&name)?, place(to)),
        ProfileVerb::Use { name } => choose(session, &named(&name)?),
        ProfileVerb::Edit(args) => edit::run(session, &args),
        ProfileVerb::Copy { from, to } => copy(session, &named(&from)?, &named(&to)?),
        ProfileVerb::Rm { name, yes, forget } => remove(session, &named(&name)?, yes, forget),
        ProfileVerb::Describe(args) => describe::run(session, &args),
        ProfileVerb::GitSetup(args) => git_setup::run(session, &args),
        ProfileVerb::Accept { name, yes } => accept::run(session, &named(&name)?, yes),
    }
}

pub(super) fn absent(name: &ProfileName) -> Fault {
    Fault::missing(format!("there is no profile `{name}`")).hint("see those that there are with `byok profile list`")
}

pub(super) fn place(choice: StoreChoice) -> Place {
    match choice {
        StoreChoice::File => Place::File,
        StoreChoice::Keychain => Place::Keychain,
    }
}

fn create(session: &Session<'_>, name: &ProfileName, place: Place) -> Result<u8> {
    let fresh = session.founder()?;
    let store = session.store().with_new_in(place);
    let _held = session.hold_signals();
    keys::create(&store, name, &fresh())?;
    session.announce(name);
    Ok(code::DONE)
}

fn choose(session: &Session<'_>, name: &ProfileName) -> Result<u8> {
    if !session.store().profiles()?.contains(name) {
        return Err(absent(name).hint(format!("make it with `byok profile create {name}`")).into());
    }
    let path = session.folders.config.join("config.toml");
    session.rewrite(&path, |old| {
        Settings::with_profile(old, name).with_context(|| format!("cannot change `{}`", path.display()))
    })?;
    session.ui.say(&format!("working on profile `{name}` from now on"));
    Ok(code::DONE)
}

fn copy(session: &Session<'_>, from: &ProfileName, to: &ProfileName) -> Result<u8> {
    let old = session.read_named(from)?;
    let fresh = session.founder()?;
    let made = fresh();
    let copied = old.copied(made.vault().clone(), made.recipients().to_vec());
    let store = session.store();
    let _held = session.hold_signals();
    keys::create(&store, to, &copied)?;
    session.announce(to);
    Ok(code::DONE)
}

fn relocate(session: &Session<'_>, name: &ProfileName, to: Place) -> Result<u8> {
    let store = session.store();
    let _held = session.hold_signals();
    let whereto = match to {
        Place::File => "a sealed file",
        Place::Keychain => Keychain::name(),
    };
    match store.relocate(name, to)? {
        Moved::Nothing => Err(absent(name).into()),
        Moved::Already => Err(Fault::failed(format!("profile `{name}` is in {whereto} already")).into()),
        Moved::Done => {
            session.ui.say(&format!("moved profile `{name}` into {whereto}"));
            Ok(code::DONE)
        }
    }
}

fn remove(session: &Session<'_>, name: &ProfileName, yes: bool, forget: bool) -> Result<u8> {
    let store = session.store();
    if let Some(path) = store.own_path(name) {
        return elsewhere::forget(session, name, path);
    }
    if !store.profiles()?.contains(name) {
        if store.is_lost(name)? {
            store.remove(name)?;
            session.ui.say(&format!("forgot profile `{name}`, which was gone already"));
            return Ok(code::DONE);
        }
        return Err(absent(name).into());
    }
    let count = match store.read(name) {
        Err(StoreError::Keychain { .. }) if forget => {
            store.forget(name)?;
            session.ui.say(&format!("forgot profile `{name}`; if its keychain comes back, its item is still there"));
            return Ok(code::DONE);
        }
        Err(error @ StoreError::Keychain { .. }) => return Err(out_of_reach(name, error).into()),
        // What cannot be reached cannot be removed either.
        Err(error @ StoreError::Twice { .. }) => return Err(error.into()),
        read => read.ok().flatten().map(|(profile, _)| profile.keys().len()),
    };
    let keys = match count {
        Some(0) => String::new(),
        Some(1) => " and its key".to_owned(),
        Some(count) => format!(" and its {count} keys"),
        None => ", which does not open".to_owned(),
    };
    if !yes {
        match session.ui.confirm(&format!("remove profile `{name}`{keys}? this cannot be undone"))? {
            Some(true) => {}
            Some(false) => return Err(Fault::failed("nothing was removed").into()),
            None => {
                return Err(Fault::misused("nobody is here to confirm the removal").hint("say it with `--yes`").into());
            }
        }
    }
    let _held = session.hold_signals();
    store.remove(name)?;
    session.ui.say(&format!("removed profile `{name}`{keys}"));
    let folder = session.folders.data.join("profiles");
    let aside = format!("{name}.age.old");
    for copy in byok::disk::names_in(&folder).unwrap_or_default().iter().filter(|file| file.starts_with(&aside)) {
        let path = folder.join(copy);
        session.ui.warn("a copy from before a restore is kept, with the keys of that time");
        session.ui.hint(&format!("remove it as well: `rm {}`", quoted(&path)));
    }
    Ok(code::DONE)
}

/// A keychain that does not answer, with the way out where it never will.
fn out_of_reach(name: &ProfileName, error: StoreError) -> Fault {
    let report = crate::fault::report(&error.into());
    let fault = report.hints.into_iter().fold(Fault::with_code(report.code, report.sentence), Fault::hint);
    fault.hint(format!("if that keychain is gone for good: `byok profile rm {name} --forget`"))
}
