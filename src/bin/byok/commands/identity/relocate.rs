//! `byok identity move` and `byok identity passphrase`: another place for the identity, another passphrase before it.

use anyhow::Result;
use byok::settings::Place;
use zeroize::Zeroizing;

use super::{PATIENCE, own_place, secret_for};
use crate::fault::{Fault, code, quoted};
use crate::identity::{passphrase, text_of};
use crate::session::Session;

/// Writes the identity at the new place, proves it there, remembers the place, and only then takes it from the old one.
pub(super) fn run(session: &Session<'_>, to: Place, generate: bool) -> Result<u8> {
    let (opener, places) = (&session.opener, &session.opener.places);
    let from = own_place(session)?;
    opener.tidy();
    let text = text_of(opener, session.now)?;
    if from == to {
        return finish(session, to, &text);
    }
    let passphrase = secret_for(session, to, generate)?;
    let _held = session.hold_signals();
    let _lock = opener.lock(PATIENCE)?;
    places.write(to, &text, passphrase.as_ref())?;
    // Before the other copy goes: byok may be killed at any moment.
    if let Some(passphrase) = passphrase.filter(|_| generate) {
        passphrase::tell(session.ui, &passphrase);
    }
    session.remember_place(to)?;
    opener.keep_open(to, &text);
    session.ui.say(&format!("the identity lives in {} now", places.in_words(to)));
    places.remove(from).map_err(|error| still_there(session, from, to, &error))?;
    Ok(code::DONE)
}

/// Takes away what a move that was stopped has left in the clear where the identity came from.
fn finish(session: &Session<'_>, to: Place, text: &Zeroizing<String>) -> Result<u8> {
    let places = &session.opener.places;
    let _lock = session.opener.lock(PATIENCE)?;
    for left in [Place::File, Place::Keychain].into_iter().filter(|place| *place != to) {
        if places.holds(left, text).unwrap_or(false) {
            places.remove(left).map_err(|error| still_there(session, left, to, &error))?;
        }
    }
    session.ui.say(&format!("the identity lives there already: {}", places.in_words(to)));
    if to != Place::File && places.file.symlink_metadata().is_ok() {
        session.ui.warn(&format!("`{}` is there as well, and is not this identity", places.file.display()));
        session.ui.hint(&format!("if nothing needs it: `rm {}`", quoted(&places.file)));
    }
    if to != Place::Passphrase && places.wrapped.symlink_metadata().is_ok() {
        // Whether it is this one, only its passphrase would tell.
        session.ui.warn(&format!("`{}` is left from an earlier move", places.wrapped.display()));
        session.ui.hint(&format!("it is not needed any more: `rm {}`", places.wrapped.display()));
    }
    Ok(code::DONE)
}

/// The move is done, but for the last step.
fn still_there(session: &Session<'_>, from: Place, to: Place, error: &anyhow::Error) -> Fault {
    let report = crate::fault::report(error);
    let old = session.opener.places.in_words(from);
    Fault::with_code(report.code, format!("the identity is still in {old} as well: {}", report.sentence))
        .hint(format!("take it from there: `byok identity move --to {}`", to.as_str()))
}

/// Puts the identity behind another passphrase.
pub(super) fn rewrap(session: &Session<'_>, generate: bool) -> Result<u8> {
    if own_place(session)? != Place::Passphrase {
        return Err(Fault::misused("the identity is not behind a passphrase")
            .hint("put it behind one with `byok identity move --to passphrase`")
            .into());
    }
    let (opener, places) = (&session.opener, &session.opener.places);
    opener.tidy();
    let text = text_of(opener, session.now)?;
    let passphrase = passphrase::choose(session.ui, generate)?;
    if !generate && places.is_passphrase(&passphrase)? {
        return Err(Fault::misused("this is the passphrase that it has already")
            .hint("name a file that holds the new one: `export BYOK_NEW_PASSPHRASE_FILE=/path/to/it`")
            .hint("or have one made up: `byok identity passphrase --generate`")
            .into());
    }
    let _held = session.hold_signals();
    let _lock = opener.lock(PATIENCE)?;
    if generate {
        // Before the old wrapping goes: byok may be killed at any moment.
        passphrase::tell(session.ui, &passphrase);
    }
    places.rewrap(&text, &passphrase).map_err(|error| error.context("the passphrase is not changed"))?;
    opener.keep_open(Place::Passphrase, &text);
    session.ui.say("the passphrase is changed; copies of the old file still open with the old one");
    Ok(code::DONE)
}
