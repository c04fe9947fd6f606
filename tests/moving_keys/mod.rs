//! Keys under other names, in other profiles, and from one person to another; several at a time.

mod bulk;
mod handing_over;
mod killed;
mod renaming;

use crate::samples::{GROQ, OPENAI, OPENAI_2};
use crate::world::World;

/// A home with two profiles, of which `work` is empty, and with keys that have tags.
fn home() -> World {
    let world = World::new().with_keys(&[("openai", OPENAI), ("openai:old", OPENAI_2), ("groq:old", GROQ)]);
    world.byok("edit openai:old --tag trial --note mine --env MY_KEY --expires 2099-01-01").go();
    world.byok("edit groq:old --tag trial").go();
    world.byok("use openai:old").go();
    world.byok("profile create work").go();
    world
}

/// What is known of one key, the profile and the times aside.
fn shown(world: &World, profile: &str, name: &str) -> serde_json::Value {
    let output = world.byok("show --json -p").arg(profile).arg(name).output();
    let mut key: serde_json::Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{name}: {error}: {}", String::from_utf8_lossy(&output.stderr)));
    for aside in ["profile", "key", "label", "updated", "last_used", "store", "active"] {
        key.as_object_mut().unwrap().remove(aside);
    }
    key
}
