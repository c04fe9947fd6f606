//! The profiles of one folder, wherever they lie: each is a file or an item of the keychain, and the folder tells which.

mod openers;
mod restore;
mod transfer;

pub use openers::Known;
pub use transfer::Exchange;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::guard::{Guard, Shelf};
use super::keychain::Door;
use super::pin::Pins;
use super::{Change, FileStore, KeychainStore, Store, StoreError, Version};
use crate::disk;
use crate::name::ProfileName;
use crate::profile::Profile;
use crate::seal::Unlock;

/// Where a profile lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In a sealed file.
    File,
    /// In the system's keychain.
    Keychain,
}

impl Place {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Keychain => "keychain",
        }
    }

    fn other(self) -> Self {
        match self {
            Self::File => Self::Keychain,
            Self::Keychain => Self::File,
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.as_str())
    }
}

/// What became of a move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moved {
    /// There is no such profile.
    Nothing,
    /// It lay there before.
    Already,
    /// It lies there now, and nowhere else.
    Done,
}

/// Who is told of every change of a profile: its name, what it was before and what it is now.
pub type Watch<'a> = dyn Fn(&ProfileName, Option<&Profile>, Option<&Profile>) + 'a;

/// Who takes out of a profile what is kept for a while only, whenever it is opened.
pub trait Sweep {
    /// Takes out what is over; answers whether anything changed.
    fn sweep(&self, profile: &mut Profile) -> bool;
    /// Is told that what is over could not be taken out of what is stored: it is tried again at the next opening.
    fn failed(&self, name: &ProfileName, error: &StoreError);
}

/// Both stores as one.
pub struct Stores<'a> {
    guard: Guard,
    file: FileStore<'a>,
    keychain: KeychainStore<'a>,
    fresh: Place,
    watch: Option<Box<Watch<'a>>>,
    sweep: Option<&'a dyn Sweep>,
}

impl<'a> Stores<'a> {
    /// The profiles in `folder`, whose pins lie in `pins`; see [`FileStore::new`] and [`KeychainStore::new`].
    pub fn new(
        folder: PathBuf,
        pins: PathBuf,
        unlock: &'a dyn Unlock,
        door: Box<Door<'a>>,
        stop: Arc<AtomicBool>,
    ) -> Self {
        Self {
            guard: Guard::new(folder.clone(), pins.clone(), Arc::clone(&stop)),
            file: FileStore::new(folder.clone(), pins.clone(), unlock, Arc::clone(&stop)),
            keychain: KeychainStore::new(folder, pins, door, stop),
            fresh: Place::File,
            watch: None,
            sweep: None,
        }
    }

    /// The same, with somebody who is told of every change once it is stored.
    #[must_use]
    pub fn watched(self, watch: Box<Watch<'a>>) -> Self {
        Self { watch: Some(watch), ..self }
    }

    /// The same, with somebody who takes out what is over.
    #[must_use]
    pub fn swept(self, sweep: &'a dyn Sweep) -> Self {
        Self { sweep: Some(sweep), ..self }
    }

    /// The same, with new profiles put there.
    #[must_use]
    pub fn with_new_in(self, fresh: Place) -> Self {
        Self { fresh, ..self }
    }

    /// The same, with these profiles at paths of their own.
    #[must_use]
    pub fn with_files(self, elsewhere: BTreeMap<ProfileName, PathBuf>) -> Self {
        Self { file: self.file.with_files(elsewhere), ..self }
    }

    /// The path of a profile that lies at one of its own.
    pub fn own_path(&self, name: &ProfileName) -> Option<&PathBuf> {
        self.file.elsewhere().get(name)
    }

    /// Where a profile lies, or a new one of this name would, as far as that can be told: to show it, or to ask nobody.
    pub fn place(&self, name: &ProfileName) -> Place {
        self.placed(name, self.keychain.holds(name))
    }

    /// The same, for whoever goes by it; an error where the system cannot tell.
    pub fn find_place(&self, name: &ProfileName) -> Result<Place, StoreError> {
        Ok(self.placed(name, self.keychain.is_marked(name)?))
    }

    fn placed(&self, name: &ProfileName, is_marked: bool) -> Place {
        match (is_marked, self.fresh) {
            (true, _) => Place::Keychain,
            (false, Place::Keychain) if !self.file.holds(name) && self.own_path(name).is_none() => Place::Keychain,
            (false, _) => Place::File,
        }
    }

    /// The file that holds a profile, or tells that the keychain does.
    pub fn path(&self, name: &ProfileName) -> PathBuf {
        match self.place(name) {
            Place::File => self.file.path(name),
            Place::Keychain => self.keychain.marker(name),
        }
    }

    /// Reads a document without comparing it with what is known of its name: to show what accepting it would accept.
    pub fn read_unpinned(&self, name: &ProfileName) -> Result<Option<Profile>, StoreError> {
        self.settled(name, || self.look(name))
    }

    /// Reads a document and holds it against what is known of its name, and remembers nothing of it; answers whether it
    /// is newer than that.
    pub fn inspect(&self, name: &ProfileName) -> Result<Option<(Profile, bool)>, StoreError> {
        self.settled(name, || self.guard.read_pinned(self, name))
    }

    /// Takes the stored document of this name as the right one from now on, whatever was known before.
    pub fn accept(&self, name: &ProfileName, profile: &Profile) -> Result<(), StoreError> {
        self.guard.accept(name, profile)
    }

    /// Whether nothing of this name is there, but something was.
    pub fn is_lost(&self, name: &ProfileName) -> Result<bool, StoreError> {
        Ok(!self.holds(name) && self.guard.has_lost(name)?)
    }

    /// Forgets a profile whose keychain is out of reach: what tells of it goes, and the item stays.
    ///
    /// So goes what is known of one at a path of its own; the file stays, which may be others' as well.
    pub fn forget(&self, name: &ProfileName) -> Result<(), StoreError> {
        disk::make_folder(self.guard.folder())?;
        let _lock = self.guard.lock(name)?;
        disk::remove(&self.keychain.marker(name))?;
        self.guard.unpin(name)
    }

    /// Moves a profile, or goes on with a move that was cut off: what is there is whole and compared before the other
    /// copy is removed.
    pub fn relocate(&self, name: &ProfileName, to: Place) -> Result<Moved, StoreError> {
        if !disk::check_folder(self.guard.folder())? {
            return Ok(Moved::Nothing);
        }
        if let Some(path) = self.own_path(name).filter(|_| to == Place::Keychain) {
            return Err(StoreError::Settled { name: name.clone(), path: path.clone() });
        }
        let (source, target) = (self.shelf(to.other()), self.shelf(to));
        if !source.holds(name) {
            return Ok(if target.holds(name) { Moved::Already } else { Moved::Nothing });
        }
        let _lock = self.guard.lock(name)?;
        let pin = self.guard.pin(name)?;
        let there = if target.holds(name) { target.look(name)? } else { None };
        let newest = match (source.look(name)?, there) {
            (Some(here), Some(there)) if !alike(&here, &there) => return Err(self.twice(name, true)),
            (Some(here), Some(there)) if here.generation() < there.generation() => there,
            (Some(here), _) => here,
            (None, Some(there)) => there,
            (None, None) => return Ok(Moved::Nothing),
        };
        Pins::check(name, pin.as_ref(), &newest)?;
        let fresh = !target.holds(name);
        self.guard.save(target, name, &newest)?;
        match target.look(name) {
            Ok(Some(copy)) if alike(&copy, &newest) => {}
            outcome => {
                if fresh {
                    let _ = target.clear(name);
                }
                return Err(outcome.err().unwrap_or_else(|| self.twice(name, true)));
            }
        }
        source.clear(name)?;
        Ok(Moved::Done)
    }

    /// Changes the stored document, and tells of it.
    fn apply(&self, name: &ProfileName, change: &mut Change<'_>) -> Result<bool, StoreError> {
        let (mut before, mut after) = (None, None);
        let changed = self.guard.update(self, name, &mut |old| {
            before = old.clone().filter(|_| self.watch.is_some());
            after = change(old);
            after.clone()
        })?;
        if changed {
            self.tell(name, before.as_ref(), after.as_ref());
        }
        Ok(changed)
    }

    fn tell(&self, name: &ProfileName, old: Option<&Profile>, new: Option<&Profile>) {
        if let Some(watch) = &self.watch {
            watch(name, old, new);
        }
    }

    fn shelf(&self, place: Place) -> &dyn Shelf {
        match place {
            Place::File => &self.file,
            Place::Keychain => &self.keychain,
        }
    }

    /// Where the profile lies at this moment, or goes. One look at the disk for a file: its store looks itself.
    fn here(&self, name: &ProfileName) -> Result<&dyn Shelf, StoreError> {
        // Where that cannot be told, nothing is done to either.
        let is_marked = self.keychain.is_marked(name)?;
        if is_marked && self.file.holds(name) {
            return Err(self.twice(name, false));
        }
        Ok(self.shelf(self.placed(name, is_marked)))
    }

    fn twice(&self, name: &ProfileName, differ: bool) -> StoreError {
        StoreError::Twice { name: name.clone(), path: self.file.path(name), differ }
    }

    /// Looks once more where somebody may be moving the profile at this moment.
    fn settled<T>(
        &self,
        name: &ProfileName,
        look: impl Fn() -> Result<Option<T>, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        match look() {
            // It is in both places while it is moved.
            Err(StoreError::Twice { .. }) => {
                let _lock = self.guard.lock(name)?;
                look()
            }
            // It was in the other place than the one that was looked at, by now.
            Ok(None) if self.keychain.holds(name) => look(),
            Ok(None) | Err(StoreError::Gone { .. }) if self.file.holds(name) => look(),
            outcome => outcome,
        }
    }
}

/// The same document, whichever write of it.
fn alike(one: &Profile, other: &Profile) -> bool {
    let level = |profile: &Profile, to: &Profile| {
        let mut profile = profile.clone();
        profile.level(to);
        profile.to_toml()
    };
    level(one, other) == other.to_toml()
}

impl Shelf for Stores<'_> {
    fn look(&self, name: &ProfileName) -> Result<Option<Profile>, StoreError> {
        self.here(name)?.look(name)
    }

    fn put(&self, name: &ProfileName, next: &Profile) -> Result<(), StoreError> {
        self.here(name)?.put(name, next)
    }

    fn clear(&self, name: &ProfileName) -> Result<bool, StoreError> {
        self.here(name)?.clear(name)
    }

    fn holds(&self, name: &ProfileName) -> bool {
        self.file.holds(name) || self.keychain.holds(name)
    }

    fn refuse_stray(&self, name: &ProfileName) -> Result<(), StoreError> {
        self.here(name)?.refuse_stray(name)
    }
}

impl Store for Stores<'_> {
    fn read(&self, name: &ProfileName) -> Result<Option<(Profile, Version)>, StoreError> {
        let read = self.settled(name, || self.guard.read(self, name))?;
        if let (None, Some(path)) = (&read, self.own_path(name)) {
            return Err(StoreError::Away { name: name.clone(), path: path.clone() });
        }
        let due = |(profile, _): &(Profile, Version)| {
            self.sweep.filter(|sweep| profile.has_deadlines() && sweep.sweep(&mut profile.clone()))
        };
        let Some(sweep) = read.as_ref().and_then(due) else { return Ok(read) };
        let swept = self.apply(name, &mut |old| {
            let mut profile = old?;
            sweep.sweep(&mut profile).then_some(profile)
        });
        match swept {
            Ok(_) => self.settled(name, || self.guard.read(self, name)),
            Err(error) => {
                sweep.failed(name, &error);
                Ok(read.map(|(mut profile, version)| {
                    sweep.sweep(&mut profile);
                    (profile, version)
                }))
            }
        }
    }

    fn write(&self, name: &ProfileName, profile: &Profile, expected: Option<Version>) -> Result<Version, StoreError> {
        let old = if self.watch.is_some() && expected.is_some() { self.read(name)? } else { None };
        let version = self.guard.write(self, name, profile, expected)?;
        self.tell(name, old.as_ref().map(|(old, _)| old), Some(profile));
        Ok(version)
    }

    fn remove(&self, name: &ProfileName) -> Result<bool, StoreError> {
        let removed = self.guard.remove(self, name)?;
        if removed {
            self.tell(name, None, None);
        }
        Ok(removed)
    }

    fn profiles(&self) -> Result<Vec<ProfileName>, StoreError> {
        let parse = |file: &String| {
            let name = file.strip_suffix(".age").or_else(|| file.strip_suffix(".keychain"))?;
            ProfileName::parse(name).ok()
        };
        // A name that goes on sorts before a dot or after it.
        let mut names: Vec<_> = disk::names_in(self.guard.folder())?.iter().filter_map(parse).collect();
        names.extend(self.file.elsewhere().keys().cloned());
        names.sort();
        names.dedup();
        Ok(names)
    }

    fn update(&self, name: &ProfileName, change: &mut Change<'_>) -> Result<bool, StoreError> {
        // Another profile in its place would be in the way of the right one when that comes back.
        if let Some(path) = self.own_path(name).filter(|_| !self.holds(name)) {
            return Err(StoreError::Away { name: name.clone(), path: path.clone() });
        }
        self.apply(name, &mut |old| {
            change(old.map(|mut profile| {
                if let Some(sweep) = self.sweep.filter(|_| profile.has_deadlines()) {
                    sweep.sweep(&mut profile);
                }
                profile
            }))
        })
    }
}
