//! What is told of the files before anything is taken, and every way in which one may be no good.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use super::{fixture, goose, import, says_no_key, with_goose};
use crate::samples::OPENAI;
use crate::world::World;

#[test]
fn a_table_comes_first() {
    let world = with_goose();
    import(&world, "--detect")
        .stdout(
            "TOOL   FILE                          HOLDS\n\
             goose  ~/.config/goose/secrets.yaml  1 key, 1 sign-in, 1 placeholder\n",
        )
        .stderr("byok: hint: take them in: `byok import goose`\n")
        .check();
    import(&world, "")
        .code(2)
        .stdout_holds(&["goose"])
        .stderr(
            "byok: error: nobody is there to say which keys to take\n\
             byok: hint: take them in: `byok import goose`\nbyok: hint: or all: `byok import --yes`\n",
        )
        .check();
    assert!(world.tree().is_empty(), "{:?}", world.tree());
    let output =
        import(&world, "--detect --json").stdout_holds(&["\"version\": 1", "\"keys\": 1", "\"sign_ins\": 1"]).check();
    says_no_key(&output);
    import(&world, "--yes").stdout_holds(&["openai", "added"]).stderr_holds(&["1 key sealed"]).check();
    let world = with_goose();
    import(&world, "--dry-run").stdout_holds(&["openai", "new"]).stderr_holds(&["1 key would be sealed"]).check();
    assert!(world.tree().is_empty(), "{:?}", world.tree());
    let world = World::new();
    import(&world, "--detect").stderr_holds(&["no tool's file here holds a key"]).check();
}

#[test]
fn a_named_tool_without_a_file_is_missed() {
    let world = with_goose();
    import(&world, "aichat")
        .code(3)
        .stderr_holds(&[
            "byok: error: there is no `~/.config/aichat/config.yaml` of `aichat`\n",
            "`byok import --detect`",
        ])
        .check();
    import(&world, "goose aichat")
        .code(3)
        .stdout_holds(&["added", "aichat: ~/.config/aichat/config.yaml", "nothing taken: no such file"])
        .stderr_holds(&["1 key sealed"])
        .check();
    import(&world, "litellm").code(2).stderr_holds(&["`byok import litellm --file FILE`"]).check();
    import(&world, "litellm --file none.yaml").code(1).stderr_holds(&["there is no file `none.yaml`"]).check();
    import(&world, "aichat goose --file x").code(2).stderr_holds(&["`--file` needs the one tool"]).check();
}

#[test]
fn a_file_that_is_no_good_is_told_and_the_rest_is_taken() {
    for (what, state, code) in [
        ("empty", "empty", 0),
        ("truncated", "broken or truncated at line 2", 1),
        ("list", "broken or truncated at line 1", 1),
        ("latin", "it is not UTF-8 text", 1),
        ("folder", "a folder", 1),
        ("fifo", "a pipe, socket or device", 1),
        ("nowhere", "a link that leads nowhere", 1),
        ("loop", "a link that leads nowhere", 1),
        ("huge", "larger than 16 MB", 1),
        ("open", "1 key, 1 sign-in, 1 placeholder; everyone may read it", 0),
        ("link", "1 key, 1 sign-in, 1 placeholder; a link", 0),
        ("reference", "1 reference", 0),
        ("hostile", "broken or truncated", 1),
    ] {
        let world = with_goose();
        world.file("user/.aider.conf.yml", format!("openai-api-key: {OPENAI}\n"));
        super::private(&world.path("user/.aider.conf.yml"));
        fs::set_permissions(world.root(), fs::Permissions::from_mode(0o755)).unwrap();
        let path = goose(&world);
        let text = fixture("goose/secrets.yaml");
        fs::remove_file(&path).unwrap();
        match what {
            "empty" => fs::write(&path, "\n").unwrap(),
            "truncated" => fs::write(&path, format!("A: 1\nOPENAI_API_KEY: \"{OPENAI}")).unwrap(),
            "list" => fs::write(&path, format!("- {OPENAI}\n")).unwrap(),
            "latin" => fs::write(&path, [b"OPENAI_API_KEY: ", OPENAI.as_bytes(), b"\xe9\n"].concat()).unwrap(),
            "folder" => fs::create_dir(&path).unwrap(),
            "fifo" => assert!(Command::new("mkfifo").arg(&path).status().unwrap().success()),
            "nowhere" => symlink("nothing", &path).unwrap(),
            "loop" => symlink("secrets.yaml", &path).unwrap(),
            "huge" => fs::File::create(&path).unwrap().set_len(100_000_000).unwrap(),
            "link" => {
                fs::write(world.path("user/real.yaml"), text).unwrap();
                super::private(&world.path("user/real.yaml"));
                symlink(world.path("user/real.yaml"), &path).unwrap();
            }
            "reference" => fs::write(&path, "MODE: &other YOUR_KEY_HERE\nOPENAI_API_KEY: *other\n").unwrap(),
            "hostile" => fs::write(&path, format!("\u{1b}]0;x\u{7}: [{OPENAI}\n")).unwrap(),
            _ => fs::write(&path, text).unwrap(),
        }
        if path.is_file() && what != "open" {
            super::private(&path);
        }
        // To open a pipe would wait for its other end.
        let read = || path.is_file().then(|| fs::read(&path).unwrap()).filter(|bytes| bytes.len() < 1000);
        let before = read();
        let output = import(&world, "--detect").output();
        let stdout = String::from_utf8_lossy(&output.stdout);
        let line = stdout.lines().find(|line| line.starts_with("goose ")).unwrap_or_default();
        assert!(line.contains(state), "{what}: {stdout}");
        says_no_key(&output);
        let output = import(&world, "--yes").output();
        assert_eq!(output.status.code(), Some(code), "{what}: {}", String::from_utf8_lossy(&output.stderr));
        says_no_key(&output);
        let stdout = String::from_utf8_lossy(&output.stdout);
        let told = stdout
            .lines()
            .any(|line| line.contains("goose: ") && line.contains("nothing taken") && line.contains(state));
        assert_eq!(told, code == 1 || what == "empty", "{what}: {stdout}");
        assert!(!output.stderr.contains(&0x1b) && !output.stdout.contains(&0x1b));
        world.byok("get openai").stdout(OPENAI).check();
        assert_eq!(read(), before, "{what}");
    }
}
