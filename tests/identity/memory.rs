//! L11: what is left in memory when byok's work is done, looked for in a whole core of the process.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::{SECRET, WORDS, Wrapped, private};
use crate::tools::tool;

/// What a core of `byok ARGUMENTS` holds at the first call of `call`, as far as it is a secret.
fn found(home: &Wrapped, debugger: &PathBuf, arguments: &str, call: &str) -> Vec<&'static str> {
    let core = home.path("core");
    let _ = fs::remove_file(&core);
    let byok = home.command();
    let mut command = Command::new(debugger);
    command.args(["-q", "-nx", "-batch", "-ex", "set startup-with-shell off", "-ex", "set use-coredump-filter off"]);
    command.args(["-ex", &format!("catch syscall {call}"), "-ex", "run", "-ex", &format!("gcore {}", core.display())]);
    command.arg("--args").arg(byok.get_program()).args(byok.get_args()).args(arguments.split(' ')).env_clear();
    command.envs(byok.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.env("BYOK_PASSPHRASE_FILE", &home.pass).stdin(Stdio::null());
    let output = command.output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let core = fs::read(&core).unwrap_or_else(|error| panic!("{arguments}, at {call}: {error}: {said}"));
    assert!(said.contains("Catchpoint 1 (call to syscall"), "{said}");
    // The identity's own letters are not known here: its beginning and two more, which no text of byok's has.
    let identity = memchr_all(&core, b"AGE-SECRET-KEY-1").any(|at| {
        core[at + 16..].iter().take(58).filter(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()).count() > 40
    });
    let mut there: Vec<&str> =
        [SECRET, WORDS].into_iter().filter(|secret| memchr_all(&core, secret.as_bytes()).next().is_some()).collect();
    if identity {
        there.push("identity");
    }
    there
}

/// Where `part` starts in `whole`.
fn memchr_all<'a>(whole: &'a [u8], part: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    whole.windows(part.len()).enumerate().filter(move |(_, window)| *window == part).map(|(at, _)| at)
}

#[test]
fn nothing_of_a_secret_is_left_in_memory_when_the_work_is_done() {
    let Some(debugger) = tool(&["gdb"]) else { return };
    let home = Wrapped::new();
    // A search that finds nothing anywhere would prove nothing: while byok writes the key, it is there.
    assert!(found(&home, &debugger, "get openai", "write").contains(&SECRET));
    private(&home.path("new"), "sk-test-another-secret-0123");
    for arguments in ["get openai", "env", "list", "export --format json", "unlock", "identity show"] {
        for held in [false, true] {
            if !held {
                let _ = home.byok("lock").output();
            }
            let there = found(&home, &debugger, arguments, "exit_group");
            assert!(there.is_empty(), "`byok {arguments}`, held before: {held}: {there:?}");
        }
    }
}
