//! GitHub Actions: the file that `GITHUB_ENV` names, and the commands that keep values out of the log.
//!
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{Format, Refused, buffer};
use crate::hex::hex;
use crate::name::EnvName;
use crate::secret::Secret;

/// `NAME<<DELIMITER`, the value, and `DELIMITER`, each on lines of their own.
pub(super) struct Environment;

impl Format for Environment {
    fn render(&self, variables: &[(EnvName, Secret)]) -> Result<Zeroizing<String>, Refused> {
        let mut out = buffer(variables);
        let delimiter = delimiter(variables);
        out.reserve(variables.len() * 2 * delimiter.len());
        for (name, secret) in variables {
            for part in [name.as_str(), "<<", &delimiter, "\n", secret.expose(), "\n", &delimiter, "\n"] {
                out.push_str(part);
            }
        }
        Ok(out)
    }
}

/// What no value can hold: of random bytes, and of the values themselves should there be none.
fn delimiter(variables: &[(EnvName, Secret)]) -> String {
    let mut random = [0; 32];
    // Without randomness the hash of what must not be known is as hard to guess.
    let _ = getrandom::fill(&mut random);
    let mut hash = Sha256::new().chain_update(random);
    for (name, secret) in variables {
        hash.update(name.as_str());
        hash.update(secret.expose());
    }
    format!("byok_{}", hex(&hash.finalize()[..16]))
}

/// The commands that have the runner mask these values in its log; they must come before anything else is said.
pub fn masks<'a>(secrets: impl Iterator<Item = &'a str> + Clone) -> Zeroizing<String> {
    let lines = secrets.flat_map(|secret| secret.split(['\n', '\r'])).filter(|line| !line.trim().is_empty());
    let room = lines.clone().map(|line| COMMAND.len() + 3 * line.len() + 1);
    let mut out = Zeroizing::new(String::with_capacity(room.sum()));
    // The runner compares line by line, so a key of several lines takes several commands.
    for line in lines {
        out.push_str(COMMAND);
        for c in line.chars() {
            if c == '%' { out.push_str("%25") } else { out.push(c) }
        }
        out.push('\n');
    }
    out
}

const COMMAND: &str = "::add-mask::";
