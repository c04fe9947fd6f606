//! A Kubernetes Secret as a manifest, for `kubectl apply -f -`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::{Format, Reason, Refused, buffer};
use crate::name::EnvName;
use crate::secret::Secret;

/// A Secret named `byok`, one entry a variable.
pub(super) struct Kubernetes;

/// What Kubernetes stores in one Secret.
const SIZE: usize = 1024 * 1024;

impl Format for Kubernetes {
    fn render(&self, variables: &[(EnvName, Secret)]) -> Result<Zeroizing<String>, Refused> {
        // The head fits into the room that is left beside the variables of no list but the empty one.
        let mut out = buffer(variables);
        out.reserve(HEAD.len());
        out.push_str(HEAD);
        out.push_str(if variables.is_empty() { " {}\n" } else { "\n" });
        let mut size = 0;
        for (name, secret) in variables {
            size += name.as_str().len() + secret.expose().len();
            if size > SIZE {
                return Err(Refused::new(name, Reason::TooMuch));
            }
            // Quoted: `NO` and `Y` alone would not be text.
            out.push_str("  \"");
            out.push_str(name.as_str());
            out.push_str("\": \"");
            STANDARD.encode_string(secret.expose(), &mut out);
            out.push_str("\"\n");
        }
        Ok(out)
    }
}

const HEAD: &str = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: byok\ntype: Opaque\ndata:";
