//! Verdicts are kept with their keys, in one update that loses nothing.

use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use super::{Gate, Net, add, answer, believing, cells, json, key, keys, opened, pairs, soon, stored};
use crate::upstream::Reply;
use crate::world::World;

#[test]
fn what_was_learnt_is_shown_everywhere_and_stands_in_the_document() {
    let (world, net) = (keys(&["valid", "bad"]), Net::new(answer));
    net.byok(&world, "test").code(5).stdout_holds(&["valid"]).stderr_holds(&["1 of 2"]).check();
    let listed = world.byok("list").stdout_holds(&["VERDICT"]).check();
    let expected = "KEY|SECRET|STATE|VERDICT|ADDED
openai:bad|sk-p…9bad|invalid|just now
openai:valid|sk-p…alid|active|valid|just now";
    assert_eq!(cells(&listed.stdout), expected);
    let shown = json(&world.byok("show openai:valid --json").go());
    let listed = json(&world.byok("list --json").go());
    assert_eq!(shown["tested"], listed["keys"][1]["tested"]);
    let tested = &shown["tested"];
    assert_eq!((&tested["verdict"], &tested["works"]), (&"valid".into(), &true.into()));
    assert_eq!(tested["facts"], serde_json::json!({ "models": 2 }));
    assert!(tested["ms"].is_u64() && tested["at"].as_str().unwrap().ends_with('Z'), "{tested}");
    world.byok("show openai:bad").stdout_holds(&["verdict      invalid, Incorrect API key provided\n"]).check();
    world.byok("show openai:bad").stdout_holds(&["tested       just now ("]).check();
    world.byok("status").stdout_holds(&["valid      1\n", "invalid    1  openai:bad\n"]).stderr_holds(&[""]).check();
    let Some(text) = opened(&world) else { return };
    let document: toml::Table = text.parse().unwrap();
    let kept = |at: usize| -> serde_json::Value {
        serde_json::from_str(document["key"][at]["tested"].as_str().unwrap()).unwrap()
    };
    assert_eq!((&kept(0)["verdict"], &kept(1)["verdict"]), (&"valid".into(), &"invalid".into()), "{text}");
    assert_eq!(kept(0)["facts"]["models"], 2);
}

#[test]
fn all_verdicts_are_one_update_and_none_is_one_too() {
    let (world, net) = (keys(&["valid", "bad", "fine"]), Net::new(answer));
    let generation = || {
        let text = opened(&world)?;
        text.lines().find_map(|line| line.strip_prefix("generation = ")?.parse::<u64>().ok())
    };
    let Some(before) = generation() else { return };
    net.byok(&world, "test").code(5).stdout_holds(&[""]).stderr_holds(&[""]).check();
    assert_eq!(generation(), Some(before + 1));
    // Nothing was asked: nothing is written.
    world.byok("test --offline").stdout_holds(&[""]).stderr_holds(&[""]).check();
    net.byok(&world, "test --max-age 1d").code(5).stdout_holds(&[""]).stderr_holds(&[""]).check();
    assert_eq!(generation(), Some(before + 1));
}

#[test]
fn what_changes_while_providers_are_asked_is_not_lost() {
    let gate = Gate::default();
    let waiting = gate.clone();
    let net = Net::new(move |seen| {
        waiting.pass();
        answer(seen)
    });
    let world = keys(&["valid", "bad", "fine", "busy", "scoped"]);
    let mut test = net.command(&world, "test --timeout 20s");
    let test = test.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    soon(|| net.upstream.seen().len() == 5);
    // None of these waits for the test: no lock is held while providers are asked.
    add(&world, &["new"]);
    world.byok("add openai:bad --stdin --replace").stdin(key("fresh")).go();
    world.byok("edit openai:fine --endpoint https://other.example/v1 --no-test").go();
    world.byok("edit openai:scoped --note changed").go();
    world.byok("rm -y openai:busy").go();
    gate.open();
    let output = test.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(5), "{output:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!said.contains("warning"), "{said}");
    let expected = [
        ("openai:bad", ""),
        ("openai:fine", ""),
        ("openai:new", ""),
        ("openai:scoped", "restricted"),
        ("openai:valid", "valid"),
    ];
    assert_eq!(stored(&world), pairs(&expected));
    world.byok("show openai:scoped").stdout_holds(&["changed"]).check();
    world.byok("get openai:bad").stdout(key("fresh")).check();
}

#[test]
fn a_profile_that_cannot_be_written_is_tested_all_the_same() {
    let (world, net) = (World::ordinary(), Net::new(answer));
    for word in ["valid", "bad"] {
        world.byok(&format!("add openai:{word} --stdin")).stdin(key(word)).go();
    }
    let profiles = world.home().join("profiles");
    set_permissions(&profiles, Permissions::from_mode(0o500)).unwrap();
    for (arguments, code, says) in [("test", 5, "invalid"), ("test openai:valid", 0, "valid")] {
        let warning = "byok: warning: the verdicts could not be kept: ";
        let run = net.byok(&world, arguments).code(code).stdout_holds(&[says]);
        run.stderr_holds(&[warning, "Permission denied"]).check();
    }
    set_permissions(&profiles, Permissions::from_mode(0o700)).unwrap();
    assert_eq!(stored(&world), pairs(&[("openai:bad", ""), ("openai:valid", "")]));
}

#[test]
fn another_secret_or_another_address_forgets_the_verdict() {
    let (world, net) = (keys(&["valid", "fine"]), Net::new(answer));
    net.byok(&world, "test").stdout_holds(&["valid"]).stderr_holds(&["2 of 2"]).check();
    assert_eq!(stored(&world), pairs(&[("openai:fine", "valid"), ("openai:valid", "valid")]));
    // What says nothing of secret and address forgets nothing.
    world.byok("edit openai:valid --note n --expires 90d").go();
    world.byok("use openai:fine").go();
    assert_eq!(stored(&world), pairs(&[("openai:fine", "valid"), ("openai:valid", "valid")]));
    world.byok("add openai:valid --stdin --replace").stdin(key("fresh")).go();
    assert_eq!(stored(&world), pairs(&[("openai:fine", "valid"), ("openai:valid", "")]));
    world.byok("edit openai:fine --endpoint https://other.example/v1 --no-test").go();
    assert_eq!(stored(&world), pairs(&[("openai:fine", ""), ("openai:valid", "")]));
    world.byok("status").stdout_holds(&["never tested  2  openai"]).stderr_holds(&["byok test"]).check();
}

#[test]
fn a_later_verdict_takes_the_place_of_an_earlier_one() {
    let net = Net::new(|_| Reply::json(401, "{}"));
    let (world, before) = (keys(&["valid"]), Net::new(answer));
    before.byok(&world, "test").stdout_holds(&["valid"]).stderr(believing(&world)).check();
    net.byok(&world, "test").code(5).stdout_holds(&["invalid"]).stderr_holds(&[""]).check();
    assert_eq!(stored(&world), pairs(&[("openai:valid", "invalid")]));
    let Some(text) = opened(&world) else { return };
    assert!(!text.contains("models"), "{text}");
}

#[test]
fn the_end_that_a_provider_tells_is_obeyed() {
    let told = std::sync::Mutex::new("\"2027-01-01T00:00:00Z\"".to_owned());
    let told = std::sync::Arc::new(told);
    let asked = std::sync::Arc::clone(&told);
    let net = Net::new(move |_| {
        Reply::json(200, &format!("{{\"data\":{{\"label\":\"x\",\"expires_at\":{}}}}}", asked.lock().unwrap()))
    });
    let world = World::new();
    let key = format!("sk-or-v1-{}", "0123456789abcdef".repeat(4));
    net.byok(&world, "add openrouter --stdin").stdin(&key).stderr_holds(&["tested: valid"]).check();
    let ends = || json(&world.byok("show openrouter --json").go())["expires"].clone();
    assert_eq!(ends(), "2027-01-01T00:00:00Z");
    // Over: it is left out, although no person ever said an end.
    *told.lock().unwrap() = "\"2020-01-01T00:00:00Z\"".to_owned();
    net.byok(&world, "test openrouter").code(5).stdout_holds(&["expired"]).stderr_holds(&[""]).check();
    let out = world.byok("env --shell posix").output();
    assert!(out.stdout.is_empty(), "{out:?}");
    assert!(String::from_utf8_lossy(&out.stderr).contains("`openrouter` is left out: it expired on 2020-01-01"));
    // A person's own end stays beside it, and the earlier one counts.
    *told.lock().unwrap() = "null".to_owned();
    net.byok(&world, "test openrouter").stdout_holds(&["valid"]).stderr_holds(&[""]).check();
    assert_eq!(ends(), serde_json::Value::Null);
    world.byok("get openrouter").stdout(&key).check();
}
