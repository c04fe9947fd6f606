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
fn another_profile_is_not_merged_and_a_new_recipient_is_asked_about() {
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
    let (told, code) = bob.outcome(PULL);
    let whom = format!("every key in it would also open for {eve}, who is new");
    assert!(code == 1 && told.contains(&whom) && told.contains("byok merge --accept 'default.age'"), "{told}");
    bob.git("byok merge --accept default.age && git add default.age && git commit -qm merged");
    assert_eq!(byok::seal::openers(&std::fs::read(bob.sealed()).unwrap()), Ok(3));
    // Once agreed to, it is no surprise.
    assert_eq!(bob.get("xai"), secret("bob"));
}

#[test]
fn nobody_is_let_in_by_a_rebase_and_nothing_is_put_back() {
    let world = World::new();
    let Some([ann, bob]) = pair(&world, true) else { return };
    let eve = byok::seal::Identities::generate().recipients().remove(0);
    bob.byok("profile accept default --yes").go();
    ann.byok("recipient add eve --yes").arg(&eve).go();
    ann.commit("eve");
    bob.add("xai", "bob");
    bob.commit("bob");
    let rebase = "git pull -q --rebase ../../ann/profiles main";
    let (told, code) = bob.outcome(rebase);
    assert!(code == 1 && told.contains(&format!("would also open for {eve} (`eve`), who is new")), "{told}");
    bob.git("git rebase --abort");
    // Somebody with a right to push, and no identity, puts an older file back.
    ann.byok("recipient rm eve --yes").go();
    ann.add("groq", "rotated");
    ann.commit("no eve");
    bob.git("git reset -q --hard HEAD~1 && git pull -q --ff-only ../../ann/profiles main");
    bob.byok("profile accept default --yes").go();
    ann.git("git show HEAD~2:default.age >default.age");
    ann.commit("back");
    bob.add("xai", "bob");
    bob.commit("bob");
    for (pull, undo, side) in [(rebase, "git rebase --abort", "our side"), (PULL, "git merge --abort", "their side")] {
        let (told, code) = bob.outcome(pull);
        assert!(code == 1 && told.contains(&format!("{side} is an older copy put back: generation ")), "{told}");
        assert!(told.contains("byok merge --accept 'default.age'"), "{told}");
        bob.git(undo);
    }
    assert_eq!(bob.get("groq"), secret("rotated"));
}

#[test]
fn what_somebody_who_was_taken_out_may_have_written_is_looked_at() {
    let world = World::new();
    let Some([ann, bob]) = pair(&world, true) else { return };
    ann.byok("recipient rm bob --yes").go();
    ann.commit("no bob");
    bob.byok("edit groq --endpoint https://evil.example/v1").go();
    bob.commit("bob");
    let (told, code) = ann.outcome("git pull -q --no-rebase --no-edit ../../bob/profiles main");
    let sentence = "their side may have been written by `bob`, who is taken out: `groq:default` edited";
    assert!(code == 1 && told.contains(sentence), "{told}");
    // In the text that he had, with his own hands: without himself, and on top of what she did.
    ann.git("git merge --abort");
    let (me, him) = (ann.identities().recipients().remove(0), bob.identities().recipients().remove(0));
    let text = bob.document().replace("evil.example", "worse.example").replace(&format!(", \"{him}\""), "");
    let head = ann.git("git rev-parse HEAD").trim().to_owned();
    bob.git(&format!("git fetch -q ../../ann/profiles main && git reset -q --hard {head}"));
    bob.rewrite(&text.replacen("generation = ", "generation = 9", 1), std::slice::from_ref(&me));
    bob.commit("by hand");
    ann.add("xai", "ann");
    ann.commit("ann");
    for (pull, undo) in [
        ("git pull -q --rebase ../../bob/profiles main", "git rebase --abort"),
        ("git pull -q --no-rebase --no-edit ../../bob/profiles main", "true"),
    ] {
        let (told, code) = ann.outcome(pull);
        assert!(code == 1 && told.contains("may have been written by `bob`, who is taken out: "), "{told}");
        ann.git(undo);
    }
    let (told, code) = ann.outcome("byok merge default.age");
    let asks = told.contains("nobody is here") || told.contains("`byok merge --accept");
    assert!(code == 4 && told.contains("`groq:default` edited") && asks, "{told}");
    ann.git("byok merge --accept default.age && git add default.age && git commit -qm merged");
    // The merged one goes on under the new vault secret, and without him.
    assert!(!ann.document().contains(&format!("recipients = [\"{him}\"")) && ann.document().contains("former_vaults"));
    assert_eq!(byok::seal::openers(&std::fs::read(ann.sealed()).unwrap()), Ok(1));
    let listed = ann.byok("recipient list --json").go();
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert!(listed.contains("groq"), "{listed}");
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

#[test]
fn what_one_wrote_oneself_is_no_surprise_and_a_new_identity_merges_as_well() {
    let world = World::new();
    let Some([ann, bob]) = pair(&world, true) else { return };
    bob.byok("profile accept default --yes").go();
    let eve = byok::seal::Identities::generate().recipients().remove(0);
    ann.byok("recipient add eve --yes").arg(&eve).go();
    ann.commit("eve");
    bob.git("git pull -q --ff-only ../../ann/profiles main");
    bob.byok("profile accept default --yes").go();
    ann.byok("recipient rm eve --yes").go();
    ann.commit("no eve");
    // Bob's own two commits, made before he knew: nobody else's, whatever Eve knows.
    for word in ["xai", "deepseek"] {
        bob.add(word, "bob");
        bob.commit(word);
    }
    bob.git("git pull -q --rebase ../../ann/profiles main");
    bob.byok("profile accept default --yes").go();
    assert_eq!((bob.get("xai"), bob.get("deepseek")), (secret("bob"), secret("bob")));
    // What was in common is sealed for the identity before.
    ann.git("git pull -q --ff-only ../../bob/profiles main");
    bob.byok("identity rotate").go();
    bob.commit("bob is new");
    ann.add("mistral", "ann");
    ann.commit("ann");
    let (told, code) = bob.outcome("git pull -q --no-rebase --no-edit ../../ann/profiles main");
    let sentence =
        "their side may have been written by whoever has the former identity of `bob`: `mistral:default` added";
    assert!(code == 1 && told.contains(sentence), "{told}");
    bob.git("byok merge --accept default.age && git add default.age && git commit -qm merged");
    assert_eq!(bob.get("mistral"), secret("ann"));
    assert!(String::from_utf8_lossy(&bob.byok("log").go().stdout).contains("merge"));
}
