//! Nushell, which evaluates no text: it takes data.

use super::{Dialect, Unfit, escape};
use crate::name::EnvName;

/// One JSON object of all variables; what is to go is `null`, which Nushell keeps from the programs that it starts.
pub(super) struct Nu;

impl Dialect for Nu {
    fn name(&self) -> &'static str {
        "nu"
    }

    fn load(&self) -> &'static str {
        "byok env --shell nu | from json | load-env"
    }

    fn set(&self, name: &EnvName, value: &str, out: &mut String) -> Result<(), Unfit> {
        key(name, out);
        escape(value, true, out);
        Ok(())
    }

    fn unset(&self, name: &EnvName, out: &mut String) {
        key(name, out);
        out.push_str("null");
    }

    fn finish(&self, out: &mut String) {
        out.push_str(if out.is_empty() { "{}\n" } else { "}\n" });
    }
}

fn key(name: &EnvName, out: &mut String) {
    out.push_str(if out.is_empty() { "{\"" } else { ",\n\"" });
    out.push_str(name.as_str());
    out.push_str("\":");
}
