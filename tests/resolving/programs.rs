//! `byok get --json`, and the programs of docs/library.md that read it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

use super::world;
use crate::generated::top;
use crate::samples::{GOOGLE, OPENAI, OPENAI_2};
use crate::tools::tool;
use crate::world::World;

fn read(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_form_is_the_documented_one() {
    let world = world();
    world
        .byok("edit openai:home --endpoint https://llm.example.com/v1 --field region=eu --no-test --expires 2099-01-01")
        .go();
    let output = world.byok("get openai --json").go();
    let expected = json!({
        "version": 1, "provider": "openai", "label": "home", "profile": "default", "source": "profile",
        "variable": "OPENAI_API_KEY", "fields": { "endpoint": "https://llm.example.com/v1", "region": "eu" },
        "base_url": "https://llm.example.com/v1", "expires": "2099-01-01T00:00:00Z", "secret": OPENAI,
    });
    assert_eq!(read(&output), expected);
    let names: Vec<String> = read(&output).as_object().unwrap().keys().cloned().collect();
    let help = String::from_utf8(world.byok("get --help").go().stdout).unwrap();
    assert!(names.iter().all(|name| help.contains(&format!("\n  {name} "))), "{help}");
    let team = read(&world.byok("get google --json").go());
    assert_eq!(
        (&team["source"], &team["profile"], &team["secret"]),
        (&"fallback".into(), &"team".into(), &GOOGLE.into())
    );
    let systems = read(&world.byok("get deepseek --json").env("DEEPSEEK_API_KEY", OPENAI_2).go());
    assert_eq!(
        (&systems["source"], &systems["profile"], &systems["label"]),
        (&"environment".into(), &Value::Null, &Value::Null)
    );
    assert_eq!((&systems["secret"], &systems["variable"]), (&OPENAI_2.into(), &"DEEPSEEK_API_KEY".into()));
    world.byok("get nosuch --json").code(3).stderr_holds(&["no provider or key"]).check();
    let log = world.byok("log --json").go();
    assert!(String::from_utf8(log.stdout).unwrap().contains("\"get\""));
}

#[test]
fn every_value_comes_through() {
    let world = World::new();
    let hostile = [
        "plain",
        " blanks at both ends ",
        "\"quoted\" and \\back\\slashed\\",
        "two\nlines\r\nand\ttabs",
        "##vso[task] ::add-mask:: </script> ${X} $(x) `x`",
        "\u{1b}]0;title\u{7}\u{1b}[31m\u{7f}\u{9b}",
        "é ß 日本 \u{1f511} \u{202e}\u{2028}\u{2029}\u{feff}\u{fffe}\u{10ffff}",
        "{\"version\": 2}",
    ];
    for (at, value) in hostile.iter().enumerate() {
        let name = format!("my-own:v{at}");
        world.byok("add --stdin --as-is").arg(&name).stdin(value).go();
        let output = world.byok("get --json").arg(&name).go();
        assert_eq!(read(&output)["secret"], *value, "{value:?}");
        assert!(output.stdout.iter().all(|byte| byte.is_ascii_graphic() || b" \n".contains(byte)), "{value:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(!text.contains("##"), "{text}");
    }
    let Some(python) = tool(&["/usr/bin/python3", "python3"]) else { return };
    let output = world.byok("get my-own:v6 --json").go();
    let script = "import json,sys; sys.stdout.buffer.write(json.load(sys.stdin)['secret'].encode())";
    let mut child = Command::new(python);
    let child = child.args(["-c", script]).stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let mut child = child.spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), &output.stdout).unwrap();
    assert_eq!(child.wait_with_output().unwrap().stdout, hostile[6].as_bytes());
}

/// The programs of docs/library.md: the file, and what runs it.
fn example(world: &World, file: &str) -> Option<Vec<PathBuf>> {
    let path = top("tests/examples").join(file);
    Some(match file {
        "get.py" => vec![tool(&["/usr/bin/python3", "python3"])?, path],
        "get.mjs" => vec![tool(&["node"])?, path],
        _ => {
            let go = tool(&["go"])?;
            let built = world.path("get-go");
            let mut command = Command::new(go);
            command.args(["build", "-o"]).arg(&built).arg(path).env("HOME", world.root()).env("GOFLAGS", "-mod=mod");
            let output = command.env("GOCACHE", world.path("go")).env("GO111MODULE", "off").output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            vec![built]
        }
    })
}

/// Runs it where `byok` is found, or where it is not.
fn run(world: &World, command: &[PathBuf], with_byok: bool, variable: Option<&str>) -> Output {
    world.shell("true").output().unwrap();
    let path = if with_byok { world.path("bin") } else { world.path("empty") };
    let mut start = Command::new(&command[0]);
    start.args(&command[1..]).env_clear().env("PATH", path).env("BYOK_HOME", world.home()).env("BYOK_OFFLINE", "1");
    start.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus").current_dir(world.root());
    if let Some(value) = variable {
        start.env("OPENAI_API_KEY", value);
    }
    start.output().unwrap()
}

#[test]
fn the_examples_get_the_users_key_or_the_systems_or_say_what_to_do() {
    for file in ["get.py", "get.mjs", "get.go"] {
        let world = world();
        let Some(command) = example(&world, file) else { continue };
        let said = |output: &Output| {
            format!("{file}: {} {}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
        };
        let prints = |output: &Output, length: usize| {
            let text = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success() && text.starts_with(&format!("{length} ")), "{}", said(output));
        };
        let found = run(&world, &command, true, Some("not-this-one"));
        prints(&found, OPENAI.len());
        assert!(String::from_utf8_lossy(&found.stdout).contains("https://api.openai.com/v1"), "{}", said(&found));
        prints(&run(&world, &command, false, Some("of-the-system")), 13);
        let without = run(&world, &command, false, None);
        assert!(!without.status.success() && said(&without).contains("byok add openai"), "{}", said(&without));
        world.byok("rm openai --all --yes").go();
        prints(&run(&world, &command, true, Some("of-the-system")), 13);
        let missing = run(&world, &command, true, None);
        assert!(!missing.status.success() && said(&missing).contains("byok add openai"), "{}", said(&missing));
        // What is locked is told, and no reason to take another key.
        std::fs::remove_file(world.home().join("identity.txt")).unwrap();
        let locked = run(&world, &command, true, Some("of-the-system"));
        assert!(!locked.status.success() && said(&locked).contains("identity.txt` is missing"), "{}", said(&locked));
    }
}

#[test]
fn the_documentation_shows_the_examples_that_run() {
    let page = std::fs::read_to_string(top("docs/library.md")).unwrap();
    for (file, language) in [("get.py", "python"), ("get.mjs", "js"), ("get.go", "go")] {
        let text = std::fs::read_to_string(Path::new(&top("tests/examples")).join(file)).unwrap();
        assert!(
            page.contains(&format!("```{language}\n{text}```\n")),
            "docs/library.md does not show tests/examples/{file}"
        );
        assert!(text.lines().count() <= 40, "{file} is long");
    }
}
