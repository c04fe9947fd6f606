//! The order of the calls: written, synced, renamed, the folder synced, and only then announced.

use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use super::SECRET;
use super::deed::{Trial, calls, strace};
use super::deeds::{another_add, first_add, removal, replacing_add, three_keys};
use crate::world::World;

/// The calls of the log from `start` on that hold all of `parts`: the first one's place.
#[track_caller]
fn next(log: &[(String, String)], start: usize, name: &str, parts: &[&str]) -> usize {
    let fits = |(kind, line): &(String, String)| kind.starts_with(name) && parts.iter().all(|part| line.contains(part));
    let found = log.iter().skip(start).position(fits).map(|at| start + at);
    found.unwrap_or_else(|| panic!("no `{name}` with {parts:?} from {start} on in {log:#?}"))
}

#[test]
fn a_profile_is_synced_before_it_is_renamed_and_its_folder_before_it_is_announced() {
    for deed in [first_add(), another_add(), replacing_add()] {
        let Some(trial) = Trial::of(deed) else { return };
        let log = &trial.log;
        let temp = "/home/profiles/.default.age.";
        let made = next(log, 0, "open", &[temp, "O_EXCL", "O_NOFOLLOW", "O_CLOEXEC", "0600"]);
        let written = next(log, made, "write", &[temp]);
        let synced = next(log, written, "fsync", &[temp]);
        let renamed = next(log, synced, "rename", &[temp, "/home/profiles/default.age\""]);
        let durable = next(log, renamed, "fsync", &["/home/profiles>"]);
        next(log, durable, "write", &["write(2", "d `"]);
        // What is written where, without the text that is written.
        let target = |line: &str| line.split('"').next().unwrap_or_default().to_owned();
        let writes = log[synced..].iter().any(|(name, line)| name == "write" && target(line).contains("/profiles/"));
        assert!(!writes, "nothing is written after the sync");
        let early = log[..durable].iter().any(|(name, line)| name == "write" && line.contains("ed `"));
        assert!(!early, "nothing is announced before the folder is synced");
    }
}

#[test]
fn a_profile_itself_is_never_opened_for_writing() {
    for deed in [another_add(), replacing_add(), removal()] {
        let Some(trial) = Trial::of(deed) else { return };
        for (name, line) in trial.log.iter().filter(|(_, line)| line.contains("/default.age")) {
            let opens_to_write = name.starts_with("open") && !line.contains("O_RDONLY");
            assert!(!opens_to_write && !name.contains("trunc") && !name.contains("chmod"), "{line}");
            assert!(name != "write" && !name.starts_with("unlink"), "{line}");
        }
    }
}

#[test]
fn an_identity_is_synced_before_anything_is_sealed_for_it() {
    let Some(trial) = Trial::of(first_add()) else { return };
    let log = &trial.log;
    let made = next(log, 0, "open", &["/home/.identity.txt.", "O_EXCL", "0600"]);
    let synced = next(log, made, "fsync", &["/home/.identity.txt."]);
    let renamed = next(log, synced, "rename", &["/home/identity.txt\""]);
    let durable = next(log, renamed, "fsync", &["/home>"]);
    next(log, durable, "open", &["/home/profiles/.default.age.", "O_EXCL"]);
}

#[test]
fn every_new_folder_is_synced_into_the_one_above_it() {
    let Some(strace) = strace() else { return };
    let world = World::new();
    fs::DirBuilder::new().mode(0o700).create(world.path("user")).unwrap();
    let (log, strace) = (world.path("log"), strace.to_str().unwrap().to_owned());
    let through = [&strace, "-f", "-qq", "-y", "-e", "trace=?mkdir,?mkdirat,fsync", "-o", log.to_str().unwrap()];
    let add = world.byok("add openai --stdin --as-is").stdin(SECRET).without("BYOK_HOME");
    add.env("HOME", world.path("user")).through(through).go();
    let log = calls(&log);
    let made: Vec<_> =
        log.iter().enumerate().filter(|(_, (_, line))| line.ends_with("= 0") && line.starts_with("mkdir")).collect();
    assert!(made.len() >= 6, "{log:#?}");
    for (at, (_, line)) in made {
        let folder = Path::new(line.split('"').nth(1).unwrap());
        next(&log, at, "fsync", &[&format!("<{}>", folder.parent().unwrap().display())]);
    }
}

#[test]
fn reading_writes_nothing_but_a_line_of_the_log() {
    let Some(strace) = strace() else { return };
    let world = three_keys();
    let log = world.path("log");
    for verb in ["list", "env", "get groq", "export --format json"] {
        let strace = strace.to_str().unwrap();
        world.byok(verb).through([strace, "-f", "-qq", "-y", "-o", log.to_str().unwrap()]).go();
        let calls = calls(&log);
        assert!(calls.iter().any(|(name, line)| name == "openat" && line.contains("/default.age")), "{verb}");
        for (name, line) in calls {
            let opens_to_write = name.starts_with("open") && !line.contains("O_RDONLY");
            let changes = ["rename", "unlink", "mkdir", "link", "socket"].iter().any(|word| name.starts_with(word));
            let logs = line.contains("/home/log/reads.jsonl\"") && line.contains("O_APPEND");
            assert!(!opens_to_write && !changes || logs, "{verb}: {line}");
        }
    }
}
