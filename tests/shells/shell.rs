//! One installed shell and what comes of code that it evaluates.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use byok::name::EnvName;
use byok::shell::{Dialect, dialect, room};

use super::SEED;
use crate::tools::{NUSHELL, tool};

/// How many values one process takes.
pub(super) const BATCH: usize = 200;

/// One installed shell with its options, in a folder of its own.
pub(super) struct Shell {
    pub(super) name: &'static str,
    program: PathBuf,
    options: Vec<&'static str>,
    pub(super) folder: tempfile::TempDir,
}

impl Shell {
    pub(super) fn find(name: &'static str, options: &[&'static str]) -> Option<Self> {
        const HERE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/shells");
        let program = match name {
            "ksh93" => tool(&["ksh93", "ksh"]),
            // What is only called csh may be tcsh.
            "csh" => tool(&["bsd-csh"]),
            "nu" => tool(&[NUSHELL]),
            "xonsh" => tool(&[&format!("{HERE}/venv/bin/xonsh")]),
            _ => tool(&[name]),
        }?;
        let first: &[&str] = match name {
            "busybox" => &["sh"],
            "fish" => &["--no-config"],
            "tcsh" | "csh" => &["-f"],
            "elvish" => &["-norc"],
            "nu" => &["--no-config-file"],
            "xonsh" => &["--no-rc"],
            _ => &[],
        };
        // zsh takes `--emulate` only as the very first.
        let last: &[&str] = if name == "zsh" { &["-f"] } else { &[] };
        let options = [first, options, last].concat();
        Some(Self { name, program, options, folder: tempfile::tempdir().unwrap() })
    }

    pub(super) fn all(names: &[&'static str]) -> impl Iterator<Item = Self> {
        names.iter().filter_map(|name| Self::find(name, &[]))
    }

    pub(super) fn program(&self) -> &Path {
        &self.program
    }

    /// The arguments that come before `-c`.
    pub(super) fn options(&self) -> &[&'static str] {
        &self.options
    }

    pub(super) fn dialect(&self) -> &'static dyn Dialect {
        dialect(self.name).unwrap()
    }

    pub(super) fn is_fish(&self) -> bool {
        self.name == "fish"
    }

    /// Runs `script` beside a file `code`.
    pub(super) fn run(&self, code: &str, script: &str) -> Output {
        let folder = self.folder.path();
        fs::write(folder.join("code"), code).unwrap();
        let run = Command::new(&self.program)
            .args(&self.options)
            .args(["-c", script])
            .current_dir(folder)
            .env_clear()
            .envs([("PATH", "/usr/bin:/bin"), ("LC_ALL", "C.UTF-8")])
            .env("HOME", folder)
            .output()
            .unwrap();
        assert!(!folder.join("PWN").exists(), "{self:?} executed a part of a value");
        run
    }

    /// What a program sees in its environment after `script` evaluated `code`.
    pub(super) fn environment(&self, code: &str, script: &str) -> HashMap<String, Vec<u8>> {
        let run = self.run(code, &format!("{script}; env -0"));
        eprint!("{}", String::from_utf8_lossy(&run.stderr));
        parse(&run.stdout)
    }

    /// Asserts that each value arrives as it is.
    pub(super) fn carries(&self, values: &[String], script: &str) {
        // Some start as slowly as they read.
        let batch = if ["nu", "xonsh"].contains(&self.name) { 1_000 } else { BATCH };
        for batch in values.chunks(batch) {
            let seen = self.environment(&assignments(self.dialect(), batch), script);
            for (index, value) in batch.iter().enumerate() {
                let seen = seen.get(&variable(index)).map(|bytes| String::from_utf8_lossy(bytes));
                assert!(
                    seen.as_deref() == Some(value.as_str()),
                    "{self:?}, `{script}`, seed {SEED:#x}: {value:?} became {seen:?}"
                );
            }
        }
    }

    /// How its dialect says to do it, with a file in the place of byok.
    pub(super) fn load(&self, file: &str) -> String {
        let load = self.dialect().load();
        let byok = load.find("byok env").unwrap();
        let end = load[byok..].find([')', '|', '`']).map_or(load.len(), |at| byok + at);
        let end = load[..end].trim_end().len();
        format!("{}cat {file}{}", &load[..byok], &load[end..])
    }

    /// How people do it although nobody told them to.
    pub(super) fn unquoted(&self) -> &'static str {
        match self.dialect().name() {
            "fish" => "eval (cat code)",
            "tcsh" => "eval `cat code`",
            _ => "eval $(cat code)",
        }
    }
}

impl std::fmt::Debug for Shell {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} {}", self.name, self.options.join(" "))
    }
}

pub(super) fn variable(index: usize) -> String {
    format!("V{index}")
}

pub(super) fn assignments(dialect: &dyn Dialect, values: &[String]) -> String {
    let mut code = String::new();
    for (index, value) in values.iter().enumerate() {
        let before = code.len();
        let set = dialect.set(&EnvName::parse(&variable(index)).unwrap(), value, &mut code);
        // What is refused has left nothing behind.
        assert!(set.is_ok() || code.len() == before, "{value:?}");
        assert!(code.len() - before <= room(value), "{value:?}");
    }
    dialect.finish(&mut code);
    code
}

pub(super) fn removals(dialect: &dyn Dialect, count: usize) -> String {
    let mut code = String::new();
    for index in 0..count {
        dialect.unset(&EnvName::parse(&variable(index)).unwrap(), &mut code);
    }
    code
}

fn parse(environment: &[u8]) -> HashMap<String, Vec<u8>> {
    let entries = environment.split(|&byte| byte == 0).filter_map(|entry| {
        let at = entry.iter().position(|&byte| byte == b'=')?;
        Some((String::from_utf8_lossy(&entry[..at]).into_owned(), entry[at + 1..].to_vec()))
    });
    entries.collect()
}
