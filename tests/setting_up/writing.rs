//! What is written into a tool's file, and what stays as it is.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use super::{helper, program, settings, setup, text, world};

#[test]
fn what_is_in_a_file_stays_with_its_mode_its_comments_and_its_order() {
    let world = world();
    let old = "{\n    // mine\n    \"model\": \"opus\",\n    \"env\": { \"TOKEN\": \"hunter2\" }, // keep\n}";
    let path = world.file("user/.claude/settings.json", old);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let said = setup(&world, "claude-code --yes").go();
    let said = String::from_utf8(said.stderr).unwrap();
    let line = helper(&world);
    let file = "~/.claude/settings.json";
    assert_eq!(
        said,
        format!(
            "--- {file}\n+++ {file}\n@@ -4,0 +5 @@\n+    {line},\nnote: with a key, Claude Code bills the API, not your subscription\n\
             byok: warning: `claude-code` ignores the whole file: it is no plain JSON at line 2, column 5\n\
             byok: hint: take the comments and trailing commas out\n\
             changed `{file}`\nbyok: hint: take it back with `byok setup claude-code --undo`\n"
        )
    );
    assert_eq!(text(&path), old.replace("keep\n}", &format!("keep\n    {line},\n}}")));
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o640);
    // A second time there is nothing to do, and no second record.
    let record = text(&world.home().join("setup/claude-code"));
    setup(&world, "claude --yes").stderr_holds(&["nothing to do: `claude-code` is set up"]).check();
    assert_eq!(text(&world.home().join("setup/claude-code")), record);
    assert!(!record.contains("hunter2"), "{record}");
}

#[test]
fn a_file_that_is_not_there_is_made_private() {
    let world = world();
    setup(&world, "claude-code anthropic -p default --yes").stderr_holds(&["--- /dev/null\n", "changed"]).check();
    let path = settings(&world);
    let line = helper(&world).replace(" get", " -p default get");
    assert_eq!(text(&path), format!("{{\n  {line}\n}}\n"));
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o600);
    assert_eq!(fs::metadata(path.parent().unwrap()).unwrap().mode() & 0o7777, 0o700);
    let record = fs::metadata(world.home().join("setup/claude-code")).unwrap();
    assert_eq!(record.mode() & 0o7777, 0o600);
}

#[test]
fn byok_goes_by_its_name_where_that_is_found() {
    let world = world();
    fs::create_dir(world.path("bin")).unwrap();
    symlink(program(&world), world.path("bin/byok")).unwrap();
    let run = setup(&world, "claude-code --yes").without("PATH").env("PATH", world.path("bin"));
    run.stderr_holds(&["+  \"apiKeyHelper\": \"byok get anthropic\"\n"]).check();
    // Another byok on the path is not this one.
    fs::remove_file(world.path("bin/byok")).unwrap();
    fs::copy("/bin/true", world.path("bin/byok")).unwrap();
    let run = setup(&world, "claude-code --yes").without("PATH").env("PATH", world.path("bin"));
    run.stderr_holds(&["-\"apiKeyHelper\": \"byok get anthropic\"\n", &format!("+{}\n", helper(&world))]).check();
}

#[test]
fn codex_is_given_a_provider_whose_token_is_a_command() {
    let world = world();
    let old = "# mine\nmodel = \"gpt-5\"\n\n[projects.\"/x\"]\ntrust_level = \"trusted\"\n";
    let path = world.file("user/.codex/config.toml", old);
    setup(&world, "codex --yes")
        .stderr_holds(&["+model_provider = \"byok\"\n", "+[model_providers.byok.auth]\n"])
        .check();
    let written = text(&path);
    let parsed: toml_edit::DocumentMut = written.parse().unwrap();
    assert_eq!(parsed["model_provider"].as_str(), Some("byok"));
    let auth = &parsed["model_providers"]["byok"]["auth"];
    assert_eq!(auth["command"].as_str(), Some(program(&world).as_str()));
    assert_eq!(auth["args"].to_string().trim(), "[\"get\", \"openai\"]");
    assert!(
        written.starts_with("# mine\nmodel = \"gpt-5\"\nmodel_provider = \"byok\"\n\n[projects.\"/x\"]\n"),
        "{written}"
    );
    setup(&world, "codex --undo --yes").go();
    assert_eq!(text(&path), old);
}

#[test]
fn crush_has_its_script_or_else_its_json() {
    let world = world();
    setup(&world, "crush").code(2).stderr_holds(&["not said which key", "`byok setup crush anthropic`"]).check();
    setup(&world, "crush openai --yes").go();
    let json: serde_json::Value = serde_json::from_str(&text(&world.path("user/.config/crush/crush.json"))).unwrap();
    assert_eq!(json["providers"]["openai"]["api_key"], format!("$({} get openai)", program(&world)));
    let script = world.file("user/.config/crush/crushrc", "option debug true\n");
    setup(&world, "crush google:work --yes").go();
    let line = format!("provider add gemini --api-key \"$({} get google:work)\"", program(&world));
    let block = format!("# >>> byok setup crush gemini >>>\n{line}\n# <<< byok setup crush gemini <<<\n");
    assert_eq!(text(&script), format!("option debug true\n\n{block}"));
    setup(&world, "crush --undo --yes").go();
    assert_eq!(text(&script), "option debug true\n");
    assert!(
        !world.path("user/.config/crush/crush.json").exists()
            || text(&world.path("user/.config/crush/crush.json")).trim() == "{}"
    );
}

#[test]
fn a_link_is_kept_and_what_it_leads_to_is_changed_in_its_own_folder() {
    let world = world();
    let real = world.file("dotfiles/claude.json", "{}\n");
    fs::create_dir_all(world.path("user/.claude")).unwrap();
    symlink("../../dotfiles/claude.json", settings(&world)).unwrap();
    setup(&world, "claude-code --yes").go();
    assert!(fs::symlink_metadata(settings(&world)).unwrap().is_symlink());
    assert_eq!(text(&real), format!("{{\n  {}\n}}\n", helper(&world)));
    setup(&world, "claude-code --undo --yes").go();
    assert_eq!(text(&real), "{}\n");
    assert!(fs::symlink_metadata(settings(&world)).unwrap().is_symlink());

    fs::remove_file(settings(&world)).unwrap();
    symlink("nowhere", settings(&world)).unwrap();
    setup(&world, "claude-code --yes").code(1).stderr_holds(&["leads nowhere"]).check();
    fs::remove_file(settings(&world)).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(settings(&world)).status().unwrap().success());
    setup(&world, "claude-code --yes").code(4).stderr_holds(&["not a plain file"]).check();
}

#[test]
fn a_broken_file_is_left_untouched_and_not_shown() {
    let world = world();
    for (tool, name, content) in [
        ("claude-code", ".claude/settings.json", "{\"env\": {\"K\": \"sk-secret-secret\"}"),
        ("claude-code", ".claude/settings.json", "{\"apiKeyHelper\" \"sk-secret-secret\"}"),
        ("codex", ".codex/config.toml", "a = 'sk-secret-secret\n"),
        ("llm", ".bashrc", "# >>> byok setup llm >>>\nexport A=sk-secret-secret\n"),
    ] {
        let path = world.file(&format!("user/{name}"), content);
        let said = setup(&world, &format!("{tool} --yes")).code(4).stderr_holds(&["is left as it is: line "]).check();
        assert!(!String::from_utf8(said.stderr).unwrap().contains("sk-secret"), "{tool}");
        assert_eq!(text(&path), content);
    }
    assert!(!world.home().join("setup").exists());
}

/// The folders of variables must not lead into a project: only absolute ones count.
#[test]
fn a_projects_own_files_are_never_changed() {
    let world = world();
    let own = world.file("app/.claude/settings.json", "{}");
    fs::create_dir_all(world.path("app/.git")).unwrap();
    let run = setup(&world, "claude-code --yes").within("app").env("CLAUDE_CONFIG_DIR", ".claude");
    run.stderr_holds(&["changed `~/.claude/settings.json`"]).check();
    assert_eq!(text(&own), "{}");
    let run = setup(&world, "claude-code --yes").env("CLAUDE_CONFIG_DIR", world.path("elsewhere"));
    run.stderr_holds(&["elsewhere/settings.json`"]).check();
    assert!(world.path("elsewhere/settings.json").exists());
}

#[test]
fn several_at_once_lose_nothing_of_each_other() {
    let world = world();
    let path = world.file("user/.bashrc", "# mine\n");
    let start = |tool: &str| {
        let mut command = world.command();
        command.args(["setup", tool, "--yes"]).env("HOME", world.path("user")).env("SHELL", "/bin/bash");
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::piped()).spawn().unwrap()
    };
    for one in ["llm", "aider", "goose", "opencode"].map(start) {
        let output = one.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let written = text(&path);
    assert!(
        ["# mine\n", "function llm ", "function aider ", "function goose ", "function opencode "]
            .iter()
            .all(|part| written.contains(part)),
        "{written}"
    );
}

#[test]
fn a_key_that_another_profile_answers_with_is_looked_at_as_well() {
    let world = world();
    let add = world.byok("-p team add xai --stdin --as-is --no-test --endpoint https://llm.example.com/v1");
    add.stdin("the-teams-key").go();
    setup(&world, "crush xai").code(2).stderr_holds(&["there is no key `xai` yet"]).check();
    world.byok("profile edit default --fallback team").go();
    // It would go to its provider's address.
    setup(&world, "crush xai --yes").code(4).stderr_holds(&["has an address of its own"]).check();
}
