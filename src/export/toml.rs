//! A flat TOML document of strings.

use zeroize::Zeroizing;

use super::{Format, Refused, buffer, quote};
use crate::name::EnvName;
use crate::secret::Secret;

/// `NAME = "value"`
pub(super) struct Toml;

impl Format for Toml {
    fn render(&self, variables: &[(EnvName, Secret)]) -> Result<Zeroizing<String>, Refused> {
        let mut out = buffer(variables);
        for (name, secret) in variables {
            out.push_str(name.as_str());
            out.push_str(" = ");
            quote(secret.expose(), &mut out);
            out.push('\n');
        }
        Ok(out)
    }
}
