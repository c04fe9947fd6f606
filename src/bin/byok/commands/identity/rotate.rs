//! `byok identity rotate`: a new identity in the place of the old one, and every profile sealed for it.
//!
//! Both lie where the identity lives until the last profile is sealed anew, so that whatever is killed in between opens.

use anyhow::Result;
use byok::identity::AtHand;
use byok::keys::openers;
use byok::name::ProfileName;
use byok::seal::{Identities, SealError};
use byok::secret::Secret;
use byok::settings::Place;
use byok::store::{Place as Shelf, Store as _, StoreError};
use zeroize::Zeroizing;

use super::{PATIENCE, own_place, secret_for};
use crate::fault::{Fault, code};
use crate::identity::turn::{self, Turn};
use crate::identity::{passphrase, text_of};
use crate::session::{Session, fresh_vault};

/// What came of the profiles.
#[derive(Default)]
struct Resealed {
    count: usize,
    /// Those that others open as well.
    shared: Vec<ProfileName>,
    /// Those that could not be sealed anew.
    left: Vec<ProfileName>,
}

impl Resealed {
    /// Tells of a profile that is not sealed anew.
    fn leave(&mut self, session: &Session<'_>, name: ProfileName, error: StoreError) {
        session.ui.warn(&crate::fault::report(&error.into()).sentence);
        self.left.push(name);
    }
}

pub(super) fn run(session: &Session<'_>, generate: bool, finish: bool) -> Result<u8> {
    let (opener, places) = (&session.opener, &session.opener.places);
    let place = own_place(session)?;
    opener.tidy();
    // What is held may be what was there before.
    opener.held().forget();
    let before = places.stored(place)?;
    let text = text_of(opener, session.now)?;
    let passphrase = secret_for(session, place, generate)?;
    let held = session.hold_signals();
    let _lock = opener.lock(PATIENCE)?;
    if places.stored(place)? != before {
        return Err(Fault::failed("another byok has changed the identity meanwhile")
            .hint("look at it: `byok identity show`")
            .into());
    }
    if let Some(passphrase) = passphrase.as_ref().filter(|_| generate) {
        // Before anything is behind it: byok may be killed at any moment.
        passphrase::tell(session.ui, passphrase);
    }
    let here = Identities::parse(&text)?.recipients();
    let (turn, both) = match turn::read(&places.folder)?.filter(|turn| here.contains(&turn.new)) {
        Some(turn) => (turn, text),
        None => begin(session, place, here, &text, passphrase.as_ref())?,
    };
    drop(held);
    let resealed = reseal(session, &AtHand(Identities::parse(&both)?), &turn)?;
    if !resealed.left.is_empty() && !finish {
        let names: Vec<String> = resealed.left.iter().map(|name| format!("`{name}`")).collect();
        return Err(Fault::failed(format!(
            "not sealed anew: {}; the old identity stays in use beside the new one",
            names.join(", ")
        ))
        .hint("when they open again, go on: `byok identity rotate`")
        .hint("or leave them behind: `byok identity rotate --finish`")
        .into());
    }
    let _held = session.hold_signals();
    let alone = Identities::parse(&both)?.only(&turn.new).ok_or_else(|| Fault::failed("the new identity is gone"))?;
    let alone = alone.to_text(&session.now.to_string());
    places.put(place, &alone, passphrase.as_ref())?;
    opener.keep_open(place, &alone);
    turn::end(&places.folder)?;
    tell(session, &turn, &resealed);
    Ok(code::DONE)
}

/// Makes the new identity, and puts it beside the old one.
fn begin(
    session: &Session<'_>,
    place: Place,
    old: Vec<String>,
    text: &Zeroizing<String>,
    passphrase: Option<&Secret>,
) -> Result<(Turn, Zeroizing<String>)> {
    let (opener, places) = (&session.opener, &session.opener.places);
    let fresh = Identities::generate();
    let made = fresh.to_text(&session.now.to_string());
    let mut both = Zeroizing::new(String::with_capacity(made.len() + text.len()));
    both.push_str(&made);
    both.push_str(text);
    let aside = places.copy_aside(place)?.unwrap_or_default();
    let turn = Turn { old, new: fresh.recipients().remove(0), aside };
    turn.begin(&places.folder)?;
    places.put(place, &both, passphrase)?;
    opener.keep_open(place, &both);
    Ok((turn, both))
}

/// Seals every profile that the old identity opens for the new one, one after the other.
fn reseal(session: &Session<'_>, both: &AtHand, turn: &Turn) -> Result<Resealed> {
    let store = session.store_opened_by(both);
    let mut resealed = Resealed::default();
    for name in store.profiles()? {
        match store.find_place(&name) {
            Ok(Shelf::Keychain) => continue,
            Ok(Shelf::File) => {}
            Err(error) => {
                resealed.leave(session, name, error);
                continue;
            }
        }
        let _held = session.hold_signals();
        let (mut is_shared, mut is_ours, vault) = (false, false, fresh_vault()?);
        let changed = store.update(&name, &mut |old| {
            let mut profile = old?;
            is_ours = profile.recipients().contains(&turn.new);
            is_shared = profile.recipients().iter().any(|one| *one != turn.new && !turn.old.contains(one));
            openers::succeed(&mut profile, &turn.old, &turn.new, &vault, session.now).then_some(profile)
        });
        match changed {
            Ok(is_changed) => {
                resealed.count += usize::from(is_changed);
                // Sealed for the new one by a byok that was killed, it is still to be told.
                resealed.shared.extend((is_shared && (is_changed || is_ours)).then_some(name));
            }
            // It was never for the old one.
            Err(StoreError::Seal { source: SealError::NotForUs, .. }) => {}
            Err(error) => resealed.leave(session, name, error),
        }
    }
    Ok(resealed)
}

fn tell(session: &Session<'_>, turn: &Turn, resealed: &Resealed) {
    let profiles = match resealed.count {
        0 => String::new(),
        1 => ", and 1 profile is sealed for it".to_owned(),
        count => format!(", and {count} profiles are sealed for it"),
    };
    session.ui.say(&format!("the identity is a new one{profiles}: {}", turn.new));
    if !turn.aside.is_empty() {
        session.ui.say(&format!("the old one is kept for backups and older copies: {}", turn.aside));
    }
    for name in &resealed.shared {
        session.ui.say(&format!(
            "profile `{name}` is shared: tell the others, who are asked by `byok profile accept {name}`"
        ));
    }
    session.ui.hint("a recovery sheet of the old one does not open them: make a new one with `byok identity backup`");
}
