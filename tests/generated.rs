//! `completions/` is what the binary and its arguments say, README.md and docs/ name every verb; `man/` is the matter of `manual.rs`.
//! `BLESS=1 cargo test` rewrites them.

use std::fs;
use std::path::{Path, PathBuf};

use clap::CommandFactory;

use crate::world::World;

#[path = "../src/bin/byok/cli/mod.rs"]
#[allow(dead_code)]
pub(crate) mod cli;

pub(crate) fn top(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[track_caller]
pub(crate) fn same(path: &str, fresh: &[u8]) {
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
        ("nushell", "byok.nu"),
    ] {
        same(&format!("completions/{file}"), &world.byok("completions").arg(shell).go().stdout);
    }
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
    for wrong in ["", "no-such-verb", "add --no-such-flag", "env --shell nosuchshell", "completions tcsh", "rm"] {
        let output = world.byok(wrong).output();
        assert_eq!(output.status.code(), Some(2), "{wrong:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(output.stdout.is_empty(), "{wrong:?}");
    }
}

#[test]
fn a_verb_by_the_name_of_another_tool_is_answered_with_its_own() {
    let world = World::new();
    for (typed, name) in [("delete", "rm"), ("remove", "rm"), ("-p work exec", "run"), ("version", "--version")] {
        let output = world.byok(typed).output();
        let said = String::from_utf8(output.stderr).unwrap();
        let last = typed.split(' ').next_back().unwrap();
        let start =
            format!("byok: error: unrecognized subcommand '{last}'\n\n  tip: that is `byok {name}`\n\nUsage: byok ");
        assert!(said.starts_with(&start) && said.matches("tip:").count() == 1, "{typed}: {said}");
        assert_eq!(output.status.code(), Some(2), "{typed}");
    }
    let said = String::from_utf8(world.byok("profile exec").output().stderr).unwrap();
    assert!(said.contains("unrecognized subcommand 'exec'") && !said.contains("byok run"), "{said}");
    let said = String::from_utf8(world.byok("lst").output().stderr).unwrap();
    assert!(said.contains("tip: ") && said.contains("'list'"), "{said}");
}

#[test]
fn the_readme_or_a_page_of_it_names_every_verb() {
    let texts = fs::read_dir(top("docs")).unwrap().map(|entry| entry.unwrap().path());
    let texts = texts.filter(|path| path.extension().is_some_and(|end| end == "md")).chain([top("README.md")]);
    let readme = texts.map(|path| fs::read_to_string(path).unwrap()).collect::<String>();
    for verb in cli::Cli::command().get_subcommands().filter(|verb| verb.get_name() != "help" && !verb.is_hide_set()) {
        assert!(
            readme.contains(&format!("byok {}", verb.get_name())),
            "neither README.md nor docs/ names `byok {}`",
            verb.get_name()
        );
    }
    let changelog = fs::read_to_string(top("CHANGELOG.md")).unwrap();
    assert!(changelog.contains("## [Unreleased]"));
}
