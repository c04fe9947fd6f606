//! A keychain that does not do it: in words, within its time, and never with a file in its place.

use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use zbus::zvariant::ObjectPath;

use super::{Keyring, PASSWORD, SECRET, service, until};
use crate::world::Run;

/// What a machine may be slow on top of byok's own limit.
const SLACK: Duration = Duration::from_secs(4);

/// The run ends with code 4 and these words, soon, and says nothing on standard output.
#[track_caller]
fn fails(run: Run<'_>, limit: Duration, words: &[&str]) {
    let start = Instant::now();
    run.env("BYOK_KEYCHAIN_TIMEOUT", format!("{}ms", limit.as_millis())).code(4).stderr_holds(words).check();
    assert!(start.elapsed() < limit + SLACK, "it took {:?}", start.elapsed());
}

/// No profile is made in this keychain, nor a file instead of one; and none is moved there.
#[track_caller]
fn refuses_new_ones(keyring: &Keyring, limit: Duration, words: &[&str]) {
    fails(keyring.byok("profile create fresh --store keychain"), limit, words);
    keyring.byok("profile create plain").go();
    keyring.byok("-p plain add openai --stdin --as-is").stdin(SECRET).go();
    fails(keyring.byok("profile move plain --to keychain"), limit, words);
    let profiles = keyring.world.home().join("profiles");
    for absent in ["fresh.keychain", "fresh.age", "plain.keychain"] {
        assert!(!profiles.join(absent).exists(), "{absent}");
    }
    keyring.byok("-p plain get openai").stdout(SECRET).check();
    keyring.assert_no_key_on_disk();
}

/// No verb that needs the profile `work` gets anything out of this keychain, or puts anything elsewhere.
#[track_caller]
fn refuses_work(keyring: &Keyring, limit: Duration, words: &[&str]) {
    let before = keyring.world.tree();
    for verb in ["env", "list", "get openai", "export --format json", "run -- true", "rm openai --yes"] {
        fails(keyring.byok(verb).env("BYOK_PROFILE", "work"), limit, words);
    }
    fails(keyring.byok("-p work add groq --stdin --as-is").stdin(SECRET), limit, words);
    for verb in ["move work --to file", "rm work --yes", "copy work other", "accept work --yes"] {
        fails(keyring.byok(&format!("profile {verb}")), limit, words);
    }
    assert_eq!(keyring.world.tree(), before);
    keyring.assert_no_key_on_disk();
    let list = keyring.byok("profile list --json").env("BYOK_KEYCHAIN_TIMEOUT", "300ms").code(4);
    list.stdout_holds(&["\"store\": \"keychain\"", "\"trouble\": \"cannot use profile `work` in the keychain"]).check();
}

#[test]
fn a_locked_keychain_is_said_to_be_locked_until_it_is_unlocked() {
    let Some(keyring) = Keyring::unlocked() else { return };
    let mut keyring = keyring.with_work();
    keyring.lock();
    let words = ["the keychain is locked", "`gnome-keyring-daemon --replace --unlock`"];
    let limit = Duration::from_secs(5);
    refuses_work(&keyring, limit, &words);
    refuses_new_ones(&keyring, limit, &words);
    // What the hint says; in the foreground, so that it ends with the test.
    let mut unlock = keyring
        .daemon_command()
        .args(["--replace", "--unlock", "--foreground", "--components=secrets"])
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut unlock.stdin.take().unwrap(), PASSWORD.as_bytes()).unwrap();
    let replaced = keyring.daemon.replace(unlock);
    replaced.unwrap().wait().unwrap();
    until("the keyring is open", || keyring.byok("-p work has openai").output().status.success());
    keyring.byok("-p work get openai").stdout(SECRET).check();
}

#[test]
fn a_keychain_that_keeps_nothing_takes_nothing() {
    let Some(keyring) = Keyring::blank() else { return };
    let limit = Duration::from_secs(5);
    refuses_new_ones(&keyring, limit, &["it has no default collection", "make a keyring that lasts", "--store file"]);
    let connection = keyring.connect().unwrap();
    let session = ObjectPath::try_from("/org/freedesktop/secrets/collection/session").unwrap();
    service(&connection).call::<_, _, ()>("SetAlias", &("default", session)).unwrap();
    fails(
        keyring.byok("profile create fresh --store keychain"),
        limit,
        &["its default collection is gone with the login", "make a keyring that lasts"],
    );
    assert!(keyring.items().is_empty());
}

#[test]
fn a_bus_without_a_keychain_is_said() {
    let Some(keyring) = Keyring::unlocked() else { return };
    let mut keyring = keyring.with_work();
    keyring.stop();
    let words = ["there is no keychain: nobody on D-Bus is a Secret Service", "DBUS_SESSION_BUS_ADDRESS"];
    refuses_work(&keyring, Duration::from_secs(5), &words);
    refuses_new_ones(&keyring, Duration::from_secs(5), &words);
}

#[test]
fn a_system_without_a_bus_is_said() {
    let Some(keyring) = Keyring::unlocked() else { return };
    let mut keyring = keyring.with_work();
    keyring.stop();
    keyring.bus.kill().unwrap();
    keyring.bus.wait().unwrap();
    let words = ["there is no keychain: no D-Bus session bus answers", "DBUS_SESSION_BUS_ADDRESS"];
    refuses_work(&keyring, Duration::from_secs(5), &words);
    refuses_new_ones(&keyring, Duration::from_secs(5), &words);
    let unset = keyring.byok("-p work env").without("DBUS_SESSION_BUS_ADDRESS");
    fails(unset, Duration::from_secs(5), &words);
}

#[test]
fn a_silent_keychain_is_given_up_after_its_time() {
    let Some(keyring) = Keyring::unlocked() else { return };
    let keyring = keyring.with_work();
    let daemon = Pid::from_child(keyring.daemon.as_ref().unwrap());
    kill_process(daemon, Signal::STOP).unwrap();
    let limit = Duration::from_millis(300);
    let words = ["the keychain did not answer within 0.3 s", "BYOK_KEYCHAIN_TIMEOUT=60s"];
    refuses_work(&keyring, limit, &words);
    refuses_new_ones(&keyring, limit, &words);
    // A person's own time, from the settings; the variable goes first.
    keyring.world.file("home/config.toml", "keychain_timeout = \"200ms\"\n");
    keyring.byok("-p work env").code(4).stderr_holds(&["within 0.2 s"]).check();
    fails(keyring.byok("-p work env"), limit, &["within 0.3 s"]);
    let wrong = keyring.byok("-p work env").env("BYOK_KEYCHAIN_TIMEOUT", "soon");
    wrong.code(2).stderr_holds(&["`BYOK_KEYCHAIN_TIMEOUT` is no length of time"]).check();
    // Nobody asks the keychain for a file, however silent it is.
    let start = Instant::now();
    keyring.byok("-p plain env").env("MY_SERVICE_KEY", "x").env("BYOK_KEYCHAIN_TIMEOUT", "60s").go();
    assert!(start.elapsed() < SLACK);
    kill_process(daemon, Signal::CONT).unwrap();
    keyring.byok("-p work get openai").stdout(SECRET).check();
}

#[test]
fn an_item_that_is_gone_is_said_and_the_profile_can_be_removed() {
    let Some(keyring) = Keyring::unlocked() else { return };
    let keyring = keyring.with_work();
    let connection = keyring.connect().unwrap();
    let wanted = std::collections::HashMap::from([("service", "byok")]);
    let (open, _): (Vec<zbus::zvariant::OwnedObjectPath>, Vec<zbus::zvariant::OwnedObjectPath>) =
        service(&connection).call("SearchItems", &(wanted,)).unwrap();
    for path in open {
        let item =
            zbus::blocking::Proxy::new(&connection, super::SERVICE, path, "org.freedesktop.Secret.Item").unwrap();
        item.call::<_, _, zbus::zvariant::OwnedObjectPath>("Delete", &()).unwrap();
    }
    let words = ["profile `work` lives in the keychain, but its item is gone", "byok profile rm work --yes"];
    keyring.byok("-p work env").code(4).stderr_holds(&words).check();
    keyring.byok("profile rm work --yes").go();
    assert_eq!(keyring.keys("work"), None);
    assert!(!keyring.marker().exists());
}

#[test]
fn a_profile_whose_keychain_is_gone_for_good_can_be_forgotten() {
    let Some(keyring) = Keyring::unlocked() else { return };
    let mut keyring = keyring.with_work();
    keyring.stop();
    let list = keyring.byok("profile list").code(4);
    list.stdout_holds(&["there is no keychain: nobody on D-Bus is a Secret Service"]).check();
    let rm = keyring.byok("profile rm work --yes").code(4);
    rm.stderr_holds(&["there is no keychain", "`byok profile rm work --forget`"]).check();
    assert!(keyring.marker().exists());
    keyring.byok("profile rm work --forget").stderr_holds(&["forgot profile `work`"]).check();
    keyring.byok("-p work add openai --stdin --as-is").stdin(SECRET).stderr_holds(&["made profile `work`"]).check();
}

#[test]
fn a_profile_that_was_taken_away_is_not_made_anew_unasked() {
    let Some(keyring) = Keyring::unlocked() else { return };
    let keyring = keyring.with_work();
    keyring.byok("add openai --stdin --as-is").stdin(SECRET).go();
    for (name, path) in [("work", keyring.marker()), ("default", keyring.world.sealed())] {
        let copy = std::fs::read(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        let add = || keyring.byok("add groq --stdin --as-is --profile").arg(name).stdin("sk-test-another-one");
        add().code(4).stderr_holds(&[&format!("profile `{name}` was here, and is gone"), "byok profile rm "]).check();
        assert!(!path.exists());
        std::fs::write(&path, &copy).unwrap();
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        add().stderr_holds(&["added `groq`"]).check();
        std::fs::remove_file(&path).unwrap();
        keyring.byok("profile rm").arg(name).stderr_holds(&["forgot profile `"]).check();
    }
    keyring.byok("add groq --stdin --as-is").stdin(SECRET).stderr_holds(&["made profile `default`"]).check();
}
