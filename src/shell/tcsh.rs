//! tcsh and csh.

use super::{Dialect, Unfit, quote_outside, survives_splitting};
use crate::name::EnvName;

/// `setenv NAME value;`
pub(super) struct Tcsh;

impl Dialect for Tcsh {
    fn name(&self) -> &'static str {
        "tcsh"
    }

    fn load(&self) -> &'static str {
        "eval \"`byok env --shell tcsh`\""
    }

    fn set(&self, name: &EnvName, value: &str, out: &mut String) -> Result<(), Unfit> {
        // A substitution ends a word at a line break, also between quotes, and `eval` joins the words by blanks.
        if value.contains('\n') {
            return Err(Unfit("tcsh loses a line break"));
        }
        out.push_str("setenv ");
        out.push_str(name.as_str());
        out.push(' ');
        // `!` recalls an earlier command, inside quotes and in scripts as well.
        quote_outside(value, &['\\', '\'', '!'], out);
        out.push_str(";\n");
        Ok(())
    }

    fn unset(&self, name: &EnvName, out: &mut String) {
        out.push_str("unsetenv ");
        out.push_str(name.as_str());
        out.push_str(";\n");
    }

    fn survives_unquoted(&self, value: &str) -> bool {
        survives_splitting(value)
    }
}
