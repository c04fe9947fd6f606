//! The log: what has an entry, what never stands in one, and what is found when somebody meddles with it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use serde_json::Value;

use crate::samples::{ANTHROPIC, GROQ, OPENAI, OPENAI_2};
use crate::tools::tool;
use crate::world::World;

fn entries(world: &World) -> Vec<Value> {
    let out = world.byok("log --json").output();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let document: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(document["version"], 1);
    document["entries"].as_array().unwrap().clone()
}

/// The verbs, and what became of which key.
fn told(world: &World) -> Vec<String> {
    let name = |key: &Value| {
        let label = key["label"].as_str().map(|label| format!(":{label}")).unwrap_or_default();
        let what = key["what"].as_str().map(|what| format!(" {what}")).unwrap_or_default();
        format!("{}{label}{what}", key["provider"].as_str().unwrap())
    };
    let line = |entry: &Value| {
        let keys: Vec<String> =
            entry["keys"].as_array().map(|keys| keys.iter().map(name).collect()).unwrap_or_default();
        format!("{}: {}", entry["do"].as_str().unwrap(), keys.join(", "))
    };
    entries(world).iter().map(line).collect()
}

#[test]
fn every_change_and_every_key_that_goes_out_has_an_entry() {
    let world = World::new();
    world.byok("add openai:work --stdin").stdin(OPENAI).go();
    world.byok("add openai:home --stdin").stdin(OPENAI_2).go();
    world.byok("import-env").env("GROQ_API_KEY", GROQ).go();
    world.byok("use openai:home").go();
    world.byok("edit groq --note mine").go();
    world.byok("env").go();
    world.byok("get openai:work").go();
    world.byok("run groq -- true").go();
    world.byok("export -o -").go();
    world.byok("rm groq --yes").go();
    world.byok("profile create other").go();
    world.byok("profile rm other --yes").go();
    // What shows no key, and what changes nothing, leaves no trace.
    for quiet in ["list", "show openai:work", "status", "has openai", "use openai:home", "env --unset"] {
        world.byok(quiet).go();
    }
    assert_eq!(
        told(&world),
        [
            "add: openai:work added",
            "add: openai:home added",
            "import-env: groq added",
            "use: openai:home chosen",
            "edit: groq edited",
            "env: openai:home, groq",
            "get: openai:work",
            "run: groq",
            "export: openai:home, groq",
            "rm: groq removed",
            "profile: ",
            "profile: ",
        ]
    );
    world.byok("log --verify").stderr("the log is whole: 12 entries\n").check();
    world.byok("log groq --changes").stdout_holds(&["import-env", "edit", "rm"]).check();
    world.byok("log anthropic").stderr("the log has no such entries\n").check();
}

#[test]
fn a_key_of_another_profile_stands_under_its_own() {
    let world = World::new();
    world.byok("add openai --stdin").stdin(OPENAI).go();
    world.byok("profile create team").go();
    world.byok("-p team add groq --stdin").stdin(GROQ).go();
    world.byok("profile edit default --fallback team").go();
    let before = entries(&world).len();
    world.byok("get groq").go();
    world.byok("run openai groq -- true").go();
    let told: Vec<String> = entries(&world)[before..]
        .iter()
        .map(|entry| format!("{} {} {}", entry["do"], entry["profile"], entry["keys"][0]["provider"]).replace('"', ""))
        .collect();
    assert_eq!(told, ["get team groq", "run default openai", "run team groq"]);
    assert!(!String::from_utf8_lossy(&world.byok("-p team list --unused 1d").output().stdout).contains("groq"));
}

#[test]
fn an_entry_says_who_and_never_a_value_or_a_command_line() {
    let world = World::new().with_keys(&[("openai", OPENAI)]);
    world.byok("run -- true --password hunter2").env("USER", "anna").env("CLAUDECODE", "1").go();
    let entry = entries(&world).pop().unwrap();
    assert_eq!((&entry["do"], &entry["user"], &entry["agent"]), (&"run".into(), &"anna".into(), &"claude-code".into()));
    assert!(entry["program"].is_string() && entry["machine"].is_string() && entry["at"].is_string(), "{entry}");
    let fingerprint = entry["keys"][0]["fingerprint"].as_str().unwrap();
    assert_eq!(fingerprint.len(), 16);
    for name in fs::read_dir(world.home().join("log")).unwrap() {
        let path = name.unwrap().path();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{}", path.display());
        let text = fs::read_to_string(&path).unwrap();
        for secret in [OPENAI, &OPENAI[..20], "hunter2", "--password"] {
            assert!(!text.contains(secret), "{}", path.display());
        }
    }
    // A name that somebody chose is data, and draws nothing on a terminal.
    world.byok("get openai").env("USER", "a\u{1b}[31mb\n").env("AI_AGENT", "x\u{1b}]52;c;\u{7}y").go();
    let shown = world.byok("log").output();
    assert!(!String::from_utf8_lossy(&shown.stdout).contains('\u{1b}'));
    world.byok("log --verify").stderr("the log is whole: 3 entries\n").check();
}

#[test]
fn a_line_that_was_meddled_with_is_named() {
    let world = World::new().with_keys(&[("openai", OPENAI), ("groq", GROQ), ("anthropic", ANTHROPIC)]);
    let path = world.home().join("log/log.jsonl");
    let whole = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    assert_eq!(lines.len(), 3);
    for (text, flaw) in [
        (whole.replace("\"groq\"", "\"xai\""), "entry 2 was changed\n"),
        (format!("{}\n{}\n", lines[0], lines[2]), "entry 2 was removed\n"),
        (format!("{}\n{}\n", lines[0], lines[1]), "entry 3 was removed\n"),
        (format!("{}\n{}\n", lines[1], lines[2]), "entry 1 was removed\n"),
        (format!("{}\n{}\n{}\n", lines[0], lines[2], lines[1]), "entry 2 was moved\n"),
    ] {
        fs::write(&path, text).unwrap();
        world.byok("log --verify").stdout(flaw).code(1).check();
    }
}

#[test]
fn it_can_be_turned_down_and_off() {
    let world = World::new().with_keys(&[("openai", OPENAI)]);
    world.file("home/config.toml", "log = \"changes\"\n");
    world.byok("env").go();
    world.byok("add groq --stdin").stdin(GROQ).go();
    assert_eq!(told(&world), ["add: openai added", "add: groq added"]);
    world.file("home/config.toml", "log = \"off\"\n");
    world.byok("rm groq --yes").go();
    assert_eq!(told(&world).len(), 2);
    world.file("home/config.toml", "log = \"loud\"\n");
    world.byok("env").stderr_holds(&["config.toml", "line 1"]).code(1).check();
}

#[test]
fn a_log_that_cannot_be_written_is_a_warning_and_no_more() {
    let world = World::ordinary().with_keys(&[("openai", OPENAI)]);
    let folder = world.home().join("log");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o500)).unwrap();
    let _ = fs::remove_file(folder.join("reads.jsonl"));
    let out =
        world.byok("env --shell posix").stdout_holds(&[OPENAI]).stderr_holds(&["the log was not written"]).check();
    assert_eq!(String::from_utf8_lossy(&out.stderr).lines().count(), 1);
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
    // What lies in its place is never written through.
    let victim = world.file("victim", "untouched");
    std::os::unix::fs::symlink(&victim, folder.join("reads.jsonl")).unwrap();
    world.byok("env --shell posix").stdout_holds(&[OPENAI]).stderr_holds(&["the log was not written"]).check();
    assert_eq!(fs::read_to_string(victim).unwrap(), "untouched");
}

#[test]
fn a_full_disk_costs_an_entry_and_nothing_else() {
    let world = World::new().with_keys(&[("openai", OPENAI)]);
    let full = ["sh", "-c", "ulimit -f 0; exec \"$@\"", "--"];
    let warned = ["warning: the log was not written: cannot write", "File too large"];
    world.byok("env --shell posix").through(full).stdout_holds(&[OPENAI]).stderr_holds(&warned).check();
    world.byok("get openai").through(full).stdout(OPENAI).stderr_holds(&warned).check();
    world.byok("run -- true").through(full).stderr_holds(&warned).check();
    // Half a line, as a disk leaves it that fills up.
    let reads = world.home().join("log/reads.jsonl");
    fs::write(&reads, "\n{\"at\":\"2026-11-2").unwrap();
    world.byok("get openai").stdout(OPENAI).check();
    assert_eq!(told(&world), ["add: openai added", "get: openai"]);
    world.byok("log --verify").stderr("the log is whole: 2 entries\n").check();
}

#[test]
fn a_pipe_in_its_place_holds_nobody_up() {
    let Some(mkfifo) = tool(&["mkfifo"]) else { return };
    let world = World::new().with_keys(&[("openai", OPENAI)]);
    assert!(Command::new(mkfifo).arg(world.home().join("log/reads.jsonl")).status().unwrap().success());
    world.byok("env --shell posix").stdout_holds(&[OPENAI]).stderr_holds(&["the log was not written"]).check();
}

#[test]
fn many_writers_lose_no_entry() {
    let world = World::new().with_keys(&[("openai", OPENAI)]);
    std::thread::scope(|scope| {
        for at in 0..12 {
            let world = &world;
            scope.spawn(move || {
                if at % 3 == 0 {
                    world.byok("edit openai --note").arg(format!("n{at}")).go();
                } else {
                    world.byok("get openai").go();
                }
            });
        }
    });
    let told = told(&world);
    assert_eq!(told.iter().filter(|line| line.starts_with("get")).count(), 8, "{told:?}");
    assert_eq!(told.iter().filter(|line| line.starts_with("edit")).count(), 4, "{told:?}");
    world.byok("log --verify").stderr("the log is whole: 13 entries\n").check();
}

#[test]
fn handing_out_costs_two_system_calls_more_than_without_a_log() {
    let Some(strace) = tool(&["strace"]) else { return };
    let world = World::new().with_keys(&[("openai", OPENAI), ("groq", GROQ)]);
    let count = |log: &str| {
        world.file("home/config.toml", format!("log = \"{log}\"\n"));
        world.byok("env --shell posix").go();
        let trace = world.path("trace");
        let mut command = Command::new(&strace);
        command.arg("-o").arg(&trace).arg(env!("CARGO_BIN_EXE_byok")).args(["env", "--shell", "posix"]);
        command.env_clear().env("BYOK_HOME", world.home());
        assert!(command.output().unwrap().status.success());
        fs::read_to_string(trace).unwrap().lines().filter(|line| line.contains('(')).count()
    };
    let (without, with) = (count("off"), count("all"));
    assert_eq!(with, without + 2);
}
