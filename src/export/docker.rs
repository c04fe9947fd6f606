//! What `docker run --env-file` reads: everything after the first `=` as it stands, quotes included.

use zeroize::Zeroizing;

use super::{Format, Reason, Refused, buffer};
use crate::name::EnvName;
use crate::secret::Secret;

/// `NAME=value`, nothing quoted.
pub(super) struct Docker;

/// docker reads lines through a buffer of 64 KiB.
const LINE: usize = 64 * 1024;

impl Format for Docker {
    fn render(&self, variables: &[(EnvName, Secret)]) -> Result<Zeroizing<String>, Refused> {
        let mut out = buffer(variables);
        for (name, secret) in variables {
            let value = secret.expose();
            if let Some(reason) = obstacle(name, value) {
                return Err(Refused::new(name, reason));
            }
            out.push_str(name.as_str());
            out.push('=');
            out.push_str(value);
            out.push('\n');
        }
        Ok(out)
    }
}

fn obstacle(name: &EnvName, value: &str) -> Option<Reason> {
    if value.contains(['\n', '\r']) {
        Some(Reason::LineBreak)
    } else if value.trim().len() < value.len() {
        // docker keeps them; podman and nerdctl, which read the same files, do not all.
        Some(Reason::OuterBlanks)
    } else if name.as_str().len() + value.len() + 2 > LINE {
        Some(Reason::TooLong)
    } else {
        None
    }
}
