//! fish.

use super::{Dialect, Unfit, quote};
use crate::name::EnvName;

/// `set -gx NAME value;`
pub(super) struct Fish;

impl Dialect for Fish {
    fn name(&self) -> &'static str {
        "fish"
    }

    fn load(&self) -> &'static str {
        "byok env --shell fish | source"
    }

    fn set(&self, name: &EnvName, value: &str, out: &mut String) -> Result<(), Unfit> {
        out.push_str("set -gx ");
        out.push_str(name.as_str());
        out.push(' ');
        quote(value, out);
        out.push_str(";\n");
        Ok(())
    }

    fn unset(&self, name: &EnvName, out: &mut String) {
        // Erasing what is not there leaves status 4, and with it a failed `eval`; so it is made first.
        for verb in ["set -gx ", "set -ge "] {
            out.push_str(verb);
            out.push_str(name.as_str());
            out.push_str(";\n");
        }
    }

    /// fish splits at line breaks only.
    fn survives_unquoted(&self, value: &str) -> bool {
        !value.contains('\n')
    }
}
