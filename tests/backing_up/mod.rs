//! Backups: everything in one sealed file, and back from it.

#[cfg(target_os = "linux")]
mod keychains;
mod killed;
mod merging;
mod recovering;
mod refusing;
mod whole;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::samples::{ANTHROPIC, GROQ, OPENAI, OPENAI_2};
use crate::world::World;

/// A passphrase that nobody guesses.
const WORDS: &str = "correct horse battery staple\n";

/// A home with two profiles, settings, a provider of its own, and a project that was agreed to.
fn home() -> World {
    let world = World::new().with_keys(&[("openai", OPENAI), ("openai:work", OPENAI_2)]);
    world.byok("edit openai:work --note mine --tag trial --expires 2099-01-01").go();
    world.byok("use openai:work").go();
    world.byok("-p work add groq --stdin --as-is").stdin(GROQ).go();
    world.byok("provider add my-llm --base-url https://llm.example.com/v1").go();
    world.byok("profile edit default --fallback work").go();
    world.file("app/.byok.toml", "requires = [\"openai\"]\n");
    world.byok("trust --yes").within("app").go();
    world
}

/// A private file.
fn private(path: &Path, content: impl AsRef<[u8]>) -> PathBuf {
    fs::write(path, content).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    path.to_owned()
}

/// Backs a home up behind a passphrase, with its identity; the files of the backup and of the passphrase.
fn sealed(world: &World) -> (PathBuf, PathBuf) {
    let pass = private(&world.path("pass"), WORDS);
    world.byok("backup full.age --passphrase --with-identity --passphrase-file").arg(&pass).go();
    (world.path("full.age"), pass)
}

/// What a list tells of a home's profiles, the time of use aside.
fn listed(world: &World) -> Vec<serde_json::Value> {
    let profiles = ["default", "work"].map(|name| world.byok("list --json -p").arg(name).output());
    let read = |output: &std::process::Output| -> serde_json::Value {
        let mut document: serde_json::Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
        for key in document["keys"].as_array_mut().unwrap() {
            key.as_object_mut().unwrap().remove("last_used");
        }
        document
    };
    profiles.iter().map(read).collect()
}

/// No part of any key in what was said.
#[track_caller]
fn says_no_key(output: &std::process::Output) {
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    for key in [OPENAI, OPENAI_2, ANTHROPIC, GROQ] {
        assert!(!said.contains(&key[8..24]), "{said}");
    }
}
