//! `--finish`: an old secret is wiped once it is dead, and not before.

use super::{logged, mask, masks, quiet, revocable, rotated};
use crate::trying::{Net, answer, believing, key};
use crate::world::World;

#[test]
fn an_old_secret_that_still_works_is_kept_and_a_dead_one_is_wiped() {
    let (world, (net, revoked)) = (rotated(), revocable());
    let finish = || net.byok(&world, "rotate --finish openai:work");
    quiet(finish().code(1).stderr_holds(&[
        &format!("the old one of `openai:work` (`{}`) still works: valid, 2 models\n", mask("valid")),
        "revoke the old one at https://platform.openai.com/api-keys: ",
        "`byok rotate --finish openai:work`",
    ]));
    assert_eq!(masks(&world, "openai"), [mask("valid"), mask("fine")]);
    revoked.lock().unwrap().insert("valid".to_owned());
    let says = format!("the old one of `openai:work` (`{}`) is dead, and wiped: invalid, no such key\n", mask("valid"));
    quiet(finish().stderr(believing(&world) + &says));
    assert_eq!(masks(&world, "openai"), [mask("fine")]);
    assert_eq!(logged(&world), ["openai added", "openai rotated", "openai old one wiped"]);
    // Once more is no error: there is nothing left to do.
    finish().stderr("no rotation of `openai:work` is under way\n").check();
    net.byok(&world, "rotate --finish").stderr("no rotation is under way\n").check();
}

#[test]
fn where_the_new_secret_does_not_work_either_nothing_is_wiped() {
    let (world, (net, revoked)) = (rotated(), revocable());
    // An account that is gone, or a proxy that answers everything with 401, says nothing of the old one.
    revoked.lock().unwrap().extend(["valid".to_owned(), "fine".to_owned()]);
    let finish = || net.byok(&world, "rotate --finish openai:work").code(5);
    let broken = "`openai:work` itself does not work: invalid, no such key; nothing was wiped\n";
    finish().stderr_holds(&[broken, "`byok rotate openai:work`"]).check();
    // The wrong one of the two was revoked: whoever did that is told how to get out.
    revoked.lock().unwrap().remove("valid");
    finish().stderr_holds(&[broken, "`byok rotate --undo openai:work`"]).check();
    assert_eq!(masks(&world, "openai"), [mask("valid"), mask("fine")]);
}

#[test]
fn what_cannot_be_told_is_kept_unless_a_person_is_sure() {
    for word in ["down", "gone", "blocked", "page"] {
        let world = World::new();
        world.byok("add openai:work --stdin").stdin(key(word)).go();
        world.byok("rotate openai:work --stdin").stdin(key("fine")).go();
        let net = Net::new(answer);
        net.byok(&world, "rotate --finish openai:work")
            .code(1)
            .stderr_holds(&["cannot tell whether the old one of `openai:work`", "it is kept until 2", "--force`"])
            .check();
        assert_eq!(masks(&world, "openai").len(), 2, "{word}");
    }
    let world = rotated();
    world.byok("rotate --finish").code(1).stderr_holds(&["byok is to stay offline", "--force"]).check();
    let wiped = format!("wiped the old one of `openai:work` (`{}`)\n", mask("valid"));
    world.byok("rotate --finish --force").stderr(wiped).check();
    assert_eq!(masks(&world, "openai"), [mask("fine")]);
}

#[test]
fn all_rotations_under_way_are_finished_at_once_each_for_itself() {
    let (net, revoked) = revocable();
    let world = rotated();
    world.byok("add openai:home --stdin").stdin(key("busy")).go();
    world.byok("rotate openai:home --stdin").stdin(key("scoped")).go();
    revoked.lock().unwrap().insert("busy".to_owned());
    net.byok(&world, "rotate --finish")
        .code(1)
        .stderr_holds(&["`openai:home` (`sk-p…busy`) is dead, and wiped", "`openai:work` (`sk-p…alid`) still works"])
        .check();
    assert_eq!((masks(&world, "openai:home").len(), masks(&world, "openai:work").len()), (1, 2));
}
