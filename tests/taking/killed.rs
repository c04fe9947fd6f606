//! Killed at any of its calls, an import that deletes leaves every key in the profile or in its file.

use std::fs;

use super::{fixture, goose, import, with_goose};
use crate::killing::killed_at_every_call;
use crate::samples::OPENAI;
use crate::world::World;

/// Whether the key can still be had, and from where.
#[track_caller]
fn is_kept(place: &str, world: &World) -> (bool, bool) {
    let text = fs::read_to_string(goose(world)).unwrap_or_else(|error| panic!("{place}: {error}"));
    let whole = text == fixture("goose/secrets.yaml");
    assert!(whole || !text.contains(OPENAI) && text.starts_with("GROQ_API_KEY"), "{place}: half a file: {text}");
    let sealed = world.byok("get openai").output().stdout == OPENAI.as_bytes();
    assert!(whole || sealed, "{place}: the key is nowhere");
    (whole, sealed)
}

#[test]
fn killed_anywhere_the_key_is_in_one_of_both() {
    let run = |through: &dyn Fn(&World) -> Vec<String>| {
        let world = with_goose();
        world.file("home/config.toml", "identity = \"file\"\n");
        super::private(&world.path("home/config.toml"));
        fs::set_permissions(world.home(), std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
        let output = import(&world, "goose --delete-source --yes").through(through(&world)).output();
        (world, output)
    };
    let (mut before, mut between, mut after) = (0, 0, 0);
    let runs = killed_at_every_call(run, |place, world| {
        match is_kept(place, world) {
            (true, false) => before += 1,
            (true, true) => between += 1,
            _ => after += 1,
        }
        // And whoever goes on from there comes to the end.
        let again = import(world, "goose --delete-source --yes").output();
        assert!(again.status.success(), "{place}: {}", String::from_utf8_lossy(&again.stderr));
        assert_eq!(is_kept(place, world), (false, true), "{place}");
        let beside = fs::read_dir(goose(world).parent().unwrap()).unwrap().count();
        assert_eq!(beside, 1, "{place}: something lies beside it");
    });
    if let Some(runs) = runs {
        // Undisturbed, it came to its end once more.
        assert!(runs > 40 && before > 5 && between > 5 && after > 1, "{runs}: {before} {between} {after}");
    }
}
