//! `--explain`: the way to an answer, with no value in it.

use serde_json::{Value, json};

use super::world;
use crate::samples::{GOOGLE, GROQ, OPENAI, OPENAI_2};
use crate::world::World;

/// The lines of a table, one blank between cells.
fn lines(world: &World, arguments: &str, code: i32) -> Vec<String> {
    let output = world.byok(arguments).env("DEEPSEEK_API_KEY", "of-the-system").output();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments}: {text} {}", String::from_utf8_lossy(&output.stderr));
    for secret in [OPENAI, OPENAI_2, GOOGLE, GROQ, "of-the-system", "the-teams-key-of-some-length"] {
        assert!(!text.contains(secret), "{arguments}: {text}");
    }
    let line = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    text.lines().skip(1).map(line).collect()
}

#[test]
fn every_reason_is_told() {
    let world = world();
    world.byok("edit groq --disable").go();
    world.byok("add xai --stdin --as-is --expires 2020-01-01").stdin("an-expired-key-of-some-length").go();
    world.byok("add cohere:root --stdin --as-is --admin").stdin("an-admin-key-of-some-length").go();
    world.file("home/config.toml", "fallback = [\"gone\", \"team\"]\n");
    let gone = |name: &str| format!("{name} fallback gone no there is no such profile");
    let no = |name: &str| format!("{name} fallback team no there is none");
    for (name, code, expected) in [
        ("openai", 0, vec!["openai:home profile default yes".to_owned()]),
        ("openai:work", 0, vec!["openai:work profile default yes".to_owned()]),
        (
            "google",
            0,
            vec![
                "google profile default no there is none".to_owned(),
                gone("google"),
                "google fallback team yes".to_owned(),
            ],
        ),
        (
            "deepseek",
            0,
            vec![
                "deepseek profile default no there is none".to_owned(),
                gone("deepseek"),
                no("deepseek"),
                "deepseek variable DEEPSEEK_API_KEY yes".to_owned(),
            ],
        ),
        ("groq", 3, vec!["groq profile default no disabled".to_owned(), gone("groq"), no("groq")]),
        ("xai", 3, vec!["xai profile default no expired on 2020-01-01".to_owned(), gone("xai"), no("xai")]),
        (
            "cohere",
            4,
            vec![
                "cohere profile default no an admin key, which only its whole name means: cohere:root".to_owned(),
                gone("cohere"),
                no("cohere"),
            ],
        ),
        ("cohere:root", 0, vec!["cohere:root profile default yes".to_owned()]),
        (
            "openai:none",
            3,
            vec![
                "openai:none profile default no there is none, but openai:home, openai:work".to_owned(),
                gone("openai:none"),
                no("openai:none"),
            ],
        ),
    ] {
        assert_eq!(lines(&world, &format!("get {name} --explain"), code), expected, "{name}");
    }
}

#[test]
fn has_speaks_only_to_explain() {
    let world = world();
    world.byok("has google nosuch").code(3).check();
    let expected = [
        "google profile default no there is none",
        "google fallback team yes",
        "nosuch profile default no there is none",
        "nosuch fallback team no there is none",
    ];
    assert_eq!(lines(&world, "has google nosuch --explain", 3), expected);
    world.byok("has google --json").code(2).stderr_holds(&["--explain"]).check();
}

#[test]
fn env_and_run_tell_of_all_keys_and_start_nothing() {
    let world = world();
    world.byok("edit groq --no-export").go();
    world.byok("add my-own --stdin --as-is --env OPENAI_API_KEY").stdin("a-key-of-my-own-service").go();
    let expected = [
        "openai:home profile default yes as OPENAI_API_KEY",
        "openai:work profile default no `openai` means another",
        "groq profile default no only if it is asked for by name",
        "my-own profile default no `openai:home` sets `OPENAI_API_KEY`",
    ];
    assert_eq!(lines(&world, "env --explain", 0), expected);
    assert_eq!(lines(&world, "run --explain -- touch started", 0), expected);
    assert_eq!(lines(&world, "env groq google --explain", 0)[0], "groq profile default yes as GROQ_API_KEY");
    assert_eq!(
        lines(&world, "env openai --for aider --except openai --explain", 0),
        ["openai:home profile default no left out with `--except`"]
    );
    let needs = lines(&world, "run openai --require deepseek,cohere --explain -- touch started", 3);
    assert_eq!(needs[0], "openai:home profile default yes as OPENAI_API_KEY");
    assert!(needs.contains(&"deepseek variable DEEPSEEK_API_KEY yes".to_owned()), "{needs:?}");
    assert_eq!(needs.last().unwrap(), "cohere variable COHERE_API_KEY no not set");
    assert!(!world.path("started").exists());
    world.byok("env --explain --unset").code(2).stderr_holds(&["cannot be used with"]).check();
}

#[test]
fn the_labels_of_a_project_are_asked_in_their_order() {
    let world = world();
    world.file("app/.byok.toml", "any = [[\"openai:none\", \"openai:work\"]]\n");
    world.byok("trust --yes").within("app").go();
    let output = world.byok("get openai --explain").within("app").go();
    let text = String::from_utf8(output.stdout).unwrap();
    let names: Vec<&str> = text.lines().skip(1).filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(names, ["openai:none", "openai:none", "openai:work"], "{text}");
    world.byok("get openai").within("app").stdout(OPENAI_2).check();
}

#[test]
fn as_json_it_is_for_programs() {
    let world = world();
    let read = |arguments: &str| -> Value {
        let output = world.byok(arguments).env("DEEPSEEK_API_KEY", "of-the-system").output();
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let expected = json!({ "version": 1, "trail": [
        { "key": "deepseek", "source": "profile", "profile": "default", "variable": null, "answers": false, "why": "there is none" },
        { "key": "deepseek", "source": "fallback", "profile": "team", "variable": null, "answers": false, "why": "there is none" },
        { "key": "deepseek", "source": "environment", "profile": null, "variable": "DEEPSEEK_API_KEY", "answers": true, "why": null },
    ] });
    assert_eq!(read("get deepseek --explain --json"), expected);
    assert_eq!(read("has openai --explain --json")["trail"][0]["key"], "openai:home");
    assert_eq!(read("env --explain --json")["trail"].as_array().unwrap().len(), 3);
    assert_eq!(read("run --explain --json")["trail"][0]["why"], "as OPENAI_API_KEY");
}
