//! A profile is the old one or the new one, whole, whatever the system does to the writer.
//!
//! `strace` counts the system calls of a deed, then the deed runs again and again with the first, second … n-th call
//! of every kind killed or refused. What the loader does before `main` is left out.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::tools::{skipped, tool};
use crate::world::World;

/// The calls that change or open something. A question mark lets `strace` pass over what a machine has not got.
const CALLS: &[&str] = &[
    "open",
    "openat",
    "write",
    "pwrite64",
    "fsync",
    "fdatasync",
    "rename",
    "renameat",
    "renameat2",
    "link",
    "linkat",
    "unlink",
    "unlinkat",
    "flock",
    "mkdir",
    "mkdirat",
    "chmod",
    "fchmod",
    "fchmodat",
    "truncate",
    "ftruncate",
    "close",
];

/// The calls that only look, which can fail as well.
const LOOKS: &[&str] = &["read", "statx", "newfstatat", "lseek", "getdents64"];

/// Those that a full disk or a used-up quota fails.
const FILLS: &[&str] =
    &["open", "openat", "write", "pwrite64", "fsync", "rename", "renameat", "renameat2", "linkat", "mkdir", "close"];

const SECRET: &str = "sk-test-0123456789abcdef-new";

/// The names of a profile's keys and the fingerprints of their secrets, the old ones first; `None` where there is no profile.
type State = Option<BTreeMap<String, String>>;

/// A change of a profile that is to be disturbed.
struct Deed {
    strace: PathBuf,
    before: World,
    profile: &'static str,
    arguments: &'static str,
    old: State,
    new: State,
    /// Every kind of call of an undisturbed run: how many come before byok's own first one, and how many in all.
    calls: BTreeMap<String, (usize, usize)>,
    /// The names of all calls and what they were called with, from byok's own first one on.
    log: Vec<(String, String)>,
}

/// `strace`, if it is here and may trace.
fn strace() -> Option<PathBuf> {
    let strace = tool(&["strace"])?;
    if Command::new(&strace).args(["-o", "/dev/null", "true"]).output().unwrap().status.success() {
        return Some(strace);
    }
    skipped("this system does not let `strace` trace");
    None
}

fn three_keys() -> World {
    World::new().with_keys(&[
        ("openai", "sk-test-0123456789abcdef-1"),
        ("groq", "sk-test-0123456789abcdef-2"),
        ("mistral", "sk-test-0123456789abcdef-3"),
    ])
}

/// A world of its own with the same files in byok's folder.
fn copy(world: &World) -> World {
    fn folder(from: &Path, to: &Path) {
        fs::DirBuilder::new().mode(0o700).create(to).unwrap();
        for entry in fs::read_dir(from).unwrap().flatten() {
            let to = to.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                folder(&entry.path(), &to);
            } else {
                fs::copy(entry.path(), to).unwrap();
            }
        }
    }
    let copy = World::new();
    if world.home().exists() {
        folder(&world.home(), &copy.home());
    }
    copy
}

#[track_caller]
fn state(world: &World, profile: &str) -> State {
    let output = world.byok("list --json --profile").arg(profile).output();
    if output.status.code() == Some(3) {
        return None;
    }
    assert!(output.status.success(), "the profile does not open: {}", String::from_utf8_lossy(&output.stderr));
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |key: &serde_json::Value, name: &str| key[name].as_str().unwrap().to_owned();
    let keys = document["keys"].as_array().unwrap();
    let secrets = |key: &serde_json::Value| {
        let old = key["previous"].as_array().unwrap().iter().map(|old| text(old, "fingerprint"));
        old.chain([text(key, "fingerprint")]).collect::<Vec<_>>().join(" ")
    };
    let mut state: BTreeMap<String, String> = keys.iter().map(|key| (text(key, "key"), secrets(key))).collect();
    // Before anything is stored, there is no file.
    if let Ok(sealed) = fs::read(world.home().join(format!("profiles/{profile}.age"))) {
        state.insert("recipients".to_owned(), byok::seal::openers(&sealed).unwrap().to_string());
    }
    Some(state)
}

fn leftovers(world: &World) -> Vec<String> {
    world.tree().into_iter().filter(|path| path.contains(".tmp")).collect()
}

/// The calls in a log of `strace`, as name and line.
fn calls(log: &Path) -> Vec<(String, String)> {
    let text = fs::read_to_string(log).unwrap();
    let call = |line: &str| {
        let line = line.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start();
        let (name, _) = line.split_once('(')?;
        name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_').then(|| (name.to_owned(), line.to_owned()))
    };
    text.lines().filter_map(call).collect()
}

impl Deed {
    fn new(before: World, profile: &'static str, arguments: &'static str) -> Option<Self> {
        let strace = strace()?;
        let old = state(&before, profile);
        let (calls, log) = (BTreeMap::new(), Vec::new());
        let mut deed = Self { strace, before, profile, arguments, old, new: None, calls, log };
        let (world, output) = deed.run(&[]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        deed.new = state(&world, profile);
        assert_ne!(deed.old, deed.new, "the deed changes something");
        assert!(leftovers(&world).is_empty());
        let all = self::calls(&world.path("log"));
        let ours = format!("\"{}", world.home().display());
        let start = all.iter().position(|(_, line)| line.contains(&ours)).expect("byok opens something of its own");
        for (at, (name, _)) in all.iter().enumerate() {
            let (before, total) = deed.calls.entry(name.clone()).or_default();
            *total += 1;
            *before += usize::from(at < start);
        }
        deed.log = all[start..].to_vec();
        Some(deed)
    }

    /// The deed in a fresh copy of its world, under `strace` with these arguments besides.
    #[track_caller]
    fn run(&self, arguments: &[String]) -> (World, Output) {
        let world = copy(&self.before);
        let set = |names: &[&str]| names.iter().map(|name| format!("?{name}")).collect::<Vec<_>>().join(",");
        let mut through: Vec<String> = ["timeout", "30"].map(str::to_owned).to_vec();
        through.push(self.strace.to_str().unwrap().to_owned());
        through.extend(["-f", "-qq", "-y", "-s", "64", "-o"].map(str::to_owned));
        through.push(world.path("log").to_str().unwrap().to_owned());
        through.extend(["-e".to_owned(), format!("trace={},{}", set(CALLS), set(LOOKS))]);
        through.extend(arguments.iter().cloned());
        let output = world.byok(self.arguments).stdin(SECRET).through(through).output();
        (world, output)
    }

    /// Runs the deed once with every single call of these kinds disturbed; answers how many runs that were.
    fn disturb(&self, kinds: &[&str], how: &str, check: impl Fn(&str, &World, &Output)) -> usize {
        let mut runs = 0;
        for kind in kinds {
            let Some((before, total)) = self.calls.get(*kind) else { continue };
            for at in before + 1..=*total {
                let fault = format!("{kind}:{how}{at}");
                let (world, output) = self.run(&["-e".to_owned(), format!("inject={fault}")]);
                let place = format!("`{}` with {fault}", self.arguments);
                check(&place, &world, &output);
                self.goes_on(&place, &world);
                runs += 1;
            }
        }
        runs
    }

    /// Whatever happened: the identity is whole or absent, and the next writer works and leaves nothing behind.
    fn goes_on(&self, place: &str, world: &World) {
        if let Ok(identity) = fs::read_to_string(world.home().join("identity.txt")) {
            assert!(byok::seal::Identities::parse(&identity).is_ok(), "{place}: half an identity");
            assert!(identity.ends_with('\n'), "{place}: half an identity");
        }
        let mut expected = state(world, self.profile).unwrap_or_default();
        let next = "sk-test-0123456789abcdef-next";
        let output = world.byok("add xai --stdin --as-is --profile").arg(self.profile).stdin(next).output();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{place}: the next `add` fails: {stderr}");
        let found = state(world, self.profile).unwrap();
        for name in ["xai", "recipients"] {
            let of = if expected.contains_key(name) { &expected } else { &found };
            expected.insert(name.to_owned(), of.get(name).cloned().unwrap_or_default());
        }
        assert_eq!(found, expected, "{place}: the next `add`");
        assert_eq!(leftovers(world), [""; 0], "{place}: the next `add` sweeps");
        // The log may lack what was disturbed, and is whole all the same.
        let log = world.byok("log --verify").output();
        assert!(log.status.success(), "{place}: {}", String::from_utf8_lossy(&log.stdout));
    }

    fn killed_anywhere_is_old_or_new(&self) {
        let runs = self.disturb(CALLS, "signal=KILL:when=", |place, world, output| {
            let killed = output.status.signal() == Some(9) || output.status.code() == Some(137);
            assert!(killed, "{place}: the run ended with {}", output.status);
            let found = state(world, self.profile);
            assert!(found == self.old || found == self.new, "{place}: {found:?}");
        });
        assert!(runs > 20, "only {runs} places");
    }

    fn refused_anywhere_is_old_with_an_error_or_new_without(&self) {
        let check = |place: &str, world: &World, output: &Output| {
            let stderr = String::from_utf8_lossy(&output.stderr);
            let found = state(world, self.profile);
            match output.status.code() {
                Some(0) => assert_eq!(found, self.new, "{place}: it said that it was done"),
                Some(1..=4) => assert_eq!(found, self.old, "{place}: it said that it failed: {stderr}"),
                _ => panic!("{place}: it ended with {}: {stderr}", output.status),
            }
            assert!(output.stdout.is_empty() || self.arguments.starts_with("restore"), "{place}");
            // Whoever cannot remove cannot tidy up either.
            assert!(place.contains("unlink") || leftovers(world).is_empty(), "{place}: {:?}", leftovers(world));
        };
        let mut runs = self.disturb(CALLS, "error=EIO:when=", check);
        runs += self.disturb(LOOKS, "error=EIO:when=", check);
        for error in ["ENOSPC", "EDQUOT"] {
            runs += self.disturb(FILLS, &format!("error={error}:when="), check);
        }
        assert!(runs > 60, "only {runs} places");
    }

    /// An ending signal waits until the write is done, or comes before it.
    fn interrupted_anywhere_leaves_nothing_behind(&self) {
        for (signal, number) in [("INT", 2), ("TERM", 15)] {
            let runs = self.disturb(CALLS, &format!("signal={signal}:when="), |place, world, output| {
                let (ended, found) = (
                    output.status.signal().or(output.status.code().map(|code| code - 128)),
                    state(world, self.profile),
                );
                // The last of its calls come when there is nothing left to hold back.
                let done = output.status.success() && found == self.new;
                assert!(done || ended == Some(number), "{place}: {}", output.status);
                assert!(found == self.old || found == self.new, "{place}: {found:?}");
                assert_eq!(leftovers(world), [""; 0], "{place}");
            });
            assert!(runs > 20, "only {runs} places");
        }
    }

    /// As in [`Deed::refused_anywhere_is_old_with_an_error_or_new_without`], but the trouble stays until the end.
    fn refused_from_anywhere_on_is_old_or_new(&self) {
        for (kind, (before, total)) in &self.calls {
            for at in before + 1..=*total {
                if !["write", "fsync", "renameat", "renameat2", "linkat", "openat", "mkdir"].contains(&kind.as_str()) {
                    continue;
                }
                let fault = format!("{kind}:error=ENOSPC:when={at}+");
                let (world, output) = self.run(&["-e".to_owned(), format!("inject={fault}")]);
                let place = format!("`{}` with {fault}", self.arguments);
                let (found, code) = (state(&world, self.profile), output.status.code());
                assert_eq!(found, if code == Some(0) { self.new.clone() } else { self.old.clone() }, "{place}");
                assert!(code.is_some_and(|code| code <= 4), "{place}: {}", output.status);
                self.goes_on(&place, &world);
            }
        }
    }

    fn is_not_disturbed_by(&self, kinds: &[&str], how: &str) {
        let runs = self.disturb(kinds, how, |place, world, output| {
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{place}: {}: {stderr}", output.status);
            assert_eq!(state(world, self.profile), self.new, "{place}");
        });
        assert!(runs > 0, "no such call");
    }
}

/// A look for a keychain would count the calls of a thread of its own, in no order.
fn first_add() -> Option<Deed> {
    let world = World::new();
    world.file("home/config.toml", "identity = \"file\"\n");
    Deed::new(world, "default", "add openai --stdin --as-is")
}

fn another_add() -> Option<Deed> {
    Deed::new(three_keys(), "default", "add deepseek --stdin --as-is")
}

fn replacing_add() -> Option<Deed> {
    Deed::new(three_keys(), "default", "add groq --replace --stdin --as-is")
}

fn removal() -> Option<Deed> {
    Deed::new(three_keys(), "default", "rm groq --yes")
}

fn profile_copy() -> Option<Deed> {
    Deed::new(three_keys(), "copied", "profile copy default copied")
}

fn profile_removal() -> Option<Deed> {
    let before = three_keys();
    before.byok("profile copy default copied").go();
    Deed::new(before, "copied", "profile rm copied --yes")
}

fn rotation() -> Option<Deed> {
    Deed::new(three_keys(), "default", "rotate groq --stdin --as-is")
}

/// A key of which an old secret is kept.
fn rotated() -> World {
    let before = three_keys();
    before.byok("rotate groq --stdin --as-is").stdin(SECRET).go();
    before
}

fn rotation_back() -> Option<Deed> {
    Deed::new(rotated(), "default", "rotate --undo groq")
}

fn renaming() -> Option<Deed> {
    Deed::new(three_keys(), "default", "rename groq groq:new")
}

fn letting_out() -> Option<Deed> {
    let before = three_keys();
    let bob = byok::seal::Identities::generate().recipients().remove(0);
    before.byok("recipient add bob --yes").arg(bob).go();
    Deed::new(before, "default", "recipient rm bob --yes")
}

/// A profile as it was, in the place of what became of it.
fn restoring() -> Option<Deed> {
    let before = three_keys();
    let file = before.path("home.age");
    before.byok("backup").arg(&file).go();
    before.byok("rm groq --yes").go();
    before.byok("rename mistral mistral:other").go();
    let arguments = format!("restore {} --replace --yes", file.display());
    Deed::new(before, "default", Box::leak(arguments.into_boxed_str()))
}

fn end_of_rotation() -> Option<Deed> {
    Deed::new(rotated(), "default", "rotate --finish groq --force")
}

macro_rules! disturbed {
    ($($deed:ident: $killed:ident, $interrupted:ident, $refused:ident, $lasting:ident;)*) => {$(
        #[test]
        fn $killed() {
            let Some(deed) = $deed() else { return };
            deed.killed_anywhere_is_old_or_new();
        }

        #[test]
        fn $interrupted() {
            let Some(deed) = $deed() else { return };
            deed.interrupted_anywhere_leaves_nothing_behind();
        }

        #[test]
        fn $refused() {
            let Some(deed) = $deed() else { return };
            deed.refused_anywhere_is_old_with_an_error_or_new_without();
        }

        #[test]
        fn $lasting() {
            let Some(deed) = $deed() else { return };
            deed.refused_from_anywhere_on_is_old_or_new();
        }
    )*};
}

disturbed! {
    first_add:
        a_killed_first_add_leaves_no_half_identity_or_profile,
        an_interrupted_first_add_leaves_nothing_behind,
        a_first_add_on_a_failing_disk_says_so_and_leaves_nothing,
        a_first_add_on_a_disk_that_goes_away_says_so_and_leaves_nothing;
    another_add:
        a_killed_add_leaves_the_old_or_the_new_profile,
        an_interrupted_add_leaves_nothing_behind,
        an_add_on_a_failing_disk_says_so_and_leaves_the_old_profile,
        an_add_on_a_disk_that_goes_away_says_so_and_leaves_the_old_profile;
    replacing_add:
        a_killed_replacement_leaves_the_old_or_the_new_key,
        an_interrupted_replacement_leaves_nothing_behind,
        a_replacement_on_a_failing_disk_says_so_and_leaves_the_old_key,
        a_replacement_on_a_disk_that_goes_away_says_so_and_leaves_the_old_key;
    rotation:
        a_killed_rotation_leaves_the_old_or_the_new_secret,
        an_interrupted_rotation_leaves_nothing_behind,
        a_rotation_on_a_failing_disk_says_so_and_leaves_the_old_secret,
        a_rotation_on_a_disk_that_goes_away_says_so_and_leaves_the_old_secret;
    rotation_back:
        a_killed_undo_leaves_the_old_or_the_new_secret,
        an_interrupted_undo_leaves_nothing_behind,
        an_undo_on_a_failing_disk_says_so_and_leaves_the_new_secret,
        an_undo_on_a_disk_that_goes_away_says_so_and_leaves_the_new_secret;
    end_of_rotation:
        a_killed_end_of_a_rotation_wipes_the_old_secret_or_keeps_it,
        an_interrupted_end_of_a_rotation_leaves_nothing_behind,
        an_end_of_a_rotation_on_a_failing_disk_says_so_and_keeps_the_old_secret,
        an_end_of_a_rotation_on_a_disk_that_goes_away_says_so_and_keeps_the_old_secret;
    removal:
        a_killed_removal_leaves_the_old_or_the_new_profile,
        an_interrupted_removal_leaves_nothing_behind,
        a_removal_on_a_failing_disk_says_so_and_leaves_the_old_profile,
        a_removal_on_a_disk_that_goes_away_says_so_and_leaves_the_old_profile;
    renaming:
        a_killed_rename_leaves_the_old_or_the_new_name,
        an_interrupted_rename_leaves_nothing_behind,
        a_rename_on_a_failing_disk_says_so_and_leaves_the_old_name,
        a_rename_on_a_disk_that_goes_away_says_so_and_leaves_the_old_name;
    letting_out:
        a_killed_recipient_rm_leaves_them_in_or_out,
        an_interrupted_recipient_rm_leaves_nothing_behind,
        a_recipient_rm_on_a_failing_disk_says_so_and_leaves_them_in,
        a_recipient_rm_on_a_disk_that_goes_away_says_so_and_leaves_them_in;
    restoring:
        a_killed_restore_leaves_the_old_or_the_new_profile,
        an_interrupted_restore_leaves_nothing_behind,
        a_restore_on_a_failing_disk_says_so_and_leaves_the_old_profile,
        a_restore_on_a_disk_that_goes_away_says_so_and_leaves_the_old_profile;
    profile_copy:
        a_killed_profile_copy_leaves_no_half_profile,
        an_interrupted_profile_copy_leaves_nothing_behind,
        a_profile_copy_on_a_failing_disk_says_so_and_leaves_nothing,
        a_profile_copy_on_a_disk_that_goes_away_says_so_and_leaves_nothing;
    profile_removal:
        a_killed_profile_removal_leaves_the_profile_or_nothing,
        an_interrupted_profile_removal_leaves_nothing_behind,
        a_profile_removal_on_a_failing_disk_says_so_and_leaves_the_profile,
        a_profile_removal_on_a_disk_that_goes_away_says_so_and_leaves_the_profile;
}

#[test]
fn an_interrupted_call_is_made_again() {
    for deed in [first_add(), another_add()] {
        let Some(deed) = deed else { return };
        deed.is_not_disturbed_by(&["write", "fsync", "flock", "openat", "read"], "error=EINTR:when=");
    }
}

#[test]
fn a_file_system_that_cannot_swap_names_is_good_enough() {
    for deed in [first_add(), another_add()] {
        let Some(deed) = deed else { return };
        for error in ["EINVAL", "ENOSYS"] {
            let (world, output) = deed.run(&["-e".to_owned(), format!("inject=renameat2:error={error}")]);
            assert!(output.status.success(), "{error}: {}", String::from_utf8_lossy(&output.stderr));
            assert_eq!(state(&world, "default"), deed.new, "{error}");
            assert!(leftovers(&world).is_empty(), "{error}");
        }
    }
}

#[test]
fn whatever_keeps_a_file_from_being_opened_leaves_the_old_profile() {
    let Some(deed) = another_add() else { return };
    for error in ["EACCES", "EROFS", "EMFILE", "ENOMEM", "ELOOP", "EINVAL"] {
        deed.disturb(
            &["openat", "mkdir", "rename", "renameat"],
            &format!("error={error}:when="),
            |place, world, output| {
                let done = output.status.success();
                assert!(done || output.status.code().is_some_and(|code| code <= 4), "{place}: {}", output.status);
                assert_eq!(&state(world, "default"), if done { &deed.new } else { &deed.old }, "{place}");
            },
        );
    }
}

#[test]
fn a_removed_profile_takes_along_what_a_killed_writer_left_of_it() {
    let Some(deed) = another_add() else { return };
    let (_, total) = deed.calls["unlink"];
    // Killed just before it removes the old file, which then holds keys under another name.
    let (world, _) = deed.run(&["-e".to_owned(), format!("inject=unlink:signal=KILL:when={total}")]);
    assert_eq!(leftovers(&world).len(), 1);
    world.byok("profile rm default --yes").go();
    assert_eq!(world.tree(), ["identity.lock", "identity.txt", "profiles/default.lock"]);
}

#[test]
fn a_failed_sync_is_never_tried_again_and_called_a_success() {
    let Some(deed) = another_add() else { return };
    let runs = deed.disturb(&["fsync"], "error=EIO:when=", |place, world, output| {
        assert_eq!(output.status.code(), Some(1), "{place}");
        assert_eq!(state(world, "default"), deed.old, "{place}");
    });
    assert!(runs >= 2, "the file and its folder are both synced");
}

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
        let Some(deed) = deed else { return };
        let log = &deed.log;
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
        let Some(deed) = deed else { return };
        for (name, line) in deed.log.iter().filter(|(_, line)| line.contains("/default.age")) {
            let opens_to_write = name.starts_with("open") && !line.contains("O_RDONLY");
            assert!(!opens_to_write && !name.contains("trunc") && !name.contains("chmod"), "{line}");
            assert!(name != "write" && !name.starts_with("unlink"), "{line}");
        }
    }
}

#[test]
fn an_identity_is_synced_before_anything_is_sealed_for_it() {
    let Some(deed) = first_add() else { return };
    let log = &deed.log;
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
    let old = (fs::read(world.sealed()).unwrap(), state(&world, "default"));
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
        assert_eq!(state(&world, "default"), old.1);
        fs::remove_dir_all(world.path("after")).unwrap();
    }
}

#[test]
fn a_folder_that_may_not_be_written_to_is_read_all_the_same() {
    let world = World::ordinary().with_keys(&[("openai", SECRET)]);
    let (old, keys) = (fs::read(world.sealed()).unwrap(), state(&world, "default"));
    let bits = |mode| {
        for folder in [world.home().join("profiles"), world.home().join("pins"), world.home()] {
            fs::set_permissions(folder, fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    bits(0o500);
    assert_eq!(state(&world, "default"), keys);
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
