//! `byok scan`, in real trees and before real commits.

mod staged;
mod tree;

use crate::world::World;

/// The letters and digits of keys, random and always the same; `seed` makes another one.
pub(crate) fn letters(seed: u64, length: usize) -> String {
    const ALL: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..length)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(ALL[usize::try_from(state >> 33).unwrap() % ALL.len()])
        })
        .collect()
}

/// A key of Groq's form.
pub(crate) fn groq(seed: u64) -> String {
    format!("gsk_{}", letters(seed, 52))
}

/// The hints that follow a finding of Groq's.
fn hints(sum: &str, keep: &str) -> String {
    format!(
        "{sum}\nbyok: hint: whoever has read it has the key: revoke it where groq makes keys, https://console.groq.com/keys\n\
         {keep}byok: hint: see where else it lies: `byok where groq`\nbyok: hint: a line that says `byok:allow` is left out\n"
    )
}

/// Nothing of a value shows up in what byok says.
fn silent_about(output: &std::process::Output, key: &str) {
    let all = [&output.stdout[..], &output.stderr[..]].concat();
    let all = String::from_utf8_lossy(&all);
    // Not even the eight letters of a mask.
    for part in key.as_bytes().windows(8) {
        assert!(!all.contains(std::str::from_utf8(part).unwrap()), "{all}");
    }
}

/// The first 16 digits of a value's SHA-256.
fn fingerprint(key: &str) -> String {
    byok::secret::Secret::from_bytes(key.as_bytes()).unwrap().fingerprint().unwrap()
}

/// A world with a tree in it.
fn world(files: &[(&str, &str)]) -> World {
    let world = World::new();
    for (name, text) in files {
        world.file(&format!("tree/{name}"), text);
    }
    world
}
