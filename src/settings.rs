//! A person's own `config.toml`: which profile is meant, and which ones answer after it.

use serde::Deserialize;

use crate::name::ProfileName;

/// What `config.toml` says. Every field may be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The profile that is meant where neither `--profile` nor `BYOK_PROFILE` names one.
    pub profile: Option<ProfileName>,
    /// The profiles that answer, in this order, for a key that the meant one does not have.
    #[serde(default)]
    pub fallback: Vec<ProfileName>,
    /// Whether byok never asks the network: keys are stored untested, and `test` looks at their form only.
    #[serde(default)]
    pub offline: bool,
}

/// `config.toml` does not say what settings can say.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} (line {line})")]
pub struct SettingsError {
    /// What is wrong, in TOML's own words: the file holds no secrets.
    pub message: String,
    /// 1-based.
    pub line: usize,
}

impl SettingsError {
    fn of(text: &str, message: &str, span: Option<std::ops::Range<usize>>) -> Self {
        let before = text.get(..span.map_or(0, |span| span.start)).unwrap_or_default();
        Self { message: message.to_owned(), line: before.matches('\n').count() + 1 }
    }
}

impl Settings {
    /// Reads the text of `config.toml`.
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        toml::from_str(text).map_err(|error| SettingsError::of(text, error.message(), error.span()))
    }

    /// The same text with another profile chosen; comments and order stay.
    pub fn with_profile(text: &str, profile: &ProfileName) -> Result<String, SettingsError> {
        let mut document: toml_edit::DocumentMut = text
            .parse()
            .map_err(|error: toml_edit::TomlError| SettingsError::of(text, error.message(), error.span()))?;
        document["profile"] = toml_edit::value(profile.as_str());
        Ok(document.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choosing_a_profile_keeps_a_persons_comments() {
        let work = ProfileName::parse("work").unwrap();
        let text = Settings::with_profile("# mine\nfallback = [\"home\"] # after\n", &work).unwrap();
        assert!(text.contains("# mine") && text.contains("# after"), "{text}");
        assert_eq!(Settings::parse(&text).unwrap().profile, Some(work));
    }

    #[test]
    fn a_mistyped_setting_is_named_with_its_line() {
        let error = Settings::parse("profile = \"work\"\nfallbak = []\n").unwrap_err();
        assert_eq!(error.line, 2);
        assert!(error.message.contains("fallbak"), "{}", error.message);
    }
}
