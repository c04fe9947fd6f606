//! How another program calls byok.

use crate::name::{KeyRef, ProfileName};
use crate::shell;

/// A shell whose start-up file takes a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Host {
    /// bash.
    Bash,
    /// zsh.
    Zsh,
    /// fish.
    Fish,
    /// Nushell.
    Nu,
}

impl Host {
    /// The shell of that name, or whose program lies at this path.
    pub fn of(path: &str) -> Option<Self> {
        Some(match path.rsplit(['/', '\\']).next().unwrap_or_default().trim_end_matches(".exe") {
            "bash" => Self::Bash,
            "zsh" => Self::Zsh,
            "fish" => Self::Fish,
            "nu" | "nushell" => Self::Nu,
            _ => return None,
        })
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Zsh => "zsh",
            Self::Fish => "fish",
            Self::Nu => "nu",
        }
    }
}

/// byok, and what it is to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// `byok`, or its absolute path.
    pub byok: String,
    /// The profile, where one was named.
    pub profile: Option<ProfileName>,
    /// The key, where one was named.
    pub key: Option<KeyRef>,
    /// The shell, for a wrapper.
    pub host: Option<Host>,
    /// The address that the key has of its own.
    pub address: Option<String>,
}

impl Call {
    /// The arguments of `byok get`.
    pub(super) fn get(&self, provider: &str) -> Vec<String> {
        let key = self.key.as_ref().map_or_else(|| provider.to_owned(), ToString::to_string);
        let profile = self.profile.iter().flat_map(|name| ["-p".to_owned(), name.to_string()]);
        profile.chain(["get".to_owned(), key]).collect()
    }

    /// The same as a line of a POSIX shell.
    pub(super) fn get_line(&self, provider: &str) -> String {
        let mut line = String::new();
        shell::quote(&self.byok, &mut line);
        for word in self.get(provider) {
            line.push(' ');
            shell::quote(&word, &mut line);
        }
        line
    }

    /// The function that starts a program through `byok run`, in the shell's own words. `names` says under which names
    /// the keys go out.
    pub(super) fn wrapper(&self, host: Host, program: &str, names: &str) -> String {
        let profile = self.profile.iter().map(|name| format!("-p {name} "));
        let key = self.key.iter().map(|key| format!("{key} "));
        let words: String =
            profile.chain(["run ".to_owned()]).chain(key).chain([format!("{names} -- {program}")]).collect();
        let mut byok = String::new();
        match host {
            Host::Bash | Host::Zsh | Host::Fish => shell::quote(&self.byok, &mut byok),
            Host::Nu => {
                let plain = self.byok.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/_.-".contains(&byte));
                // Rust's own way of writing a text is Nushell's, too.
                byok = if plain { format!("^{}", self.byok) } else { format!("^{:?}", self.byok) };
            }
        }
        match host {
            // With `function`, an alias of the same name is not expanded here.
            Host::Bash | Host::Zsh => format!("function {program} {{ {byok} {words} \"$@\"; }}"),
            Host::Fish => format!("function {program}; {byok} {words} $argv; end"),
            Host::Nu => format!("def --wrapped {program} [...rest] {{ {byok} {words} ...$rest }}"),
        }
    }
}

/// Whether a command is a call of byok: by the name of its program.
pub(super) fn calls_byok(command: &str) -> bool {
    let command = command.trim().trim_start_matches("$(");
    let program = match command.strip_prefix(['\'', '"']) {
        Some(quoted) => quoted.split(['\'', '"']).next(),
        None => command.split_whitespace().next(),
    };
    let program = program.unwrap_or_default().rsplit(['/', '\\']).next().unwrap_or_default();
    program.trim_end_matches(['\'', '"']).trim_end_matches(".exe") == "byok"
}
