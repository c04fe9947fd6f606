//! `byok identity rotate`: every profile sealed for a new identity, and nothing lost on the way.

use std::fs;

use super::{Team, age};
use crate::killing::strace;
use crate::samples::{GROQ, OPENAI};
use crate::tools::tool;
use crate::world::World;

fn two_profiles() -> World {
    let world = World::new().with_keys(&[("openai", OPENAI)]);
    world.byok("profile create work").go();
    world.byok("-p work add groq --stdin --as-is").stdin(GROQ).go();
    world
}

#[test]
fn every_profile_opens_with_the_new_identity_and_no_more_with_the_old_one() {
    let Some(stock) = tool(&["age", "rage"]) else { return };
    let world = two_profiles();
    let old = fs::read(world.home().join("identity.txt")).unwrap();
    let backup = fs::read(world.sealed()).unwrap();
    let output = world.byok("identity rotate").go();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("2 profiles are sealed for it") && said.contains("identity.txt.old"), "{said}");
    let (new, aside) = (world.home().join("identity.txt"), world.home().join("identity.txt.old"));
    assert_eq!(fs::read(&aside).unwrap(), old);
    for profile in ["default", "work"] {
        let file = world.home().join(format!("profiles/{profile}.age"));
        assert!(age(&stock, &new, &file).status.success(), "{profile}");
        assert!(!age(&stock, &aside, &file).status.success(), "{profile}");
    }
    assert_eq!(fs::read_to_string(&new).unwrap().matches("AGE-SECRET-KEY-").count(), 1);
    world.byok("get openai").stdout(OPENAI).check();
    world.byok("-p work get groq").stdout(GROQ).check();
    let file = world.file("backup.age", backup);
    assert!(age(&stock, &aside, &file).status.success(), "what was sealed before opens with the old one");
    // Another time: the copies do not meet.
    world.byok("identity rotate").go();
    assert!(world.home().join("identity.txt.old-2").exists());
    world.byok("get openai").stdout(OPENAI).check();
}

#[test]
fn a_profile_that_cannot_be_sealed_anew_keeps_both_identities_in_use() {
    let world = two_profiles();
    let work = world.home().join("profiles/work.age");
    let whole = fs::read(&work).unwrap();
    fs::write(&work, &whole[..whole.len() - 1]).unwrap();
    let stopped = world.byok("identity rotate").code(1);
    stopped
        .stderr_holds(&["not sealed anew: `work`", "`byok identity rotate`", "`byok identity rotate --finish`"])
        .check();
    world.byok("get openai").stdout(OPENAI).check();
    world.byok("identity show").stdout_holds(&["under way"]).check();
    fs::write(&work, &whole).unwrap();
    world.byok("-p work get groq").stdout(GROQ).check();
    world.byok("identity rotate").go();
    world.byok("-p work get groq").stdout(GROQ).check();
    let text = fs::read_to_string(world.home().join("identity.txt")).unwrap();
    assert_eq!(text.matches("AGE-SECRET-KEY-").count(), 1);

    fs::write(&work, &whole).unwrap();
    world.byok("identity rotate --finish").go();
    let left = world.byok("-p work list").code(4);
    left.stderr_holds(&["sealed for another identity"]).check();
}

#[test]
fn the_others_of_a_team_are_asked() {
    let team = Team::with_bob();
    let old = team.recipient("bob");
    let rotated = team.byok("bob", "identity rotate");
    rotated.stderr_holds(&["profile `team` is shared: tell the others", "`byok profile accept team`"]).check();
    team.byok("bob", "-p team get openai").stdout(OPENAI).check();
    team.byok("alice", "-p team list").code(4).stderr_holds(&["opens for others than before"]).check();
    let gone = format!("opens no more for {old} (`bob`)");
    let came = format!("{} (`bob`), in the place of their old one", team.recipient("bob"));
    team.byok("alice", "profile accept team --yes").stderr_holds(&[&gone, &came]).check();
    team.byok("alice", "-p team get openai").stdout(OPENAI).check();
}

/// The calls at which it is killed: what changes the disk.
const CALLS: &[&str] = &["renameat2", "rename", "linkat", "unlink", "unlinkat", "fsync", "flock"];

#[test]
fn killed_anywhere_every_profile_opens_and_the_same_deed_ends_it() {
    let Some(strace) = strace() else { return };
    let mut places = 0;
    for call in CALLS {
        for at in 1.. {
            let world = two_profiles();
            let place = format!("killed at {call} {at}");
            let (trace, inject) = (format!("trace=?{call}"), format!("inject=?{call}:signal=KILL:when={at}"));
            let through = [strace.to_str().unwrap(), "-f", "-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject];
            let output = world.byok("identity rotate").through(through).output();
            for again in [false, true] {
                if again {
                    let ended = world.byok("identity rotate").output();
                    assert!(ended.status.success(), "{place}: {}", String::from_utf8_lossy(&ended.stderr));
                    let text = fs::read_to_string(world.home().join("identity.txt")).unwrap();
                    assert_eq!(text.matches("AGE-SECRET-KEY-").count(), 1, "{place}");
                    assert!(!world.home().join("identity.rotating").exists(), "{place}");
                }
                for (arguments, secret) in [("get openai", OPENAI), ("-p work get groq", GROQ)] {
                    let get = world.byok(arguments).output();
                    let said = String::from_utf8_lossy(&get.stderr);
                    assert_eq!(get.stdout, secret.as_bytes(), "{place}, again: {again}: {said}");
                }
            }
            if output.status.code().is_some_and(|code| code < 128) {
                break;
            }
            places += 1;
        }
    }
    assert!(places > 20, "only {places} places");
}
