//! Each tool's files, in the shape that the tool itself gives them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use byok::credentials::{Around, Broken, File, Form, Holding, Tool, Whose, whose};
use byok::provider::Registry;

use super::{filled, fixture};
use crate::tools::tool;

fn around() -> Around {
    let home = PathBuf::from("/home/me");
    Around {
        config: home.join(".config"),
        data: home.join(".local/share"),
        cache: home.join(".cache"),
        above: vec!["/src/repo/deep".into(), "/src/repo".into()],
        var: |_| None,
        home,
    }
}

/// The form of a file, by its tool and the end of its path.
fn form(tool: &str, end: &str) -> &'static dyn Form {
    let all: Vec<File> = Tool::find(tool).unwrap().files(&around());
    all.iter().find(|file| file.path.ends_with(end)).unwrap_or_else(|| panic!("{all:?}")).form
}

/// What is found, a line each: name, line, what it holds, whose it is.
fn found(form: &dyn Form, text: &str) -> Vec<String> {
    let registry = Registry::builtin();
    let entries = form.read(&registry, text.as_bytes()).unwrap();
    let shown = entries.iter().map(|entry| {
        let holds = match &entry.holds {
            Holding::Key(secret) => secret.mask(),
            Holding::Account => "account".to_owned(),
            Holding::Reference(text) => format!("<{text}>"),
            Holding::Placeholder(text) => format!("({text})"),
            other => format!("{other:?}"),
        };
        let whose = match whose(&registry, entry) {
            Whose::Provider(id) => id.to_string(),
            Whose::OtherHost(host) => format!("at {host}"),
            other => format!("{other:?}"),
        };
        format!("{} {} {holds} {whose}", entry.name, entry.line.unwrap_or_default())
    });
    shown.collect()
}

/// Every set of names can be taken out, and then all else is read as before.
#[track_caller]
fn can_be_cleaned(form: &dyn Form, text: &str) {
    let registry = Registry::builtin();
    let plain = |text: &[u8]| -> Vec<(String, String)> {
        let all = form.read(&registry, text).unwrap();
        let of = |holds: &Holding| holds.key().map_or_else(|| format!("{holds:?}"), |key| key.expose().to_owned());
        all.iter().map(|entry| (entry.name.split(" (").next().unwrap().to_owned(), of(&entry.holds))).collect()
    };
    let all = form.read(&registry, text.as_bytes()).unwrap();
    let there = plain(text.as_bytes());
    for set in 0..1_usize << all.len() {
        // An account's sign-in is nobody's to take out.
        let goes = |at: &usize| set >> at & 1 == 1 && !matches!(all[*at].holds, Holding::Account);
        let names: Vec<&str> = (0..all.len()).filter(goes).map(|at| all[at].name.as_str()).collect();
        let left = form.without(text.as_bytes(), &names).unwrap();
        let expected: Vec<_> = (0..all.len()).filter(|at| !goes(at)).map(|at| there[at].clone()).collect();
        assert_eq!(plain(&left), expected, "without {names:?}: {}", String::from_utf8_lossy(&left));
        let lines: BTreeSet<&str> = text.lines().collect();
        let kept = String::from_utf8(left.to_vec()).unwrap();
        // A line that stays is as it was, but for a comma.
        let strange = kept
            .lines()
            .filter(|line| !lines.contains(line) && !lines.contains(format!("{line},").as_str()) && line.trim() != ":")
            // A comment stays where its line goes.
            .filter(|line| !line.starts_with('#') || !lines.iter().any(|whole| whole.ends_with(line)));
        let strange: Vec<&str> = strange.filter(|line| !line.contains("\"options\": { }")).collect();
        assert!(strange.is_empty() || text.contains("{ \"apiKey\""), "{strange:?} without {names:?}");
    }
}

#[track_caller]
fn check(tool: &str, end: &str, name: &str, expected: &[&str]) {
    let (form, text) = (form(tool, end), fixture(name));
    assert_eq!(found(form, &text), expected, "{name}");
    if name.ends_with("credentials.json") {
        return;
    }
    can_be_cleaned(form, &text);
    can_be_cleaned(form, &text.replace('\n', "\r\n"));
    can_be_cleaned(form, text.trim_end());
    assert!(form.read(&Registry::builtin(), b"").unwrap().is_empty(), "{name}: nothing");
}

#[test]
fn files_of_json() {
    check(
        "llm",
        "keys.json",
        "llm/keys.json",
        &[
            "openai 3 sk-p…9f2c openai",
            "claude 4 sk-a…x1AA anthropic",
            "gemini 5 AIza…3Qw google",
            "work 6 (YOUR_KEY_HERE) Unknown",
        ],
    );
    check(
        "opencode",
        "auth.json",
        "opencode/auth.json",
        &["anthropic 2 account anthropic", "openai 10 sk-p…9f2c openai"],
    );
    check(
        "opencode",
        "opencode.jsonc",
        "opencode/opencode.jsonc",
        &[
            "provider.groq.options.apiKey 4 gsk_…mnop groq",
            "provider.gateway.options.apiKey 10 sk-p…9f2c at llm.example.com",
            "provider.openai.options.apiKey 13 <{env:OPENAI_API_KEY}> openai",
        ],
    );
    check("codex", "auth.json", "codex/auth.json", &["OPENAI_API_KEY 3 sk-p…9f2c openai"]);
    check(
        "crush",
        "crush.json",
        "crush/crush.json",
        &[
            "providers.openai.api_key 5 sk-p…9f2c openai",
            "providers.deepseek.api_key 10 <$DEEPSEEK_API_KEY> deepseek",
            "providers.copilot.api_key 13 account github-copilot",
            "providers[\"my.own\"].api_key 22 gsk_…mnop groq",
        ],
    );
    check(
        "claude-code",
        "settings.json",
        "claude-code/settings.json",
        &[
            "env.ANTHROPIC_AUTH_TOKEN 6 sk-0…d4f deepseek",
            "env.OPENAI_API_KEY 7 sk-p…9f2c openai",
            "apiKeyHelper 3 <byok get anthropic> anthropic",
        ],
    );
    check("claude-code", ".credentials.json", "claude-code/credentials.json", &["claudeAiOauth 1 account anthropic"]);
    check(
        "cline",
        "secrets.json",
        "cline/secrets.json",
        &[
            "apiKey 2 sk-a…x1AA anthropic",
            "openAiNativeApiKey 4 sk-p…9f2c openai",
            "openAiApiKey 5 gsk_…mnop groq",
            "geminiApiKey 6 AIza…3Qw google",
            "cline:clineAccountId 7 account Unknown",
        ],
    );
    check(
        "cline",
        "providers.json",
        "cline/providers.json",
        &[
            "providers.openai-native.settings.apiKey 8 sk-p…9f2c openai",
            "providers.cline.settings.auth.apiKey 18 account Unknown",
        ],
    );
    check(
        "continue",
        "config.json",
        "continue/config.json",
        &[
            "models[0].apiKey 8 sk-p…9f2c openai",
            "models[1].apiKey 14 <${{ secrets.ANTHROPIC_API_KEY }}> anthropic",
            "tabAutocompleteModel.apiKey 21 abc…345 mistral",
            "reranker.params.apiKey 25 ([API_KEY]) cohere",
        ],
    );
}

#[test]
fn a_signed_in_account_of_codex_is_left_alone() {
    let text = fixture("codex/account.json");
    assert_eq!(found(form("codex", "auth.json"), &text), ["OPENAI_API_KEY 4 account openai"]);
}

#[test]
fn files_of_lines() {
    check("huggingface", "token", "huggingface/token", &["token 1 hf_a…FGH huggingface"]);
    check(
        "huggingface",
        "stored_tokens",
        "huggingface/stored_tokens",
        &["laptop 2 hf_a…FGH huggingface", "login 5 account huggingface"],
    );
    // Python reads no file in which a name comes twice; byok took both tokens out for one.
    for (text, second) in [
        ("[a]\nhf_token = @HF@\n\n[b]\nhf_token = @HF@\n[a]\nhf_token = @HF@\n", 6),
        ("[a]\nhf_token = @HF@\nx = 1\nHF_Token: hf_b\n", 4),
    ] {
        let broken = Broken::Form { line: second, column: 1 };
        let form = form("huggingface", "stored_tokens");
        assert_eq!(form.read(&Registry::builtin(), filled(text).as_bytes()).err(), Some(broken.clone()));
        assert_eq!(form.without(filled(text).as_bytes(), &["a"]).err(), Some(broken));
    }
    check(
        "aider",
        ".env",
        "aider/env",
        &[
            "OPENAI_API_KEY (line 2) 2 sk-p…9f2c openai",
            "ANTHROPIC_API_KEY 4 sk-a…x1AA anthropic",
            "GEMINI_API_KEY 5 <${GOOGLE}> google",
            "GROQ_API_KEY 6 (YOUR_KEY_HERE) groq",
            "OPENAI_API_KEY 8 sk-p…17a0 openai",
        ],
    );
    check(
        "shell",
        "config.fish",
        "shell/config.fish",
        &[
            "OPENAI_API_KEY 1 sk-p…9f2c openai",
            "ANTHROPIC_API_KEY 3 sk-a…x1AA anthropic",
            "GROQ_API_KEY 5 <(pass show groq)> groq",
            "GEMINI_API_KEY 6 AIza…3Qw google",
        ],
    );
    check(
        "shell",
        "env.nu",
        "shell/env.nu",
        &[
            "OPENAI_API_KEY 1 sk-p…9f2c openai",
            "GEMINI_API_KEY 2 <(pass show google)> google",
            "GROQ_API_KEY 3 gsk_…mnop groq",
        ],
    );
}

#[test]
fn a_start_up_file_stays_one_that_its_shell_reads() {
    let (form, text) = (form("shell", ".bashrc"), fixture("shell/bashrc"));
    assert_eq!(
        found(form, &text),
        [
            "OPENAI_API_KEY 3 sk-p…9f2c openai",
            "ANTHROPIC_API_KEY 6 sk-a…x1AA anthropic",
            "GROQ_API_KEY 8 gsk_…mnop groq",
            "GEMINI_API_KEY (line 9) 9 <\"$(pass show google)\"> google",
            "GEMINI_API_KEY 12 AIza…3Qw google",
        ]
    );
    let names = ["OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY"];
    let left = String::from_utf8(form.without(text.as_bytes(), &names).unwrap().to_vec()).unwrap();
    let expected = filled(&text)
        .lines()
        .map(|line| match line {
            line if line.starts_with("export OPENAI") => "# work".to_owned(),
            line if line.contains("ANTHROPIC_API_KEY=") => "    :".to_owned(),
            line if line.starts_with("export GEMINI_API_KEY=AIza") => ":".to_owned(),
            line => line.to_owned(),
        })
        .fold(String::new(), |text, line| text + &line + "\n");
    assert_eq!(left, expected);
    // A line that does more than to set one variable is nobody's but the person's.
    assert!(form.without(text.as_bytes(), &["GROQ_API_KEY"]).is_err());
    for shell in ["bash", "zsh", "dash"] {
        let Some(shell) = tool(&[shell]) else { continue };
        assert_parses(&shell, &left);
    }
    let fish = fixture("shell/config.fish");
    let form = self::form("shell", "config.fish");
    let left = form.without(fish.as_bytes(), &["OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY"]).unwrap();
    if let Some(shell) = tool(&["fish"]) {
        assert_parses(&shell, std::str::from_utf8(&left).unwrap());
    }
}

#[test]
fn what_stands_beside_a_key_stays() {
    for (tool, end, text, left) in [
        ("shell", ".bashrc", "export GROQ_API_KEY=KEY  # old: gsk_other\nalias a=b\n", "# old: gsk_other\nalias a=b\n"),
        ("shell", ".bashrc", "if true; then\n  export GROQ_API_KEY='KEY' # x \nfi", "if true; then\n  : # x \nfi"),
        ("shell", ".bashrc", "export GROQ_API_KEY='KEY'# no comment\n", ""),
        ("shell", "config.fish", "set -gx GROQ_API_KEY KEY # x\r\nset a b\r\n", "# x\r\nset a b\r\n"),
        ("shell", "env.nu", "$env.GROQ_API_KEY = \"KEY\" # x \n", "# x \n"),
        ("shell", "env.nu", "$env.GROQ_API_KEY = \"KEY\" \n", ""),
        ("aider", ".env", "\u{feff}GROQ_API_KEY=KEY # staging is y\nA=1\n", "\u{feff}# staging is y\nA=1\n"),
        ("aider", ".env", "A=1\r\nGROQ_API_KEY=\"KEY\"  # x\r\nB=2", "A=1\r\n# x\r\nB=2"),
        ("aider", ".env", "GROQ_API_KEY=KEY # x", "# x"),
    ] {
        let text = text
            .replace("KEY", "gsk_abcdefghijklmnopqrstuvwxyz0123456789")
            .replace("_API_gsk_abcdefghijklmnopqrstuvwxyz0123456789", "_API_KEY");
        let form = form(tool, end);
        match form.without(text.as_bytes(), &["GROQ_API_KEY"]) {
            Ok(found) => assert_eq!(std::str::from_utf8(&found).unwrap(), left, "{text:?}"),
            Err(error) => assert!(left.is_empty(), "{text:?}: {error}"),
        }
    }
    // What goes with a key is more than a key: then the file is the person's to change.
    for (tool, end, text, name) in [
        (
            "opencode",
            "auth.json",
            "{\"groq\": {\"type\": \"api\", \"key\": \"gsk_x\", \"note\": \"old: gsk_y\"}}",
            "groq",
        ),
        ("huggingface", "stored_tokens", "[a]\nhf_token = hf_x\n# old: hf_y\n", "a"),
    ] {
        let broken = Some(Broken::Entry { entry: name.to_owned() });
        assert_eq!(form(tool, end).without(text.as_bytes(), &[name]).err(), broken, "{text}");
    }
}

#[track_caller]
fn assert_parses(shell: &Path, text: &str) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, text).unwrap();
    let output = Command::new(shell).arg("-n").arg(&file).output().unwrap();
    assert!(output.status.success(), "{}: {}", shell.display(), String::from_utf8_lossy(&output.stderr));
}
