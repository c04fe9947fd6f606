//! The POSIX shells: bash, zsh, dash, ksh93, mksh, yash, busybox, posh.

use super::{Dialect, quote};
use crate::name::EnvName;

/// `export NAME=value;`
pub(super) struct Posix;

impl Dialect for Posix {
    fn name(&self) -> &'static str {
        "posix"
    }

    fn set(&self, name: &EnvName, value: &str, out: &mut String) {
        out.push_str("export ");
        out.push_str(name.as_str());
        out.push('=');
        quote(value, out);
        out.push_str(";\n");
    }

    fn unset(&self, name: &EnvName, out: &mut String) {
        out.push_str("unset ");
        out.push_str(name.as_str());
        out.push_str(";\n");
    }
}
