//! `byok import`: keys out of other tools' own files, and the files afterwards.

mod deleting;
mod detecting;
mod killed;
mod sources;

use std::fs;
use std::path::{Path, PathBuf};

use crate::samples::{ANTHROPIC, GOOGLE, GROQ, OPENAI};
use crate::world::{Run, World};

/// A file of the tool's as it is under `tests/tools`, with keys in it.
pub(crate) fn fixture(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools").join(path);
    with_keys(&fs::read_to_string(&path).unwrap())
}

pub(crate) fn with_keys(text: &str) -> String {
    let keys = [("{openai}", OPENAI), ("{anthropic}", ANTHROPIC), ("{google}", GOOGLE), ("{groq}", GROQ)];
    keys.iter().fold(text.to_owned(), |text, (name, key)| text.replace(name, key))
}

/// A run of byok by a person whose home folder is `user`.
pub(crate) fn import<'a>(world: &'a World, arguments: &str) -> Run<'a> {
    world.byok("import").args(arguments).env("HOME", world.path("user"))
}

/// Where goose keeps its secrets in such a home.
pub(crate) fn goose(world: &World) -> PathBuf {
    world.path("user/.config/goose/secrets.yaml")
}

/// A world whose person has used goose.
pub(crate) fn with_goose() -> World {
    let world = World::new();
    world.file("user/.config/goose/secrets.yaml", fixture("goose/secrets.yaml"));
    private(&goose(&world));
    world
}

pub(crate) fn private(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

/// No part of any key in what was said.
#[track_caller]
pub(crate) fn says_no_key(output: &std::process::Output) {
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    for key in [OPENAI, ANTHROPIC, GOOGLE, GROQ] {
        assert!(!said.contains(&key[6..20]), "{said}");
    }
}
