//! Where the identity comes from: `BYOK_IDENTITY`, `BYOK_IDENTITY_FILE`, or the place that was chosen for it: the
//! keychain, a private file, or a file that a passphrase opens. What was opened is held by the kernel for a while.

mod at_hand;
pub(crate) mod passphrase;
pub(crate) mod places;
pub(crate) mod sheet;
pub(crate) mod turn;

use std::cell::{Cell, OnceCell};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::Result;
use byok::disk;
use byok::held::Held;
use byok::identity::{self, Found, Given, IdentityError, LIMIT, held_in};
use byok::keychain::{Keychain, KeychainError};
use byok::seal::{self, Identities, Unlock, UnlockError};
use byok::settings::Place;
use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::fault::{Fault, quoted};
use crate::ui::Ui;
use crate::vars;
pub(crate) use places::Places;

/// Fewer rounds of scrypt than two to this are too cheap for whoever guesses (OWASP ASVS 5.0, appendix C).
pub(crate) const CHEAP: u8 = 17;

/// How long an opened identity is held, unless a person says otherwise.
pub(crate) const HOLD: Duration = Duration::from_secs(8 * 3600);

/// How long one byok waits for another that is asking for the passphrase.
const PATIENCE: Duration = Duration::from_secs(120);

/// The identities, read when they are first needed.
pub(crate) struct Opener<'a> {
    ui: &'a Ui,
    /// The places that it may be in.
    pub(crate) places: Places<'a>,
    /// `BYOK_IDENTITY_FILE`.
    elsewhere: Option<PathBuf>,
    chosen: Cell<Option<Place>>,
    found: OnceCell<Identities>,
}

impl<'a> Opener<'a> {
    pub(crate) fn new(ui: &'a Ui, places: Places<'a>, elsewhere: Option<PathBuf>, chosen: Option<Place>) -> Self {
        Self { ui, places, elsewhere, chosen: Cell::new(chosen), found: OnceCell::new() }
    }

    /// The private file.
    pub(crate) fn path(&self) -> &Path {
        &self.places.file
    }

    /// Where the identity lives: as the settings say, or as is plain from what lies there.
    pub(crate) fn place(&self) -> Option<Place> {
        self.chosen.get().or_else(|| self.places.plain())
    }

    /// Takes another place from now on.
    pub(crate) fn choose(&self, place: Place) {
        self.chosen.set(Some(place));
    }

    /// Where an opened identity is held.
    pub(crate) fn held(&self) -> Held {
        // Minutes may have gone by since the start, with a question on the screen.
        self.places.held(self.elsewhere.as_deref(), self.places.keychain(), crate::time::clock())
    }

    /// Whether the environment gives the identity, so that its place does not matter.
    pub(crate) fn is_given(&self) -> bool {
        vars::identity().is_some() || self.elsewhere.is_some()
    }

    /// Whether `BYOK_IDENTITY_FILE` names it.
    pub(crate) fn is_elsewhere(&self) -> bool {
        vars::identity().is_none() && self.elsewhere.is_some()
    }

    /// Makes an identity, unless there is one already; answers where it made one.
    ///
    /// The caller knows that no profile is there that a fresh identity could not open.
    pub(crate) fn ensure(&self, now: Timestamp) -> Result<Option<Place>> {
        disk::make_folder(&self.places.folder)?;
        // Two first uses at one time must agree on one identity.
        let _lock = self.lock(PATIENCE)?;
        if self.is_there()? {
            return Ok(None);
        }
        let place = match self.chosen.get() {
            // It was chosen before, and is not there yet, or not any more.
            Some(Place::File) => Place::File,
            Some(Place::Passphrase | Place::Keychain) | None => {
                let trial = self.places.door().and_then(|(keychain, _)| keychain.trial());
                self.left_out(trial.as_ref().err());
                if trial.is_ok() { Place::Keychain } else { Place::File }
            }
        };
        self.places.write(place, &Identities::generate().to_text(&now.to_string()), None)?;
        self.choose(place);
        Ok(Some(place))
    }

    /// Tells why the keychain is not taken, where there is one.
    pub(crate) fn left_out(&self, why: Option<&KeychainError>) {
        if let Some(why) = why.filter(|why| !matches!(why, KeychainError::Missing(_))) {
            self.ui.say(&format!("{} is left out: {why}", Keychain::name()));
        }
    }

    /// Has the kernel hold an identity that was typed for a moment ago, so that nobody is asked for it at once again.
    pub(crate) fn keep_open(&self, place: Place, text: &str) {
        self.held().forget();
        if place == Place::Passphrase || (place == Place::Keychain && Held::IS_APART) {
            let _ = self.held().hold(text.as_bytes(), HOLD);
        }
    }

    /// Keeps other byoks from asking or moving at the same time.
    pub(crate) fn lock(&self, patience: Duration) -> Result<disk::Lock> {
        let path = self.places.folder.join("identity.lock");
        Ok(disk::Lock::take(&path, patience, &AtomicBool::new(false))?)
    }

    /// Removes what killed byoks left of the identity, and tells what does not go. The caller does not hold the lock.
    pub(crate) fn tidy(&self) {
        if self.places.leftovers().is_empty() {
            return;
        }
        if self.lock(PATIENCE).map(|_lock| self.places.sweep()).is_err() || !self.places.leftovers().is_empty() {
            for left in self.places.leftovers() {
                self.ui
                    .warn(&format!("`{}` is left from a byok that was stopped, and holds an identity", left.display()));
                self.ui.hint(&format!("remove it: `rm {}`", quoted(&left)));
            }
        }
    }

    /// Tells of a private file that the identity should not be in any more.
    pub(crate) fn warn_of_file(&self) {
        if let Some(place @ (Place::Passphrase | Place::Keychain)) = self.place()
            && self.places.file.symlink_metadata().is_ok()
        {
            self.ui.warn(&format!("`{}` still holds an identity in the clear", self.places.file.display()));
            let place = place.as_str();
            self.ui.hint(&format!("if it was left by a move, end it: `byok identity move --to {place}`"));
        }
    }

    /// Whether there is an identity at all. Opens none that would have to be asked for.
    pub(crate) fn is_there(&self) -> Result<bool> {
        match self.place() {
            Some(Place::Keychain | Place::Passphrase) if !self.is_given() => Ok(true),
            _ => Ok(self.read()?.is_some()),
        }
    }

    fn read(&self) -> Result<Option<Identities>> {
        let given = Given { inline: vars::identity(), file: self.elsewhere.clone() };
        match self.places.find(&given, self.chosen.get()).map_err(refused)? {
            Found::Open(identities) => Ok(Some(identities)),
            Found::Sealed(path, bytes) => self.unwrapped(&path, HOLD, &bytes).map(Some),
            Found::In(Place::Keychain) => self.open_keychain(HOLD).map(Some),
            Found::In(_) => self.open_wrapped(HOLD).map(Some),
            Found::Nothing => Ok(None),
        }
    }

    /// What lies in a place, without a question: `None` where there is nothing, or nothing that can be used.
    pub(crate) fn look(&self, place: Place) -> Result<Option<Identities>> {
        let parsed = |bytes: &[u8]| Identities::parse(std::str::from_utf8(bytes).ok()?).ok();
        match place {
            Place::File => Ok(disk::read_private(&self.places.file, LIMIT)?.and_then(|bytes| parsed(&bytes))),
            Place::Keychain => Ok(self.places.read_keychain()?.and_then(|text| parsed(text.as_bytes()))),
            Place::Passphrase => {
                let bytes = disk::read_private(&self.places.wrapped, LIMIT)?;
                if bytes.is_none_or(|bytes| seal::work_factor(&bytes).is_err()) {
                    return Ok(None);
                }
                held_in(&self.held()).map(Some).ok_or_else(|| {
                    Fault::failed("there is an identity already, behind a passphrase")
                        .hint("see it with `byok identity show`")
                        .into()
                })
            }
        }
    }

    /// Opens the identity and has it held for `time`, whatever was held before; answers whether there was anything to
    /// open.
    pub(crate) fn open_for(&self, time: Duration) -> Result<bool> {
        self.held().forget();
        if let Some(path) = &self.elsewhere {
            let bytes = identity::read_given(path).map_err(refused)?.filter(|bytes| seal::is_sealed(bytes));
            return bytes.map_or(Ok(false), |bytes| self.unwrapped(path, time, &bytes).map(|_| true));
        }
        match self.place() {
            Some(Place::Keychain) => self.open_keychain(time).map(|_| true),
            Some(Place::Passphrase) => self.open_wrapped(time).map(|_| true),
            Some(Place::File) | None => Ok(false),
        }
    }

    fn open_keychain(&self, time: Duration) -> Result<Identities> {
        if let Some(found) = Held::IS_APART.then(|| held_in(&self.held())).flatten() {
            return Ok(found);
        }
        let text = self.places.read_keychain()?.ok_or_else(|| {
            Fault::refused("the identity is gone from the keychain")
                .hint("put it back from your recovery sheet: `byok identity restore SHEET`")
        })?;
        let found = Identities::parse(&text).map_err(|error| {
            Fault::refused("what the keychain holds is no identity")
                .cause(error)
                .hint("put it back from your recovery sheet: `byok identity restore SHEET`")
        })?;
        if Held::IS_APART {
            // Where nothing is held, the keychain answers the next time as well.
            let _ = self.held().hold(text.as_bytes(), time);
        }
        Ok(found)
    }

    fn open_wrapped(&self, time: Duration) -> Result<Identities> {
        let path = &self.places.wrapped;
        if let Some(found) = held_in(&self.held()) {
            if matches!(disk::is_there(path), Ok(false)) {
                self.ui.warn(&last_copy(path));
                self.ui.hint(WRITE_DOWN);
            }
            return Ok(found);
        }
        let bytes = disk::read_private(path, LIMIT)?.ok_or_else(|| missing(path))?;
        self.unwrapped(path, time, &bytes)
    }

    /// Opens a wrapped identity with a passphrase that is typed or given, one byok at a time: scrypt takes a quarter of a
    /// gigabyte, and a person should be asked once.
    fn unwrapped(&self, path: &Path, time: Duration, bytes: &[u8]) -> Result<Identities> {
        if let Some(found) = held_in(&self.held()) {
            return Ok(found);
        }
        disk::make_folder(&self.places.folder)?;
        let can_wait = passphrase::is_given() || self.ui.may_ask_passphrase();
        let lock = if can_wait { self.lock(PATIENCE) } else { Err(passphrase::nobody().into()) };
        let _lock = lock?;
        if let Some(found) = held_in(&self.held()) {
            return Ok(found);
        }
        let text = passphrase::open(self.ui, bytes, path)?;
        if seal::work_factor(bytes).is_ok_and(|factor| factor < CHEAP) {
            self.ui.warn(&format!(
                "a stolen copy of `{}` is cheap to guess at, for another program made it so",
                path.display()
            ));
            self.ui.hint("wrap it as byok does with `byok identity passphrase`");
        }
        if let Err(why) = self.held().hold(text.as_bytes(), time) {
            self.ui.warn(&format!("{why}: byok asks for the passphrase each time"));
        }
        identity::parse(text.as_bytes(), path).map_err(refused)
    }
}

/// What keeps the identity from being used, and what to do about it.
fn refused(error: IdentityError) -> anyhow::Error {
    let fault = |error: &IdentityError| Fault::refused(error.to_string());
    let machines = |variable: &str| format!("`unset {variable}` to use the identity of this machine");
    match error {
        IdentityError::Disk(error) => error.into(),
        IdentityError::Both => Fault::misused(error.to_string())
            .hint("leave one: `unset BYOK_IDENTITY`, or `unset BYOK_IDENTITY_FILE`")
            .into(),
        IdentityError::Empty { variable: variable @ "BYOK_IDENTITY" } => fault(&error)
            .hint("in CI, check that the secret is there and that this job may read it")
            .hint(machines(variable))
            .into(),
        IdentityError::Empty { variable } => {
            fault(&error).hint("in CI, check that the variable that names it is there").hint(machines(variable)).into()
        }
        IdentityError::NoFile { .. } => fault(&error).hint(machines("BYOK_IDENTITY_FILE")).into(),
        IdentityError::Inline(_) => fault_with(error).hint("an identity is what `age-keygen` prints").into(),
        IdentityError::Broken { .. } => fault_with(error)
            .hint("byok has not touched it: put it back from your recovery sheet: `byok identity restore SHEET`")
            .hint("or name another: `export BYOK_IDENTITY_FILE=/path/to/identity.txt`")
            .into(),
        error => fault_with(error).into(),
    }
}

/// The error as a fault that is told with its cause.
fn fault_with(error: IdentityError) -> Fault {
    let message = error.to_string();
    match error {
        IdentityError::Inline(source) | IdentityError::Broken { source, .. } => Fault::refused(message).cause(source),
        IdentityError::Unfit(source) => Fault::refused(message).cause(source),
        _ => Fault::refused(message),
    }
}

impl Unlock for Opener<'_> {
    fn identities(&self) -> Result<&Identities, UnlockError> {
        if let Some(found) = self.found.get() {
            return Ok(found);
        }
        let found = match self.read() {
            Ok(Some(found)) => found,
            Ok(None) => return Err(UnlockError(Box::new(missing(&self.places.file)))),
            // Plain `into` would hide the type, and with it the exit code and the hints.
            Err(error) => return Err(UnlockError(error.reallocate_into_boxed_dyn_error_without_backtrace())),
        };
        Ok(self.found.get_or_init(|| found))
    }
}

/// The identity is gone, but something is sealed for it.
pub(crate) fn missing(path: &Path) -> Fault {
    Fault::refused(format!("there is no identity to open it with: `{}` is missing", path.display()))
        .hint("put it back from your recovery sheet: `byok identity restore SHEET`")
        .hint("or name it: `export BYOK_IDENTITY_FILE=/path/to/identity.txt`")
}

/// The file of an identity is gone, and the kernel still holds what was in it.
pub(crate) fn last_copy(path: &Path) -> String {
    format!("`{}` is gone: what is open is the last copy of the identity, and your keys go with it", path.display())
}

/// What saves it.
pub(crate) const WRITE_DOWN: &str =
    "write it down, then put it back: `byok identity backup --output sheet.txt`, `byok identity restore sheet.txt`";

/// The text of the identity that is in use, for moving it and for the recovery sheet.
pub(crate) fn text_of(opener: &Opener<'_>, now: Timestamp) -> Result<Zeroizing<String>> {
    Ok(opener.identities()?.to_text(&now.to_string()))
}
