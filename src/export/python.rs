//! What python-dotenv reads: single quotes, in which it undoes `\\` and `\'`, and expands `${…}` all the same.

use zeroize::Zeroizing;

use super::{Format, Reason, Refused, buffer};
use crate::name::EnvName;
use crate::secret::Secret;

/// `NAME='value'`
pub(super) struct Python;

impl Format for Python {
    fn render(&self, variables: &[(EnvName, Secret)]) -> Result<Zeroizing<String>, Refused> {
        let mut out = buffer(variables);
        for (name, secret) in variables {
            let value = secret.expose();
            if value.contains('\r') {
                // Python's own text files turn it into a line feed.
                return Err(Refused::new(name, Reason::LineBreak));
            } else if value.contains("${") {
                return Err(Refused::new(name, Reason::Dollar));
            }
            if value.ends_with('\\') {
                // Its reader would take the quote behind it for a part of the value, and go on.
                return Err(Refused::new(name, Reason::Backslash));
            }
            let quote = if value.bytes().all(super::is_bare) { "" } else { "'" };
            out.push_str(name.as_str());
            out.push('=');
            out.push_str(quote);
            for c in value.chars() {
                if matches!(c, '\\' | '\'') {
                    out.push('\\');
                }
                out.push(c);
            }
            out.push_str(quote);
            out.push('\n');
        }
        Ok(out)
    }
}
