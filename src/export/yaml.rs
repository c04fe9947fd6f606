//! One YAML mapping of strings.

use zeroize::Zeroizing;

use super::{Format, Refused, buffer, quote};
use crate::name::EnvName;
use crate::secret::Secret;

/// `"NAME": "value"`
pub(super) struct Yaml;

impl Format for Yaml {
    fn render(&self, variables: &[(EnvName, Secret)]) -> Result<Zeroizing<String>, Refused> {
        let mut out = buffer(variables);
        if variables.is_empty() {
            out.push_str("{}\n");
        }
        for (name, secret) in variables {
            // Names are quoted as well: `NO`, `Y` and `NULL` would not be text.
            quote(name.as_str(), &mut out);
            out.push_str(": ");
            quote(secret.expose(), &mut out);
            out.push('\n');
        }
        Ok(out)
    }
}
