//! Killed at any of its calls, a restore leaves the old profile or the new one, and neither is refused.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use super::private;
use crate::samples::{OPENAI, OPENAI_2};
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
    "close",
];

#[test]
fn killed_anywhere_each_profile_is_the_old_one_or_the_new_one() {
    let Some(strace) = tool(&["strace"]) else { return };
    if !Command::new(&strace).args(["-o", "/dev/null", "true"]).output().unwrap().status.success() {
        return skipped("this system does not let `strace` trace");
    }
    let source = World::new().with_keys(&[("openai", OPENAI)]);
    source.byok("backup home.age").go();
    let identity = fs::read(source.home().join("identity.txt")).unwrap();
    // The profile here is another one of its name, so that also what is remembered of it changes.
    let run = |inject: Option<String>| {
        let world = World::new();
        fs::create_dir(world.home()).unwrap();
        fs::set_permissions(world.home(), std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
        private(&world.home().join("identity.txt"), &identity);
        world.byok("add openai --stdin --as-is").stdin(OPENAI_2).go();
        let log = world.path("log").to_str().unwrap().to_owned();
        let set = CALLS.iter().map(|name| format!("?{name}")).collect::<Vec<_>>().join(",");
        let mut through: Vec<String> = vec!["timeout".into(), "30".into(), strace.to_str().unwrap().into()];
        through.extend(["-f", "-qq", "-s", "64", "-o", &log, "-e"].map(str::to_owned));
        through.push(format!("trace={set}"));
        through.extend(inject.into_iter().flat_map(|inject| ["-e".to_owned(), format!("inject={inject}")]));
        let output = world.byok("restore --yes --replace").arg(source.path("home.age")).through(through).output();
        (world, output)
    };
    let held = |place: &str, world: &World| {
        let got = world.byok("get openai").output();
        let said = String::from_utf8_lossy(&got.stderr).into_owned();
        assert!(got.status.success(), "{place}: {said}");
        let is_new = got.stdout == OPENAI.as_bytes();
        assert!(is_new || got.stdout == OPENAI_2.as_bytes(), "{place}: {said}");
        is_new
    };
    let (world, output) = run(None);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(held("undisturbed", &world));
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
    let (mut old, mut new) = (0, 0);
    for (name, (start, total)) in calls {
        for at in start + 1..=total {
            let place = format!("{name} {at}");
            let (world, _) = run(Some(format!("{name}:signal=KILL:when={at}")));
            *(if held(&place, &world) { &mut new } else { &mut old }) += 1;
            // Writing goes on, and so does the restore.
            world.byok("edit openai --note after").go();
            world.byok("restore --yes --replace").arg(source.path("home.age")).go();
            assert!(held(&place, &world));
        }
    }
    assert!(old > 20 && new > 5, "{old} {new}");
}

#[test]
fn a_signal_between_two_profiles_is_told_with_what_is_left() {
    let Some(strace) = tool(&["strace"]) else { return };
    if !Command::new(&strace).args(["-o", "/dev/null", "true"]).output().unwrap().status.success() {
        return skipped("this system does not let `strace` trace");
    }
    let world = super::home();
    world.byok("backup home.age").go();
    for name in ["default", "work"] {
        fs::remove_file(world.home().join(format!("profiles/{name}.age"))).unwrap();
    }
    // The first file that is synced is of the first profile.
    let set = "?rename,?renameat,?renameat2";
    let inject = format!("inject={set}:signal=TERM:when=1");
    let mut through = vec!["timeout".to_owned(), "30".to_owned(), strace.to_str().unwrap().to_owned()];
    through.extend(["-f", "-qq", "-o", "/dev/null", "-e"].map(str::to_owned));
    through.extend([format!("trace={set}"), "-e".to_owned(), inject]);
    let output = world.byok("restore home.age --yes").through(through).output();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success(), "{said}");
    assert!(said.contains("stopped: `default` restored, and `work` not yet"), "{said}");
    assert!(said.contains("so does `byok restore") && said.contains(" work`"), "{said}");
    world.byok("get openai").stdout(OPENAI_2).check();
    assert!(!world.home().join("profiles/work.age").exists());
    world.byok("restore home.age --yes").stdout_holds(&["work"]).stderr_holds(&["restored profile `work`"]).check();
    world.byok("-p work get groq").stdout(crate::samples::GROQ).check();
}
