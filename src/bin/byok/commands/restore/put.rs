//! The writing: the identity first, which the rest is sealed for, then what decides how the profiles are read, then each
//! profile in one step.

use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::Result;
use byok::backup;
use byok::disk;
use byok::seal::{Identities, Unlock as _};
use byok::settings::Place;
use byok::store::{Place as Shelf, Store as _, StoreError};
use zeroize::Zeroizing;

use super::plan::{Here, One, Plan};
use crate::cli::backing::Restore;
use crate::commands::identity::secret_for;
use crate::commands::profile::place;
use crate::fault::{Fault, quoted};
use crate::session::Session;

/// How long this waits for another byok.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) fn all(session: &Session<'_>, args: &Restore, plan: &Plan<'_>) -> Result<()> {
    if let Some(text) = &plan.around.identity {
        identity(session, args.identity.into(), text)?;
    } else {
        // Makes one where there is none.
        drop(session.founder()?);
    }
    let held = session.hold_signals();
    for file in &plan.around.files {
        let path = session.folders.config.join(file.name);
        let mut aside = None;
        session.rewrite(&path, |old| {
            if file.old.is_some() {
                aside = Some(disk::create_aside(&path, old.as_bytes())?);
            }
            Ok(file.content.clone())
        })?;
        session.ui.say(&format!("wrote `{}`", path.display()));
        if let Some(aside) = aside {
            session.ui.say(&format!("what was there is kept: `{}`", aside.display()));
        }
    }
    for (name, text) in &plan.around.trust {
        session.trust().put_back(name, text)?;
    }
    drop(held);
    let own = session.opener.identities()?.recipients();
    let changed: Vec<&One<'_>> = plan.changed().collect();
    // Whoever wants to stop stops between two profiles, and is told where: the signal takes effect after that.
    let _held = session.hold_signals();
    for (at, one) in changed.iter().enumerate() {
        if at > 0 && session.stop().load(Ordering::Relaxed) {
            let (done, open) = changed.split_at(at);
            session.ui.warn(&format!("stopped: {} restored, and {} not yet", names(done), names(open)));
            let rest: Vec<&str> = open.iter().map(|one| one.kept.name.as_str()).collect();
            let (file, flag) = (quoted(&args.file), if plan.merge { " --merge" } else { "" });
            let again = format!("`byok restore {file} {}{flag}`", rest.join(" "));
            session.ui.hint(&format!("the same command goes on with them, and so does {again}"));
            break;
        }
        profile(session, args, plan, one, &own)?;
    }
    Ok(())
}

fn names(profiles: &[&One<'_>]) -> String {
    let names: Vec<String> = profiles.iter().map(|one| format!("`{}`", one.kept.name)).collect();
    names.join(", ")
}

/// Puts the identity where none is.
fn identity(session: &Session<'_>, place: Place, text: &str) -> Result<()> {
    let (opener, given) = (&session.opener, Identities::parse(text)?);
    let text: Zeroizing<String> = given.to_text(&session.now.to_string());
    let passphrase = secret_for(session, place, false)?;
    let _held = session.hold_signals();
    disk::make_folder(&opener.places.folder)?;
    let _lock = opener.lock(PATIENCE)?;
    if opener.is_there()? {
        return Err(Fault::failed("another byok has made an identity meanwhile; nothing was changed").into());
    }
    opener.places.write(place, &text, passphrase.as_ref())?;
    if place != Place::File {
        session.remember_place(place)?;
    }
    opener.keep_open(place, &text);
    session.ui.say(&format!("the identity lives in {} now", opener.places.in_words(place)));
    Ok(())
}

fn profile(session: &Session<'_>, args: &Restore, plan: &Plan<'_>, one: &One<'_>, own: &[String]) -> Result<()> {
    let name = &one.kept.name;
    let was = if one.kept.store == Shelf::Keychain.as_str() { Shelf::Keychain } else { Shelf::File };
    let store = session.store().with_new_in(args.store.map_or(was, place));
    let aside = match &one.here {
        Here::Document(here) if plan.merge => {
            let replaced = one.difference().keys.iter().any(|one| one.standing == backup::Standing::OlderHere);
            let aside = (replaced || plan.replace).then(|| store.keep_copy(name, here)).transpose()?;
            store.update(name, &mut |old| {
                let mut profile = old?;
                backup::merge(&mut profile, &one.kept.profile, plan.replace).then_some(profile)
            })?;
            aside
        }
        _ => store.restore(name, &one.kept.profile, one.document(), own).map_err(|error| match error {
            StoreError::Conflict => anyhow::Error::from(
                Fault::failed(format!("profile `{name}` has changed meanwhile, and is left alone"))
                    .hint(format!("look again: `byok restore {} --dry-run`", quoted(&args.file))),
            ),
            error @ StoreError::Keychain { .. } if args.store.is_none() => {
                let report = crate::fault::report(&error.into());
                Fault::with_code(report.code, report.sentence)
                    .hint(format!("have it in a file here: `byok restore {} {name} --store file`", quoted(&args.file)))
                    .into()
            }
            error => error.into(),
        })?,
    };
    session.ui.say(&format!("restored profile `{name}`"));
    if let Some(aside) = aside {
        session.ui.say(&format!("what was there is kept: `{}`", aside.display()));
    }
    Ok(())
}
