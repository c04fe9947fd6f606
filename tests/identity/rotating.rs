//! A new identity where the old one lives, in the keychain or behind a passphrase, also where byok is killed on the way.

use super::{SECRET, WORDS, private};
use crate::keyring::Keyring;
use crate::tools::tool;

/// Killed at every one of these calls: what was sealed opens, and the same deed ends it.
fn killed(place: &str, calls: &[&str]) {
    let Some((keyring, strace)) = Keyring::unlocked().map(Keyring::unused).zip(tool(&["strace"])) else { return };
    let pass = private(&keyring.world.path("pass"), WORDS);
    let opened = |deed: &str| keyring.byok(deed).env("BYOK_PASSPHRASE_FILE", &pass);
    opened("init --identity").arg(place).go();
    opened("add openai --stdin --as-is").stdin(SECRET).go();
    let recipients = || String::from_utf8(opened("recipient me").go().stdout).unwrap();
    let mut places = 0;
    for call in calls {
        for at in 1.. {
            let (trace, inject) = (format!("trace=?{call}"), format!("inject=?{call}:signal=KILL:when={at}"));
            let through = [strace.to_str().unwrap(), "-f", "-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject];
            let before = recipients();
            let output = opened("identity rotate").through(through).output();
            let moment = format!("{place}, killed at {call} {at}");
            keyring.byok("lock").go();
            let get = opened("get openai").output();
            assert_eq!(get.stdout, SECRET.as_bytes(), "{moment}: {}", String::from_utf8_lossy(&get.stderr));
            let ended = opened("identity rotate").output();
            assert!(ended.status.success(), "{moment}: {}", String::from_utf8_lossy(&ended.stderr));
            keyring.byok("lock").go();
            opened("get openai").stdout(SECRET).check();
            let after = recipients();
            assert!(after.lines().count() == 1 && after != before, "{moment}: {before} {after}");
            assert!(!keyring.world.home().join("identity.txt").exists(), "{moment}: in the clear");
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
fn in_the_keychain() {
    killed("keychain", &["renameat2", "unlinkat", "sendmsg"]);
}

#[test]
fn behind_a_passphrase() {
    let world = crate::world::World::new();
    let pass = private(&world.path("pass"), WORDS);
    let opened = |deed: &str| world.byok(deed).env("BYOK_PASSPHRASE_FILE", &pass);
    opened("init --identity passphrase").go();
    opened("add openai --stdin --as-is").stdin(SECRET).go();
    let old = std::fs::read(world.home().join("identity.age")).unwrap();
    opened("identity rotate").go();
    world.byok("lock").go();
    opened("get openai").stdout(SECRET).check();
    // The old one stays behind the old passphrase, and nothing lies there in the clear.
    assert_eq!(std::fs::read(world.home().join("identity.age.old")).unwrap(), old);
    assert!(!world.home().join("identity.txt").exists());
    world.byok("lock").go();
}

#[test]
fn one_that_comes_from_the_environment_is_not_byoks_to_replace() {
    let world = crate::world::World::new().with_keys(&[("openai", SECRET)]);
    let given = std::fs::read_to_string(world.home().join("identity.txt")).unwrap();
    let rotated = world.byok("identity rotate").env("BYOK_IDENTITY", given);
    rotated.code(2).stderr_holds(&["comes from the environment"]).check();
    world.byok("get openai").stdout(SECRET).check();
}
