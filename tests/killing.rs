//! One run of byok, killed in turn at each call by which it changes files or looks into them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

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
    "mkdir",
    "chmod",
    "fchmod",
    "fchmodat",
    "chown",
    "fchown",
    "close",
];

/// `strace`, if it is here and may trace.
pub(crate) fn strace() -> Option<PathBuf> {
    let strace = tool(&["strace"])?;
    if Command::new(&strace).args(["-o", "/dev/null", "true"]).output().unwrap().status.success() {
        return Some(strace);
    }
    skipped("this system does not let `strace` trace");
    None
}

/// Calls `run` with what byok is to be started through: once undisturbed, then once for each call from byok's own first
/// one on, killed there. `check` hears the place, `undisturbed` at first. Answers how often it was killed, or `None` where
/// nothing can be traced.
pub(crate) fn killed_at_every_call(
    run: impl Fn(&dyn Fn(&World) -> Vec<String>) -> (World, Output),
    mut check: impl FnMut(&str, &World),
) -> Option<usize> {
    let strace = strace()?;
    let through = |world: &World, inject: &[String]| {
        let set = CALLS.iter().map(|name| format!("?{name}")).collect::<Vec<_>>().join(",");
        let log = world.path("log").to_str().unwrap().to_owned();
        let mut through: Vec<String> = vec!["timeout".into(), "30".into(), strace.to_str().unwrap().into()];
        through.extend(["-f", "-qq", "-s", "64", "-o", &log, "-e"].map(str::to_owned));
        through.push(format!("trace={set}"));
        through.extend_from_slice(inject);
        through
    };
    let (world, output) = run(&|world| through(world, &[]));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    check("undisturbed", &world);
    let mut runs = 0;
    for (name, (before, total)) in calls(&world.path("log")) {
        for at in before + 1..=total {
            let inject = ["-e".to_owned(), format!("inject={name}:signal=KILL:when={at}")];
            let (world, output) = run(&|world| through(world, &inject));
            let place = format!("killed at {name} {at}");
            assert!(!output.status.success(), "{place}: it went on to its end");
            check(&place, &world);
            runs += 1;
        }
    }
    Some(runs)
}

/// Of every call, how many come before byok's own first one, which is for its settings, and how many there are.
fn calls(log: &Path) -> BTreeMap<String, (usize, usize)> {
    let log = fs::read_to_string(log).unwrap();
    let ours = log.lines().position(|line| line.contains("config.toml")).expect("byok opens its settings");
    let mut calls: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for (at, line) in log.lines().enumerate() {
        let name = line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ').split('(').next().unwrap();
        if CALLS.contains(&name) {
            let (before, total) = calls.entry(name.to_owned()).or_default();
            *total += 1;
            *before += usize::from(at < ours);
        }
    }
    calls
}
