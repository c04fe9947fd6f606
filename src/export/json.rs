//! One JSON object of strings.

use zeroize::Zeroizing;

use super::{Format, Refused, buffer, quote};
use crate::name::EnvName;
use crate::secret::Secret;

/// `{"NAME": "value"}`, one variable a line.
pub(super) struct Json;

impl Format for Json {
    fn render(&self, variables: &[(EnvName, Secret)]) -> Result<Zeroizing<String>, Refused> {
        let mut out = buffer(variables);
        out.push('{');
        for (index, (name, secret)) in variables.iter().enumerate() {
            out.push_str(if index == 0 { "\n  " } else { ",\n  " });
            quote(name.as_str(), &mut out);
            out.push_str(": ");
            quote(secret.expose(), &mut out);
        }
        out.push_str(if variables.is_empty() { "}\n" } else { "\n}\n" });
        Ok(out)
    }
}
