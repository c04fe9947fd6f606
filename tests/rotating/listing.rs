//! `byok rotate` without a key: what is under way, and what is due.

use serde_json::json;

use super::{mask, rotated};
use crate::samples::{ANTHROPIC, GROQ};
use crate::tools::tool;
use crate::trying::{cells, json as document};
use crate::world::World;

#[test]
fn what_is_under_way_is_listed() {
    let world = rotated();
    let output = world
        .byok("rotate")
        .stdout_holds(&["KEY"])
        .stderr(
            "byok: hint: revoke the old one, then `byok rotate --finish openai:work`\n\
             byok: hint: or take it back: `byok rotate --undo openai:work`\n",
        )
        .check();
    let line = format!("KEY|ROTATION|OLD ONE|IS\nopenai:work|rotated just now|{}|kept, wiped in 7 days", mask("valid"));
    assert_eq!(cells(&output.stdout), line);
    let mut reported = document(&world.byok("rotate --json").go());
    for time in ["replaced", "kept_until"] {
        assert!(reported["under_way"][0][time].take().as_str().unwrap().ends_with('Z'));
    }
    assert_eq!(reported["under_way"][0]["fingerprint"].take().as_str().unwrap().len(), 16);
    let old = json!({
        "key": "openai:work", "provider": "openai", "label": "work",
        "mask": mask("valid"), "fingerprint": null, "replaced": null, "kept_until": null,
    });
    assert_eq!(reported, json!({ "version": 1, "profile": "default", "under_way": [old], "due": [], "seen": [] }));
}

#[test]
fn what_is_due_is_listed() {
    let Some(faketime) = tool(&["faketime"]) else { return };
    let world = World::new().with_keys(&[("groq", GROQ), ("anthropic", ANTHROPIC)]);
    world.byok("rotate").stderr("no rotation is under way, and none is due\n").check();
    world.file("home/config.toml", "identity = \"file\"\n[providers.groq]\nrotate_after = \"90d\"\n");
    world.byok("edit anthropic --rotate-after 1y").go();
    world.byok("rotate").stderr("no rotation is under way, and none is due\n").check();
    let later = |arguments: &str| world.byok(arguments).through([faketime.to_str().unwrap(), "-f", "+100d"]);
    let hint = "byok: hint: put a new one in its place with `byok rotate groq`\n";
    let output = later("rotate").stdout_holds(&["KEY"]).stderr(hint).check();
    assert_eq!(cells(&output.stdout), "KEY|ROTATION\ngroq|due 10 days ago");
    let due = &document(&later("rotate --status --json").go())["due"];
    assert_eq!((&due[0]["key"], &due[0]["rotate_after_days"]), (&json!("groq"), &json!(90)));
    assert_eq!(due.as_array().unwrap().len(), 1);
    later("rotate --status anthropic").stderr("no rotation is under way, and none is due\n").check();
    // A new secret starts a new life.
    later("rotate groq --stdin").stdin(GROQ.replace("gsk_a", "gsk_b")).go();
    assert_eq!(document(&later("rotate --json").go())["due"], json!([]));
}
