//! `byok init`, `byok identity`, `byok unlock` and `byok lock`: where the identity lives, and how long it stays open.

mod relocate;
mod restore;
mod rotate;

use std::io::IsTerminal;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use byok::disk;
use byok::keychain::Keychain;
use byok::seal::{Identities, Unlock as _};
use byok::secret::Secret;
use byok::settings::Place;
use serde_json::json;
use zeroize::Zeroizing;

use super::export::output::{refuse_own, tell_of_repository};
use crate::cli::identity::{IdentityPlace, IdentityVerb, Init, Unlock};
use crate::fault::{Fault, code};
use crate::identity::{WRITE_DOWN, last_copy, missing, passphrase, sheet, text_of, turn};
use crate::session::Session;
use crate::table;
use crate::time::parse_span;

/// An identity file is read up to this size, in bytes.
const LIMIT: u64 = 64 * 1024;

/// How long a change waits for another byok.
const PATIENCE: Duration = Duration::from_secs(30);

/// The longest time that an identity is held.
const LONGEST: Duration = Duration::from_secs(30 * 24 * 3600);

impl From<IdentityPlace> for Place {
    fn from(place: IdentityPlace) -> Self {
        match place {
            IdentityPlace::Keychain => Self::Keychain,
            IdentityPlace::File => Self::File,
            IdentityPlace::Passphrase => Self::Passphrase,
        }
    }
}

pub(crate) fn init(session: &Session<'_>, args: &Init) -> Result<u8> {
    if session.opener.is_given() || session.opener.place().is_some() {
        return Err(Fault::failed("there is an identity already")
            .hint("see it with `byok identity show`, or move it with `byok identity move --to PLACE`")
            .into());
    }
    if session.has_sealed()? {
        return Err(missing(session.opener.path()).into());
    }
    let place = match place_for(args.identity, args.generate)? {
        Some(place) => place,
        None => choose(session)?,
    };
    session.opener.tidy();
    let held = session.hold_signals();
    let passphrase = secret_for(session, place, args.generate)?;
    disk::make_folder(&session.opener.places.folder)?;
    let _lock = session.opener.lock(PATIENCE)?;
    let text = Identities::generate().to_text(&session.now.to_string());
    session.opener.places.write(place, &text, passphrase.as_ref())?;
    if let Some(passphrase) = passphrase.filter(|_| args.generate) {
        passphrase::tell(session.ui, &passphrase);
    }
    session.settle(place)?;
    session.opener.keep_open(place, &text);
    drop(held);
    session.ui.hint("take keys in with `byok import-env` or `byok add PROVIDER`");
    Ok(code::DONE)
}

/// Asks where the identity is to live, of what there is here; without a terminal, the keychain or else the file.
fn choose(session: &Session<'_>) -> Result<Place> {
    let keychain = session.opener.places.door().and_then(|(keychain, _)| keychain.trial());
    if !session.ui.may_ask() {
        session.opener.left_out(keychain.as_ref().err());
        return Ok(if keychain.is_ok() { Place::Keychain } else { Place::File });
    }
    let mut places = vec![
        (Place::File, "a private file: opens without asking, for whoever can read your files".to_owned()),
        (Place::Passphrase, "a passphrase: asked for once a session; a copy of the file opens nothing".to_owned()),
    ];
    match keychain {
        Ok(()) => {
            let words = format!("{}: opens while you are logged in", Keychain::name());
            places.insert(0, (Place::Keychain, words));
        }
        Err(why) => session.ui.say(&format!("{} is left out: {why}", Keychain::name())),
    }
    let items: Vec<String> = places.iter().map(|(_, words)| words.clone()).collect();
    let at = session.ui.choose("where shall the identity that opens your keys live", &items)?;
    at.map(|at| places[at].0).ok_or_else(|| Fault::failed("nothing was chosen; nothing was made").into())
}

/// The place that was chosen: words are made up for a passphrase only.
fn place_for(place: Option<IdentityPlace>, generate: bool) -> Result<Option<Place>> {
    match place.map(Place::from) {
        None if generate => Ok(Some(Place::Passphrase)),
        Some(Place::File | Place::Keychain) if generate => {
            Err(Fault::misused("`--generate` makes up a passphrase, and this place takes none")
                .hint("leave `--generate` out, or choose the place `passphrase`")
                .into())
        }
        place => Ok(place),
    }
}

pub(super) fn secret_for(session: &Session<'_>, place: Place, generate: bool) -> Result<Option<Secret>> {
    Ok(if place == Place::Passphrase { Some(passphrase::choose(session.ui, generate)?) } else { None })
}

pub(crate) fn run(session: &Session<'_>, verb: IdentityVerb) -> Result<u8> {
    match verb {
        IdentityVerb::Show { json } => show(session, json),
        IdentityVerb::Move { to, generate } => {
            let to = place_for(Some(to), generate)?.unwrap_or(Place::File);
            relocate::run(session, to, generate)
        }
        IdentityVerb::Rotate { generate, finish } => rotate::run(session, generate, finish),
        IdentityVerb::Passphrase { generate } => relocate::rewrap(session, generate),
        IdentityVerb::Backup { output } => backup(session, output.as_deref().filter(|path| path.as_os_str() != "-")),
        IdentityVerb::Restore { file, to, generate } => {
            let to = place_for(to, generate)?.unwrap_or(Place::File);
            restore::run(session, &file, to, generate)
        }
    }
}

/// Where the identity lives, which must be a place of byok's own.
fn own_place(session: &Session<'_>) -> Result<Place> {
    if session.opener.is_given() {
        return Err(Fault::misused("the identity comes from the environment, and is not byok's to move")
            .hint("`unset BYOK_IDENTITY BYOK_IDENTITY_FILE` first")
            .into());
    }
    match session.opener.place() {
        Some(place) => Ok(place),
        None if session.has_sealed()? => Err(missing(session.opener.path()).into()),
        None => Err(Fault::missing("there is no identity yet").hint("make one with `byok init`").into()),
    }
}

fn show(session: &Session<'_>, json: bool) -> Result<u8> {
    let opener = &session.opener;
    opener.tidy();
    opener.warn_of_file();
    let place = if opener.is_given() { None } else { Some(own_place(session)?) };
    let words = place.map_or("environment".to_owned(), |place| place.as_str().to_owned());
    let home = place.map_or("in the environment".to_owned(), |place| opener.places.in_words(place));
    let left = opener.held().left();
    let recipients = opener.identities()?.recipients();
    let turning = turn::read(&opener.places.folder)?.is_some_and(|turn| recipients.contains(&turn.new));
    if json {
        let document = json!({
            "version": 1, "place": words, "lives": home, "recipients": recipients,
            "open_for_seconds": left.map(|left| left.as_secs()), "rotating": turning,
        });
        session.ui.data(crate::ui::json(&document).as_bytes())?;
        return Ok(code::DONE);
    }
    let mut lines = vec![("identity".to_owned(), words), ("lives".to_owned(), home)];
    lines.extend(left.map(|left| ("open for".to_owned(), crate::time::span_in_words(left))));
    lines.extend(recipients.into_iter().map(|one| ("recipient".to_owned(), one)));
    if turning {
        lines.push(("rotation".to_owned(), "under way; `byok identity rotate` goes on with it".to_owned()));
    }
    session.ui.data(table::facts(&lines).as_bytes())?;
    Ok(code::DONE)
}

fn backup(session: &Session<'_>, output: Option<&Path>) -> Result<u8> {
    if output.is_none() && !std::io::stdout().is_terminal() {
        return Err(Fault::refused("a recovery sheet goes to a terminal or a file, and standard output is neither")
            .hint("write a file: `byok identity backup --output sheet.txt`")
            .into());
    }
    if let Some(path) = output {
        refuse_own(session, path, None)?;
        if path.symlink_metadata().is_ok() {
            return Err(Fault::refused(format!("`{}` is already there", path.display()))
                .hint("name a file that is not there yet: `byok identity backup --output FILE`")
                .into());
        }
    }
    let text = text_of(&session.opener, session.now)?;
    let profiles = session.folders.data.join("profiles");
    let sheet = Zeroizing::new(format!(
        "# byok: recovery sheet, made {}\n# Whoever holds this opens every profile. Keep it on paper, or where nobody looks.\n#\n# Put it back:        byok identity restore SHEET\n# Without byok:       age -d -i SHEET {}/default.age\n#\n{}",
        session.now,
        crate::ui::escaped(&profiles.display().to_string()),
        text.as_str()
    ));
    match output {
        None => session.ui.data(sheet.as_bytes())?,
        Some(path) => {
            let _held = session.hold_signals();
            disk::create(path, sheet.as_bytes())?;
            tell_of_repository(session, path);
            session.ui.say(&format!("wrote the recovery sheet to `{}`: move it off this machine", path.display()));
        }
    }
    // Only `byok doctor` asks for it: a sheet that is made is made, also where nothing can be noted.
    let _ = sheet::note(&session.folders.state, &session.opener.identities()?.recipients(), session.now);
    Ok(code::DONE)
}

pub(crate) fn unlock(session: &Session<'_>, args: &Unlock) -> Result<u8> {
    let time = parse_span("--for", &args.time)?.unsigned_abs();
    if !(Duration::from_secs(1)..=LONGEST).contains(&time) {
        return Err(Fault::misused(
            "cannot use `--for`: an identity stays open for a second at least, and 30 days at most",
        )
        .hint("have it open for a working day: `byok unlock --for 8h`")
        .into());
    }
    if !session.opener.is_elsewhere() {
        own_place(session)?;
        session.opener.tidy();
        session.opener.warn_of_file();
    }
    if session.opener.open_for(time)? {
        // The hook of a shell that found the keys locked asks again.
        let _ = session.trust().change();
        if session.opener.held().left().is_none() {
            return Err(Fault::refused("the identity opens, but nothing here can hold it: byok asks each time")
                .hint("name a file that holds the passphrase: `export BYOK_PASSPHRASE_FILE=/path/to/it`")
                .into());
        }
        session.ui.say(&format!("open for {}", crate::time::span_in_words(time)));
    } else {
        session.ui.say("the identity opens without a passphrase: there is nothing to unlock");
    }
    Ok(code::DONE)
}

pub(crate) fn lock(session: &Session<'_>) -> Result<u8> {
    let opener = &session.opener;
    let last = opener.last_copy();
    if last.is_some_and(|last| !sheet::is_noted(&session.folders.state, &last.recipients())) {
        return Err(Fault::refused(last_copy(&opener.places.wrapped)).hint(WRITE_DOWN).into());
    }
    let said = if session.opener.held().forget() { "locked" } else { "nothing was open" };
    session.ui.say(said);
    Ok(code::DONE)
}
