//! What a CI system reads in its log: a key is masked before anything else is said, and nothing else is a command.

use super::{Net, cells, key, keys};
use crate::leaks::{canary, holds};
use crate::samples::ANTHROPIC;
use crate::upstream::Reply;
use crate::world::World;

/// A `.env` with a key of several lines, and one with characters that mean something to a runner.
fn secrets(world: &World, canary: &str) -> [String; 3] {
    let lines = [format!("first {canary}"), format!("50%{canary}"), format!("last:{canary}")];
    world.file("keys.env", format!("OPENAI_API_KEY={}\nMINE_API_KEY=\"{}\"\n", key("valid"), lines.join("\n")));
    world.file("home/providers.toml", "[mine]\nname = \"Mine\"\n");
    lines
}

#[test]
fn a_runner_of_github_is_told_what_to_mask_before_anything_else() {
    // G02
    let (world, canary) = (World::new(), canary());
    let lines = secrets(&world, &canary);
    let masks = |text: &str| {
        text.lines().take_while(|line| line.starts_with("::add-mask::")).map(str::to_owned).collect::<Vec<_>>()
    };
    let github = |arguments: &str| {
        let run = world.byok(arguments).env("GITHUB_ACTIONS", "true").env("ANTHROPIC_API_KEY", ANTHROPIC);
        run.output()
    };
    for arguments in
        ["import-env --file keys.env", "import-env --file keys.env --dry-run", "import-env --json --file keys.env"]
    {
        let output = github(arguments);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        // Data for programs stays data.
        let (told, other) = if arguments.contains("--json") { (&err, &out) } else { (&out, &err) };
        let mut masked = masks(told);
        masked.sort();
        let whole =
            [key("valid"), ANTHROPIC.to_owned(), lines[0].clone(), lines[1].replace('%', "%25"), lines[2].clone()];
        let mut expected = whole.map(|line| format!("::add-mask::{line}"));
        expected.sort();
        assert_eq!(masked, expected, "{arguments}");
        assert!(!other.contains("::add-mask::"));
        // A runner that masks line by line hides every key in all of the log.
        let rest: String = told.lines().skip(masked.len()).chain(other.lines()).collect();
        for secret in [&canary, &key("valid"), &ANTHROPIC.to_owned()] {
            assert!(!holds(rest.as_bytes(), secret), "{arguments}: {rest}");
        }
        if arguments.contains("--json") {
            assert!(serde_json::from_str::<serde_json::Value>(&out).is_ok(), "{out}");
        }
    }
}

#[test]
fn elsewhere_no_line_holds_a_key() {
    // G03
    for system in ["GITLAB_CI", "CIRCLECI", "JENKINS_URL", "TF_BUILD", "NONE", "GITHUB_ACTIONS"] {
        let (world, canary) = (World::new(), canary());
        secrets(&world, &canary);
        let value = if system == "GITHUB_ACTIONS" { "false" } else { "true" };
        let run = world.byok("import-env --file keys.env").env(system, value).env("CI", "true");
        let output = run.stdout_holds(&["openai", "mine"]).stderr_holds(&["2 keys sealed"]).check();
        for stream in [&output.stdout, &output.stderr] {
            assert!(!String::from_utf8_lossy(stream).contains("add-mask"), "{system}");
            assert!(!holds(stream, &canary) && !holds(stream, &key("valid")), "{system}");
        }
    }
}

#[test]
fn keys_are_masked_before_their_providers_are_asked() {
    let net = Net::new(|_| Reply::json(401, "{\"error\":{\"message\":\"no\"}}"));
    let world = World::new();
    let run = net.byok(&world, "import-env --test").env("GITHUB_ACTIONS", "true").env("OPENAI_API_KEY", key("bad"));
    let output = run.code(5).stdout_holds(&["not stored: invalid, no"]).stderr_holds(&[""]).check();
    let first = format!("::add-mask::{}", key("bad"));
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().next(), Some(first.as_str()));
}

/// What CI systems take for commands to themselves.
const COMMANDS: [&str; 5] =
    ["::set-output name=a::b", "::error::c", "##vso[task.setvariable variable=PATH]d", "##[error]e", "::add-mask::f"];

#[test]
fn what_a_provider_says_is_no_command() {
    // G09
    for command in COMMANDS {
        let said = format!("{{\"error\":{{\"message\":\"{command}\"}}}}");
        let broken = format!("{{\"error\":{{\"message\":\"x\\n{command}\"}}}}");
        for body in [said, broken] {
            let net = Net::new(move |_| Reply::json(401, &body));
            let world = keys(&["valid"]);
            for arguments in ["test", "test -v", "test --json", "add openai:b --stdin --duplicate"] {
                let output = net.byok(&world, arguments).stdin(key("other")).output();
                assert_eq!(output.status.code(), Some(5), "{output:?}");
                harmless(&output.stdout);
                harmless(&output.stderr);
            }
            for arguments in ["list", "show openai", "status", "list --json", "show openai --json"] {
                let output = world.byok(arguments).output();
                harmless(&output.stdout);
                harmless(&output.stderr);
            }
        }
    }
}

#[test]
fn what_a_person_noted_is_no_command() {
    for command in COMMANDS {
        let world = World::new();
        world.run(["add", "openai", "--stdin", "--note", command]).stdin(key("valid")).go();
        world.run(["edit", "openai", "--field", &format!("organisation={command}")]).go();
        for arguments in ["list", "show openai", "list --json", "show openai --json", "status", "test --offline"] {
            let output = world.byok(arguments).output();
            harmless(&output.stdout);
            harmless(&output.stderr);
        }
        let output = world.run(["show", command]).output();
        harmless(&output.stderr);
    }
}

/// A runner reads `::name` at the start of a line, blanks before it or not, and `##vso[` and `##[` anywhere.
#[track_caller]
fn harmless(stream: &[u8]) {
    let text = String::from_utf8_lossy(stream);
    let bad = |line: &str| line.trim_start().starts_with("::") || line.contains("##vso[") || line.contains("##[");
    assert!(!text.lines().any(bad), "{text}");
}

#[test]
fn the_table_stays_readable() {
    let net = Net::new(|_| Reply::json(401, "{\"error\":{\"message\":\"##[error] no\"}}"));
    let world = keys(&["valid"]);
    let output = net.byok(&world, "test").code(5).stdout_holds(&["invalid"]).stderr_holds(&[""]).check();
    assert_eq!(cells(&output.stdout), "KEY|VERDICT|TIME|WHAT IT SAYS\nopenai:valid|invalid|N ms|# #[error] no");
}

#[test]
fn keys_that_are_not_taken_are_masked_as_well() {
    // Two values for one provider, and one under a name that nobody reads.
    let world = World::new();
    world.file("a.env", format!("OPENAI_API_KEY={}\n", key("one")));
    let run = world.byok("import-env --file a.env").env("GITHUB_ACTIONS", "true").env("OPENAI_API_KEY", key("two"));
    let output = run.env("MY_OWN_THING", ANTHROPIC).output();
    let text = String::from_utf8(output.stdout).unwrap();
    for secret in [key("one"), key("two"), ANTHROPIC.to_owned()] {
        assert!(text.contains(&format!("::add-mask::{secret}\n")), "{text}");
    }
}
