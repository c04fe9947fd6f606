//! One list of promises for every store.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use byok::keys;
use byok::name::{Label, ProfileName, ProviderId};
use byok::profile::{Key, Profile};
use byok::seal::{Identities, Unlock, UnlockError};
use byok::secret::Secret;
use byok::store::{FileStore, MemoryStore, Store, StoreError};
use zeroize::Zeroizing;

pub(crate) struct Constant(pub(crate) Identities);

impl Unlock for Constant {
    fn identities(&self) -> Result<&Identities, UnlockError> {
        Ok(&self.0)
    }
}

fn file_store<'a>(folder: &Path, unlock: &'a dyn Unlock) -> FileStore<'a> {
    FileStore::new(folder.join("profiles"), folder.join("pins"), unlock, Arc::new(AtomicBool::new(false)))
}

pub(crate) fn name(text: &str) -> ProfileName {
    ProfileName::parse(text).unwrap()
}

pub(crate) fn secret(text: &str) -> Secret {
    Secret::new(Zeroizing::new(text.to_owned())).unwrap()
}

pub(crate) fn key(provider: &str) -> Key {
    let now = "2026-11-20T12:00:00Z".parse().unwrap();
    Key::new(ProviderId::parse(provider).unwrap(), Label::default(), secret("sk-test-0123456789abcdef"), now)
}

pub(crate) fn fresh(recipients: Vec<String>) -> Profile {
    Profile::new(secret("a vault secret of some length"), recipients)
}

/// What every store promises. `empty` is a profile that it can store.
pub(crate) fn conforms(store: &dyn Store, empty: &Profile) {
    let work = name("work");
    assert!(store.read(&work).unwrap().is_none(), "nothing is there before the first write");
    assert!(store.profiles().unwrap().is_empty());
    assert!(!store.remove(&work).unwrap(), "there is nothing to remove");

    let first = store.write(&work, empty, None).unwrap();
    assert!(matches!(store.write(&work, empty, None), Err(StoreError::Conflict)), "a second first write is refused");
    let (mut profile, version) = store.read(&work).unwrap().unwrap();
    assert_eq!(version, first, "what was written is what is read");
    profile.put(key("openai"));
    let second = store.write(&work, &profile, Some(version)).unwrap();
    assert_ne!(first, second);
    assert!(
        matches!(store.write(&work, &profile, Some(first)), Err(StoreError::Conflict)),
        "a writer who read an older version is told"
    );
    assert_eq!(store.read(&work).unwrap().unwrap().0.keys()[0].secret.expose(), "sk-test-0123456789abcdef");

    let wrote = store.update(&work, &mut |old| {
        let mut profile = old?;
        profile.put(key("groq"));
        Some(profile)
    });
    assert!(wrote.unwrap());
    assert!(!store.update(&work, &mut |_| None).unwrap(), "a change that changes nothing writes nothing");
    let (profile, _) = store.read(&work).unwrap().unwrap();
    assert_eq!(profile.keys().len(), 2);
    assert_eq!(profile.generation(), 3, "every write counts, and nothing else does");

    store.write(&name("home"), empty, None).unwrap();
    assert_eq!(store.profiles().unwrap(), [name("home"), name("work")], "names come sorted");
    assert!(store.remove(&work).unwrap());
    assert!(store.read(&work).unwrap().is_none());
    assert_eq!(store.profiles().unwrap(), [name("home")]);
    store.write(&work, empty, None).unwrap();
}

#[test]
fn the_memory_store_conforms() {
    conforms(&MemoryStore::default(), &fresh(Vec::new()));
}

#[test]
fn the_file_store_conforms() {
    let (folder, unlock) = (tempfile::tempdir().unwrap(), Constant(Identities::generate()));
    conforms(&file_store(folder.path(), &unlock), &fresh(unlock.0.recipients()));
}

#[test]
fn a_profile_made_by_somebody_else_is_refused_until_it_is_accepted() {
    let (folder, unlock) = (tempfile::tempdir().unwrap(), Constant(Identities::generate()));
    let store = file_store(folder.path(), &unlock);
    let work = name("work");
    store.write(&work, &fresh(unlock.0.recipients()), None).unwrap();
    // An outsider knows the public recipient, but not the vault secret.
    let forged = Profile::new(secret("another vault secret, made up"), unlock.0.recipients());
    let sealed = byok::seal::seal(forged.to_toml().as_bytes(), &unlock.0.recipients()).unwrap();
    byok::disk::replace(&store.path(&work), &sealed, |_| true).unwrap();
    assert!(matches!(store.read(&work), Err(StoreError::Stranger { .. })));
    assert!(matches!(store.update(&work, &mut |old| old), Err(StoreError::Stranger { .. })));
    let seen = store.read_unpinned(&work).unwrap().unwrap();
    store.accept(&work, &seen).unwrap();
    assert!(store.read(&work).unwrap().is_some());
}

#[test]
fn an_older_copy_is_refused_until_it_is_accepted() {
    let (folder, unlock) = (tempfile::tempdir().unwrap(), Constant(Identities::generate()));
    let store = file_store(folder.path(), &unlock);
    let work = name("work");
    keys::create(&store, &work, &fresh(unlock.0.recipients())).unwrap();
    let old = std::fs::read(store.path(&work)).unwrap();
    store.update(&work, &mut |old| old).unwrap();
    byok::disk::replace(&store.path(&work), &old, |_| true).unwrap();
    assert!(matches!(store.read(&work), Err(StoreError::RolledBack { found: 1, seen: 2, .. })));
    let seen = store.read_unpinned(&work).unwrap().unwrap();
    store.accept(&work, &seen).unwrap();
    assert!(store.read(&work).unwrap().is_some());
}

#[test]
fn the_same_content_is_sealed_differently_every_time() {
    let identities = Identities::generate();
    let mut all = std::collections::BTreeSet::new();
    for _ in 0..200 {
        let sealed = byok::seal::seal(b"the same content", &identities.recipients()).unwrap();
        let payload = sealed[sealed.len() - 48..].to_vec();
        assert!(all.insert(payload), "two seals are alike");
    }
}

/// A thousand writes, of which each adds a key, on a disk that has to hold them.
#[test]
fn a_thousand_writes_leave_no_pile_of_files() {
    let folder = tempfile::tempdir().unwrap();
    let unlock = Constant(Identities::generate());
    let (store, work) = (file_store(folder.path(), &unlock), name("work"));
    let mut profile = fresh(unlock.0.recipients());
    let mut version = store.write(&work, &profile, None).unwrap();
    let size = || std::fs::metadata(folder.path().join("profiles/work.age")).unwrap().len();
    let mut sizes = Vec::new();
    for count in 1..=1000 {
        let mut one = key("openai");
        one.label = Label::parse(&format!("l{count}")).unwrap();
        profile.put(one);
        version = store.write(&work, &profile, Some(version)).unwrap();
        if count % 500 == 0 {
            sizes.push(size());
        }
    }
    assert_eq!(store.read(&work).unwrap().unwrap().0.keys().len(), 1000);
    assert_eq!(byok::disk::names_in(&folder.path().join("profiles")).unwrap(), ["work.age", "work.lock"]);
    assert_eq!(byok::disk::names_in(&folder.path().join("pins")).unwrap(), ["work.toml"]);
    // Twice the keys, twice the size, and what one write remembers of the last ones besides.
    let [half, whole] = sizes[..] else { panic!("{sizes:?}") };
    assert!(whole < half * 21 / 10, "{half} and {whole} bytes");
}
