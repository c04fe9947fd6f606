//! Which program started byok: the shell that is to read what it prints, and whom the log names.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use byok::shell::{self, Dialect};

use crate::vars;

/// The dialect of the program that started byok, if that is a shell; else of the one that `SHELL` names; else POSIX.
///
/// A substitution (`$(…)`) runs in a copy of the shell, whose program is the shell's own.
pub(crate) fn dialect() -> &'static dyn Dialect {
    let named = || vars::shell().and_then(|path| shell::dialect_of_program(&path));
    parent().or_else(named).or_else(|| shell::dialect("posix")).expect("POSIX is a dialect")
}

/// The file name of the program that started byok, once it was asked for.
static PROGRAM: OnceLock<Option<String>> = OnceLock::new();

/// The name of the program that started byok, if that is known already.
pub(crate) fn known_program() -> Option<String> {
    PROGRAM.get().cloned().flatten()
}

/// The name of the program that started byok.
pub(crate) fn program() -> Option<String> {
    PROGRAM.get_or_init(|| file_name(executable().as_deref())).clone()
}

fn file_name(program: Option<&Path>) -> Option<String> {
    /// What is longer, in bytes, is no program's name, and could be a secret.
    const LONGEST: usize = 40;
    program?.file_name()?.to_str().filter(|name| name.len() <= LONGEST).map(str::to_owned)
}

/// The program of the parent process, if it may be known.
#[cfg(target_os = "linux")]
fn executable() -> Option<PathBuf> {
    let parent = rustix::process::getppid()?.as_raw_nonzero();
    std::fs::read_link(format!("/proc/{parent}/exe")).ok()
}

/// Elsewhere the system has no file that tells.
#[cfg(not(target_os = "linux"))]
fn executable() -> Option<PathBuf> {
    None
}

#[cfg(target_os = "linux")]
fn parent() -> Option<&'static dyn Dialect> {
    // A script has its own name as the process's, but its interpreter's as the program's; with xonsh, which is a script
    // of Python's, it is the name that tells.
    let program = executable();
    PROGRAM.get_or_init(|| file_name(program.as_deref()));
    let dialect = program.and_then(|path| shell::dialect_of_program(path.to_str()?));
    dialect.or_else(|| {
        let parent = rustix::process::getppid()?.as_raw_nonzero();
        let name = std::fs::read_to_string(format!("/proc/{parent}/comm")).ok()?;
        shell::dialect_of_program(name.trim_end())
    })
}

/// Elsewhere the system has no file that tells.
#[cfg(not(target_os = "linux"))]
fn parent() -> Option<&'static dyn Dialect> {
    None
}
