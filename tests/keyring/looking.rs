//! What everybody sees: the lists, and the keychain from outside.

use std::os::unix::fs::PermissionsExt;

use super::{Keyring, SECRET};
use crate::tools::tool;

#[test]
fn nothing_of_a_key_shows_from_outside_and_nothing_is_left_of_a_removed_profile() {
    let Some(keyring) = Keyring::unlocked() else { return };
    let keyring = keyring.with_work();
    let item = format!("profile/work@{}", keyring.world.home().canonicalize().unwrap().display());
    let items = keyring.items();
    assert_eq!(items.len(), 1, "{items:?}");
    assert!(items[0].starts_with(&format!("byok {item} ")) && items[0].contains("\"service\": \"byok\""), "{items:?}");
    assert!(!items[0].contains("sk-") && !items[0].contains("openai"), "{items:?}");
    keyring.assert_no_key_on_disk();
    assert_eq!(
        keyring.world.tree(),
        ["identity.lock", "identity.txt", "pins/work.toml", "profiles/work.keychain", "profiles/work.lock"]
    );
    assert_eq!(keyring.marker().metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let removed = keyring.byok("profile rm work --yes");
    removed.stderr("removed profile `work` and its key\n").check();
    assert!(keyring.items().is_empty());
    assert_eq!(keyring.world.tree(), ["identity.lock", "identity.txt", "profiles/work.lock"]);
}

#[test]
fn the_lists_name_the_store() {
    let Some(keyring) = Keyring::unlocked() else { return };
    let keyring = keyring.with_work();
    keyring.byok("add groq --stdin --as-is").stdin("gsk-test-0123456789abcdef").go();
    keyring
        .byok("profile list")
        .stdout_holds(&["default  in use  1     file", "work             1     keychain"])
        .check();
    keyring.byok("profile list --json").stdout_holds(&["\"store\": \"file\"", "\"store\": \"keychain\""]).check();
    keyring.byok("list").stdout_holds(&["groq"]).check();
    let list = keyring.byok("-p work list").stdout_holds(&["openai"]);
    list.stderr("profile `work`, in the keychain\n").check();
    keyring.byok("-p work list --json").stdout_holds(&["\"store\": \"keychain\""]).check();
    keyring.byok("-p work status --json").stdout_holds(&["\"store\": \"keychain\""]).check();
}

#[test]
fn every_verb_works_in_the_keychain() {
    let Some(keyring) = Keyring::unlocked() else { return };
    let create = keyring.byok("profile create work --store keychain");
    create.stderr_holds(&["made profile `work` in the Secret Service"]).check();
    keyring.byok("profile create work --store keychain").code(1).stderr_holds(&["already"]).check();
    keyring.byok("profile create work").code(1).stderr_holds(&["already"]).check();
    keyring.byok("-p work add openai --stdin --as-is").stdin(SECRET).go();
    keyring.byok("-p work add openai:second --stdin --as-is").stdin(format!("{SECRET}-2")).go();
    keyring.byok("-p work use openai:second").go();
    keyring.byok("-p work edit openai:second --note hello").go();
    keyring.byok("-p work show openai:second").stdout_holds(&["hello"]).check();
    keyring.byok("-p work env").stdout(format!("export OPENAI_API_KEY={SECRET}-2;\n")).check();
    keyring.byok("-p work export --format json").stdout_holds(&[SECRET]).check();
    keyring.byok("-p work run -- sh -c").arg("echo $OPENAI_API_KEY").stdout(format!("{SECRET}-2\n")).check();
    keyring.byok("-p work has openai").check();
    keyring
        .byok("-p work import-env")
        .env("GROQ_API_KEY", "gsk_0123456789abcdefghijklmnopqrstuv0123456789abcdefghij")
        .go();
    keyring.byok("-p work rm openai:second --yes").go();
    keyring.byok("profile copy work copied").stderr_holds(&["copied.age"]).check();
    assert_eq!(keyring.keys("copied"), keyring.keys("work"));
    keyring.byok("profile use work").go();
    keyring.byok("get openai").stdout(SECRET).check();
    std::fs::remove_file(keyring.world.home().join("pins/work.toml")).unwrap();
    keyring.byok("profile accept work --yes").stderr_holds(&["trusted already"]).check();
    std::fs::write(keyring.world.home().join("pins/work.toml"), "vault = \"00\"\ngeneration = 1\n").unwrap();
    keyring.byok("get openai").code(4).stderr_holds(&["byok profile accept work"]).check();
    keyring.byok("profile accept work --yes").stderr_holds(&["profile `work` in the keychain is generation"]).check();
    keyring.byok("get openai").stdout(SECRET).check();
}

#[test]
fn homes_do_not_share_their_items() {
    let Some(keyring) = Keyring::unlocked() else { return };
    let keyring = keyring.with_work();
    let other = keyring.world.path("other");
    let byok = |arguments: &str| keyring.byok(arguments).env("BYOK_HOME", &other);
    byok("profile create work --store keychain").go();
    byok("-p work get openai").code(3).stderr_holds(&["no key"]).check();
    // A home by another way is the same home.
    let link = keyring.world.path("link");
    std::os::unix::fs::symlink(keyring.world.root(), &link).unwrap();
    keyring.byok("-p work get openai").env("BYOK_HOME", link.join("home/")).stdout(SECRET).check();
    // Without one, the items have no address behind their names.
    let plain = keyring.byok("profile create work --store keychain").without("BYOK_HOME");
    plain.env("HOME", keyring.world.path("user")).go();
    assert!(keyring.items().iter().any(|item| item.starts_with("byok profile/work {")), "{:?}", keyring.items());
    // Each of the two others has an identity there as well, for it was first used where there is a keychain.
    assert_eq!(keyring.items().len(), 3 + 2);
}

#[test]
fn a_profile_in_a_file_costs_one_look_and_no_question() {
    let Some(strace) = tool(&["strace"]) else { return };
    let Some(keyring) = Keyring::unlocked() else { return };
    let keyring = keyring.with_work();
    keyring.byok("add groq --stdin --as-is").stdin("gsk-test-0123456789abcdef").go();
    let log = keyring.world.path("log");
    let calls = |run: crate::world::Run<'_>| {
        run.through([strace.to_str().unwrap(), "-f", "-qq", "-o", log.to_str().unwrap()]).go();
        std::fs::read_to_string(&log).unwrap()
    };
    for verb in ["env", "get groq", "list", "run -- true"] {
        let calls = calls(keyring.byok(verb));
        assert!(!calls.contains("socket("), "{verb}: {calls}");
        let looks: Vec<_> = calls.lines().filter(|line| line.contains(".keychain\"")).collect();
        assert!(looks.iter().all(|line| line.contains("ENOENT")), "{verb}: {looks:?}");
        assert!(looks.len() == 1 || verb == "list", "{verb}: {looks:?}");
    }
    // Nor where a variable of the environment might come from the profile in the keychain.
    assert!(!calls(keyring.byok("env").env("OPENAI_API_KEY", SECRET)).contains("socket("));
    assert!(calls(keyring.byok("-p work env")).contains("socket("));
}

/// K09: the keychain is spoken to, and no helper program is.
#[test]
fn no_program_is_started_and_no_argument_holds_a_key() {
    let (Some(keyring), Some(strace)) = (Keyring::unlocked(), tool(&["strace"])) else { return };
    let log = keyring.world.path("calls");
    for line in [
        "profile create work --store keychain",
        "-p work add openai --stdin --as-is",
        "-p work get openai",
        "-p work env",
        "-p work rotate openai --stdin --as-is",
        "profile move work --to file",
        "profile move work --to keychain",
        "identity move --to keychain",
        "-p work list",
        "identity move --to file",
        "profile rm work --yes",
    ] {
        let secret = if line.contains("rotate") { format!("{SECRET}-2") } else { SECRET.to_owned() };
        let through = [strace.to_str().unwrap(), "-f", "-qq", "-s", "65535", "-e", "trace=execve,execveat,fork,vfork"];
        let through = through.into_iter().chain(["-o", log.to_str().unwrap()]);
        keyring.byok(line).stdin(secret).through(through).go();
        let calls = std::fs::read_to_string(&log).unwrap();
        std::fs::remove_file(&log).unwrap();
        assert_eq!(calls.lines().filter(|call| call.contains("exec")).count(), 1, "{line}: {calls}");
        assert!(!calls.contains("fork(") && !calls.contains(SECRET), "{line}: {calls}");
    }
}
