//! The `.env` file that bash, node, python-dotenv and direnv read alike.

use zeroize::Zeroizing;

use super::{Format, Reason, Refused, buffer};
use crate::name::EnvName;
use crate::secret::Secret;

/// `NAME=value`, or `NAME='value'` where bare it would mean something else.
pub(super) struct Dotenv;

impl Format for Dotenv {
    fn render(&self, variables: &[(EnvName, Secret)]) -> Result<Zeroizing<String>, Refused> {
        let mut out = buffer(variables);
        for (name, secret) in variables {
            let value = secret.expose();
            if let Some(reason) = obstacle(value) {
                return Err(Refused::new(name, reason));
            }
            let quote = if value.bytes().all(super::is_bare) { "" } else { "'" };
            for part in [name.as_str(), "=", quote, value, quote, "\n"] {
                out.push_str(part);
            }
        }
        Ok(out)
    }
}

fn obstacle(value: &str) -> Option<Reason> {
    if value.contains(['\n', '\r']) {
        Some(Reason::LineBreak)
    } else if value.contains('\'') {
        Some(Reason::Quote)
    } else if value.contains('$') {
        // python-dotenv expands `${HOME}` and npm's dotenv-expand `$HOME`, both whatever the quotes.
        Some(Reason::Dollar)
    } else if value.contains("\\\\") || value.ends_with('\\') {
        // python-dotenv unescapes `\\` and `\'` between single quotes.
        Some(Reason::Backslash)
    } else {
        None
    }
}
