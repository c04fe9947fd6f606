//! Full disks, limits on files, and disks that cannot do everything.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use super::SECRET;
use super::deed::{Trial, leftovers};
use super::deeds::{another_add, default_profile, first_add, three_keys};
use crate::tools::skipped;
use crate::world::World;

#[test]
fn a_file_system_that_cannot_swap_names_is_good_enough() {
    for deed in [first_add(), another_add()] {
        let Some(trial) = Trial::of(deed) else { return };
        for error in ["EINVAL", "ENOSYS"] {
            let output = trial.run(&["-e".to_owned(), format!("inject=renameat2:error={error}")]);
            assert!(output.status.success(), "{error}: {}", String::from_utf8_lossy(&output.stderr));
            assert_eq!(trial.state(), trial.new, "{error}");
            assert!(leftovers(trial.world()).is_empty(), "{error}");
        }
    }
}

#[test]
fn a_removed_profile_takes_along_what_a_killed_writer_left_of_it() {
    let Some(trial) = Trial::of(another_add()) else { return };
    let total = trial.last("unlink");
    // Killed just before it removes the old file, which then holds keys under another name.
    trial.run(&["-e".to_owned(), format!("inject=unlink:signal=KILL:when={total}")]);
    let world = trial.world();
    assert_eq!(leftovers(world).len(), 1);
    world.byok("profile rm default --yes").go();
    assert_eq!(world.tree(), ["identity.lock", "identity.txt", "profiles/default.lock"]);
}

#[test]
fn a_failed_sync_is_never_tried_again_and_called_a_success() {
    let Some(trial) = Trial::of(another_add()) else { return };
    assert!(trial.count("fsync") >= 2, "the file and its folder are both synced");
    let last = trial.last("fsync");
    for at in last + 1 - trial.count("fsync")..=last {
        let output = trial.run(&["-e".to_owned(), format!("inject=fsync:error=EIO:when={at}")]);
        assert_eq!(output.status.code(), Some(1), "sync {at}");
        assert_eq!(trial.state(), trial.old, "sync {at}");
    }
}

#[test]
fn a_limit_on_file_sizes_leaves_the_old_profile_and_no_part_of_a_new_one() {
    // In blocks of 512 bytes: nothing can be written, or not all of it.
    for blocks in ["0", "1"] {
        let world = three_keys();
        let old = fs::read(world.sealed()).unwrap();
        assert!(old.len() > 512);
        let limited = format!("ulimit -f {blocks}; exec \"$@\"");
        for deed in ["add xai --stdin --as-is", "rotate groq --stdin --as-is"] {
            let run = world.byok(deed).stdin(SECRET).through(["sh", "-c", &limited, "--"]);
            run.code(1).stderr_holds(&["cannot write", "default.age", "File too large"]).check();
        }
        assert_eq!(fs::read(world.sealed()).unwrap(), old);
        assert_eq!(leftovers(&world), [""; 0]);
    }
}

#[test]
fn a_full_disk_leaves_the_old_profile_and_is_named() {
    // A mount of one's own is gone with its process, whatever happens to the test.
    let own = ["unshare", "--mount", "--map-root-user"];
    let world = three_keys();
    let probe =
        Command::new(own[0]).args(&own[1..]).args(["mount", "-t", "tmpfs", "none"]).arg(world.path("")).output();
    if !probe.is_ok_and(|output| output.status.success()) {
        return skipped("this system lets the tests mount nothing");
    }
    let old = (fs::read(world.sealed()).unwrap(), default_profile(&world));
    // Out of bytes, then out of files.
    let full = [
        ("size=64k", "head -c 1m /dev/zero >filler 2>/dev/null"),
        ("nr_inodes=24", "for n in $(seq 40); do : >filler$n; done 2>/dev/null"),
    ];
    let deeds =
        [("add xai --stdin --as-is", ""), ("rotate groq --stdin --as-is", "nothing was changed: `groq` is still")];
    for ((option, fill), (deed, says)) in full.into_iter().flat_map(|full| deeds.map(|deed| (full, deed))) {
        let script = format!(
            "set -u; cp -a home old && mount -t tmpfs -o mode=700,{option} none home && cp -a old/. home/ || exit 99
             (cd home && {fill}); \"$@\"; code=$?; rm -f home/filler*; rm -rf old; cp -a home after; exit $code"
        );
        let full = [&own[..], &["sh", "-c", &script, "--"]].concat();
        let add = world.byok(deed).stdin(SECRET).through(full);
        add.code(1).stderr_holds(&["No space left on device", "default", says]).check();
        let mut after: Vec<_> =
            fs::read_dir(world.path("after/profiles")).unwrap().flatten().map(|entry| entry.file_name()).collect();
        after.sort();
        assert_eq!(after, ["default.age", "default.lock"]);
        assert_eq!(fs::read(world.path("after/profiles/default.age")).unwrap(), old.0);
        assert_eq!(default_profile(&world), old.1);
        fs::remove_dir_all(world.path("after")).unwrap();
    }
}

#[test]
fn a_folder_that_may_not_be_written_to_is_read_all_the_same() {
    let world = World::ordinary().with_keys(&[("openai", SECRET)]);
    let (old, keys) = (fs::read(world.sealed()).unwrap(), default_profile(&world));
    let bits = |mode| {
        for folder in [world.home().join("profiles"), world.home().join("pins"), world.home()] {
            fs::set_permissions(folder, fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    bits(0o500);
    assert_eq!(default_profile(&world), keys);
    let add = world.byok("add xai --stdin --as-is").stdin(SECRET);
    add.code(1).stderr_holds(&["default.age", "Permission denied"]).check();
    world.byok("rm openai --yes").code(1).stderr_holds(&["Permission denied"]).check();
    let rotate = world.byok("rotate openai --stdin --as-is").stdin("sk-test-another-0123456789");
    rotate.code(1).stderr_holds(&["nothing was changed: `openai` is still", "Permission denied"]).check();
    world.byok("profile copy default copied").code(1).stderr_holds(&["Permission denied"]).check();
    bits(0o700);
    assert_eq!(fs::read(world.sealed()).unwrap(), old);
    assert_eq!(leftovers(&world), [""; 0]);
}

/// Taken for one in the keychain, it would be left behind by its identity.
#[test]
fn a_profile_of_which_nobody_can_tell_where_it_lies_is_not_passed_over() {
    let Some(strace) = super::deed::strace() else { return };
    let world = three_keys();
    let marker = world.home().join("profiles/default.keychain");
    let strace = strace.to_str().unwrap().to_owned();
    let fault = "inject=statx,newfstatat,lstat:error=EIO".to_owned();
    let through = [strace, "-f".into(), "-qq".into(), "-o".into(), "/dev/null".into(), "-P".into()];
    let through = through.into_iter().chain([marker.to_str().unwrap().to_owned(), "-e".into(), fault]);
    let rotate = world.byok("identity rotate").through(through).code(1);
    rotate.stderr_holds(&["not sealed anew: `default`", "the old identity stays in use"]).check();
    assert!(default_profile(&world).contains("mistral"));
    world.byok("identity rotate").stderr_holds(&["1 profile is sealed for it"]).check();
    assert!(default_profile(&world).contains("mistral"));
}
