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
    home.byok("get openai").env("BYOK_PASSPHRASE_FILE", &new).stdout(SECRET).check();
    home.byok("lock").go();
    // The old one opens, the new one is another file's.
    let newest = private(&home.path("newest"), WORDS);
    let with = |run: crate::world::Run<'_>| run.env("BYOK_PASSPHRASE_FILE", &new).code(2).check();
    with(
        home.byok("identity passphrase")
            .stderr_holds(&["this is the passphrase that it has already", "BYOK_NEW_PASSPHRASE_FILE"]),
    );
    let change =
        home.byok("identity passphrase").env("BYOK_PASSPHRASE_FILE", &new).env("BYOK_NEW_PASSPHRASE_FILE", newest);
    change.stderr_holds(&["the passphrase is changed"]).check();
    home.byok("lock").go();
    home.opened("get openai").stdout(SECRET).check();
}

#[test]
fn an_unlink_that_fails_is_an_error_and_the_retry_ends_the_move() {
    let Some(strace) = tool(&["strace"]) else { return };
    let home = Wrapped::empty();
    home.byok("init --identity file").go();
    home.byok("add openai --stdin --as-is").stdin(SECRET).go();
    let inject = ["-f", "-qq", "-o", "/dev/null", "-e", "trace=unlink,unlinkat", "-e"];
    let inject = inject.into_iter().chain(["inject=unlink,unlinkat:error=EIO:when=1"]);
    let through = std::iter::once(strace.to_str().unwrap()).chain(inject);
    let failed = home.opened("identity move --to passphrase").through(through).code(1);
    failed.stderr_holds(&["the identity is still in ", "identity.txt", "`byok identity move --to passphrase`"]).check();
    assert!(home.home().join("identity.txt").exists());
    home.byok("lock").stderr_holds(&[""]).check();
    let show = home.opened("identity show").stdout_holds(&["passphrase"]);
    show.stderr_holds(&["identity.txt` still holds an identity in the clear"]).check();
    home.opened("identity move --to passphrase").stderr_holds(&["lives there already"]).check();
    let tree = home.tree();
    assert!(!tree.iter().any(|path| path.contains("identity.txt")), "{tree:?}");
}

#[test]
fn what_a_killed_byok_left_of_the_identity_is_swept() {
    let home = Wrapped::new();
    for deed in ["identity show", "unlock", "identity move --to passphrase", "identity passphrase --generate"] {
        let left = private(&home.home().join(".identity.txt.0123456789abcdef.tmp"), "AGE-SECRET-KEY-1");
        let _ = home.opened(deed).output();
        assert!(!left.exists(), "{deed}");
    }
}

#[test]
fn a_move_never_writes_over_another_identity() {
    let (home, other) = (Wrapped::new(), Wrapped::empty());
    other.byok("init --identity file").go();
    let theirs = std::fs::read(home.wrapped()).unwrap();
    private(&other.wrapped(), &theirs);
    let refused = other.opened("identity move --to passphrase").code(4);
    refused.stderr_holds(&["identity.age` is there already", "byok: hint: set it aside: `mv "]).check();
    assert_eq!(std::fs::read(other.wrapped()).unwrap(), theirs);
    other.byok("identity show").stdout_holds(&["file"]).check();
}
