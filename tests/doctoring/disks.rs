//! Leftovers, conflict copies, space, and the clock.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use super::{SECRET, examined, groups, mended};
use crate::tools::{skipped, tool};
use crate::world::World;

/// What a killed writer leaves.
const LEFT: &[&str] = &[
    "profiles/.default.age.0123456789abcdef.tmp",
    "pins/.default.toml.0123456789abcdef.tmp",
    ".identity.txt.0123456789abcdef.tmp",
    ".config.toml.0123456789abcdef.tmp",
];

fn leave(world: &World, name: &str) {
    let path = world.home().join(name);
    fs::write(&path, b"x").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn what_killed_byoks_left_is_told_and_swept() {
    let world = World::new().with_keys(&[("openai", SECRET)]);
    for name in LEFT {
        leave(&world, name);
        let one = mended(&world, "disk", "leftover");
        assert_eq!(one.severity, if name.contains("identity") { "problem" } else { "warning" });
        assert!(!world.home().join(name).exists(), "{name}");
    }
    for name in LEFT {
        leave(&world, name);
    }
    // What only looks like one of byok's own is left alone.
    std::os::unix::fs::symlink("/etc/passwd", world.home().join("profiles/.default.age.link.tmp")).unwrap();
    assert_eq!(groups(&world, "disk").ids().len(), 4);
    let fix =
        world.byok("doctor disk --fix").stdout("ok       disk\n").stderr_holds(&["mended: `rm '", "all is well\n"]);
    fix.check();
    assert!(LEFT.iter().all(|name| !world.home().join(name).exists()));
    assert!(world.home().join("profiles/.default.age.link.tmp").symlink_metadata().is_ok());
    world.byok("list").go();
}

#[test]
fn copies_of_sync_programs_are_told_and_set_aside() {
    for name in [
        "profiles/default (conflicted copy 2026-11-21 101010).age",
        "profiles/default.sync-conflict-20261121-101010-ABCDEFG.age",
        "profiles/it's mine (1).age",
        "identity.sync-conflict-20261121-101010-ABCDEFG.txt",
        "pins/default.sync-conflict-20261121-101010-ABCDEFG.toml",
    ] {
        let world = World::new().with_keys(&[("openai", SECRET)]);
        leave(&world, name);
        let one = mended(&world, "disk", "conflict-copy");
        assert!(one.text.contains(name) && !one.can_fix, "{one:?}");
        let aside = world.home().join("set-aside").join(name.rsplit('/').next().unwrap());
        assert_eq!(fs::read(aside).unwrap(), b"x");
    }
}

#[test]
fn a_full_disk_and_one_that_is_read_only_are_told() {
    let world = World::new().with_keys(&[("openai", SECRET)]);
    let own = ["unshare", "--mount", "--map-root-user"];
    let mounts =
        Command::new(own[0]).args(&own[1..]).args(["mount", "-t", "tmpfs", "none"]).arg(world.path("")).output();
    if !mounts.is_ok_and(|output| output.status.success()) {
        skipped("this system gives nobody mounts of their own");
        return;
    }
    for (option, id, severity) in [("size=256k", "disk-full", "problem"), ("ro,size=4m", "read-only", "note")] {
        let (first, then) =
            option.strip_prefix("ro,").map_or((option, ""), |rest| (rest, "mount -o remount,ro home &&"));
        let script = format!(
            "cp -a home old && mount -t tmpfs -o mode=700,{first} none home && cp -a old/. home/ && {then} exec \"$@\""
        );
        let through = [&own[..], &["sh", "-c", &script, "--"]].concat();
        let one = examined(world.byok("doctor disk").through(through)).one(id);
        assert_eq!(one.severity, severity, "{one:?}");
        super::paste(&world, &one.fix.unwrap());
        fs::remove_dir_all(world.path("old")).unwrap();
    }
}

#[test]
fn a_clock_that_was_set_back_is_told_and_panics_nowhere() {
    let Some(faketime) = tool(&["faketime"]) else { return };
    let world = World::new();
    world.byok("add openai --stdin --as-is --expires 30d").stdin(SECRET).go();
    let at = |when: &'static str, groups: &str| {
        examined(world.byok("doctor").args(groups).through([faketime.to_str().unwrap(), "-f", when]))
    };
    for early in ["@1970-01-02 00:00:00", "@2000-01-01 00:00:00", "-1d"] {
        let one = at(early, "clock").one("clock-behind");
        assert_eq!(one.severity, "warning");
    }
    for late in ["@2037-12-31 00:00:00", "@2038-01-20 00:00:00", "+10y"] {
        assert_eq!(at(late, "clock").ids(), Vec::<String>::new(), "{late}");
        let expired = at(late, "keys").one("expired");
        assert_eq!((expired.severity.as_str(), expired.text.as_str()), ("problem", "`openai` has expired"));
    }
    world.byok("doctor clock").stdout("ok       clock\n").stderr("all is well\n").check();
    world.byok("list").go();
}
