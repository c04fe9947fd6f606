//! Code that a shell executes to set and unset variables, one dialect a file.
//!
//! Every statement stands on a line of its own and has no comment beside it; what is evaluated ends in `;`, so that it
//! also survives `eval $(byok env)` written without quotes, where [`Dialect::survives_unquoted`] says so. What a dialect
//! writes means the same bytes, or nothing at all, when the wrong shell evaluates it.
//!
//! Deliberately not here: finding out which shell is running, which variables there are, and what to do with a value
//! that does not survive.

mod cmd;
mod elvish;
mod fish;
mod nu;
mod posix;
mod powershell;
mod tcsh;
mod xonsh;

use std::fmt::Write as _;

use crate::name::EnvName;

/// Why a value cannot be set in a shell, in words without the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unfit(&'static str);

/// How one family of shells writes down a variable.
///
/// Statements are appended to one `out` that starts empty, in any order and number; [`finish`](Self::finish) comes last.
pub trait Dialect: Sync {
    /// The name that the family goes by.
    fn name(&self) -> &'static str;

    /// What a person types in this shell to take over what `byok env` prints, every value unchanged.
    fn load(&self) -> &'static str;

    /// Appends the statement that exports `name` as exactly `value`, which holds no NUL; or nothing, if the shell has
    /// no way to write or to keep this value.
    ///
    /// The value is appended piece by piece: a caller that wipes `out` gives it [`room`] beforehand, so that no outgrown
    /// buffer stays behind.
    fn set(&self, name: &EnvName, value: &str, out: &mut String) -> Result<(), Unfit>;

    /// Appends what takes `name` out of the environment and succeeds where it never was in it.
    fn unset(&self, name: &EnvName, out: &mut String);

    /// Closes the document, where the shell takes the whole as one.
    fn finish(&self, _out: &mut String) {}

    /// Whether `eval $(byok env)` and its like, without quotes, yield exactly this value.
    fn survives_unquoted(&self, _value: &str) -> bool {
        true
    }
}

/// The dialect of a shell, by its name.
pub fn dialect(name: &str) -> Option<&'static dyn Dialect> {
    Some(match name {
        "fish" => &fish::Fish,
        "nu" | "nushell" => &nu::Nu,
        "elvish" => &elvish::Elvish,
        "xonsh" => &xonsh::Xonsh,
        "tcsh" | "csh" => &tcsh::Tcsh,
        "pwsh" | "powershell" => &powershell::PowerShell,
        "cmd" => &cmd::Cmd,
        name if NAMES.contains(&name) => &posix::Posix,
        _ => return None,
    })
}

/// The dialect of the shell whose program lies at this path: `/usr/bin/zsh-5.9`, `C:\Windows\System32\cmd.exe`.
pub fn dialect_of_program(path: &str) -> Option<&'static dyn Dialect> {
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
    // The kernel says so of a program that was replaced while it runs; the dash is a login shell's.
    let name = name.strip_suffix(" (deleted)").unwrap_or(name).trim_start_matches('-');
    let name = name.strip_suffix(".exe").unwrap_or(name);
    // Debian's own csh; bash under the name of another is bash.
    let name = name.strip_prefix("bsd-").unwrap_or(name);
    dialect(name).or_else(|| dialect(name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-')))
}

/// Every name that [`dialect`] knows, for help and errors.
pub fn names() -> &'static [&'static str] {
    NAMES
}

const NAMES: &[&str] = &[
    "bash",
    "zsh",
    "fish",
    "nu",
    "nushell",
    "elvish",
    "xonsh",
    "tcsh",
    "csh",
    "pwsh",
    "powershell",
    "cmd",
    "sh",
    "dash",
    "ash",
    "busybox",
    "ksh",
    "ksh93",
    "mksh",
    "yash",
    "posh",
    "posix",
];

/// How many bytes the statement that sets this value takes at most, in any dialect.
pub fn room(value: &str) -> usize {
    // A name of 64 bytes, which xonsh may need twice, and what stands around it.
    const AROUND: usize = 224;
    let each = if value.bytes().all(is_bare) { 1 } else { 11 };
    AROUND + value.len() * each
}

/// Whether `eval $(byok env)` without quotes, in any supported shell, yields exactly this value.
///
/// The words are split at blanks and joined by one space each, and between the two a word that looks like a pattern
/// becomes the names of files or, under bash's `failglob` and `nullglob`, an error or nothing. So this takes ASCII
/// that no shell splits on or sees a pattern in under any of its options, and single spaces.
pub fn survives_splitting(value: &str) -> bool {
    let mut before = 0;
    let mut spaced = false;
    value.bytes().all(|byte| {
        let whole = match byte {
            b' ' => before != b' ',
            // zsh may read `=ls` as the path of `ls`: where a word starts and, under `magic_equal_subst`, after the
            // first `=` of a word and after `:`.
            b'=' => !spaced && before != b':',
            // Absent: patterns with all extensions (`*?[]()|<#^~{}`), and the backslash and the quote that is written
            // with one: bash 5.0 took a word with a backslash for a pattern.
            _ => is_bare(byte) || b"%!\"$&;`>".contains(&byte),
        };
        spaced |= byte == b' ';
        before = byte;
        whole
    })
}

/// Appends `value` so that POSIX shells and fish alike read exactly its bytes.
///
/// No backslash and no quote is ever inside single quotes: there fish takes a backslash for an escape and the others
/// do not, so that the classic `'\''` ends the string in one and runs what follows in the other. zsh with `rc_quotes`
/// reads `''` inside a string as a quote, but two quoted runs never touch.
pub fn quote(value: &str, out: &mut String) {
    quote_outside(value, &['\\', '\''], out);
}

/// The same, with these characters outside of quoted runs, behind a backslash; the backslash and the quote are among them.
fn quote_outside(value: &str, outside: &[char], out: &mut String) {
    if value.is_empty() {
        out.push_str("''");
    } else if value.bytes().all(is_bare) {
        out.push_str(value);
    } else {
        let mut rest = value;
        while let Some(at) = rest.find(outside) {
            quote_run(&rest[..at], out);
            out.push('\\');
            out.push_str(&rest[at..=at]);
            rest = &rest[at + 1..];
        }
        quote_run(rest, out);
    }
}

fn quote_run(run: &str, out: &mut String) {
    if !run.is_empty() {
        out.push('\'');
        out.push_str(run);
        out.push('\'');
    }
}

/// Appends `value` between double quotes with `\uXXXX` for all that is not bare, so that no shell sees anything in it
/// that it would execute. What lies beyond 16 bits is two of them in JSON (`pairs`), one `\UXXXXXXXX` elsewhere.
fn escape(value: &str, pairs: bool, out: &mut String) {
    out.push('"');
    for c in value.chars() {
        // Text is all that a `String` takes, and it never fails to.
        let _ = match c {
            c if u8::try_from(c).is_ok_and(is_bare) => out.write_char(c),
            '\0'..='\u{ffff}' => write!(out, "\\u{:04x}", c as u32),
            _ if pairs => c.encode_utf16(&mut [0; 2]).iter().try_for_each(|unit| write!(out, "\\u{unit:04x}")),
            _ => write!(out, "\\U{:08x}", c as u32),
        };
    }
    out.push('"');
}

/// Whether no shell gives the byte a meaning anywhere in a word: `~`, `=` and `%` start something in zsh or fish.
fn is_bare(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_./:@+,-".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: &str, expected: &str) {
        let name = EnvName::parse("K").unwrap();
        let statement = |shell| {
            let mut out = String::new();
            dialect(shell).unwrap().set(&name, value, &mut out).unwrap();
            out
        };
        assert_eq!(statement("bash"), format!("export K={expected};\n"));
        assert_eq!(statement("fish"), format!("set -gx K {expected};\n"));
        assert!(statement("bash").len() <= room(value));
    }

    #[test]
    fn a_key_without_surprises_is_written_bare() {
        check("sk-proj_ABC.123/x:y@z+a,b", "sk-proj_ABC.123/x:y@z+a,b");
        check("-n", "-n");
    }

    #[test]
    fn everything_else_is_quoted_with_backslash_and_quote_outside() {
        check("", "''");
        check("a b", "'a b'");
        check("YWJj==", "'YWJj=='");
        check("~", "'~'");
        check("%self", "'%self'");
        check("$(id)`id`", "'$(id)`id`'");
        check("it's", r"'it'\''s'");
        check(r"\'; touch PWN; #", r"\\\''; touch PWN; #'");
        check(r"''\\", r"\'\'\\\\");
        check("é\n\t’", "'é\n\t’'");
    }

    #[test]
    fn unset_is_a_statement_that_cannot_fail() {
        let name = EnvName::parse("OPENAI_API_KEY").unwrap();
        let mut out = String::new();
        dialect("zsh").unwrap().unset(&name, &mut out);
        dialect("fish").unwrap().unset(&name, &mut out);
        assert_eq!(out, "unset OPENAI_API_KEY;\nset -gx OPENAI_API_KEY;\nset -ge OPENAI_API_KEY;\n");
    }

    #[test]
    fn every_name_has_a_dialect_and_no_other_has() {
        for name in names() {
            assert!(dialect(name).unwrap().load().contains("byok env"), "{name}");
        }
        for name in ["", "Bash", "python3", "rc", "/bin/bash"] {
            assert!(dialect(name).is_none(), "{name:?}");
        }
    }

    #[test]
    fn a_dialect_goes_by_its_family() {
        for (name, family) in [
            ("bash", "posix"),
            ("fish", "fish"),
            ("nushell", "nu"),
            ("elvish", "elvish"),
            ("xonsh", "xonsh"),
            ("csh", "tcsh"),
            ("pwsh", "powershell"),
            ("cmd", "cmd"),
        ] {
            assert_eq!(dialect(name).unwrap().name(), family);
        }
    }

    #[test]
    fn what_no_shell_here_can_show_is_written_as_documented() {
        let set = |shell: &str, name: &str, value: &str| {
            let mut out = String::new();
            dialect(shell).unwrap().set(&EnvName::parse(name).unwrap(), value, &mut out).unwrap();
            out
        };
        let mut unset = String::new();
        dialect("cmd").unwrap().unset(&EnvName::parse("K").unwrap(), &mut unset);
        assert_eq!(unset, "set \"K=\"\n");
        // Half a character to JSON, and one character to the others.
        assert!(set("nu", "K", "é😀").contains("\\u00e9\\ud83d\\ude00"));
        assert!(set("xonsh", "K", "é😀").contains("\\u00e9\\U0001f600"));
        // A list of paths to xonsh, by its name.
        for name in ["MY_PATH", "KEY_DIRS"] {
            assert!(
                set("xonsh", name, "v").starts_with(&format!("__xonsh__.env.register(\"{name}\", type=\"str\");\n"))
            );
        }
        assert!(!set("xonsh", "KEY", "v").contains("register"));
        for shell in ["tcsh", "bash", "cmd"] {
            assert_eq!(dialect(shell).unwrap().survives_unquoted("a  b"), shell == "cmd", "{shell}");
        }
    }

    #[test]
    fn a_program_is_known_by_its_file() {
        for (path, family) in [
            ("/usr/bin/bash", "posix"),
            ("-zsh", "posix"),
            ("/usr/bin/zsh-5.9", "posix"),
            ("/usr/bin/ksh93", "posix"),
            ("/usr/bin/fish (deleted)", "fish"),
            ("/bin/bsd-csh", "tcsh"),
            ("nu", "nu"),
            ("C:\\Windows\\System32\\cmd.exe", "cmd"),
        ] {
            assert_eq!(dialect_of_program(path).unwrap().name(), family, "{path}");
        }
        for path in ["", "/", "/usr/bin/python3.11", "/usr/bin/env", "make", "sudo", "fisherman", "/home/fish/deploy"] {
            assert!(dialect_of_program(path).is_none(), "{path:?}");
        }
    }

    #[test]
    fn a_value_that_splitting_or_globbing_could_change_does_not_survive() {
        for value in ["", "sk-proj_A.1/x:y@z%+,-", "YWJj==", "a b", " a ", "a;b", "$HOME", "`id`", "\"a\"", "!x", "a>b"]
        {
            assert!(survives_splitting(value), "{value:?}");
        }
        for value in [
            "a  b", "a\tb", "a\n", "\r", "*", "a?", "[a]", "{a,b}", "@(a)", "a|b", "<1-2>", "^a", "a#", "~", "a\\",
            "'", "a =ls", "a b==c", "a:=ls", "\u{7f}", "\u{1}", "é", "\u{a0}",
        ] {
            assert!(!survives_splitting(value), "{value:?}");
        }
    }
}
