//! What systemd reads, as a unit's `EnvironmentFile=` and in `environment.d`.

use zeroize::Zeroizing;

use super::{Format, Reason, Refused, buffer};
use crate::name::EnvName;
use crate::secret::Secret;

/// `NAME="value"`, with a backslash before `"`, `\` and `` ` ``.
pub(super) struct Systemd;

impl Format for Systemd {
    fn render(&self, variables: &[(EnvName, Secret)]) -> Result<Zeroizing<String>, Refused> {
        let mut out = buffer(variables);
        for (name, secret) in variables {
            let value = secret.expose();
            if let Some(reason) = obstacle(value) {
                return Err(Refused::new(name, reason));
            }
            let quote = if value.bytes().all(super::is_bare) { "" } else { "\"" };
            out.push_str(name.as_str());
            out.push('=');
            out.push_str(quote);
            for c in value.chars() {
                if matches!(c, '"' | '\\' | '`') {
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

fn obstacle(value: &str) -> Option<Reason> {
    // Its UTF-8 has no characters that Unicode keeps for nobody.
    let nobodys = |c: char| matches!(c, '\u{fdd0}'..='\u{fdef}') || u32::from(c) & 0xfffe == 0xfffe;
    let refused = |c: char| c.is_ascii_control() && c != '\t' && c != '\n' || nobodys(c);
    if value.contains('$') {
        // `environment.d` expands it, `EnvironmentFile=` does not: no way to write it means the same in both.
        Some(Reason::Dollar)
    } else if value.contains(refused) {
        // systemd leaves a variable out that holds one.
        Some(Reason::Control)
    } else {
        None
    }
}
