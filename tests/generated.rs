//! `completions/` and `man/` are what the binary and its arguments say. `BLESS=1 cargo test generated` rewrites them.

use std::fs;
use std::path::{Path, PathBuf};

use clap::CommandFactory;

use crate::world::World;

#[path = "../src/bin/byok/cli/mod.rs"]
#[allow(dead_code)]
mod cli;

fn top(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[track_caller]
fn same(path: &str, fresh: &[u8]) {
    let path = top(path);
    if std::env::var_os("BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, fresh).unwrap();
        return;
    }
    let committed = fs::read(&path).unwrap_or_default();
    assert!(committed == fresh, "{} is stale; run `BLESS=1 cargo test generated`", path.display());
}

#[test]
fn the_committed_completion_scripts_are_what_byok_prints() {
    let world = World::new();
    for (shell, file) in [
        ("bash", "byok.bash"),
        ("zsh", "_byok"),
        ("fish", "byok.fish"),
        ("elvish", "byok.elv"),
        ("powershell", "byok.ps1"),
    ] {
        same(&format!("completions/{file}"), &world.byok("completions").arg(shell).go().stdout);
    }
}

/// A page for byok and for each verb, by file name.
fn pages() -> Vec<(String, Vec<u8>)> {
    fn walk(command: &clap::Command, name: &str, into: &mut Vec<(String, Vec<u8>)>) {
        let mut page = Vec::new();
        // `byok-env(1)` is how the page is found; the version in the header would make every page stale at a release.
        let title: &'static str = Box::leak(name.to_owned().into_boxed_str());
        let shown = command.clone().name(title).display_name(title).bin_name(name.replace('-', " "));
        clap_mangen::Man::new(shown).source("byok").render(&mut page).unwrap();
        into.push((format!("man/{name}.1"), page));
        for verb in command.get_subcommands().filter(|verb| verb.get_name() != "help") {
            walk(verb, &format!("{name}-{}", verb.get_name()), into);
        }
    }
    let mut command = cli::Cli::command();
    command.build();
    let mut pages = Vec::new();
    walk(&command, "byok", &mut pages);
    pages
}

#[test]
fn the_committed_manual_is_what_the_arguments_say() {
    let pages = pages();
    for (path, page) in &pages {
        same(path, page);
    }
    let committed = fs::read_dir(top("man")).unwrap().count();
    assert_eq!(committed, pages.len(), "a page in man/ belongs to no verb");
}

#[test]
fn help_is_short_and_long() {
    let world = World::new();
    let short = String::from_utf8(world.byok("-h").go().stdout).unwrap();
    let long = String::from_utf8(world.byok("--help").go().stdout).unwrap();
    assert!(short.contains("Examples:") && !short.contains("Exit codes:"), "{short}");
    assert!(long.contains("Examples:") && long.contains("Exit codes:") && long.contains("BYOK_IDENTITY"), "{long}");
    let version = format!("byok {}\n", env!("CARGO_PKG_VERSION"));
    world.byok("--version").stdout(version).check();
}

#[test]
fn misuse_is_answered_with_code_2() {
    let world = World::new();
    for wrong in ["", "no-such-verb", "add --no-such-flag", "env --shell tcsh", "completions nushell", "rm"] {
        let output = world.byok(wrong).output();
        assert_eq!(output.status.code(), Some(2), "{wrong:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(output.stdout.is_empty(), "{wrong:?}");
    }
}

#[test]
fn the_readme_tells_the_truth() {
    let readme = fs::read_to_string(top("README.md")).unwrap();
    for verb in cli::Cli::command().get_subcommands().filter(|verb| verb.get_name() != "help") {
        assert!(
            readme.contains(&format!("byok {}", verb.get_name())),
            "README.md does not name `byok {}`",
            verb.get_name()
        );
    }
    let changelog = fs::read_to_string(top("CHANGELOG.md")).unwrap();
    assert!(changelog.contains("## [Unreleased]"));
}

#[test]
fn completion_knows_verbs_flags_formats_and_providers() {
    let world = World::new();
    for (typed, offered) in
        [("imp", "import-env"), ("add mistr", "mistral"), ("export --format doc", "docker"), ("env --shell fi", "fish")]
    {
        let words: Vec<&str> = typed.split(' ').collect();
        let output = world
            .run(["--", "byok"])
            .env("COMPLETE", "bash")
            .env("_CLAP_COMPLETE_INDEX", words.len().to_string())
            .env("_CLAP_IFS", "\n");
        let output = words.iter().fold(output, |run, word| run.arg(*word)).go();
        let lines = String::from_utf8(output.stdout).unwrap();
        assert!(lines.lines().any(|line| line == offered), "{typed:?}: {lines}");
    }
    assert!(world.tree().is_empty(), "completion leaves nothing behind");
}
