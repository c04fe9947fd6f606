//! Killed at any of its calls, an import that deletes leaves every key in the profile or in its file.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use super::{fixture, goose, import, with_goose};
use crate::samples::OPENAI;
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
    "flock",
    "mkdir",
    "chmod",
    "fchmod",
    "fchmodat",
    "fchown",
    "chown",
    "close",
];

/// Whether the key can still be had, and from where.
#[track_caller]
fn is_kept(place: &str, world: &World) -> (bool, bool) {
    let text = fs::read_to_string(goose(world)).unwrap_or_else(|error| panic!("{place}: {error}"));
    let whole = text == fixture("goose/secrets.yaml");
    assert!(whole || !text.contains(OPENAI) && text.starts_with("GROQ_API_KEY"), "{place}: half a file: {text}");
    let sealed = world.byok("get openai").output().stdout == OPENAI.as_bytes();
    assert!(whole || sealed, "{place}: the key is nowhere");
    (whole, sealed)
}

#[test]
fn killed_anywhere_the_key_is_in_one_of_both() {
    let Some(strace) = tool(&["strace"]) else { return };
    if !Command::new(&strace).args(["-o", "/dev/null", "true"]).output().unwrap().status.success() {
        return skipped("this system does not let `strace` trace");
    }
    let run = |inject: Option<String>| {
        let world = with_goose();
        world.file("home/config.toml", "identity = \"file\"\n");
        super::private(&world.path("home/config.toml"));
        fs::set_permissions(world.home(), std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
        let log = world.path("log").to_str().unwrap().to_owned();
        let set = CALLS.iter().map(|name| format!("?{name}")).collect::<Vec<_>>().join(",");
        let mut through: Vec<String> = vec!["timeout".into(), "30".into(), strace.to_str().unwrap().into()];
        through.extend(["-f", "-qq", "-s", "64", "-o", &log, "-e"].map(str::to_owned));
        through.push(format!("trace={set}"));
        through.extend(inject.into_iter().flat_map(|inject| ["-e".to_owned(), format!("inject={inject}")]));
        let output = import(&world, "goose --delete-source --yes").through(through).output();
        (world, output)
    };
    let (world, output) = run(None);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(is_kept("undisturbed", &world), (false, true));
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
    let (mut runs, mut before, mut between, mut after) = (0, 0, 0, 0);
    for (name, (start, total)) in calls {
        for at in start + 1..=total {
            let place = format!("{name} {at}");
            let (world, _) = run(Some(format!("{name}:signal=KILL:when={at}")));
            match is_kept(&place, &world) {
                (true, false) => before += 1,
                (true, true) => between += 1,
                _ => after += 1,
            }
            // And whoever goes on from there comes to the end.
            let again = import(&world, "goose --delete-source --yes").output();
            assert!(again.status.success(), "{place}: {}", String::from_utf8_lossy(&again.stderr));
            assert_eq!(is_kept(&place, &world), (false, true));
            assert_eq!(
                fs::read_dir(goose(&world).parent().unwrap()).unwrap().count(),
                1,
                "{place}: something lies beside it"
            );
            runs += 1;
        }
    }
    assert!(runs > 40 && before > 5 && between > 5 && after > 0, "{runs}: {before} {between} {after}");
}
