//! What lies in another tool's place and is not what the tool would have put there: each is a line of its own, and hides
//! nothing else.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::samples::{GROQ, OPENAI};
use crate::world::World;

const LLM: &str = "me/.config/io.datasette.llm/keys.json";
const CODEX: &str = "me/.codex/auth.json";

/// A world with one good file, and what `byok where` says once the other is there.
fn beside(put: impl FnOnce(&World)) -> (String, String) {
    let world = World::new();
    fs::create_dir_all(world.path("me/repo/.git")).unwrap();
    world.file("me/.config/io.datasette.llm/.keep", "");
    world.file(CODEX, format!("{{\"OPENAI_API_KEY\": \"{OPENAI}\"}}"));
    put(&world);
    let start = Instant::now();
    let output = world.byok("where").env("HOME", world.path("me")).within("me/repo").go();
    assert!(start.elapsed() < Duration::from_secs(20), "it waited");
    let (stdout, stderr) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(stdout.contains("openai    sk-p…9f2c  ~/.codex/auth.json:1"), "{stdout}{stderr}");
    for text in [&stdout, &stderr] {
        assert!(!text.contains(&OPENAI[8..30]) && !text.contains("gsk_abcdef"), "{text}");
        assert!(text.chars().all(|c| c == '\n' || !c.is_control() && c != '\u{202e}'), "{text:?}");
    }
    (stdout, stderr)
}

#[track_caller]
fn says(sentence: &str, put: impl FnOnce(&World)) {
    let (_, stderr) = beside(put);
    let whole = format!("cannot tell what is in `~/.config/io.datasette.llm/keys.json`: {sentence}");
    assert!(stderr.contains(&whole), "{whole:?} is not in {stderr}");
}

#[test]
fn files_that_are_none() {
    says("`", |world| fs::create_dir(world.path(LLM)).unwrap());
    says("`", |world| symlink("nowhere", world.path(LLM)).unwrap());
    says("`", |world| symlink(LLM.rsplit('/').next().unwrap(), world.path(LLM)).unwrap());
    says("`", |world| assert!(Command::new("mkfifo").arg(world.path(LLM)).status().unwrap().success()));
    says("`", |world| symlink("/dev/zero", world.path(LLM)).unwrap());
    says("`", |world| fs::File::create(world.path(LLM)).unwrap().set_len(100 << 20).unwrap());
    let (_, stderr) = beside(|world| drop(fs::File::create(world.path(LLM)).unwrap()));
    assert!(!stderr.contains("cannot tell"), "{stderr}");
}

#[test]
fn files_that_are_broken() {
    let key = format!("\"{GROQ}\"");
    says("line 1, column ", |world| drop(world.file(LLM, format!("{{\"groq\": {key}"))));
    says("line 2, column ", |world| drop(world.file(LLM, format!("{{\n\"groq\": {key} x}}"))));
    says("line 1, column ", |world| drop(world.file(LLM, format!("[{key}]"))));
    says("line 1, column ", |world| drop(world.file(LLM, "[".repeat(10_000))));
    says("line 1, column ", |world| drop(world.file(LLM, "{\"a\":".repeat(10_000))));
    let many: Vec<String> = (0..100_000).map(|at| format!("\"{at}\": {key}")).collect();
    says("it holds more than 1000 keys", |world| drop(world.file(LLM, format!("{{{}}}", many.join(", ")))));
    says("it is not UTF-8 text", |world| drop(world.file(LLM, b"{\"groq\": \"gsk_\xff\"}")));
}

#[test]
fn names_that_steer_a_terminal_are_escaped() {
    let name = "\\u001b[2J\\u202e\\u0007";
    let (stdout, _) = beside(|world| {
        let other = "\\u001b]0;\\u0007${a}";
        world.file(LLM, format!("{{\"{name}\": \"{GROQ}\", \"x\": \"{other}\"}}"));
    });
    assert!(stdout.contains("gsk_…mnop"), "{stdout}");
    let (_, stderr) = beside(|world| {
        let path = "me/repo/.env.\u{1b}]0;x\u{7}\n::add-mask::";
        drop(world.file(path, format!("GROQ_API_KEY={GROQ}\n")));
    });
    assert!(!stderr.lines().any(|line| line.starts_with("::")), "{stderr}");
}

#[test]
fn links_and_readers_are_told() {
    let (stdout, _) = beside(|world| {
        let real = world.file("me/dotfiles/keys.json", format!("{{\"groq\": \"{GROQ}\"}}"));
        fs::set_permissions(&real, fs::Permissions::from_mode(0o644)).unwrap();
        for folder in ["me", "me/dotfiles"] {
            fs::set_permissions(world.path(folder), fs::Permissions::from_mode(0o755)).unwrap();
        }
        fs::set_permissions(world.root(), fs::Permissions::from_mode(0o755)).unwrap();
        symlink("../../dotfiles/keys.json", world.path(LLM)).unwrap();
    });
    assert!(stdout.contains("everyone  a link to ~/dotfiles/keys.json\n"), "{stdout}");
}

#[test]
fn a_repository_s_own_files_are_rows_and_no_more() {
    let (stdout, stderr) = beside(|world| {
        world.file("me/repo/crush.json", format!("{{\"providers\": {{\"groq\": {{\"api_key\": \"{GROQ}\", \"base_url\": \"https://evil.example\"}}, \"x\": {{\"api_key\": \"$(touch PWN)\"}}}}}}"));
        world.file("me/repo/.env", "OPENAI_API_KEY=$(touch PWN)\nGROQ_API_KEY=`touch PWN`\nBYOK_HOME=/tmp/x\n");
        world.file("me/repo/.byok.toml", "profile = \"other\"\n");
    });
    assert!(stdout.contains("sent to evil.example"), "{stdout}");
    assert!(!stderr.contains("error"), "{stderr}");
}
