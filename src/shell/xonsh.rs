//! xonsh.

use super::{Dialect, Unfit, escape};
use crate::name::EnvName;

/// `__xonsh__.env["NAME"] = "value";`, for `$NAME = …` would run the old value as a command in another shell.
pub(super) struct Xonsh;

impl Dialect for Xonsh {
    fn name(&self) -> &'static str {
        "xonsh"
    }

    fn load(&self) -> &'static str {
        "execx($(byok env --shell xonsh))"
    }

    fn set(&self, name: &EnvName, value: &str, out: &mut String) -> Result<(), Unfit> {
        let name = name.as_str();
        // By such a name xonsh takes a list of paths for granted, and expands `~` and variables in it.
        if name.ends_with("PATH") || name.ends_with("DIRS") {
            out.push_str("__xonsh__.env.register(\"");
            out.push_str(name);
            out.push_str("\", type=\"str\");\n");
        }
        out.push_str("__xonsh__.env[\"");
        out.push_str(name);
        out.push_str("\"] = ");
        escape(value, false, out);
        out.push_str(";\n");
        Ok(())
    }

    fn unset(&self, name: &EnvName, out: &mut String) {
        out.push_str("__xonsh__.env.pop(\"");
        out.push_str(name.as_str());
        out.push_str("\", None);\n");
    }
}
