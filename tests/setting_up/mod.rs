//! `byok setup`: other tools ask byok for their keys, and their files are otherwise as they were.

mod asking;
mod helping;
mod undoing;
mod wrapping;
mod writing;

use std::path::PathBuf;

use crate::samples::{ANTHROPIC, OPENAI};
use crate::world::{Run, World};

/// What Claude Code's settings hold once byok is called by its path, as the tests' own is.
fn helper(world: &World) -> String {
    format!("\"apiKeyHelper\": \"{} get anthropic\"", program(world))
}

/// The path of byok.
fn program(world: &World) -> String {
    let path = std::fs::canonicalize(world.command().get_program()).unwrap();
    path.into_os_string().into_string().unwrap()
}

fn world() -> World {
    let world = World::new();
    std::fs::create_dir(world.path("user")).unwrap();
    world.with_keys(&[("anthropic", ANTHROPIC), ("openai", OPENAI)])
}

/// `byok setup` in a home of its own.
fn setup<'a>(world: &'a World, arguments: &str) -> Run<'a> {
    let run = world.byok(&format!("setup {arguments}"));
    run.env("HOME", world.path("user")).env("SHELL", "/bin/bash")
}

fn settings(world: &World) -> PathBuf {
    world.path("user/.claude/settings.json")
}

fn text(path: &std::path::Path) -> String {
    std::fs::read_to_string(path).unwrap()
}
