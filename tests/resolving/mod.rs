//! Which key answers, how it is told, and how programs in other languages take it.

mod explaining;
mod falling;
mod programs;

use crate::samples::{GOOGLE, GROQ, OPENAI, OPENAI_2};
use crate::world::World;

/// A world whose profile `team` answers after `default`.
fn world() -> World {
    let world = World::new().with_keys(&[("openai:home", OPENAI), ("openai:work", OPENAI_2), ("groq", GROQ)]);
    world.byok("-p team add google --stdin").stdin(GOOGLE).go();
    world.byok("-p team add mistral --stdin --as-is").stdin("the-teams-key-of-some-length").go();
    world.byok("profile edit default --fallback team").stderr("changed what is set for profile `default`\n").check();
    world
}
