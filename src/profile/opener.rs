//! Who opens a profile: what is known of each recipient, and of those that were removed.
//!
//! `recipients` alone says whom the profile is sealed for; this list says who they are. A profile of one person's own
//! has none, and neither has one that an older byok wrote.

use jiff::Timestamp;
use serde::de::{self, Deserialize, Deserializer};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::form::Time;
use super::{Key, Profile};
use crate::secret::Secret;

/// What a recipient is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Kind {
    /// A person.
    #[default]
    Person,
    /// A machine: a server, a CI job, somebody's second computer.
    Machine,
    /// A key that lies in a safe, for when all others are lost.
    Recovery,
}

impl Kind {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Machine => "machine",
            Self::Recovery => "recovery",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Person, Self::Machine, Self::Recovery].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// Somebody who opens the profile, or who did.
#[derive(Debug, Clone, PartialEq)]
pub struct Opener {
    /// The age recipient, `age1…`.
    pub recipient: String,
    /// What people call them.
    pub name: String,
    /// What it is for.
    pub kind: Kind,
    /// When it came in.
    pub added: Timestamp,
    /// When it was taken out. Whatever was in the profile by then, they have seen.
    pub removed: Option<Timestamp>,
    /// The fingerprints of secrets that came in after that, on a side that was still sealed for them; see
    /// [`Secret::fingerprint`](crate::secret::Secret::fingerprint).
    pub seen: Vec<String>,
    /// What a newer byok wrote and this one does not know.
    unknown: toml::Table,
}

impl Opener {
    /// Somebody who comes in now.
    pub fn new(recipient: String, name: String, kind: Kind, now: Timestamp) -> Self {
        Self { recipient, name, kind, added: now, removed: None, seen: Vec::new(), unknown: toml::Table::new() }
    }

    /// Whether they have seen a secret that is in the profile since then.
    pub fn saw(&self, secret: &Secret, since: Timestamp) -> bool {
        self.removed.is_some_and(|removed| since <= removed)
            || secret.fingerprint().is_some_and(|one| self.seen.contains(&one))
    }
}

impl Opener {
    /// Whether two records differ in no more than when somebody was taken out, and what they saw then.
    pub(super) fn is_alike(&self, other: &Self) -> bool {
        let begun = |one: &Self| Self { removed: None, seen: Vec::new(), ..one.clone() };
        begun(self) == begun(other)
    }

    /// A record with what another one knows of the end: the later one, and all that was seen.
    pub(super) fn together(mut self, other: &Self) -> Self {
        self.removed = self.removed.max(other.removed);
        self.seen.extend(other.seen.iter().cloned());
        self.seen.sort();
        self.seen.dedup();
        self
    }
}

impl Profile {
    /// What is known of those who open the profile, and of those who did; the oldest first.
    pub fn openers(&self) -> &[Opener] {
        &self.openers
    }

    /// What is known of a recipient that the profile is sealed for.
    pub fn opener(&self, recipient: &str) -> Option<&Opener> {
        self.openers.iter().find(|one| one.removed.is_none() && one.recipient == recipient)
    }

    /// The recipients that a name means, or that one that is written out.
    pub fn recipients_of<'a>(&'a self, wanted: &'a str) -> impl Iterator<Item = &'a String> {
        let is_meant = move |one: &&String| *one == wanted || self.opener(one).is_some_and(|it| it.name == wanted);
        self.recipients.iter().filter(is_meant)
    }

    /// Seals the profile for somebody more, from its next write on. One who was there before is a new one.
    pub fn admit(&mut self, opener: Opener) {
        if !self.recipients.contains(&opener.recipient) {
            self.recipients.push(opener.recipient.clone());
        }
        self.openers.retain(|one| one.removed.is_some() || one.recipient != opener.recipient);
        self.openers.push(opener);
    }

    /// Seals the profile for this recipient no more; answers whether it was one.
    pub fn dismiss(&mut self, recipient: &str, now: Timestamp) -> bool {
        let count = self.recipients.len();
        self.recipients.retain(|one| one != recipient);
        let known = self.openers.iter_mut().find(|one| one.removed.is_none() && one.recipient == recipient);
        match known {
            Some(opener) => opener.removed = Some(now),
            None if self.recipients.len() < count => {
                let opener = Opener::new(recipient.to_owned(), String::new(), Kind::default(), Timestamp::UNIX_EPOCH);
                self.openers.push(Opener { removed: Some(now), ..opener });
            }
            None => {}
        }
        self.recipients.len() < count
    }

    /// Puts a recipient in the place of another of the same person; answers whether the old one was one.
    pub fn exchange(&mut self, old: &str, new: &str, now: Timestamp) -> bool {
        let Some(at) = self.recipients.iter().position(|one| one == old) else { return false };
        let known = self.opener(old).cloned();
        let is_there = self.recipients.iter().any(|one| one == new);
        self.dismiss(old, now);
        if !is_there {
            self.recipients.insert(at, new.to_owned());
            // Of whom nothing was known, nothing is known.
            let fresh = |known: Opener| Opener { recipient: new.to_owned(), added: now, ..known };
            self.openers.extend(known.map(fresh));
        }
        // No name: nobody could be told of them, and whoever held the old one holds the new one.
        self.openers.retain(|one| one.removed.is_none() || !one.name.is_empty() || one.recipient != old);
        true
    }

    /// When this recipient, or another of the same name, was last taken out.
    pub fn taken_out(&self, recipient: &str) -> Option<Timestamp> {
        let name = self.opener(recipient).map(|one| one.name.as_str()).filter(|name| !name.is_empty());
        let is_same = |one: &&Opener| one.recipient == recipient || name.is_some_and(|name| one.name == name);
        self.openers.iter().filter(is_same).filter_map(|one| one.removed).max()
    }

    /// The keys of which somebody who was taken out has seen a secret that is still in the profile.
    pub fn seen_by(&self, gone: &Opener) -> impl Iterator<Item = &Key> {
        let seen = move |key: &&Key| {
            gone.saw(&key.secret, key.since) || key.previous.iter().any(|old| gone.saw(&old.secret, old.since))
        };
        self.keys.iter().filter(seen)
    }

    /// Those who were removed and have not come back, each once, and are not here under another recipient.
    pub fn gone(&self) -> impl Iterator<Item = &Opener> {
        let is_here = |gone: &Opener| {
            let is_it =
                |one: &Opener| one.recipient == gone.recipient || (!one.name.is_empty() && one.name == gone.name);
            self.openers.iter().any(|one| one.removed.is_none() && is_it(one))
        };
        let is_last = |gone: &Opener| {
            let rank = |one: &Opener| (one.removed, std::ptr::from_ref(one));
            !self.openers.iter().any(|one| one.recipient == gone.recipient && rank(one) > rank(gone))
        };
        self.openers.iter().filter(move |one| one.removed.is_some() && !is_here(one) && is_last(one))
    }
}

impl Serialize for Opener {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut map = out.serialize_map(None)?;
        map.serialize_entry("recipient", &self.recipient)?;
        if !self.name.is_empty() {
            map.serialize_entry("name", &self.name)?;
        }
        map.serialize_entry("kind", self.kind.as_str())?;
        map.serialize_entry("added", &self.added.to_string())?;
        if let Some(removed) = self.removed {
            map.serialize_entry("removed", &removed.to_string())?;
        }
        if !self.seen.is_empty() {
            map.serialize_entry("seen", &self.seen)?;
        }
        for (name, value) in &self.unknown {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Opener {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        struct Fields {
            recipient: String,
            #[serde(default)]
            name: String,
            kind: String,
            added: Time,
            removed: Option<Time>,
            #[serde(default)]
            seen: Vec<String>,
            #[serde(flatten)]
            unknown: toml::Table,
        }
        let read = Fields::deserialize(from)?;
        Ok(Self {
            recipient: read.recipient,
            name: read.name,
            kind: Kind::parse(&read.kind).ok_or_else(|| de::Error::custom("no kind of opener"))?,
            added: read.added.0,
            removed: read.removed.map(|time| time.0),
            seen: read.seen,
            unknown: read.unknown,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::{Label, ProviderId};

    fn secret(text: &str) -> Secret {
        Secret::new(zeroize::Zeroizing::new(text.to_owned())).unwrap()
    }

    fn at(day: u8) -> Timestamp {
        format!("2026-11-{day:02}T12:00:00Z").parse().unwrap()
    }

    #[test]
    fn who_came_and_who_went_is_read_back_with_what_they_saw() {
        let mut profile = Profile::new(secret("00ff00ff00ff00ff"), vec!["age1us".into()]);
        let key = |label: &str, day| {
            Key::new(ProviderId::parse("openai").unwrap(), Label::parse(label).unwrap(), secret("sk-test"), at(day))
        };
        profile.put(key("old", 1));
        profile.admit(Opener::new("age1bob".into(), "bob".into(), Kind::Person, at(2)));
        profile.admit(Opener::new("age1safe".into(), "safe".into(), Kind::Recovery, at(2)));
        assert!(profile.exchange("age1bob", "age1bob2", at(3)));
        assert_eq!(profile.recipients(), ["age1us", "age1bob2", "age1safe"]);
        assert_eq!(profile.gone().count(), 0, "bob is still here");
        assert!(profile.dismiss("age1bob2", at(4)) && !profile.dismiss("age1bob2", at(5)));
        profile.put(key("new", 6));
        let text = profile.to_toml().replace("kind = \"recovery\"", "kind = \"recovery\"\nshelf = 7");
        let again = Profile::parse(&text).unwrap();
        assert!(again.to_toml().contains("shelf = 7"), "{}", *again.to_toml());
        assert_eq!(again.openers().len(), profile.openers().len());
        assert_eq!(again.recipients(), ["age1us", "age1safe"]);
        assert_eq!(again.recipients_of("safe").collect::<Vec<_>>(), ["age1safe"]);
        let gone: Vec<_> = again.gone().map(|one| (one.recipient.as_str(), one.removed)).collect();
        assert_eq!(gone, [("age1bob", Some(at(3))), ("age1bob2", Some(at(4)))]);
        let seen: Vec<_> = again.seen_by(again.gone().last().unwrap()).map(|key| key.label.as_str()).collect();
        assert_eq!(seen, ["old"]);
    }
}
