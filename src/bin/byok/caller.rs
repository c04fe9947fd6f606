//! Which shell started byok, and so is to read what it prints.

use byok::shell::{self, Dialect};

use crate::vars;

/// The dialect of the program that started byok, if that is a shell; else of the one that `SHELL` names; else POSIX.
///
/// A substitution (`$(…)`) runs in a copy of the shell, whose program is the shell's own.
pub(crate) fn dialect() -> &'static dyn Dialect {
    let named = || vars::shell().and_then(|path| shell::dialect_of_program(&path));
    parent().or_else(named).or_else(|| shell::dialect("posix")).expect("POSIX is a dialect")
}

/// The path of the program that started byok, where the system tells it.
#[cfg(target_os = "linux")]
pub(crate) fn program() -> Option<String> {
    let parent = rustix::process::getppid()?.as_raw_nonzero();
    std::fs::read_link(format!("/proc/{parent}/exe")).ok()?.into_os_string().into_string().ok()
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn program() -> Option<String> {
    None
}

#[cfg(target_os = "linux")]
fn parent() -> Option<&'static dyn Dialect> {
    let parent = rustix::process::getppid()?.as_raw_nonzero();
    // A script has its own name as the process's, but its interpreter's as the program's; with xonsh, which is a script
    // of Python's, it is the name that tells.
    let program = std::fs::read_link(format!("/proc/{parent}/exe")).ok();
    let dialect = program.and_then(|path| shell::dialect_of_program(path.to_str()?));
    dialect.or_else(|| {
        let name = std::fs::read_to_string(format!("/proc/{parent}/comm")).ok()?;
        shell::dialect_of_program(name.trim_end())
    })
}

/// Elsewhere the system has no file that tells.
#[cfg(not(target_os = "linux"))]
fn parent() -> Option<&'static dyn Dialect> {
    None
}
