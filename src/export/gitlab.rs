//! GitLab's `artifacts:reports:dotenv`, which hands variables to later jobs.
//!
//! GitLab reads no quotes, takes blanks off both ends and expands `$`, and stops at 5 KiB and at the plan's number of
//! variables, of which the largest is 150: <https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportsdotenv>.

use zeroize::Zeroizing;

use super::{Format, Reason, Refused, buffer};
use crate::name::EnvName;
use crate::secret::Secret;

/// `NAME=value`, nothing quoted.
pub(super) struct Gitlab;

const SIZE: usize = 5 * 1024;
const COUNT: usize = 150;

impl Format for Gitlab {
    fn render(&self, variables: &[(EnvName, Secret)]) -> Result<Zeroizing<String>, Refused> {
        let mut out = buffer(variables);
        for (at, (name, secret)) in variables.iter().enumerate() {
            let value = secret.expose();
            for part in [name.as_str(), "=", value, "\n"] {
                out.push_str(part);
            }
            let reason = if value.contains(['\n', '\r']) {
                Reason::LineBreak
            } else if value.trim().len() < value.len() {
                Reason::OuterBlanks
            } else if value.contains('$') {
                Reason::Dollar
            } else if out.len() >= SIZE || at >= COUNT {
                Reason::TooMuch
            } else {
                continue;
            };
            return Err(Refused::new(name, reason));
        }
        Ok(out)
    }
}
