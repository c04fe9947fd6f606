//! Every variable that byok reads, in one place.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::path::PathBuf;
use std::sync::OnceLock;

use zeroize::Zeroizing;

/// The variables, read once.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "a variable that is a flag is a bool")]
pub(crate) struct Vars {
    /// `BYOK_PROFILE`: the profile to work on.
    pub(crate) profile: Option<OsString>,
    /// `BYOK_IDENTITY_FILE`: a file that holds the age identity. Empty counts, as in [`identity`].
    pub(crate) identity_file: Option<PathBuf>,
    /// `XDG_CONFIG_HOME`, where settings lie [default: `$HOME/.config`].
    pub(crate) xdg_config: Option<PathBuf>,
    /// `XDG_DATA_HOME`, where profiles and the identity lie [default: `$HOME/.local/share`].
    pub(crate) xdg_data: Option<PathBuf>,
    /// `HOME`: where the XDG folders are.
    pub(crate) user_home: Option<PathBuf>,
    /// `CI`: set by CI systems; nobody is there to ask.
    pub(crate) ci: bool,
    /// `BYOK_NO_INPUT`: never ask, if set to anything but `0` or `false`.
    pub(crate) no_input: bool,
    /// `BYOK_NO_PROJECT`: never look for a project's file, if set to anything but `0` or `false`.
    pub(crate) no_project: bool,
    /// `NO_COLOR`, or `TERM=dumb`: no colour.
    pub(crate) no_color: bool,
    /// `TERM=dumb`, or none: a terminal that cannot be drawn on.
    pub(crate) dumb: bool,
}

impl Vars {
    pub(crate) fn read() -> Self {
        // A relative XDG folder is to be ignored, says the XDG base directory specification.
        let folder = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let set = |name| env::var_os(name).filter(|value| !value.is_empty());
        if let Some(number) = set("BYOK_PASSPHRASE_FD") {
            OPEN.get_or_init(|| inherited(&number));
        }
        let dumb = set("TERM").is_none_or(|term| term == "dumb");
        Self {
            profile: set("BYOK_PROFILE"),
            identity_file: env::var_os("BYOK_IDENTITY_FILE").map(PathBuf::from),
            xdg_config: folder("XDG_CONFIG_HOME"),
            xdg_data: folder("XDG_DATA_HOME"),
            user_home: folder("HOME"),
            ci: set("CI").is_some_and(|value| value != "false" && value != "0"),
            no_input: set("BYOK_NO_INPUT").is_some_and(|value| value != "false" && value != "0"),
            no_project: set("BYOK_NO_PROJECT").is_some_and(|value| value != "false" && value != "0"),
            no_color: no_color(),
            dumb,
        }
    }
}

/// A variable by which byok finds its own folders: `BYOK_HOME`, `XDG_CONFIG_HOME`, `XDG_DATA_HOME`, `XDG_STATE_HOME`, `HOME`.
pub(crate) fn os(name: &str) -> Option<OsString> {
    env::var_os(name)
}

/// Every variable of byok's own, so that a slip of the pen can be told.
pub(crate) const KNOWN: [&str; 13] = [
    "BYOK_HOME",
    "BYOK_PROFILE",
    "BYOK_IDENTITY",
    "BYOK_IDENTITY_FILE",
    "BYOK_PASSPHRASE_FILE",
    "BYOK_PASSPHRASE_FD",
    "BYOK_NEW_PASSPHRASE_FILE",
    "BYOK_NO_INPUT",
    "BYOK_NO_PROJECT",
    "BYOK_OFFLINE",
    "BYOK_KEYCHAIN_TIMEOUT",
    "BYOK_HOOKED",
    "BYOK_COMPLETE",
];

/// `BYOK_IDENTITY`: the age identity itself. Read only where it is needed; empty counts, so that a secret that a CI
/// system left empty is an error rather than a fresh identity.
pub(crate) fn identity() -> Option<Zeroizing<String>> {
    env::var_os("BYOK_IDENTITY").map(|value| Zeroizing::new(value.to_string_lossy().into_owned()))
}

/// The variables that open a profile, which no program that byok starts inherits.
pub(crate) const OPENERS: [&str; 6] = [
    "BYOK_IDENTITY",
    "BYOK_IDENTITY_FILE",
    "BYOK_PASSPHRASE",
    "BYOK_PASSPHRASE_FILE",
    "BYOK_PASSPHRASE_FD",
    "BYOK_NEW_PASSPHRASE_FILE",
];

/// The passphrase, where a person is not there to type it. No variable holds the passphrase itself: every program that
/// is started would inherit it.
pub(crate) enum Given {
    /// Nobody gives it.
    Nothing,
    /// `BYOK_PASSPHRASE_FD`: the file that was open under this number when byok began; `None` where none was.
    Open(Option<&'static File>),
    /// A variable's name, and the file that it names.
    File(&'static str, PathBuf),
}

static OPEN: OnceLock<Option<File>> = OnceLock::new();

/// `BYOK_PASSPHRASE_FD`, else `BYOK_PASSPHRASE_FILE`.
pub(crate) fn passphrase() -> Given {
    let file = env::var_os("BYOK_PASSPHRASE_FILE").filter(|value| !value.is_empty());
    match OPEN.get() {
        Some(open) => Given::Open(open.as_ref()),
        None => file.map_or(Given::Nothing, |path| Given::File("BYOK_PASSPHRASE_FILE", path.into())),
    }
}

/// The number under which a passphrase was open when byok began, which no program that byok starts may read.
#[cfg(unix)]
pub(crate) fn open_passphrase() -> Option<i32> {
    OPEN.get()?.as_ref()?;
    env::var("BYOK_PASSPHRASE_FD").ok()?.parse().ok()
}

/// `BYOK_NEW_PASSPHRASE_FILE`: the passphrase that a change is to put in the place of the old one.
pub(crate) fn new_passphrase_file() -> Option<PathBuf> {
    env::var_os("BYOK_NEW_PASSPHRASE_FILE").filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// The descriptor of this number, before byok opens a file of its own that would get it.
fn inherited(number: &OsStr) -> Option<File> {
    let number: i32 = number.to_str().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?.parse().ok()?;
    if number == 1 || number == 2 {
        return None;
    }
    // A socket, and what belongs to another user, cannot be opened a second time under `/dev/fd`.
    #[cfg(target_os = "linux")]
    {
        use std::os::fd::AsRawFd as _;

        use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};
        if let Ok(own) = pidfd_open(getpid(), PidfdFlags::empty()) {
            if own.as_raw_fd() == number {
                // It was free until this moment.
                return None;
            }
            match pidfd_getfd(own, number, PidfdGetfdFlags::empty()) {
                Ok(file) => return Some(file.into()),
                Err(rustix::io::Errno::BADF) => return None,
                // Some containers forbid the call.
                Err(_) => {}
            }
        }
    }
    File::open(format!("/dev/fd/{number}")).ok()
}

/// How the way to the network is, as curl reads it. Read only by verbs that go there.
pub(crate) struct Network {
    /// `HTTPS_PROXY` or `https_proxy`, else `ALL_PROXY` or `all_proxy`: the proxy for hosts other than this machine.
    pub(crate) proxy: Option<String>,
    /// `NO_PROXY` or `no_proxy`: the hosts that need none; `*` is all.
    pub(crate) no_proxy: String,
    /// `SSL_CERT_FILE` or `SSL_CERT_DIR`, read by the TLS library: whose certificates are believed.
    pub(crate) certificates: Option<(&'static str, PathBuf)>,
}

impl Network {
    pub(crate) fn read() -> Self {
        let text = |names: [&str; 2]| names.iter().find_map(|name| value(name).filter(|value| !value.is_empty()));
        let path = |name: &'static str| {
            env::var_os(name).filter(|path| !path.is_empty()).map(|path| (name, PathBuf::from(path)))
        };
        Self {
            proxy: text(["HTTPS_PROXY", "https_proxy"]).or_else(|| text(["ALL_PROXY", "all_proxy"])),
            no_proxy: text(["NO_PROXY", "no_proxy"]).unwrap_or_default(),
            certificates: path("SSL_CERT_FILE").or_else(|| path("SSL_CERT_DIR")),
        }
    }
}

/// `BYOK_OFFLINE`: never ask the network, if set to anything but `0` or `false`.
pub(crate) fn offline() -> bool {
    env::var_os("BYOK_OFFLINE").is_some_and(|value| !value.is_empty() && value != "0" && value != "false")
}

/// `BYOK_KEYCHAIN_TIMEOUT`: how long the system's keychain may take to answer. Read only where it is opened.
pub(crate) fn keychain_timeout() -> Option<String> {
    value("BYOK_KEYCHAIN_TIMEOUT").filter(|value| !value.is_empty())
}

/// `SHELL`: the shell that a person logs in with.
pub(crate) fn shell() -> Option<String> {
    value("SHELL")
}

/// `GITHUB_ENV`: the file through which a step of GitHub Actions sets variables for the steps after it.
pub(crate) fn github_env() -> Option<PathBuf> {
    env::var_os("GITHUB_ENV").filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// A variable by which another tool finds its files, such as `CODEX_HOME`; none if it is empty.
pub(crate) fn of_tool(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

/// The file by which a tool is set up: below `CLAUDE_CONFIG_DIR`, `CODEX_HOME`, `CRUSH_GLOBAL_CONFIG`, `ZDOTDIR`, the XDG
/// folders or `HOME`. What is no absolute path would be one of the working folder's.
pub(crate) fn setup_file(tool: &str, file: byok::setup::File, host: Option<byok::setup::Host>) -> Option<PathBuf> {
    use byok::setup::{File, Host};
    let set = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = set("HOME");
    let under = |name, rest: &str| set(name).or_else(|| Some(home.as_ref()?.join(rest)));
    let config = |rest: &str| Some(under("XDG_CONFIG_HOME", ".config")?.join(rest));
    Some(match (tool, file) {
        (_, File::Shell) => match host? {
            Host::Bash => home?.join(".bashrc"),
            Host::Zsh => under("ZDOTDIR", "")?.join(".zshrc"),
            Host::Fish => config("fish/config.fish")?,
            Host::Nu if cfg!(target_vendor = "apple") => {
                under("XDG_CONFIG_HOME", "Library/Application Support")?.join("nushell/config.nu")
            }
            Host::Nu => config("nushell/config.nu")?,
        },
        ("claude-code", _) => under("CLAUDE_CONFIG_DIR", ".claude")?.join("settings.json"),
        ("codex", _) => under("CODEX_HOME", ".codex")?.join("config.toml"),
        ("crush", file) => {
            let folder = set("CRUSH_GLOBAL_CONFIG").or_else(|| config("crush"))?;
            folder.join(if file == File::Script { "crushrc" } else { "crush.json" })
        }
        _ => return None,
    })
}

/// `PATH`: where the program of that name lies, the first one first; what is no absolute path in it means another one in
/// every folder.
pub(crate) fn programs(name: &str) -> impl Iterator<Item = PathBuf> + use<> {
    let path = env::var_os("PATH").unwrap_or_default();
    let name = format!("{name}{}", env::consts::EXE_SUFFIX);
    let all: Vec<PathBuf> = env::split_paths(&path).filter(|folder| folder.is_absolute()).collect();
    all.into_iter().map(move |folder| folder.join(&name)).filter(|file| is_program(file))
}

#[cfg(unix)]
fn is_program(file: &std::path::Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(file: &std::path::Path) -> bool {
    file.is_file()
}

/// `NO_COLOR`, or `TERM=dumb`.
pub(crate) fn no_color() -> bool {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty());
    set("NO_COLOR").is_some() || set("TERM").is_none_or(|term| term == "dumb")
}

/// `USER` or `LOGNAME`: what the person who runs byok is called, as far as a name may go.
pub(crate) fn user() -> Option<String> {
    const LONGEST: usize = 64;
    let name = ["USER", "LOGNAME"].into_iter().find_map(|name| value(name).filter(|name| !name.is_empty()))?;
    Some(name.chars().take(LONGEST).collect())
}

/// The variables by which AI agents are known, as the tools set them themselves or `@vercel/detect-agent` 1.2.7 lists
/// them, and the agent's name.
const AGENTS: [(&str, &str); 15] = [
    ("CLAUDECODE", "claude-code"),
    ("CLAUDE_CODE", "claude-code"),
    ("CURSOR_AGENT", "cursor"),
    ("CURSOR_TRACE_ID", "cursor"),
    ("GEMINI_CLI", "gemini-cli"),
    ("CODEX_SANDBOX", "codex"),
    ("CODEX_CI", "codex"),
    ("CODEX_THREAD_ID", "codex"),
    ("OPENCODE", "opencode"),
    ("OPENCODE_CLIENT", "opencode"),
    ("ANTIGRAVITY_AGENT", "antigravity"),
    ("AUGMENT_AGENT", "augment"),
    ("COPILOT_ALLOW_ALL", "github-copilot"),
    ("GOOSE_TERMINAL", "goose"),
    ("REPL_ID", "replit"),
];

/// The AI agent in whose environment byok runs: `AI_AGENT`, in which agents name themselves, or by [`AGENTS`].
pub(crate) fn agent() -> Option<String> {
    let named = value("AI_AGENT").filter(|name| !name.trim().is_empty());
    let known = || AGENTS.iter().find(|(name, _)| env::var_os(name).is_some_and(|value| !value.is_empty()));
    named
        .map(|name| name.chars().filter(char::is_ascii_graphic).take(40).collect())
        .or_else(|| known().map(|(_, agent)| (*agent).to_owned()))
}

/// `BYOK_HOOKED`: the names of the variables that the hook of this shell, or of one above it, has set.
pub(crate) const HOOKED: &str = "BYOK_HOOKED";

/// `BYOK_COMPLETE`: by which a shell's completion script asks, with the number of the word that the cursor is in.
pub(crate) fn complete() -> Option<usize> {
    env::var_os("BYOK_COMPLETE")?.to_str()?.parse().ok()
}

/// One variable that a key may come from or be led astray by; `None` also where its value is no text.
pub(crate) fn value(name: &str) -> Option<String> {
    env::var(name).ok()
}

/// The whole environment, as far as it is text.
pub(crate) fn all() -> Vec<(String, String)> {
    env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))).collect()
}
