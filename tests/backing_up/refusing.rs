//! What is no backup, or a hostile one, changes nothing and repeats nothing.

use std::fs;
use std::process::Command;

use super::{home, private, says_no_key, sealed};
use crate::samples::{GROQ, OPENAI};
use crate::tools::tool;
use crate::world::World;

#[test]
fn an_identity_goes_in_only_where_another_opens_it() {
    let world = home();
    let refused = world.byok("backup home.age --with-identity").code(2);
    refused.stderr_holds(&["an identity that only it itself opens", "--passphrase`"]).check();
    assert!(!world.path("home.age").exists());
    let shown: serde_json::Value = serde_json::from_slice(&world.byok("identity show --json").output().stdout).unwrap();
    let own = shown["recipients"][0].as_str().unwrap().to_owned();
    world.byok("backup home.age --with-identity --to").arg(own).code(2).stderr_holds(&["helps nobody"]).check();
    world.byok("backup home.age --to age1nonsense").code(4).stderr_holds(&["is no age recipient"]).check();
    world.byok("backup home.age --passphrase").code(2).stderr_holds(&["nobody is there to type"]).check();
    assert!(!world.path("home.age").exists());
    let empty = World::new();
    empty.byok("backup home.age").code(3).stderr_holds(&["there is nothing to back up"]).check();
    assert!(empty.tree().is_empty());
}

#[test]
fn what_is_no_backup_is_said_in_one_line() {
    let world = home();
    let (file, pass) = sealed(&world);
    world.byok("backup home.age").go();
    let whole = fs::read(world.path("home.age")).unwrap();
    let new = World::new();
    let identity = world.home().join("identity.txt");
    let restore = |path: &std::path::Path| new.byok("restore --yes").arg(path).env("BYOK_IDENTITY_FILE", &identity);
    for at in [0, 1, 50, whole.len() / 2, whole.len() - 1] {
        let cut = private(&new.path("cut.age"), &whole[..at]);
        let output = restore(&cut).output();
        assert_eq!(output.status.code(), Some(4), "cut at {at}");
        says_no_key(&output);
        let mut flipped = whole.clone();
        flipped[at] ^= 1;
        let output = restore(&private(&new.path("flipped.age"), flipped)).output();
        assert_eq!(output.status.code(), Some(4), "flipped at {at}");
    }
    let profile = restore(&world.sealed()).code(4);
    says_no_key(&profile.stderr_holds(&["it opens, but holds no byok backup"]).check());
    restore(&world.path("gone")).code(1).stderr_holds(&["there is no file"]).check();
    let wrong = private(&new.path("wrong"), "another passphrase\n");
    let typed = new.byok("restore").arg(&file).arg("--passphrase-file").arg(&wrong).code(4);
    typed.stderr_holds(&["this is not the passphrase"]).check();
    new.byok("restore").arg(&file).code(4).stderr_holds(&["nobody is there to type it"]).check();
    let missing = new.byok("restore").arg(&file).arg("nobody").arg("--passphrase-file").arg(&pass).code(3);
    missing.stderr_holds(&["the backup holds no profile `nobody`", "`default`, `work`"]).check();
    assert!(new.tree().is_empty(), "{:?}", new.tree());
}

#[test]
fn a_forged_backup_writes_nowhere_else_and_shows_what_it_is_up_to() {
    let world = World::new().with_keys(&[("openai", OPENAI)]);
    let Some(age) = tool(&["age"]) else { return };
    let shown: serde_json::Value = serde_json::from_slice(&world.byok("identity show --json").output().stdout).unwrap();
    let own = shown["recipients"][0].as_str().unwrap().to_owned();
    let forged = |text: &str| {
        let plain = private(&world.path("plain"), text);
        let sealed = world.path("forged.age");
        let done = Command::new(&age).args(["-r", &own, "-o"]).arg(&sealed).arg(&plain).status().unwrap();
        assert!(done.success());
        sealed
    };
    let head = "byok_backup = 1\nmade = \"2026-01-01T00:00:00Z\"\n";
    // A record whose name is not that of its path, and one that leads out of the folder.
    for name in ["../../escaped", &"a".repeat(64), "/tmp/byok-escaped"] {
        let record = "path = \"/x\"\\nsha256 = \"00\"\\nsince = \"2026-01-01T00:00:00Z\"\\ntext = \"\"\\n";
        let file = forged(&format!(
            "{head}[[trust]]\nname = \"{name}\"\nrecord = \"{}\"\n",
            record.replace("\\\"", "\"").replace('"', "\\\"")
        ));
        world.byok("restore --yes").arg(&file).stderr_holds(&["everything is here already"]).check();
        assert!(!world.tree().iter().any(|path| path.contains("escaped") || path.starts_with("trust/")));
    }
    // A clock that is ahead is told.
    let late = forged("byok_backup = 1\nmade = \"2099-01-02T03:04:05Z\"\n");
    let told = ["the backup says that it was made on 2099-01-02 03:04 UTC, in ", "everything is here already"];
    world.byok("restore --yes").arg(&late).stderr_holds(&told).check();
    // No name of a profile leads out of the folder either.
    let file = forged(&format!("{head}[[profile]]\nname = \"../evil\"\nstore = \"file\"\ndocument = \"\"\n"));
    world.byok("restore --yes").arg(&file).code(4).stderr_holds(&["it is damaged at line "]).check();
    // A provider that leads keys astray is shown, washed.
    let evil = "[openai]\\nbase_url = \\\"https://evil.example/v1\\\"\\n";
    let file = forged(&format!("{head}providers = \"{evil}\"\n"));
    let shown = world.byok("restore").arg(&file).code(2);
    shown.stderr_holds(&["keys of `openai` go to https://evil.example/v1"]).check();
    assert!(!world.home().join("providers.toml").exists());
    // What this byok cannot read never takes the place of what it can.
    let file = forged(&format!("{head}settings = \"no = [\"\n"));
    world.byok("restore --yes").arg(&file).stderr_holds(&["`config.toml` of the backup is left out"]).check();
    // A secret in a broken document is not repeated.
    let broken = format!(
        "{head}[[profile]]\nname = \"default\"\nstore = \"file\"\ndocument = \"byok = 1\\nvault = {OPENAI}\"\n"
    );
    let output = world.byok("restore --yes").arg(forged(&broken)).code(4).stderr_holds(&["profile `default`"]).check();
    says_no_key(&output);
    world.byok("get openai").stdout(OPENAI).check();
}

#[test]
fn byoks_own_files_and_those_of_others_are_not_overwritten() {
    let world = home();
    let own = ["identity.txt", "profiles/default.age", "config.toml"];
    for name in own {
        let path = world.home().join(name);
        let before = fs::read(&path).unwrap();
        for verb in [
            "backup --force",
            "export --force -o",
            "export --encrypted --to age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p --force -o",
        ] {
            world.byok(verb).arg(&path).code(4).stderr_holds(&["is where byok keeps its own files"]).check();
        }
        assert_eq!(fs::read(&path).unwrap(), before);
    }
    // A path of its own at which something else than a profile lies now.
    world.byok("profile create team --file team.age").go();
    world.byok("backup home.age").go();
    let whole = fs::read(world.path("team.age")).unwrap();
    let others = World::new().with_keys(&[("groq", GROQ)]);
    // Sealed for somebody else, and no profile at all; others may read such a file.
    others.byok("backup others.age").go();
    for (bytes, mode) in
        [(fs::read(others.path("others.age")).unwrap(), 0o600), (fs::read(world.path("home.age")).unwrap(), 0o644)]
    {
        fs::write(world.path("team.age"), &bytes).unwrap();
        fs::set_permissions(world.path("team.age"), std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
        let refused = world.byok("restore home.age --yes").code(4).stdout_holds(&["team"]);
        refused.stderr_holds(&["team.age` does not open here as a profile", "--replace`"]).check();
        assert_eq!(fs::read(world.path("team.age")).unwrap(), bytes);
        let replaced = world.byok("restore home.age --yes --replace").stdout_holds(&["team"]);
        let said = replaced.stderr_holds(&["restored profile `team`", "what was there is kept"]).check();
        let said = String::from_utf8(said.stderr).unwrap();
        let aside = said.lines().find_map(|line| line.strip_prefix("what was there is kept: `")).unwrap();
        assert_eq!(fs::read(aside.trim_end_matches('`')).unwrap(), bytes);
        world.byok("-p team list").go();
    }
    private(&world.path("team.age"), &whole);
    world.byok("profile accept team --yes").go();
    private(&world.path("team.age"), "somebody's notes");
    let refused = world.byok("restore home.age --replace --yes").code(4);
    refused.stderr_holds(&["team.age", "it is not an age file"]).check();
    assert_eq!(fs::read(world.path("team.age")).unwrap(), b"somebody's notes");
}

#[test]
fn what_byok_reads_is_not_overwritten_by_another_name_of_it() {
    let world = home();
    fs::create_dir_all(world.path("real/deep")).unwrap();
    std::os::unix::fs::symlink("real", world.path("link")).unwrap();
    // As a person may write it, or the folder may have become a link since.
    world.byok("profile create team --file real/team.age").go();
    let config = world.home().join("config.toml");
    let real = world.path("real/team.age");
    let settings = fs::read_to_string(&config).unwrap();
    for name in ["link/team.age", "real/deep/../team.age"] {
        let written = settings.replace("real/team.age", name);
        assert_ne!(written, settings);
        fs::write(&config, written).unwrap();
        let before = fs::read(&real).unwrap();
        for typed in ["real/team.age", "link/team.age", "real/deep/../team.age"] {
            for verb in ["export --force -o", "backup --force"] {
                world.byok(verb).arg(typed).code(4).stderr_holds(&["is one of byok's own files"]).check();
            }
        }
        assert_eq!(fs::read(&real).unwrap(), before);
    }
    // What opens the profiles, and what opens the backup.
    let identity = private(&world.path("id.txt"), fs::read(world.home().join("identity.txt")).unwrap());
    let pass = private(&world.path("pass"), super::WORDS);
    for verb in ["export --force -o", "backup --force"] {
        let refused = world.byok(verb).arg(&identity).env("BYOK_IDENTITY_FILE", &identity).code(4);
        refused.stderr_holds(&["is one of byok's own files", "name a file elsewhere"]).check();
        let refused = world.byok(verb).arg(&pass).env("BYOK_PASSPHRASE_FILE", &pass).code(4);
        refused.stderr_holds(&["is one of byok's own files"]).check();
    }
    let over = world.byok("backup --force --passphrase --passphrase-file").arg(&pass).arg(&pass).code(4);
    over.stderr_holds(&["is one of byok's own files"]).check();
    assert_eq!(fs::read_to_string(&pass).unwrap(), super::WORDS);
    assert_eq!(fs::read(&identity).unwrap(), fs::read(world.home().join("identity.txt")).unwrap());
}

#[test]
fn nothing_is_written_among_byoks_own_files() {
    let world = home();
    let before = world.tree();
    fs::create_dir_all(world.path("deep")).unwrap();
    for name in ["home/profiles/new.age", "home/pins/zz.toml", "home/providers.toml", "deep/../home/identity.age"] {
        for verb in ["export -o", "export --force -o", "backup", "backup --force", "identity backup --output"] {
            let refused = world.byok(verb).arg(name).code(4);
            refused.stderr_holds(&["home` is where byok keeps its own files", "name a file elsewhere"]).check();
        }
    }
    assert_eq!(world.tree(), before);
    // Where everything is in one folder, other files may be in it as well.
    for _ in 0..2 {
        world.byok("backup home/all.age --force").go();
    }
    // A sheet takes no other file's place.
    private(&world.path("there"), "mine");
    world.byok("identity backup --output there").code(4).stderr_holds(&["`there` is already there", "hint: "]).check();
    assert_eq!(fs::read(world.path("there")).unwrap(), b"mine");
}

#[test]
fn where_a_key_goes_and_what_it_sets_is_shown() {
    let world = home();
    let document = World::new().with_keys(&[("groq", GROQ)]);
    document.byok("edit groq --endpoint https://elsewhere.example/v1 --env EVIL_NAME").go();
    document.byok("add openai:admin --admin --stdin --as-is").stdin("sk-admin-0123456789abcdefghij").go();
    let pass = private(&document.path("pass"), super::WORDS);
    document.byok("backup full.age --passphrase --passphrase-file").arg(&pass).go();
    let shown = world.byok("restore --dry-run --passphrase-file").arg(&pass).arg(document.path("full.age"));
    shown
        .stdout_holds(&["to https://elsewhere.example/v1", "exported as EVIL_NAME", "an admin key"])
        .stderr_holds(&["nothing was changed"])
        .check();
}

#[test]
fn a_profile_whose_folder_is_gone_is_left_out_and_the_others_come_back() {
    let world = home();
    fs::create_dir(world.path("repo")).unwrap();
    world.byok("profile create team --file repo/team.age").go();
    world.byok("-p team add groq --stdin --as-is").stdin(GROQ).go();
    world.byok("backup home.age").go();
    fs::remove_dir_all(world.path("repo")).unwrap();
    fs::remove_file(world.sealed()).unwrap();
    let away = ["hint: make it again with a copy from the others", "`byok profile rm team`"];
    world.byok("-p team list").code(4).stderr_holds(&away).check();
    fs::create_dir_all(world.path("repo/.git")).unwrap();
    world.byok("-p team list").code(4).stderr_holds(&["out of git: `git -C", "checkout -- "]).check();
    fs::remove_dir_all(world.path("repo")).unwrap();
    let told = ["repo`, and profile `team` is left out", "`mkdir -p", "`byok profile rm team`"];
    let table = ["team     ", "left out", "openai:work"];
    world.byok("restore home.age --dry-run").stdout_holds(&table).stderr_holds(&told).check();
    let done = world.byok("restore home.age --yes").stdout_holds(&table).stderr_holds(&told).check();
    assert!(String::from_utf8_lossy(&done.stderr).contains("restored profile `default`"));
    world.byok("get openai:default").stdout(OPENAI).check();
    let rest = world.byok("restore home.age --yes").stdout_holds(&["left out"]).stderr_holds(&["nothing was changed"]);
    rest.check();
    let shown = world.byok("restore home.age --dry-run --json").stdout_holds(&["\"state\": \"left-out\""]).check();
    assert!(shown.stderr.is_empty());
    fs::create_dir(world.path("repo")).unwrap();
    world.byok("restore home.age --yes").stdout_holds(&["groq"]).stderr_holds(&["restored profile `team`"]).check();
    world.byok("-p team get groq").stdout(GROQ).check();
}

#[test]
fn settings_that_move_are_shown_with_their_place() {
    let world = home();
    let lay = "[profiles.default]\nrotate_after = \"1d\"\n[profiles.work]\nfallback = [\"default\"]\n";
    let own = "[a]\nbase_url = \"https://a.example/v1\"\n[b]\nbase_url = \"https://b.example/v1\"\n";
    fs::write(world.home().join("config.toml"), lay).unwrap();
    fs::write(world.home().join("providers.toml"), own).unwrap();
    world.byok("backup home.age").go();
    let moved = "[profiles.work]\nrotate_after = \"1d\"\n[profiles.default]\nfallback = [\"default\"]\n";
    let twisted = own.replace("//a.", "//c.").replace("//b.", "//a.").replace("//c.", "//b.");
    fs::write(world.home().join("config.toml"), moved).unwrap();
    fs::write(world.home().join("providers.toml"), twisted).unwrap();
    let shown = [
        "  - profiles.work.rotate_after = \"1d\"",
        "  + profiles.default.rotate_after = \"1d\"",
        "  - a.base_url = \"https://b.example/v1\"",
        "  + a.base_url = \"https://a.example/v1\"",
    ];
    world.byok("restore home.age --dry-run").stderr_holds(&shown).check();
    fs::write(world.home().join("config.toml"), format!("# mine\n{lay}")).unwrap();
    world.byok("restore home.age --dry-run").stderr_holds(&["  remarks change"]).check();
}

#[test]
fn in_what_a_key_differs_is_named() {
    let world = home();
    world.byok("backup home.age").go();
    world.byok("edit openai:default --no-export --endpoint https://llm.example.com/v1 --no-test").go();
    world.byok("edit openai:work --disable --note other --tag more --expires 2098-01-01 --rotate-after 9d").go();
    world.byok("-p work edit groq --env OTHER").go();
    let shown = world.byok("restore home.age --dry-run").stderr_holds(&["nothing was changed"]);
    let lines = String::from_utf8(shown.stdout_holds(&["differs in "]).check().stdout).unwrap();
    let says = |mask: &str, fields: &str| {
        assert!(lines.lines().any(|line| line.starts_with(mask) && line.ends_with(fields)), "{lines}");
    };
    says("default  openai:default", "differs in exported, endpoint");
    says("default  openai:work", "differs in disabled, expires, rotate_after, note, tags");
    says("work     groq", "differs in env");
    let output = world.byok("restore home.age --dry-run --json").output();
    let shown: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(shown["profiles"][1]["keys"][0]["differs"], serde_json::json!(["env"]), "{shown}");
    // What is older here, and gives way one by one, is named as well.
    world.byok("backup newer.age").go();
    world.byok("restore home.age --replace --yes").stderr_holds(&["restored"]).go();
    // Whether it is older or just another is a matter of the second in which this runs.
    let shown = world.byok("restore newer.age --merge --dry-run").output();
    assert!(String::from_utf8_lossy(&shown.stdout).contains("differs in exported"), "{shown:?}");
}
