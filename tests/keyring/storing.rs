//! What the keychain keeps, and how.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use byok::held::Expiring;
use byok::keychain::Keychain;
use byok::seal::Identities;
use byok::store::{KeychainStore, Store, StoreError, Stores};

use super::{Keyring, SECRET};
use crate::stores::{Constant, conforms, fresh, key, name};

/// Set for the run of a test in a process of its own: the bus is told by the environment, which threads share.
const INSIDE: &str = "BYOK_TEST_KEYRING";

/// Runs the test `test` of this module once more, on a keyring of its own; then, `inside`.
#[track_caller]
fn apart(test: &str, inside: impl FnOnce(&Path)) {
    if let Some(folder) = std::env::var_os(INSIDE) {
        return inside(Path::new(&folder));
    }
    let Some(keyring) = Keyring::unlocked() else { return };
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", &format!("keyring::storing::{test}"), "--nocapture"]);
    command.env("DBUS_SESSION_BUS_ADDRESS", keyring.address()).env(INSIDE, keyring.world.root());
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}{}", String::from_utf8_lossy(&output.stderr));
}

fn store(folder: &Path) -> KeychainStore<'static> {
    let door = Box::new(|| Ok((Keychain::new(byok::keychain::LIMIT), "@test".to_owned())));
    KeychainStore::new(folder.join("profiles"), folder.join("pins"), door, Arc::new(AtomicBool::new(false)))
}

#[test]
fn the_keychain_store_conforms() {
    apart("the_keychain_store_conforms", |folder| conforms(&store(folder), &fresh(Vec::new())));
}

#[test]
fn a_keychain_of_small_items_conforms() {
    apart("a_keychain_of_small_items_conforms", |folder| {
        conforms(&store(folder).with_parts(100), &fresh(Vec::new()));
    });
}

#[test]
fn both_stores_together_conform() {
    apart("both_stores_together_conform", |folder| {
        let unlock = Constant(Identities::generate());
        for place in [byok::store::Place::File, byok::store::Place::Keychain] {
            let folder = folder.join(place.as_str());
            let door = Box::new(|| Ok((Keychain::new(byok::keychain::LIMIT), "@test".to_owned())));
            let (profiles, pins) = (folder.join("profiles"), folder.join("pins"));
            byok::disk::make_folder(&folder).unwrap();
            let stop = Arc::new(AtomicBool::new(false));
            let both = Stores::new(profiles, pins, &unlock, door, stop).with_new_in(place);
            conforms(&both, &fresh(unlock.0.recipients()));
            assert_eq!(both.place(&name("work")), place);
        }
    });
}

#[test]
fn parts_come_and_go_with_their_document() {
    apart("parts_come_and_go_with_their_document", |folder| {
        let (keychain, work) = (Keychain::new(byok::keychain::LIMIT), name("work"));
        let small = store(folder).with_parts(100);
        let mut profile = fresh(Vec::new());
        profile.put(key("openai"));
        small.write(&work, &profile, None).unwrap();
        let there = |item: &str| keychain.get(&format!("profile/work@test{item}")).unwrap().is_some();
        assert!(there("") && there("/1/1") && there("/1/2"));
        // What is not the limit of this byok is read all the same.
        assert_eq!(store(folder).read(&work).unwrap().unwrap().0.keys().len(), 1);
        small.update(&work, &mut |old| old).unwrap();
        assert!(there("/2/1") && !there("/1/1") && !there("/1/2"), "old parts go");
        keychain.set("profile/work@test/2/2", b"something else").unwrap();
        assert!(matches!(small.read(&work), Err(StoreError::Torn { .. })));
        assert!(matches!(small.update(&work, &mut |old| old), Err(StoreError::Torn { .. })));
        assert!(small.remove(&work).unwrap());
        assert!((1..40).all(|at| !there(&format!("/2/{at}"))) && !there(""), "nothing is left");
    });
}

#[test]
fn a_stranger_and_an_older_copy_in_the_keychain_are_refused_until_accepted() {
    apart("a_stranger_and_an_older_copy_in_the_keychain_are_refused_until_accepted", |folder| {
        let (keychain, work, item) = (Keychain::new(byok::keychain::LIMIT), name("work"), "profile/work@test");
        let store = store(folder);
        store.write(&work, &fresh(Vec::new()), None).unwrap();
        let old = keychain.get(item).unwrap().unwrap();
        store.update(&work, &mut |old| old).unwrap();
        keychain.set(item, &old).unwrap();
        assert!(matches!(store.read(&work), Err(StoreError::RolledBack { found: 1, seen: 2, .. })));
        let seen = store.read_unpinned(&work).unwrap().unwrap();
        store.accept(&work, &seen).unwrap();
        assert!(store.read(&work).unwrap().is_some());
        let secret = crate::stores::secret("another vault secret, made up");
        let forged = byok::profile::Profile::new(secret, Vec::new());
        keychain.remove(item).unwrap();
        self::store(&folder.join("stranger")).write(&work, &forged, None).unwrap();
        assert!(matches!(store.read(&work), Err(StoreError::Stranger { .. })));
        assert!(matches!(store.update(&work, &mut |old| old), Err(StoreError::Stranger { .. })));
        let whole = keychain.get(item).unwrap().unwrap();
        for damaged in [&b"no document"[..], b"", &whole[..whole.len() / 2], &whole[..whole.len() - 1]] {
            keychain.set(item, damaged).unwrap();
            assert!(matches!(store.read(&work), Err(StoreError::Torn { .. })), "{}", damaged.len());
            assert!(matches!(store.update(&work, &mut |old| old), Err(StoreError::Torn { .. })));
            assert_eq!(&**keychain.get(item).unwrap().unwrap(), damaged, "untouched");
        }
    });
}

#[test]
fn what_the_disk_and_the_keychain_tell_is_held_together() {
    apart("what_the_disk_and_the_keychain_tell_is_held_together", |folder| {
        let (keychain, work, item) = (Keychain::new(byok::keychain::LIMIT), name("work"), "profile/work@test");
        let store = store(folder);
        store.write(&work, &fresh(Vec::new()), None).unwrap();
        let marker = store.marker(&work);
        // The folder has lost track of the item: it is not written over.
        std::fs::remove_file(&marker).unwrap();
        assert!(store.read(&work).unwrap().is_none());
        assert!(matches!(store.write(&work, &fresh(Vec::new()), None), Err(StoreError::Unmarked { .. })));
        assert!(!marker.exists());
        // What a writer leaves that is killed after the item was written is the whole profile.
        byok::disk::create(&marker, b"").unwrap();
        assert!(store.read(&work).unwrap().is_some());
        store.update(&work, &mut |old| old).unwrap();
        assert!(!std::fs::read(&marker).unwrap().is_empty());
        // The item is gone: that is said, and is not an empty profile.
        keychain.remove(item).unwrap();
        assert!(matches!(store.read(&work), Err(StoreError::Gone { .. })));
        assert!(matches!(store.update(&work, &mut |old| old), Err(StoreError::Gone { .. })));
        assert!(store.remove(&work).unwrap());
        // Killed before the item was written: no profile, and the next writer goes on.
        byok::disk::create(&marker, b"").unwrap();
        assert!(store.read(&work).unwrap().is_none());
        assert!(!store.remove(&work).unwrap());
        store.write(&work, &fresh(Vec::new()), None).unwrap();
    });
}

#[test]
fn what_the_keychain_holds_open_ends_with_its_time() {
    // What systems without the kernel's keyring use; the item's clock is the caller's.
    apart("what_the_keychain_holds_open_ends_with_its_time", |_| {
        let keychain = Keychain::new(byok::keychain::LIMIT);
        let start = jiff::Timestamp::from_second(1_800_000_000).unwrap();
        let at = |seconds| {
            let now = start.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap();
            Expiring::new(keychain, "identity@test", now)
        };
        let minute = std::time::Duration::from_secs(60);
        let is_there = || keychain.get("open/identity@test").unwrap().is_some();
        let held = |seconds| at(seconds).get().map(|bytes| bytes.to_vec());
        assert!(held(0).is_none() && !at(0).forget());
        at(0).hold(b"one\ntwo", minute).unwrap();
        assert_eq!(held(0).as_deref(), Some(&b"one\ntwo"[..]));
        assert_eq!(held(59).as_deref(), Some(&b"one\ntwo"[..]));
        assert_eq!(at(59).left(), Some(std::time::Duration::from_secs(1)));
        assert!(held(60).is_none() && !is_there(), "over, and taken away");
        at(0).hold(b"x", minute).unwrap();
        assert!(held(-1).is_none() && !is_there(), "a clock that was set back");
        at(0).hold(b"x", std::time::Duration::MAX).unwrap();
        assert!(held(1 << 33).is_some() && at(0).forget() && held(0).is_none());
        for broken in [&b"x"[..], b"1 2", b"a b\nx", b"1\nx"] {
            keychain.set("open/identity@test", broken).unwrap();
            assert!(held(0).is_none(), "{broken:?}");
        }
    });
}

#[test]
fn twenty_writers_at_once_store_twenty_keys() {
    let Some(keyring) = Keyring::unlocked() else { return };
    keyring.byok("profile create work --store keychain").go();
    let add = |at| {
        let arguments = format!("-p work add openai:k{at} --stdin --as-is --duplicate");
        keyring.spawn(&arguments, &format!("{SECRET}-{at}"))
    };
    let all: Vec<_> = (0..20).map(add).collect();
    for child in all {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(keyring.keys("work").unwrap().len(), 20);
    assert_eq!(keyring.items().len(), 1);
}

#[test]
fn a_document_of_64_kib_is_kept_by_a_keyring_that_starts_again() {
    let Some(mut keyring) = Keyring::unlocked() else { return };
    keyring.byok("profile create work --store keychain").go();
    for at in 0..2 {
        let long = format!("{SECRET}{at}{}", "x".repeat(31 * 1024));
        keyring.byok(&format!("-p work add my-service:k{at} --stdin --as-is")).stdin(long).go();
    }
    keyring.byok("-p work add openai --stdin --as-is").stdin(SECRET).go();
    keyring.stop();
    keyring.start(true);
    keyring.byok("-p work get openai").stdout(SECRET).check();
    let output = keyring.byok("-p work get my-service:k1").go();
    assert!(output.stdout.len() > 31 * 1024);
    assert_eq!(keyring.keys("work").unwrap().len(), 3);
}
