//! What was typed, turned once into what it means: folders, settings, profile, store, registry.

mod in_force;
pub(crate) mod network;
mod notice;
mod record;
mod typed;

use std::cell::{Cell, OnceCell, RefCell};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::{Context, Result};
use byok::access::{AccessError, Home, TEXT_LIMIT};
use byok::disk;
use byok::identity::AtHand;
use byok::keychain::Keychain;
use byok::keys::KeyError;
use byok::name::ProfileName;
use byok::profile::{Key, Profile};
use byok::provider::Registry;
use byok::seal::Unlock;
use byok::secret::Secret;
use byok::settings::{Place, Settings};
use byok::store::{FileStore, Place as Shelf, Store, StoreError, Stores, Sweep};
use byok::trust::Trust;
use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::fault::Fault;
use crate::harden::CoreLimit;
use crate::identity::{self, Opener, Places};
use crate::signals::Held;
use crate::ui::Ui;
use crate::vars::{self, Vars};
pub(crate) use in_force::InForce;
pub(crate) use record::machine;
pub(crate) use typed::{dense, profile_name, refuse_secret, refuse_secret_note, secret_argument};

/// How long a change of settings waits for another.
const PATIENCE: Duration = Duration::from_secs(30);

/// One run of byok.
pub(crate) struct Session<'a> {
    pub(crate) ui: &'a Ui,
    pub(crate) now: Timestamp,
    pub(crate) folders: Home,
    pub(crate) vars: &'a Vars,
    /// The profile that is meant.
    pub(crate) profile: ProfileName,
    /// Whether `--profile` or `BYOK_PROFILE` names it, and not a setting.
    pub(crate) is_named: bool,
    /// The project that is obeyed.
    pub(crate) project: Option<InForce>,
    pub(crate) settings: Settings,
    pub(crate) opener: Opener<'a>,
    /// The limit of core files before byok set its own.
    pub(crate) core_limit: CoreLimit,
    /// The verb that was typed, as the log calls it.
    pub(crate) verb: Cell<&'static str>,
    /// What is to be said of the keys when the verb is done.
    pub(crate) notice: RefCell<Option<String>>,
    /// Whether it was told that something over could not be taken out.
    unswept: Cell<bool>,
    /// Whether every request is told.
    pub(crate) verbose: Cell<bool>,
    /// Whether it was told whose certificates are believed.
    pub(crate) believing: Cell<bool>,
    registry: OnceCell<Registry>,
    stop: Arc<AtomicBool>,
}

/// What would have stopped any other verb before it began.
#[derive(Default)]
pub(crate) struct Troubles {
    /// Whether one of byok's folders is not its owner's alone: nothing in any of them is read then.
    pub(crate) folders: bool,
    /// `config.toml` cannot be read.
    pub(crate) settings: Option<anyhow::Error>,
    /// The profile's name is none.
    pub(crate) profile: Option<anyhow::Error>,
}

/// A profile that does not open without asking somebody, or not at all.
pub(crate) struct NotAtHand;

impl<'a> Session<'a> {
    pub(crate) fn new(ui: &'a Ui, vars: &'a Vars, profile: Option<&str>, core_limit: CoreLimit) -> Result<Self> {
        let folders = Home::find(vars::os).map_err(told)?;
        // Parts of a second would only make the sealed document harder to read.
        let now = crate::time::clock();
        let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
        folders.check().map_err(told)?;
        let settings = folders.settings().map_err(told)?;
        let named = named(vars, profile)?;
        Ok(Self::with(ui, vars, folders, settings, named, now, core_limit))
    }

    /// The same, also where something is in the way of every other verb: that comes back beside it, and what cannot be
    /// trusted is not read. For `byok doctor`, which must run where nothing else does.
    pub(crate) fn gentle(
        ui: &'a Ui,
        vars: &'a Vars,
        profile: Option<&str>,
        core_limit: CoreLimit,
    ) -> Result<(Self, Troubles)> {
        let folders = Home::find(vars::os).map_err(told)?;
        let mut troubles = Troubles { folders: folders.check().is_err(), ..Troubles::default() };
        let read = if troubles.folders { Ok(Settings::default()) } else { folders.settings() };
        let settings = read.unwrap_or_else(|error| {
            troubles.settings = Some(told(error));
            Settings::default()
        });
        let named = named(vars, profile).unwrap_or_else(|error| {
            troubles.profile = Some(error);
            None
        });
        Ok((Self::with(ui, vars, folders, settings, named, crate::time::clock(), core_limit), troubles))
    }

    fn with(
        ui: &'a Ui,
        vars: &'a Vars,
        folders: Home,
        settings: Settings,
        named: Option<ProfileName>,
        now: Timestamp,
        core_limit: CoreLimit,
    ) -> Self {
        let places = Places::new(ui, &folders.data, folders.own, settings.keychain_timeout);
        let opener = Opener::new(ui, places, vars.identity_file.clone(), settings.identity);
        Self {
            ui,
            now,
            vars,
            is_named: named.is_some(),
            profile: named.or_else(|| settings.profile.clone()).unwrap_or_default(),
            project: None,
            settings,
            opener,
            folders,
            core_limit,
            verb: Cell::new(""),
            notice: RefCell::new(None),
            unswept: Cell::new(false),
            verbose: Cell::new(false),
            believing: Cell::new(false),
            registry: OnceCell::new(),
            stop: Arc::new(AtomicBool::new(false)),
        }
    }

    /// Set when somebody wants byok to end.
    pub(crate) fn stop(&self) -> &AtomicBool {
        &self.stop
    }

    /// The built-in providers under the user's own.
    pub(crate) fn registry(&self) -> Result<&Registry> {
        if let Some(registry) = self.registry.get() {
            return Ok(registry);
        }
        let registry = self.fresh_registry()?;
        Ok(self.registry.get_or_init(|| registry))
    }

    /// The same, as it is on disk at this moment.
    pub(crate) fn fresh_registry(&self) -> Result<Registry> {
        self.folders.registry().map_err(told)
    }

    /// Changes a file of the user's own in the folder of settings, under the lock of that folder. A link is followed.
    pub(crate) fn rewrite(&self, path: &Path, change: impl FnOnce(&str) -> Result<String>) -> Result<()> {
        let _held = self.hold_signals();
        disk::make_folder(&self.folders.config)?;
        let _lock = disk::Lock::take(&self.folders.config.join("config.lock"), PATIENCE, &self.stop)?;
        let old = disk::read_own(path, TEXT_LIMIT)?;
        let old = old.as_deref().map(|old| std::str::from_utf8(old)).transpose();
        let text = change(old.with_context(|| format!("cannot read `{}`", path.display()))?.unwrap_or_default())?;
        // What could not be read again must never take the place of what can.
        if text.len() as u64 > TEXT_LIMIT {
            return Err(disk::DiskError::TooLarge { path: path.to_owned(), limit: TEXT_LIMIT }.into());
        }
        let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        Ok(disk::replace(&target, text.as_bytes(), |read| read == text.as_bytes())?)
    }

    /// The user's own `providers.toml`.
    pub(crate) fn overlay_path(&self) -> PathBuf {
        self.folders.config.join("providers.toml")
    }

    /// Which projects a person has agreed to.
    pub(crate) fn trust(&self) -> Trust {
        Trust::new(self.folders.state.join("trust"))
    }

    /// The profiles, wherever they lie.
    pub(crate) fn store(&self) -> Stores<'_> {
        self.store_opened_by(&self.opener)
    }

    /// The same, opened by another identity than the one in use.
    pub(crate) fn store_opened_by<'s>(&'s self, unlock: &'s dyn Unlock) -> Stores<'s> {
        let (profiles, pins) = (self.folders.data.join("profiles"), self.folders.state.join("pins"));
        let door = Box::new(|| self.opener.places.door());
        let store = Stores::new(profiles, pins, unlock, door, Arc::clone(&self.stop));
        let store = store.with_files(self.settings.files());
        store.watched(Box::new(|name, old, new| self.note_change(name, old, new))).swept(self)
    }

    /// The meant profile, which must be there.
    pub(crate) fn read(&self) -> Result<Profile> {
        let profile = self.read_named(&self.profile)?;
        self.look_for_notice(&profile);
        Ok(profile)
    }

    /// A profile, which must be there.
    pub(crate) fn read_named(&self, name: &ProfileName) -> Result<Profile> {
        let read = self.store().read(name)?;
        Ok(read.map(|(profile, _)| profile).ok_or_else(|| KeyError::NoProfile { name: name.clone() })?)
    }

    /// The meant profile, if it opens without asking anybody: for completion, which also writes nothing down.
    ///
    /// `Err` is that it does not open.
    pub(crate) fn glance(&self) -> std::result::Result<Option<Profile>, NotAtHand> {
        self.glance_at(&self.profile)
    }

    /// Any profile, in the same way.
    pub(crate) fn glance_at(&self, name: &ProfileName) -> std::result::Result<Option<Profile>, NotAtHand> {
        if self.store().place(name) == Shelf::Keychain {
            return Err(NotAtHand);
        }
        let (profiles, pins) = (self.folders.data.join("profiles"), self.folders.state.join("pins"));
        let open = AtHand(self.opener.at_hand().ok_or(NotAtHand)?);
        let store = FileStore::new(profiles, pins, &open, Arc::clone(&self.stop)).with_files(self.settings.files());
        store.read_unpinned(name).map_err(|_| NotAtHand)
    }

    /// After how many days the secret of a key of the meant profile is to be replaced.
    pub(crate) fn rotate_after(&self, key: &Key) -> Option<u32> {
        self.settings.rotate_after(&self.profile, &key.provider, key.rotate_after)
    }

    /// Whether nothing was ever stored here.
    pub(crate) fn is_unused(&self) -> Result<bool> {
        Ok(self.profile == ProfileName::default() && self.store().profiles()?.is_empty())
    }

    /// Whether profiles in files are here, which another identity than theirs would not open.
    pub(crate) fn has_sealed(&self) -> Result<bool> {
        let store = self.store();
        for name in store.profiles()? {
            if store.find_place(&name)? == Shelf::File {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Keeps an ending signal waiting until the write that follows is done.
    pub(crate) fn hold_signals(&self) -> Held {
        Held::new(&self.stop)
    }

    /// What makes a profile where there is none: an identity, made on first use and announced, and a fresh document.
    pub(crate) fn founder(&self) -> Result<impl Fn() -> Profile + use<>> {
        if !self.opener.is_there()? {
            // A fresh identity would not open what is there: the one that does is missing, and must be found again.
            if self.has_sealed()? {
                return Err(identity::missing(self.opener.path()).into());
            }
            let _held = self.hold_signals();
            if let Some(place) = self.opener.ensure(self.now)? {
                self.settle(place)?;
            }
        }
        let recipients = self.opener.identities()?.recipients();
        let vault = fresh_vault()?;
        Ok(move || Profile::new(vault.clone(), recipients.clone()))
    }

    /// Tells where a fresh identity lives, and remembers it where that is not plain from what lies there.
    pub(crate) fn settle(&self, place: Place) -> Result<()> {
        if place != Place::File {
            self.remember_place(place)?;
        }
        self.ui.say(&format!("made an age identity: {}", self.opener.places.in_words(place)));
        self.ui.say(match place {
            Place::File => {
                "without it nobody opens your keys: keep a copy of this file somewhere safe, off this machine"
            }
            _ => "without it nobody opens your keys: print a recovery sheet with `byok identity backup`",
        });
        Ok(())
    }

    /// Writes the place of the identity into `config.toml`.
    pub(crate) fn remember_place(&self, place: Place) -> Result<()> {
        let path = self.folders.config.join("config.toml");
        self.rewrite(&path, |old| Ok(Settings::with_identity(old, place)?))?;
        self.opener.choose(place);
        Ok(())
    }

    /// Tells where a profile lies that was just made.
    pub(crate) fn announce(&self, name: &ProfileName) {
        let store = self.store();
        self.ui.say(&match store.place(name) {
            Shelf::File => format!("made profile `{name}`: {}", store.path(name).display()),
            Shelf::Keychain => format!("made profile `{name}` in {}", Keychain::name()),
        });
    }
}

impl Sweep for Session<'_> {
    fn sweep(&self, profile: &mut Profile) -> bool {
        profile.sweep(self.now, crate::time::uptime().as_ref())
    }

    fn failed(&self, name: &ProfileName, error: &StoreError) {
        if self.unswept.replace(true) {
            return;
        }
        let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
        let why = causes.fold(error.to_string(), |why, cause| format!("{why}: {cause}"));
        self.ui.warn(&format!("what is over was not taken out of profile `{name}` yet: {why}"));
    }
}

/// What the library says of a person's own folders, as the shell does.
fn told(error: AccessError) -> anyhow::Error {
    match error {
        AccessError::Disk(error) => error.into(),
        AccessError::NotAbsolute => {
            Fault::misused(error.to_string()).hint("set it to one: `export BYOK_HOME=\"$HOME/.byok\"`").into()
        }
        AccessError::NoHome => Fault::failed(error.to_string())
            .hint("say where byok keeps things: `export BYOK_HOME=/path/to/a/private/folder`")
            .into(),
        error => error.into(),
    }
}

/// The profile that `--profile` or `BYOK_PROFILE` names.
fn named(vars: &Vars, profile: Option<&str>) -> Result<Option<ProfileName>> {
    match (profile, &vars.profile) {
        (Some(name), _) => profile_name(name).context("cannot use `--profile`").map(Some),
        (None, Some(name)) => profile_name(&name.to_string_lossy()).context("cannot use `BYOK_PROFILE`").map(Some),
        (None, None) => Ok(None),
    }
}

/// A vault secret: 32 random bytes, in hexadecimal.
pub(crate) fn fresh_vault() -> Result<Secret> {
    let mut random = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *random).map_err(|_| Fault::failed("the system gives no random bytes"))?;
    let mut hex = Zeroizing::new(String::with_capacity(64));
    for byte in *random {
        hex.extend([byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16).unwrap_or('0')));
    }
    Ok(Secret::new(hex)?)
}
