//! The identity in a real keychain.

use std::fs;

use rustix::process::{Pid, Signal, kill_process};

use super::SECRET;
use crate::keyring::{Keyring, until};

/// Forgets what the kernel holds, so that the keychain is asked.
fn lock(keyring: &Keyring) {
    let _ = keyring.byok("lock").output();
}

/// Nothing under the world's folder, the keyring's own file among it, holds an identity in the clear.
#[track_caller]
fn assert_no_identity_on_disk(keyring: &Keyring) {
    let mut grep = std::process::Command::new("grep");
    let output = grep.args(["-rla", "-D", "skip", "AGE-SECRET-KEY-1"]).arg(keyring.world.root()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    assert!(!keyring.world.home().join("identity.txt").exists());
}

fn config(keyring: &Keyring) -> String {
    fs::read_to_string(keyring.world.home().join("config.toml")).unwrap_or_default()
}

/// A keyring that the first use has chosen.
fn chosen() -> Option<Keyring> {
    let keyring = Keyring::unlocked()?.unused();
    let add = keyring.byok("add openai --stdin --as-is").stdin(SECRET);
    add.stderr_holds(&["the keychain (the Secret Service)", "added `openai`"]).check();
    lock(&keyring);
    Some(keyring)
}

#[test]
fn the_first_use_chooses_a_keychain_that_lasts() {
    // K05
    let Some(mut keyring) = chosen() else { return };
    assert_eq!(config(&keyring), "identity = \"keychain\"\n");
    assert_no_identity_on_disk(&keyring);
    assert_eq!(keyring.items().len(), 1, "{:?}", keyring.items());
    keyring.byok("get openai").stdout(SECRET).check();
    keyring.stop();
    lock(&keyring);
    keyring.start(true);
    keyring.byok("get openai").stdout(SECRET).check();
    lock(&keyring);
}

#[test]
fn a_keychain_that_fails_later_is_an_error_and_never_another_identity() {
    // K02, K03, K04
    let Some(mut keyring) = chosen() else { return };
    let (tree, sealed) = (keyring.world.tree(), fs::read(keyring.world.sealed()).unwrap());
    let fails = |keyring: &Keyring, words: &str| {
        for deed in ["get openai", "add groq --stdin --as-is", "list", "identity show"] {
            let run = keyring.byok(deed).stdin(SECRET).env("BYOK_KEYCHAIN_TIMEOUT", "1500ms");
            run.code(4).stderr_holds(&[words, "byok: hint: "]).check();
        }
        assert_eq!((keyring.world.tree(), fs::read(keyring.world.sealed()).unwrap()), (tree.clone(), sealed.clone()));
        assert_no_identity_on_disk(keyring);
    };
    keyring.lock();
    fails(&keyring, "the keychain is locked");
    keyring.stop();
    fails(&keyring, "there is no keychain");
    keyring.start(true);
    let daemon = Pid::from_child(keyring.daemon.as_ref().unwrap());
    kill_process(daemon, Signal::STOP).unwrap();
    fails(&keyring, "the keychain did not answer within 1.5 s");
    kill_process(daemon, Signal::CONT).unwrap();
    keyring.byok("get openai").stdout(SECRET).check();
    lock(&keyring);
    let nowhere = keyring.byok("get openai").env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent");
    nowhere.code(4).stderr_holds(&["there is no keychain"]).check();
}

#[test]
fn an_item_that_is_gone_is_said_to_be_gone() {
    let Some(keyring) = chosen() else { return };
    keyring.byok("identity move --to file").go();
    private_config(&keyring);
    keyring.byok("get openai").code(4).stderr_holds(&["the identity is gone from the keychain", "restore"]).check();
}

/// The settings say keychain, where there is none of it.
fn private_config(keyring: &Keyring) {
    fs::write(keyring.world.home().join("config.toml"), "identity = \"keychain\"\n").unwrap();
}

#[test]
fn the_first_use_takes_a_file_where_no_keychain_lasts() {
    for keyring in [Keyring::blank(), Keyring::silent()].map(|keyring| keyring.map(Keyring::unused)) {
        let Some(keyring) = keyring else { return };
        let add = keyring.byok("add openai --stdin --as-is").stdin(SECRET).env("BYOK_KEYCHAIN_TIMEOUT", "2s");
        add.stderr_holds(&["identity.txt", "added `openai`"]).check();
        assert!(keyring.world.home().join("identity.txt").exists());
        assert!(!config(&keyring).contains("keychain"));
        keyring.byok("get openai").stdout(SECRET).check();
    }
}

#[test]
fn the_first_use_takes_a_file_where_the_keychain_is_locked_or_silent() {
    let Some(mut keyring) = Keyring::unlocked().map(Keyring::unused) else { return };
    for silent in [false, true] {
        let daemon = Pid::from_child(keyring.daemon.as_ref().unwrap());
        if silent {
            kill_process(daemon, Signal::STOP).unwrap();
        } else {
            keyring.lock();
        }
        let start = std::time::Instant::now();
        let add = keyring.byok("add openai --stdin --as-is").stdin(SECRET).env("BYOK_KEYCHAIN_TIMEOUT", "1500ms");
        let why = if silent { "did not answer within 1.5 s" } else { "the keychain is locked" };
        let said =
            ["the Secret Service is left out: ", why, "made an age identity: ", "identity.txt", "added `openai`"];
        add.stderr_holds(&said).check();
        // Nobody is asked to unlock what nobody chose.
        assert!(silent || start.elapsed() < std::time::Duration::from_secs(1), "{:?}", start.elapsed());
        assert!(!config(&keyring).contains("keychain"));
        if silent {
            kill_process(daemon, Signal::CONT).unwrap();
        } else {
            keyring.stop();
            keyring.start(true);
        }
        keyring.byok("get openai").stdout(SECRET).check();
        assert!(keyring.items().is_empty(), "{:?}", keyring.items());
        fs::remove_dir_all(keyring.world.home()).unwrap();
    }
}

#[test]
fn one_item_is_read_whatever_the_number_of_keys() {
    let Some((keyring, monitor)) = chosen().zip(crate::tools::tool(&["dbus-monitor"])) else { return };
    for at in 0..30 {
        keyring.byok(&format!("add my-service:k{at} --stdin --as-is --duplicate")).stdin(format!("{SECRET}-{at}")).go();
    }
    lock(&keyring);
    let log = keyring.world.path("bus.log");
    let mut listening = std::process::Command::new(monitor)
        .args(["--address", &keyring.address(), "interface='org.freedesktop.Secret.Item'"])
        .stdout(fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let heard = || fs::read_to_string(&log).unwrap().matches("member=GetSecret").count();
    until("the monitor listens", || fs::metadata(&log).unwrap().len() > 0);
    keyring.byok("env").stdout_holds(&[SECRET]).check();
    until("the first run is heard", || heard() > 0);
    keyring.byok("env").stdout_holds(&[SECRET]).check();
    lock(&keyring);
    keyring.byok("get openai").stdout(SECRET).check();
    until("the third run is heard", || heard() > 1);
    assert_eq!(heard(), 2, "one for each opening, none for what is held");
    listening.kill().unwrap();
    listening.wait().unwrap();
}

#[test]
fn two_homes_share_nothing() {
    let Some(keyring) = chosen() else { return };
    let other = keyring.world.path("other");
    let add = keyring.byok("add openai --stdin --as-is").stdin("sk-test-another-one").env("BYOK_HOME", &other);
    add.go();
    assert_eq!(keyring.items().len(), 2, "{:?}", keyring.items());
    let recipient = |home: &std::path::Path| keyring.byok("identity show").env("BYOK_HOME", home).go().stdout;
    assert_ne!(recipient(&other), recipient(&keyring.world.home()));
    keyring.byok("get openai").stdout(SECRET).check();
    keyring.byok("get openai").env("BYOK_HOME", &other).stdout("sk-test-another-one").check();
    keyring.byok("lock").env("BYOK_HOME", &other).go();
    lock(&keyring);
}

#[test]
fn where_byok_may_not_ask_nobody_else_does() {
    let Some((mut keyring, monitor)) = chosen().zip(crate::tools::tool(&["dbus-monitor"])) else { return };
    keyring.byok("profile create work --store keychain").go();
    lock(&keyring);
    keyring.lock();
    let log = keyring.world.path("bus.log");
    let mut listening = std::process::Command::new(monitor)
        .args(["--address", &keyring.address()])
        .stdout(fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let heard = |what: &str| fs::read_to_string(&log).unwrap().contains(what);
    until("the monitor listens", || fs::metadata(&log).unwrap().len() > 0);
    let quiet: [(&str, &[(&str, &str)]); 4] = [
        ("list --no-input", &[]),
        ("list", &[("BYOK_NO_INPUT", "1")]),
        ("-p work list", &[("CI", "1")]),
        ("status --short", &[]),
    ];
    for (deed, environment) in quiet {
        let run = environment.iter().fold(keyring.byok(deed), |run, (name, value)| run.env(*name, *value));
        run.code(4).stderr_holds(&["the keychain is locked", "byok: hint: "]).check();
    }
    assert!(heard("member=ReadAlias") && !heard("member=Unlock") && !heard("member=Prompt"));
    // Where it may ask, it does: what was looked for is what is said.
    let _ = keyring.byok("list").output();
    until("the other way is heard", || heard("member=Unlock"));
    listening.kill().unwrap();
    listening.wait().unwrap();
}

#[test]
fn a_limit_that_is_none_is_misuse() {
    let Some(keyring) = chosen() else { return };
    let get = || keyring.byok("get openai").env("BYOK_KEYCHAIN_TIMEOUT", "soon").code(2);
    get().stderr_holds(&["`BYOK_KEYCHAIN_TIMEOUT` is no length of time", "unset BYOK_KEYCHAIN_TIMEOUT"]).check();
    keyring.byok("profile create work --store keychain").go();
    let list = keyring.byok("-p work list").env("BYOK_KEYCHAIN_TIMEOUT", "soon").code(2);
    list.stderr_holds(&["`BYOK_KEYCHAIN_TIMEOUT` is no length of time", "unset BYOK_KEYCHAIN_TIMEOUT"]).check();
}

#[test]
fn a_keychain_that_stops_at_the_last_step_is_told_and_the_retry_ends_it() {
    let Some(keyring) = chosen() else { return };
    // Held in the kernel, so that only the removal needs the keychain.
    keyring.byok("get openai").stdout(SECRET).check();
    let daemon = Pid::from_child(keyring.daemon.as_ref().unwrap());
    kill_process(daemon, Signal::STOP).unwrap();
    let moved = keyring.byok("identity move --to file").env("BYOK_KEYCHAIN_TIMEOUT", "1s");
    let said = ["the identity lives in ", "the identity is still in the keychain", "did not answer within 1 s"];
    moved.code(4).stderr_holds(&said).check();
    kill_process(daemon, Signal::CONT).unwrap();
    keyring.byok("get openai").stdout(SECRET).check();
    keyring.byok("identity move --to file").stderr_holds(&["lives there already"]).check();
    assert!(keyring.items().is_empty(), "{:?}", keyring.items());
}
