//! The file that a shell takes in with `set -a; . FILE`.

use zeroize::Zeroizing;

use super::{Format, Refused, buffer};
use crate::name::EnvName;
use crate::secret::Secret;

/// `NAME='value'`, with a quote inside written as `'\''`.
pub(super) struct Bash;

impl Format for Bash {
    fn render(&self, variables: &[(EnvName, Secret)]) -> Result<Zeroizing<String>, Refused> {
        let mut out = buffer(variables);
        for (name, secret) in variables {
            out.push_str(name.as_str());
            out.push_str("='");
            for (at, part) in secret.expose().split('\'').enumerate() {
                out.push_str(if at == 0 { "" } else { r"'\''" });
                out.push_str(part);
            }
            out.push_str("'\n");
        }
        Ok(out)
    }
}
