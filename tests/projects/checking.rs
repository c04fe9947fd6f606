//! `byok check`: whether what a project needs is there and works.

use super::{ASKS, home, trusted};
use crate::upstream::{Reply, Upstream};
use crate::world::World;

#[test]
fn what_is_there_is_there_and_what_is_not_is_code_3() {
    let world = home();
    trusted(&world, "app", "requires = [\"openai:work\", \"anthropic\"]\nany = [[\"mistral\", \"groq\"]]\n");
    let table = "KEY          STATE  WHAT IT SAYS\nopenai:work  there  never tested\nanthropic    there  never tested\ngroq         there  never tested\n";
    world.byok("check").within("app").stdout(table).check();
    trusted(&world, "app", "requires = [\"openai:lab\", \"cohere\"]\nany = [[\"mistral\", \"xai\"]]\n");
    let missing = "KEY           STATE    WHAT IT SAYS\nopenai:lab    missing  there is no key `openai:lab`\ncohere        there    in the environment, as COHERE_API_KEY\nmistral, xai  missing  there is no key `mistral`\n";
    let check = || world.byok("check").within("app").env("COHERE_API_KEY", "x").code(3);
    check()
        .stdout(missing)
        .stderr("byok: hint: add it with `byok add openai:lab`\nbyok: hint: add it with `byok add mistral`\n")
        .check();
    let output = check().arg("--json").stdout_holds(&[]).check();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["version"], 1);
    let usable: Vec<&serde_json::Value> = report["keys"].as_array().unwrap().iter().map(|key| &key["usable"]).collect();
    assert_eq!(usable, [false, true, false]);
    trusted(&world, "app", "");
    world.byok("check").within("app").stderr("this project needs no keys\n").check();
}

#[test]
fn a_key_whose_time_is_over_is_missing() {
    let world = home();
    world.byok("edit anthropic --expires 2020-01-01").go();
    trusted(&world, "app", ASKS);
    world.byok("check").within("app").code(3).stdout_holds(&["expired on 2020-01-01"]).stderr_holds(&["byok"]).check();
    world.byok("run -- true").within("app").code(3).stderr_holds(&["not started", "expired on 2020-01-01"]).check();
}

#[test]
fn in_ci_the_environment_may_hold_every_key() {
    let world = World::new();
    trusted(&world, "app", "requires = [\"openai\"]\n");
    let check = || world.byok("check").within("app").env("CI", "true");
    check().code(3).stdout_holds(&["missing"]).stderr_holds(&["byok add openai"]).check();
    check().env("OPENAI_API_KEY", "sk-x").stdout_holds(&["in the environment, as OPENAI_API_KEY"]).check();
    trusted(&world, "app", "profile = \"team\"\nrequires = [\"openai\"]\n");
    check().env("OPENAI_API_KEY", "sk-x").code(3).stderr_holds(&["there is no profile `team`"]).check();
}

#[test]
fn a_key_that_does_not_work_is_code_5_freshly_asked_or_not() {
    let world = World::new();
    let server = Upstream::http(|seen| match seen.header("authorization") {
        Some("Bearer good-key-0123456789") => Reply::json(200, r#"{"data":[]}"#),
        _ => Reply::json(401, r#"{"error":{"message":"no such key"}}"#),
    });
    let own = format!(
        "[mine.test]\nurl = \"{}\"\nstatus = {{ 200 = \"valid\", 401 = \"invalid\" }}\nunproven = false\n",
        server.url("/v1")
    );
    world.file("home/providers.toml", own);
    let world =
        world.with_keys(&[("mine:good", "good-key-0123456789"), ("mine:bad", "bad-key-0123456789"), ("groq", "g")]);
    trusted(&world, "good", "requires = [\"mine:good\"]\n");
    trusted(&world, "bad", "requires = [\"mine:bad\"]\n");
    let check = |folder: &str, arguments: &str| {
        world.byok(&format!("check {arguments}")).within(folder).without("BYOK_OFFLINE")
    };
    check("bad", "").stdout_holds(&["never tested"]).check();
    assert!(server.seen().is_empty());
    check("good", "--test").stdout_holds(&["mine:good", "valid"]).check();
    check("bad", "--test").code(5).stdout_holds(&["mine:bad", "invalid"]).check();
    let asked = server.seen().len();
    // From now on the verdict is known; and nobody else's key was asked for.
    check("bad", "").code(5).stdout_holds(&["invalid"]).check();
    check("bad", "--test --max-age 1h").code(5).stdout_holds(&["invalid"]).check();
    assert_eq!(server.seen().len(), asked);
    check("bad", "--json").code(5).stdout_holds(&["\"state\": \"invalid\"", "\"usable\": false"]).check();
}
