//! Two clones, two people, the installed driver.

use super::{CANARY, Person, Sorted as _, pair, secret};
use crate::world::World;

const PULL: &str = "git pull -q --no-rebase --no-edit ../../ann/profiles main";

fn generation(person: &Person<'_>) -> u64 {
    let text = person.document();
    let line = text.lines().find_map(|line| line.strip_prefix("generation = ")).unwrap();
    line.parse().unwrap()
}

#[test]
fn two_people_change_different_keys_and_git_merges_them() {
    let world = World::new();
    let Some([ann, bob]) = pair(&world, true) else { return };
    ann.add("mistral", "ann");
    ann.byok("edit openai:work --note spring").go();
    ann.byok("use openai:home").go();
    ann.commit("ann");
    bob.byok("rm -y groq").go();
    bob.byok("rotate openai:work --stdin --offline").stdin(secret("bob")).output();
    bob.byok("edit openai:work --tag red").go();
    bob.commit("bob");
    let newest = generation(&ann).max(generation(&bob));
    bob.git(PULL);
    assert_eq!(bob.keys(), ["mistral", "openai:home", "openai:work"]);
    assert_eq!(generation(&bob), newest + 1);
    let shown = String::from_utf8(bob.byok("show openai:work").go().stdout).unwrap();
    assert!(shown.contains("spring") && shown.contains("red"), "{shown}");
    assert_eq!(bob.get("mistral"), secret("ann"));
    // The first goes forward to the merge, and both have one file.
    ann.git("git pull -q --ff-only ../../bob/profiles main");
    assert_eq!(std::fs::read(ann.sealed()).unwrap(), std::fs::read(bob.sealed()).unwrap());
    assert_eq!(ann.keys(), bob.keys());
    assert_eq!(ann.git("git status --short"), "");
}

#[test]
fn a_rebase_and_a_cherry_pick_merge_as_well() {
    let world = World::new();
    let Some([ann, bob]) = pair(&world, true) else { return };
    ann.add("mistral", "ann");
    ann.commit("ann");
    bob.add("xai", "bob");
    bob.commit("bob");
    bob.byok("edit groq --note two").go();
    bob.commit("bob again");
    bob.git("git pull -q --rebase ../../ann/profiles main");
    assert_eq!(bob.keys(), ["groq", "mistral", "openai:home", "openai:work", "xai"]);
    assert!(bob.document().contains("note = \"two\""));
    assert_eq!(bob.git("git log --format=%s").lines().collect::<Vec<_>>(), ["bob again", "bob", "ann", "one"]);
    // Only the last of bob's commits: the note without the key.
    ann.git("git fetch -q ../../bob/profiles main && git cherry-pick FETCH_HEAD");
    assert_eq!(ann.keys(), ["groq", "mistral", "openai:home", "openai:work"]);
    assert!(ann.document().contains("note = \"two\""));
}

#[test]
fn histories_that_crossed_are_merged() {
    let world = World::new();
    let Some([ann, bob]) = pair(&world, true) else { return };
    ann.add("mistral", "ann");
    ann.commit("ann");
    bob.add("xai", "bob");
    bob.commit("bob");
    ann.git("git tag mine");
    bob.git("git tag mine");
    bob.git(PULL);
    ann.git("git pull -q --no-rebase --no-edit ../../bob/profiles mine");
    ann.byok("edit groq --note ann").go();
    ann.commit("ann again");
    bob.byok("edit groq --tag bob").go();
    bob.commit("bob again");
    bob.git(PULL);
    assert_eq!(
        bob.keys(),
        ["groq", "mistral", "openai:home", "openai:work", "xai"].map(str::to_owned).to_vec().sorted()
    );
    let text = bob.document();
    assert!(text.contains("note = \"ann\"") && text.contains("tags = [\"bob\"]"));
}

#[test]
fn a_file_that_both_sides_made_is_merged() {
    let world = World::new();
    let Some([ann, _bob]) = pair(&world, true) else { return };
    // Two branches, neither of which has the file of the other.
    ann.git(
        "git checkout -q --orphan two && git rm -q --cached default.age && git commit -qm none && git branch three",
    );
    ann.add("mistral", "ann");
    ann.git("git add default.age && git commit -qm left");
    ann.git("git checkout -q three && git checkout -q main -- default.age");
    ann.byok("profile accept default --yes").go();
    ann.add("xai", "ann");
    ann.git("git add default.age && git commit -qm right && git merge -q --no-edit two");
    assert_eq!(ann.keys(), ["groq", "mistral", "openai:home", "openai:work", "xai"]);
}

#[test]
fn changes_are_shown_by_name_and_field() {
    let world = World::new();
    let Some([ann, bob]) = pair(&world, true) else { return };
    bob.add("groq", "bob");
    bob.byok("edit groq --note bell\u{1b}]0;x\u{7}").output();
    bob.byok("edit openai:work --tag red --field organisation=acme").go();
    let diff = bob.git("git diff");
    for line in
        ["-groq: secret: sk-", "+groq: secret: sk-", "+openai:work: tags: red", "+openai:work: organisation: acme"]
    {
        assert!(diff.contains(line), "{line}: {diff}");
    }
    assert!(!diff.contains('\u{1b}'));
    bob.commit("bob");
    let log = bob.git("git log -p");
    assert!(log.contains("+openai:home: secret: ") && log.contains("-groq: secret: "), "{log}");
    // Whoever cannot open a revision sees that, and the rest of the log.
    let eve = Person::new(&world, "eve");
    eve.git("git clone -q ../../bob/profiles . && byok profile git-setup --yes");
    let log = eve.git("git log -p");
    assert!(
        log.contains("+sealed, SHA-256 ")
            && log.contains("…: it is sealed for another identity\n")
            && log.contains("one\n"),
        "{log}"
    );
    assert!(!log.contains(CANARY) && ann.git("git log -p").contains("+groq: secret: "));
    let output = eve.byok("profile describe").arg(bob.sealed()).code(4);
    output.stderr_holds(&["it is sealed for another identity"]).check();
}
