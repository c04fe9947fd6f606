//! A hermetic world for one run of the real binary: cleared environment, a home of its own, and silence asserted.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, PoisonError};

use tempfile::TempDir;

use crate::invariants::{Ended, Keys, Snapshot, hold};

/// A folder of one's own, with byok's folder in it.
pub(crate) struct World {
    root: TempDir,
    binary: PathBuf,
    /// Whether byok runs as an ordinary user although the tests run as root.
    dropped: bool,
    /// What no run may show, and no file hold.
    keys: Mutex<Keys>,
}

/// Where no D-Bus is: the keychain of whoever runs the tests is none of theirs.
const NO_BUS: &str = "unix:path=/nonexistent/bus";

/// The user and group that byok runs as where the tests run as root: `nobody`.
const NOBODY: u32 = 65534;

impl World {
    pub(crate) fn new() -> Self {
        crate::covered::name_cases();
        let root = tempfile::Builder::new().prefix("byok-test-").tempdir().unwrap();
        Self { root, binary: env!("CARGO_BIN_EXE_byok").into(), dropped: false, keys: Mutex::default() }
    }

    /// A world in which byok is never root: to root, permission bits mean nothing.
    pub(crate) fn ordinary() -> Self {
        let mut world = Self::new();
        if rustix::process::geteuid().is_root() {
            // The build's own folder may lie where an ordinary user cannot reach.
            world.binary = world.root.path().join("byok-binary");
            // By another program: a test that forks meanwhile would inherit the file, open for writing, and then nobody
            // could start it.
            let copied = Command::new("cp").arg(env!("CARGO_BIN_EXE_byok")).arg(&world.binary).status().unwrap();
            assert!(copied.success());
            world.dropped = true;
            std::os::unix::fs::chown(world.root.path(), Some(NOBODY), Some(NOBODY)).unwrap();
        }
        world
    }

    /// A path in this world.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// byok's own folder.
    pub(crate) fn home(&self) -> PathBuf {
        self.path("home")
    }

    /// Where the profile `default` lies.
    pub(crate) fn sealed(&self) -> PathBuf {
        self.home().join("profiles/default.age")
    }

    /// Writes a file of the user's own.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        if self.dropped {
            std::os::unix::fs::chown(&path, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        path
    }

    /// A run of byok with these arguments, separated by blanks.
    pub(crate) fn byok(&self, arguments: &str) -> Run<'_> {
        self.run(arguments.split_whitespace())
    }

    /// A run of byok with these arguments.
    pub(crate) fn run<I: IntoIterator<Item = A>, A: Into<OsString>>(&self, arguments: I) -> Run<'_> {
        Run {
            world: self,
            arguments: arguments.into_iter().map(Into::into).collect(),
            variables: vec![
                ("BYOK_HOME".into(), self.home().into()),
                ("PATH".into(), "/usr/bin:/bin".into()),
                ("BYOK_OFFLINE".into(), "1".into()),
                ("DBUS_SESSION_BUS_ADDRESS".into(), NO_BUS.into()),
            ],
            stdin: Vec::new(),
            expected: Expected::default(),
            through: Vec::new(),
            folder: self.root.path().to_owned(),
        }
    }

    /// A world that holds these keys in the profile `default` already.
    pub(crate) fn with_keys(self, keys: &[(&str, &str)]) -> Self {
        for (name, secret) in keys {
            self.byok("add --stdin --as-is").arg(name).stdin(secret).go();
        }
        self
    }

    /// The command line of byok, for programs that start it themselves.
    pub(crate) fn command(&self) -> Command {
        let mut command = if self.dropped {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&self.binary);
            command
        } else {
            Command::new(&self.binary)
        };
        command.env_clear().env("BYOK_HOME", self.home()).env("PATH", "/usr/bin:/bin").env("BYOK_OFFLINE", "1");
        command.env("DBUS_SESSION_BUS_ADDRESS", NO_BUS);
        command.current_dir(self.root.path());
        command
    }

    /// A shell in this world that knows `byok`, and is whoever byok is; for what a hint says to paste.
    pub(crate) fn shell(&self, script: &str) -> Command {
        let named = self.path("bin/byok");
        if !named.exists() {
            std::fs::create_dir_all(self.path("bin")).unwrap();
            std::os::unix::fs::symlink(&self.binary, &named).unwrap();
        }
        let mut command = Command::new(if self.dropped { "setpriv" } else { "sh" });
        if self.dropped {
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "sh"]);
        }
        let path = format!("{}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", self.path("bin").display());
        command.args(["-c", script]).env_clear().env("BYOK_HOME", self.home()).env("PATH", path);
        command.env("BYOK_OFFLINE", "1").env("DBUS_SESSION_BUS_ADDRESS", NO_BUS).env("HOME", self.path("user"));
        command.current_dir(self.root.path()).stdin(Stdio::null());
        command
    }

    pub(crate) fn root(&self) -> &Path {
        self.root.path()
    }

    /// Whatever lies under byok's folder, as paths relative to it; what the log has there, `tests/logging.rs` looks at.
    pub(crate) fn tree(&self) -> Vec<String> {
        fn walk(folder: &Path, start: &Path, into: &mut Vec<String>) {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                if entry.file_type().unwrap().is_dir() {
                    walk(&entry.path(), start, into);
                } else {
                    into.push(entry.path().strip_prefix(start).unwrap().to_str().unwrap().to_owned());
                }
            }
        }
        let mut paths = Vec::new();
        walk(&self.home(), &self.home(), &mut paths);
        paths.retain(|path| !path.starts_with("log/"));
        paths.sort();
        paths
    }
}

#[derive(Default)]
struct Expected {
    stdout: Option<Text>,
    stderr: Option<Text>,
    code: i32,
}

enum Text {
    Exactly(String),
    Holding(Vec<String>),
    Any,
}

/// One run to come. What is not expected of standard output and error is that they are empty; of the code, zero.
#[must_use]
pub(crate) struct Run<'a> {
    world: &'a World,
    arguments: Vec<OsString>,
    variables: Vec<(OsString, OsString)>,
    stdin: Vec<u8>,
    expected: Expected,
    through: Vec<OsString>,
    folder: PathBuf,
}

impl Run<'_> {
    pub(crate) fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// More arguments, separated by blanks.
    pub(crate) fn args(mut self, arguments: &str) -> Self {
        self.arguments.extend(arguments.split_whitespace().map(Into::into));
        self
    }

    pub(crate) fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.variables.retain(|(old, _)| old != name);
        self
    }

    pub(crate) fn stdin(mut self, text: impl AsRef<[u8]>) -> Self {
        self.stdin = text.as_ref().to_vec();
        self
    }

    /// Starts byok in a folder of the world.
    pub(crate) fn within(mut self, folder: impl AsRef<Path>) -> Self {
        self.folder = self.world.root().join(folder);
        self
    }

    /// Starts byok by way of another program: `sh -c 'exec "$@"' --`.
    pub(crate) fn through<A: Into<OsString>>(mut self, program: impl IntoIterator<Item = A>) -> Self {
        self.through = program.into_iter().map(Into::into).collect();
        self
    }

    pub(crate) fn stdout(mut self, text: impl Into<String>) -> Self {
        self.expected.stdout = Some(Text::Exactly(text.into()));
        self
    }

    pub(crate) fn stderr(mut self, text: impl Into<String>) -> Self {
        self.expected.stderr = Some(Text::Exactly(text.into()));
        self
    }

    /// Standard output holds all of these, in any order.
    pub(crate) fn stdout_holds(mut self, parts: &[&str]) -> Self {
        self.expected.stdout = Some(Text::Holding(parts.iter().map(|part| (*part).to_owned()).collect()));
        self
    }

    /// Standard error holds all of these, in any order.
    pub(crate) fn stderr_holds(mut self, parts: &[&str]) -> Self {
        self.expected.stderr = Some(Text::Holding(parts.iter().map(|part| (*part).to_owned()).collect()));
        self
    }

    pub(crate) fn code(mut self, code: i32) -> Self {
        self.expected.code = code;
        self
    }

    /// Runs it for its effect: only the code is looked at, which must be zero.
    #[track_caller]
    pub(crate) fn go(mut self) -> Output {
        (self.expected.stdout, self.expected.stderr) = (Some(Text::Any), Some(Text::Any));
        self.check()
    }

    /// Tells the world of the keys that this run is given on standard input and in the environment.
    fn learn(&self) {
        let mut keys = self.world.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let given = |word: &str| self.arguments.iter().any(|argument| argument == word);
        if given("--stdin") && (given("add") || given("rotate")) && !given("test") {
            keys.learn(&self.stdin);
        }
        for (name, value) in &self.variables {
            if name.to_string_lossy().ends_with("_API_KEY") {
                keys.learn(value.as_encoded_bytes());
            }
        }
    }

    /// Runs it and gives what came of it, held only against what `tests/invariants.rs` says of every run.
    #[track_caller]
    pub(crate) fn output(&self) -> Output {
        self.learn();
        let before = Snapshot::of(self.world.root());
        let mut command = self.world.command();
        command.args(&self.arguments);
        if let Some((program, rest)) = self.through.split_first() {
            let mut outer = Command::new(program);
            outer.args(rest).arg(command.get_program()).args(command.get_args());
            outer.env_clear();
            command = outer;
        }
        command.current_dir(&self.folder);
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        for own in ["BYOK_HOME", "BYOK_OFFLINE", "DBUS_SESSION_BUS_ADDRESS"] {
            if !self.variables.iter().any(|(name, _)| name == own) {
                command.env_remove(own);
            }
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (mut stdin, bytes) = (child.stdin.take().unwrap(), self.stdin.clone());
        let writer = std::thread::spawn(move || drop(stdin.write_all(&bytes)));
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        let home = self.variables.iter().rfind(|(name, _)| name == "BYOK_HOME");
        let ended = Ended {
            arguments: &self.arguments,
            through: !self.through.is_empty(),
            expected: self.expected.code,
            masks: self.variables.iter().any(|(name, _)| name == "GITHUB_ACTIONS"),
            output: &output,
            home: &home.map_or_else(|| self.world.home(), |(_, home)| home.into()),
        };
        let after = Snapshot::of(self.world.root());
        // A test that fails here must not fail others by a poisoned lock.
        let keys = self.world.keys.lock().unwrap_or_else(PoisonError::into_inner);
        hold(&ended, &keys, before.as_ref(), after.as_ref());
        drop(keys);
        output
    }

    /// Runs it and holds what came of it against what was expected.
    #[track_caller]
    pub(crate) fn check(self) -> Output {
        let output = self.output();
        let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let all =
            format!("byok {:?}\n--- stdout\n{stdout}\n--- stderr\n{stderr}\n--- {}", self.arguments, output.status);
        for (expected, actual, what) in
            [(&self.expected.stdout, &stdout, "stdout"), (&self.expected.stderr, &stderr, "stderr")]
        {
            match expected {
                None => assert!(actual.is_empty(), "{what} is not empty: {all}"),
                Some(Text::Exactly(text)) => assert_eq!(actual, text, "{what}: {all}"),
                Some(Text::Holding(parts)) => {
                    for part in parts {
                        assert!(actual.contains(part.as_str()), "{what} lacks {part:?}: {all}");
                    }
                }
                Some(Text::Any) => {}
            }
        }
        assert_eq!(output.status.code(), Some(self.expected.code), "{all}");
        output
    }
}
