//! `byok where`: every place, what is the same as a stored key, and which key each tool uses.

use serde_json::Value;

use super::fixture;
use crate::samples::{ANTHROPIC, GOOGLE, GROQ, OPENAI, OPENAI_2};
use crate::world::{Run, World};

/// A run of `byok where` in a repository of this world, whose home folder is `me`.
fn asked<'a>(world: &'a World, arguments: &str) -> Run<'a> {
    std::fs::create_dir_all(world.path("me/repo/.git")).unwrap();
    world.byok(arguments).env("HOME", world.path("me")).within("me/repo")
}

/// The same for programs.
fn told(world: &World, arguments: &str, variables: &[(&str, &str)]) -> Value {
    let run = variables.iter().fold(asked(world, arguments), |run, (name, value)| run.env(*name, *value));
    let output = run.go();
    let text = String::from_utf8(output.stdout).unwrap();
    for secret in [OPENAI, OPENAI_2, ANTHROPIC, GOOGLE, GROQ] {
        assert!(!text.contains(&secret[14..30]), "{text}");
    }
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["version"], 1);
    document
}

#[test]
fn each_place_is_a_row_and_each_tool_has_its_choice() {
    let world = World::new().with_keys(&[("openai:work", OPENAI), ("google", GOOGLE)]);
    world.file("me/.config/io.datasette.llm/keys.json", fixture("llm/keys.json"));
    world.file("me/repo/.env", format!("# mine\nOPENAI_API_KEY={OPENAI_2}\n"));
    world.file("me/repo/.env.example", format!("OPENAI_API_KEY={GROQ}\n"));
    world.file("me/.bashrc", format!("export GROQ_API_KEY={GROQ}\n"));
    private(&world);
    asked(&world, "where openai groq")
        .env("OPENAI_API_KEY", OPENAI)
        .stdout(
            "PROVIDER  KEY        SAME AS      PLACE                                   READERS\n\
             groq      gsk_…mnop  -            ~/.bashrc:1                             you\n\
             openai    sk-p…9f2c  openai:work  $OPENAI_API_KEY                         you\n\
             openai    sk-p…17a0  other        .env:2                                  you\n\
             openai    sk-p…9f2c  openai:work  ~/.config/io.datasette.llm/keys.json:3  you\n\
             \n\
             TOOL   PROVIDER  USES                                    NOT\n\
             aider  openai    .env:2                                  $OPENAI_API_KEY\n\
             llm    openai    ~/.config/io.datasette.llm/keys.json:3  $OPENAI_API_KEY\n",
        )
        .stderr(
            "byok: hint: what shells start with is plaintext: store the keys in it and take them out with `byok import shell --delete-source`\n\
             byok: hint: `.env` is plaintext: store the keys in it and take them out with `byok import dotenv --file .env --delete-source`\n\
             byok: hint: `~/.config/io.datasette.llm/keys.json` is plaintext: store the keys in it and take them out with \
             `byok import llm --delete-source`\n\
             byok: hint: take the variables out of this shell with `unset OPENAI_API_KEY`\n",
        )
        .check();
}

/// Makes the home folder of this world its owner's alone.
fn private(world: &World) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(world.path("me"), std::fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn it_works_without_a_profile_and_with_a_locked_one() {
    let world = World::new();
    world.file("me/repo/.env", format!("OPENAI_API_KEY={OPENAI}\n"));
    private(&world);
    asked(&world, "where")
        .stdout_holds(&["PROVIDER  KEY        PLACE   READERS\n", "openai    sk-p…9f2c  .env:1  you\n"])
        .stderr_holds(&["nothing is stored yet, so nothing is compared\n"])
        .check();
    let world = World::new().with_keys(&[("openai", OPENAI)]);
    world.file("me/repo/.env", format!("OPENAI_API_KEY={OPENAI}\n"));
    std::fs::remove_file(world.home().join("identity.txt")).unwrap();
    asked(&world, "where")
        .stdout_holds(&["openai    sk-p…9f2c  .env:1"])
        .stderr_holds(&["byok: warning: nothing is compared with the stored keys: "])
        .check();
    assert_eq!(told(&world, "where --json", &[])["profile"], Value::Null);
}

#[test]
fn nothing_is_said_to_be_nothing() {
    let world = World::new();
    asked(&world, "where").stderr("no key lies in this environment, or in a file that byok knows\n").check();
    asked(&world, "where groq").stderr("no such key lies in this environment, or in a file that byok knows\n").check();
    asked(&world, "where").arg(OPENAI).code(2).stderr_holds(&["a key is never an argument"]).check();
    assert!(world.tree().is_empty());
}

#[test]
fn everything_that_byok_knows_is_found_in_its_place() {
    let world = World::new();
    for (path, name) in [
        ("me/.config/io.datasette.llm/keys.json", "llm/keys.json"),
        ("me/.local/share/opencode/auth.json", "opencode/auth.json"),
        ("me/.config/opencode/opencode.jsonc", "opencode/opencode.jsonc"),
        ("me/.codex/auth.json", "codex/auth.json"),
        ("me/.config/crush/crush.json", "crush/crush.json"),
        ("me/.claude/settings.json", "claude-code/settings.json"),
        ("me/.claude/.credentials.json", "claude-code/credentials.json"),
        ("me/.cline/data/secrets.json", "cline/secrets.json"),
        ("me/.cline/data/settings/providers.json", "cline/providers.json"),
        ("me/.continue/config.json", "continue/config.json"),
        ("me/.cache/huggingface/token", "huggingface/token"),
        ("me/.cache/huggingface/stored_tokens", "huggingface/stored_tokens"),
        ("me/.env", "aider/env"),
        ("me/.bashrc", "shell/bashrc"),
        ("me/.config/fish/config.fish", "shell/config.fish"),
        ("me/.config/fish/conf.d/keys.fish", "shell/config.fish"),
        ("me/.config/nushell/env.nu", "shell/env.nu"),
        ("me/.config/environment.d/90-keys.conf", "shell/90-keys.conf"),
        ("me/repo/.continue/.env", "aider/env"),
        ("me/repo/.gemini/.env", "aider/env"),
        ("me/repo/crush.json", "crush/crush.json"),
        ("me/repo/.claude/settings.local.json", "claude-code/settings.json"),
        ("me/repo/opencode.json", "opencode/auth.json"),
        ("me/repo/.env.local", "aider/env"),
    ] {
        world.file(path, fixture(name));
    }
    let document = told(&world, "where --json", &[("ANTHROPIC_API_KEY", ANTHROPIC)]);
    let paths: std::collections::BTreeSet<String> = document["copies"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|copy| copy["place"]["path"].as_str())
        .map(|path| path.split_once("/me/").unwrap().1.to_owned())
        .collect();
    assert_eq!(paths.len(), 23, "{paths:#?}");
    assert_eq!(document["unreadable"], serde_json::json!([]));
    let uses = |tool: &str, provider: &str| {
        let all = document["uses"].as_array().unwrap();
        let one = all.iter().find(|one| one["tool"] == tool && one["provider"] == provider);
        one.map(|one| one["uses"].clone()).unwrap_or_default()
    };
    assert_eq!(uses("claude-code", "anthropic")["variable"], "ANTHROPIC_API_KEY");
    assert_eq!(uses("codex", "openai")["line"], 3);
    assert!(uses("crush", "openai")["path"].as_str().unwrap().ends_with("repo/crush.json"));
    assert!(uses("gemini-cli", "google")["path"].as_str().unwrap().ends_with("repo/.gemini/.env"));
    assert!(uses("opencode", "groq")["path"].as_str().unwrap().ends_with("opencode.jsonc"));
    assert_eq!(uses("huggingface", "huggingface")["entry"], "token");
}
