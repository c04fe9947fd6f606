//! Killed at any of its calls, a move leaves every key in one of both profiles, and the same command ends it.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use crate::samples::{GROQ, OPENAI};
use crate::tools::{skipped, tool};
use crate::world::World;

const CALLS: &[&str] = &[
    "openat",
    "write",
    "fsync",
    "rename",
    "renameat",
    "renameat2",
    "unlink",
    "unlinkat",
    "link",
    "linkat",
    "flock",
    "close",
];

#[test]
fn killed_anywhere_every_key_is_in_one_of_both() {
    let Some(strace) = tool(&["strace"]) else { return };
    if !Command::new(&strace).args(["-o", "/dev/null", "true"]).output().unwrap().status.success() {
        return skipped("this system does not let `strace` trace");
    }
    let run = |inject: Option<String>| {
        let world = World::new().with_keys(&[("openai", OPENAI), ("groq", GROQ)]);
        world.byok("profile create work").go();
        let log = world.path("log").to_str().unwrap().to_owned();
        let set = CALLS.iter().map(|name| format!("?{name}")).collect::<Vec<_>>().join(",");
        let mut through: Vec<String> = vec!["timeout".into(), "30".into(), strace.to_str().unwrap().into()];
        through.extend(["-f", "-qq", "-s", "64", "-o", &log, "-e"].map(str::to_owned));
        through.push(format!("trace={set}"));
        through.extend(inject.into_iter().flat_map(|inject| ["-e".to_owned(), format!("inject={inject}")]));
        let output = world.byok("move openai groq --to-profile work --yes").through(through).output();
        (world, output)
    };
    let held = |place: &str, world: &World| {
        let in_both = ["default", "work"].map(|profile| {
            let got = [("openai", OPENAI), ("groq", GROQ)].map(|(name, key)| {
                let got = world.byok("get -p").arg(profile).arg(name).output();
                let said = String::from_utf8_lossy(&got.stderr);
                assert!(got.status.success() || got.status.code() == Some(3), "{place}: {said}");
                got.stdout == key.as_bytes()
            });
            assert_eq!(got[0], got[1], "{place}: half of them in `{profile}`");
            got[0]
        });
        assert!(in_both[0] || in_both[1], "{place}: the keys are nowhere");
        (in_both[0], in_both[1])
    };
    let (world, output) = run(None);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(held("undisturbed", &world), (false, true));
    let log = fs::read_to_string(world.path("log")).unwrap();
    let ours = log.lines().position(|line| line.contains("config.toml")).expect("byok opens its settings");
    let mut calls: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (at, line) in log.lines().enumerate() {
        let name = line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ').split('(').next().unwrap();
        let Some(name) = CALLS.iter().find(|call| **call == name) else { continue };
        let (before, total) = calls.entry(name).or_default();
        *total += 1;
        *before += usize::from(at < ours);
    }
    let (mut before, mut both, mut after) = (0, 0, 0);
    for (name, (start, total)) in calls {
        for at in start + 1..=total {
            let place = format!("{name} {at}");
            let (world, _) = run(Some(format!("{name}:signal=KILL:when={at}")));
            match held(&place, &world) {
                (true, false) => before += 1,
                (true, true) => both += 1,
                _ => after += 1,
            }
            if held(&place, &world).0 {
                world.byok("move openai groq --to-profile work --yes").go();
            }
            assert_eq!(held(&place, &world), (false, true), "{place}");
        }
    }
    assert!(before > 10 && both > 5 && after > 0, "{before} {both} {after}");
}
