//! What is around an entry stays as it is, whatever it looks like.

use super::*;

const PATH: [&str; 1] = ["apiKeyHelper"];

fn json(path: &[&str], value: &str) -> Entry {
    Entry::Json { path: path.iter().map(|part| (*part).to_owned()).collect(), value: value.to_owned() }
}

fn codex() -> Entry {
    let call = Call { byok: "byok".into(), profile: None, key: None, host: None, address: None };
    tool("codex").unwrap().entry(&call, File::Settings).unwrap()
}

/// Puts an entry in, and takes it out in both ways: by the record, and out of a file that others have changed.
#[track_caller]
fn check(entry: &Entry, old: &str, new: &str) {
    let edit = entry.set(old).unwrap();
    let text = edit.apply(old);
    assert_eq!(*text, new);
    assert_eq!(entry.standing(&text).unwrap(), Standing::Same);
    let made = Made::new(("f".into(), false), entry.clone(), old, &edit, (None, false));
    let Undone::Back(back) = made.undo(&text).unwrap() else { panic!("not byte for byte: {made:?}") };
    assert_eq!(*back.apply(&text), old);
    let out = entry.unset(&text, None).unwrap().expect("it is there").apply(&text);
    assert_eq!(entry.standing(&out).unwrap(), Standing::Absent);
    // A second time there is nothing to do.
    assert!(entry.set(&text).unwrap().is_empty());
}

#[test]
fn json_is_written_as_its_neighbours_are() {
    let entry = json(&PATH, "byok get anthropic");
    let line = "\"apiKeyHelper\": \"byok get anthropic\"";
    for (old, new) in [
        ("", format!("{{\n  {line}\n}}\n")),
        ("{}", format!("{{\n  {line}\n}}")),
        ("{\n}\n", format!("{{\n  {line}\n}}\n")),
        ("{\"a\":1}", format!("{{\"a\":1, {line}}}")),
        ("{\n    \"a\": 1\n}", format!("{{\n    \"a\": 1,\n    {line}\n}}")),
        ("{\n\t\"a\": {\"b\": [1,\n2]}\n}\n", format!("{{\n\t\"a\": {{\"b\": [1,\n2]}},\n\t{line}\n}}\n")),
        ("{\r\n  \"a\": 1\r\n}\r\n", format!("{{\r\n  \"a\": 1,\r\n  {line}\r\n}}\r\n")),
        (
            "// head, {\n{\n  \"a\": 1 // one, two\n  // \"b\": 2,\n}\n// tail",
            format!("// head, {{\n{{\n  \"a\": 1, // one, two\n  // \"b\": 2,\n  {line}\n}}\n// tail"),
        ),
        ("{\n  \"a\": 1, /* , */\n}\n", format!("{{\n  \"a\": 1, /* , */\n  {line},\n}}\n")),
        ("{ /* nothing */ }", format!("{{ /* nothing */\n  {line}\n }}")),
    ] {
        check(&entry, old, &new);
    }
}

#[test]
fn json_below_other_names_is_put_in_and_taken_out_with_what_was_made_for_it() {
    let entry = json(&["providers", "openai", "api_key"], "$(byok get openai)");
    let tail = "\"openai\": {\n      \"api_key\": \"$(byok get openai)\"\n    }";
    check(&entry, "{\n  \"providers\": {}\n}\n", &format!("{{\n  \"providers\": {{\n    {tail}\n  }}\n}}\n"));
    check(
        &entry,
        "{\n  \"providers\": {\n    \"xai\": {\"api_key\": \"$X\"}\n  }\n}\n",
        &format!("{{\n  \"providers\": {{\n    \"xai\": {{\"api_key\": \"$X\"}},\n    {tail}\n  }}\n}}\n"),
    );
    let text = "{\n  \"a\": 1,\n  \"providers\": {\n    \"openai\": {\n      \"api_key\": \"$(byok get openai)\"\n    }\n  },\n  \"b\": 2\n}\n";
    let out = entry.unset(text, None).unwrap().unwrap().apply(text);
    assert_eq!(*out, "{\n  \"a\": 1,\n  \"b\": 2\n}\n");
    assert_eq!(entry.set("{\"providers\": 3}"), Err(Broken::Entry { entry: "providers".into() }));
}

#[test]
fn what_stood_there_is_put_back_also_where_others_have_written_since() {
    let entry = json(&PATH, "byok get anthropic");
    let old = "{\n  \"apiKeyHelper\": \"~/bin/key.sh\",\n  \"model\": \"opus\"\n}\n";
    assert_eq!(entry.standing(old).unwrap(), Standing::Other("~/bin/key.sh".into()));
    let edit = entry.set(old).unwrap();
    let text = edit.apply(old);
    let made = Made::new(("f".into(), false), entry, old, &edit, (Some("\"~/bin/key.sh\""), false));
    let later = text.replace("opus", "haiku").replace("  ", "\t");
    let Undone::Entry(back) = made.undo(&later).unwrap() else { panic!() };
    assert_eq!(*back.apply(&later), old.replace("opus", "haiku").replace("  ", "\t"));
    let other = text.replace("byok get", "my-own");
    assert_eq!(made.undo(&other).unwrap(), Undone::Gone);
}

#[test]
fn toml_keeps_what_is_around_it() {
    let call = "[model_providers.byok]\nname = \"OpenAI\"\nbase_url = \"https://api.openai.com/v1\"\nwire_api = \"responses\"\n\n[model_providers.byok.auth]\ncommand = \"byok\"\nargs = [\"get\", \"openai\"]";
    let entry = codex();
    check(&entry, "", &format!("model_provider = \"byok\"\n\n{call}\n"));
    let old =
        "# head\nmodel = \"x\" # why\na.b = [\n  1,\n]\n\n# about t\n[t]\nx=1\n[model_providers.mine]\nname = 'm'";
    let new = "# head\nmodel = \"x\" # why\na.b = [\n  1,\n]\nmodel_provider = \"byok\"\n\n# about t\n[t]\nx=1\n[model_providers.mine]\nname = 'm'\n\n";
    check(&entry, old, &format!("{new}{call}"));
    let crlf = "[t]\r\nx = 1\r\n";
    check(
        &entry,
        crlf,
        &format!("model_provider = \"byok\"\n\n{crlf}\n{call}\n").replace("\r\n", "\n").replace('\n', "\r\n"),
    );
    let chosen = "model_provider = \"azure\" # mine\n";
    let edit = entry.set(chosen).unwrap();
    let text = edit.apply(chosen);
    assert!(text.starts_with("model_provider = \"byok\" # mine\n\n[model_providers.byok]\n"), "{}", *text);
    let later = format!("{}\n[projects.\"/x\"]\ntrust_level = \"trusted\"\n", *text);
    let out = entry.unset(&later, Some("\"azure\"")).unwrap().unwrap().apply(&later);
    assert_eq!(*out, "model_provider = \"azure\" # mine\n\n[projects.\"/x\"]\ntrust_level = \"trusted\"\n");
}

#[test]
fn a_block_stands_at_the_end_and_is_found_again() {
    let entry = Entry::Block { mark: "llm".into(), lines: vec!["function llm { :; }".into()] };
    let block = "# >>> byok setup llm >>>\nfunction llm { :; }\n# <<< byok setup llm <<<";
    check(&entry, "", &format!("{block}\n"));
    check(&entry, "a\n", &format!("a\n\n{block}\n"));
    check(&entry, "a", &format!("a\n\n{block}"));
    check(&entry, "a\n\n", &format!("a\n\n{block}\n"));
    check(&entry, "a\r\n", &format!("a\n\n{block}\n").replace('\n', "\r\n"));
    for broken in ["# >>> byok setup llm >>>\n", "x\n# <<< byok setup llm <<<\n", &format!("{block}\n{block}\n")] {
        assert!(matches!(entry.set(broken), Err(Broken::Marks { .. })), "{broken}");
    }
    let other = entry.standing(&block.replace(":;", "true;")).unwrap();
    assert_eq!(other, Standing::Byok("function llm { true; }".into()));
}

#[test]
fn a_broken_file_is_told_by_its_place_alone() {
    for text in ["{\"k\": \"sk-secret-1\"", "{'k': 'sk-secret-1'}", "[\"sk-secret-1\"]", "{\"a\": 1}\n{}", "{\"a\" 1}"]
    {
        let broken = json(&PATH, "x").set(text).unwrap_err().to_string();
        assert!(broken.starts_with("line ") && !broken.contains("sk-secret"), "{broken}");
    }
    for text in ["a = \"sk-secret-1\n", "[x\n", "a = 1\na = 2\n"] {
        let broken = codex().set(text).unwrap_err().to_string();
        assert!(broken.starts_with("line ") && !broken.contains("sk-secret"), "{broken}");
    }
}

#[test]
fn a_record_of_a_newer_byok_is_told_from_a_damaged_one() {
    let record = Record::default();
    assert_eq!(Record::parse(record.to_text().as_bytes()), Ok(record));
    assert_eq!(Record::parse(b"{\"version\": 2, \"made\": {}}"), Err(NotOurs::Newer));
    assert_eq!(Record::parse(b"{\"version\": 1}"), Err(NotOurs::Damaged));
}

#[test]
fn the_change_is_shown_with_its_lines() {
    let entry = json(&PATH, "byok get anthropic");
    let old = "{\n  \"env\": {\"SECRET\": \"hunter2\"}\n}\n";
    let shown = entry.set(old).unwrap().diff(old, ("a", "b"), str::to_owned);
    assert_eq!(shown, "--- a\n+++ b\n@@ -2,0 +3 @@\n+  \"apiKeyHelper\": \"byok get anthropic\"\n");
    let call = Call { byok: "/opt/my tools/byok".into(), profile: None, key: None, host: None, address: None };
    assert_eq!(call.get_line("openai"), "'/opt/my tools/byok' get openai");
    assert!(call::calls_byok("'/opt/my tools/byok' get openai") && call::calls_byok("$(byok get x)"));
    assert!(!call::calls_byok("byok.sh") && !call::calls_byok("echo byok"));
}
