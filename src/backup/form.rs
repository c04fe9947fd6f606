//! The backup's text: TOML written by hand, so that it lies in one buffer that is sized up front, and so that every
//! document in it looks as it does by itself.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::{Backup, BackupError, FORMAT, Kept};
use crate::name::ProfileName;
use crate::profile::Profile;

/// What a person finds at the top.
const HEAD: &str = "\
# byok: a backup. `byok restore FILE` puts it back.
# Without byok: each `document` below is a profile; `secret` is a key of the `provider` above it.
";

pub(super) fn write(backup: &Backup) -> Zeroizing<String> {
    let documents: Vec<Zeroizing<String>> = backup.profiles.iter().map(|kept| kept.profile.to_toml()).collect();
    let texts = backup.settings.iter().chain(&backup.providers).chain(backup.trust.iter().map(|(_, text)| text));
    let size: usize = documents.iter().map(|text| text.len()).sum::<usize>()
        + texts.map(String::len).sum::<usize>()
        + backup.identity.as_ref().map_or(0, |text| text.len());
    // A text that has to be escaped grows to the sixfold at most; the common one not at all.
    let mut out = Zeroizing::new(String::with_capacity(size * 2 + 512 * (4 + documents.len() + backup.trust.len())));
    let _ = write!(out, "{HEAD}byok_backup = {FORMAT}\nmade = \"{}\"\n", backup.made);
    for (name, text) in [("settings", &backup.settings), ("providers", &backup.providers)] {
        if let Some(text) = text {
            field(&mut out, name, text);
        }
    }
    if let Some(text) = &backup.identity {
        field(&mut out, "identity", text);
    }
    for (name, text) in &backup.trust {
        out.push_str("\n[[trust]]\n");
        field(&mut out, "name", name);
        field(&mut out, "record", text);
    }
    for (kept, document) in backup.profiles.iter().zip(&documents) {
        let _ = write!(out, "\n[[profile]]\nname = \"{}\"\nstore = \"{}\"\n", kept.name, kept.store);
        field(&mut out, "document", document);
    }
    out
}

/// A name and its text over several lines: as it is, or where TOML cannot hold it so, escaped.
fn field(out: &mut String, name: &str, text: &str) {
    let control = |c: char| (c.is_control() && c != '\n' && c != '\t') || c == '\u{7f}';
    if !text.contains("'''") && !text.ends_with('\'') && !text.contains(control) {
        out.extend([name, " = '''\n", text, "'''\n"]);
        return;
    }
    out.extend([name, " = \"\"\"\n"]);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            c if control(c) => drop(write!(out, "\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push_str("\"\"\"\n");
}

pub(super) fn parse(text: &str) -> Result<Backup, BackupError> {
    #[derive(Deserialize)]
    struct Fields {
        made: String,
        settings: Option<String>,
        providers: Option<String>,
        identity: Option<Text>,
        #[serde(default)]
        trust: Vec<Trusted>,
        #[serde(default)]
        profile: Vec<Document>,
    }
    #[derive(Deserialize)]
    struct Trusted {
        name: String,
        record: String,
    }
    #[derive(Deserialize)]
    struct Document {
        name: ProfileName,
        store: String,
        #[serde(rename = "document")]
        text: Text,
    }
    let table = toml::de::DeTable::parse(text).map_err(|_| BackupError::Foreign)?;
    let found = table.get_ref().get("byok_backup").and_then(|value| value.get_ref().as_integer());
    match found.and_then(|number| i64::from_str_radix(number.as_str(), number.radix()).ok()) {
        None => return Err(BackupError::Foreign),
        Some(found) if found > i64::from(FORMAT) => return Err(BackupError::Newer { found }),
        Some(_) => {}
    }
    let damaged = |at: usize| {
        let before = text.get(..at).unwrap_or_default();
        BackupError::Damaged { line: before.matches('\n').count() + 1 }
    };
    let fields = Fields::deserialize(toml::Deserializer::from(table))
        .map_err(|error| damaged(error.span().map_or(0, |span| span.start)))?;
    let mut profiles: Vec<Kept> = Vec::with_capacity(fields.profile.len());
    for one in fields.profile {
        let name = one.name;
        if profiles.iter().any(|kept| kept.name == name) {
            return Err(BackupError::Twins { name });
        }
        let profile =
            Profile::parse(&one.text.0).map_err(|source| BackupError::Profile { name: name.clone(), source })?;
        profiles.push(Kept { name, store: one.store, profile });
    }
    Ok(Backup {
        made: fields.made.parse::<Timestamp>().map_err(|_| damaged(0))?,
        profiles,
        settings: fields.settings,
        providers: fields.providers,
        trust: fields.trust.into_iter().map(|one| (one.name, one.record)).collect(),
        identity: fields.identity.map(|text| text.0),
    })
}

/// A text that holds secrets.
struct Text(Zeroizing<String>);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(|text| Self(Zeroizing::new(text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::{Label, ProviderId};
    use crate::profile::Key;
    use crate::secret::Secret;

    fn sample() -> Backup {
        let made: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
        let secret = |text: &str| Secret::new(Zeroizing::new(text.to_owned())).unwrap();
        let key = Key::new(ProviderId::parse("openai").unwrap(), Label::default(), secret("x"), made);
        let mut profile = Profile::new(secret("00ff00ff"), vec!["age1example".into()]);
        profile.put(key);
        Backup {
            made,
            profiles: vec![Kept { name: ProfileName::default(), store: "file".into(), profile }],
            settings: Some("log = 'off'".into()),
            providers: Some("# mine\r\n\"\"\"'''\\".into()),
            trust: vec![("a".repeat(64), "path = \"/x\"\n".into())],
            identity: Some(Zeroizing::new("AGE-SECRET-KEY-1X\n".into())),
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        for hostile in ["plain", "'''", "it's'", "\"\"\"\\ \u{7f}\u{1}\r\n\t é🔑", "a\u{85}b"] {
            let backup = sample();
            let mut backup = Backup { settings: Some(hostile.to_owned()), ..backup };
            let key = Secret::new(Zeroizing::new(hostile.to_owned())).unwrap();
            let openai = ProviderId::parse("openai").unwrap();
            backup.profiles[0].profile.get_mut(&openai, &Label::default()).unwrap().secret = key;
            let again = Backup::parse(&backup.to_text()).unwrap_or_else(|error| panic!("{hostile:?}: {error}"));
            assert_eq!(again.settings.as_deref(), Some(hostile));
            assert_eq!((&again.providers, &again.trust), (&backup.providers, &backup.trust));
            assert_eq!(again.identity, backup.identity);
            let document = |backup: &Backup| backup.profiles[0].profile.to_toml();
            assert_eq!(*document(&again), *document(&backup));
            assert_eq!(*again.to_text(), *backup.to_text());
        }
    }

    #[test]
    fn no_error_holds_any_of_the_text() {
        let good = sample().to_text();
        for (text, error) in [
            (String::new(), BackupError::Foreign),
            ("byok = 1\nvault = \"sk-test\"".to_owned(), BackupError::Foreign),
            ("byok_backup = 2\nkey = 3".to_owned(), BackupError::Newer { found: 2 }),
            ("byok_backup = 1\nmade = \"sk-test\"".to_owned(), BackupError::Damaged { line: 1 }),
            (good.replace("store = \"file\"\n", ""), BackupError::Damaged { line: 23 }),
        ] {
            let found = Backup::parse(&text).unwrap_err();
            let same = std::mem::discriminant(&found) == std::mem::discriminant(&error);
            assert!(same && !found.to_string().contains("sk-"), "{found}");
        }
        let twice = good.to_string() + good.split_once("\n[[profile]]").map(|(_, rest)| rest).unwrap();
        assert!(Backup::parse(&twice).is_err());
    }
}
