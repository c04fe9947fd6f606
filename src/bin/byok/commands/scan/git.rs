//! The real `git`, and no program but it: none that lies in the working folder, and none that a repository names.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use anyhow::Result;

use crate::fault::Fault;
use crate::vars;

/// What leads git to another repository than that of the folder it stands in.
const LEADING: [&str; 6] = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_PREFIX", "GIT_CONFIG"];

/// git, as it was found.
pub(crate) struct Git {
    program: PathBuf,
    /// Where it is started, if not in the working folder.
    folder: Option<PathBuf>,
}

impl Git {
    /// The first one on the absolute folders of `PATH` that is not the working folder.
    pub(crate) fn find() -> Result<Self> {
        let here = std::env::current_dir().ok();
        let found = vars::programs("git").find(|file| file.parent() != here.as_deref());
        found
            .map(|program| Self { program, folder: None })
            .ok_or_else(|| Fault::failed("there is no `git` on the absolute folders of `PATH`").into())
    }

    /// The same, in the repository of a folder.
    pub(crate) fn within(self, folder: &Path) -> Self {
        Self { folder: Some(folder.to_owned()), ..self }
    }

    /// A call that asks nobody, pages nothing, watches nothing and fetches nothing.
    fn command(&self, arguments: &[impl AsRef<OsStr>]) -> Command {
        let mut command = Command::new(&self.program);
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
            for name in LEADING {
                command.env_remove(name);
            }
        }
        command.args([
            "--no-pager",
            "--literal-pathspecs",
            "-c",
            "core.fsmonitor=false",
            "-c",
            "core.untrackedCache=false",
        ]);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.env("GIT_TERMINAL_PROMPT", "0").env("GIT_NO_LAZY_FETCH", "1").env("GIT_OPTIONAL_LOCKS", "0");
        command.env_remove("GIT_EXTERNAL_DIFF").env("LC_ALL", "C");
        for opener in vars::OPENERS {
            command.env_remove(opener);
        }
        command
    }

    /// What a call prints; its own words where it fails.
    pub(crate) fn output(&self, arguments: &[impl AsRef<OsStr>]) -> Result<Vec<u8>> {
        let Output { status, stdout, stderr } = self.command(arguments).output().map_err(|error| self.broken(error))?;
        if status.success() {
            return Ok(stdout);
        }
        let said = String::from_utf8_lossy(&stderr);
        let first = said.lines().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing");
        let fault = Fault::failed(format!("git failed: {}", first.trim_start_matches("fatal: ")));
        Err(if first.contains("not a git repository") {
            Fault::failed("this folder is in no git repository").hint("look through its files with `byok scan`")
        } else if first.contains("dubious ownership") {
            fault.hint("if you trust the repository, `git status` says how to tell git so")
        } else {
            fault
        }
        .into())
    }

    /// What a call prints that fails where there is nothing, such as a setting that is not set.
    pub(crate) fn asked(&self, arguments: &[impl AsRef<OsStr>]) -> Result<Option<Vec<u8>>> {
        let output = self.command(arguments).output().map_err(|error| self.broken(error))?;
        Ok(output.status.success().then_some(output.stdout))
    }

    /// A call that is spoken with.
    pub(crate) fn spoken(&self, arguments: &[&str]) -> Result<Child> {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stderr(Stdio::null());
        command.spawn().map_err(|error| self.broken(error))
    }

    fn broken(&self, error: std::io::Error) -> anyhow::Error {
        Fault::failed(format!("cannot start `{}`", self.program.display())).cause(error).into()
    }
}
