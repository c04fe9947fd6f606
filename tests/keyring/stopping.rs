//! Killed or failed anywhere: the old profile or the new one, whole, and the next deed goes on from there.

use std::cell::Cell;

use crate::tools::tool;

use super::{Keyring, SECRET};

/// What a deed does to the disk and says to the keychain.
const CALLS: &[&str] =
    &["sendmsg", "sendto", "openat", "write", "fsync", "renameat2", "rename", "linkat", "unlink", "flock", "close"];

/// Runs the deed again and again, killed at every place in turn.
fn killed(keyring: &Keyring, deed: &str, check: impl Fn(&str)) {
    let strace = tool(&["strace"]).unwrap();
    let mut places = 0;
    for call in CALLS {
        for at in 1.. {
            let (inject, log) = (format!("inject=?{call}:signal=KILL:when={at}"), keyring.world.path("log"));
            let through = ["timeout", "30", strace.to_str().unwrap(), "-f", "-qq", "-e"];
            let through =
                through.into_iter().map(Into::into).chain([format!("trace=?{call}"), "-e".to_owned(), inject]);
            let through = through.chain(["-o".to_owned(), log.to_str().unwrap().to_owned()]);
            let output = keyring.byok(deed).stdin(SECRET).through(through).output();
            check(&format!("`{deed}` killed at {call} {at}"));
            if output.status.code().is_some_and(|code| code < 128) {
                break;
            }
            places += 1;
        }
    }
    eprintln!("`{deed}`: {places} places");
    assert!(places > 20, "only {places} places");
}

#[test]
fn a_killed_creation_in_the_keychain_leaves_nothing_or_a_whole_profile() {
    let Some(keyring) = Keyring::unlocked().filter(|_| tool(&["strace"]).is_some()) else { return };
    keyring.byok("profile create other").go();
    killed(&keyring, "profile create work --store keychain", |place| {
        assert!(matches!(keyring.keys("work").as_deref(), None | Some([])), "{place}");
        keyring.byok("profile list").go();
        if keyring.marker().exists() {
            keyring.byok("profile rm work --yes").go();
        }
        assert!(keyring.items().is_empty() && !keyring.marker().exists(), "{place}");
    });
}

#[test]
fn a_killed_add_to_the_keychain_leaves_the_old_or_the_new_profile() {
    let Some(keyring) = Keyring::unlocked().filter(|_| tool(&["strace"]).is_some()) else { return };
    keyring.byok("profile create work --store keychain").go();
    keyring.byok("-p work add groq --stdin --as-is").stdin(format!("{SECRET}-2")).go();
    killed(&keyring, "-p work add openai --stdin --as-is", |place| {
        let keys = keyring.keys("work").unwrap();
        assert!(keys == ["groq"] || keys == ["groq", "openai"], "{place}: {keys:?}");
        if keys.len() == 2 {
            keyring.byok("-p work rm openai --yes").go();
        }
    });
}

#[test]
fn a_killed_removal_from_the_keychain_leaves_the_profile_or_nothing() {
    let Some(keyring) = Keyring::unlocked().filter(|_| tool(&["strace"]).is_some()) else { return };
    let keyring = keyring.with_work();
    killed(&keyring, "profile rm work --yes", |place| {
        if let Some(keys) = keyring.keys("work") {
            assert_eq!(keys, ["openai"], "{place}");
            return;
        }
        assert!(keyring.items().is_empty(), "{place}");
        // A marker may be left, which the next one of this name takes over.
        keyring.byok("-p work add openai --stdin --as-is").stdin(SECRET).go();
        if keyring.sealed().exists() {
            keyring.byok("profile move work --to keychain").go();
        }
    });
}

/// One whole copy at least, what is to be done said where there are two, and the same deed ends what was begun.
fn moves(from: &str, to: &str) {
    let Some(keyring) = Keyring::unlocked().filter(|_| tool(&["strace"]).is_some()) else { return };
    keyring.byok("profile create work --store").arg(from).go();
    keyring.byok("-p work add openai --stdin --as-is").stdin(SECRET).go();
    let torn = Cell::new(0);
    let there = format!("profile move work --to {to}");
    killed(&keyring, &there, |place| {
        if keyring.sealed().exists() && keyring.marker().exists() {
            let said = keyring.byok("-p work env").code(4);
            said.stderr_holds(&["lies in two places", "byok profile move work --to keychain"]).check();
            keyring.byok(&there).go();
            torn.set(torn.get() + 1);
        }
        assert_eq!(keyring.keys("work").unwrap(), ["openai"], "{place}");
        let output = keyring.byok(&format!("profile move work --to {from}")).output();
        assert!(matches!(output.status.code(), Some(0 | 1)), "{place}");
        let (file, item) = (keyring.sealed().exists(), !keyring.items().is_empty());
        assert_eq!((file, item), (from == "file", from == "keychain"), "{place}");
    });
    assert!(torn.get() > 5, "only {} of them between the two copies", torn.get());
}

#[test]
fn a_killed_move_into_the_keychain_loses_nothing() {
    moves("file", "keychain");
}

#[test]
fn a_killed_move_out_of_the_keychain_loses_nothing() {
    moves("keychain", "file");
}

#[test]
fn a_failing_call_is_an_error_or_makes_no_difference() {
    // C02 to C06 on the keychain: each call in turn fails once. Not `write`: the runtime's own wakes go that way, which
    // cannot fail.
    let Some((keyring, strace)) = Keyring::unlocked().zip(tool(&["strace"])) else { return };
    let keyring = keyring.with_work();
    keyring.byok("-p work add groq --stdin --as-is").stdin(format!("{SECRET}-2")).go();
    let (mut failed, mut places) = (0, 0);
    let kinds = [
        ("sendmsg", "EIO"),
        ("recvmsg", "EIO"),
        ("flock", "EINTR"),
        ("fsync", "EIO"),
        ("renameat2", "EIO"),
        ("openat", "EMFILE"),
    ];
    for (call, error) in kinds {
        for at in 1.. {
            let (inject, log) = (format!("inject=?{call}:error={error}:when={at}"), keyring.world.path("log"));
            let through =
                ["timeout", "30", strace.to_str().unwrap(), "-f", "-qq", "-e", "trace=all", "-e", &inject, "-o"];
            let through = through.into_iter().map(Into::into).chain([log.into_os_string()]);
            let add = "-p work add mistral --stdin --as-is";
            let output = keyring.byok(add).stdin("m".repeat(32)).through(through).output();
            let place = format!("{call} {at} fails with {error}");
            let said = String::from_utf8_lossy(&output.stderr);
            let keys = keyring.keys("work").unwrap_or_else(|| panic!("{place}: {said}"));
            let new = keys.contains(&"mistral".to_owned());
            assert_eq!(keys.len(), 2 + usize::from(new), "{place}: {keys:?}");
            assert!(!said.contains("panicked") && output.status.code().is_some(), "{place}: {said}");
            assert!(new || !output.status.success(), "{place}: called done, and is not: {said}");
            if new {
                keyring.byok("-p work rm mistral --yes").go();
            }
            failed += usize::from(!output.status.success());
            let trace = std::fs::read_to_string(keyring.world.path("log")).unwrap_or_default();
            if !trace.contains("(INJECTED)") {
                break;
            }
            places += 1;
        }
    }
    eprintln!("{places} places, {failed} of them an error");
    assert!(places > 60 && failed > 20, "{places} places, {failed} of them an error");
}
