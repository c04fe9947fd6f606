//! The POSIX shells: bash, zsh, dash, ksh93, mksh, yash, busybox, posh.

use super::{Dialect, Unfit, quote, survives_splitting};
use crate::name::EnvName;

/// `export NAME=value;`
pub(super) struct Posix;

impl Dialect for Posix {
    fn name(&self) -> &'static str {
        "posix"
    }

    fn load(&self) -> &'static str {
        "eval \"$(byok env)\""
    }

    fn set(&self, name: &EnvName, value: &str, out: &mut String) -> Result<(), Unfit> {
        out.push_str("export ");
        out.push_str(name.as_str());
        out.push('=');
        quote(value, out);
        out.push_str(";\n");
        Ok(())
    }

    fn unset(&self, name: &EnvName, out: &mut String) {
        out.push_str("unset ");
        out.push_str(name.as_str());
        out.push_str(";\n");
    }

    fn survives_unquoted(&self, value: &str) -> bool {
        survives_splitting(value)
    }
}
