//! `byok import --delete-source`: what goes, what stays, and how the file is afterwards.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::process::Command;

use super::{fixture, goose, import, says_no_key, with_goose};
use crate::samples::{GROQ, OPENAI};
use crate::terminal::{Terminal, have_tools};
use crate::tools::tool;
use crate::world::World;

const LEFT: &str =
    "GROQ_API_KEY: YOUR_KEY_HERE\nchatgpt_codex_tokens: '{\"access_token\":\"a\",\"refresh_token\":\"r\"}'\n";

#[test]
fn only_what_is_sealed_goes_and_the_file_keeps_its_mode() {
    for mode in [0o600, 0o640, 0o400] {
        let world = with_goose();
        fs::set_permissions(goose(&world), fs::Permissions::from_mode(mode)).unwrap();
        let output = import(&world, "goose --delete-source --yes")
            .stdout_holds(&["openai", "added"])
            .stderr_holds(&["1 key sealed in profile `default`\n\
                 ~/.config/goose/secrets.yaml:\n- OPENAI_API_KEY: sk-p…9f2c\n\
                 took 1 key out of `~/.config/goose/secrets.yaml`\n"])
            .check();
        says_no_key(&output);
        assert_eq!(fs::read_to_string(goose(&world)).unwrap(), LEFT);
        assert_eq!(fs::metadata(goose(&world)).unwrap().permissions().mode() & 0o777, mode);
        world.byok("get openai").stdout(OPENAI).check();
        assert_eq!(fs::read_dir(goose(&world).parent().unwrap()).unwrap().count(), 1, "nothing lies beside it");
    }
}

#[test]
fn nothing_is_written_unasked() {
    let world = with_goose();
    import(&world, "goose --delete-source")
        .code(1)
        .stdout_holds(&["added"])
        .stderr_holds(&["it is only edited with your consent", "`byok import goose --delete-source --yes`"])
        .check();
    assert_eq!(fs::read_to_string(goose(&world)).unwrap(), fixture("goose/secrets.yaml"));
    if !have_tools() {
        return;
    }
    for (answer, left) in [("n", fixture("goose/secrets.yaml")), ("y", LEFT.to_owned())] {
        let home = [("HOME", world.path("user").to_str().unwrap().to_owned())];
        let home = [("HOME", home[0].1.as_str())];
        let mut terminal = Terminal::new(&world, &["import", "goose", "--delete-source"], &home, 200);
        terminal.until("take it out of").until_it_listens().type_in(&format!("{answer}\n"));
        terminal.ends(0, &["- OPENAI_API_KEY: sk-p…9f2c"]);
        assert_eq!(fs::read_to_string(goose(&world)).unwrap(), left);
    }
}

#[test]
fn what_the_profile_does_not_hold_stays() {
    let world = with_goose();
    let text = format!("GROQ_API_KEY: {GROQ}\nOTHER: a-value-that-nobody-knows-the-owner-of\n");
    world.file("user/.config/goose/secrets.yaml", text);
    import(&world, "goose --delete-source --yes")
        .code(1)
        .stdout_holds(&["nothing tells whose it is"])
        .stderr_holds(&["took 1 key"])
        .check();
    assert_eq!(fs::read_to_string(goose(&world)).unwrap(), "OTHER: a-value-that-nobody-knows-the-owner-of\n");
}

#[test]
fn a_link_stays_one_and_another_name_is_told() {
    let world = with_goose();
    let real = world.path("user/dotfiles/goose.yaml");
    fs::create_dir(world.path("user/dotfiles")).unwrap();
    fs::rename(goose(&world), &real).unwrap();
    fs::hard_link(&real, world.path("user/dotfiles/second.yaml")).unwrap();
    symlink("../../dotfiles/goose.yaml", goose(&world)).unwrap();
    import(&world, "goose --delete-source --yes")
        .stdout_holds(&["added"])
        .stderr_holds(&["has another name on this disk, under which the keys still lie"])
        .check();
    assert!(fs::symlink_metadata(goose(&world)).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(&real).unwrap(), LEFT);
    assert_eq!(fs::metadata(&real).unwrap().nlink(), 1);
}

#[test]
fn history_is_told_of() {
    let Some(git) = tool(&["git"]) else { return };
    for version in ["2", "4"] {
        let world = with_goose();
        let run = |arguments: &[&str]| {
            let mut command = Command::new(&git);
            command.current_dir(world.path("user")).env("HOME", world.root()).env("GIT_CONFIG_NOSYSTEM", "1");
            assert!(command.args(arguments).output().unwrap().status.success(), "{arguments:?}");
        };
        run(&["init", "-q"]);
        run(&["config", "index.version", version]);
        world.file("user/.config/goose/config.yaml", "a: 1\n");
        world.file("user/.config/z", "z");
        let dry = import(&world, "goose --delete-source --yes").output();
        assert!(!String::from_utf8_lossy(&dry.stderr).contains("git"), "it is not tracked yet");
        world.file("user/.config/goose/secrets.yaml", fixture("goose/secrets.yaml"));
        run(&["add", "."]);
        import(&world, "goose --delete-source --yes")
            .stdout_holds(&["already here"])
            .stderr_holds(&["git keeps versions of `~/.config/goose/secrets.yaml`: its history still has the keys"])
            .check();
    }
}

#[test]
fn one_file_that_cannot_be_edited_keeps_no_other_from_it() {
    let world = with_goose();
    // An alias would lead nowhere without its anchor.
    world.file("user/.aider.conf.yml", format!("openai-api-key: &k {OPENAI}\nmodel: *k\n"));
    import(&world, "aider goose --delete-source --yes")
        .code(1)
        .stdout_holds(&["+1 place"])
        .stderr_holds(&[
            "`~/.aider.conf.yml` is left as it is: `openai-api-key` is not what its tool writes there",
            "took 1 key",
        ])
        .check();
    assert!(fs::read_to_string(world.path("user/.aider.conf.yml")).unwrap().contains(OPENAI));
    assert_eq!(fs::read_to_string(goose(&world)).unwrap(), LEFT);
}

/// llm itself, where it is installed: `tests/consumers.sh install`.
#[test]
fn llm_works_on_with_what_is_left_of_its_file() {
    let Some(llm) = tool(&[concat!(env!("CARGO_MANIFEST_DIR"), "/target/consumers/bin/llm")]) else { return };
    let world = World::new();
    fs::create_dir(world.path("user")).unwrap();
    let run = |arguments: &[&str]| {
        let output = Command::new(&llm).args(arguments).env("HOME", world.path("user")).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    run(&["keys", "set", "openai", "--value", OPENAI]);
    run(&["keys", "set", "groq", "--value", GROQ]);
    run(&["keys", "set", "mine", "--value", "something-else"]);
    import(&world, "llm --delete-source --yes")
        .code(1)
        .stdout_holds(&["openai", "groq"])
        .stderr_holds(&["took 2 keys"])
        .check();
    assert_eq!(run(&["keys"]), "mine\n");
    assert_eq!(run(&["keys", "get", "mine"]).trim(), "something-else");
    run(&["keys", "set", "openai", "--value", OPENAI]);
    assert_eq!(run(&["keys"]), "mine\nopenai\n");
    world.byok("get openai").stdout(OPENAI).check();
}

#[test]
fn who_finds_no_key_there_any_more_is_told_of() {
    let world = World::new();
    let other = OPENAI.replace("abcdef", "ghijkl");
    world.file("user/.env", format!("OPENAI_API_KEY={OPENAI}\nOPENAI_API_KEY_STAGING={other}\n"));
    import(&world, "dotenv --file user/.env --delete-source --yes")
        .stdout_holds(&["openai:dotenv"])
        .stderr_holds(&[
            "warning: `OPENAI_API_KEY_STAGING` is no name that byok hands a key out under",
            "hint: hand it over there: `export OPENAI_API_KEY_STAGING=\"$(byok get openai:dotenv)\"`",
        ])
        .check();
    let path = world.file("user/.bashrc", format!("export GROQ_API_KEY={GROQ}\n"));
    import(&world, "shell --delete-source --yes").stdout_holds(&["groq"]).stderr_holds(&["`byok help shells`"]).check();
    assert_eq!(fs::read_to_string(path).unwrap(), "");
    let world = with_goose();
    import(&world, "goose --delete-source --yes")
        .stdout_holds(&["openai"])
        .stderr_holds(&["`byok setup goose`"])
        .check();
}
