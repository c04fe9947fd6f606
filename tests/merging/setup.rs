//! `byok profile git-setup` in real repositories.

use super::{Person, pair, secret};
use crate::tools::tool;
use crate::world::World;

/// One person with a repository and a profile in it.
fn alone(world: &World) -> Option<Person<'_>> {
    tool(&["git"])?;
    let ann = Person::new(world, "ann");
    ann.add("groq", "base");
    ann.git("git init -q -b main . && echo '*.lock' >.gitignore");
    Some(ann)
}

#[test]
fn it_shows_asks_and_is_taken_back_to_the_letter() {
    let world = World::new();
    let Some(ann) = alone(&world) else { return };
    ann.git("printf '# ours\\n*.png binary' >.gitattributes && git config user.nick ann");
    let config = std::fs::read_to_string(ann.repo().join(".git/config")).unwrap();
    let (told, code) = ann.outcome("byok profile git-setup");
    assert!(code == 2 && told.contains("add the line `/default.age -text merge=byok diff=byok`"), "{told}");
    assert!(
        told.contains("set `merge.byok.driver` to `byok merge -- %O %A %B %P`") && told.contains("`--yes`"),
        "{told}"
    );
    assert_eq!(std::fs::read_to_string(ann.repo().join(".git/config")).unwrap(), config);
    let told = ann.git("byok profile git-setup --yes");
    assert!(told.contains("each clone sets it up for itself: `byok profile git-setup --file 'default.age'`"), "{told}");
    let attributes = || std::fs::read_to_string(ann.repo().join(".gitattributes")).unwrap();
    assert_eq!(attributes(), "# ours\n*.png binary\n/default.age -text merge=byok diff=byok\n");
    assert!(ann.git("byok profile git-setup --yes").contains("nothing to do"));
    assert!(ann.git("byok profile git-setup --file default.age").contains("nothing to do"));
    ann.git("byok profile git-setup --undo --yes");
    assert_eq!(attributes(), "# ours\n*.png binary\n");
    assert_eq!(ann.git("git config --local --list | grep -c byok; true"), "0\n");
    assert_eq!(ann.git("git config user.nick"), "ann\n");
    assert!(ann.git("byok profile git-setup --undo").contains("nothing to do"));
    // Where nothing else was in it, the file goes as well; a driver of one's own stays.
    ann.git("rm .gitattributes; byok profile git-setup --yes; git config merge.byok.driver mine; byok profile git-setup --undo --yes");
    assert!(!ann.repo().join(".gitattributes").exists());
    assert_eq!(ann.git("git config merge.byok.driver"), "mine\n");
    // Removed and still committed, git goes by it; byok does not.
    ann.git("byok profile git-setup --yes && git add -A && git commit -qm one && byok profile git-setup --undo --yes");
    ann.git("byok profile git-setup --yes");
    assert_eq!(attributes(), "/default.age -text merge=byok diff=byok\n");
}

#[test]
fn a_file_of_any_name_anywhere_in_the_tree_is_meant_alone() {
    let world = World::new();
    let Some(ann) = alone(&world) else { return };
    // Rules that would damage it, too.
    ann.git("printf '* text eol=crlf\\n' >.gitattributes && mkdir -p 'k e*y'");
    for name in ["k e*y/te\"a\\m [1].age", "!x.age", "-x.age", "#y.age"] {
        std::fs::copy(ann.sealed(), ann.repo().join(name)).unwrap();
        ann.git(&format!("byok profile git-setup --yes --file='{name}'"));
        let told = ann.git(&format!("git check-attr merge diff text -- '{name}' default.age"));
        assert_eq!(told.matches("byok\n").count(), 2, "{told}");
        assert_eq!((told.matches("text: unset").count(), told.matches("text: set").count()), (1, 1), "{told}");
    }
    ann.git("byok profile git-setup --yes");
    ann.commit("all");
    assert!(ann.git("git log -p").contains("+groq: secret: "));
    // A merge of such a name, from another folder of the tree.
    ann.git("git checkout -q -b two && cp ./-x.age .git/old && git show main:default.age >.git/new");
    ann.byok("edit groq --note two").go();
    ann.git("cp default.age ./-x.age && git add -A && git commit -qm two && git checkout -q main");
    ann.byok("profile accept default --yes").go();
    ann.byok("edit groq --tag one").go();
    ann.git("cp default.age ./-x.age && git checkout -q default.age && git commit -qam one && git merge -q --no-edit two -X ours");
    let left = ann.git("byok profile describe -- -x.age");
    assert!(left.contains("groq: note: two") && left.contains("groq: tags: one"), "{left}");
}

#[test]
fn where_there_is_no_repository_or_no_file_it_says_so() {
    let world = World::new();
    let ann = Person::new(&world, "ann");
    ann.byok("profile git-setup").code(3).stderr_holds(&["there is no profile `default`"]).check();
    ann.add("groq", "base");
    ann.byok("profile git-setup").code(1).stderr_holds(&["lies in no git repository", "init`"]).check();
    ann.byok("profile git-setup --file nowhere").code(2).stderr_holds(&["cannot find `nowhere`"]).check();
}

#[test]
fn what_a_repository_names_is_not_started() {
    let world = World::new();
    let Some([ann, _]) = pair(&world, true) else { return };
    let trap = world.file("trap", format!("#!/bin/sh\ntouch '{}'\n", world.path("sprung").display()));
    let trap = trap.display();
    ann.git(&format!("chmod +x {trap} && git config core.fsmonitor {trap} && git config core.hooksPath {trap}"));
    ann.git(&format!(
        "git config core.pager {trap} && git config core.editor {trap} && git config alias.config '!{trap}'"
    ));
    ann.git("byok profile git-setup --undo --yes && byok profile git-setup --yes; byok profile describe default.age");
    // Nor is another repository meant, as a hook's variables would have it.
    ann.git("GIT_DIR=/nonexistent GIT_WORK_TREE=/nonexistent byok profile git-setup --undo --yes");
    assert!(!world.path("sprung").exists());
    assert_eq!(ann.get("groq"), secret("base"));
}
