//! Variables as the text of a file that another program reads, one format a file.
//!
//! A format writes only what its real readers take back unchanged and refuses the rest by the variable's name: a
//! key that is silently another one is worse than none.
//!
//! Deliberately not here: which variables go out, writing the file, and code for shells (`shell`). The names of one
//! list differ; whoever makes the list sees to that.

mod bash;
mod docker;
mod dotenv;
pub mod github;
mod gitlab;
mod json;
mod kubernetes;
mod node;
mod python;
mod systemd;
mod toml;
mod yaml;

use std::fmt;

use zeroize::Zeroizing;

use crate::name::EnvName;
use crate::secret::Secret;

/// How one kind of file holds variables.
pub trait Format: Sync {
    /// The whole file, in the order given; empty lists make a valid file too.
    fn render(&self, variables: &[(EnvName, Secret)]) -> Result<Zeroizing<String>, Refused>;
}

/// The format of that name.
pub fn format(name: &str) -> Option<&'static dyn Format> {
    Some(match name {
        "dotenv" => &dotenv::Dotenv,
        "node" => &node::Node,
        "python" => &python::Python,
        "bash" => &bash::Bash,
        "docker" => &docker::Docker,
        "systemd" => &systemd::Systemd,
        "json" => &json::Json,
        "toml" => &toml::Toml,
        "yaml" => &yaml::Yaml,
        "k8s" => &kubernetes::Kubernetes,
        "gitlab" => &gitlab::Gitlab,
        "github-actions" => &github::Environment,
        _ => return None,
    })
}

/// Every name that [`format`] knows, for help and errors.
pub fn names() -> &'static [&'static str] {
    &[
        "dotenv",
        "node",
        "python",
        "bash",
        "docker",
        "systemd",
        "json",
        "toml",
        "yaml",
        "k8s",
        "gitlab",
        "github-actions",
    ]
}

/// A variable whose value a format cannot carry unchanged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` {reason} (the {hint} format can carry it)")]
#[non_exhaustive]
pub struct Refused {
    /// The variable; its value is nowhere in here.
    pub name: EnvName,
    /// What in the value is in the way.
    pub reason: Reason,
    /// A format that carries every value.
    pub hint: &'static str,
}

impl Refused {
    fn new(name: &EnvName, reason: Reason) -> Self {
        Self { name: name.clone(), reason, hint: "json" }
    }
}

/// What in a value keeps it out of a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// More than one line, or a carriage return.
    LineBreak,
    /// A single quote, which no two readers unescape alike.
    Quote,
    /// A backslash before another one or at the end, which some readers take for an escape.
    Backslash,
    /// A dollar sign, which some readers expand even between single quotes.
    Dollar,
    /// Blanks at its start or end.
    OuterBlanks,
    /// Longer than a reader's longest line.
    TooLong,
    /// Quotes of every kind that its reader knows.
    Quotes,
    /// A control character, or one that Unicode gives no meaning.
    Control,
    /// More than its reader takes in one file, of bytes or of variables.
    TooMuch,
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::LineBreak => "holds a line break",
            Self::Quote => "holds a single quote",
            Self::Backslash => "holds a doubled or trailing backslash",
            Self::Dollar => "holds a dollar sign, which some readers expand",
            Self::OuterBlanks => "starts or ends with a blank",
            Self::TooLong => "is too long for one line",
            Self::Quotes => "holds every kind of quote, and none can be escaped",
            Self::Control => "holds a control character",
            Self::TooMuch => "is more than fits into one such file",
        })
    }
}

/// An empty buffer that the file fits into, so that no outgrown one with keys in it stays behind.
fn buffer(variables: &[(EnvName, Secret)]) -> Zeroizing<String> {
    // Six bytes are the longest escape of one, `\u001f`; sixteen are room for quotes, separators and indentation.
    let room = variables.iter().map(|(name, secret)| name.as_str().len() + 6 * secret.expose().len() + 16);
    Zeroizing::new(String::with_capacity(room.sum::<usize>() + 16))
}

/// Whether no reader of `.env` files gives the byte a meaning outside of quotes.
fn is_bare(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_./:@%+,=-".contains(&byte)
}

/// Appends a string literal that JSON, TOML and YAML read alike.
///
/// Escaped is what one of the three forbids, YAML's non-characters included, and what an editor or JavaScript would
/// take for the end of a line.
fn quote(value: &str, out: &mut String) {
    out.push('"');
    for c in value.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => escape(c, out),
            c if c.is_control() => escape(c, out),
            c => out.push(c),
        }
    }
    out.push('"');
}

fn escape(c: char, out: &mut String) {
    out.push_str("\\u");
    for shift in [12, 8, 4, 0] {
        let digit = u32::from(c) >> shift & 0xf;
        out.extend(char::from_digit(digit, 16));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(values: &[&str]) -> Vec<(EnvName, Secret)> {
        let secret = |value: &str| Secret::new(Zeroizing::new(value.to_owned())).unwrap();
        let named = values.iter().enumerate();
        named.map(|(index, value)| (EnvName::parse(&format!("K{index}")).unwrap(), secret(value))).collect()
    }

    #[track_caller]
    fn check(name: &str, values: &[&str], expected: &str) {
        let variables = variables(values);
        let text = format(name).unwrap().render(&variables).unwrap();
        assert_eq!(text.as_str(), expected);
        assert_eq!(text.capacity(), buffer(&variables).capacity(), "the buffer was outgrown");
    }

    #[track_caller]
    fn check_refused(name: &str, value: &str, reason: Reason) {
        let refused = format(name).unwrap().render(&variables(&["fine", value])).unwrap_err();
        assert_eq!((refused.name.as_str(), refused.reason), ("K1", reason));
        assert!(!value.contains("secret") || !format!("{refused} {refused:?}").contains("secret"));
    }

    #[test]
    fn each_format_has_its_own_look() {
        let values = &["sk-1", "a \"b\"\t\u{1b}é\u{2028}"];
        check("json", values, "{\n  \"K0\": \"sk-1\",\n  \"K1\": \"a \\\"b\\\"\\t\\u001bé\\u2028\"\n}\n");
        check("toml", values, "K0 = \"sk-1\"\nK1 = \"a \\\"b\\\"\\t\\u001bé\\u2028\"\n");
        check("yaml", values, "\"K0\": \"sk-1\"\n\"K1\": \"a \\\"b\\\"\\t\\u001bé\\u2028\"\n");
        check("dotenv", &["sk-1", "a#b c"], "K0=sk-1\nK1='a#b c'\n");
        check("node", &["sk-1", "it's `a\n"], "K0=sk-1\nK1=\"it's `a\n\"\n");
        check("python", &["sk-1", "it's \\a"], "K0=sk-1\nK1='it\\'s \\\\a'\n");
        check("bash", &["sk-1", "it's $x"], "K0='sk-1'\nK1='it'\\''s $x'\n");
        check("systemd", &["sk-1", "a \"b\" \\"], "K0=sk-1\nK1=\"a \\\"b\\\" \\\\\"\n");
        check("gitlab", &["sk-1", "\"b\" #"], "K0=sk-1\nK1=\"b\" #\n");
        check("docker", &["sk-1", "a \"b\" '#$"], "K0=sk-1\nK1=a \"b\" '#$\n");
    }

    #[test]
    fn the_longest_escapes_fit_the_buffer() {
        let value = "\u{1}".repeat(1_000);
        for name in ["json", "toml", "yaml"] {
            check(name, &[&value], &format(name).unwrap().render(&variables(&[&value])).unwrap());
        }
    }

    #[test]
    fn no_variable_makes_a_valid_file() {
        check("json", &[], "{}\n");
        check("yaml", &[], "{}\n");
        for name in ["toml", "dotenv", "docker"] {
            check(name, &[], "");
        }
    }

    #[test]
    fn what_a_reader_would_change_is_refused_by_name() {
        check_refused("dotenv", "secret\nsecret", Reason::LineBreak);
        check_refused("dotenv", "secret\r", Reason::LineBreak);
        check_refused("dotenv", "secret's", Reason::Quote);
        check_refused("dotenv", "secret\\", Reason::Backslash);
        check_refused("dotenv", "secret\\\\x", Reason::Backslash);
        check_refused("dotenv", "${secret}", Reason::Dollar);
        check_refused("docker", "secret\nsecret", Reason::LineBreak);
        check_refused("docker", "secret\r", Reason::LineBreak);
        check_refused("docker", " secret", Reason::OuterBlanks);
        check_refused("docker", "secret\u{a0}", Reason::OuterBlanks);
        check_refused("docker", &"x".repeat(70_000), Reason::TooLong);
        check_refused("node", "'\"`secret", Reason::Quotes);
        check_refused("node", "'`\\nsecret", Reason::Quotes);
        check_refused("python", "${secret}", Reason::Dollar);
        check_refused("python", "secret\r", Reason::LineBreak);
        check_refused("python", "secret\\", Reason::Backslash);
        check_refused("systemd", "$secret", Reason::Dollar);
        check_refused("systemd", "secret\u{1b}", Reason::Control);
        check_refused("systemd", "secret\u{ffff}", Reason::Control);
        check_refused("gitlab", "secret\nsecret", Reason::LineBreak);
        check_refused("gitlab", "secret ", Reason::OuterBlanks);
        check_refused("gitlab", &"x".repeat(6_000), Reason::TooMuch);
        check_refused("k8s", &"x".repeat(1024 * 1024), Reason::TooMuch);
    }

    #[test]
    fn a_refusal_names_the_variable_and_a_way_out() {
        let refused = format("dotenv").unwrap().render(&variables(&["it's"])).unwrap_err();
        assert_eq!(refused.to_string(), "`K0` holds a single quote (the json format can carry it)");
    }

    #[test]
    fn every_name_has_a_format_and_no_other_has() {
        assert!(names().iter().all(|name| format(name).is_some()));
        assert!(["", "env", "JSON", "npm"].iter().all(|name| format(name).is_none()));
    }
}
