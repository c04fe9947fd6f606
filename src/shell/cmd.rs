//! cmd, the command interpreter of Windows. Written to its documented rules, and not proven in the real one.

use super::{Dialect, Unfit};
use crate::name::EnvName;

/// `set "NAME=value"`
pub(super) struct Cmd;

impl Dialect for Cmd {
    fn name(&self) -> &'static str {
        "cmd"
    }

    fn load(&self) -> &'static str {
        "for /f \"delims=\" %i in ('byok env --shell cmd') do @%i"
    }

    fn set(&self, name: &EnvName, value: &str, out: &mut String) -> Result<(), Unfit> {
        // It has no escape that holds in a batch file, at the prompt and under delayed expansion alike; and the quotes
        // that it needs would let other shells see `$`, a backtick and a last backslash.
        if value.is_empty() {
            return Err(Unfit("cmd unsets a variable instead of leaving it empty"));
        }
        if !value.bytes().all(|byte| (b' '..=b'~').contains(&byte) && !b"\"%!^&|<>$`".contains(&byte)) {
            return Err(Unfit(
                "cmd has no way to write `\"`, `%`, `!`, `^`, `&`, `|`, `<`, `>`, `$`, a backtick, a control character or what is not ASCII",
            ));
        }
        if value.ends_with('\\') {
            return Err(Unfit("cmd has no safe way to write a backslash at the end"));
        }
        out.push_str("set \"");
        out.push_str(name.as_str());
        out.push('=');
        out.push_str(value);
        out.push_str("\"\n");
        Ok(())
    }

    fn unset(&self, name: &EnvName, out: &mut String) {
        out.push_str("set \"");
        out.push_str(name.as_str());
        out.push_str("=\"\n");
    }
}
