//! `byok status`: how the keys are doing, without asking anybody.

use std::process::Command;

use byok::seal::{self, Identities};
use serde_json::json;

use super::{json as read, keys, opened};
use crate::leaks::traced;
use crate::tools::tool;
use crate::world::World;

const DAY: i64 = 24 * 60 * 60;

/// The time that is so many days and an hour from now, in the document's form.
fn day(offset: i64) -> String {
    let now = jiff::Timestamp::now().as_second();
    jiff::Timestamp::from_second(now + offset * DAY + 3600).unwrap().to_string()
}

/// Changes the document as somebody would with stock age; `None` where there is no age.
fn rewritten(world: &World, change: impl Fn(&mut toml::Table)) -> Option<()> {
    let mut document: toml::Table = opened(world)?.parse().unwrap();
    change(&mut document);
    let own = std::fs::read_to_string(world.home().join("identity.txt")).unwrap();
    let recipients = Identities::parse(&own).unwrap().recipients();
    std::fs::write(world.sealed(), seal::seal(document.to_string().as_bytes(), &recipients).unwrap()).unwrap();
    Some(())
}

/// Gives the key at this place a verdict of so many days ago.
fn tested(document: &mut toml::Table, at: usize, verdict: &str, days: i64) {
    set(document, at, "tested", &json!({ "verdict": verdict, "at": day(-days) }).to_string());
}

fn set(document: &mut toml::Table, at: usize, field: &str, value: &str) {
    document["key"][at].as_table_mut().unwrap().insert(field.to_owned(), value.into());
}

#[test]
fn an_empty_home_is_no_error_and_stays_empty() {
    let world = World::new();
    world
        .byok("status")
        .stderr(
            "profile `default` has no keys yet\nbyok: hint: take in those of this shell with `byok import-env`, or one with `byok add PROVIDER`\n",
        )
        .check();
    world.byok("status --short").check();
    let empty = read(&world.byok("status --json").stdout_holds(&["version"]).check());
    let expected = json!({
        "version": 1, "profile": "default", "store": "file", "keys": 0, "verdicts": {}, "never_tested": [],
        "no_answer_lately": [], "tested_long_ago": [], "expiring": [], "expired": [], "old": [], "due_for_rotation": [], "old_secret_kept": [], "disabled": [], "last_test": null,
        "identity": "file", "open_for_seconds": null,
    });
    assert_eq!(empty, expected);
    assert_eq!(world.tree(), [""; 0]);
    world.byok("-p other status").code(3).stderr_holds(&["there is no profile `other`"]).check();
    world.byok("status --short --json").code(2).stderr_holds(&["--json"]).check();
}

#[test]
fn keys_that_were_never_tested_are_named_a_few_of_them() {
    let world = keys(&["a", "b"]);
    world
        .byok("status")
        .stdout("profile       default\nkeys          2\nnever tested  2  openai:a, openai:b\n")
        .stderr("byok: hint: see which keys work with `byok test`\n")
        .check();
    super::add(&world, &["c", "d", "e", "f"]);
    let named = "never tested  6  openai:a, openai:b, openai:c, openai:d and 2 more\n";
    world.byok("status").stdout_holds(&[named]).stderr_holds(&["`byok test`"]).check();
    // Nothing is known to be wrong.
    world.byok("status --short").check();
}

/// Seven keys, of which something can be said.
fn mixed() -> Option<World> {
    let world = keys(&["a", "b", "c", "d", "e", "f", "g"]);
    rewritten(&world, |document| {
        for (at, verdict, days) in
            [(0, "valid", 1), (1, "invalid", 2), (2, "no-credit", 2), (3, "valid", 60), (4, "unreachable", 3)]
        {
            tested(document, at, verdict, days);
        }
        set(document, 0, "expires", &day(5));
        set(document, 5, "expires", &day(-2));
        set(document, 6, "added", &day(-500));
        set(document, 6, "updated", &day(-400));
    })?;
    Some(world)
}

#[test]
fn all_that_is_known_is_told_at_a_glance() {
    let Some(world) = mixed() else { return };
    world
        .byok("status")
        .stdout(
            "\
profile            default
keys               7
invalid            1  openai:b
no-credit          1  openai:c
unreachable        1  openai:e
valid              2
never tested       2  openai:f, openai:g
tested long ago    1  openai:d
expiring           1  openai:a in 5 days
expired            1  openai:f
older than a year  1  openai:g
last test          23 hours ago
",
        )
        .stderr(
            "byok: hint: put a new key in the place of `openai:b` with `byok rotate openai:b`\nbyok: hint: see which keys work with `byok test --max-age 7d`\n",
        )
        .check();
    world.byok("status --short").stdout("keys: 2 not working, 1 expired, 1 expiring\n").check();
    let mut told = read(&world.byok("status --json").stdout_holds(&[""]).check());
    assert!(told["expiring"][0]["expires"].take().as_str().unwrap().ends_with('Z'));
    assert!(told["last_test"].take().as_str().unwrap().ends_with('Z'));
    let expected = json!({
        "version": 1, "profile": "default", "store": "file", "keys": 7,
        "verdicts": {
            "valid": ["openai:a", "openai:d"], "invalid": ["openai:b"], "no-credit": ["openai:c"],
            "unreachable": ["openai:e"],
        },
        "never_tested": ["openai:f", "openai:g"], "no_answer_lately": [], "tested_long_ago": ["openai:d"],
        "expiring": [{ "key": "openai:a", "expires": null }], "expired": ["openai:f"], "old": ["openai:g"],
        "due_for_rotation": [], "old_secret_kept": [], "disabled": [],
        "last_test": null, "identity": "file", "open_for_seconds": null,
    });
    assert_eq!(told, expected);
}

#[test]
fn the_end_that_a_provider_tells_counts_too() {
    let world = keys(&["a"]);
    let done = rewritten(&world, |document| {
        tested(document, 0, "valid", 1);
        let test = json!({ "verdict": "valid", "at": day(-1), "facts": { "expires": day(3) } });
        set(document, 0, "tested", &test.to_string());
    });
    if done.is_none() {
        return;
    }
    world
        .byok("status")
        .stdout_holds(&["expiring   1  openai:a in 3 days\n"])
        .stderr_holds(&["byok rotate openai:a"])
        .check();
    world.byok("status --short").stdout("keys: 1 expiring\n").check();
}

#[test]
fn where_all_is_well_there_is_nothing_to_do() {
    let world = keys(&["a", "b"]);
    let done = rewritten(&world, |document| {
        tested(document, 0, "valid", 1);
        tested(document, 1, "untestable", 100);
    });
    if done.is_none() {
        return;
    }
    let told = "profile     default\nkeys        2\nuntestable  1  openai:b\nvalid       1\nlast test   23 hours ago\n";
    world.byok("status").stdout(told).check();
    world.byok("status --short").check();
}

#[test]
fn a_clock_that_goes_on_makes_verdicts_and_keys_old() {
    let Some(faketime) = tool(&["faketime"]) else { return };
    let world = keys(&["a"]);
    if rewritten(&world, |document| tested(document, 0, "valid", 1)).is_none() {
        return;
    }
    for (later, held) in
        [("+20d", ""), ("+40d", "tested long ago  1  openai:a\n"), ("+370d", "older than a year  1  openai:a\n")]
    {
        let run = world.byok("status").through([faketime.to_str().unwrap(), "-f", later]);
        let output = run.stdout_holds(&[held]).stderr_holds(&[""]).check();
        assert_eq!(output.stderr.is_empty(), held.is_empty(), "{later}");
    }
}

#[test]
fn the_network_is_never_asked() {
    let Some(strace) = tool(&["strace"]) else { return };
    let world = keys(&["a", "b"]);
    for arguments in ["status", "status --short", "status --json"] {
        let run = world.byok(arguments).without("BYOK_OFFLINE").env("HTTPS_PROXY", "http://127.0.0.1:9");
        let calls = traced(&world, &strace, &["-e", "trace=/socket|connect"], run, 0);
        assert!(!calls.contains("AF_INET"), "{arguments}: {calls}");
    }
}

#[test]
fn a_closed_network_changes_nothing_of_it() {
    let Some(unshare) = tool(&["unshare"]) else { return };
    if !Command::new(&unshare).args(["-rn", "true"]).status().is_ok_and(|status| status.success()) {
        crate::tools::skipped("no network of one's own can be had here");
        return;
    }
    let Some(world) = mixed() else { return };
    let run = world.byok("status --short").without("BYOK_OFFLINE").through([unshare.to_str().unwrap(), "-rn"]);
    run.stdout("keys: 2 not working, 1 expired, 1 expiring\n").check();
    // The same network leads a test nowhere, and the key is none the worse for it.
    let run = world.byok("test openai:a").without("BYOK_OFFLINE").through([unshare.to_str().unwrap(), "-rn"]);
    run.code(1).stdout_holds(&["unreachable"]).check();
    let run = world.byok("test openai:a openai:b").without("BYOK_OFFLINE").through([unshare.to_str().unwrap(), "-rn"]);
    run.code(1).stdout_holds(&["unreachable"]).stderr("0 of 2 keys work, 2 could not be tested\n").check();
}
