//! Nothing is written without consent, and what a person has to know is said first.

use super::{helper, settings, setup, text, world};
use crate::terminal::{Terminal, have_tools};
use crate::world::World;

#[test]
fn without_consent_nothing_is_written() {
    let world = world();
    let run = setup(&world, "claude-code").code(2);
    run.stderr_holds(&["only changed with your consent", "`byok setup claude-code --yes`"]).check();
    setup(&world, "claude-code --dry-run").stderr_holds(&["+++ ~/.claude/settings.json", &helper(&world)]).check();
    assert!(!world.path("user/.claude").exists() && !world.home().join("setup").exists());
}

#[test]
fn a_person_is_asked_and_sees_the_change_first() {
    if !have_tools() {
        return;
    }
    let world = world();
    let user = world.path("user");
    for (answer, code) in [("n\r", 1), ("y\r", 0)] {
        let home = [("HOME", user.to_str().unwrap()), ("PATH", "/usr/bin:/bin")];
        let mut terminal = Terminal::new(&world, &["setup", "claude-code"], &home, 200);
        terminal.until("apiKeyHelper").until("not your subscription").until("[y/N]").type_in(answer);
        terminal.ends(code, &[if code == 0 { "changed `~/.claude/settings.json`" } else { "nothing was changed" }]);
        assert_eq!(settings(&world).exists(), code == 0);
    }
}

#[test]
fn what_goes_before_the_helper_is_said() {
    let world = world();
    world.file("user/.claude/settings.json", "{\"env\": {\"ANTHROPIC_API_KEY\": \"sk-ant-secret\"}}");
    let run = setup(&world, "claude-code --dry-run").env("ANTHROPIC_API_KEY", "sk-ant-secret");
    let said = run.go();
    let said = String::from_utf8(said.stderr).unwrap();
    assert!(said.contains("the file sets `env.ANTHROPIC_API_KEY`, which goes before the helper"), "{said}");
    assert!(
        said.contains("`ANTHROPIC_API_KEY` is set here") && said.contains("byok edit anthropic --no-export"),
        "{said}"
    );
    assert!(!said.contains("sk-ant-secret"), "{said}");
}

#[test]
fn a_key_that_is_not_there_or_not_for_the_tool_is_said() {
    let world = World::new();
    std::fs::create_dir(world.path("user")).unwrap();
    let world = world.with_keys(&[("groq", crate::samples::GROQ)]);
    setup(&world, "claude-code --dry-run")
        .stderr_holds(&["there is no key `anthropic` yet", "`byok add anthropic`"])
        .check();
    setup(&world, "claude-code groq").code(2).stderr_holds(&["`claude-code` takes no key of `groq`"]).check();
    setup(&world, "vscode").code(2).stderr_holds(&["it is not known how `vscode` is set up", "`claude-code`"]).check();
    // A key of another address would go to its provider's.
    world.byok("edit groq --endpoint https://llm.example.com/v1 --no-test").go();
    setup(&world, "crush groq").code(4).stderr_holds(&["has an address of its own"]).check();
    world.byok("add openai --stdin --as-is --endpoint https://llm.example.com/v1").stdin("sk-of-my-own").go();
    setup(&world, "codex --dry-run").stderr_holds(&["+base_url = \"https://llm.example.com/v1\"\n"]).check();
}

#[test]
fn the_tools_are_listed_with_what_is_set_up() {
    let world = world();
    setup(&world, "llm --yes").go();
    setup(&world, "")
        .stdout_holds(&["claude-code", "calls `byok get`", "~/.bashrc"])
        .stderr_holds(&["--dry-run"])
        .check();
    // The file that holds it, whatever shell asks.
    setup(&world, "goose --shell fish --yes").go();
    let table = String::from_utf8(setup(&world, "").go().stdout).unwrap();
    let row = |name: &str| {
        let line = table.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name}: {table}"));
        line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect::<Vec<_>>().join("|")
    };
    assert_eq!(row("TOOL"), "TOOL|HERE|STATE|HOW|FILE");
    assert_eq!(row("goose"), "goose|not found|set up|started by `byok run`|~/.config/fish/config.fish");
    assert_eq!(row("llm"), "llm|not found|set up|started by `byok run`|~/.bashrc");
    assert_eq!(row("aider"), "aider|not found|started by `byok run`|~/.bashrc");
    setup(&world, "goose --shell fish --undo --yes").go();
    let listed = setup(&world, "--list --json").go();
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(listed["version"], 1);
    let of = |name: &str| listed["tools"].as_array().unwrap().iter().find(|tool| tool["tool"] == name).unwrap().clone();
    assert_eq!(of("llm")["set_up"], true);
    assert_eq!(of("claude-code")["set_up"], false);
    assert_eq!(of("claude-code")["way"], "helper");
    assert_eq!(of("claude-code")["file"], settings(&world).to_str().unwrap());
    world.file("user/.claude/settings.json", "{\"apiKeyHelper\": \"byok get anthropic:mine\"}");
    let listed = setup(&world, "--json").go();
    assert!(String::from_utf8(listed.stdout).unwrap().matches("\"set_up\": true").count() == 2);
    assert!(text(&settings(&world)).contains("mine"));
}
