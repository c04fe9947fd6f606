//! What is not merged: locked, foreign, newer, or cut off.

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;

use super::{pair, secret};
use crate::tools::tool;
use crate::world::World;

const PULL: &str = "git pull -q --no-rebase --no-edit ../../ann/profiles main";

#[test]
fn without_a_terminal_a_locked_identity_is_a_conflict_and_no_question() {
    let world = World::new();
    let Some([ann, bob]) = pair(&world, true) else { return };
    ann.add("mistral", "ann");
    ann.commit("ann");
    bob.add("xai", "bob");
    bob.commit("bob");
    let before = std::fs::read(bob.sealed()).unwrap();
    let file = world.file("passphrase", "correct horse battery staple extra words");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    bob.byok("identity move --to passphrase").env("BYOK_NEW_PASSPHRASE_FILE", &file).go();
    bob.byok("lock").go();
    // Not even where the tests have a terminal.
    let (told, code) = bob.outcome(&format!("setsid -w {PULL} </dev/null"));
    assert!(code == 1 && told.contains("byok: error: the identity is locked"), "{told}");
    assert!(told.contains("`byok unlock`") && told.contains("CONFLICT"), "{told}");
    assert_eq!(std::fs::read(bob.sealed()).unwrap(), before);
    let diff = bob.git("setsid -w git diff HEAD MERGE_HEAD -- default.age </dev/null");
    assert!(diff.contains("-sealed, SHA-256 ") && diff.contains("+sealed, SHA-256 "), "{diff}");
    // Its own code, as git would be told.
    let (_, code) =
        bob.outcome("git show :1:default.age >1 && cp 1 2 && cp 1 3 && setsid -w byok merge 1 2 3 </dev/null");
    assert_eq!(code, 4);
    // Opened, what git left is merged.
    bob.git(&format!("rm 1 2 3; export BYOK_PASSPHRASE_FILE='{}'; byok merge default.age; byok lock", file.display()));
    bob.git("git add default.age && git commit -qm merged");
    let opened = |key: &str| bob.byok("get").arg(key).env("BYOK_PASSPHRASE_FILE", &file).go().stdout;
    let (mistral, xai) = (opened("mistral"), opened("xai"));
    assert_eq!((mistral, xai), (secret("ann").into_bytes(), secret("bob").into_bytes()));
    bob.byok("lock").go();
}

#[test]
fn what_a_newer_byok_wrote_survives_a_merge() {
    let world = World::new();
    let Some([ann, bob]) = pair(&world, true) else { return };
    let all = [ann.identities().recipients(), bob.identities().recipients()].concat();
    let text = ann.document().replacen("generation", "journal = \"on\"\ngeneration", 1);
    ann.rewrite(&text.replacen("[[key]]", "[[key]]\nquota = { usd = 5 }", 1), &all);
    ann.commit("newer");
    bob.add("xai", "bob");
    bob.commit("bob");
    bob.git(PULL);
    let merged = bob.document();
    assert!(merged.contains("journal = \"on\"") && merged.contains("usd = 5"));
    assert_eq!(bob.get("xai"), secret("bob"));
    assert!(bob.git("git log -p -1 -m").contains("of a newer byok: journal"));
    // A form that this byok does not know is left as it is.
    ann.git("git pull -q --ff-only ../../bob/profiles main");
    ann.rewrite(&ann.document().replacen("byok = 1", "byok = 2", 1), &all);
    ann.commit("newest");
    bob.add("deepseek", "bob");
    bob.commit("bob");
    let before = std::fs::read(bob.sealed()).unwrap();
    let (told, code) = bob.outcome(PULL);
    assert!(
        code == 1 && told.contains("cannot read their side of `default.age`: it was written by a newer byok"),
        "{told}"
    );
    assert_eq!(std::fs::read(bob.sealed()).unwrap(), before);
}

#[test]
fn another_profile_is_not_merged_and_a_new_recipient_is_told() {
    let world = World::new();
    let Some([ann, bob]) = pair(&world, true) else { return };
    let all = [ann.identities().recipients(), bob.identities().recipients()].concat();
    let text = ann.document();
    let vault = text.lines().find(|line| line.starts_with("vault = ")).unwrap().to_owned();
    ann.rewrite(&text.replace(&vault, "vault = \"0123456789abcdef0123456789abcdef\""), &all);
    ann.commit("forged");
    bob.add("xai", "bob");
    bob.commit("bob");
    let (told, code) = bob.outcome(PULL);
    assert!(code == 1 && told.contains("they are not copies of one profile: their vault secrets differ"), "{told}");
    bob.git("git merge --abort");
    ann.git("git reset -q --hard HEAD~1");
    let eve = byok::seal::Identities::generate().recipients().remove(0);
    let more = [all.clone(), vec![eve.clone()]].concat();
    // Sealed for one more than the text says: a merge would shut that one out.
    ann.rewrite(&text, &more);
    ann.commit("more");
    let (told, code) = bob.outcome(PULL);
    assert!(code == 1 && told.contains("their side of `default.age` was sealed for others as well"), "{told}");
    bob.git("git merge --abort");
    ann.git("git reset -q --hard HEAD~1");
    ann.rewrite(&text.replacen("recipients = [", &format!("recipients = [\"{eve}\", "), 1), &more);
    ann.commit("eve");
    let told = bob.git(PULL);
    assert!(
        told.contains(&format!("byok: warning: the merge brings in a recipient: every key in it also opens for {eve}")),
        "{told}"
    );
    assert_eq!(byok::seal::openers(&std::fs::read(bob.sealed()).unwrap()), Ok(3));
}

#[test]
fn a_merge_that_is_killed_leaves_the_file_as_it_was_or_merged() {
    let world = World::new();
    let Some([ann, bob]) = pair(&world, true) else { return };
    if tool(&["strace"]).is_none() {
        return;
    }
    let base = std::fs::read(ann.sealed()).unwrap();
    ann.add("mistral", "ann");
    bob.add("xai", "bob");
    let (ours, theirs) = (std::fs::read(bob.sealed()).unwrap(), std::fs::read(ann.sealed()).unwrap());
    for call in ["rename", "fsync", "write"] {
        for turn in 1..4 {
            for (name, bytes) in [("base", &base), ("ours", &ours), ("theirs", &theirs)] {
                world.file(&format!("killed/{name}"), bytes);
            }
            let mut command = bob.shell(&format!(
                "exec strace -f -o /dev/null -e trace={call} -e inject={call}:signal=KILL:when={turn} byok merge ../../killed/base ../../killed/ours ../../killed/theirs"
            ));
            let status = command.output().unwrap().status;
            assert!(
                status.success() || status.signal() == Some(9) || status.code() == Some(137),
                "{call} {turn}: {status}"
            );
            let left = std::fs::read(world.path("killed/ours")).unwrap();
            let opened = byok::seal::open(&left, &bob.identities()).unwrap();
            let text = String::from_utf8(opened.to_vec()).unwrap();
            assert!(left == ours || (text.contains("mistral") && text.contains("xai")), "{call} {turn}");
        }
    }
}

#[test]
fn what_is_no_three_files_is_misused() {
    let world = World::new();
    world.byok("merge a b").code(2).stderr_holds(&["three files: BASE OURS THEIRS"]).check();
    world.byok("merge a b c").code(2).stderr_holds(&["there is no file `a`"]).check();
    world.byok("merge a --take mine").code(2).stderr_holds(&["`--take` is `ours` or `theirs`"]).check();
    world.byok("merge nowhere/a").code(2).stderr_holds(&["there is no folder `nowhere`"]).check();
}
