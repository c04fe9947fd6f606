//! PowerShell, from 5.1 on. Written to its language specification, and not proven in the real one.

use std::fmt::Write as _;

use super::{Dialect, Unfit, is_bare};
use crate::name::EnvName;

/// `$env:NAME = 'value';`
pub(super) struct PowerShell;

impl Dialect for PowerShell {
    fn name(&self) -> &'static str {
        "powershell"
    }

    fn load(&self) -> &'static str {
        "byok env --shell pwsh | Out-String | Invoke-Expression"
    }

    fn set(&self, name: &EnvName, value: &str, out: &mut String) -> Result<(), Unfit> {
        if value.is_empty() {
            return Err(Unfit("PowerShell before 7.5 unsets a variable instead of leaving it empty"));
        }
        out.push_str("$env:");
        out.push_str(name.as_str());
        out.push_str(" = '");
        let mut open = true;
        // The first operand is always a string, so that `+` joins and never adds.
        for unit in value.encode_utf16() {
            // A quote would end the string, and so would each of U+2018 to U+201B; a backslash would do so in fish. What
            // is not ASCII, and every line break, PowerShell may change while it reads what a program prints.
            if let Some(byte) = u8::try_from(unit).ok().filter(|&byte| is_bare(byte) || is_inert(byte)) {
                out.push_str(if open { "" } else { "+'" });
                out.push(byte.into());
                open = true;
            } else {
                out.push_str(if open { "'" } else { "" });
                // Text is all that a `String` takes, and it never fails to.
                let _ = write!(out, "+[char]{unit}");
                open = false;
            }
        }
        out.push_str(if open { "';\n" } else { ";\n" });
        Ok(())
    }

    fn unset(&self, name: &EnvName, out: &mut String) {
        out.push_str("Remove-Item Env:");
        out.push_str(name.as_str());
        out.push_str(" -ErrorAction SilentlyContinue;\n");
    }
}

/// Whether the byte is itself between single quotes, in PowerShell and in every other shell.
fn is_inert(byte: u8) -> bool {
    (b' '..=b'~').contains(&byte) && !b"'\\!".contains(&byte)
}
