//! A person's own `config.toml`: which profile is meant, and which ones answer after it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use crate::name::{ProfileName, ProviderId};
use crate::wash::untold;

/// What `config.toml` says. Every field may be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The profile that is meant where neither `--profile` nor `BYOK_PROFILE` names one.
    pub profile: Option<ProfileName>,
    /// The profiles that answer, in this order, for a key that the meant one does not have.
    #[serde(default)]
    pub fallback: Vec<ProfileName>,
    /// Where the identity lives, if that is not plain from what lies in byok's folder.
    pub identity: Option<Place>,
    /// Whether byok never asks the network: keys are stored untested, and `test` looks at their form only.
    #[serde(default)]
    pub offline: bool,
    /// What is written into the log.
    #[serde(default)]
    pub log: Logged,
    /// Whether byok says now and then, on a terminal, what is to be done about keys.
    pub notices: Option<bool>,
    /// After how many days a secret is to be replaced, where nothing else is said of its key.
    #[serde(default, deserialize_with = "days")]
    pub rotate_after: Option<u32>,
    /// What holds for one provider's keys.
    #[serde(default)]
    pub providers: BTreeMap<ProviderId, OfProvider>,
    /// What holds for one profile.
    #[serde(default)]
    pub profiles: BTreeMap<ProfileName, OfProfile>,
    /// How long the system's keychain may take to answer.
    #[serde(default, deserialize_with = "patience")]
    pub keychain_timeout: Option<Duration>,
}

/// What is said of one provider's keys.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfProvider {
    /// After how many days a secret is to be replaced.
    #[serde(default, deserialize_with = "days")]
    pub rotate_after: Option<u32>,
}

/// What is said of one profile.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfProfile {
    /// After how many days a secret is to be replaced.
    #[serde(default, deserialize_with = "days")]
    pub rotate_after: Option<u32>,
    /// The profiles that answer after this one, in place of those for all.
    pub fallback: Option<Vec<ProfileName>>,
    /// Where it lies, if that is not byok's own folder.
    #[serde(default, deserialize_with = "absolute")]
    pub file: Option<PathBuf>,
}

/// What is written into the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Logged {
    /// Changes, and what hands keys out.
    #[default]
    All,
    /// Changes alone.
    Changes,
    /// Nothing.
    Off,
}

/// Where the identity lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// In the keychain of the system.
    Keychain,
    /// In a private file.
    File,
    /// In a file that a passphrase opens.
    Passphrase,
}

impl Place {
    /// The word that settings and arguments use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Keychain => "keychain",
            Self::File => "file",
            Self::Passphrase => "passphrase",
        }
    }
}

/// `config.toml` does not say what settings can say.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} (line {line})")]
pub struct SettingsError {
    /// What is wrong, in TOML's own words, without what may be a secret: the file should hold none.
    pub message: String,
    /// 1-based.
    pub line: usize,
}

impl SettingsError {
    fn of(text: &str, message: &str, span: Option<std::ops::Range<usize>>) -> Self {
        let before = text.get(..span.map_or(0, |span| span.start)).unwrap_or_default();
        Self { message: untold(message), line: before.matches('\n').count() + 1 }
    }
}

impl Settings {
    /// Reads the text of `config.toml`.
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        toml::from_str(text).map_err(|error| SettingsError::of(text, error.message(), error.span()))
    }

    /// The same text with another profile chosen; comments and order stay.
    pub fn with_profile(text: &str, profile: &ProfileName) -> Result<String, SettingsError> {
        Self::with(text, "profile", profile.as_str())
    }

    /// The same text with another place for the identity; comments and order stay.
    pub fn with_identity(text: &str, place: Place) -> Result<String, SettingsError> {
        Self::with(text, "identity", place.as_str())
    }

    /// The same text with another place for the identity, or with none said; comments and order stay.
    pub fn with_identity_or_none(text: &str, place: Option<Place>) -> Result<String, SettingsError> {
        let Some(place) = place else {
            let mut document = document(text)?;
            document.remove("identity");
            return Ok(document.to_string());
        };
        Self::with_identity(text, place)
    }

    /// The same text with other profiles that answer after this one; comments and order stay.
    pub fn with_fallback(text: &str, profile: &ProfileName, names: &[ProfileName]) -> Result<String, SettingsError> {
        let names: toml_edit::Array = names.iter().map(ProfileName::as_str).collect();
        Self::with_of_profile(text, profile, "fallback", Some(names.into()))
    }

    /// The same text with another time after which this profile's secrets are to be replaced, or with none.
    pub fn with_rotate_after(text: &str, profile: &ProfileName, days: Option<u32>) -> Result<String, SettingsError> {
        Self::with_of_profile(text, profile, "rotate_after", days.map(|days| format!("{days}d").into()))
    }

    /// The same text with a path of its own for this profile, or with none.
    pub fn with_file(text: &str, profile: &ProfileName, path: Option<&str>) -> Result<String, SettingsError> {
        Self::with_of_profile(text, profile, "file", path.map(Into::into))
    }

    /// The profiles that lie at paths of their own.
    pub fn files(&self) -> BTreeMap<ProfileName, PathBuf> {
        let files = self.profiles.iter().filter_map(|(name, of)| Some((name.clone(), of.file.clone()?)));
        files.collect()
    }

    /// The profiles that answer after this one, in order, itself never among them.
    pub fn fallback<'a>(&'a self, profile: &'a ProfileName) -> impl Iterator<Item = &'a ProfileName> {
        let own = self.profiles.get(profile).and_then(|profile| profile.fallback.as_ref());
        own.unwrap_or(&self.fallback).iter().filter(move |name| *name != profile)
    }

    /// After how many days the secret of a key is to be replaced, where `own` is what is said of the key itself: else it
    /// is what is said of its provider, its profile, or all.
    pub fn rotate_after(&self, profile: &ProfileName, provider: &ProviderId, own: Option<u32>) -> Option<u32> {
        let of_provider = || self.providers.get(provider).and_then(|provider| provider.rotate_after);
        let of_profile = || self.profiles.get(profile).and_then(|profile| profile.rotate_after);
        own.or_else(of_provider).or_else(of_profile).or(self.rotate_after)
    }

    fn with_of_profile(
        text: &str,
        profile: &ProfileName,
        name: &str,
        value: Option<toml_edit::Value>,
    ) -> Result<String, SettingsError> {
        // What cannot be read is told where it stands, and left as it is.
        Self::parse(text)?;
        let mut document = document(text)?;
        let Some(value) = value else {
            leave_out(&mut document, profile, name);
            return Ok(document.to_string());
        };
        let table = || {
            let mut table = toml_edit::Table::new();
            table.set_implicit(true);
            toml_edit::Item::Table(table)
        };
        let profiles = document.entry("profiles").or_insert_with(table).as_table_like_mut();
        let own = profiles.and_then(|profiles| {
            profiles
                .entry(profile.as_str())
                .or_insert_with(|| toml_edit::Item::Table(toml_edit::Table::new()))
                .as_table_like_mut()
        });
        if let Some(own) = own {
            match own.get_mut(name).and_then(toml_edit::Item::as_value_mut) {
                Some(old) => {
                    let decor = old.decor().clone();
                    *old = value;
                    *old.decor_mut() = decor;
                }
                None => drop(own.insert(name, toml_edit::Item::Value(value))),
            }
        }
        Ok(document.to_string())
    }

    fn with(text: &str, name: &str, value: &str) -> Result<String, SettingsError> {
        let mut document = document(text)?;
        document[name] = toml_edit::value(value);
        Ok(document.to_string())
    }
}

fn document(text: &str) -> Result<toml_edit::DocumentMut, SettingsError> {
    let wrong = |error: toml_edit::TomlError| SettingsError::of(text, error.message(), error.span());
    text.parse().map_err(wrong)
}

/// Takes out what is said of a profile under this name, and the profile's table with it once it says nothing more.
fn leave_out(document: &mut toml_edit::DocumentMut, profile: &ProfileName, name: &str) {
    let Some(profiles) = document.get_mut("profiles").and_then(toml_edit::Item::as_table_like_mut) else { return };
    let Some(own) = profiles.get_mut(profile.as_str()) else { return };
    // A remark of a person's own stays, and what it stands above.
    let is_noted =
        own.as_table().and_then(|table| table.decor().prefix()?.as_str()).is_some_and(|text| text.contains('#'));
    let is_empty = own.as_table_like_mut().is_some_and(|own| own.remove(name).is_some() && own.is_empty());
    if is_empty && !is_noted {
        profiles.remove(profile.as_str());
    }
    if profiles.is_empty() {
        document.remove("profiles");
    }
}

/// Reads a length of time as people write it: `500ms`, `30s`, `2m`.
pub fn duration(text: &str) -> Option<Duration> {
    let (count, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let count: u32 = count.parse().ok().filter(|count| *count > 0)?;
    match unit {
        "ms" => Some(Duration::from_millis(count.into())),
        "s" => Some(Duration::from_secs(count.into())),
        "m" => Some(Duration::from_secs(u64::from(count) * 60)),
        _ => None,
    }
}

/// Reads a number of days as people write it: `90d`, `12w`, `1y`.
pub fn whole_days(text: &str) -> Option<u32> {
    let (count, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let days = match unit {
        "d" => 1,
        "w" => 7,
        "y" => 365,
        _ => return None,
    };
    count.parse::<u32>().ok()?.checked_mul(days).filter(|days| *days > 0)
}

fn days<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<u32>, D::Error> {
    let text = String::deserialize(from)?;
    let wrong = || serde::de::Error::custom("`rotate_after` is no number of days, such as \"90d\"");
    whole_days(&text).map(Some).ok_or_else(wrong)
}

fn absolute<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<PathBuf>, D::Error> {
    let path = PathBuf::deserialize(from)?;
    let wrong = || serde::de::Error::custom("`file` is no absolute path");
    if path.is_absolute() { Ok(Some(path)) } else { Err(wrong()) }
}

fn patience<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    let text = String::deserialize(from)?;
    let wrong = || serde::de::Error::custom("`keychain_timeout` is no length of time, such as \"30s\"");
    duration(&text).map(Some).ok_or_else(wrong)
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
    fn what_is_set_for_a_profile_keeps_the_rest_as_it_is() {
        let name = |text| ProfileName::parse(text).unwrap();
        let (work, team) = (name("work"), name("team"));
        for old in [
            "",
            "# mine\nprofile = \"work\" # always\n",
            "[profiles.work] # mine\nfallback = [\"home\"] # always\n[providers.openai]\nrotate_after = \"30d\"\n",
            "profiles = { work = { fallback = [] } } # mine\n",
            "profiles.work.fallback = [] # mine\n",
        ] {
            let text = Settings::with_fallback(old, &work, std::slice::from_ref(&team)).unwrap();
            let text = Settings::with_rotate_after(&text, &work, Some(90)).unwrap();
            let read = Settings::parse(&text).unwrap();
            assert_eq!(read.fallback(&work).collect::<Vec<_>>(), [&team], "{text}");
            assert_eq!(read.profiles[&work].rotate_after, Some(90), "{text}");
            assert_eq!(
                Settings { profiles: BTreeMap::new(), ..read },
                Settings { profiles: BTreeMap::new(), ..Settings::parse(old).unwrap() }
            );
            for comment in ["# mine", "# always"].iter().filter(|comment| old.contains(**comment)) {
                assert!(text.contains(comment), "{text}");
            }
            let text = Settings::with_rotate_after(&text, &work, None).unwrap();
            assert_eq!(Settings::parse(&text).unwrap().profiles[&work].rotate_after, None);
        }
    }

    #[test]
    fn what_says_nothing_any_more_goes_away() {
        let work = ProfileName::parse("work").unwrap();
        let old = "offline = true\n";
        for own in ["\n[profiles.work]\nfile = \"/a\" # mine\n", "profiles.work.file = \"/a\" # mine\n"] {
            let text = format!("{old}{own}");
            assert_eq!(Settings::with_file(&text, &work, Some("/a")).unwrap(), text);
            assert!(Settings::with_file(&text, &work, Some("/b")).unwrap().contains("\"/b\" # mine"));
            let bare = Settings::with_file(&text, &work, None).unwrap();
            assert_eq!(bare.trim_end(), old.trim_end());
        }
        assert_eq!(Settings::with_file(old, &work, None).unwrap(), old);
        let noted = "# why\n[profiles.work]\nfile = \"/a\"\n";
        assert!(Settings::with_file(noted, &work, None).unwrap().starts_with("# why\n[profiles.work]\n"));
    }

    #[test]
    fn a_mistyped_setting_is_named_with_its_line() {
        let error = Settings::parse("profile = \"work\"\nfallbak = []\n").unwrap_err();
        assert_eq!(error.line, 2);
        assert!(error.message.contains("fallbak"), "{}", error.message);
    }

    #[test]
    fn a_keychains_time_is_said_with_its_unit() {
        let time =
            |text: &str| Settings::parse(&format!("keychain_timeout = \"{text}\"")).map(|read| read.keychain_timeout);
        assert_eq!(time("30s"), Ok(Some(Duration::from_secs(30))));
        assert_eq!(time("500ms"), Ok(Some(Duration::from_millis(500))));
        for wrong in ["30", "0s", "", "s", "-1s", "99999999999s"] {
            assert!(time(wrong).unwrap_err().message.contains("30s"), "{wrong}");
        }
    }
}
