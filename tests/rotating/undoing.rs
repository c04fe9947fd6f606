//! `--undo`: the old secret again, as long as it is kept.

use super::{logged, mask, masks, quiet, revocable, rotated, shown};
use crate::tools::tool;
use crate::trying::{Net, answer, key};
use crate::world::World;

#[test]
fn the_old_secret_comes_back_and_the_undoing_can_be_undone() {
    let (world, net) = (rotated(), Net::new(answer));
    let until = shown(&world, "openai")["previous"][0]["kept_until"].clone();
    quiet(net.byok(&world, "rotate --undo openai:work").stderr_holds(&[
        "the old one still works: valid, 2 models\n",
        &format!("`openai:work` is `{}` again\n", mask("valid")),
        &format!("the newer one (`{}`) is kept, sealed, until ", mask("fine")),
    ]));
    world.byok("get openai").stdout(key("valid")).check();
    // Undoing it gives nobody more time.
    assert_eq!(shown(&world, "openai")["previous"][0]["kept_until"], until);
    net.byok(&world, "rotate --undo openai").stderr_holds(&["again"]).check();
    world.byok("get openai").stdout(key("fine")).check();
    assert_eq!(masks(&world, "openai"), [mask("valid"), mask("fine")]);
    assert_eq!(logged(&world), ["openai added", "openai rotated", "openai rotated back", "openai rotated back"]);
}

#[test]
fn what_was_known_of_the_old_secret_comes_back_with_it() {
    let world = World::new();
    world.byok("add openai --stdin --expires 2099-01-01").stdin(key("valid")).go();
    let before = shown(&world, "openai");
    world.byok("rotate openai --stdin --expires 2098-01-01").stdin(key("fine")).go();
    world.byok("rotate --undo openai").go();
    let after = shown(&world, "openai");
    for known in ["fingerprint", "expires", "since", "tested"] {
        assert_eq!(after[known], before[known], "{known}");
    }
}

#[test]
fn a_dead_secret_is_not_taken_back_unless_somebody_insists() {
    let (world, (net, revoked)) = (rotated(), revocable());
    revoked.lock().unwrap().insert("valid".to_owned());
    net.byok(&world, "rotate --undo openai:work")
        .code(5)
        .stderr_holds(&[
            "nothing was changed: `openai:work` is still",
            "the old one does not work any more: invalid",
            "`byok rotate --undo openai:work --no-test`",
        ])
        .check();
    assert_eq!(masks(&world, "openai"), [mask("valid"), mask("fine")]);
    net.byok(&world, "rotate --undo openai:work --no-test").stderr_holds(&["again"]).check();
    assert_eq!(masks(&world, "openai"), [mask("fine"), mask("valid")]);
}

#[test]
fn a_provider_that_does_not_answer_is_in_nobodys_way() {
    let world = World::new();
    world.byok("add openai --stdin").stdin(key("down")).go();
    world.byok("rotate openai --stdin").stdin(key("fine")).go();
    let net = Net::new(answer);
    let run = net.byok(&world, "rotate --undo openai");
    run.stderr_holds(&["cannot tell whether the old one still works: provider-down", "again"]).check();
}

#[test]
fn nothing_kept_is_nothing_to_take_back() {
    let world = World::new();
    world.byok("add openai --stdin").stdin(key("valid")).go();
    let says =
        "byok: error: no old key of `openai` is kept\nbyok: hint: see what is known of it with `byok show openai`\n";
    world.byok("rotate --undo openai").code(3).stderr(says).check();
    world.byok("rotate --undo groq").code(3).stderr_holds(&["there is no key `groq`"]).check();
}

#[test]
fn a_clock_that_jumps_wipes_no_old_secret() {
    let Some(faketime) = tool(&["faketime"]) else { return };
    let world = rotated();
    for jump in ["+20y", "-20y"] {
        let at = |arguments: &str| {
            let faked = [faketime.to_str().unwrap(), "--exclude-monotonic", "-f", jump];
            world.byok(arguments).through(faked)
        };
        at("list").stdout_holds(&["old one kept"]).check();
        at("rotate").stdout_holds(&[&mask("valid")]).stderr_holds(&["--finish"]).check();
    }
    assert_eq!(masks(&world, "openai"), [mask("valid"), mask("fine")]);
    // And it can be taken back still, whatever the clock says.
    world.byok("rotate --undo openai").through([faketime.to_str().unwrap(), "--exclude-monotonic", "-f", "+20y"]).go();
    world.byok("get openai").stdout(key("valid")).check();
}
