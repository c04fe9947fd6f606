//! Where each shell looks for completion, and how it is put there: as the README says.

use std::path::{Path, PathBuf};

use super::finding::{Finding, Mend};
use crate::fault::quoted;

/// A shell whose completion byok has a script for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shell {
    Bash,
    Zsh,
    Fish,
    Elvish,
    Nu,
}

/// The folders of a person.
pub(super) struct Folders {
    pub(super) home: PathBuf,
    pub(super) config: PathBuf,
    pub(super) data: PathBuf,
    pub(super) zdotdir: Option<PathBuf>,
}

impl Shell {
    /// The shell that a program is, by its path or name.
    pub(super) fn of(program: &str) -> Option<Self> {
        Some(match Path::new(program).file_name()?.to_str()?.trim_start_matches('-') {
            "bash" => Self::Bash,
            "zsh" => Self::Zsh,
            "fish" => Self::Fish,
            "elvish" => Self::Elvish,
            "nu" => Self::Nu,
            _ => return None,
        })
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Zsh => "zsh",
            Self::Fish => "fish",
            Self::Elvish => "elvish",
            Self::Nu => "nushell",
        }
    }

    /// The files that it reads when it starts; the first is the one that a line is added to.
    pub(super) fn startup(self, at: &Folders) -> Vec<PathBuf> {
        let home = |names: &[&str]| names.iter().map(|name| at.home.join(name)).collect();
        match self {
            Self::Bash => home(&[".bashrc", ".bash_profile", ".bash_login", ".profile", ".bash_completion"]),
            Self::Zsh => {
                let folder = at.zdotdir.as_ref().unwrap_or(&at.home);
                [".zshrc", ".zprofile", ".zshenv"].iter().map(|name| folder.join(name)).collect()
            }
            Self::Fish => vec![at.config.join("fish/config.fish")],
            Self::Elvish => vec![at.config.join("elvish/rc.elv"), at.home.join(".elvish/rc.elv")],
            Self::Nu => vec![at.config.join("nushell/config.nu")],
        }
    }

    /// The files that are its completion, wherever they may lie.
    pub(super) fn scripts(self, at: &Folders) -> Vec<PathBuf> {
        let system = |folders: &[&str], name: &str| {
            let roots = ["/usr/share", "/usr/local/share", "/opt/homebrew/share"];
            let all = roots.iter().flat_map(|root| folders.iter().map(move |folder| Path::new(root).join(folder)));
            all.map(|folder| folder.join(name)).collect::<Vec<_>>()
        };
        match self {
            Self::Bash => {
                let mut all = system(&["bash-completion/completions"], "byok");
                all.extend(["byok", "byok.bash"].map(|name| at.data.join("bash-completion/completions").join(name)));
                all.extend(["byok", "byok.bash"].map(|name| Path::new("/etc/bash_completion.d").join(name)));
                all
            }
            Self::Zsh => system(&["zsh/site-functions", "zsh/vendor-completions"], "_byok"),
            Self::Fish => {
                let mut all = system(&["fish/vendor_completions.d", "fish/completions"], "byok.fish");
                all.push(at.data.join("fish/vendor_completions.d/byok.fish"));
                all.push(at.config.join("fish/completions/byok.fish"));
                all
            }
            Self::Elvish => Vec::new(),
            Self::Nu => {
                let mut all = system(&["nushell/vendor/autoload"], "byok.nu");
                all.push(at.data.join("nushell/vendor/autoload/byok.nu"));
                all.push(at.config.join("nushell/autoload/byok.nu"));
                all
            }
        }
    }

    /// That completion is not there, and how to have it, beside what the start-up files hold.
    pub(super) fn missing(self, at: &Folders, startup: &str) -> Finding {
        let text = format!("{} does not complete byok's arguments", self.name());
        let add = |line: &'static str| {
            let path = self.startup(at).swap_remove(0);
            (format!("echo '{line}' >>{}", quoted(&path)), Mend::Line(path, line))
        };
        let make = |path: PathBuf, script| {
            let folder = path.parent().unwrap_or(&path);
            let command = format!("mkdir -p {} && byok completions {} >{}", quoted(folder), self.name(), quoted(&path));
            (command, Mend::Script(path, script))
        };
        let (command, mend) = match self {
            Self::Bash => add("source <(byok completions bash)"),
            Self::Zsh if startup.contains("compinit") => add("source <(byok completions zsh)"),
            Self::Zsh => add("autoload -U compinit; compinit; source <(byok completions zsh)"),
            Self::Elvish => add("eval (byok completions elvish | slurp)"),
            Self::Fish => {
                let script = include_str!("../../../../../completions/byok.fish");
                make(at.config.join("fish/completions/byok.fish"), script)
            }
            Self::Nu => {
                let script = include_str!("../../../../../completions/byok.nu");
                make(at.config.join("nushell/autoload/byok.nu"), script)
            }
        };
        Finding::note("no-completion", text).fix("install it", command).mended(mend)
    }
}
