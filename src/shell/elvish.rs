//! Elvish.

use super::{Dialect, Unfit, escape};
use crate::name::EnvName;

/// `set-env NAME "value";`
pub(super) struct Elvish;

impl Dialect for Elvish {
    fn name(&self) -> &'static str {
        "elvish"
    }

    fn load(&self) -> &'static str {
        "eval (byok env --shell elvish | slurp)"
    }

    fn set(&self, name: &EnvName, value: &str, out: &mut String) -> Result<(), Unfit> {
        out.push_str("set-env ");
        out.push_str(name.as_str());
        out.push(' ');
        escape(value, false, out);
        out.push_str(";\n");
        Ok(())
    }

    fn unset(&self, name: &EnvName, out: &mut String) {
        out.push_str("unset-env ");
        out.push_str(name.as_str());
        out.push_str(";\n");
    }
}
