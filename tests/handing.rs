//! `byok export --to TOOL`: keys among those that a tool keeps itself.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use crate::samples::{ANTHROPIC, GOOGLE, GROQ, OPENAI, OPENAI_2};
use crate::terminal::{Terminal, have_tools};
use crate::tools::tool;
use crate::world::{Run, World};

fn world() -> World {
    let world = World::new();
    let home = world.path("user");
    std::fs::create_dir(&home).unwrap();
    world.with_keys(&[("openai", OPENAI), ("google", GOOGLE), ("groq", GROQ), ("my-own", "a-key-of-my-own-service")])
}

fn to<'a>(world: &'a World, tool: &str) -> Run<'a> {
    world.byok("export --yes --to").arg(tool).env("HOME", world.path("user"))
}

fn file(world: &World, tool: &str) -> PathBuf {
    world.path("user").join(match tool {
        "llm" => ".config/io.datasette.llm/keys.json",
        "opencode" => ".local/share/opencode/auth.json",
        "codex" => ".codex/auth.json",
        "gemini-cli" => ".gemini/.env",
        _ => ".env",
    })
}

#[test]
fn each_tools_file_is_made_private_and_holds_what_it_reads() {
    let world = world();
    for (tool, entries) in [
        ("llm", vec![format!("\"openai\": \"{OPENAI}\""), format!("\"gemini\": \"{GOOGLE}\""), "// Note".to_owned()]),
        ("opencode", vec![format!("\"key\": \"{OPENAI}\""), "\"groq\": {".to_owned()]),
        ("codex", vec![format!("\"OPENAI_API_KEY\": \"{OPENAI}\"")]),
        ("gemini-cli", vec![format!("GEMINI_API_KEY={GOOGLE}\n")]),
        ("aider", vec![format!("OPENAI_API_KEY={OPENAI}\nGEMINI_API_KEY={GOOGLE}\nGROQ_API_KEY={GROQ}\n")]),
    ] {
        to(&world, tool).stderr_holds(&["is added", "in plaintext"]).check();
        let path = file(&world, tool);
        let text = std::fs::read_to_string(&path).unwrap();
        for entry in &entries {
            assert!(text.contains(entry.as_str()), "{tool}: {entry} in {text}");
        }
        assert!(!text.contains("my-own"), "{tool}");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{tool}");
        to(&world, tool).stderr_holds(&["nothing to write"]).check();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text, "{tool}");
    }
}

#[test]
fn what_is_there_is_kept_and_what_changes_is_said_without_a_key() {
    let world = world();
    let old = format!("{{\n  \"zeta\": \"theirs\",\n  \"openai\": \"{OPENAI_2}\"\n}}");
    let path = world.file("user/.config/io.datasette.llm/keys.json", &old);
    let said = to(&world, "llm").go();
    let said = String::from_utf8(said.stderr).unwrap();
    assert!(said.contains("openai: sk-p…9f2c of `openai` takes the place of sk-p…17a0\n"), "{said}");
    assert!(!said.contains(OPENAI) && !said.contains(OPENAI_2));
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.starts_with(&format!("{{\n  \"zeta\": \"theirs\",\n  \"openai\": \"{OPENAI}\",\n")), "{text}");
}

#[test]
fn several_at_once_lose_nothing_of_each_other() {
    let world = world();
    let path = world.file("user/.env", "Z=1\n");
    let start = |key: &str| {
        let mut command = world.command();
        command.args(["export", key, "--to", "aider", "--yes"]).env("HOME", world.path("user"));
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::piped()).spawn().unwrap()
    };
    let all = ["openai", "groq", "google"].map(start);
    for one in all {
        let output = one.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let text = std::fs::read_to_string(path).unwrap();
    assert!([OPENAI, GROQ, GOOGLE, "Z=1"].iter().all(|part| text.contains(part)), "{text}");
}

#[test]
fn without_consent_nothing_is_written() {
    let world = world();
    let run = world.byok("export --to llm").env("HOME", world.path("user"));
    run.code(2).stderr_holds(&["only written with your consent", "`byok export --to llm --yes`"]).check();
    assert!(!file(&world, "llm").exists() && !world.path("user/.config").exists());
    world.byok("export --to vscode").code(2).stderr_holds(&["[possible values: llm, opencode, codex"]).check();
    world.byok("export --to llm --format json").code(2).stderr_holds(&["cannot be used with"]).check();
}

#[test]
fn a_person_is_asked_before_a_file_is_written() {
    if !have_tools() {
        return;
    }
    let world = world();
    let user = world.path("user");
    for (answer, code) in [("n\r", 1), ("y\r", 0)] {
        let home = [("HOME", user.to_str().unwrap())];
        let mut terminal = Terminal::new(&world, &["export", "--to", "llm"], &home, 200);
        terminal.until("of `openai` is added").until("[y/N]").type_in(answer);
        terminal.ends(code, &[if code == 0 { "wrote 3 keys" } else { "nothing was written" }]);
        assert_eq!(file(&world, "llm").exists(), code == 0);
    }
}

#[test]
fn an_account_that_is_signed_in_stays_signed_in() {
    let world = world().with_keys(&[("anthropic", ANTHROPIC)]);
    let tokens = "{\"OPENAI_API_KEY\":null,\"tokens\":{\"access_token\":\"a\"}}";
    let codex = world.file("user/.codex/auth.json", tokens);
    to(&world, "codex").stderr_holds(&["`openai` is left out: `codex` is signed in with an account"]).check();
    assert_eq!(std::fs::read_to_string(codex).unwrap(), tokens);
    let oauth = "{\"anthropic\":{\"type\":\"oauth\",\"refresh\":\"r\",\"access\":\"a\",\"expires\":1790000000000}}";
    let opencode = world.file("user/.local/share/opencode/auth.json", oauth);
    to(&world, "opencode").stderr_holds(&["`anthropic` is left out", "wrote 3 keys"]).check();
    let text: serde_json::Value = serde_json::from_slice(&std::fs::read(opencode).unwrap()).unwrap();
    assert_eq!(text["anthropic"]["refresh"], "r");
    assert_eq!(text["openai"]["key"], OPENAI);
}

#[test]
fn a_broken_file_is_left_untouched_and_not_shown() {
    let world = world();
    for (tool, text) in [("llm", "{\"openai\": \"sk-secret-secret\""), ("aider", "A='sk-secret-secret")] {
        let path = file(&world, tool);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        let said = to(&world, tool).code(4).stderr_holds(&["is left as it is", "line 1"]).check();
        assert!(!String::from_utf8(said.stderr).unwrap().contains("secret-secret"));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }
}

#[test]
fn a_link_of_ones_own_is_kept_and_one_in_a_shared_folder_is_not_followed() {
    let world = world();
    let real = world.file("dotfiles/env", "MINE=1\n");
    std::os::unix::fs::symlink(&real, world.path("user/.env")).unwrap();
    to(&world, "aider").stderr_holds(&["wrote 3 keys"]).check();
    assert!(std::fs::symlink_metadata(world.path("user/.env")).unwrap().is_symlink());
    assert!(std::fs::read_to_string(&real).unwrap().starts_with("MINE=1\nOPENAI_API_KEY="));

    let victim = world.file("victim", "{}");
    let shared = world.path("user/.codex");
    std::fs::create_dir(&shared).unwrap();
    std::os::unix::fs::symlink(&victim, shared.join("auth.json")).unwrap();
    std::fs::set_permissions(&shared, std::fs::Permissions::from_mode(0o777)).unwrap();
    to(&world, "codex").code(4).stderr_holds(&["is open to other users"]).check();
    assert_eq!(std::fs::read_to_string(&victim).unwrap(), "{}");

    std::os::unix::fs::symlink("nowhere", world.path("user/.gemini")).unwrap();
    let nowhere = world.path("user/.local/share/opencode");
    std::fs::create_dir_all(&nowhere).unwrap();
    std::os::unix::fs::symlink("nowhere.json", nowhere.join("auth.json")).unwrap();
    to(&world, "opencode").code(1).stderr_holds(&["leads nowhere"]).check();
}

#[test]
fn a_key_with_an_address_of_its_own_is_not_sent_to_its_providers() {
    let world = world();
    world.byok("edit openai --endpoint https://llm.example.com/v1 --no-test").go();
    to(&world, "codex").arg("openai").stderr_holds(&["`openai` is left out", "nothing to write"]).check();
    assert!(!file(&world, "codex").exists());
}

/// llm itself, where it is installed: `tests/consumers.sh install`.
#[test]
fn llm_reads_the_keys_back() {
    let Some(llm) = tool(&[concat!(env!("CARGO_MANIFEST_DIR"), "/target/consumers/bin/llm")]) else { return };
    let world = world();
    to(&world, "llm").go();
    let run = |args: &[&str]| {
        let mut command = Command::new(&llm);
        command.args(args).env_clear().env("HOME", world.path("user")).env("PATH", "/usr/bin:/bin");
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(run(&["keys"]), "gemini\ngroq\nopenai\n");
    assert_eq!(run(&["keys", "get", "gemini"]), format!("{GOOGLE}\n"));
}
