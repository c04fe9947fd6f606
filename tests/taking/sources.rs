//! Every form of file, as its tool writes it.

use std::fs;
use std::process::Command;

use super::{fixture, goose, import, says_no_key, with_goose, with_keys};
use crate::samples::{ANTHROPIC, GOOGLE, GROQ, OPENAI, OPENAI_2};
use crate::tools::tool;
use crate::world::World;

#[test]
fn the_keys_of_a_tool_are_sealed_in_one_update() {
    let world = with_goose();
    let output = import(&world, "goose").output();
    let stdout = String::from_utf8_lossy(&output.stdout);
    for line in [
        "openai    sk-p…9f2c      goose: OPENAI_API_KEY        added",
        "groq      YOUR_KEY_HERE  goose: GROQ_API_KEY          skipped: a placeholder",
        "goose: chatgpt_codex_tokens  left alone: the sign-in of an account",
    ] {
        assert!(stdout.contains(line), "{stdout}");
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("1 key sealed in profile `default`\n"), "{stderr}");
    assert!(stderr.contains("`~/.config/goose/secrets.yaml` still holds its keys in plaintext: `byok import goose --delete-source` takes them out"), "{stderr}");
    assert_eq!(output.status.code(), Some(0));
    says_no_key(&output);
    world.byok("get openai").stdout(OPENAI).check();
    assert_eq!(fs::read_to_string(goose(&world)).unwrap(), fixture("goose/secrets.yaml"), "the source is untouched");
    import(&world, "goose").stdout_holds(&["already here as `openai`"]).stderr_holds(&["0 keys sealed"]).check();
}

#[test]
fn another_key_gets_a_label_and_is_not_the_active_one() {
    let world = with_goose().with_keys(&[("openai", OPENAI_2)]);
    world.file("user/.aider.conf.yml", fixture("aider/.aider.conf.yml").replace(OPENAI, &OPENAI.replace("abc", "cba")));
    import(&world, "goose aider")
        .stdout_holds(&["openai:goose", "openai:aider"])
        .stderr_holds(&["4 keys sealed"])
        .check();
    world.byok("get openai").stdout(OPENAI_2).check();
    world.byok("get openai:goose").stdout(OPENAI).check();
    world.byok("get groq").stdout(GROQ).check();
    // The name is taken by another key now.
    world.file("user/.config/goose/secrets.yaml", format!("OPENAI_API_KEY: {}\n", OPENAI.replace("xyz", "zyx")));
    import(&world, "goose").stdout_holds(&["openai:goose-2"]).stderr_holds(&["1 key sealed"]).check();
    let world = with_goose().with_keys(&[("openai", OPENAI_2)]);
    import(&world, "goose --replace").stdout_holds(&["replaced"]).stderr_holds(&["1 key sealed"]).check();
    world.byok("get openai").stdout(OPENAI).check();
    let world = with_goose();
    import(&world, "goose --label old").stdout_holds(&["openai:old"]).stderr_holds(&["1 key sealed"]).check();
}

#[test]
fn every_form_is_read() {
    for (tool, file, keys) in [
        ("aichat", "aichat/config.yaml", vec![("openai", OPENAI), ("anthropic", ANTHROPIC), ("groq", GROQ)]),
        ("aider", "aider/.aider.conf.yml", vec![("openai", OPENAI), ("groq", GROQ), ("google", GOOGLE)]),
        ("continue", "continue/config.yaml", vec![("openai", OPENAI)]),
        ("litellm", "litellm/config.yaml", vec![("openai", OPENAI), ("anthropic", ANTHROPIC)]),
        ("1password", "1password/export.csv", vec![("openai", OPENAI), ("anthropic", ANTHROPIC)]),
        ("bitwarden", "bitwarden/export.csv", vec![("groq", GROQ)]),
    ] {
        let world = World::new();
        let name = file.rsplit('/').next().unwrap();
        let path = world.file(&format!("elsewhere/{name}"), fixture(file));
        let output = import(&world, tool).arg("--file").arg(&path).output();
        says_no_key(&output);
        for (provider, key) in &keys {
            world.byok("get").arg(provider).stdout(*key).check();
        }
        let listed = world.byok("list --json").output();
        let document: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
        assert_eq!(document["keys"].as_array().unwrap().len(), keys.len(), "{tool}");
        assert_eq!(fs::read_to_string(&path).unwrap(), fixture(file));
        // And out of it.
        let code = import(&world, tool).arg("--file").arg(&path).args("--delete-source --yes").output().status.code();
        assert_eq!(code, output.status.code(), "{tool}");
        let left = fs::read_to_string(&path).unwrap();
        for (_, key) in &keys {
            assert!(!left.contains(key), "{tool}: {left}");
        }
    }
}

#[test]
fn a_host_that_nobody_knows_is_not_trusted_with_anything() {
    let world = World::new();
    let text = with_keys("clients:\n- type: openai\n  api_base: https://relay.example.net/v1\n  api_key: {openai}\n");
    world.file("user/.config/aichat/config.yaml", &text);
    import(&world, "aichat")
        .code(1)
        .stdout_holds(&["not taken: it goes to relay.example.net, which is no known provider's"])
        .stderr_holds(&["`byok provider add NAME --base-url https://relay.example.net`"])
        .check();
    world.byok("provider add relay --base-url https://relay.example.net/v1 --no-test").go();
    import(&world, "aichat").stdout_holds(&["relay", "added"]).stderr_holds(&["1 key sealed"]).check();
    world.byok("get relay").stdout(OPENAI).check();
}

/// The tables of cc-switch, as far as byok reads them, with rows as it writes them.
fn ccswitch(path: &std::path::Path, journal: &str) -> rusqlite::Connection {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let database = rusqlite::Connection::open(path).unwrap();
    let schema = "CREATE TABLE providers (id TEXT NOT NULL, app_type TEXT NOT NULL, name TEXT NOT NULL, settings_config TEXT NOT NULL, website_url TEXT, category TEXT, created_at INTEGER, sort_index INTEGER, notes TEXT, icon TEXT, icon_color TEXT, meta TEXT NOT NULL DEFAULT '{}', is_current BOOLEAN NOT NULL DEFAULT 0, in_failover_queue BOOLEAN NOT NULL DEFAULT 0, PRIMARY KEY (id, app_type)); PRAGMA user_version = 16;";
    database.execute_batch(&format!("PRAGMA journal_mode = {journal}; {schema}")).unwrap();
    for (id, app, name, settings) in [
        ("1", "claude", "My Claude", "{\"env\":{\"ANTHROPIC_API_KEY\":\"{anthropic}\"},\"model\":\"opus\"}"),
        (
            "2",
            "claude",
            "DeepSeek",
            "{\"env\":{\"ANTHROPIC_AUTH_TOKEN\":\"sk-0123456789abcdef0123456789ab2d4f\",\"ANTHROPIC_BASE_URL\":\"https://api.deepseek.com/anthropic\"}}",
        ),
        (
            "3",
            "codex",
            "Account",
            "{\"auth\":{\"OPENAI_API_KEY\":\"{openai}\",\"tokens\":{\"access_token\":\"a\"}},\"config\":\"\"}",
        ),
        (
            "4",
            "codex",
            "Groq",
            "{\"auth\":{\"OPENAI_API_KEY\":\"{groq}\"},\"config\":\"model_provider = \\\"g\\\"\\n[model_providers.g]\\nbase_url = \\\"https://api.groq.com/openai/v1\\\"\\n\"}",
        ),
        ("5", "gemini", "broken", "{"),
    ] {
        let settings = with_keys(settings);
        database
            .execute(
                "INSERT INTO providers (id, app_type, name, settings_config) VALUES (?1, ?2, ?3, ?4)",
                [id, app, name, &settings],
            )
            .unwrap();
    }
    database
}

#[test]
fn the_database_of_cc_switch_is_read_and_edited() {
    let world = World::new();
    let path = world.path("user/.cc-switch/cc-switch.db");
    drop(ccswitch(&path, "delete"));
    super::private(&path);
    import(&world, "cc-switch")
        .stdout_holds(&["anthropic", "deepseek", "groq", "left alone: the sign-in of an account"])
        .stderr_holds(&["3 keys sealed"])
        .check();
    import(&world, "cc-switch --delete-source --yes")
        .stdout_holds(&["already here as `deepseek`"])
        .stderr_holds(&["- claude.My Claude: sk-a…x1AA", "took 3 keys out of `~/.cc-switch/cc-switch.db`"])
        .check();
    let bytes = fs::read(&path).unwrap();
    for key in [ANTHROPIC, GROQ, "0123456789abcdef0123456789ab2d4f"] {
        assert!(!bytes.windows(key.len()).any(|part| part == key.as_bytes()), "{key} is still in a page");
    }
    let database = rusqlite::Connection::open(&path).unwrap();
    let settings: Vec<String> = database
        .prepare("SELECT settings_config FROM providers ORDER BY id")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(settings[0], "{\"env\":{},\"model\":\"opus\"}");
    assert!(settings[2].contains(OPENAI), "an account is left alone");
    let check: String = database.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(check, "ok");
}

#[test]
fn a_database_in_use_is_left_alone() {
    let world = World::new();
    let path = world.path("user/.cc-switch/cc-switch.db");
    let open = ccswitch(&path, "wal");
    super::private(&path);
    import(&world, "cc-switch")
        .code(1)
        .stdout_holds(&["cc-switch.db-wal`: close its program first"])
        .stderr_holds(&["0 keys"])
        .check();
    drop(open);
    import(&world, "cc-switch").stdout_holds(&["deepseek"]).stderr_holds(&["3 keys sealed"]).check();
    fs::write(&path, "SQLite format 3\0 and no more of it").unwrap();
    import(&world, "cc-switch")
        .code(1)
        .stdout_holds(&["it is not a database of cc-switch"])
        .stderr_holds(&["0 keys"])
        .check();
}

/// `LiteLLM`'s own reader, where it is installed: `tests/litellm.sh install`.
#[test]
fn litellm_reads_what_is_left_of_its_file() {
    let Some(python) = tool(&[concat!(env!("CARGO_MANIFEST_DIR"), "/target/litellm/venv/bin/python")]) else { return };
    let world = World::new();
    let path = world.file("config.yaml", fixture("litellm/config.yaml"));
    let output = import(&world, "litellm --delete-source --yes").arg("--file").arg(&path).output();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let left = fs::read_to_string(&path).unwrap();
    let expected = "model_list:\n  - model_name: gpt-5\n    litellm_params:\n      model: openai/gpt-5\n      # ours\n  - model_name: claude\n    litellm_params:\n      model: anthropic/claude-sonnet-4-5\n";
    assert!(left.starts_with(expected), "{left}");
    let script = "import asyncio, json, sys\nfrom litellm.proxy.proxy_server import ProxyConfig\nconfig = asyncio.run(ProxyConfig()._get_config_from_file(config_file_path=sys.argv[1]))\nprint(json.dumps([model['litellm_params'] for model in config['model_list']]))";
    let mut command = Command::new(python);
    command.args(["-c", script]).arg(&path).env("LITELLM_LOCAL_MODEL_COST_MAP", "True");
    let read = command.output().unwrap();
    let stdout = String::from_utf8_lossy(&read.stdout);
    let last = stdout.lines().last().unwrap_or_default();
    let models: serde_json::Value =
        serde_json::from_str(last).unwrap_or_else(|_| panic!("{stdout}{}", String::from_utf8_lossy(&read.stderr)));
    assert_eq!(models[0], serde_json::json!({"model": "openai/gpt-5"}));
    assert_eq!(models[1], serde_json::json!({"model": "anthropic/claude-sonnet-4-5"}));
    assert_eq!(models[2]["api_key"], "os.environ/GROQ_API_KEY");
}

#[test]
fn what_only_points_to_a_key_is_neither_taken_nor_taken_out() {
    let world = World::new();
    let text = format!(
        "OPENAI_API_KEY=op://Private/OpenAI/credential\nGROQ_API_KEY=\"encrypted:BDqDaaaaaaaaaaaaaaaaaaaaaaaa\"\n\
         TOGETHER_API_KEY=ENC[AES256_GCM,data:x]\nMISTRAL_API_KEY=/run/secrets/mistral\nANTHROPIC_API_KEY={ANTHROPIC}\n"
    );
    let path = world.file("references.env", &text);
    let output = import(&world, "dotenv --delete-source --yes --file references.env").output();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    says_no_key(&output);
    assert_eq!(fs::read_to_string(&path).unwrap(), text.replace(&format!("ANTHROPIC_API_KEY={ANTHROPIC}\n"), ""));
    let shown = String::from_utf8(output.stdout).unwrap();
    for what in ["1Password", "dotenvx", "sops", "a file"] {
        assert!(shown.contains(what), "{shown}");
    }
    world.byok("has anthropic").go();
    world.byok("has openai").code(3).check();
}

#[test]
fn a_hint_means_the_file_and_the_profile_that_were_meant() {
    let world = World::new();
    world.byok("profile create work").go();
    world.file("user/.config/io.datasette.llm/keys.json", format!("{{\"groq\": \"{GROQ}\"}}"));
    world.file("old.json", format!("{{\"openai\": \"{OPENAI}\"}}"));
    let hint = "`byok -p work import llm --file='old.json' --delete-source --yes`";
    world
        .byok("-p work import llm --file old.json --delete-source --no-input")
        .env("HOME", world.path("user"))
        .stdout_holds(&["added"])
        .stderr_holds(&[hint])
        .code(1)
        .check();
    let detect = "`byok -p work import llm --file='old.json'`";
    let run = world.byok("-p work import llm --file old.json --detect").env("HOME", world.path("user"));
    run.stdout_holds(&["1 key"]).stderr_holds(&[detect]).check();
}

#[test]
fn what_a_repository_brings_along_is_not_the_active_key() {
    let world = World::new();
    fs::create_dir_all(world.path("repo/.git")).unwrap();
    let settings = |key: &str| format!("{{\"env\": {{\"ANTHROPIC_API_KEY\": \"{key}\"}}}}");
    let theirs = ANTHROPIC.replace("x1", "x2");
    assert_ne!(theirs, ANTHROPIC);
    world.file("repo/.claude/settings.json", settings(&theirs));
    world.file("user/.claude/settings.json", settings(ANTHROPIC));
    let run = import(&world, "claude-code").within("repo");
    run.stdout_holds(&["~/.claude/settings.json", "repo/.claude/settings.json", "anthropic:claude-code"])
        .stderr_holds(&["2 keys sealed"])
        .check();
    world.byok("get anthropic").stdout(ANTHROPIC).check();
}

#[test]
fn a_start_up_file_is_read_as_its_shell_reads_it() {
    let world = World::new();
    let half = format!("export OPENAI_API_KEY={}\\\n{}\n", &OPENAI[..40], &OPENAI[40..]);
    let document = format!("cat <<EOF\nexport GROQ_API_KEY={GROQ}\nEOF\ncat <<-'E N'\n\tx\nE N\n");
    let text = format!("export ANTHROPIC_API_KEY={ANTHROPIC}>x\n");
    let quoted = format!("echo \"one\nexport GROQ_API_KEY={GROQ}\n\"\nexport GOOGLE_API_KEY={GOOGLE} # 'mine\n");
    let all = half + &document + &text + &quoted;
    let path = world.file("user/.bashrc", &all);
    let output = import(&world, "shell --delete-source --yes").output();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(fs::read_to_string(path).unwrap(), all.replace(&format!("export GOOGLE_API_KEY={GOOGLE} "), ""));
    world.byok("has google").go();
    for name in ["openai", "groq", "anthropic"] {
        world.byok("has").arg(name).code(3).check();
    }
}

#[test]
fn dirty_values_are_cleaned_as_add_does_or_left() {
    let world = World::new();
    let text = format!("{{\"openai\": \"Bearer {OPENAI}\", \"groq\": \"{GROQ} and more\"}}");
    world.file("user/.config/io.datasette.llm/keys.json", text);
    import(&world, "llm").stdout_holds(&["added", "more than a key"]).stderr_holds(&["1 key sealed"]).check();
    world.byok("get openai").stdout(OPENAI).check();
}

#[test]
fn a_file_of_any_name_is_read_in_the_form_that_fits() {
    let world = World::new();
    let file = fixture("aider/.aider.conf.yml");
    world.file("keys", &file);
    import(&world, "aider --file keys --dry-run").stdout_holds(&["new"]).stderr_holds(&["would be sealed"]).check();
}

#[test]
fn a_database_keeps_all_else_in_its_settings() {
    let Some(python) = tool(&["python3"]) else { return };
    let world = World::new();
    let settings = format!(
        "{{ \"n\": 12345678901234567890123, \"env\": {{\"ANTHROPIC_API_KEY\": \"{ANTHROPIC}\", \"X\": \"\\u00e9\"}}, \"f\": 1.50, \"z\": -0 }}"
    );
    let path = world.path("cc-switch.db");
    let made = "import sqlite3,sys\ndb=sqlite3.connect(sys.argv[1])\ndb.execute('create table providers(id text, app_type text, name text, settings_config text)')\n\
        db.execute('insert into providers values(?,?,?,?)',('1','claude','Work',sys.argv[2]))\ndb.execute('insert into providers values(?,?,?,?)',('2','claude','Broken','{\"env\": {'))\ndb.commit()";
    assert!(Command::new(&python).args(["-c", made]).arg(&path).arg(&settings).status().unwrap().success());
    let run = import(&world, "cc-switch --delete-source --yes --file cc-switch.db");
    run.stdout_holds(&["added", "cannot be read"]).stderr_holds(&["took 1 key out"]).check();
    let read = "import sqlite3,sys\nprint(sqlite3.connect(sys.argv[1]).execute(\"select settings_config from providers where id='1'\").fetchone()[0],end='')";
    let left = Command::new(&python).args(["-c", read]).arg(&path).output().unwrap().stdout;
    let left = String::from_utf8(left).unwrap();
    assert_eq!(left, settings.replace(&format!("\"ANTHROPIC_API_KEY\": \"{ANTHROPIC}\", "), ""));
}

#[test]
fn a_key_that_was_taken_for_a_name_is_not_shown() {
    let world = World::new();
    let path =
        world.file("keys.json", format!("{{\n  \"{OPENAI}\": \"{GROQ}\",\n  \"anthropic\": \"{ANTHROPIC}\"\n}}\n"));
    for arguments in ["", "--json", "--delete-source --yes"] {
        let output = import(&world, "llm --file keys.json").args(arguments).output();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(String::from_utf8_lossy(&output.stdout).contains("llm: …"), "{arguments}");
        says_no_key(&output);
    }
    assert_eq!(fs::read_to_string(path).unwrap(), "{\n}\n");
}
