//! Many keys by one word, in one update of each profile.

use std::fs;
use std::time::{Duration, Instant};

use super::{home, shown};
use crate::samples::{GROQ, OPENAI, OPENAI_2};
use crate::world::World;

fn generation(world: &World, profile: &str) -> u64 {
    let pin = fs::read_to_string(world.home().join(format!("pins/{profile}.toml"))).unwrap();
    pin.lines().find_map(|line| line.strip_prefix("generation = ")).unwrap().parse().unwrap()
}

#[test]
fn a_move_takes_all_that_is_known_along_in_one_update_each() {
    let world = home();
    let before = shown(&world, "default", "openai:old");
    let (source, target) = (generation(&world, "default"), generation(&world, "work"));
    let asked = world.byok("move *:old --to-profile work").code(2);
    asked.stderr_holds(&["nobody is here to confirm more than one key", "--yes"]).check();
    let dry = world.byok("move *:old --to-profile work --dry-run");
    dry.stderr("`groq:old`, `openai:old` would be moved into profile `work`; nothing was changed\n").check();
    assert_eq!((generation(&world, "default"), generation(&world, "work")), (source, target));
    let moved = world.byok("move *:old --to-profile work --yes");
    moved.stderr("moved `groq:old`, `openai:old` into profile `work`\n").check();
    assert_eq!((generation(&world, "default"), generation(&world, "work")), (source + 1, target + 1));
    assert_eq!(shown(&world, "work", "openai:old"), before);
    world.byok("get openai").stdout(OPENAI).check();
    world.byok("-p work get openai").stdout(OPENAI_2).check();
    world.byok("-p work get groq").stdout(GROQ).check();
    assert_eq!(world.byok("has groq").output().status.code(), Some(3));
    // Both profiles' changes are in the log.
    let log = world.byok("log --json").output();
    assert_eq!(String::from_utf8_lossy(&log.stdout).matches("\"move\"").count(), 2);
}

#[test]
fn the_active_key_goes_on_being_it() {
    let world = home();
    world.byok("copy openai:* --to-profile work --yes").go();
    world.byok("-p work get openai").stdout(OPENAI_2).check();
    // Where the other profile has keys of the provider, its own choice stays.
    world.byok("profile create team").go();
    world.byok("-p team add openai:team --stdin --as-is").stdin("sk-team").go();
    world.byok("move openai:* --to-profile team --yes").go();
    world.byok("-p team get openai").stdout("sk-team").check();
    assert_eq!(world.byok("has openai").output().status.code(), Some(3));
}

#[test]
fn a_key_that_is_there_is_not_written_over() {
    let world = home();
    world.byok("-p work add openai:old --stdin --as-is").stdin("sk-another-one-0123456789").go();
    for verb in ["move", "copy"] {
        let refused = world.byok(verb).args("*:old --to-profile work --yes").code(1);
        refused.stderr_holds(&["is there already", "--replace"]).check();
        // All or nothing.
        assert_eq!(world.byok("-p work has groq:old").output().status.code(), Some(3), "{verb}");
        world.byok("get openai:old").stdout(OPENAI_2).check();
    }
    world.byok("move *:old --to-profile work --yes --replace").go();
    world.byok("-p work get openai:old").stdout(OPENAI_2).check();
    // The same key is no conflict, and a move ends what another began.
    world.byok("-p work copy openai:old --to-profile default").go();
    world.byok("move openai:old --to-profile work").stderr_holds(&["moved `openai:old`"]).check();
    assert_eq!(world.byok("has openai:old").output().status.code(), Some(3));
    let copied = world.byok("-p work copy openai:old --to-profile default");
    copied.stderr_holds(&["copied `openai:old`"]).check();
    let again = world.byok("-p work copy openai:old --to-profile default");
    again.stderr_holds(&["holds that already; nothing was changed"]).check();
}

#[test]
fn what_is_not_there_is_said() {
    let world = home();
    world
        .byok("move openai:old --to-profile wrok")
        .code(3)
        .stderr_holds(&["there is no profile `wrok`", "create wrok"])
        .check();
    world.byok("move openai:old --to-profile default").code(2).stderr_holds(&["already"]).check();
    world.byok("move anthropic:* --to-profile work").code(3).stderr_holds(&["no key matches `anthropic:*`"]).check();
    world.byok("move --tag none --to-profile work").code(3).stderr_holds(&["no key matches the tag `none`"]).check();
    world.byok("move openai --to-profile work").code(2).stderr_holds(&["`openai` has several keys"]).check();
    world.byok("rm ../*").code(2).stderr_holds(&["a pattern of keys may hold only"]).check();
    world
        .run(["rm", "sk-proj-abcdefghijklmnop0123456789*", "--yes"])
        .code(2)
        .stderr_holds(&["never an argument"])
        .check();
}

#[test]
fn removal_takes_patterns_and_tags() {
    let world = home();
    let dry = world.byok("rm --tag trial --dry-run");
    dry.stderr_holds(&["`groq:old`, `openai:old` would be removed", "nothing was changed"]).check();
    world.byok("rm --tag trial").code(2).stderr_holds(&["nobody is here to confirm"]).check();
    world.byok("rm openai:* --tag trial --yes").stderr_holds(&["removed `openai:old`"]).check();
    world.byok("get openai").stdout(OPENAI).check();
    world.byok("get groq").stdout(GROQ).check();
    world.byok("rm *:old --yes").go();
    assert_eq!(world.byok("has groq").output().status.code(), Some(3));
    // An alias of a provider stands for it in a pattern as well.
    world.byok("add xai:one --stdin --as-is").stdin("an-xai-key-of-some-length").go();
    world.byok("rm grok:* --yes").stderr_holds(&["removed `xai:one`"]).check();
}

#[test]
fn moves_in_both_directions_at_once_do_not_wait_for_each_other() {
    let world = World::new();
    for (profile, label) in [("one", "a"), ("two", "b")] {
        world
            .byok("-p")
            .args(profile)
            .args("add")
            .arg(format!("openai:{label}"))
            .args("--stdin --as-is")
            .stdin(label.repeat(20))
            .go();
    }
    let start = Instant::now();
    for _ in 0..5 {
        let there = ["one", "two"].map(|from| {
            let to = if from == "one" { "two" } else { "one" };
            let mut command = world.command();
            command.args(["-p", from, "move", "openai:*", "--to-profile", to, "--yes"]);
            command.stderr(std::process::Stdio::null()).stdout(std::process::Stdio::null()).spawn().unwrap()
        });
        for mut one in there {
            one.wait().unwrap();
        }
        let all: Vec<String> = ["one", "two"]
            .iter()
            .map(|name| String::from_utf8(world.byok("list -p").arg(name).output().stdout).unwrap())
            .collect();
        let all = all.join("");
        assert!(all.matches("openai:a").count() + all.matches("openai:b").count() >= 2, "{all}");
    }
    // A deadlock would last as long as a writer's patience, thirty seconds.
    assert!(start.elapsed() < Duration::from_secs(25), "{:?}", start.elapsed());
}

#[test]
fn an_old_secret_stays_with_the_key_that_had_it() {
    let world = World::new().with_keys(&[("openai", OPENAI)]);
    world.byok("rotate openai --no-test --stdin --keep 7d").stdin(OPENAI_2).go();
    world.byok("profile create other").go();
    world.byok("copy openai openai:second").go();
    world.byok("copy openai:default --to-profile other").go();
    world.byok("-p other rotate --undo openai").code(3).stderr_holds(&["no old"]).check();
    world.byok("rotate --undo openai:second").code(3).stderr_holds(&["no old"]).check();
    world.byok("move openai:default --to-profile other --replace --yes").go();
    world.byok("-p other rotate --undo openai --no-test").go();
    world.byok("-p other get openai").stdout(OPENAI).check();
}

#[test]
fn the_key_in_the_way_is_to_be_looked_at_where_it_is() {
    let world = home();
    world.byok("-p work add openai --stdin --as-is").stdin(crate::samples::ANTHROPIC).go();
    for verb in ["copy", "move"] {
        let refused = world.byok(verb).args("openai:default --to-profile work").code(1);
        refused.stderr_holds(&["hint: or look at that one first: `byok -p work show openai`"]).check();
    }
    let same = world.byok("copy openai openai:old");
    same.stderr_holds(&["`openai:old` is that already; nothing was changed"]).check();
}
