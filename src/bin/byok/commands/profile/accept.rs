//! `byok profile accept`: trust what was refused, after a look at it.

use anyhow::Result;
use byok::name::{EnvName, ProfileName};
use byok::profile::Profile;
use byok::seal::Unlock;
use byok::store::{Place, Store, Stores};

use super::absent;
use crate::fault::{Fault, code};
use crate::session::Session;

pub(super) fn run(session: &Session<'_>, name: &ProfileName, yes: bool) -> Result<u8> {
    let store = session.store();
    let profile = store.read_unpinned(name)?.ok_or_else(|| absent(name))?;
    if store.read(name).is_ok() {
        session.ui.say(&format!("profile `{name}` is trusted already"));
        return Ok(code::DONE);
    }
    show(session, &store, name, &profile)?;
    ask(session, yes, &format!("trust this as profile `{name}`?"))?;
    let _held = session.hold_signals();
    store.accept(name, &profile)?;
    session.ui.say(&format!("profile `{name}` is trusted from now on"));
    Ok(code::DONE)
}

/// Shows what would be trusted: for whom it opens, and what it would set.
pub(super) fn show(session: &Session<'_>, store: &Stores<'_>, name: &ProfileName, profile: &Profile) -> Result<()> {
    let lies = match store.place(name) {
        Place::File => format!("`{}`", store.path(name).display()),
        Place::Keychain => format!("profile `{name}` in the keychain"),
    };
    session.ui.say(&format!("{lies} is generation {} and holds:", profile.generation()));
    let mine = session.opener.identities()?.recipients();
    let known = store.known_recipients(name)?;
    for recipient in known.iter().filter(|one| !profile.recipients().contains(one)) {
        session.ui.say(&format!("  opens no more for {}", called(profile, recipient)));
    }
    for recipient in profile.recipients().iter().filter(|recipient| !mine.contains(recipient)) {
        let is_known = known.is_empty() || known.contains(recipient);
        let came = if is_known { String::new() } else { came(profile, recipient) };
        session
            .ui
            .warn(&format!("every key that you add to it will also open for {}{came}", called(profile, recipient)));
    }
    for (shown, key) in profile.display_all().iter().zip(profile.keys()) {
        let endpoint = key.fields.get("endpoint").map(|endpoint| format!(", to {endpoint}")).unwrap_or_default();
        let names: Vec<&str> = key.env.iter().map(EnvName::as_str).collect();
        let variables = if names.is_empty() { String::new() } else { format!(", exported as {}", names.join(", ")) };
        session.ui.say(&format!("  {shown}  {}{endpoint}{variables}", key.secret.mask()));
    }
    Ok(())
}

/// How somebody whom byok did not know came into a profile.
pub(in crate::commands) fn came(profile: &Profile, recipient: &str) -> String {
    match profile.taken_out(recipient) {
        None => ", who is new".to_owned(),
        // In one step: another recipient of somebody who was there.
        Some(removed) if profile.opener(recipient).is_some_and(|one| one.added == removed) => {
            ", in the place of their old one".to_owned()
        }
        Some(removed) => format!(", who was taken out on {}", byok::resolve::day(removed)),
    }
}

/// A recipient, with the name that the document gives it.
pub(in crate::commands) fn called(profile: &Profile, recipient: &str) -> String {
    let newest = profile.openers().iter().rev().find(|one| one.recipient == recipient && !one.name.is_empty());
    newest.map_or_else(|| recipient.to_owned(), |one| format!("{recipient} (`{}`)", crate::ui::escaped(&one.name)))
}

pub(super) fn ask(session: &Session<'_>, yes: bool, question: &str) -> Result<()> {
    if yes {
        return Ok(());
    }
    match session.ui.confirm(question)? {
        Some(true) => Ok(()),
        Some(false) => Err(Fault::refused("nothing was changed").into()),
        None => Err(Fault::misused("nobody is here to confirm")
            .hint("look at the list above, then say it with `--yes`")
            .into()),
    }
}
