//! `byok use --next-valid`: on to the next key that works.

use super::{Net, add, answer, key, keys, pairs, stored};
use crate::world::World;

/// Which key a bare `openai` means.
fn active(world: &World) -> String {
    let listed = super::json(&world.byok("list --json").go());
    let keys = listed["keys"].as_array().unwrap();
    let active: Vec<&str> =
        keys.iter().filter(|key| key["active"] == true).filter_map(|key| key["label"].as_str()).collect();
    active.join(",")
}

#[test]
fn it_moves_on_and_round_to_the_next_one_that_works() {
    let (world, net) = (keys(&["poor", "bad", "valid", "fine"]), Net::new(answer));
    let run = || net.byok(&world, "use --next-valid openai").env("NO_COLOR", "1");
    let first = run().go();
    let said = String::from_utf8(first.stderr).unwrap();
    assert!(first.stdout.is_empty() && said.contains("`openai:bad` is passed over: invalid, "), "{said}");
    assert!(said.contains("`openai` means `openai:valid` now: valid, 2 models (just now)\n"), "{said}");
    assert_eq!(active(&world), "valid");
    // The verdicts of a moment ago will do: nobody is asked again but who was not.
    let asked = net.upstream.seen().len();
    run().stderr_holds(&["`openai` means `openai:fine` now"]).check();
    assert_eq!(net.upstream.seen().len(), asked, "a young verdict is believed");
    // Round past `poor`, which was the active one and was never asked, and `bad`.
    run()
        .stderr_holds(&["`openai:poor` is passed over: no-credit", "`openai:bad` is passed over", "`openai:valid` now"])
        .check();
    assert_eq!(active(&world), "valid");
    let expected =
        [("openai:bad", "invalid"), ("openai:fine", "valid"), ("openai:poor", "no-credit"), ("openai:valid", "valid")];
    assert_eq!(stored(&world), pairs(&expected));
}

#[test]
fn where_none_works_nothing_changes_and_each_says_why() {
    let (world, net) = (keys(&["fine", "bad", "down"]), Net::new(answer));
    add(&world, &["valid", "scoped", "busy"]);
    world.byok("edit openai:valid --disable").go();
    world.byok("edit openai:scoped --expires 2020-01-01").go();
    world.byok("edit openai:busy --admin").go();
    let run = net.byok(&world, "use --next-valid openai").code(5);
    run.stderr_holds(&[
        "`openai:bad` is passed over: invalid",
        "`openai:down` is passed over: provider-down",
        "`openai:valid` is passed over: it is disabled",
        "`openai:scoped` is passed over: it expired on 2020-01-01",
        "`openai:busy` is passed over: `openai:busy` is an admin key",
        "no other key of `openai` is known to work; it still means `openai:fine`",
        "`byok test openai`",
    ])
    .check();
    assert_eq!(active(&world), "fine");
    // A key that may not answer is not asked for either.
    for word in ["valid", "scoped", "busy"] {
        assert!(!net.upstream.seen().iter().any(|seen| super::word(seen) == word), "{word}");
    }
}

#[test]
fn offline_it_believes_what_is_known() {
    let (world, net) = (keys(&["poor", "valid"]), Net::new(answer).idle());
    for verb in ["use --next-valid openai --offline", "use --next-valid openai"] {
        world.byok(verb).code(5).stderr_holds(&["`openai:valid` is passed over: it was never tested"]).check();
    }
    net.byok(&world, "test openai:valid").go();
    world.byok("use --next-valid openai --offline").stderr_holds(&["`openai` means `openai:valid` now"]).check();
    assert_eq!(active(&world), "valid");
}

#[test]
fn it_needs_another_key() {
    let world = keys(&["valid"]);
    world
        .byok("use --next-valid openai")
        .code(3)
        .stderr_holds(&["no other key of `openai`", "byok add openai:LABEL"])
        .check();
    world.byok("use --next-valid groq").code(3).stderr_holds(&["there is no key `groq`"]).check();
    world.byok("use --next-valid openai openai:valid").code(2).stderr_holds(&["cannot be used with"]).check();
    world.byok("use").code(2).stderr_holds(&["PROVIDER:LABEL"]).check();
    world.byok("use --next-valid").arg(key("valid")).code(2).stderr_holds(&["never an argument"]).check();
}
