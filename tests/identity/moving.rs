//! From one place to another, and the passphrase changed.

use super::{SECRET, WORDS, Wrapped, private};
use crate::keyring::Keyring;
use crate::tools::tool;

#[test]
fn it_moves_between_all_places_and_nothing_stays_behind() {
    let Some(keyring) = Keyring::unlocked().map(Keyring::unused) else { return };
    let pass = private(&keyring.world.path("pass"), WORDS);
    keyring.byok("init --identity file").go();
    keyring.byok("add openai --stdin --as-is").stdin(SECRET).go();
    for to in ["keychain", "passphrase", "file", "passphrase", "keychain", "file"] {
        let go = keyring.byok("identity move --to").arg(to).env("BYOK_PASSPHRASE_FILE", &pass);
        go.stderr_holds(&["the identity lives in "]).check();
        let there = |name: &str| keyring.world.home().join(name).exists();
        let found = (there("identity.txt"), there("identity.age"), !keyring.items().is_empty());
        assert_eq!(found, (to == "file", to == "passphrase", to == "keychain"), "{to}");
        keyring.byok("lock").go();
        keyring.byok("get openai").env("BYOK_PASSPHRASE_FILE", &pass).stdout(SECRET).check();
    }
    let again = keyring.byok("identity move --to file");
    again.stderr_holds(&["the identity lives there already"]).check();
}

/// Killed at every change of the disk and every word to the keychain: readable, and the same deed ends it.
fn killed(from: &str, to: &str, calls: &[&str]) {
    let Some((keyring, strace)) = Keyring::unlocked().map(Keyring::unused).zip(tool(&["strace"])) else { return };
    let pass = private(&keyring.world.path("pass"), WORDS);
    keyring.byok("init --identity").arg(from).env("BYOK_PASSPHRASE_FILE", &pass).go();
    keyring.byok("add openai --stdin --as-is").stdin(SECRET).go();
    let opened = |deed: &str| keyring.byok(deed).env("BYOK_PASSPHRASE_FILE", &pass);
    let mut places = 0;
    for call in calls {
        for at in 1.. {
            let inject = format!("inject=?{call}:signal=KILL:when={at}");
            let trace = format!("trace=?{call}");
            let through = [strace.to_str().unwrap(), "-f", "-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject];
            keyring.byok("lock").go();
            let deed = format!("identity move --to {to}");
            let output = opened(&deed).through(through).output();
            let place = format!("{from} to {to}, killed at {call} {at}");
            keyring.byok("lock").go();
            let get = opened("get openai").output();
            assert_eq!(get.stdout, SECRET.as_bytes(), "{place}: {}", String::from_utf8_lossy(&get.stderr));
            // What was begun is ended, and undone.
            for to in [to, from] {
                let deed = opened("identity move --to").arg(to).output();
                let said = String::from_utf8_lossy(&deed.stderr);
                assert!(deed.status.success(), "{place}, then to {to}: {said}");
                let found = (keyring.world.home().join("identity.txt").exists(), !keyring.items().is_empty());
                assert_eq!(found, (to == "file", to == "keychain"), "{place}, then to {to}: {said}");
                let wrapped = keyring.world.home().join("identity.age");
                // Whether it is this identity, only the passphrase would tell: it is said, and left.
                let left = said.contains("is left from an earlier move")
                    && said.contains("hint: it is not needed any more: `rm ");
                assert_eq!(wrapped.exists(), to == "passphrase" || left, "{place}, then to {to}: {said}");
            }
            if output.status.code().is_some_and(|code| code < 128) {
                break;
            }
            places += 1;
        }
    }
    assert!(places > 2, "only {places} places");
    keyring.byok("lock").go();
}

#[test]
fn a_killed_move_into_the_keychain_loses_nothing_and_can_be_ended() {
    killed("file", "keychain", &["renameat2", "rename", "linkat", "unlink", "unlinkat"]);
}

#[test]
fn a_killed_move_out_of_the_keychain_loses_nothing_and_can_be_ended() {
    killed("keychain", "file", &["renameat2", "rename", "linkat", "unlink", "unlinkat"]);
}

#[test]
fn a_killed_move_behind_a_passphrase_loses_nothing_and_can_be_ended() {
    killed("file", "passphrase", &["renameat2", "rename", "unlink", "unlinkat"]);
}

#[test]
fn a_killed_move_out_of_a_passphrase_loses_nothing_and_can_be_ended() {
    killed("passphrase", "file", &["renameat2", "rename", "unlink", "unlinkat"]);
}

#[test]
fn a_passphrase_is_changed_and_the_old_one_fails() {
    let home = Wrapped::new();
    home.opened("unlock").go();
    let new = private(&home.path("new"), "a staple of quite another battery");
    // What is held opens it; where nothing is held, the one file would have to be both.
    let change = home.byok("identity passphrase").env("BYOK_PASSPHRASE_FILE", &new);
    if !home.is_held() {
        return;
    }
    change.stderr("the passphrase is changed; copies of the old file still open with the old one\n").check();
    home.byok("lock").go();
    home.opened("get openai").code(4).stderr_holds(&["what is given is not the passphrase"]).check();
    home.byok("get openai").env("BYOK_PASSPHRASE_FILE", new).stdout(SECRET).check();
}
