//! Killed at any of its calls, a move leaves every key in one of both profiles, and the same command ends it.

use crate::killing::killed_at_every_call;
use crate::samples::{GROQ, OPENAI};
use crate::world::World;

#[test]
fn killed_anywhere_every_key_is_in_one_of_both() {
    let run = |through: &dyn Fn(&World) -> Vec<String>| {
        let world = World::new().with_keys(&[("openai", OPENAI), ("groq", GROQ)]);
        world.byok("profile create work").go();
        let output = world.byok("move openai groq --to-profile work --yes").through(through(&world)).output();
        (world, output)
    };
    let held = |place: &str, world: &World| {
        let in_both = ["default", "work"].map(|profile| {
            let got = [("openai", OPENAI), ("groq", GROQ)].map(|(name, key)| {
                let got = world.byok("get -p").arg(profile).arg(name).output();
                let said = String::from_utf8_lossy(&got.stderr);
                assert!(got.status.success() || got.status.code() == Some(3), "{place}: {said}");
                got.stdout == key.as_bytes()
            });
            assert_eq!(got[0], got[1], "{place}: half of them in `{profile}`");
            got[0]
        });
        assert!(in_both[0] || in_both[1], "{place}: the keys are nowhere");
        (in_both[0], in_both[1])
    };
    let (mut before, mut both, mut after) = (0, 0, 0);
    let runs = killed_at_every_call(run, |place, world| {
        match held(place, world) {
            (true, false) => before += 1,
            (true, true) => both += 1,
            _ => after += 1,
        }
        if held(place, world).0 {
            world.byok("move openai groq --to-profile work --yes").go();
        }
        assert_eq!(held(place, world), (false, true), "{place}");
    });
    if let Some(runs) = runs {
        // Undisturbed, it came to its end once more.
        assert!(before > 10 && both > 5 && after > 1, "{runs}: {before} {both} {after}");
    }
}
