//! The keychain, with the real thing.

use std::fs;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::{SECRET, examined};
use crate::keyring::Keyring;

#[test]
fn a_keychain_that_nothing_lives_in_is_not_asked() {
    let world = crate::world::World::new().with_keys(&[("openai", SECRET)]);
    world.byok("doctor keychain").stdout("ok       keychain\n").stderr("all is well\n").check();
}

/// A keyring with an identity and the profile `work` in it.
fn used() -> Option<Keyring> {
    let keyring = Keyring::unlocked()?.unused();
    keyring.byok("init --identity keychain").go();
    keyring.byok("add openai --stdin --as-is").stdin(SECRET).go();
    keyring.byok("profile create work --store keychain").go();
    keyring.byok("identity backup --output sheet").go();
    keyring.byok("lock").go();
    Some(keyring)
}

#[test]
fn a_locked_missing_or_silent_keychain_is_told_and_never_asked_to_unlock() {
    let Some(mut keyring) = used() else { return };
    let doctor = |keyring: &Keyring| {
        keyring.byok("lock").output();
        examined(keyring.byok("doctor keychain identity profiles keys").env("BYOK_KEYCHAIN_TIMEOUT", "1s"))
    };
    assert_eq!(doctor(&keyring).ids(), ["never-tested"]);
    keyring.lock();
    let found = doctor(&keyring);
    let one = found.one("keychain-locked");
    assert_eq!(one.severity, "note");
    assert!(one.fix.is_some(), "{one:?}");
    assert!(found.all().iter().all(|one| one.severity == "note"), "{:#}", found.0);
    let ci = examined(keyring.byok("doctor keychain").env("CI", "true"));
    assert_eq!(ci.one("keychain-locked").severity, "warning");

    let daemon = Pid::from_raw(keyring.daemon.as_ref().unwrap().id().cast_signed()).unwrap();
    kill_process(daemon, Signal::STOP).unwrap();
    let start = Instant::now();
    assert_eq!(doctor(&keyring).one("keychain-silent").severity, "problem");
    assert!(start.elapsed() < Duration::from_secs(20), "each profile waited for it anew");
    kill_process(daemon, Signal::CONT).unwrap();
    keyring.stop();
    assert_eq!(doctor(&keyring).one("keychain-missing").severity, "problem");
}

#[test]
fn an_item_that_somebody_removed_is_told() {
    let Some(mut keyring) = used() else { return };
    keyring.stop();
    // Whoever resets a keyring takes all items along.
    for entry in fs::read_dir(keyring.world.path("data/keyrings")).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
    keyring.start(true);
    let found = examined(keyring.byok("doctor keychain identity profiles"));
    let one = found.one("identity-broken");
    assert_eq!((one.severity.as_str(), one.fix.as_deref()), ("problem", Some("byok identity restore SHEET")));
    let gone = found.all().into_iter().find(|one| one.text.contains("its item is gone from there")).unwrap();
    assert_eq!(gone.fix.as_deref(), Some("byok profile rm work --yes"));
    keyring.byok("identity restore sheet --to keychain").go();
    keyring.byok("profile rm work --yes").go();
    let after = examined(keyring.byok("doctor keychain identity profiles"));
    assert_eq!(after.ids(), Vec::<String>::new(), "{:#}", after.0);
}

#[test]
fn a_keychain_that_nobody_set_up_keeps_nothing() {
    let Some(keyring) = Keyring::blank() else { return };
    keyring.world.file("home/config.toml", "identity = \"keychain\"\n");
    let one = examined(keyring.byok("doctor keychain")).one("keychain-volatile");
    assert_eq!(one.severity, "problem");
}
