//! All that is done to profiles and keys, in any order, against a model of it that fits on a page: after each deed, and
//! after each time that byok began one and died, the stored profiles hold what the model holds.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use byok::keys::openers::{self, Own};
use byok::keys::{self, NewKey, Return, Rotation};
use byok::name::{KeyRef, Label, ProfileName, ProviderId};
use byok::profile::{Deadline, Details, Kind, Opener, Profile};
use byok::seal::{Identities, Unlock, UnlockError};
use byok::secret::Secret;
use byok::store::{FileStore, MemoryStore, Store, StoreError};
use jiff::Timestamp;
use zeroize::Zeroizing;

/// One key, as far as the model knows it; of its old secrets, when each was replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Key {
    provider: &'static str,
    label: &'static str,
    secret: String,
    previous: Vec<(String, u64)>,
    tags: BTreeSet<String>,
    disabled: bool,
}

/// One profile: its keys in the order in which they came in, the chosen ones, and who is let in besides its owner.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Kept {
    keys: Vec<Key>,
    chosen: BTreeMap<&'static str, &'static str>,
    others: BTreeSet<usize>,
}

impl Kept {
    fn at(&self, name: (&str, &str)) -> Option<usize> {
        self.keys.iter().position(|key| (key.provider, key.label) == name)
    }

    fn active(&self, provider: &str) -> Option<&str> {
        let first = self.keys.iter().find(|key| key.provider == provider).map(|key| key.label);
        self.chosen.get(provider).copied().or(first)
    }

    fn remove(&mut self, name: (&'static str, &'static str)) -> bool {
        let Some(at) = self.at(name) else { return false };
        if self.chosen.get(name.0) == Some(&name.1) {
            self.chosen.remove(name.0);
        }
        self.keys.remove(at);
        true
    }

    fn has_twin(&self, name: (&str, &str), secret: &str) -> bool {
        self.keys.iter().any(|key| key.provider == name.0 && key.label != name.1 && key.secret == secret)
    }
}

const PROFILES: [&str; 3] = ["default", "team", "old"];
const PROVIDERS: [&str; 3] = ["openai", "groq", "mistral"];
const LABELS: [&str; 4] = ["default", "work", "home", "ci"];

/// One deed, in bytes: which, on what profile, on which key, with what.
type Deed = [u8; 4];

fn secret(text: &str) -> Secret {
    Secret::new(Zeroizing::new(text.to_owned())).unwrap()
}

fn at(time: u64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + i64::try_from(time).unwrap()).unwrap()
}

fn profile(number: u8) -> (&'static str, ProfileName) {
    let name = PROFILES[usize::from(number) % 3];
    (name, ProfileName::parse(name).unwrap())
}

fn key(number: u8) -> ((&'static str, &'static str), KeyRef) {
    let (provider, label) = (PROVIDERS[usize::from(number) % 3], LABELS[usize::from(number) / 3 % 4]);
    let name = KeyRef { provider: ProviderId::parse(provider).unwrap(), label: Some(Label::parse(label).unwrap()) };
    ((provider, label), name)
}

/// Whoever opens the profiles.
struct People {
    own: Identities,
    others: Vec<String>,
}

impl Unlock for People {
    fn identities(&self) -> Result<&Identities, UnlockError> {
        Ok(&self.own)
    }
}

impl People {
    fn new() -> Self {
        let others = (0..3).map(|_| Identities::generate().recipients().remove(0)).collect();
        Self { own: Identities::generate(), others }
    }

    fn as_own(&self, time: u64) -> Own {
        let vault = secret(&format!("the vault's secret after {time}"));
        Own { recipients: self.own.recipients(), name: "me".to_owned(), vault }
    }
}

/// What the model says came of a deed: whether it was done.
struct World<'w> {
    model: BTreeMap<&'static str, Kept>,
    people: &'w People,
    time: u64,
}

/// One deed on one key of one profile, in the store and in the model: whether each did it.
struct Turn<'t> {
    store: &'t dyn Store,
    profile: &'t ProfileName,
    place: (&'static str, &'static str),
    wanted: KeyRef,
    value: String,
    with: u8,
    time: u64,
    old: &'t Kept,
    new: &'t mut Kept,
}

impl Turn<'_> {
    /// Takes a key in, or puts it in the place of another.
    fn put(self) -> (bool, bool) {
        let Self { store, profile, place, wanted, value, with, time, old, new, .. } = self;
        let now = at(time);
        let replace = with % 3 == 0;
        let is_twin = old.has_twin(place, &value);
        let expected = if is_twin {
            false
        } else if let Some(at) = new.at(place) {
            let key = &mut new.keys[at];
            let same = key.secret == value;
            if same || replace {
                key.secret.clone_from(&value);
                if !same {
                    key.previous.retain(|(old, _)| *old != value);
                }
            }
            same || replace
        } else {
            let (provider, label) = place;
            let (tags, previous) = (BTreeSet::new(), Vec::new());
            new.keys.push(Key { provider, label, secret: value.clone(), previous, tags, disabled: false });
            true
        };
        let key = NewKey {
            provider: wanted.provider.clone(),
            label: wanted.label.clone().unwrap(),
            secret: secret(&value),
            details: Details::default(),
            tested: None,
            host: None,
            replace,
            duplicate: false,
        };
        let put = |profile: &mut Profile| Ok((keys::put(profile, &key, now)?, true));
        (expected, keys::change(store, profile, None, put).is_ok())
    }

    /// Gives the key another label.
    fn rename(self) -> (bool, bool) {
        let Self { store, profile, place, wanted, with, time, old, new, .. } = self;
        let now = at(time);
        let (label, replace) = (LABELS[usize::from(with) % 4], with % 8 < 4);
        let target = (place.0, label);
        let expected = old.at(place).is_some() && (place.1 == label || old.at(target).is_none() || replace);
        if expected && place.1 != label {
            new.remove(target);
            let at = new.at(place).unwrap();
            new.keys[at].label = label;
            if new.chosen.get(place.0) == Some(&place.1) {
                new.chosen.insert(place.0, label);
            }
        }
        let label = Label::parse(label).unwrap();
        let rename = |profile: &mut Profile| Ok((keys::rename(profile, &wanted, &label, replace, now)?, true));
        (expected, keys::change(store, profile, None, rename).is_ok())
    }

    /// Puts a new secret in the place of the old one, which is kept.
    fn rotate(self) -> (bool, bool) {
        let Self { store, profile, place, wanted, value, time, old, new, .. } = self;
        let now = at(time);
        let seen = old.at(place).map_or("nothing", |at| &old.keys[at].secret).to_owned();
        let last = old.at(place).and_then(|at| old.keys[at].previous.last());
        let expected = old.at(place).is_some()
            && seen != value
            && last.is_none_or(|(last, _)| *last != value)
            && !old.has_twin(place, &value);
        if expected {
            let at = new.at(place).unwrap();
            let key = &mut new.keys[at];
            key.previous.retain(|(old, _)| *old != value);
            key.previous.push((std::mem::replace(&mut key.secret, value.clone()), time));
        }
        let (old, new, kept) =
            (secret(&seen), secret(&value), Some(Deadline::after(Duration::from_secs(3600), now, None)));
        let turn = Rotation { name: wanted, old, new, kept, expires: None, tested: None, host: None };
        (expected, keys::rotate(store, profile, &turn, now).is_ok())
    }

    /// Takes the old secret back.
    fn rotate_back(self) -> (bool, bool) {
        let Self { store, profile, place, wanted, time, old, new, .. } = self;
        let now = at(time);
        let there = old.at(place).map(|at| &old.keys[at]);
        let older = there.and_then(|key| key.previous.last()).map(|(last, _)| last.clone());
        let newer = there.map_or_else(|| "nothing".to_owned(), |key| key.secret.clone());
        if let (Some(at), Some(older)) = (new.at(place), &older) {
            let key = &mut new.keys[at];
            key.previous.pop();
            key.previous.push((std::mem::replace(&mut key.secret, older.clone()), time));
        }
        let expected = older.is_some();
        let (newer, older) = (secret(&newer), secret(&older.unwrap_or_else(|| "nothing".to_owned())));
        let back = Return { name: wanted, newer, older, tested: None, host: None };
        (expected, keys::rotate_back(store, profile, &back, now).is_ok())
    }

    /// Gives it a tag or takes that off, or switches it off and on.
    fn edit(self) -> (bool, bool) {
        let Self { store, profile, place, wanted, with, time, old, new, .. } = self;
        let now = at(time);
        let tag = format!("t{}", with % 3);
        let (on, disabled) = (with % 2 == 0, (with % 5 == 0).then_some(with % 10 == 0));
        let (tags, untags) = if on { (vec![tag.clone()], vec![]) } else { (vec![], vec![tag.clone()]) };
        if let Some(at) = new.at(place) {
            let key = &mut new.keys[at];
            let _ = if on { key.tags.insert(tag) } else { key.tags.remove(&tag) };
            key.disabled = disabled.unwrap_or(key.disabled);
        }
        let details = Details { tags, untags, disabled, ..Details::default() };
        let done = keys::edit(store, profile, &wanted, &details, None, None, now).is_ok();
        (old.at(place).is_some(), done)
    }
}

impl World<'_> {
    /// Does one deed in both; they must agree on whether it was done.
    fn step(&mut self, store: &dyn Store, [deed, whose, which, with]: Deed) {
        self.time += 1;
        let (now, (name, profile)) = (at(self.time), profile(whose));
        let (place, wanted) = key(which);
        let value = format!("sk-{}-{}", place.0, with % 6);
        let there = self.model.contains_key(name);
        let old = self.model.get(name).cloned().unwrap_or_default();
        let mut new = old.clone();
        let turn = |new| Turn {
            store,
            profile: &profile,
            place,
            wanted: wanted.clone(),
            value,
            with,
            time: self.time,
            old: &old,
            new,
        };
        let (expected, done) = match deed % 14 {
            0 => {
                let vault = secret(&format!("the vault's secret {}", self.time));
                let empty = Profile::new(vault, self.people.own.recipients());
                let made = keys::create(store, &profile, &empty).is_ok();
                if !there {
                    self.model.insert(name, Kept::default());
                }
                assert_eq!(made, !there, "create {name}");
                return;
            }
            1 if with % 4 == 0 => {
                assert_eq!(store.remove(&profile).unwrap(), there, "remove profile {name}");
                self.model.remove(name);
                return;
            }
            1..=3 => turn(&mut new).put(),
            4 => (new.remove(place), keys::remove(store, &profile, &[wanted]).is_ok()),
            5 => turn(&mut new).rename(),
            6 | 7 => return self.hand_over(store, deed % 14 == 7, whose, which, with),
            8 => turn(&mut new).rotate(),
            9 => turn(&mut new).rotate_back(),
            10 => turn(&mut new).edit(),
            11 => {
                let expected = old.at(place).is_some();
                // What is the active one already is not written down as chosen.
                if expected && old.active(place.0) != Some(place.1) {
                    new.chosen.insert(place.0, place.1);
                }
                (expected, keys::activate(store, &profile, &wanted).is_ok())
            }
            12 => {
                let who = usize::from(with) % 3;
                let opener = || Opener::new(self.people.others[who].clone(), format!("p{who}"), Kind::Person, now);
                let own = self.people.as_own(self.time);
                let done = openers::change(store, &profile, |profile| openers::admit(profile, &own, opener())).is_ok();
                (there && new.others.insert(who), done)
            }
            _ => {
                let who = usize::from(with) % 3;
                let own = self.people.as_own(self.time);
                let wanted = format!("p{who}");
                let done = openers::change(store, &profile, |it| openers::dismiss(it, &own, &wanted, now)).is_ok();
                (new.others.remove(&who), done)
            }
        };
        let expected = expected && there;
        assert_eq!(done, expected, "deed {} on {name} {wanted:?} with {with}", deed % 14, wanted = key(which).1);
        if expected {
            self.model.insert(name, new);
        }
    }

    /// Copies a key into another profile, or moves it there.
    fn hand_over(&mut self, store: &dyn Store, moves: bool, whose: u8, which: u8, with: u8) {
        let ((from, from_name), (to, to_name)) = (profile(whose), profile(whose % 3 + 1 + with % 2));
        let (place, wanted) = key(which);
        let replace = with % 4 < 2;
        let Ok(Some((source, _))) = store.read(&from_name) else { return };
        let names = [wanted.clone()];
        let done =
            keys::change(store, &to_name, None, |to| Ok((keys::carry(&source, to, &names, replace)?, true))).is_ok();
        let given = self.model[from].at(place).map(|at| self.model[from].keys[at].clone());
        let was_active = self.model[from].active(place.0) == Some(place.1);
        let expected = match (self.model.get_mut(to), &given) {
            (Some(to), Some(given)) => {
                let first = to.keys.iter().all(|key| key.provider != place.0);
                match to.at(place) {
                    Some(at) if to.keys[at].secret == given.secret => {
                        let there = to.keys[at].clone();
                        let lacks = |list: &[(String, u64)], one: &str| !list.iter().any(|(old, _)| old == one);
                        let more = given.previous.iter().any(|(old, _)| lacks(&there.previous, old));
                        let mut next = given.clone();
                        next.previous
                            .extend(there.previous.iter().filter(|(old, _)| lacks(&given.previous, old)).cloned());
                        next.previous.sort_by_key(|(_, replaced)| *replaced);
                        // Where nothing is new, it stays, old secrets included.
                        let alike = next.tags == there.tags && next.disabled == there.disabled;
                        if more || !alike {
                            to.keys[at] = next;
                        }
                        true
                    }
                    Some(_) if !replace => false,
                    Some(at) => {
                        to.keys[at] = given.clone();
                        true
                    }
                    None => {
                        to.keys.push(given.clone());
                        if first && was_active && to.keys.iter().filter(|key| key.provider == place.0).count() > 1 {
                            to.chosen.insert(place.0, place.1);
                        }
                        true
                    }
                }
            }
            _ => false,
        };
        assert_eq!(done, expected, "carry {wanted} from {from} to {to}");
        if moves && expected {
            keys::remove(store, &from_name, &[wanted]).unwrap();
            self.model.get_mut(from).unwrap().remove(place);
        }
    }

    /// Begins a deed and dies before it is stored.
    fn crash(store: &dyn Store, [deed, whose, which, _]: Deed) {
        let (name, profile) = profile(whose);
        let spoil = |profile: &mut Profile| {
            let name = key(which).1;
            profile.remove(&name.provider, name.label.as_ref().unwrap());
            profile.renew(secret("another vault's secret"));
        };
        if deed % 2 == 0 {
            // Read, and never written; what comes later with that version is too late once another was faster.
            if let Some((mut read, _)) = store.read(&profile).unwrap() {
                spoil(&mut read);
                assert!(matches!(store.write(&profile, &read, None), Err(StoreError::Conflict)), "{name}");
            }
        } else {
            let end = panic::catch_unwind(AssertUnwindSafe(|| {
                let _ = store.update(&profile, &mut |old| {
                    if let Some(mut old) = old {
                        spoil(&mut old);
                    }
                    panic::resume_unwind(Box::new("it died"));
                });
            }));
            assert!(end.is_err());
        }
    }

    /// Compares all that is stored with the model.
    fn compare(&self, store: &dyn Store) {
        let names: Vec<String> = store.profiles().unwrap().iter().map(ToString::to_string).collect();
        let mut expected: Vec<&str> = self.model.keys().copied().collect();
        expected.sort_unstable();
        assert_eq!(names, expected);
        for (name, kept) in &self.model {
            let (stored, _) = store.read(&ProfileName::parse(name).unwrap()).unwrap().unwrap();
            let keys: Vec<Key> = stored.keys().iter().map(seen).collect();
            assert_eq!(without_times(keys), without_times(kept.keys.clone()), "{name}");
            for provider in PROVIDERS {
                let active = stored.active(&ProviderId::parse(provider).unwrap()).map(|key| key.label.as_str());
                assert_eq!(active, kept.active(provider), "{name} {provider}");
            }
            let mut recipients = self.people.own.recipients();
            recipients.extend(kept.others.iter().map(|who| self.people.others[*who].clone()));
            let is_there: BTreeSet<&String> = stored.recipients().iter().collect();
            assert_eq!(is_there, recipients.iter().collect(), "{name}");
        }
    }
}

fn without_times(keys: Vec<Key>) -> Vec<Key> {
    let timeless = |key: Key| Key { previous: key.previous.into_iter().map(|(old, _)| (old, 0)).collect(), ..key };
    keys.into_iter().map(timeless).collect()
}

/// A stored key as the model has it.
fn seen(key: &byok::profile::Key) -> Key {
    let word = |all: &[&'static str], one: &str| *all.iter().find(|word| **word == one).unwrap();
    Key {
        provider: word(&PROVIDERS, key.provider.as_str()),
        label: word(&LABELS, key.label.as_str()),
        secret: key.secret.expose().to_owned(),
        previous: key.previous.iter().map(|old| (old.secret.expose().to_owned(), 0)).collect(),
        tags: key.tags.iter().cloned().collect(),
        disabled: key.disabled,
    }
}

/// How a store is opened anew.
type Opening<'p> = dyn Fn() -> Box<dyn Store + 'p> + 'p;

/// All deeds on a store that is opened anew for each of them.
fn play<'p>(people: &'p People, open: &Opening<'p>, deeds: &[Deed]) {
    let mut world = World { model: BTreeMap::new(), people, time: 0 };
    for deed in deeds {
        if deed[0] >= 224 {
            World::crash(&*open(), *deed);
        } else {
            world.step(&*open(), *deed);
        }
        world.compare(&*open());
    }
}

/// Numbers that look random, and are always the same.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u8 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40).to_le_bytes()[0]
    }
}

/// Plays many games, each of which begins with two profiles. Of one that fails, what does not matter is left out before it
/// is told.
fn games(count: u64, length: usize, play: &dyn Fn(&[Deed])) {
    for seed in 0..count {
        let mut dice = Dice(seed);
        let mut deeds: Vec<Deed> = vec![[0, 0, 0, 0], [0, 1, 0, 0]];
        deeds.extend((0..length).map(|_| [dice.roll(), dice.roll(), dice.roll(), dice.roll()]));
        let fails = |deeds: &[Deed]| panic::catch_unwind(AssertUnwindSafe(|| play(deeds))).is_err();
        if fails(&deeds) {
            let mut at = deeds.len();
            while at > 0 {
                at -= 1;
                let one = deeds.remove(at);
                if !fails(&deeds) {
                    deeds.insert(at, one);
                }
            }
            eprintln!("seed {seed}: {deeds:?}");
            play(&deeds);
        }
    }
}

/// A memory store that outlives its being opened.
struct Shared(Arc<MemoryStore>);

impl Store for Shared {
    fn read(&self, name: &ProfileName) -> Result<Option<(Profile, byok::store::Version)>, StoreError> {
        self.0.read(name)
    }
    fn write(
        &self,
        name: &ProfileName,
        profile: &Profile,
        expected: Option<byok::store::Version>,
    ) -> Result<byok::store::Version, StoreError> {
        self.0.write(name, profile, expected)
    }
    fn remove(&self, name: &ProfileName) -> Result<bool, StoreError> {
        self.0.remove(name)
    }
    fn profiles(&self) -> Result<Vec<ProfileName>, StoreError> {
        self.0.profiles()
    }
}

#[test]
fn whatever_is_done_in_memory_is_what_the_model_does() {
    let people = People::new();
    games(400, 60, &|deeds| {
        let store = Arc::new(MemoryStore::default());
        play(&people, &|| Box::new(Shared(store.clone())), deeds);
    });
}

#[test]
fn whatever_is_done_to_files_is_what_the_model_does() {
    let people = People::new();
    games(12, 40, &|deeds| {
        let folder = tempfile::tempdir().unwrap();
        play(&people, &|| Box::new(files(folder.path(), &people)), deeds);
        let left = byok::disk::names_in(&folder.path().join("profiles")).unwrap();
        assert!(left.iter().all(|name| matches!(name.rsplit_once('.'), Some((_, "age" | "lock")))), "{left:?}");
    });
}

fn files<'p>(folder: &Path, people: &'p People) -> FileStore<'p> {
    FileStore::new(folder.join("profiles"), folder.join("pins"), people, Arc::default())
}
