//! Taking back what byok changed, and nothing else.

use std::fs;

use super::{helper, settings, setup, text, world};

#[test]
fn the_old_bytes_come_back_where_nothing_changed_since() {
    let world = world();
    for old in ["{\"a\":1}", "{\r\n\t\"apiKeyHelper\": \"~/bin/key.sh\"\r\n}", "{ /* none */ }\n"] {
        let path = world.file("user/.claude/settings.json", old);
        setup(&world, "claude-code --yes").go();
        assert_ne!(text(&path), old);
        setup(&world, "claude-code --undo --yes")
            .stderr_holds(&["took it back from `~/.claude/settings.json`\n"])
            .check();
        assert_eq!(text(&path), old);
        setup(&world, "claude-code --undo")
            .stderr("nothing to do: byok has changed nothing for `claude-code`\n")
            .check();
    }
    fs::remove_file(settings(&world)).unwrap();
    setup(&world, "claude-code --yes").go();
    setup(&world, "claude-code --undo --yes").go();
    assert!(!settings(&world).exists());
}

#[test]
fn what_the_tool_wrote_since_stays() {
    let world = world();
    let path = world.file("user/.claude/settings.json", "{\n  \"apiKeyHelper\": \"~/bin/key.sh\",\n  \"a\": 1\n}\n");
    setup(&world, "claude-code --yes").stderr_holds(&["what stands there now gives way"]).check();
    // As Claude Code itself writes it.
    let parsed: serde_json::Value = serde_json::from_str(&text(&path)).unwrap();
    let later = format!("{parsed:#}").replace("\"a\": 1", "\"a\": 1,\n  \"theme\": \"dark\"");
    fs::write(&path, &later).unwrap();
    setup(&world, "claude-code --undo --yes").go();
    assert_eq!(text(&path), later.replace(&helper(&world), "\"apiKeyHelper\": \"~/bin/key.sh\""));
}

#[test]
fn another_key_takes_the_place_of_the_first_and_undo_leads_back_before_both() {
    let world = world();
    let old = "{\n  \"a\": 1\n}\n";
    let path = world.file("user/.claude/settings.json", old);
    setup(&world, "claude-code --yes").go();
    setup(&world, "claude-code anthropic:work --yes").stderr_holds(&["get anthropic:work"]).check();
    setup(&world, "claude-code --undo --yes").go();
    assert_eq!(text(&path), old);
}

#[test]
fn a_key_in_plaintext_is_named_but_neither_shown_nor_kept() {
    let world = world();
    let key = "sk-or-v1-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    let old = format!("{{\n  \"providers\": {{\"openrouter\": {{\"api_key\": \"{key}\"}}}}\n}}\n");
    let path = world.file("user/.config/crush/crush.json", &old);
    // What byok does not hold would be lost: only a person at a terminal can agree to that.
    setup(&world, "crush openrouter --yes").stderr_holds(&["would be lost", "byok add"]).code(4).check();
    assert_eq!(text(&path), old);
    world.byok("add openrouter --stdin").stdin(key).go();
    let said = setup(&world, "crush openrouter --yes").go();
    let said = String::from_utf8(said.stderr).unwrap();
    assert!(said.contains("-\"api_key\": \"sk-o…cdef\"\n") && !said.contains(key), "{said}");
    assert!(
        said.contains("a key stands there in plaintext") && said.contains("`byok import crush --delete-source`"),
        "{said}"
    );
    let record = text(&world.home().join("setup/crush"));
    assert!(!record.contains(key) && !record.contains(&key[10..30]), "{record}");
    setup(&world, "crush --undo --yes").stderr_holds(&["did not keep: it is not put back"]).check();
    assert!(!text(&path).contains("byok") && !text(&path).contains(key));
    // A helper that prints a key is one, too.
    let helper = format!("{{\"apiKeyHelper\": \"echo {key}\"}}");
    world.file("user/.claude/settings.json", &helper);
    let said = setup(&world, "claude-code --yes").go();
    assert!(!String::from_utf8(said.stderr).unwrap().contains(key));
    assert!(!text(&world.home().join("setup/claude-code")).contains(key));
    // Nor is one kept that stands where byok's own entry would.
    let table = format!("[model_providers.byok]\nname = \"x\"\nexperimental_bearer_token = \"{key}\"\n");
    world.file("user/.codex/config.toml", &table);
    setup(&world, "codex --yes").go();
    assert!(!text(&world.home().join("setup/codex")).contains(key));
    let other = "sk-or-v1-ffffffffffffffffffffffffffffffff0123456789abcdef0123456789abcdef";
    let helper = format!("{{\"apiKeyHelper\": \"echo {other}\"}}");
    let path = world.file("user/.claude/settings.json", &helper);
    setup(&world, "claude-code --yes").stderr_holds(&["would be lost"]).code(4).check();
    assert_eq!(text(&path), helper);
}

#[test]
fn what_a_person_changed_in_the_entry_is_left_alone() {
    let world = world();
    let path = world.file("user/.claude/settings.json", "{}");
    setup(&world, "claude-code --yes").go();
    let own = "{\n  \"apiKeyHelper\": \"my-own\"\n}";
    fs::write(&path, own).unwrap();
    setup(&world, "claude-code --undo --yes").stderr_holds(&["has nothing more of what byok wrote"]).check();
    assert_eq!(text(&path), own);
    setup(&world, "claude-code --undo --yes").stderr_holds(&["nothing to do"]).check();
}

#[test]
fn a_record_of_a_newer_byok_is_left_alone() {
    let world = world();
    world.file("user/.claude/settings.json", "{}");
    setup(&world, "claude-code --yes").go();
    let record = world.home().join("setup/claude-code");
    let newer = text(&record).replace("\"version\": 1", "\"version\": 2");
    fs::write(&record, &newer).unwrap();
    for what in ["--undo --yes", "anthropic:work --yes"] {
        let run = setup(&world, &format!("claude-code {what}"));
        run.code(4).stderr_holds(&["is left as it is: it was written by a newer byok", "cargo install byok"]).check();
    }
    assert_eq!(text(&record), newer);
    assert!(text(&settings(&world)).contains("get anthropic\""));
}
