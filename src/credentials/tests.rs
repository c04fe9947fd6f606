use zeroize::Zeroizing;

use super::*;

fn secret(text: &str) -> Secret {
    Secret::new(Zeroizing::new(text.to_owned())).unwrap()
}

#[track_caller]
fn written(tool: &str, old: &str, keys: &[(&str, &str)]) -> Result<String, Broken> {
    let secrets: Vec<(String, Secret)> = keys.iter().map(|(name, key)| ((*name).to_owned(), secret(key))).collect();
    let keys: Vec<(String, &Secret)> = secrets.iter().map(|(name, key)| (name.clone(), key)).collect();
    let text = target(tool).unwrap().write(old, &keys)?;
    let there = target(tool).unwrap().read(&Registry::builtin(), text.as_bytes()).unwrap();
    for (name, key) in &keys {
        let found = there.iter().find(|entry| entry.name == *name).unwrap();
        assert!(matches!(&found.holds, Holding::Key(held) if held.same_as(key)), "{tool} {name}");
    }
    Ok(text.to_string())
}

#[test]
fn a_fresh_file_is_what_the_tool_itself_writes() {
    let llm =
        "{\n  \"// Note\": \"This file stores secret API credentials. Do not share!\",\n  \"openai\": \"sk-1\"\n}\n";
    assert_eq!(written("llm", "", &[("openai", "sk-1")]).unwrap(), llm);
    let opencode = "{\n  \"openai\": {\n    \"type\": \"api\",\n    \"key\": \"sk-1\"\n  }\n}\n";
    assert_eq!(written("opencode", "", &[("openai", "sk-1")]).unwrap(), opencode);
    let codex = "{\n  \"auth_mode\": \"apikey\",\n  \"OPENAI_API_KEY\": \"sk-1\"\n}\n";
    assert_eq!(written("codex", "", &[("OPENAI_API_KEY", "sk-1")]).unwrap(), codex);
    assert_eq!(written("aider", "", &[("OPENAI_API_KEY", "sk-1")]).unwrap(), "OPENAI_API_KEY=sk-1\n");
}

#[test]
fn what_else_is_there_stays_in_its_order() {
    let old = "{\"zeta\": \"z\", \"openai\": \"old\", \"alpha\": \"a\"}";
    let new = "{\n  \"zeta\": \"z\",\n  \"openai\": \"sk-1\",\n  \"alpha\": \"a\",\n  \"groq\": \"g\"\n}";
    assert_eq!(written("llm", old, &[("openai", "sk-1"), ("groq", "g")]).unwrap(), new);
    let old = "{\"anthropic\":{\"type\":\"oauth\",\"refresh\":\"r\",\"expires\":1790000000000},\"openai\":{\"type\":\"api\",\"key\":\"old\",\"metadata\":{\"a\":\"b\"}}}";
    let new = written("opencode", old, &[("openai", "sk-1")]).unwrap();
    let (old, new): (serde_json::Value, serde_json::Value) =
        (serde_json::from_str(old).unwrap(), serde_json::from_str(&new).unwrap());
    assert_eq!(new["anthropic"], old["anthropic"]);
    assert_eq!(new["openai"], serde_json::json!({"type": "api", "key": "sk-1", "metadata": {"a": "b"}}));
    let old = "# mine\nexport OPENAI_API_KEY='old' # c\n\nOTHER=\"x\ny\"\nLAST=1";
    let new = "# mine\nOPENAI_API_KEY=sk-1\n\nOTHER=\"x\ny\"\nLAST=1\nGROQ_API_KEY=g\n";
    assert_eq!(written("aider", old, &[("OPENAI_API_KEY", "sk-1"), ("GROQ_API_KEY", "g")]).unwrap(), new);
}

#[test]
fn an_account_and_what_is_not_understood_are_left_alone() {
    let account = "{\"OPENAI_API_KEY\":null,\"tokens\":{\"access_token\":\"a\"},\"last_refresh\":\"x\"}";
    let there = target("codex").unwrap().read(&Registry::builtin(), account.as_bytes()).unwrap();
    assert!(matches!(there[0].holds, Holding::Account));
    let entry = |entry: &str| Broken::Entry { entry: entry.to_owned() };
    assert_eq!(written("codex", account, &[("OPENAI_API_KEY", "sk-1")]), Err(entry("OPENAI_API_KEY")));
    let oauth = "{\"openai\":{\"type\":\"oauth\",\"refresh\":\"r\"}}";
    assert_eq!(written("opencode", oauth, &[("openai", "sk-1")]), Err(entry("openai")));
    assert_eq!(written("llm", "{\"openai\": {}}", &[("openai", "sk-1")]), Err(entry("openai")));
    let lines = "OPENAI_API_KEY=\"a\nb\"\n";
    assert_eq!(written("aider", lines, &[("OPENAI_API_KEY", "sk-1")]), Err(entry("OPENAI_API_KEY")));
}

#[test]
fn a_broken_file_is_an_error_that_shows_nothing_of_it() {
    for (tool, text) in [
        ("llm", "{\"openai\": \"sk-secret\""),
        ("opencode", "[\"sk-secret\"]"),
        ("codex", "sk-secret"),
        ("aider", "A='sk-secret"),
    ] {
        let error = target(tool).unwrap().read(&Registry::builtin(), text.as_bytes()).unwrap_err();
        assert!(matches!(error, Broken::Form { .. }), "{tool}");
        assert!(!format!("{error} {error:?}").contains("secret"), "{tool}");
    }
}

#[test]
fn every_name_has_a_form_and_names_of_providers_go_both_ways() {
    for tool in targets() {
        let form = target(tool).unwrap();
        let openai = ProviderId::parse(if tool == "gemini-cli" { "google" } else { "openai" }).unwrap();
        let entry = form.entry(&openai).unwrap();
        let text = written(tool, "", &[(&entry, "sk-1")]).unwrap();
        assert_eq!(
            form.read(&Registry::builtin(), text.as_bytes()).unwrap()[0].provider.as_ref(),
            Some(&openai),
            "{tool}"
        );
        assert!(form.entry(&ProviderId::parse("nobody-knows").unwrap()).is_none());
    }
}
