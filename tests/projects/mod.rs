//! Projects: what a `.byok.toml` may ask for, who agrees to it, and who obeys it.

mod checking;
mod finding;
mod hooks;
mod obeying;
mod prompting;
mod trusting;

use std::path::PathBuf;

use crate::world::World;

/// What a project asks for in most of these tests.
const ASKS: &str = "requires = [\"openai:work\", \"anthropic\"]\n";

/// A home with two keys of OpenAI, of which `openai:home` is the active one.
fn home() -> World {
    World::new().with_keys(&[
        ("openai:home", "sk-home-1"),
        ("openai:work", "sk-work-2"),
        ("anthropic", "ant-3"),
        ("groq", "gr-4"),
    ])
}

/// Writes a project's file into a folder of the world.
fn project(world: &World, folder: &str, text: &str) -> PathBuf {
    world.file(&format!("{folder}/.byok.toml"), text)
}

/// The same, agreed to.
fn trusted(world: &World, folder: &str, text: &str) -> PathBuf {
    let path = project(world, folder, text);
    world.byok("trust --yes").within(folder).go();
    path
}

/// That nobody has agreed to a file, as it is said once.
fn untrusted(path: &std::path::Path) -> String {
    format!(
        "byok: warning: `{}` is not trusted: it changes nothing\nbyok: hint: see what it asks for, and agree to it: `byok trust`\n",
        path.display()
    )
}
