//! What only a person can decide, in the middle of a real merge.

use super::{Person, Sorted as _, pair, secret};
use crate::world::World;

/// Both give one key another secret, and another one another note; what else they do is no conflict.
fn contradict(ann: &Person<'_>, bob: &Person<'_>) {
    for (person, word) in [(ann, "ann"), (bob, "bob")] {
        person.add("openai:work", word);
        person.byok("edit groq --note").arg(word).go();
        person.add(if word == "ann" { "mistral" } else { "xai" }, word);
        person.commit(word);
    }
}

const PULL: &str = "git pull -q --no-rebase --no-edit ../../ann/profiles main";

#[test]
fn a_conflict_is_named_and_nothing_is_written() {
    let world = World::new();
    let Some([ann, bob]) = pair(&world, true) else { return };
    contradict(&ann, &bob);
    let before = std::fs::read(bob.sealed()).unwrap();
    let (told, code) = bob.outcome(PULL);
    assert_eq!(code, 1, "{told}");
    for line in [
        "conflict in `default.age`: groq:default: note\n",
        "conflict in `default.age`: openai:work: secret\n",
        "byok: error: `default.age` was not merged: 2 conflicts, named above\n",
        "`byok merge --take theirs 'default.age'`, then `git add 'default.age'`",
        "`byok merge --take groq:default=ours --take theirs 'default.age'`",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
    assert_eq!(std::fs::read(bob.sealed()).unwrap(), before);
    assert_eq!(bob.git("git ls-files -u").lines().count(), 3);
    // As it was told: their secret, our note, and what nobody contradicts of both.
    bob.git(
        "byok merge --take groq:default=ours --take theirs default.age && git add default.age && git commit -qm merged",
    );
    assert_eq!((bob.get("openai:work"), bob.get("mistral")), (secret("ann"), secret("ann")));
    assert!(bob.document().contains("note = \"bob\"") && !bob.document().contains("note = \"ann\""));
    assert_eq!(
        bob.keys(),
        ["groq", "mistral", "openai:home", "openai:work", "xai"].map(str::to_owned).to_vec().sorted()
    );
}

#[test]
fn a_rebase_goes_on_after_a_decision() {
    let world = World::new();
    let Some([ann, bob]) = pair(&world, true) else { return };
    contradict(&ann, &bob);
    let (told, code) = bob.outcome("git pull -q --rebase ../../ann/profiles main");
    assert!(code == 1 && told.contains("openai:work: secret"), "{told}");
    // In a rebase, what is put on top is theirs: bob's own.
    bob.git("byok merge --take theirs default.age && git add default.age && git rebase --continue");
    assert_eq!(
        (bob.get("openai:work"), bob.get("mistral"), bob.get("xai")),
        (secret("bob"), secret("ann"), secret("bob"))
    );
    // Given up, nothing is left of it.
    ann.add("openai:work", "third");
    ann.commit("third");
    bob.add("openai:work", "fourth");
    bob.commit("fourth");
    assert_eq!(bob.outcome(PULL).1, 1);
    bob.git("git merge --abort");
    assert_eq!(bob.get("openai:work"), secret("fourth"));
}

#[test]
fn a_key_that_one_side_removed_stays_away_unless_the_other_changed_it() {
    let world = World::new();
    let Some([ann, bob]) = pair(&world, true) else { return };
    ann.byok("rm -y groq openai:home").go();
    ann.commit("ann");
    bob.byok("edit openai:work --note x").go();
    bob.commit("bob");
    bob.git(PULL);
    assert_eq!(bob.keys(), ["openai:work"]);
    ann.git("git pull -q --ff-only ../../bob/profiles main");
    ann.byok("rm -y openai:work").go();
    ann.commit("ann");
    bob.add("openai:work", "new");
    bob.commit("bob");
    let (told, code) = bob.outcome(PULL);
    assert!(code == 1 && told.contains("openai:work: removed on one side, changed on the other"), "{told}");
    bob.git("byok merge --take ours default.age && git add default.age && git commit -qm kept");
    assert_eq!(bob.get("openai:work"), secret("new"));
}

#[test]
fn what_changed_since_git_stopped_is_not_overwritten() {
    let world = World::new();
    let Some([ann, bob]) = pair(&world, true) else { return };
    contradict(&ann, &bob);
    assert_eq!(bob.outcome(PULL).1, 1);
    bob.add("deepseek", "meanwhile");
    let (told, code) = bob.outcome("byok merge --take ours default.age");
    assert!(code == 4 && told.contains("has changed since git left it in conflict"), "{told}");
    assert_eq!(bob.get("deepseek"), secret("meanwhile"));
    let (told, code) = ann.outcome("byok merge --take ours default.age");
    assert!(code == 1 && told.contains("git has no conflict in `default.age`"), "{told}");
}

#[test]
fn a_clone_without_the_driver_loses_nothing_and_can_decide_all_the_same() {
    let world = World::new();
    let Some([ann, bob]) = pair(&world, false) else { return };
    ann.add("mistral", "ann");
    ann.commit("ann");
    bob.add("xai", "bob");
    bob.commit("bob");
    let before = std::fs::read(bob.sealed()).unwrap();
    let (told, code) = bob.outcome(PULL);
    assert!(code == 1 && told.contains("Cannot merge binary files: default.age"), "{told}");
    assert_eq!(std::fs::read(bob.sealed()).unwrap(), before);
    // No conflict of byok's: there is nothing to decide.
    bob.git("byok merge default.age && git add default.age && git commit -qm merged");
    assert_eq!((bob.get("mistral"), bob.get("xai")), (secret("ann"), secret("bob")));
    // The same with the attributes of another clone and no settings, or with no byok, or with one that knows no such verb.
    ann.git("git pull -q --ff-only ../../bob/profiles main && byok profile git-setup --yes");
    ann.byok("edit groq --note ann").go();
    ann.commit("ann");
    bob.byok("edit groq --tag bob").go();
    bob.commit("bob");
    for set in [
        "true",
        "git config merge.byok.driver 'no-such-byok merge %O %A %B'",
        "git config merge.byok.driver 'byok no-such-verb %O'",
    ] {
        let (told, code) =
            bob.outcome(&format!("git fetch -q ../../ann/profiles main; {set}; git merge --no-edit FETCH_HEAD"));
        assert!(code == 1 && told.contains("CONFLICT"), "{set}: {told}");
        assert_eq!(bob.git("git ls-files -u").lines().count(), 3, "{set}");
        bob.git("git merge --abort");
    }
    bob.outcome("git merge --no-edit FETCH_HEAD");
    bob.git("byok merge default.age");
    assert!(bob.document().contains("note = \"ann\"") && bob.document().contains("tags = [\"bob\"]"));
}

#[test]
fn a_decision_that_says_two_things_or_nothing_is_refused() {
    let world = World::new();
    let Some([ann, bob]) = pair(&world, true) else { return };
    contradict(&ann, &bob);
    assert_eq!(bob.outcome(PULL).1, 1);
    let before = std::fs::read(bob.sealed()).unwrap();
    for (arguments, expected, says) in [
        ("--take ours --take theirs", 2, "`--take` decides twice"),
        ("--take groq:default=ours --take groq:default=theirs", 2, "`--take` decides of `groq:default` twice"),
        ("--take openai:wrok=ours --take theirs", 3, "there is no conflict about `openai:wrok`"),
        ("--take theirs -o ../identity.txt", 4, "is already there"),
        ("--take theirs -o .git/config", 4, "is already there"),
    ] {
        let (told, code) = bob.outcome(&format!("byok merge {arguments} default.age"));
        assert!(code == expected && told.contains(says), "{arguments}: {code} {told}");
    }
    assert_eq!(std::fs::read(bob.sealed()).unwrap(), before);
    bob.git("byok merge --take theirs -o ../merged.age default.age");
    assert!(bob.home().join("merged.age").exists());
}
