//! The tools whose files byok knows: where they lie, and whether they or the environment win.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};

use super::{
    Form, aichat, aider, ccswitch, claude, cline, codex, continue_json, continued, crush, dotenv, exported, flat,
    goose, huggingface, litellm, llm, opencode, shell,
};
use crate::disk;

/// A tool that keeps keys in files of its own.
pub struct Tool {
    /// The name that it goes by here: `gemini-cli`.
    pub name: &'static str,
    /// What its makers call it: `Gemini CLI`.
    pub title: &'static str,
    /// Its files, the one that it prefers first.
    files: fn(&Around) -> Vec<File>,
    /// Which key it uses where both are there.
    pub wins: Wins,
}

/// Which key a tool uses where its file and the environment hold one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wins {
    /// The file's.
    File,
    /// The environment's.
    Environment,
}

/// One file of a tool.
#[derive(Clone)]
pub struct File {
    /// Where it lies, if it is there.
    pub path: PathBuf,
    /// How it holds keys.
    pub form: &'static dyn Form,
}

impl File {
    fn new(path: PathBuf, form: &'static dyn Form) -> Self {
        Self { path, form }
    }
}

impl fmt::Debug for File {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "File({})", self.path.display())
    }
}

/// What the place of a tool's files depends on.
#[derive(Debug, Clone)]
pub struct Around {
    /// The home folder.
    pub home: PathBuf,
    /// `XDG_CONFIG_HOME`, else `.config` in the home folder.
    pub config: PathBuf,
    /// `XDG_DATA_HOME`, else `.local/share` in the home folder.
    pub data: PathBuf,
    /// `XDG_CACHE_HOME`, else `.cache` in the home folder.
    pub cache: PathBuf,
    /// The working folder and those above it, up to the repository's or below the home folder.
    pub above: Vec<PathBuf>,
    /// A variable that a tool reads, if it is set and not empty.
    pub var: fn(&str) -> Option<OsString>,
}

impl Around {
    /// The folder that a variable names, or else the usual one.
    fn folder(&self, variable: &str, usual: impl FnOnce() -> PathBuf) -> PathBuf {
        (self.var)(variable).map_or_else(usual, PathBuf::from)
    }
}

const TOOLS: &[Tool] = &[
    // Password managers keep no file that anybody may read: what they export is.
    Tool { name: "1password", title: "1Password", files: |_| Vec::new(), wins: Wins::File },
    // aichat 0.30, `config_file` in src/config/mod.rs and `config_get_fn` in src/client/macros.rs.
    Tool {
        name: "aichat",
        title: "AIChat",
        files: |around| {
            let usual = || match () {
                () if cfg!(target_vendor = "apple") => {
                    around.folder("XDG_CONFIG_HOME", || around.home.join("Library/Application Support"))
                }
                () => around.config.clone(),
            };
            let own = || around.folder("AICHAT_CONFIG_DIR", || usual().join("aichat")).join("config.yaml");
            vec![File::new(around.folder("AICHAT_CONFIG_FILE", own), &aichat::Aichat)]
        },
        wins: Wins::Environment,
    },
    // aider 0.86, `load_dotenv_files` in aider/main.py: every file over what was there before it, of home, the repository and
    // the working folder; what `.aider.conf.yml` says is put into the environment over all of them.
    Tool {
        name: "aider",
        title: "aider",
        files: |around| {
            let root = around.above.last().filter(|folder| folder.join(".git").symlink_metadata().is_ok());
            let mut folders: Vec<&PathBuf> =
                around.above.first().into_iter().chain(root).chain([&around.home]).collect();
            folders.dedup();
            let configs = folders.iter().map(|folder| File::new(folder.join(".aider.conf.yml"), &aider::Aider));
            let own = folders.iter().map(|folder| folder.join(".env"));
            let keys = own.chain([around.home.join(".aider/oauth-keys.env")]);
            configs.chain(keys.map(|path| File::new(path, &dotenv::Dotenv { consumer: "aider" }))).collect()
        },
        wins: Wins::File,
    },
    Tool { name: "bitwarden", title: "Bitwarden", files: |_| Vec::new(), wins: Wins::File },
    Tool {
        name: "cc-switch",
        title: "CC Switch",
        files: |around| vec![File::new(around.home.join(".cc-switch/cc-switch.db"), &ccswitch::CcSwitch)],
        wins: Wins::File,
    },
    // <https://code.claude.com/docs/en/settings>: what is nearer to the work counts, and `env` more than the shell's own.
    Tool {
        name: "claude-code",
        title: "Claude Code",
        files: |around| {
            let own = around.folder("CLAUDE_CONFIG_DIR", || around.home.join(".claude"));
            let projects = around
                .above
                .iter()
                .flat_map(|folder| [folder.join(".claude/settings.local.json"), folder.join(".claude/settings.json")]);
            let mut all: Vec<File> =
                projects.chain([own.join("settings.json")]).map(|path| File::new(path, &claude::Settings)).collect();
            all.push(File::new(own.join(".credentials.json"), &claude::SignIn));
            all
        },
        wins: Wins::File,
    },
    // Cline 3.8x, `ClineFileStorage`, and its command line's `providers.json`.
    Tool {
        name: "cline",
        title: "Cline",
        files: |around| {
            let data = around
                .folder("CLINE_DATA_DIR", || around.folder("CLINE_DIR", || around.home.join(".cline")).join("data"));
            let providers = around.folder("CLINE_PROVIDER_SETTINGS_PATH", || data.join("settings/providers.json"));
            vec![File::new(providers, &cline::Providers), File::new(data.join("secrets.json"), &cline::Secrets)]
        },
        wins: Wins::File,
    },
    Tool {
        name: "codex",
        title: "Codex CLI",
        files: |around| {
            let folder = around.folder("CODEX_HOME", || around.home.join(".codex"));
            vec![File::new(folder.join("auth.json"), &codex::Codex)]
        },
        wins: Wins::File,
    },
    // Continue 1.x: `config.json` counts only where there is no `config.yaml`.
    Tool {
        name: "continue",
        title: "Continue",
        files: |around| {
            let own = around.folder("CONTINUE_GLOBAL_DIR", || around.home.join(".continue"));
            let mut all = vec![File::new(own.join("config.yaml"), &continued::Continue)];
            all.push(File::new(own.join("config.json"), &continue_json::Legacy));
            let folders = around.above.iter().flat_map(|folder| [folder.join(".env"), folder.join(".continue/.env")]);
            let secrets = folders.chain([own.join(".env")]);
            all.extend(secrets.map(|path| File::new(path, &dotenv::Dotenv { consumer: "continue" })));
            all
        },
        wins: Wins::File,
    },
    // Crush, `lookupConfigs`, `GlobalConfig` and `GlobalConfigData` in internal/config/load.go: the later over the earlier,
    // the data folder over the configuration, a project over both.
    Tool {
        name: "crush",
        title: "Crush",
        files: |around| {
            let projects =
                around.above.iter().flat_map(|folder| [folder.join(".crush.json"), folder.join("crush.json")]);
            let data = around.folder("CRUSH_GLOBAL_DATA", || around.data.join("crush")).join("crush.json");
            let config = around.folder("CRUSH_GLOBAL_CONFIG", || around.config.join("crush")).join("crush.json");
            let system = PathBuf::from("/etc/crush/crush.json");
            projects.chain([data, config, system]).map(|path| File::new(path, &crush::Crush)).collect()
        },
        wins: Wins::File,
    },
    // Gemini CLI 0.2x, `findEnvFile` in packages/cli/src/config/settings.ts: the first file that is there, and only that.
    Tool {
        name: "gemini-cli",
        title: "Gemini CLI",
        files: |around| {
            let folders = around.above.iter().chain([&around.home]);
            let paths = folders.flat_map(|folder| [folder.join(".gemini/.env"), folder.join(".env")]);
            paths.map(|path| File::new(path, &dotenv::Dotenv { consumer: "gemini-cli" })).collect()
        },
        wins: Wins::Environment,
    },
    // goose 1.x, `Config::default` in crates/goose/src/config/base.rs.
    Tool {
        name: "goose",
        title: "goose",
        files: |around| {
            let usual = || around.config.join("goose");
            let own = |root: OsString| PathBuf::from(root).join("config");
            vec![File::new((around.var)("GOOSE_PATH_ROOT").map_or_else(usual, own).join("secrets.yaml"), &goose::Goose)]
        },
        wins: Wins::Environment,
    },
    // huggingface_hub 2.4, `get_token` in utils/_auth.py and `HF_TOKEN_PATH` in constants.py.
    Tool {
        name: "huggingface",
        title: "Hugging Face",
        files: |around| {
            let home = around.folder("HF_HOME", || around.cache.join("huggingface"));
            let token = around.folder("HF_TOKEN_PATH", || home.join("token"));
            let stored = token.with_file_name("stored_tokens");
            vec![File::new(token, &huggingface::Token), File::new(stored, &huggingface::Stored)]
        },
        wins: Wins::Environment,
    },
    Tool { name: "json", title: "JSON", files: |_| Vec::new(), wins: Wins::File },
    // Its file is wherever it is told that it is.
    Tool { name: "litellm", title: "LiteLLM", files: |_| Vec::new(), wins: Wins::File },
    Tool {
        name: "llm",
        title: "llm",
        files: |around| {
            let usual = || match () {
                () if cfg!(target_vendor = "apple") => around.home.join("Library/Application Support/io.datasette.llm"),
                () => around.config.join("io.datasette.llm"),
            };
            vec![File::new(around.folder("LLM_USER_PATH", usual).join("keys.json"), &llm::Llm)]
        },
        wins: Wins::File,
    },
    // opencode 1.x: what its configuration says is put over what was signed in with.
    Tool {
        name: "opencode",
        title: "opencode",
        files: |around| {
            let named = (around.var)("OPENCODE_CONFIG").map(PathBuf::from);
            let both = |folder: &Path| [folder.join("opencode.jsonc"), folder.join("opencode.json")];
            let own = both(&around.config.join("opencode"));
            let configs = around.above.iter().flat_map(|folder| both(folder)).chain(named).chain(own);
            let mut all: Vec<File> = configs.map(|path| File::new(path, &opencode::Config)).collect();
            all.push(File::new(around.data.join("opencode/auth.json"), &opencode::Opencode));
            all
        },
        wins: Wins::File,
    },
];

/// Where keys lie that are no single tool's.
const SOURCES: &[Tool] = &[
    Tool {
        name: "dotenv",
        title: ".env files",
        files: |around| {
            let folders = around.above.iter().flat_map(|folder| env_files(folder));
            folders.map(|path| File::new(path, &dotenv::Dotenv { consumer: "dotenv" })).collect()
        },
        wins: Wins::Environment,
    },
    Tool { name: "shell", title: "shells' start-up files", files: shells, wins: Wins::Environment },
];

/// The `.env` files of a folder, without those that only show what belongs there. Names are read, no file is.
fn env_files(folder: &Path) -> Vec<PathBuf> {
    const SHOWN: [&str; 6] = [".example", ".sample", ".template", ".dist", ".tpl", ".schema"];
    let is_one =
        |name: &str| name == ".env" || (name.starts_with(".env.") && !SHOWN.iter().any(|end| name.ends_with(end)));
    named(folder, is_one)
}

/// The files of a folder whose names are such, sorted.
fn named(folder: &Path, is_one: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let names = disk::names_in(folder).unwrap_or_default();
    names.into_iter().filter(|name| is_one(name)).map(|name| folder.join(name)).collect()
}

fn ends(name: &str, end: &str) -> bool {
    Path::new(name).extension().is_some_and(|own| own == end)
}

fn shells(around: &Around) -> Vec<File> {
    const POSIX: [&str; 7] = [".bashrc", ".bash_profile", ".bash_login", ".profile", ".zshrc", ".zshenv", ".zprofile"];
    let zsh = around.folder("ZDOTDIR", || around.home.clone());
    let posix = POSIX.iter().map(|name| if name.starts_with(".z") { zsh.join(name) } else { around.home.join(name) });
    let fish = around.config.join("fish");
    let snippets = named(&fish.join("conf.d"), |name| ends(name, "fish"));
    let nu = ["env.nu", "config.nu"].map(|name| around.config.join("nushell").join(name));
    let systemd = named(&around.config.join("environment.d"), |name| ends(name, "conf"));
    let posix = posix.map(|path| File::new(path, &shell::Shell::Posix));
    let fish = [fish.join("config.fish")].into_iter().chain(snippets).map(|path| File::new(path, &shell::Shell::Fish));
    let nu = nu.into_iter().map(|path| File::new(path, &shell::Shell::Nu));
    posix.chain(fish).chain(nu).chain(systemd.into_iter().map(|path| File::new(path, &shell::Shell::Systemd))).collect()
}

impl Tool {
    /// The tool or source of that name.
    pub fn find(name: &str) -> Option<&'static Self> {
        TOOLS.iter().chain(SOURCES).find(|tool| tool.name == name)
    }

    /// All tools, sorted by name.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        TOOLS.iter()
    }

    /// Where else keys lie: `.env` files from here up, and shells' start-up files.
    pub fn sources() -> impl Iterator<Item = &'static Self> {
        SOURCES.iter()
    }

    /// The file that byok puts keys in: the person's own, never a project's.
    pub fn target(&self, around: &Around) -> Option<PathBuf> {
        Some(match self.name {
            "aider" => around.home.join(".env"),
            "gemini-cli" => around.home.join(".gemini/.env"),
            "opencode" => around.data.join("opencode/auth.json"),
            _ => self.files(around).into_iter().next()?.path,
        })
    }

    /// Whether only the first of its files that is there counts, whatever is in it.
    pub fn reads_first_only(&self) -> bool {
        self.name == "gemini-cli"
    }

    /// Whether it keeps its keys in a place of its own, and not wherever a person says.
    pub fn has_place(&self, around: &Around) -> bool {
        !self.files(around).is_empty()
    }

    /// A file of the tool's that lies where it is said to: in the form that its name tells, and then in the others.
    pub fn forms(&self, around: &Around, path: &Path) -> Vec<File> {
        let others = self.files(around).into_iter().map(|file| File::new(path.to_owned(), file.form));
        self.file(around, path).into_iter().chain(others).collect()
    }

    /// A file of the tool's that lies where it is said to.
    fn file(&self, around: &Around, path: &Path) -> Option<File> {
        let own = self.files(around);
        let alike = |same: fn(&Path) -> Option<&OsStr>| own.iter().find(|file| same(&file.path) == same(path));
        let fixed = alike(Path::file_name).or_else(|| alike(Path::extension)).or_else(|| own.first());
        let form: &'static dyn Form = match (self.name, fixed) {
            ("1password", _) => &exported::Table { title: "Title" },
            ("bitwarden", _) => &exported::Bitwarden,
            ("dotenv", _) => &dotenv::Dotenv { consumer: "dotenv" },
            ("json", _) => &flat::Flat,
            ("litellm", _) => &litellm::Litellm,
            (_, Some(file)) => file.form,
            (_, None) => return None,
        };
        Some(File::new(path.to_owned(), form))
    }

    /// Its files, the one that it prefers first, whether they are there or not.
    pub fn files(&self, around: &Around) -> Vec<File> {
        (self.files)(around)
    }
}

impl fmt::Debug for Tool {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Tool({})", self.name)
    }
}
