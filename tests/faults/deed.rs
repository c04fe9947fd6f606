//! One deed that is disturbed: the world before it, what may be seen of it afterwards, and its runs under `strace`.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::TempDir;

use super::{CALLS, LOOKS, MEMORY, SECRET};
use crate::tools::{skipped, tool};
use crate::world::{Run, World};

/// `strace`, if it is here and may trace.
pub(super) fn strace() -> Option<PathBuf> {
    let strace = tool(&["strace"])?;
    if Command::new(&strace).args(["-o", "/dev/null", "true"]).output().unwrap().status.success() {
        return Some(strace);
    }
    skipped("this system does not let `strace` trace");
    None
}

/// How one thing looks, as a text that is the same wherever it is the same.
type Look = Box<dyn Fn(&World) -> String + Sync>;

/// A change of something that byok keeps.
pub(super) struct Deed {
    world: World,
    arguments: String,
    folder: &'static str,
    stdin: String,
    variables: Vec<(&'static str, String)>,
    /// What it changes, in the order in which it does.
    parts: Vec<Look>,
    /// How the parts may look besides on the way from the old to the new.
    between: Vec<String>,
    /// Whether other deeds have to wait for it: there is no profile to add to, or none that is accepted.
    is_first: bool,
    /// Whether it may end with an error after the new is there: what it writes is read back, or noted in another file, and
    /// what somebody may have read already is not taken away again.
    fails_late: bool,
    /// Whether another program does a part of it, whose death it tells of.
    starts_others: bool,
    /// No more calls than these are disturbed, where a run takes seconds.
    only: Option<&'static [&'static str]>,
}

impl Deed {
    pub(super) fn new(world: World, arguments: impl Into<String>) -> Self {
        let (arguments, stdin) = (arguments.into(), SECRET.to_owned());
        let (variables, parts, between) = (Vec::new(), Vec::new(), Vec::new());
        Self {
            world,
            arguments,
            folder: "",
            stdin,
            variables,
            parts,
            between,
            is_first: false,
            fails_late: false,
            starts_others: false,
            only: None,
        }
    }

    /// A thing that it changes, after those before.
    pub(super) fn changes(mut self, look: impl Fn(&World) -> String + Sync + 'static) -> Self {
        self.parts.push(Box::new(look));
        self
    }

    pub(super) fn by_way_of(mut self, state: &str) -> Self {
        self.between.push(state.to_owned());
        self
    }

    pub(super) fn env(mut self, name: &'static str, value: impl AsRef<Path>) -> Self {
        self.variables.push((name, value.as_ref().to_str().unwrap().to_owned()));
        self
    }

    pub(super) fn within(mut self, folder: &'static str) -> Self {
        self.folder = folder;
        self
    }

    pub(super) fn world(&self) -> &World {
        &self.world
    }

    pub(super) fn comes_first(mut self) -> Self {
        self.is_first = true;
        self
    }

    pub(super) fn may_fail_late(mut self) -> Self {
        self.fails_late = true;
        self
    }

    pub(super) fn starts_others(mut self) -> Self {
        self.starts_others = true;
        self
    }

    pub(super) fn only_at(mut self, calls: &'static [&'static str]) -> Self {
        self.only = Some(calls);
        self
    }
}

/// A deed with its world set aside, and with what it does when nobody disturbs it.
pub(super) struct Trial {
    strace: PathBuf,
    deed: Deed,
    /// The world before, and the log of `strace`: it shows what is typed.
    aside: TempDir,
    pub(super) old: Vec<String>,
    pub(super) new: Vec<String>,
    /// Whether it prints anything.
    talks: bool,
    /// Every kind of call of an undisturbed run: how many come before byok's own first one, and how many in all.
    calls: BTreeMap<String, (usize, usize)>,
    /// The names of all calls and what they were called with, from byok's own first one on.
    pub(super) log: Vec<(String, String)>,
    points: AtomicUsize,
}

/// All that lies in one folder, put into another, which is there.
fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().flatten() {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        let about = fs::symlink_metadata(&from).unwrap();
        if about.is_dir() {
            fs::DirBuilder::new().mode(about.permissions().mode()).create(&to).unwrap();
            copy(&from, &to);
        } else if about.is_symlink() {
            std::os::unix::fs::symlink(fs::read_link(&from).unwrap(), &to).unwrap();
        } else {
            fs::copy(&from, to).unwrap();
        }
    }
}

/// The calls in a log of `strace`, as name and line.
pub(super) fn calls(log: &Path) -> Vec<(String, String)> {
    let text = fs::read_to_string(log).unwrap();
    let call = |line: &str| {
        let line = line.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start();
        let (name, _) = line.split_once('(')?;
        name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_').then(|| (name.to_owned(), line.to_owned()))
    };
    text.lines().filter_map(call).collect()
}

/// What was begun and not ended, wherever it lies.
pub(super) fn leftovers(world: &World) -> Vec<String> {
    fn walk(folder: &Path, into: &mut Vec<String>) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.file_type().unwrap().is_dir() {
                walk(&entry.path(), into);
            } else if entry.path().extension().is_some_and(|end| end == "tmp") {
                into.push(entry.path().display().to_string());
            }
        }
    }
    let mut left = Vec::new();
    walk(world.root(), &mut left);
    left
}

/// Whether every single point is disturbed: `tests/faults.sh` says so.
pub(crate) fn is_long() -> bool {
    std::env::var("FAULTS").as_deref() == Ok("all")
}

/// Of the points that change nothing themselves, the short form takes one in so many, other ones for every deed.
const ONE_IN: u64 = 12;

impl Trial {
    /// `None` where nothing can be traced, which is said.
    pub(super) fn of(deed: Deed) -> Option<Self> {
        let (strace, aside) = (strace()?, tempfile::tempdir().unwrap());
        fs::create_dir(aside.path().join("world")).unwrap();
        copy(deed.world.root(), &aside.path().join("world"));
        let (old, new, talks) = (Vec::new(), Vec::new(), true);
        let (calls, log, points) = (BTreeMap::new(), Vec::new(), AtomicUsize::new(0));
        let mut trial = Self { strace, deed, aside, old, new, talks, calls, log, points };
        trial.old = trial.state();
        let output = trial.run(&[]);
        assert!(output.status.success(), "{}: {}", trial.deed.arguments, String::from_utf8_lossy(&output.stderr));
        trial.talks = !output.stdout.is_empty();
        let all = self::calls(&trial.traced());
        trial.new = trial.state();
        assert_ne!(trial.old, trial.new, "the deed changes something");
        assert!(leftovers(trial.world()).is_empty());
        let ours = format!("\"{}", trial.world().home().display());
        let start = all.iter().position(|(_, line)| line.contains(&ours)).expect("byok opens something of its own");
        for (at, (name, _)) in all.iter().enumerate() {
            let (before, total) = trial.calls.entry(name.clone()).or_default();
            *total += 1;
            *before += usize::from(at < start);
        }
        trial.log = all[start..].to_vec();
        Some(trial)
    }

    pub(super) fn world(&self) -> &World {
        &self.deed.world
    }

    /// What `strace` has seen of the last run.
    pub(super) fn traced(&self) -> PathBuf {
        self.aside.path().join("log")
    }

    /// Whether an error means that nothing was changed.
    pub(super) fn fails_early(&self) -> bool {
        self.is_one_step() && !self.deed.fails_late
    }

    /// Whether another program that it started was killed in its stead, and it has said so.
    pub(super) fn told_of_another(&self, output: &Output) -> bool {
        self.deed.starts_others && matches!(output.status.code(), Some(1..=4))
    }

    /// How what it changes looks now.
    pub(super) fn state(&self) -> Vec<String> {
        self.deed.parts.iter().map(|look| look(self.world())).collect()
    }

    /// Puts the world back as it was before the deed.
    pub(super) fn reset(&self) {
        for entry in fs::read_dir(self.world().root()).unwrap().flatten() {
            if entry.file_type().unwrap().is_dir() {
                fs::remove_dir_all(entry.path()).unwrap();
            } else {
                fs::remove_file(entry.path()).unwrap();
            }
        }
        copy(&self.aside.path().join("world"), self.world().root());
    }

    /// The deed in the world as it is.
    pub(super) fn undisturbed(&self) -> Run<'_> {
        let run = self.world().byok(&self.deed.arguments).stdin(&self.deed.stdin).within(self.deed.folder);
        let run = run.env("HOME", self.world().path("user")).env("SHELL", "/bin/bash");
        self.deed.variables.iter().fold(run, |run, (name, value)| run.env(name, value))
    }

    /// The deed in the world as it was before, under `strace` with these arguments besides.
    #[track_caller]
    pub(super) fn run(&self, arguments: &[String]) -> Output {
        self.reset();
        let set = |names: &[&str]| names.iter().map(|name| format!("?{name}")).collect::<Vec<_>>().join(",");
        let mut through: Vec<String> = ["timeout", "60"].map(str::to_owned).to_vec();
        through.push(self.strace.to_str().unwrap().to_owned());
        through.extend(["-f", "-qq", "-y", "-s", "64", "-o"].map(str::to_owned));
        through.push(self.traced().to_str().unwrap().to_owned());
        through.extend(["-e".to_owned(), format!("trace={},{},{}", set(CALLS), set(LOOKS), set(MEMORY))]);
        through.extend(arguments.iter().cloned());
        self.undisturbed().through(through).output()
    }

    /// How often byok itself makes a call.
    pub(super) fn count(&self, kind: &str) -> usize {
        self.calls.get(kind).map_or(0, |(before, total)| total - before)
    }

    /// Which of all calls of a kind is the last.
    pub(super) fn last(&self, kind: &str) -> usize {
        self.calls[kind].1
    }

    /// Runs the deed once with every single call of these kinds disturbed, or with some of them in the short form.
    pub(super) fn disturb(&self, kinds: &[&str], how: &str, check: impl Fn(&str, &Output)) {
        let kinds = kinds.iter().filter(|kind| self.deed.only.is_none_or(|only| only.contains(kind)));
        for kind in kinds {
            let Some((before, total)) = self.calls.get(*kind) else { continue };
            for at in before + 1..=*total {
                let fault = how.replace("{}", &at.to_string());
                let fault = format!("{kind}:{fault}");
                let place = format!("`{}` with {fault}", self.deed.arguments);
                if !is_long() && !is_chosen(kind, &place) {
                    continue;
                }
                let output = self.run(&["-e".to_owned(), format!("inject={fault}")]);
                // Whatever kind of end it was.
                let said = String::from_utf8_lossy(&output.stderr);
                assert!(!said.contains("sk-test-") && !said.contains("AGE-SECRET"), "{place}: {said}");
                check(&place, &output);
                self.goes_on(&place, at);
                self.points.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Every part is the old one or the new one, and none is new before the one that has to be it first.
    #[track_caller]
    pub(super) fn holds(&self, place: &str) -> Vec<String> {
        let found = self.state();
        let mut is_new = true;
        for (at, found) in found.iter().enumerate() {
            let (old, new) = (&self.old[at], &self.new[at]);
            let known = found == new || found == old || self.deed.between.contains(found);
            assert!(known, "{place}: neither old nor new:\n{found}\nold:\n{old}\nnew:\n{new}");
            assert!(is_new || found == old || found != new, "{place}: part {at} is new before those before it");
            is_new &= found == new;
        }
        found
    }

    /// Whether it is done in one step.
    pub(super) fn is_one_step(&self) -> bool {
        self.deed.parts.len() == 1 && self.deed.between.is_empty()
    }

    #[track_caller]
    pub(super) fn is_silent(&self, place: &str, output: &Output) {
        assert!(self.talks || output.stdout.is_empty(), "{place}: {}", String::from_utf8_lossy(&output.stdout));
    }

    /// Whatever happened: the same deed once more comes to its end, or the next writer works; nothing is left behind.
    fn goes_on(&self, place: &str, at: usize) {
        let world = self.world();
        if let Ok(identity) = fs::read_to_string(world.home().join("identity.txt")) {
            assert!(byok::seal::Identities::parse(&identity).is_ok(), "{place}: half an identity");
            assert!(identity.ends_with('\n'), "{place}: half an identity");
        }
        let found = self.state();
        if self.deed.is_first && found == self.new {
            // Done, and nothing is to come.
        } else if self.deed.is_first || at.is_multiple_of(2) && found != self.new {
            let again = self.undisturbed().output();
            let said = String::from_utf8_lossy(&again.stderr);
            assert!(again.status.success(), "{place}: the same deed once more fails: {said}");
            assert_eq!(self.state(), self.new, "{place}: the same deed once more");
        } else {
            let name = "perplexity:next";
            let add = world.byok("add --stdin --as-is --profile default").arg(name).stdin("sk-test-9876543210-next");
            let add = self.deed.variables.iter().fold(add, |run, (name, value)| run.env(name, value)).output();
            let said = String::from_utf8_lossy(&add.stderr);
            assert!(add.status.success(), "{place}: the next `add` fails: {said}");
            let rm = world.byok("rm --yes --profile default").arg(name);
            let rm = self.deed.variables.iter().fold(rm, |run, (name, value)| run.env(name, value)).output();
            assert!(rm.status.success(), "{place}: {}", String::from_utf8_lossy(&rm.stderr));
            let after = self.state();
            for (at, after) in after.iter().enumerate() {
                // Where there was no profile there is one now, with nothing in it.
                let made = ["none", "[]"].contains(&&*found[at]) && after.ends_with("[]");
                assert!(made || *after == found[at], "{place}: the next `add`: {after} instead of {}", found[at]);
            }
            let swept = |path: &&String| path.contains("/.default.age.");
            assert_eq!(leftovers(world).iter().filter(swept).count(), 0, "{place}: the next `add` sweeps");
        }
        // The log may lack what was disturbed, and is whole all the same.
        let log = world.byok("log --verify").output();
        assert!(log.status.success(), "{place}: {}", String::from_utf8_lossy(&log.stdout));
    }
}

impl Drop for Trial {
    /// `tests/faults.sh` adds these up.
    fn drop(&mut self) {
        let points = self.points.load(Ordering::Relaxed);
        if points > 0 && is_long() && !std::thread::panicking() {
            let line = format!("injected: {points:5} points into `byok {}`\n", self.deed.arguments);
            let _ = std::io::stderr().write_all(line.as_bytes());
        }
    }
}

/// Whether the short form disturbs this point: each one that changes something is killed, of all others some.
fn is_chosen(kind: &str, place: &str) -> bool {
    let changes = ["rename", "link", "unlink", "mkdir", "fsync"].iter().any(|name| kind.starts_with(name));
    if changes && place.contains("KILL") {
        return true;
    }
    // The path of the world and somebody's recipient are others in each run.
    let words = place.split_whitespace().filter(|word| !word.contains('/') && !word.starts_with("age1"));
    let hash = words
        .flat_map(str::bytes)
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    (hash >> 32).is_multiple_of(ONE_IN)
}
