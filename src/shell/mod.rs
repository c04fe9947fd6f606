//! Code that a shell executes to set and unset variables, one dialect a file.
//!
//! Every statement ends in `;`, stands on a line of its own and has no comment beside it, so that it also survives
//! `eval $(byok env)` written without quotes; [`survives_splitting`] says which values do. What a dialect writes
//! means the same bytes, or nothing at all, when the wrong shell evaluates it.
//!
//! Deliberately not here: finding out which shell is running, which variables there are, and what to do with a value
//! that does not survive. PowerShell and cmd have no dialect: their quoting cannot be proven here.

mod fish;
mod posix;

use crate::name::EnvName;

/// How one family of shells writes down a variable.
pub trait Dialect: Sync {
    /// The name that the family goes by.
    fn name(&self) -> &'static str;

    /// Appends the statement that exports `name` as exactly `value`, which holds no NUL.
    ///
    /// The value is appended piece by piece: a caller that wipes `out` gives it room beforehand, four bytes for each
    /// of the value's at most, so that no outgrown buffer stays behind.
    fn set(&self, name: &EnvName, value: &str, out: &mut String);

    /// Appends what takes `name` out of the environment and succeeds where it never was in it.
    fn unset(&self, name: &EnvName, out: &mut String);
}

/// The dialect of a shell, by the name of its program.
pub fn dialect(name: &str) -> Option<&'static dyn Dialect> {
    match name {
        "fish" => Some(&fish::Fish),
        name if NAMES.contains(&name) => Some(&posix::Posix),
        _ => None,
    }
}

/// Every name that [`dialect`] knows, for help and errors.
pub fn names() -> &'static [&'static str] {
    NAMES
}

const NAMES: &[&str] =
    &["bash", "zsh", "fish", "sh", "dash", "ash", "busybox", "ksh", "ksh93", "mksh", "yash", "posh", "posix"];

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
fn quote(value: &str, out: &mut String) {
    if value.is_empty() {
        out.push_str("''");
    } else if value.bytes().all(is_bare) {
        out.push_str(value);
    } else {
        let mut rest = value;
        while let Some(at) = rest.find(['\\', '\'']) {
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
            dialect(shell).unwrap().set(&name, value, &mut out);
            out
        };
        assert_eq!(statement("bash"), format!("export K={expected};\n"));
        assert_eq!(statement("fish"), format!("set -gx K {expected};\n"));
        assert!(statement("bash").len() <= 4 * value.len() + name.as_str().len() + 12);
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
            let family = dialect(name).unwrap().name();
            assert_eq!(family, if *name == "fish" { "fish" } else { "posix" });
        }
        for name in ["", "Bash", "pwsh", "cmd", "nu", "tcsh", "/bin/bash"] {
            assert!(dialect(name).is_none(), "{name:?}");
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
