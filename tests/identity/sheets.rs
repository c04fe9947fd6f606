//! The recovery sheet.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use super::{SECRET, WORDS, private};
use crate::keyring::Keyring;
use crate::tools::tool;
use crate::world::World;

#[test]
fn a_sheet_is_private_and_brings_everything_back() {
    let world = World::new().with_keys(&[("openai", SECRET)]);
    let sheet = world.path("sheet");
    world.byok("identity backup -o sheet").stderr_holds(&["wrote the recovery sheet to `sheet`"]).check();
    assert_eq!(fs::metadata(&sheet).unwrap().permissions().mode() & 0o777, 0o600);
    let before = fs::read(&sheet).unwrap();
    let again = world.byok("identity backup -o sheet").output();
    assert!(!again.status.success() && again.stdout.is_empty(), "{again:?}");
    assert_eq!(fs::read(&sheet).unwrap(), before);
    let piped = world.byok("identity backup").code(4);
    piped.stderr_holds(&["a recovery sheet goes to a terminal or a file", "byok: hint: "]).check();
    if let Some(age) = tool(&["age"]) {
        let opened = Command::new(age).arg("-d").arg("-i").arg(&sheet).arg(world.sealed()).output().unwrap();
        assert!(String::from_utf8(opened.stdout).unwrap().contains(SECRET));
    }
    world.byok("identity restore sheet").stderr_holds(&["the identity is there already"]).check();
    let other = World::new().with_keys(&[("openai", SECRET)]);
    let taken = world.byok("identity restore").arg(other.home().join("identity.txt")).code(4);
    taken.stderr_holds(&["this identity opens none of the profiles that are here"]).check();
    let fresh = World::new();
    fresh.file("home/profiles/default.age", fs::read(world.sealed()).unwrap());
    for folder in ["home", "home/profiles"] {
        fs::set_permissions(fresh.path(folder), fs::Permissions::from_mode(0o700)).unwrap();
    }
    fs::set_permissions(fresh.sealed(), fs::Permissions::from_mode(0o600)).unwrap();
    fresh.byok("identity restore").arg(&sheet).stderr_holds(&["the identity lives in "]).check();
    fresh.byok("get openai").stdout(SECRET).check();
}

#[test]
fn a_sheet_is_put_back_from_a_pipe_to_any_place() {
    let Some(keyring) = Keyring::unlocked() else { return };
    keyring.byok("add openai --stdin --as-is").stdin(SECRET).go();
    keyring.byok("identity backup -o sheet").stderr_holds(&["wrote the recovery sheet"]).check();
    let sheet = fs::read_to_string(keyring.world.path("sheet")).unwrap();
    let pass = private(&keyring.world.path("pass"), WORDS);
    let found = || {
        let there = |name: &str| keyring.world.home().join(name).exists();
        (there("identity.txt"), there("identity.age"), !keyring.items().is_empty())
    };
    for to in ["file", "passphrase", "keychain"] {
        for left in ["identity.txt", "identity.age", "config.toml"] {
            let _ = fs::remove_file(keyring.world.home().join(left));
        }
        keyring.byok("lock").stderr_holds(&[""]).check();
        let put = keyring.byok("identity restore - --to").arg(to).stdin(&sheet).env("BYOK_PASSPHRASE_FILE", &pass);
        put.stderr_holds(&["the identity lives in "]).check();
        assert_eq!(found(), (to == "file", to == "passphrase", to == "keychain"), "{to}");
        keyring.byok("get openai").env("BYOK_PASSPHRASE_FILE", &pass).stdout(SECRET).check();
    }
    let other = World::new();
    for broken in ["", "# a sheet\n", "AGE-SECRET-KEY-1QQQQ\n", "AGE-PLUGIN-X-1QQQQ\n"] {
        let put = other.byok("identity restore -").stdin(broken).output();
        assert!(put.status.code() == Some(4) && put.stderr.starts_with(b"byok: error: "), "{broken:?}: {put:?}");
        assert!(other.tree().is_empty(), "{broken:?}: {:?}", other.tree());
    }
}

/// A world with a key and a sheet of its identity.
fn with_sheet() -> World {
    let world = World::new().with_keys(&[("openai", SECRET)]);
    world.byok("identity backup -o sheet").stderr_holds(&["wrote the recovery sheet"]).check();
    world
}

#[test]
fn a_sheet_is_put_back_where_the_identity_is_damaged_or_another() {
    let foreign = World::new().with_keys(&[("openai", SECRET)]);
    let foreign = fs::read(foreign.home().join("identity.txt")).unwrap();
    for broken in [b"".as_slice(), b"AGE-SECRET-KEY-1", &foreign] {
        let world = with_sheet();
        let file = world.home().join("identity.txt");
        private(&file, broken);
        assert_eq!(world.byok("get openai").output().status.code(), Some(4));
        let put = world.byok("identity restore sheet");
        put.stderr_holds(&["what was there is kept: ", "identity.txt.old", "the identity lives in "]).check();
        world.byok("get openai").stdout(SECRET).check();
        assert_eq!(fs::read(world.home().join("identity.txt.old")).unwrap(), broken);
        // A second time, nothing is written over.
        private(&file, "other");
        world.byok("identity restore sheet").stderr_holds(&["identity.txt.old-2"]).check();
        world.byok("get openai").stdout(SECRET).check();
    }
}

#[test]
fn nothing_is_made_beside_profiles_whose_identity_is_gone() {
    let world = with_sheet();
    fs::remove_file(world.home().join("identity.txt")).unwrap();
    for deed in ["init", "init --identity file", "identity show", "add groq --stdin --as-is", "list"] {
        let run = world.byok(deed).stdin("sk-test-another-one").code(4);
        run.stderr_holds(&["there is no identity to open it with", "`byok identity restore SHEET`"]).check();
        assert!(!world.home().join("identity.txt").exists(), "{deed}");
    }
    world
        .byok("identity restore sheet")
        .stderr("the identity lives in ".to_owned() + &format!("{} now\n", world.home().join("identity.txt").display()))
        .check();
    world.byok("get openai").stdout(SECRET).check();
}

#[test]
fn a_sheet_is_put_back_where_the_wrapped_identity_is_gone_or_cut() {
    let home = super::Wrapped::new();
    home.opened("identity backup -o sheet").stderr_holds(&["wrote the recovery sheet"]).check();
    let whole = fs::read(home.wrapped()).unwrap();
    for broken in [None, Some(b"".as_slice()), Some(&whole[..40])] {
        home.byok("lock").stderr_holds(&[""]).check();
        let _ = fs::remove_file(home.wrapped());
        if let Some(broken) = broken {
            private(&home.wrapped(), broken);
        }
        home.opened("identity restore sheet --to passphrase").stderr_holds(&["the identity lives in "]).check();
        home.byok("lock").stderr_holds(&[""]).check();
        home.opened("get openai").stdout(SECRET).check();
        assert_eq!(home.home().join("identity.age.old").exists(), broken.is_some());
        let _ = fs::remove_file(home.home().join("identity.age.old"));
    }
    // The passphrase is forgotten: the sheet opens the profiles, so it may come back as a file.
    home.byok("lock").stderr_holds(&[""]).check();
    home.byok("identity restore sheet --to file").stderr_holds(&["what was there is kept: "]).check();
    home.byok("get openai").stdout(SECRET).check();
}

#[test]
fn a_sheet_is_put_back_where_the_keychain_has_lost_it() {
    let Some(keyring) = Keyring::unlocked().map(Keyring::unused) else { return };
    keyring.byok("init --identity keychain").go();
    keyring.byok("add openai --stdin --as-is").stdin(SECRET).go();
    keyring.byok("identity backup -o sheet").stderr_holds(&["wrote the recovery sheet"]).check();
    keyring.byok("identity move --to file").go();
    fs::remove_file(keyring.world.home().join("identity.txt")).unwrap();
    fs::write(keyring.world.home().join("config.toml"), "identity = \"keychain\"\n").unwrap();
    keyring.byok("get openai").code(4).stderr_holds(&["is gone from the keychain"]).check();
    for to in ["keychain", "file"] {
        keyring.byok("identity restore sheet --to").arg(to).stderr_holds(&["the identity "]).check();
        keyring.byok("lock").stderr_holds(&[""]).check();
        keyring.byok("get openai").stdout(SECRET).check();
    }
}

#[test]
fn a_sheet_says_where_the_profiles_are_on_one_line() {
    let world = World::new();
    let home = world.path("a\nb\u{1b}[31m");
    world.byok("add openai --stdin --as-is").stdin(SECRET).env("BYOK_HOME", &home).go();
    world.byok("identity backup -o sheet").env("BYOK_HOME", &home).stderr_holds(&["wrote the recovery sheet"]).check();
    let sheet = fs::read_to_string(world.path("sheet")).unwrap();
    assert!(sheet.lines().all(|line| line.starts_with('#') || line.starts_with("AGE-SECRET-KEY-1")), "{sheet}");
    fs::remove_file(home.join("identity.txt")).unwrap();
    world.byok("identity restore sheet").env("BYOK_HOME", &home).stderr_holds(&["the identity lives in "]).check();
}

#[test]
fn a_dash_is_no_file_for_a_sheet() {
    let world = with_sheet();
    world.byok("identity backup -o -").code(4).stderr_holds(&["a recovery sheet goes to a terminal or a file"]).check();
    assert!(!world.path("-").exists());
}
