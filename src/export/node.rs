//! What `node --env-file` reads: anything between quotes of one kind, in which nothing can be escaped.

use zeroize::Zeroizing;

use super::{Format, Reason, Refused, buffer};
use crate::name::EnvName;
use crate::secret::Secret;

/// `NAME=value`, or the value between the first quotes that it does not hold itself.
pub(super) struct Node;

impl Format for Node {
    fn render(&self, variables: &[(EnvName, Secret)]) -> Result<Zeroizing<String>, Refused> {
        let mut out = buffer(variables);
        for (name, secret) in variables {
            let value = secret.expose();
            let quote = quote(value).map_err(|reason| Refused::new(name, reason))?;
            for part in [name.as_str(), "=", quote, value, quote, "\n"] {
                out.push_str(part);
            }
        }
        Ok(out)
    }
}

fn quote(value: &str) -> Result<&'static str, Reason> {
    // node takes carriage returns out of the whole file.
    if value.contains('\r') {
        return Err(Reason::LineBreak);
    }
    if value.bytes().all(super::is_bare) {
        return Ok("");
    }
    // Between double quotes alone, `\n` means a line break.
    let double = !value.contains("\\n");
    let usable = ["'", "`", "\""].into_iter().find(|quote| !value.contains(quote) && (*quote != "\"" || double));
    usable.ok_or(Reason::Quotes)
}
