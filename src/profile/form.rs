//! The document's TOML form.
//!
//! Reading and writing are written out rather than derived: unknown fields must survive a rewrite, and serde's
//! `flatten`, which would keep them, buffers every value once more on the way of `byok env`. A verdict is one text in
//! JSON: as a table of its own, it would cost `byok env`, which does not look at it, more than the rest of its key.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use zeroize::Zeroizing;

use super::vault::Vault;
use super::{Deadline, FORMAT, Key, Previous, Profile};
use crate::secret::Secret;

/// Why a text is not a profile that this byok can read. Holds nothing of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormError {
    /// The text is no TOML, or no TOML of byok's.
    #[error("it opens, but holds no byok profile")]
    Foreign,
    /// A newer byok wrote it.
    #[error("it was written by a newer byok (format {found}; this one reads up to {FORMAT})")]
    Newer {
        /// The format's version in the document.
        found: i64,
    },
    /// A profile with a value that cannot be right.
    #[error("it is damaged at line {line}, column {column}")]
    Damaged {
        /// 1-based.
        line: usize,
        /// 1-based, in characters.
        column: usize,
    },
    /// Two keys with one provider and label.
    #[error("it is damaged: two of its keys have one name")]
    Twins,
}

pub(super) fn parse(text: &str) -> Result<Profile, FormError> {
    let table = toml::de::DeTable::parse(text).map_err(|_| FormError::Foreign)?;
    let found = table.get_ref().get("byok").and_then(|value| value.get_ref().as_integer());
    let found = found.and_then(|number| i64::from_str_radix(number.as_str(), number.radix()).ok());
    match found {
        None => return Err(FormError::Foreign),
        Some(found) if found > i64::from(FORMAT) => return Err(FormError::Newer { found }),
        Some(_) => {}
    }
    let profile = Profile::deserialize(toml::Deserializer::from(table)).map_err(|error| {
        let (line, column) = place(text, error.span().map_or(0, |span| span.start));
        FormError::Damaged { line, column }
    })?;
    if profile.twin().is_some() { Err(FormError::Twins) } else { Ok(profile) }
}

/// Line and column of a byte offset, both 1-based: all that an error may tell of a text with secrets in it.
fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

pub(super) fn write(profile: &Profile) -> Zeroizing<String> {
    // Every field is a string, a number, a boolean, a list of strings or a table of them: TOML can hold them all.
    Zeroizing::new(toml::to_string(profile).expect("a profile has a TOML form"))
}

impl Serialize for Profile {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut map = out.serialize_map(None)?;
        map.serialize_entry("byok", &FORMAT)?;
        map.serialize_entry("vault", self.vault().expose())?;
        if !self.vault.former.is_empty() {
            let former: Vec<&str> = self.vault.former.iter().map(Secret::expose).collect();
            map.serialize_entry("former_vaults", &former)?;
        }
        map.serialize_entry("generation", &self.generation)?;
        map.serialize_entry("recipients", &self.recipients)?;
        if !self.active.is_empty() {
            map.serialize_entry("active", &self.active)?;
        }
        if !self.openers.is_empty() {
            map.serialize_entry("opener", &self.openers)?;
        }
        if !self.keys.is_empty() {
            map.serialize_entry("key", &self.keys)?;
        }
        for (name, value) in &self.unknown {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut map = out.serialize_map(None)?;
        map.serialize_entry("provider", &self.provider)?;
        if !self.label.is_default() {
            map.serialize_entry("label", &self.label)?;
        }
        map.serialize_entry("secret", self.secret.expose())?;
        if !self.env.is_empty() {
            map.serialize_entry("env", &self.env)?;
        }
        map.serialize_entry("added", &self.added.to_string())?;
        if self.updated != self.added {
            map.serialize_entry("updated", &self.updated.to_string())?;
        }
        if self.since != self.added {
            map.serialize_entry("since", &self.since.to_string())?;
        }
        if let Some(expires) = self.expires {
            map.serialize_entry("expires", &expires.to_string())?;
        }
        if let Some(expires) = self.provider_expires {
            map.serialize_entry("provider_expires", &expires.to_string())?;
        }
        if let Some(wiped) = &self.wiped {
            map.serialize_entry("wiped", wiped)?;
        }
        if let Some(days) = self.rotate_after {
            map.serialize_entry("rotate_after", &days)?;
        }
        if !self.exported {
            map.serialize_entry("exported", &false)?;
        }
        if self.disabled {
            map.serialize_entry("disabled", &true)?;
        }
        if self.admin {
            map.serialize_entry("admin", &true)?;
        }
        if let Some(note) = &self.note {
            map.serialize_entry("note", note)?;
        }
        if !self.tags.is_empty() {
            map.serialize_entry("tags", &self.tags)?;
        }
        if !self.fields.is_empty() {
            map.serialize_entry("fields", &self.fields)?;
        }
        if let Some(host) = &self.host {
            map.serialize_entry("host", host)?;
        }
        if !self.tested.is_empty() {
            map.serialize_entry("tested", &self.tested)?;
        }
        if !self.previous.is_empty() {
            map.serialize_entry("previous", &self.previous)?;
        }
        for (name, value) in &self.unknown {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl Serialize for Previous {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut map = out.serialize_map(None)?;
        map.serialize_entry("secret", self.secret.expose())?;
        map.serialize_entry("since", &self.since.to_string())?;
        if let Some(expires) = self.expires {
            map.serialize_entry("expires", &expires.to_string())?;
        }
        if let Some(expires) = self.provider_expires {
            map.serialize_entry("provider_expires", &expires.to_string())?;
        }
        if !self.tested.is_empty() {
            map.serialize_entry("tested", &self.tested)?;
        }
        map.serialize_entry("replaced", &self.replaced.to_string())?;
        if let Some(wiped) = &self.wiped {
            map.serialize_entry("wiped", wiped)?;
        }
        map.serialize_entry("kept", &self.kept)?;
        for (name, value) in &self.unknown {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Profile {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Profile;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a profile")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Profile, A::Error> {
                let (mut vault, mut generation) = (None, None);
                let (mut recipients, mut active, mut keys) = (Vec::new(), BTreeMap::new(), Vec::new());
                let (mut former, mut openers, mut unknown) = (Vec::new(), Vec::new(), toml::Table::new());
                while let Some(FieldName(name)) = map.next_key()? {
                    match &*name {
                        "byok" => drop(map.next_value::<u32>()?),
                        "vault" => vault = Some(map.next_value::<Sealed>()?.0),
                        "former_vaults" => former = map.next_value::<Vec<Sealed>>()?,
                        "generation" => generation = Some(generation_of(map.next_value()?)?),
                        "recipients" => recipients = map.next_value()?,
                        "active" => active = map.next_value()?,
                        "opener" => openers = map.next_value()?,
                        "key" => keys = map.next_value()?,
                        _ => drop(unknown.insert(name.into_owned(), map.next_value()?)),
                    }
                }
                Ok(Profile {
                    vault: Vault {
                        secret: vault.ok_or_else(|| de::Error::missing_field("vault"))?,
                        former: former.into_iter().map(|one| one.0).collect(),
                    },
                    generation: generation.ok_or_else(|| de::Error::missing_field("generation"))?,
                    recipients,
                    openers,
                    active,
                    keys,
                    unknown,
                })
            }
        }
        from.deserialize_map(Fields)
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Key;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a key")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Key, A::Error> {
                let (mut provider, mut label, mut secret, mut added) = (None, None, None, None);
                let (mut updated, mut since, mut expires, mut provider_expires) = (None, None, None, None);
                let (mut wiped, mut rotate_after, mut previous) = (None, None, Vec::new());
                let (mut exported, mut disabled, mut admin, mut note) = (true, false, false, None);
                let (mut env, mut tags, mut fields) = (Vec::new(), Vec::new(), BTreeMap::new());
                let (mut host, mut tested, mut unknown) = (None, String::new(), toml::Table::new());
                while let Some(FieldName(name)) = map.next_key()? {
                    match &*name {
                        "provider" => provider = Some(map.next_value()?),
                        "label" => label = Some(map.next_value()?),
                        "secret" => secret = Some(map.next_value::<Sealed>()?.0),
                        "env" => env = map.next_value()?,
                        "added" => added = Some(map.next_value::<Time>()?.0),
                        "updated" => updated = Some(map.next_value::<Time>()?.0),
                        "since" => since = Some(map.next_value::<Time>()?.0),
                        "expires" => expires = Some(map.next_value::<Time>()?.0),
                        "provider_expires" => provider_expires = Some(map.next_value::<Time>()?.0),
                        "wiped" => wiped = Some(map.next_value()?),
                        "rotate_after" => rotate_after = Some(map.next_value()?),
                        "previous" => previous = map.next_value()?,
                        "exported" => exported = map.next_value()?,
                        "disabled" => disabled = map.next_value()?,
                        "admin" => admin = map.next_value()?,
                        "note" => note = Some(map.next_value()?),
                        "tags" => tags = map.next_value()?,
                        "fields" => fields = map.next_value()?,
                        "host" => host = Some(map.next_value()?),
                        "tested" => tested = map.next_value()?,
                        _ => drop(unknown.insert(name.into_owned(), map.next_value()?)),
                    }
                }
                let missing = <A::Error as de::Error>::missing_field;
                let added = added.ok_or_else(|| missing("added"))?;
                Ok(Key {
                    provider: provider.ok_or_else(|| missing("provider"))?,
                    label: label.unwrap_or_default(),
                    secret: secret.ok_or_else(|| missing("secret"))?,
                    env,
                    fields,
                    added,
                    updated: updated.unwrap_or(added),
                    since: since.unwrap_or(added),
                    expires,
                    provider_expires,
                    wiped,
                    rotate_after,
                    previous,
                    exported,
                    disabled,
                    admin,
                    note,
                    tags,
                    host,
                    tested,
                    unknown,
                })
            }
        }
        from.deserialize_map(Fields)
    }
}

impl<'de> Deserialize<'de> for Previous {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        struct Fields {
            secret: Sealed,
            since: Time,
            expires: Option<Time>,
            provider_expires: Option<Time>,
            #[serde(default)]
            tested: String,
            replaced: Time,
            wiped: Option<Deadline>,
            kept: Deadline,
            #[serde(flatten)]
            unknown: toml::Table,
        }
        let read = Fields::deserialize(from)?;
        Ok(Self {
            secret: read.secret.0,
            since: read.since.0,
            expires: read.expires.map(|time| time.0),
            provider_expires: read.provider_expires.map(|time| time.0),
            tested: read.tested,
            replaced: read.replaced.0,
            kept: read.kept,
            wiped: read.wiped,
            unknown: read.unknown,
        })
    }
}

/// The number of a write. One that nothing comes after would hide every older copy.
fn generation_of<E: de::Error>(number: u64) -> Result<u64, E> {
    const LAST: u64 = 1 << 48;
    if number < LAST { Ok(number) } else { Err(E::custom("no number of a write")) }
}

/// The name of a field, borrowed from the text where that is possible.
struct FieldName<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for FieldName<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = FieldName<'de>;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a field's name")
            }
            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<FieldName<'de>, E> {
                Ok(FieldName(Cow::Borrowed(text)))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<FieldName<'de>, E> {
                Ok(FieldName(Cow::Owned(text.to_owned())))
            }
        }
        from.deserialize_str(Text)
    }
}

/// A secret on its way in; [`Secret`] itself has no serde form, so that it cannot be written by accident.
struct Sealed(Secret);

impl<'de> Deserialize<'de> for Sealed {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(from)?);
        Secret::new(text).map(Self).map_err(de::Error::custom)
    }
}

/// A point in time in RFC 3339.
pub(super) struct Time(pub(super) Timestamp);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Time;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a time in RFC 3339")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Time, E> {
                text.parse().map(Time).map_err(|_| E::custom("not a time"))
            }
        }
        from.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Uptime;
    use super::*;
    use crate::name::{KeyRef, Label, ProviderId};
    use crate::verdict::{Facts, Tested, Verdict};

    fn secret(text: &str) -> Secret {
        Secret::new(Zeroizing::new(text.to_owned())).unwrap()
    }

    fn sample() -> Profile {
        let now: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
        let mut profile = Profile::new(secret("00ff00ff00ff00ff"), vec!["age1example".into()]);
        for (provider, label) in [("openai", "default"), ("openai", "work"), ("groq", "default")] {
            let (provider, label) = (ProviderId::parse(provider).unwrap(), Label::parse(label).unwrap());
            profile.put(Key::new(provider, label, secret("sk-test\n'\"\\ é🔑"), now));
        }
        profile
    }

    #[test]
    fn what_is_written_is_read_back() {
        let mut profile = sample();
        let openai = ProviderId::parse("openai").unwrap();
        assert!(profile.activate(&openai, &Label::parse("work").unwrap()));
        let key = profile.get_mut(&openai, &Label::default()).unwrap();
        key.fields.insert("endpoint".into(), "https://example.com/v1".into());
        key.tags = vec!["trial".into()];
        key.expires = Some("2027-01-01T00:00:00Z".parse().unwrap());
        key.exported = false;
        key.host = Some("example.com:8443".into());
        let now: Timestamp = "2026-12-01T12:00:00Z".parse().unwrap();
        let up = Uptime { boot: "b".into(), milliseconds: 7 };
        let minute = std::time::Duration::from_secs(60);
        key.wiped = Some(Deadline::after(minute, now, None));
        key.rotate_after = Some(90);
        (key.disabled, key.admin) = (true, true);
        key.rotate(secret("sk-new"), Deadline::after(minute, now, Some(&up)), now);
        key.wiped = Some(Deadline::after(minute, now, None));
        let tested = Tested {
            verdict: Verdict::NoCredit,
            cause: None,
            at: "2026-11-21T10:00:00Z".parse().unwrap(),
            ms: Some(212),
            says: Some("credit balance is too low".into()),
            facts: Facts { credit: Some(0.5), unit: Some("USD".into()), models: Some(61), ..Facts::default() },
            since: None,
        };
        key.set_tested(Some(&tested));
        let text = profile.to_toml();
        let again = Profile::parse(&text).unwrap();
        assert_eq!(*again.to_toml(), *text);
        assert_eq!(again.keys()[0].tested(), Some(tested));
        assert_eq!(again.keys()[1].tested(), None);
        assert_eq!(again.keys()[0].secret.expose(), "sk-new");
        let old = &again.keys()[0].previous[0];
        assert_eq!(
            (old.secret.expose(), old.replaced, old.kept.up.as_ref().unwrap().milliseconds),
            ("sk-test\n'\"\\ é🔑", now, 60_007)
        );
        assert!(again.keys()[0].is_described_as(&profile.keys[0]));
        assert_eq!(again.active(&openai).unwrap().label.as_str(), "work");
        assert_eq!(
            again.active_keys().iter().map(|key| key.name().to_string()).collect::<Vec<_>>(),
            ["openai:work", "groq:default"]
        );
    }

    #[test]
    fn what_a_newer_byok_added_survives_a_rewrite() {
        let text = sample().to_toml().replace("[[key]]", "[[key]]\nquota = { usd = 5 }");
        let text = format!("journal = \"on\"\n{text}\n[team]\nname = \"acme\"\n");
        let mut profile = Profile::parse(&text).unwrap();
        profile.advance();
        profile.keys[0].tested = r#"{"verdict":"haunted","at":"2027-01-01T00:00:00Z","moon":"full"}"#.to_owned();
        assert_eq!(profile.keys[0].tested(), None);
        let again = Profile::parse(&profile.to_toml()).unwrap().to_toml();
        assert!(again.contains(r#""moon":"full""#), "{}", *again);
        assert!(again.contains("journal = \"on\"") && again.contains("name = \"acme\""), "{}", *again);
        assert_eq!(again.matches("usd = 5").count(), 3);
    }

    #[test]
    fn no_error_holds_any_of_the_text() {
        let good = sample().to_toml();
        let cases = [
            ("", FormError::Foreign),
            ("{}", FormError::Foreign),
            ("byok = \"sk-test\"", FormError::Foreign),
            ("byok = 2\nkey = 3", FormError::Newer { found: 2 }),
            ("byok = 1\nvault = 7", FormError::Damaged { line: 2, column: 9 }),
        ];
        for (text, expected) in cases {
            assert_eq!(Profile::parse(text).unwrap_err(), expected, "{text}");
        }
        let twins = good.replace("label = \"work\"\n", "");
        assert_eq!(Profile::parse(&twins).unwrap_err(), FormError::Twins);
    }

    #[test]
    fn a_key_is_shown_bare_only_where_that_is_clear() {
        let mut profile = sample();
        let shown = |profile: &Profile| profile.display_all().iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(shown(&profile), ["openai:default", "openai:work", "groq"]);
        let openai = ProviderId::parse("openai").unwrap();
        profile.remove(&openai, &Label::parse("work").unwrap());
        assert_eq!(shown(&profile), ["openai", "groq"]);
        assert!(profile.find(&KeyRef::parse("openai:default").unwrap()).is_some());
    }
}
