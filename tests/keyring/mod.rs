//! The keychain as a store, with the real thing: every test has a D-Bus of its own with a GNOME Keyring on it.

mod failing;
mod looking;
mod moving;
mod stopping;
mod storing;

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use zbus::blocking::{Connection, Proxy, connection};
use zbus::zvariant::OwnedObjectPath;

use crate::tools::tool;
use crate::world::{Run, World};

const SECRET: &str = "sk-test-0123456789abcdef";

/// The password of the keyring.
const PASSWORD: &str = "correct horse";

const SERVICE: &str = "org.freedesktop.secrets";

/// A bus and a keyring on it, which end with the test.
pub(crate) struct Keyring {
    pub(crate) world: World,
    bus: Child,
    pub(crate) daemon: Option<Child>,
}

impl Keyring {
    /// A keyring that is unlocked; `None` where the programs are missing.
    pub(crate) fn unlocked() -> Option<Self> {
        let mut keyring = Self::silent()?;
        keyring.start(true);
        Some(keyring)
    }

    /// The same, of somebody who has never used byok.
    pub(crate) fn unused(self) -> Self {
        fs::remove_dir_all(self.world.home()).unwrap();
        self
    }

    /// A keyring that nobody has set up.
    pub(crate) fn blank() -> Option<Self> {
        let mut keyring = Self::silent()?;
        keyring.start(false);
        Some(keyring)
    }

    /// A bus with nobody on it. It can start nobody either: no other keychain, and no program that asks for passwords.
    pub(crate) fn silent() -> Option<Self> {
        let (program, _) = tool(&["dbus-daemon"]).zip(tool(&["gnome-keyring-daemon"]))?;
        let world = World::new();
        for folder in ["run", "data"] {
            fs::DirBuilder::new().mode(0o700).create(world.path(folder)).unwrap();
        }
        let config = world.file(
            "bus.conf",
            format!(
                "<!DOCTYPE busconfig PUBLIC '-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN' \
                 'http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd'>
                 <busconfig><type>session</type><listen>unix:path={}</listen><auth>EXTERNAL</auth>
                 <policy context='default'><allow send_destination='*' eavesdrop='true'/><allow eavesdrop='true'/>
                 <allow own='*'/></policy></busconfig>",
                world.path("bus").display()
            ),
        );
        let mut command = Command::new(program);
        command.arg("--nofork").arg("--nopidfile").arg("--config-file").arg(config).env_clear();
        let bus = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let keyring = Self { world, bus, daemon: None };
        until("the bus answers", || keyring.connect().is_some());
        // Where the identity lives is not what these tests are about.
        keyring.world.byok("init --identity file").go();
        Some(keyring)
    }

    /// Starts the daemon on what is in its folder; with `open`, it gets its password.
    pub(crate) fn start(&mut self, open: bool) {
        let mut command = self.daemon_command();
        command.args(["--foreground", "--components=secrets"]);
        if open {
            command.arg("--unlock");
        }
        let mut daemon = command.spawn().unwrap();
        let mut stdin = daemon.stdin.take().unwrap();
        if open {
            stdin.write_all(PASSWORD.as_bytes()).unwrap();
        }
        drop(stdin);
        self.daemon = Some(daemon);
        let connection = self.connect().unwrap();
        let bus =
            Proxy::new(&connection, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus").unwrap();
        until("the keyring answers", || bus.call::<_, _, bool>("NameHasOwner", &(SERVICE,)).unwrap());
        if open {
            until("the keyring is open", || self.default() != "/");
        }
    }

    /// Ends the daemon; what it keeps is on the disk.
    pub(crate) fn stop(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            daemon.kill().unwrap();
            daemon.wait().unwrap();
        }
    }

    /// What is stored stays, and nobody has said the password.
    pub(crate) fn lock(&mut self) {
        self.stop();
        self.start(false);
    }

    fn daemon_command(&self) -> Command {
        let mut command = Command::new("gnome-keyring-daemon");
        command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", self.world.root());
        command.env("XDG_RUNTIME_DIR", self.world.path("run")).env("XDG_DATA_HOME", self.world.path("data"));
        command.env("DBUS_SESSION_BUS_ADDRESS", self.address());
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    pub(crate) fn address(&self) -> String {
        format!("unix:path={}", self.world.path("bus").display())
    }

    fn connect(&self) -> Option<Connection> {
        connection::Builder::address(self.address().as_str()).ok()?.build().ok()
    }

    pub(crate) fn byok(&self, arguments: &str) -> Run<'_> {
        self.world.byok(arguments).env("DBUS_SESSION_BUS_ADDRESS", self.address())
    }

    /// Starts byok without waiting for it.
    fn spawn(&self, arguments: &str, stdin: &str) -> Child {
        let mut command = self.world.command();
        command.args(arguments.split_whitespace()).env("DBUS_SESSION_BUS_ADDRESS", self.address());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
        child
    }

    /// A keyring with the profile `work` in it, which holds a key.
    fn with_work(self) -> Self {
        self.byok("profile create work --store keychain").go();
        self.byok("-p work add openai --stdin --as-is").stdin(SECRET).go();
        self
    }

    fn marker(&self) -> PathBuf {
        self.world.home().join("profiles/work.keychain")
    }

    fn sealed(&self) -> PathBuf {
        self.world.home().join("profiles/work.age")
    }

    /// The path of the default collection, as anybody sees it.
    fn default(&self) -> String {
        let connection = self.connect().unwrap();
        let service = service(&connection);
        service.call::<_, _, OwnedObjectPath>("ReadAlias", &("default",)).unwrap().to_string()
    }

    /// Everything that anybody sees of byok's items without their secrets: labels and attributes.
    pub(crate) fn items(&self) -> Vec<String> {
        let connection = self.connect().unwrap();
        let wanted = std::collections::HashMap::from([("service", "byok")]);
        // GNOME Keyring forgets its methods for a moment, now and then, where a client of it was killed.
        let mut asked = (0..20).map(|at| {
            std::thread::sleep(Duration::from_millis(50 * at.min(1)));
            service(&connection).call("SearchItems", &(&wanted,))
        });
        let answer =
            asked.find(|answer| !answer.as_ref().is_err_and(|error| error.to_string().contains("is not implemented")));
        let (open, locked): (Vec<OwnedObjectPath>, Vec<OwnedObjectPath>) = answer.unwrap().unwrap();
        let mut items: Vec<String> = open
            .into_iter()
            .chain(locked)
            .map(|path| {
                let item = Proxy::new(&connection, SERVICE, path, "org.freedesktop.Secret.Item").unwrap();
                let label: String = item.get_property("Label").unwrap();
                let attributes: std::collections::BTreeMap<String, String> =
                    item.get_property::<std::collections::HashMap<_, _>>("Attributes").unwrap().into_iter().collect();
                format!("{label} {attributes:?}")
            })
            .collect();
        items.sort();
        items
    }

    /// The names of a profile's keys; `None` where there is no profile.
    #[track_caller]
    fn keys(&self, profile: &str) -> Option<Vec<String>> {
        let output = self.byok("list --json --profile").arg(profile).output();
        if output.status.code() == Some(3) {
            return None;
        }
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let keys = document["keys"].as_array().unwrap();
        Some(keys.iter().map(|key| key["key"].as_str().unwrap().to_owned()).collect())
    }

    /// Whether nothing under byok's folder holds the key.
    #[track_caller]
    fn assert_no_key_on_disk(&self) {
        for path in self.world.tree() {
            let bytes = fs::read(self.world.home().join(&path)).unwrap();
            assert!(!bytes.windows(SECRET.len()).any(|part| part == SECRET.as_bytes()), "{path} holds the key");
        }
    }
}

impl Drop for Keyring {
    fn drop(&mut self) {
        // No test ends the daemon without taking it: CI tells a failure of byok's from one of the daemon's by this.
        let ended = self.daemon.as_mut().and_then(|daemon| daemon.try_wait().ok().flatten());
        if let Some(status) = ended.filter(|_| std::thread::panicking()) {
            let _ = writeln!(std::io::stderr(), "gnome-keyring-daemon ended of itself: {status}");
        }
        // The kernel would hold for hours what was opened.
        let _ = self.world.byok("lock").output();
        self.stop();
        let _ = self.bus.kill();
        let _ = self.bus.wait();
    }
}

fn service(connection: &Connection) -> Proxy<'_> {
    Proxy::new(connection, SERVICE, "/org/freedesktop/secrets", "org.freedesktop.Secret.Service").unwrap()
}

#[track_caller]
pub(crate) fn until(what: &str, done: impl Fn() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(20), "in vain: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
