//! fish.

use super::{Dialect, quote};
use crate::name::EnvName;

/// `set -gx NAME value;`
pub(super) struct Fish;

impl Dialect for Fish {
    fn name(&self) -> &'static str {
        "fish"
    }

    fn set(&self, name: &EnvName, value: &str, out: &mut String) {
        out.push_str("set -gx ");
        out.push_str(name.as_str());
        out.push(' ');
        quote(value, out);
        out.push_str(";\n");
    }

    fn unset(&self, name: &EnvName, out: &mut String) {
        // Erasing what is not there leaves status 4, and with it a failed `eval`; so it is made first.
        for verb in ["set -gx ", "set -ge "] {
            out.push_str(verb);
            out.push_str(name.as_str());
            out.push_str(";\n");
        }
    }
}
