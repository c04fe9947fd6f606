//! Several at once: a secret is replaced only by whoever has seen it.

use std::io::Write as _;
use std::process::{Child, Stdio};

use super::{mask, masks};
use crate::leaks::wait_until_it_reads;
use crate::trying::key;
use crate::world::World;

/// A rotation that has looked at the key and waits for the new secret.
fn waiting(world: &World) -> Child {
    let mut command = world.command();
    command.args(["rotate", "openai", "--stdin"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    wait_until_it_reads(child.id());
    child
}

/// Gives it the secret; answers with the exit code and what it said.
fn give(mut child: Child, secret: &str) -> (i32, String) {
    child.stdin.take().unwrap().write_all(secret.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.stdout.is_empty());
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

fn one() -> World {
    let world = World::new();
    world.byok("add openai --stdin").stdin(key("valid")).go();
    world
}

#[test]
fn of_rotations_at_once_one_wins_and_the_others_change_nothing() {
    let world = one();
    let all: Vec<Child> = (0..8).map(|_| waiting(&world)).collect();
    let threads: Vec<_> = all
        .into_iter()
        .enumerate()
        .map(|(at, child)| std::thread::spawn(move || give(child, &key(&format!("new{at}")))))
        .collect();
    let outcomes: Vec<(i32, String)> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    let winners: Vec<usize> = (0..8).filter(|at| outcomes[*at].0 == 0).collect();
    assert_eq!(winners.len(), 1, "{outcomes:?}");
    for (code, said) in outcomes.iter().filter(|(code, _)| *code != 0) {
        assert_eq!(*code, 1, "{said}");
        assert!(
            said.contains("nothing was changed\n") && said.contains("`openai` was changed meanwhile: it is `"),
            "{said}"
        );
    }
    assert_eq!(masks(&world, "openai"), [mask("valid"), mask(&format!("new{}", winners[0]))]);
}

#[test]
fn what_somebody_did_while_a_rotation_waited_is_not_undone() {
    for (deed, code, says) in [
        ("add openai --stdin --replace", 1, "was changed meanwhile"),
        ("rm openai --yes", 3, "there is no key `openai:default`"),
        ("profile rm default --yes", 3, "there is no profile `default`"),
    ] {
        let world = one();
        let child = waiting(&world);
        world.byok(deed).stdin(key("other")).go();
        let before = world.byok("list --json").output();
        let (actual, said) = give(child, &key("fine"));
        assert!(
            actual == code && said.contains(says) && said.contains("nothing was changed"),
            "{deed}: {actual} {said}"
        );
        assert_eq!(world.byok("list --json").output().stdout, before.stdout, "{deed}");
    }
}

#[test]
fn another_active_key_or_a_note_is_in_nobodys_way() {
    let world = one();
    world.byok("add openai:home --stdin").stdin(key("busy")).go();
    let child = waiting(&world);
    world.byok("use openai:home").go();
    world.byok("edit openai:default --note mine").go();
    assert_eq!(give(child, &key("fine")).0, 0);
    // The key that was meant when it began, with the note.
    assert_eq!(masks(&world, "openai:default"), [mask("valid"), mask("fine")]);
    assert_eq!(super::shown(&world, "openai:default")["note"], "mine");
    assert_eq!(masks(&world, "openai:home"), [mask("busy")]);
}
