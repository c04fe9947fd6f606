//! Modes, owners, links and kinds.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;

use rustix::process::geteuid;

use super::{SECRET, examined, groups, made, mended};
use crate::world::World;

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().mode() & 0o777
}

#[test]
fn each_wide_mode_is_told_and_its_chmod_mends_it() {
    for (name, wide, id) in [
        ("home", 0o777, "open-to-others"),
        ("home", 0o755, "seen-by-others"),
        ("home/profiles", 0o770, "open-to-others"),
        ("home/profiles/default.age", 0o644, "open-to-others"),
        ("home/profiles/default.lock", 0o644, "seen-by-others"),
        ("home/identity.txt", 0o604, "open-to-others"),
        ("home/pins", 0o777, "open-to-others"),
        ("home/pins/default.toml", 0o644, "open-to-others"),
        ("home/config.toml", 0o666, "open-to-others"),
        ("home/identity.txt", 0o000, "shut-to-you"),
    ] {
        let world = World::ordinary().with_keys(&[("openai", SECRET)]);
        world.byok("profile use default").go();
        let path = world.path(name);
        assert_eq!(groups(&world, "permissions").ids(), Vec::<String>::new(), "{name}");
        chmod(&path, wide);
        let one = mended(&world, "permissions", id);
        assert_eq!(one.severity, if id == "seen-by-others" { "note" } else { "problem" }, "{one:?}");
        assert!(one.text.contains(&format!("`{}`", path.display())) && one.can_fix, "{one:?}");
        assert!(one.text.contains(&format!("(mode {wide:03o})")), "{one:?}");
        assert_eq!(mode(&path), if path.is_dir() { 0o700 } else { 0o600 });
        world.byok("list").go();
    }
}

#[test]
fn fix_mends_all_modes_at_once_and_what_lay_behind_them_is_looked_at_then() {
    let world = World::ordinary().with_keys(&[("openai", SECRET)]);
    for (name, wide) in
        [("home", 0o777), ("home/profiles", 0o755), ("home/profiles/default.age", 0o644), ("home/identity.txt", 0o640)]
    {
        chmod(&world.path(name), wide);
    }
    let sealed = fs::read(world.sealed()).unwrap();
    let before = examined(world.byok("doctor permissions keys"));
    assert_eq!(before.ids(), ["open-to-others", "seen-by-others", "open-to-others", "open-to-others", "not-looked-at"]);
    world.byok("list").code(4).stderr_holds(&["is open to other users"]).check();
    let fix = world.byok("doctor --fix permissions keys");
    let home = world.home().display().to_string();
    let done = ["", "/profiles"].map(|end| format!("mended: `chmod 700 '{home}{end}'`\n"));
    fix.stderr_holds(&[&done[0], &done[1], "mended: `chmod 600 '", "1 note\n"])
        .stdout_holds(&["ok       permissions\n", "note     keys: never tested: openai\n"])
        .check();
    world.byok("list").go();
    assert_eq!(fs::read(world.sealed()).unwrap(), sealed, "a profile was rewritten");
    // A second time, there is nothing to do.
    world.byok("doctor --fix permissions").stdout("ok       permissions\n").stderr("all is well\n").check();
}

#[test]
fn without_fix_nothing_at_all_is_written() {
    let world = World::ordinary().with_keys(&[("openai", SECRET)]);
    chmod(&world.sealed(), 0o644);
    fs::remove_dir_all(world.home().join("pins")).unwrap();
    fs::remove_file(world.home().join("profiles/default.lock")).unwrap();
    let about = || {
        let of = |name: &String| {
            let about = fs::symlink_metadata(world.home().join(name)).unwrap();
            (name.clone(), about.ino(), about.ctime_nsec(), about.mode())
        };
        world.tree().iter().map(of).collect::<Vec<_>>()
    };
    let before = about();
    examined(world.byok("doctor"));
    chmod(&world.sealed(), 0o600);
    let before_ids: Vec<_> = before.iter().map(|(name, inode, ..)| (name.clone(), *inode)).collect();
    examined(world.byok("doctor"));
    assert_eq!(about().iter().map(|(name, inode, ..)| (name.clone(), *inode)).collect::<Vec<_>>(), before_ids);
}

#[test]
fn what_is_no_plain_file_is_told() {
    let world = World::ordinary().with_keys(&[("openai", SECRET)]);
    let elsewhere = world.path("elsewhere.age");
    fs::rename(world.sealed(), &elsewhere).unwrap();
    symlink(&elsewhere, world.sealed()).unwrap();
    assert_eq!(mended(&world, "permissions", "link").severity, "problem");
    world.byok("list").go();

    fs::hard_link(world.sealed(), world.path("backup.age")).unwrap();
    assert_eq!(mended(&world, "permissions", "several-names").severity, "warning");
    world.byok("list").go();

    let pins = world.home().join("pins");
    fs::remove_dir_all(&pins).unwrap();
    made(world.shell("mkfifo home/pins").arg("sh"));
    let one = mended(&world, "permissions", "wrong-kind");
    assert!(one.text.ends_with("/pins` is no folder"), "{one:?}");
}

#[test]
fn a_folder_that_is_out_of_reach_is_told() {
    let world = World::ordinary().with_keys(&[("openai", SECRET)]);
    let inner = world.home().join("profiles/inner");
    let doctor = || examined(world.byok("doctor permissions keys").env("BYOK_HOME", &inner));
    assert_eq!(doctor().ids(), Vec::<String>::new(), "nothing is there yet");
    chmod(&world.home().join("profiles"), 0o000);
    let found = doctor();
    assert_eq!(found.ids(), ["out-of-reach", "not-looked-at"]);
    assert_eq!(found.one("out-of-reach").severity, "problem");
    super::paste(&world, &found.one("out-of-reach").fix.unwrap());
    chmod(&world.home().join("profiles"), 0o700);
}

#[test]
fn a_folder_of_anothers_is_told_to_an_ordinary_user_and_to_root() {
    if !geteuid().is_root() {
        // Only root can give a file away.
        crate::tools::skipped("only root can give a file away");
        return;
    }
    let world = World::ordinary().with_keys(&[("openai", SECRET)]);
    std::os::unix::fs::chown(world.sealed(), Some(1), None).unwrap();
    let one = groups(&world, "permissions").one("foreign-owner");
    assert!(one.text.ends_with("belongs to another user (uid 1)"), "{one:?}");
    assert_eq!(one.fix.unwrap(), format!("sudo chown 65534 '{}'", world.sealed().display()));
    // `sudo byok` with the caller's home: whatever is there is somebody else's.
    let root = std::process::Command::new(env!("CARGO_BIN_EXE_byok"))
        .args(["doctor", "permissions", "--fix"])
        .env_clear()
        .env("BYOK_HOME", world.home())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&root.stdout);
    assert_eq!(root.status.code(), Some(1), "{said}");
    assert!(said.contains("hint: you are root here: be that user: `sudo -u '#65534' byok doctor`"), "{said}");
    assert_eq!(String::from_utf8_lossy(&root.stderr).matches("mended").count(), 0);
}

#[test]
fn names_that_steer_a_terminal_are_shown_and_do_not() {
    let world = World::ordinary().with_keys(&[("openai", SECRET)]);
    for name in
        ["\u{1b}[31mred\u{1b}]0;title\u{7}.age", "\u{202e}eman.age", "a\nok       permissions.age", "\u{9b}2J.age"]
    {
        let path = world.home().join("profiles").join(name);
        fs::write(&path, b"x").unwrap();
        chmod(&path, 0o644);
    }
    for run in [
        world.byok("doctor permissions"),
        world.byok("doctor permissions --json"),
        world.byok("doctor permissions --fix"),
    ] {
        let output = run.output();
        let all = [output.stdout, output.stderr].concat();
        let text = String::from_utf8(all).unwrap();
        let steering = |c: char| c != '\n' && (c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c));
        assert!(!text.chars().any(steering), "{text:?}");
        assert!(!text.lines().any(|line| line == "ok       permissions.age"), "{text}");
    }
}

#[test]
fn a_pipe_in_the_place_of_settings_holds_nobody_up() {
    let Some(mkfifo) = crate::tools::tool(&["mkfifo"]) else { return };
    for name in ["config.toml", "providers.toml"] {
        let world = World::new().with_keys(&[("openai", SECRET)]);
        let path = world.home().join(name);
        assert!(std::process::Command::new(&mkfifo).args(["-m", "600"]).arg(&path).status().unwrap().success());
        let output = world.byok("list").through(["timeout", "10"]).output();
        assert_ne!(output.status.code(), Some(124), "{name}");
        let output = world.byok("doctor").through(["timeout", "10"]).output();
        assert_eq!(output.status.code(), Some(1), "{name}: {}", String::from_utf8_lossy(&output.stdout));
    }
}
