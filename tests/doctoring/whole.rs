//! The report as a whole: its words, its JSON, and what it never does.

use std::fs;

use super::{SECRET, examined, groups};
use crate::leaks::traced_output;
use crate::tools::tool;
use crate::world::World;

const GROUPS: [&str; 14] = [
    "permissions",
    "disk",
    "settings",
    "identity",
    "keychain",
    "profiles",
    "keys",
    "plaintext",
    "memory",
    "environment",
    "project",
    "shell",
    "clock",
    "log",
];

#[test]
fn who_has_never_used_it_is_well() {
    let world = World::new();
    let output = world.byok("doctor").env("HOME", world.path("user")).output();
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    for group in GROUPS.iter().filter(|group| **group != "memory") {
        assert!(text.contains(&format!("ok       {group}\n")), "{text}");
    }
    assert!(!world.home().exists(), "nothing is made");
}

#[test]
fn a_group_that_is_well_takes_a_line_and_a_finding_its_hints() {
    let world = World::new().with_keys(&[("openai", SECRET)]);
    world
        .byok("doctor keys permissions identity keys")
        .code(1)
        .stdout(
            "ok       permissions
warning  identity: no recovery sheet was made of this identity: if it is lost, 1 key is lost
         hint: make one, and keep it off this machine: `byok identity backup --output sheet.txt`
note     keys: never tested: openai
         hint: see which work: `byok test --max-age 7d`
",
        )
        .stderr("1 warning, 1 note\n")
        .check();
    world.byok("identity backup --output sheet").go();
    let found = groups(&world, "identity keys");
    assert_eq!(
        found.0,
        serde_json::json!({
            "version": 1, "ok": true, "problems": 0, "warnings": 0, "notes": 1,
            "groups": [{ "group": "identity", "ok": true }, { "group": "keys", "ok": false }],
            "findings": [{
                "id": "never-tested", "group": "keys", "severity": "note", "text": "never tested: openai",
                "fix": "byok test --max-age 7d", "can_fix": false,
                "hints": ["see which work: `byok test --max-age 7d`"],
            }],
        })
    );
    world.byok("doctor nonsense").code(2).stderr_holds(&["invalid value 'nonsense'"]).check();
    world.byok("doctor --yes").code(2).stderr_holds(&["--fix"]).check();
}

#[test]
fn it_goes_through_where_everything_is_broken() {
    let world = World::new().with_keys(&[("openai", SECRET)]);
    world.file("home/config.toml", "no = [");
    world.file("home/providers.toml", "\u{0}");
    fs::write(world.home().join("identity.txt"), [0xff; 10]).unwrap();
    fs::write(world.sealed(), b"").unwrap();
    fs::write(world.home().join("pins/default.toml"), [0; 9000]).unwrap();
    world.file(".byok.toml", "[[[");
    world.file(".env", [0xff, 0, 0x1b]);
    let found = examined(
        world
            .byok("-p ../x doctor")
            .env("HOME", world.path("user"))
            .env("PATH", "::relative")
            .env("SHELL", "\u{1b}[31m"),
    );
    assert_eq!(found.0["groups"].as_array().unwrap().len(), GROUPS.len());
    for id in ["settings", "providers", "profile-name", "identity-broken", "project-untrusted"] {
        found.one(id);
    }
    for one in found.all() {
        assert!(one.fix.is_some(), "{one:?} has no command");
    }
}

#[test]
fn it_uses_no_network_starts_nothing_and_opens_nothing_for_writing() {
    let Some(strace) = tool(&["strace"]) else { return };
    let world = World::new().with_keys(&[("openai", SECRET)]);
    let run = world.byok("doctor").env("HOME", world.path("user")).env("SHELL", "/bin/bash");
    let (output, log) =
        traced_output(&world, &strace, &["-e", "trace=network,process,openat,unlink,rename,mkdir"], run);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let own = log.lines().skip_while(|line| !line.contains("execve("));
    assert_eq!(own.clone().filter(|line| line.contains("execve(")).count(), 1, "{log}");
    for line in own {
        assert!(!line.contains("AF_INET"), "{line}");
        assert!(!["socket(", "fork(", "unlink(", "rename(", "mkdir("].iter().any(|call| line.contains(call)), "{line}");
        let writes = ["O_WRONLY", "O_RDWR", "O_CREAT"].iter().any(|flag| line.contains(flag));
        assert!(!writes || line.contains("/dev/"), "{line}");
    }
}

#[test]
fn completion_offers_the_groups() {
    let world = World::new();
    let offered = |typed: &str| {
        let run = world.run(["--", "byok", "doctor", typed]).env("BYOK_COMPLETE", "2");
        String::from_utf8(run.output().stdout).unwrap()
    };
    assert!(GROUPS.iter().all(|group| offered("").contains(group)), "{}", offered(""));
    assert_eq!(offered("pl"), "plaintext\n");
}
