//! `byok export`: private, whole, and never over somebody's file.

use std::os::unix::fs::PermissionsExt;

use crate::samples::{GROQ, OPENAI};
use crate::world::World;

#[test]
fn each_format_is_written() {
    let world = World::new().with_keys(&[("openai", OPENAI), ("groq", GROQ)]);
    for (format, text) in [
        ("dotenv", format!("OPENAI_API_KEY={OPENAI}\nGROQ_API_KEY={GROQ}\n")),
        ("docker", format!("OPENAI_API_KEY={OPENAI}\nGROQ_API_KEY={GROQ}\n")),
        ("json", format!("{{\n  \"OPENAI_API_KEY\": \"{OPENAI}\",\n  \"GROQ_API_KEY\": \"{GROQ}\"\n}}\n")),
        ("toml", format!("OPENAI_API_KEY = \"{OPENAI}\"\nGROQ_API_KEY = \"{GROQ}\"\n")),
        ("yaml", format!("\"OPENAI_API_KEY\": \"{OPENAI}\"\n\"GROQ_API_KEY\": \"{GROQ}\"\n")),
    ] {
        world.byok("export --format").arg(format).stdout(text).check();
    }
    world
        .byok("export --format xml")
        .code(2)
        .stderr_holds(&["[possible values: dotenv, node, python, bash, docker, systemd, json, toml, yaml, k8s, gitlab, github-actions]"])
        .check();
}

#[test]
fn a_file_is_private_and_kept() {
    let world = World::new().with_keys(&[("openai", OPENAI)]);
    world.byok("export -o out.env").stderr("wrote 1 variable to `out.env`, in plaintext\n").check();
    let path = world.path("out.env");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    world.byok("export -o -").stdout(format!("OPENAI_API_KEY={OPENAI}\n")).check();
    world.byok("export -o out.json").go();
    assert!(std::fs::read_to_string(world.path("out.json")).unwrap().starts_with('{'), "the ending tells the format");
    world.file("mine.txt", "mine");
    world.byok("export -o mine.txt").code(4).stderr_holds(&["`mine.txt` is already there", "`--force`"]).check();
    assert_eq!(std::fs::read_to_string(world.path("mine.txt")).unwrap(), "mine");
    world.byok("export -o mine.txt --force").go();
    assert_eq!(std::fs::read_to_string(world.path("mine.txt")).unwrap(), format!("OPENAI_API_KEY={OPENAI}\n"));
    std::os::unix::fs::symlink(world.path("target"), world.path("link")).unwrap();
    world.byok("export -o link --force").code(4).stderr_holds(&["`link` is a link"]).check();
    assert!(!world.path("target").exists());
}

#[test]
fn a_file_that_is_taken_for_all_keys_says_which_are_not_in_it() {
    let world = World::new().with_keys(&[
        ("openai", OPENAI),
        ("openai:old", "sk-an-older-one-of-openai"),
        ("groq", GROQ),
        ("mistral", "a-key-of-mistral-0123456789"),
        ("xai", "xai-0123456789-0123456789"),
        ("cohere", "a-key-of-cohere-0123456789"),
    ]);
    world.byok("edit groq --disable").go();
    world.byok("edit mistral --no-export").go();
    world.byok("edit xai --expires 2000-01-01").go();
    let said = "byok: warning: `xai` is left out: it expired on 2000-01-01\n";
    let left = "left out: openai:old (not active), groq (disabled), mistral (not exported)";
    world
        .byok("export -o out.env --except cohere")
        .stderr(format!("{said}{left}\nwrote 1 variable to `out.env`, in plaintext\n"))
        .check();
    world
        .byok("export -o all.env")
        .stderr(format!("{said}{left}\nwrote 2 variables to `all.env`, in plaintext\n"))
        .check();
    // Whoever names the keys knows.
    world.byok("export openai -o one.env").stderr("wrote 1 variable to `one.env`, in plaintext\n").check();
    world.byok("export").stdout_holds(&[OPENAI]).stderr(said).check();
}

#[test]
fn a_value_that_a_format_cannot_carry_is_refused_by_name() {
    let world = World::new().with_keys(&[("openai", OPENAI), ("custom", "two\nlines")]);
    for format in ["dotenv", "docker"] {
        world.byok("export --format").arg(format).code(4).stderr_holds(&["`CUSTOM_API_KEY`", "json"]).check();
    }
    world.byok("export --format json").stdout_holds(&["two\\nlines"]).check();
    world.byok("export --except custom").stdout(format!("OPENAI_API_KEY={OPENAI}\n")).check();
}

#[test]
fn each_dialect_is_written() {
    let world = World::new().with_keys(&[("openai", OPENAI)]);
    for (format, text) in [
        ("node", format!("OPENAI_API_KEY={OPENAI}\n")),
        ("python", format!("OPENAI_API_KEY={OPENAI}\n")),
        ("bash", format!("OPENAI_API_KEY='{OPENAI}'\n")),
        ("systemd", format!("OPENAI_API_KEY={OPENAI}\n")),
    ] {
        world.byok("export --format").arg(format).stdout(text).check();
    }
    world
        .byok("export --format k8s")
        .stdout_holds(&[
            "kind: Secret\nmetadata:\n  name: byok\ntype: Opaque\ndata:\n  \"OPENAI_API_KEY\": \"c2stcHJvai",
        ])
        .check();
}

const TWO_LINES: &str = "first-line-of-50%\n\nsecond-line";

/// G02, G04: masks first, one for each line, then the file that the runner names.
#[test]
fn github_actions_masks_first_and_then_appends() {
    let world = World::new().with_keys(&[("openai", OPENAI), ("custom", TWO_LINES)]);
    world.byok("edit openai --endpoint https://api.openai.com/v1 --no-test").go();
    let file = world.file("github_env", "BEFORE=1");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    world
        .byok("export --format github-actions")
        .env("GITHUB_ENV", &file)
        .stdout(format!("::add-mask::{OPENAI}\n::add-mask::first-line-of-50%25\n::add-mask::second-line\n"))
        .stderr("set 3 variables for the steps after this one\n")
        .check();
    let text = std::fs::read_to_string(&file).unwrap();
    let delimiter = text.lines().nth(1).unwrap().strip_prefix("OPENAI_API_KEY<<").unwrap();
    let entry = |name: &str, value: &str| format!("{name}<<{delimiter}\n{value}\n{delimiter}\n");
    let expected = entry("OPENAI_API_KEY", OPENAI)
        + &entry("OPENAI_BASE_URL", "https://api.openai.com/v1")
        + &entry("CUSTOM_API_KEY", TWO_LINES);
    assert_eq!(text, format!("BEFORE=1\n{expected}"));
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn github_actions_without_a_runner_is_refused_with_nothing_printed() {
    let world = World::new().with_keys(&[("openai", OPENAI)]);
    let run = || world.byok("export --format github-actions");
    run().code(4).stderr_holds(&["`GITHUB_ENV` is not set", "byok run -- COMMAND"]).check();
    run().arg("-o").arg("f").env("GITHUB_ENV", "f").code(2).stderr_holds(&["leave `--output` out"]).check();
    // The masks are out by then, which does no harm.
    let gone = run().env("GITHUB_ENV", world.path("gone")).code(1).stderr_holds(&["cannot open"]);
    gone.stdout(format!("::add-mask::{OPENAI}\n")).check();
    std::os::unix::fs::symlink(world.file("victim", ""), world.path("link")).unwrap();
    let link = run().env("GITHUB_ENV", world.path("link")).code(1).stderr_holds(&["cannot open"]);
    link.stdout(format!("::add-mask::{OPENAI}\n")).check();
    assert_eq!(std::fs::read(world.path("victim")).unwrap(), b"");
}

#[test]
fn a_gitlab_report_says_what_becomes_of_it() {
    let world = World::new().with_keys(&[("openai", OPENAI), ("custom", "two\nlines")]);
    world.byok("export --format gitlab").code(4).stderr_holds(&["`CUSTOM_API_KEY` holds a line break"]).check();
    world
        .byok("export --format gitlab --except custom")
        .stdout(format!("OPENAI_API_KEY={OPENAI}\n"))
        .stderr_holds(&["masks nothing of it", "`byok run`"])
        .check();
}

#[test]
fn what_a_commit_could_take_along_is_told() {
    let world = World::new().with_keys(&[("openai", OPENAI)]);
    std::fs::create_dir_all(world.path("repo/.git")).unwrap();
    std::fs::create_dir_all(world.path("repo/deep")).unwrap();
    for (verb, file) in [("export --output", "deep/keys.env"), ("identity backup --output", "deep/sheet.txt")] {
        let run = world.byok(verb).arg(file).within("repo");
        let output = run.go();
        let said = String::from_utf8(output.stderr).unwrap();
        let warning = format!("byok: warning: `{file}` lies in a git work tree: keep it out of commits\n");
        assert!(said.contains(&warning), "{verb}: {said}");
        // Elsewhere there is nothing to say.
        let output = world.byok(verb).arg(file.replace("deep/", "")).go();
        assert!(!String::from_utf8(output.stderr).unwrap().contains("git"), "{verb}");
    }
}
