//! A new secret in the place of an old one: at every moment of it a key works, and whoever stops is told where they stand.

mod asking;
mod disputing;
mod finishing;
mod listing;
mod swapping;
mod undoing;

use std::collections::BTreeSet;
use std::process::Output;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::trying::{Net, answer, json, key, word};
use crate::upstream::Reply;
use crate::world::{Run, World};

/// What is known of a key, as `byok show` reports it.
fn shown(world: &World, name: &str) -> Value {
    json(&world.byok(&format!("show {name} --json")).go())
}

/// The masks of the old secrets that are kept, and that of the one that answers, the newest last.
fn masks(world: &World, name: &str) -> Vec<String> {
    let shown = shown(world, name);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let old = shown["previous"].as_array().unwrap().iter().map(|old| text(&old["mask"]));
    old.chain([text(&shown["mask"])]).collect()
}

/// The mask of [`key`]'s secret of this word.
fn mask(word: &str) -> String {
    let key = key(word);
    format!("sk-p…{}", &key[key.len() - 4..])
}

/// What the log says became of keys, in order.
fn logged(world: &World) -> Vec<String> {
    let document = json(&world.byok("log --changes --json").go());
    let keys = document["entries"].as_array().unwrap().iter().flat_map(|entry| entry["keys"].as_array().unwrap());
    keys.filter_map(|key| Some(format!("{} {}", key["provider"].as_str()?, key["what"].as_str()?))).collect()
}

/// A run whose output holds none of the secrets of [`key`].
#[track_caller]
fn quiet(run: Run<'_>) -> Output {
    let output = run.check();
    let all = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    assert!(!String::from_utf8_lossy(&all).contains("0123456789abcdefghij"), "a secret is shown");
    output
}

/// A provider that knows `valid` and `fine`, until they are revoked.
fn revocable() -> (Net, Arc<Mutex<BTreeSet<String>>>) {
    let revoked = Arc::new(Mutex::new(BTreeSet::new()));
    let known = Arc::clone(&revoked);
    let net = Net::new(move |seen| {
        if known.lock().unwrap().contains(&word(seen)) {
            return Reply::json(401, "{\"error\":{\"code\":\"invalid_api_key\",\"message\":\"no such key\"}}");
        }
        answer(seen)
    });
    (net, revoked)
}

/// A world whose key `openai:work` was rotated from `valid` to `fine`, with nobody asked.
fn rotated() -> World {
    let world = World::new();
    world.byok("add openai:work --stdin").stdin(key("valid")).go();
    world.byok("rotate openai:work --stdin").stdin(key("fine")).go();
    world
}
