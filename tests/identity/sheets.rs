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
    let taken = world.byok("identity restore sheet").code(1);
    taken.stderr_holds(&["there is an identity already"]).check();
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
