//! Power cuts: byok writes to a file system of its own in an image, the image is copied as it is at that moment, and what
//! a machine would find after the cut is looked at in the copy.
//!
//! Needs root and loop devices. Where a machine is root and may mount nothing, that is said in one line and is no
//! failure, also where `CI=true`: no package makes a container mount, and the order of the calls, on which all this
//! rests, is held by `faults::order` everywhere.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use tempfile::TempDir;

use crate::tools::{skipped, tool};
use crate::world::World;

const SECRET: &str = "sk-test-0123456789abcdef-new";

/// A file system, the options with which byok writes to it, and how long after a write the power is cut.
struct Disk {
    kind: &'static str,
    options: &'static str,
    /// Besides at once, so that what the kernel writes of itself meanwhile is cut as well.
    later: Option<Duration>,
}

/// Nothing is written but what byok has synced.
const LAZY: Disk = Disk { kind: "ext4", options: "commit=300", later: None };

/// The kernel writes names early and contents late.
const HASTY: Disk =
    Disk { kind: "ext4", options: "commit=1,data=writeback,noauto_da_alloc", later: Some(Duration::from_millis(2500)) };

const XFS: Disk = Disk { kind: "xfs", options: "", later: None };

const BTRFS: Disk = Disk { kind: "btrfs", options: "commit=300", later: None };

/// Loop devices are few, and copies of images are read back from the same cache.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// A mounted image, which is unmounted whatever happens to the test; `mount` has its loop device go with it.
struct Mounted(PathBuf);

impl Mounted {
    fn new(image: &Path, at: &Path, kind: &str, options: &str) -> Option<Self> {
        fs::create_dir_all(at).unwrap();
        let options = ["loop", options].into_iter().filter(|one| !one.is_empty()).collect::<Vec<_>>().join(",");
        let mount = Command::new("mount").args(["-t", kind, "-o", &options]).arg(image).arg(at).output().unwrap();
        if !mount.status.success() {
            let _ = write!(std::io::stderr(), "{}", String::from_utf8_lossy(&mount.stderr));
            return None;
        }
        Some(Self(at.to_owned()))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        for _ in 0..50 {
            if Command::new("umount").arg(&self.0).output().is_ok_and(|done| done.status.success()) {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
    }
}

/// Says, past the harness, that this machine lets nobody mount; `.ci/run` prints it and counts it apart.
fn cannot(why: &str) {
    let _ = writeln!(std::io::stderr(), "not possible here: power cuts: {why}");
}

/// A world whose folder of byok's lies on a file system of its own.
struct Machine {
    world: World,
    disk: Disk,
    /// Goes before the folder in which it lies.
    mounted: Option<Mounted>,
    images: TempDir,
}

impl Machine {
    /// `None` where it cannot be, which is said.
    fn new(disk: Disk) -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            cannot("the tests do not run as root");
            return None;
        }
        let mkfs = tool(&[&format!("/usr/sbin/mkfs.{}", disk.kind), &format!("/sbin/mkfs.{}", disk.kind)])?;
        let images = tempfile::tempdir().unwrap();
        let image = images.path().join("image");
        // The smallest that each of them makes.
        let size = if disk.kind == "xfs" { 300 } else { 128 };
        fs::File::create(&image).unwrap().set_len(size << 20).unwrap();
        let force = if disk.kind == "ext4" { "-F" } else { "-f" };
        let made = Command::new(mkfs).args(["-q", force]).arg(&image).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let at = images.path().join("disk");
        let Some(mounted) = Mounted::new(&image, &at, disk.kind, disk.options) else {
            cannot(&format!("this machine does not mount {}", disk.kind));
            return None;
        };
        let world = World::new();
        let machine = Self { world, disk, mounted: Some(mounted), images };
        fs::DirBuilder::new().mode(0o700).create(machine.home()).unwrap();
        assert!(Command::new("sync").arg("-f").arg(machine.home()).status().unwrap().success());
        Some(machine)
    }

    fn home(&self) -> PathBuf {
        self.images.path().join("disk/home")
    }

    fn byok(&self, home: &Path, arguments: &str) -> Output {
        self.world.byok(arguments).env("BYOK_HOME", home).stdin(SECRET).output()
    }

    /// The disk of a machine that loses its power now. What is only in the memory of the file system is lost.
    fn cut(&self, name: &str) -> PathBuf {
        let copy = self.images.path().join(format!("cut {name}"));
        let copied = Command::new("cp").arg("--sparse=always").args([&self.image(), &copy]).status().unwrap();
        assert!(copied.success());
        copy
    }

    /// What is found on these disks, in each one's turn: btrfs and XFS mount no two of the same identity.
    fn find(&mut self, place: &str, cuts: Vec<PathBuf>) -> Vec<Option<Vec<String>>> {
        self.mounted = None;
        let at = self.images.path().join("disk");
        let look = |cut: PathBuf| {
            let mounted = Mounted::new(&cut, &at, self.disk.kind, "").expect("a cut leaves a disk that mounts");
            let place = format!("{place}, {}", cut.file_name().unwrap().display());
            let keys = self.keys(&place, &at.join("home"));
            drop(mounted);
            fs::remove_file(cut).unwrap();
            keys
        };
        let found = cuts.into_iter().map(look).collect();
        self.mounted = Mounted::new(&self.image(), &at, self.disk.kind, self.disk.options);
        assert!(self.mounted.is_some(), "the disk is mounted again");
        found
    }

    fn image(&self) -> PathBuf {
        self.images.path().join("image")
    }

    /// The keys of the profile and for how many it is sealed, if there is one; nothing that is there is empty, or does
    /// not open.
    #[track_caller]
    fn keys(&self, place: &str, home: &Path) -> Option<Vec<String>> {
        for file in ["profiles/default.age", "identity.txt"] {
            if let Ok(content) = fs::read(home.join(file)) {
                assert!(content.iter().any(|byte| *byte != 0), "{place}: `{file}` has {} empty bytes", content.len());
            }
        }
        if !home.join("profiles/default.age").exists() {
            return None;
        }
        let list = self.byok(home, "list --json");
        let said = String::from_utf8_lossy(&list.stderr);
        assert!(list.status.success(), "{place}: the profile does not open: {said}");
        let document: serde_json::Value = serde_json::from_slice(&list.stdout).unwrap();
        let line = |key: &serde_json::Value| format!("{}={}", key["key"], key["fingerprint"]);
        let mut keys: Vec<String> = document["keys"].as_array().unwrap().iter().map(line).collect();
        let sealed = fs::read(home.join("profiles/default.age")).unwrap();
        keys.push(format!("for {}", byok::seal::openers(&sealed).unwrap()));
        Some(keys)
    }
}

/// What is done one after the other.
fn deeds() -> Vec<String> {
    let bob = byok::seal::Identities::generate().recipients().remove(0);
    let deeds = ["init --identity file", "add openai --stdin --as-is", "add groq --stdin --as-is --duplicate"];
    let more = ["add mistral:one --stdin --as-is --duplicate", "rm groq --yes", "rename mistral:one mistral:two"];
    let mut deeds: Vec<String> = deeds.iter().chain(&more).map(|deed| (*deed).to_owned()).collect();
    deeds.push(format!("recipient add bob {bob} --yes"));
    deeds.push("identity rotate".to_owned());
    deeds
}

/// Whatever byok says that it has done is there after a cut right behind it, or a little later.
fn what_is_said_to_be_done_is_there(disk: Disk) {
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let Some(mut machine) = Machine::new(disk) else { return };
    for deed in deeds() {
        let output = machine.byok(&machine.home(), &deed);
        assert!(output.status.success(), "{deed}: {}", String::from_utf8_lossy(&output.stderr));
        // Nothing is looked at before the cut: a look may write.
        let mut cuts = vec![machine.cut("at once")];
        if let Some(later) = machine.disk.later {
            std::thread::sleep(later);
            cuts.push(machine.cut("later"));
        }
        let found = machine.find(&format!("`{deed}`"), cuts);
        let now = machine.keys(&deed, &machine.home());
        for found in found {
            assert_eq!(found, now, "`{deed}`: it said that it was done, and after the cut it is not there");
        }
    }
    // What nobody has synced is lost, or these cuts would show nothing.
    let name = "profiles/default.age";
    fs::write(machine.home().join(name), "not synced").unwrap();
    let (cut, at) = (machine.cut("of what is not synced"), machine.images.path().join("disk"));
    machine.mounted = None;
    let after = Mounted::new(&cut, &at, machine.disk.kind, "").expect("a cut leaves a disk that mounts");
    let found = fs::read(machine.home().join(name)).unwrap_or_default();
    drop(after);
    assert_ne!(found, b"not synced", "this machine's disks are never behind: a cut loses nothing");
}

/// A cut in the midst of a deed leaves the old or the new, and nothing empty.
fn a_cut_in_the_midst_leaves_the_old_or_the_new(disk: Disk, all: bool) {
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let Some(strace) = tool(&["strace"]) else { return };
    if !Command::new(&strace).args(["-o", "/dev/null", "true"]).output().unwrap().status.success() {
        return skipped("this system does not let `strace` trace");
    }
    let Some(mut machine) = Machine::new(disk) else { return };
    let (home, mut count) = (machine.home(), 0);
    let deeds = deeds();
    let (first, rest) = deeds.split_at(1);
    assert!(machine.byok(&home, &first[0]).status.success());
    for deed in if all { rest } else { &rest[..2] } {
        let old = machine.keys(deed, &home);
        let log = machine.images.path().join("log");
        let held = "?fsync,?rename,?renameat,?renameat2,?link,?linkat,?unlink,?unlinkat";
        let mut command = Command::new(&strace);
        command.args(["-f", "-qq", "-o"]).arg(&log).args(["-e", &format!("trace={held}"), "-e"]);
        // After each of its calls it waits for long enough that the image is copied meanwhile.
        command.arg(format!("inject={held}:delay_exit=700000"));
        let plain = machine.world.command();
        command.arg(plain.get_program()).args(deed.split(' ')).env_clear();
        command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?)))).env("BYOK_HOME", &home);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdin.take().unwrap().write_all(SECRET.as_bytes()));
        let (mut seen, mut cuts) = (0, Vec::new());
        while child.try_wait().unwrap().is_none() {
            let calls = fs::read_to_string(&log).map_or(0, |log| log.lines().count());
            if calls > seen {
                seen = calls;
                cuts.push(machine.cut(&format!("at call {calls}")));
            }
            std::thread::yield_now();
        }
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{deed}: {}", String::from_utf8_lossy(&output.stderr));
        let new = machine.keys(deed, &home);
        count += cuts.len();
        for found in machine.find(&format!("`{deed}`"), cuts) {
            assert!(found == old || found == new, "`{deed}`: neither {old:?} nor {new:?}: {found:?}");
        }
    }
    assert!(count > 3, "only {count} cuts");
    if crate::faults::is_long() {
        let _ = writeln!(std::io::stderr(), "injected: {count:5} power cuts in the midst on {}", machine.disk.kind);
    }
}

#[test]
fn on_ext4_that_writes_late_what_is_done_is_there() {
    what_is_said_to_be_done_is_there(LAZY);
}

#[test]
fn on_ext4_that_writes_names_first_what_is_done_is_there() {
    what_is_said_to_be_done_is_there(HASTY);
}

#[test]
fn on_xfs_what_is_done_is_there() {
    what_is_said_to_be_done_is_there(XFS);
}

#[test]
fn on_btrfs_what_is_done_is_there() {
    what_is_said_to_be_done_is_there(BTRFS);
}

#[test]
fn on_ext4_a_cut_in_the_midst_leaves_the_old_or_the_new() {
    a_cut_in_the_midst_leaves_the_old_or_the_new(HASTY, crate::faults::is_long());
}

#[test]
fn on_xfs_a_cut_in_the_midst_leaves_the_old_or_the_new() {
    a_cut_in_the_midst_leaves_the_old_or_the_new(XFS, crate::faults::is_long());
}

#[test]
fn on_btrfs_a_cut_in_the_midst_leaves_the_old_or_the_new() {
    a_cut_in_the_midst_leaves_the_old_or_the_new(BTRFS, crate::faults::is_long());
}
