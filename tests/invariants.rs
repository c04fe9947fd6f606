//! What holds of every run of byok in every test, whatever the test is about: `tests/world.rs` asks after each one.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::{Duration, Instant};

use memchr::memmem;

/// As many keys as a world is searched for; a test that adds thousands is searched for its first ones.
const KEYS: usize = 32;

/// A shorter text may stand somewhere by chance.
const SHORTEST: usize = 16;

/// Of a longer key this much is looked for.
const LONGEST: usize = 256;

/// Larger files and folders with more in them are a test's own matter.
const LARGEST: u64 = 1 << 20;
const ENTRIES: usize = 2000;

/// Exit codes that byok's manual names; beyond 128 it is a signal's.
const CODES: [i32; 8] = [0, 1, 2, 3, 4, 5, 126, 127];

/// Codes of a panic, an abort and a fault of memory.
const BROKEN: [i32; 4] = [101, 134, 135, 139];

/// Verbs whose standard output is there to hold keys.
const HAND_OUT: [&str; 6] = ["get", "env", "export", "run", "hook", "redact"];

/// Verbs that write keys, or leave them, in files of the user's own: an export, a tool's file, a file that is edited.
const WRITE_OUT: [&str; 5] = ["export", "run", "import", "setup", "scan"];

/// The keys that a world has been given, each in the forms in which it could hide.
#[derive(Default)]
pub(crate) struct Keys {
    known: Vec<Key>,
}

struct Key {
    secret: Vec<u8>,
    forms: Vec<(&'static str, Vec<u8>)>,
}

/// One run that came to its end.
pub(crate) struct Ended<'a> {
    pub(crate) arguments: &'a [OsString],
    /// Whether another program started byok: its codes and its files are its own.
    pub(crate) through: bool,
    /// The code that the test expects.
    pub(crate) expected: i32,
    /// Whether a CI job's masking commands, which name the keys, are to be expected.
    pub(crate) masks: bool,
    pub(crate) output: &'a Output,
    pub(crate) home: &'a Path,
}

/// A file or folder as it is at one moment.
#[derive(Clone, Copy, PartialEq)]
struct Mark {
    mode: u32,
    folder: bool,
    plain: bool,
    inode: u64,
    length: u64,
    changed: (i64, i64),
}

/// What lies in a world at one moment.
pub(crate) struct Snapshot(BTreeMap<PathBuf, Mark>);

impl Keys {
    /// Takes in a key that a test gives to byok. What is no key by its look, an address or a text, is left out.
    pub(crate) fn learn(&mut self, secret: &[u8]) {
        let secret = secret.trim_ascii();
        let secret = &secret[..secret.len().min(LONGEST)];
        let odd = secret.len() < SHORTEST || secret.starts_with(b"http") || !secret.iter().all(u8::is_ascii_graphic);
        if odd || self.known.len() == KEYS || self.known.iter().any(|key| key.secret == secret) {
            return;
        }
        self.known.push(Key { secret: secret.to_vec(), forms: forms(secret) });
    }

    /// The form in which one of the keys stands in these bytes.
    fn found(&self, bytes: &[u8]) -> Option<&'static str> {
        let forms = self.known.iter().flat_map(|key| &key.forms);
        forms.into_iter().find(|(_, form)| memmem::find(bytes, form).is_some()).map(|(name, _)| *name)
    }
}

fn forms(secret: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut forms = vec![("plain", secret.to_vec()), ("reversed", secret.iter().rev().copied().collect())];
    let hex = secret.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    forms.push(("hex", hex.to_uppercase().into_bytes()));
    forms.push(("hex", hex.into_bytes()));
    let percent = secret.iter().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(byte) {
            text.push(char::from(*byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
        text
    });
    forms.push(("percent-encoded", percent.into_bytes()));
    for offset in 0..3 {
        let plain = crate::leaks::base64(&secret[offset..]);
        forms.push(("base64url", plain.replace('+', "-").replace('/', "_").into_bytes()));
        forms.push(("base64", plain.into_bytes()));
    }
    forms.dedup();
    forms
}

impl Snapshot {
    /// What lies below a folder now; `None` where that is more than a world of byok's own.
    pub(crate) fn of(root: &Path) -> Option<Self> {
        let mut marks = BTreeMap::new();
        let mut folders = vec![root.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                let Ok(about) = fs::symlink_metadata(&path) else { continue };
                let (folder, plain) = (about.is_dir(), about.is_file());
                if folder {
                    folders.push(path.clone());
                }
                let changed = (about.ctime(), about.ctime_nsec());
                let (mode, inode, length) = (about.mode() & 0o7777, about.ino(), about.len());
                marks.insert(path, Mark { mode, folder, plain, inode, length, changed });
                if marks.len() > ENTRIES {
                    return None;
                }
            }
        }
        Some(Self(marks))
    }

    /// The entries that were not there before, or not like this.
    fn since<'a>(&'a self, before: &'a Self) -> impl Iterator<Item = (&'a PathBuf, &'a Mark, Option<&'a Mark>)> {
        self.0.iter().map(|(path, mark)| (path, mark, before.0.get(path))).filter(|(_, now, old)| *old != Some(*now))
    }
}

/// The verb of a command line: what comes first that is no flag and no flag's value.
fn verb(arguments: &[OsString]) -> String {
    let mut words = arguments.iter().map(|word| word.to_string_lossy().into_owned());
    while let Some(word) = words.next() {
        match word.as_str() {
            "-p" | "--profile" => drop(words.next()),
            flag if flag.starts_with('-') => {}
            _ => return word,
        }
    }
    String::new()
}

/// Fails, naming the invariant and the command, where a run broke one.
#[track_caller]
pub(crate) fn hold(run: &Ended<'_>, keys: &Keys, before: Option<&Snapshot>, after: Option<&Snapshot>) {
    let broken = |invariant: &str, what: String| panic!("invariant `{invariant}`: byok {:?}: {what}", run.arguments);
    let verb = verb(run.arguments);
    let (stdout, stderr) = (&run.output.stdout, &run.output.stderr);
    for stream in [stdout, stderr] {
        if memmem::find(stream, b"panicked at").is_some() {
            broken("no panic", String::from_utf8_lossy(stream).into_owned());
        }
    }
    let status = run.output.status;
    // What `run` becomes, and what starts byok, have codes of their own.
    if verb != "run" && !run.through {
        let crashed = status.signal().is_some_and(|signal| matches!(signal, 4 | 6 | 7 | 8 | 11));
        if crashed || status.code().is_some_and(|code| BROKEN.contains(&code)) {
            broken("no crash", status.to_string());
        }
        if let Some(code) = status.code() {
            let known = CODES.contains(&code) || (129..=192).contains(&code) || code == run.expected;
            if !known {
                broken("documented exit codes", status.to_string());
            }
        }
    }
    // What a runner is to mask is said first, and harms nobody when the rest fails.
    let masks = stdout.split(|byte| *byte == b'\n').all(|line| line.is_empty() || line.starts_with(b"::add-mask::"));
    if matches!(verb.as_str(), "env" | "export") && !status.success() && !run.through && !masks {
        broken("nothing on standard output of a failed `env` or `export`", format!("{} bytes", stdout.len()));
    }
    let silent = !HAND_OUT.contains(&verb.as_str()) && !run.masks && !run.through;
    if let Some(form) = keys.found(stdout).filter(|_| silent) {
        broken("no key on standard output", format!("{form}: {}", String::from_utf8_lossy(stdout)));
    }
    let silent = verb != "run" && !run.masks && !run.through;
    if let Some(form) = keys.found(stderr).filter(|_| silent) {
        broken("no key on standard error", format!("{form}: {}", String::from_utf8_lossy(stderr)));
    }
    let (Some(before), Some(after)) = (before, after) else { return };
    for (path, now, old) in after.since(before) {
        let own = path.starts_with(run.home);
        let searched = own || !run.through && !WRITE_OUT.contains(&verb.as_str());
        if searched
            && now.plain
            && now.length <= LARGEST
            && let Some(form) = fs::read(path).ok().and_then(|bytes| keys.found(&bytes))
        {
            broken("no key in a file", format!("{form}: {}", path.display()));
        }
        if !own || run.through {
            continue;
        }
        let private = if now.folder { 0o700 } else { 0o600 };
        let allowed = private | old.map_or(0, |old| old.mode);
        if (now.plain || now.folder) && now.mode & !allowed != 0 {
            broken("private files and folders", format!("{:o}: {}", now.mode, path.display()));
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if old.is_none() && now.plain && name.ends_with(".tmp") && status.signal().is_none() && stays(path) {
            broken("no half-written file", path.display().to_string());
        }
    }
}

/// Whether a file is no other writer's, who is about to rename it.
fn stays(path: &Path) -> bool {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(3) {
        if !path.exists() {
            return false;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    true
}

/// What a run makes of a world in which byok left `streams` and `files`, as the text of the failure.
fn verdict(arguments: &[&str], code: i32, streams: (&str, &str), file: Option<(&str, &str, u32)>) -> Option<String> {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    fs::create_dir(&home).unwrap();
    let mut keys = Keys::default();
    keys.learn(b"sk-test-0123456789/abcdef\n");
    let before = Snapshot::of(folder.path());
    if let Some((name, content, mode)) = file {
        fs::write(folder.path().join(name), content).unwrap();
        fs::set_permissions(folder.path().join(name), fs::Permissions::from_mode(mode)).unwrap();
    }
    let status = std::process::ExitStatus::from_raw(code << 8);
    let output = Output { status, stdout: streams.0.into(), stderr: streams.1.into() };
    let arguments: Vec<OsString> = arguments.iter().map(Into::into).collect();
    let run = Ended { arguments: &arguments, through: false, expected: 0, masks: false, output: &output, home: &home };
    let held = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        hold(&run, &keys, before.as_ref(), Snapshot::of(folder.path()).as_ref());
    }));
    held.err().map(|told| told.downcast::<String>().map_or_else(|_| String::new(), |text| *text))
}

#[test]
fn each_one_is_noticed_where_it_is_broken() {
    const KEY: &str = "sk-test-0123456789/abcdef";
    let list = &["-p", "work", "list"];
    assert_eq!(verdict(list, 0, ("", ""), None), None);
    assert_eq!(verdict(&["get", "openai"], 0, (KEY, ""), None), None);
    assert_eq!(verdict(&["export", "-o", "plain"], 0, ("", ""), Some(("plain", KEY, 0o644))), None);
    assert_eq!(verdict(list, 0, ("", ""), Some(("home/a.age", "sealed", 0o600))), None);
    let reversed: String = KEY.chars().rev().collect();
    let base64 = "x".to_owned() + &crate::leaks::base64(format!("a{KEY}").as_bytes());
    for (arguments, code, streams, file, invariant) in [
        (list.as_slice(), 0, ("", "thread 'main' panicked at src"), None, "no panic"),
        (list, 101, ("", ""), None, "no crash"),
        (list, 139, ("", ""), None, "no crash"),
        (list, 17, ("", ""), None, "documented exit codes"),
        (&["env"], 4, ("export A=", ""), None, "nothing on standard output"),
        (list, 0, (KEY, ""), None, "no key on standard output"),
        (list, 0, (&reversed, ""), None, "no key on standard output"),
        (list, 0, (&base64, ""), None, "no key on standard output"),
        (list, 0, ("sk-test-0123456789%2Fabcdef", ""), None, "no key on standard output"),
        (&["get"], 0, ("", KEY), None, "no key on standard error"),
        (list, 0, ("", ""), Some(("elsewhere", KEY, 0o600)), "no key in a file"),
        (&["export"], 0, ("", ""), Some(("home/log", KEY, 0o600)), "no key in a file"),
        (list, 0, ("", ""), Some(("home/a.age", "sealed", 0o640)), "private files"),
        (list, 0, ("", ""), Some(("home/.a.age.0123456789abcdef.tmp", "sealed", 0o600)), "no half-written file"),
    ] {
        let told = verdict(arguments, code, streams, file);
        let named = format!("invariant `{invariant}");
        assert!(told.as_ref().is_some_and(|text| text.starts_with(&named)), "{invariant}: {told:?}");
    }
}
