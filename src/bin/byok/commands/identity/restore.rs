//! `byok identity restore`: an identity back from a recovery sheet, without losing the one that is there.

use std::path::Path;

use anyhow::Result;
use byok::disk::{self, DiskError};
use byok::seal::{self, Identities, SealError};
use byok::settings::Place;
use byok::store::{Place as Shelf, Store as _};
use zeroize::Zeroizing;

use super::{LIMIT, secret_for};
use crate::fault::{Fault, code};
use crate::session::Session;

/// The largest sealed profile, in bytes.
const SEALED: u64 = 16 * 1024 * 1024;

pub(super) fn run(session: &Session<'_>, file: &Path, to: Place, generate: bool) -> Result<u8> {
    let (opener, places) = (&session.opener, &session.opener.places);
    let given = read(session, file)?;
    opener.tidy();
    let sealed = sealed(session)?;
    let opens = |identities: &Identities| sealed.iter().any(|bytes| seal::open(bytes, identities).is_ok());
    if !sealed.is_empty() && !opens(&given) {
        return Err(Fault::refused("this identity opens none of the profiles that are here")
            .hint("see which profiles there are: `byok profile list`")
            .hint("restore from the sheet that was made on this machine, or set the profiles aside first")
            .into());
    }
    let present = opener.place();
    if let Some(place) = present {
        match opener.look(place) {
            Ok(Some(there)) if there.recipients() == given.recipients() => {
                session.ui.say(&format!("the identity is there already: {}", places.in_words(place)));
                return Ok(code::DONE);
            }
            Ok(Some(there)) if sealed.is_empty() || opens(&there) => {
                return Err(Fault::failed(
                    "there is an identity already, and what it seals would not open with another",
                )
                .hint("see it with `byok identity show`")
                .into());
            }
            // Out of reach for now: only what opens the profiles is known to be the same.
            Err(error) if sealed.is_empty() => return Err(error),
            // Another one, which opens nothing here, or nothing that can be used.
            Ok(_) | Err(_) => {}
        }
    }
    let text = given.to_text(&session.now.to_string());
    let passphrase = secret_for(session, to, generate)?;
    disk::make_folder(&places.folder)?;
    let _held = session.hold_signals();
    let _lock = opener.lock(std::time::Duration::from_secs(30))?;
    let mut old = vec![to];
    old.extend(present.filter(|place| *place != to && *place != Place::Keychain));
    for place in old {
        if places.holds(place, &text).unwrap_or(false) {
            continue;
        }
        if let Some(aside) = places.set_aside(place)? {
            session.ui.say(&format!("what was there is kept: {aside}"));
        }
    }
    places.write(to, &text, passphrase.as_ref())?;
    if let Some(passphrase) = passphrase.filter(|_| generate) {
        crate::identity::passphrase::tell(session.ui, &passphrase);
    }
    if to != Place::File || session.settings.identity.is_some() {
        session.remember_place(to)?;
    }
    opener.keep_open(to, &text);
    session.ui.say(&format!("the identity lives in {} now", places.in_words(to)));
    Ok(code::DONE)
}

/// The identity of the sheet.
fn read(session: &Session<'_>, file: &Path) -> Result<Identities> {
    let bytes = if file.as_os_str() == "-" {
        crate::commands::given::standard_input(LIMIT)?
    } else {
        disk::read_public(file, LIMIT)
            .map_err(|error| unfit(file, error))?
            .ok_or_else(|| crate::commands::given::no_file(file))?
    };
    let text = if seal::is_sealed(&bytes) {
        crate::identity::passphrase::open(session.ui, &bytes, file)?
    } else {
        Zeroizing::new(std::str::from_utf8(&bytes).map_err(|_| SealError::NoIdentity)?.to_owned())
    };
    Ok(Identities::parse(&text)?)
}

/// A file that is no sheet: what the disk says of it, without advice for byok's own files.
fn unfit(file: &Path, error: DiskError) -> Fault {
    Fault::refused(format!("cannot read a recovery sheet from `{}`", file.display())).cause(error)
}

/// The profiles in files, as they are.
fn sealed(session: &Session<'_>) -> Result<Vec<Zeroizing<Vec<u8>>>> {
    let store = session.store();
    let mut sealed = Vec::new();
    for name in store.profiles()? {
        if store.find_place(&name)? == Shelf::File {
            let read = match store.own_path(&name) {
                Some(path) => disk::read_plain(path, SEALED),
                None => disk::read_private(&store.path(&name), SEALED),
            };
            sealed.extend(read?);
        }
    }
    Ok(sealed)
}
