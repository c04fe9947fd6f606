//! Nothing that is newer here gives way unasked, and nothing is lost.

use std::fs;

use super::{home, listed, sealed};
use crate::samples::{ANTHROPIC, GROQ, OPENAI, OPENAI_2};
use crate::terminal::{Terminal, have_tools};
use crate::world::World;

const NEWER: &str = "sk-proj-newer-0123456789abcdef0123456789abcdef";

/// A home that went on after its backup: one key is newer, one is gone, one came in.
fn gone_on() -> World {
    let world = home();
    world.byok("backup home.age").go();
    // Times are whole seconds.
    world.byok("rm openai:work --yes").go();
    world.byok("add anthropic --stdin").stdin(ANTHROPIC).go();
    let text = world.byok("get openai").output();
    assert_eq!(text.stdout, OPENAI.as_bytes());
    world
}

/// The same, with a key whose secret came in later than the one of the backup.
fn with_a_newer() -> World {
    let world = gone_on();
    let start = std::time::SystemTime::now();
    while start.elapsed().unwrap().as_millis() < 1100 {
        std::thread::yield_now();
    }
    world.byok("add openai --stdin --as-is --replace").stdin(NEWER).go();
    world
}

#[test]
fn key_by_key_what_is_newer_or_only_here_stays() {
    let world = with_a_newer();
    let merged = world.byok("restore home.age --merge --yes").stdout_holds(&["kept: what is here is newer", "new"]);
    merged.stderr_holds(&["restored profile `default`"]).check();
    world.byok("get openai:default").stdout(NEWER).check();
    world.byok("get openai:work").stdout(OPENAI_2).check();
    world.byok("get anthropic").stdout(ANTHROPIC).check();
    world
        .byok("restore home.age --merge")
        .stdout_holds(&["kept: "])
        .stderr_holds(&["everything is here already"])
        .check();
    // Asked for, it gives way, and a sealed copy stays.
    world.byok("restore home.age --merge --yes").stdout_holds(&["kept: "]).stderr_holds(&["everything is"]).check();
    world.byok("restore home.age --merge --yes --replace").go();
    world.byok("get openai:default").stdout(OPENAI).check();
    world.byok("get anthropic").stdout(ANTHROPIC).check();
    assert!(world.home().join("profiles/default.age.old").exists());
}

#[test]
fn as_a_whole_it_takes_a_word_more() {
    let world = with_a_newer();
    let before = listed(&world);
    let refused = world.byok("restore home.age --yes").code(4);
    let shown = ["would go: what is here is newer", "only here: would go", "anthropic"];
    refused.stdout_holds(&shown).stderr_holds(&["2 keys that are newer here", "--merge`", "--replace`"]).check();
    assert_eq!(listed(&world), before);
    world.byok("restore home.age --yes --replace").go();
    world.byok("get openai").stdout(OPENAI_2).check();
    world.byok("get openai:default").stdout(OPENAI).check();
    assert_eq!(world.byok("has anthropic").output().status.code(), Some(3));
    // What was there is there, sealed, and comes back.
    let aside = world.home().join("profiles/default.age.old");
    fs::rename(aside, world.sealed()).unwrap();
    world.byok("profile accept default --yes").go();
    assert_eq!(listed(&world), before);
    world.byok("add groq --stdin").stdin(GROQ).go();
}

#[test]
fn a_person_is_asked_with_the_cost_in_the_question() {
    if !have_tools() {
        return;
    }
    let world = gone_on();
    let mut terminal = Terminal::new(&world, &["restore", "home.age"], &[], 120);
    terminal.until("restore 1 profile, in the place of 1 key that is newer here, or only here?");
    terminal.until("[y/N]").type_in("n\n");
    terminal.ends(1, &["nothing was changed"]);
    world.byok("get anthropic").stdout(ANTHROPIC).check();
}

#[test]
fn a_profile_that_was_lost_or_damaged_comes_back() {
    let world = home();
    world.byok("backup home.age").go();
    fs::remove_file(world.sealed()).unwrap();
    world.byok("add groq --stdin").stdin(GROQ).code(4).stderr_holds(&["was here, and is gone"]).check();
    world.byok("restore home.age --yes").stdout_holds(&["new"]).stderr_holds(&["restored"]).check();
    world.byok("get openai").stdout(OPENAI_2).check();
    let whole = fs::read(world.sealed()).unwrap();
    fs::write(world.sealed(), &whole[..100]).unwrap();
    world.byok("restore home.age --yes --merge").code(4).stderr_holds(&["cannot open"]).check();
    let back = world.byok("restore home.age --yes").stdout_holds(&["new"]);
    back.stderr_holds(&["cannot be shown", "what was there is kept"]).check();
    world.byok("get openai").stdout(OPENAI_2).check();
    assert_eq!(fs::read(world.home().join("profiles/default.age.old")).unwrap(), &whole[..100]);
    // One that was rolled back behind byok's back is not written to, key by key, before it is accepted.
    world.byok("rm openai --all --yes").go();
    fs::write(world.sealed(), &whole).unwrap();
    world.byok("restore home.age --merge --yes").code(4).stderr_holds(&["is an older copy", "profile accept"]).check();
}

#[test]
fn what_was_made_anew_under_the_name_gives_way_only_when_told() {
    let (old, new) = (home(), World::new().with_keys(&[("mistral", "a-key-of-the-new-home")]));
    let (file, pass) = sealed(&old);
    let restore = |flags: &str| new.byok("restore --yes --passphrase-file").arg(&pass).arg(&file).args(flags);
    let refused = restore("").code(4).stdout_holds(&["mistral", "only here"]);
    refused
        .stderr_holds(&["is another one than that of this machine", "the identity of the backup is left out"])
        .check();
    restore("--merge").stdout_holds(&["new"]).stderr_holds(&["restored profile `default`"]).check();
    new.byok("get mistral").stdout("a-key-of-the-new-home").check();
    new.byok("get openai:work").stdout(OPENAI_2).check();
    restore("--replace").go();
    new.byok("get openai").stdout(OPENAI_2).check();
    assert_eq!(new.byok("has mistral").output().status.code(), Some(3));
}
