//! Names that are safe once parsed: no slash, no dot-dot, no quote, no newline can be in one.
//!
//! Paths, shell code and TOML keys are built only from these types. What a provider *is* lives in `provider`.

mod pattern;
mod steering;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

pub use pattern::KeyPattern;

/// Why a text is not a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// Nothing was given.
    #[error("{what} is empty")]
    Empty {
        /// The kind of name, with its article.
        what: &'static str,
    },
    /// Longer than `limit` bytes.
    #[error("{what} is longer than {limit} characters")]
    TooLong {
        /// The kind of name, with its article.
        what: &'static str,
        /// The limit in bytes.
        limit: usize,
    },
    /// A character that this kind of name does not allow.
    #[error("{what} may hold only {allowed}")]
    Character {
        /// The kind of name, with its article.
        what: &'static str,
        /// The allowed characters in words.
        allowed: &'static str,
    },
    /// A well-formed environment variable that steers shells, loaders or other programs.
    #[error("`{name}` steers the shell or other programs; a key cannot be exported under it")]
    Reserved {
        /// The refused name.
        name: String,
    },
}

/// Checks length and characters, the part that all names share.
fn check(
    text: &str,
    what: &'static str,
    allowed: &'static str,
    first: fn(u8) -> bool,
    rest: fn(u8) -> bool,
) -> Result<(), NameError> {
    const LIMIT: usize = 64;
    let Some((&head, tail)) = text.as_bytes().split_first() else {
        return Err(NameError::Empty { what });
    };
    if text.len() > LIMIT {
        return Err(NameError::TooLong { what, limit: LIMIT });
    }
    if !first(head) || !tail.iter().all(|&byte| rest(byte)) {
        return Err(NameError::Character { what, allowed });
    }
    Ok(())
}

macro_rules! name {
    ($(#[$doc:meta])* $type:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(Cow<'static, str>);

        impl $type {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.pad(&self.0)
            }
        }

        impl FromStr for $type {
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::parse(text)
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                out.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                struct Text;
                impl serde::de::Visitor<'_> for Text {
                    type Value = $type;
                    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                        out.write_str("a name")
                    }
                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$type, E> {
                        $type::parse(text).map_err(E::custom)
                    }
                }
                from.deserialize_str(Text)
            }
        }
    };
}

name! {
    /// A provider's id: `openai`, `wafer.ai`, `my-service`. Lower case, so that no two differ by case alone.
    ProviderId
}

impl ProviderId {
    /// Reads an id of `[a-z0-9]` first, then `[a-z0-9._-]`, at most 64 characters, no two dots in a row.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        const WHAT: &str = "a provider's name";
        const ALLOWED: &str = "lower-case letters, digits, `-`, `_` and single dots, and starts with a letter or digit";
        check(text, WHAT, ALLOWED, is_lower_or_digit, |byte| {
            is_lower_or_digit(byte) || matches!(byte, b'.' | b'_' | b'-')
        })?;
        if text.contains("..") {
            return Err(NameError::Character { what: WHAT, allowed: ALLOWED });
        }
        Ok(Self(Cow::Owned(text.to_owned())))
    }

    /// The name that a provider without a registry entry goes by: `my-service` is "My Service".
    pub fn in_words(&self) -> String {
        let words = self.0.split(['-', '_', '.']).filter(|word| !word.is_empty()).map(|word| {
            let (head, tail) = word.split_at(1);
            head.to_ascii_uppercase() + tail
        });
        words.collect::<Vec<_>>().join(" ")
    }

    /// The variable that a provider without a registry entry is exported as: `my-service` is `MY_SERVICE_API_KEY`.
    ///
    /// A leading digit, which no variable may start with, gets an underscore before it.
    pub fn default_env(&self) -> EnvName {
        let mut text: String =
            self.0.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect();
        if text.starts_with(|c: char| c.is_ascii_digit()) {
            text.insert(0, '_');
        }
        EnvName(Cow::Owned(text + "_API_KEY"))
    }
}

name! {
    /// What tells several keys of one provider apart: the `work` of `openai:work`.
    Label
}

impl Label {
    /// The label of a key that was added without one.
    pub const DEFAULT: &'static str = "default";

    /// Reads a label of `[A-Za-z0-9]` first, then `[A-Za-z0-9._@+-]`, at most 64 characters.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let rest = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'@' | b'+' | b'-');
        check(
            text,
            "a label",
            "letters, digits and `.` `_` `@` `+` `-`, and starts with a letter or digit",
            |byte| byte.is_ascii_alphanumeric(),
            rest,
        )?;
        Ok(Self(Cow::Owned(text.to_owned())))
    }

    /// Whether this is the label of a key that was added without one.
    pub fn is_default(&self) -> bool {
        self.0 == Self::DEFAULT
    }
}

impl Default for Label {
    fn default() -> Self {
        Self(Cow::Borrowed(Self::DEFAULT))
    }
}

name! {
    /// A profile's name, which is also its file's: lower case, so that no two collide on any file system.
    ProfileName
}

impl ProfileName {
    /// Reads a name of `[a-z0-9]` first, then `[a-z0-9_-]`, at most 64 characters.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        check(
            text,
            "a profile's name",
            "lower-case letters, digits, `-` and `_`, and starts with a letter or digit",
            is_lower_or_digit,
            |byte| is_lower_or_digit(byte) || matches!(byte, b'_' | b'-'),
        )?;
        Ok(Self(Cow::Owned(text.to_owned())))
    }
}

impl Default for ProfileName {
    fn default() -> Self {
        Self(Cow::Borrowed("default"))
    }
}

name! {
    /// The name of an environment variable that a shell can be told to set.
    EnvName
}

impl EnvName {
    /// Reads `[A-Za-z_][A-Za-z0-9_]*`, at most 64 characters, and refuses what steers shells, loaders and programs.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        check(
            text,
            "a variable's name",
            "letters, digits and `_`, and starts with a letter or `_`",
            |byte| byte.is_ascii_alphabetic() || byte == b'_',
            |byte| byte.is_ascii_alphanumeric() || byte == b'_',
        )?;
        if steering::steers(text) {
            return Err(NameError::Reserved { name: text.to_owned() });
        }
        Ok(Self(Cow::Owned(text.to_owned())))
    }

    /// Reads a name that is only to be taken out of an environment, where what it steers does no harm.
    pub fn parse_to_unset(text: &str) -> Result<Self, NameError> {
        match Self::parse(text) {
            Err(NameError::Reserved { name }) => Ok(Self(Cow::Owned(name))),
            parsed => parsed,
        }
    }

    /// A name of the built-in registry, all of which the tests parse.
    pub(crate) const fn built_in(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }
}

fn is_lower_or_digit(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

/// One key's name as people write it: `openai` (the active one) or `openai:work`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyRef {
    /// Who issued the key.
    pub provider: ProviderId,
    /// Which of the provider's keys; `None` means the active one.
    pub label: Option<Label>,
}

impl KeyRef {
    /// Reads `provider` or `provider:label`.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        Ok(match text.split_once(':') {
            None => Self { provider: ProviderId::parse(text)?, label: None },
            Some((provider, label)) => {
                Self { provider: ProviderId::parse(provider)?, label: Some(Label::parse(label)?) }
            }
        })
    }
}

impl FromStr for KeyRef {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::parse(text)
    }
}

impl fmt::Display for KeyRef {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.label {
            None => write!(out, "{}", self.provider),
            Some(label) => write!(out, "{}:{label}", self.provider),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_without_an_entry_gets_a_name_and_a_variable() {
        let id = ProviderId::parse("my-service").unwrap();
        assert_eq!(id.in_words(), "My Service");
        assert_eq!(id.default_env().as_str(), "MY_SERVICE_API_KEY");
        assert_eq!(ProviderId::parse("302ai").unwrap().default_env().as_str(), "_302AI_API_KEY");
    }

    #[test]
    fn names_that_could_leave_their_place_are_refused() {
        for bad in ["", "../x", "/abs", "a/b", ".", "..", "-rf", "a\0b", "a b", "a..b", "É", "A", &"a".repeat(300)] {
            assert!(ProviderId::parse(bad).is_err(), "provider {bad:?}");
            assert!(ProfileName::parse(bad).is_err(), "profile {bad:?}");
        }
        for bad in ["", "../x", "a/b", ".", "-rf", "a\nb", "a\u{1b}[31m", "a b", "\u{202e}x"] {
            assert!(Label::parse(bad).is_err(), "label {bad:?}");
        }
    }

    #[test]
    fn variables_that_run_code_or_steer_programs_are_refused() {
        for bad in [
            "A;touch PWN",
            "A=1 B",
            "$(touch PWN)",
            "a-b",
            "1A",
            "",
            "É",
            "A\nB",
            "PATH",
            "path",
            "LD_PRELOAD",
            "NODE_OPTIONS",
            "HTTPS_PROXY",
            "all_proxy",
            "BYOK_IDENTITY",
            "PYTHONPATH",
            "GIT_SSH_COMMAND",
            "GH_PAGER",
            "FZF_DEFAULT_COMMAND",
            "EXINIT",
            "bun_options",
            "status",
        ] {
            assert!(EnvName::parse(bad).is_err(), "{bad:?}");
        }
        for good in ["OPENAI_API_KEY", "_302AI_API_KEY", "HF_TOKEN", "AWS_REGION", "k"] {
            assert!(EnvName::parse(good).is_ok(), "{good:?}");
        }
    }

    #[test]
    fn a_reference_is_a_provider_with_or_without_a_label() {
        let bare = KeyRef::parse("openai").unwrap();
        assert_eq!((bare.provider.as_str(), bare.label), ("openai", None));
        assert_eq!(KeyRef::parse("openai:work").unwrap().to_string(), "openai:work");
        assert!(KeyRef::parse("openai:").is_err() && KeyRef::parse(":work").is_err());
    }
}
