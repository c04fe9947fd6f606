//! One key: its secret and what byok knows of it.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{Deadline, Due, Uptime};
use crate::name::{EnvName, KeyRef, Label, ProviderId};
use crate::secret::Secret;
use crate::verdict::Tested;

/// One secret of one provider, with its label and its metadata.
#[derive(Debug, Clone)]
pub struct Key {
    /// Who issued it.
    pub provider: ProviderId,
    /// What tells it from the provider's other keys.
    pub label: Label,
    /// The value.
    pub secret: Secret,
    /// The variables that it is exported as; empty means the provider's own.
    pub env: Vec<EnvName>,
    /// What belongs to the key and is no secret: endpoint, organisation, region…
    pub fields: BTreeMap<String, String>,
    /// When it came in.
    pub added: Timestamp,
    /// When its secret or metadata last changed.
    pub updated: Timestamp,
    /// When this secret came in: later than the key where it took another's place.
    pub since: Timestamp,
    /// When it stops working, as a person said.
    pub expires: Option<Timestamp>,
    /// When it stops working, as its provider said in the latest test that told.
    pub provider_expires: Option<Timestamp>,
    /// When it is taken out of the profile, where it came in for a while only.
    pub wiped: Option<Deadline>,
    /// After how many days its secret is to be replaced, where that is said of this key.
    pub rotate_after: Option<u32>,
    /// The secrets that this one took the place of and that are kept for a while, oldest first.
    pub previous: Vec<Previous>,
    /// Whether `byok env`, `run` and `export` hand it out without being asked for it by name.
    pub exported: bool,
    /// Whether a person has put it aside: then it never answers.
    pub disabled: bool,
    /// Whether it makes and revokes other keys: then it is never handed out to programs.
    pub admin: bool,
    /// A person's own remark.
    pub note: Option<String>,
    /// Words to filter by, sorted.
    pub tags: Vec<String>,
    /// The host that the key may go to, where the provider is one of the person's own: `host`, or `host:port`.
    pub host: Option<String>,
    /// The outcome of the latest test, in JSON, or nothing; see [`Key::tested`].
    pub(super) tested: String,
    /// What a newer byok wrote and this one does not know.
    pub(super) unknown: toml::Table,
}

impl Key {
    /// A key that came in `now`, with nothing known of it but its secret.
    pub fn new(provider: ProviderId, label: Label, secret: Secret, now: Timestamp) -> Self {
        Self {
            provider,
            label,
            secret,
            env: Vec::new(),
            fields: BTreeMap::new(),
            added: now,
            updated: now,
            since: now,
            expires: None,
            provider_expires: None,
            wiped: None,
            rotate_after: None,
            previous: Vec::new(),
            exported: true,
            disabled: false,
            admin: false,
            note: None,
            tags: Vec::new(),
            host: None,
            tested: String::new(),
            unknown: toml::Table::new(),
        }
    }

    /// The secret that answers, and then the old ones that are kept.
    pub fn secrets(&self) -> impl Iterator<Item = &Secret> {
        std::iter::once(&self.secret).chain(self.previous.iter().map(|old| &old.secret))
    }

    /// When it stops working: the earliest end of its life that is known.
    pub fn ends(&self) -> Option<Timestamp> {
        let wiped = self.wiped.as_ref().map(|wiped| wiped.at);
        [self.expires, self.provider_expires, wiped].into_iter().flatten().min()
    }

    /// Whether the key's time is over at `now`.
    pub fn expired(&self, now: Timestamp) -> bool {
        self.ends().is_some_and(|end| end <= now)
    }

    /// When its secret is to be replaced, where that is after so many days.
    pub fn rotation_due(&self, days: u32) -> Timestamp {
        self.since.checked_add(SignedDuration::from_hours(24 * i64::from(days))).unwrap_or(Timestamp::MAX)
    }

    /// Whether this key, which came in earlier, is more likely meant than another of its provider by a bare name: the
    /// chosen one is, and a key that is handed out to programs is before one that never is.
    pub(super) fn stands_before(&self, other: &Self, chosen: Option<&Label>) -> bool {
        match chosen {
            Some(chosen) if *chosen == self.label => true,
            Some(chosen) if *chosen == other.label => false,
            _ => !self.admin || other.admin,
        }
    }

    /// Takes another secret in the place of its own, which is kept until then. What was known of the old secret says
    /// nothing of the new one.
    pub fn rotate(&mut self, secret: Secret, kept: Deadline, now: Timestamp) {
        let wiped = self.wiped.take();
        let old = Previous {
            secret: std::mem::replace(&mut self.secret, secret),
            since: std::mem::replace(&mut self.since, now),
            // What came in for a while only is not kept any longer for being replaced.
            kept: wiped.clone().filter(|wiped| wiped.at < kept.at).unwrap_or(kept),
            wiped,
            expires: self.expires.take(),
            provider_expires: self.provider_expires.take(),
            tested: std::mem::take(&mut self.tested),
            replaced: now,
            unknown: toml::Table::new(),
        };
        self.previous.push(old);
        self.updated = now;
    }

    /// Takes back the secret that was replaced last, and what was known of it; the newer one is gone then, unless it is
    /// kept as well. Answers whether there was one.
    pub fn rotate_back(&mut self, keep: Option<Deadline>, now: Timestamp) -> bool {
        let Some(old) = self.previous.pop() else { return false };
        let newer = Previous {
            secret: std::mem::replace(&mut self.secret, old.secret),
            since: std::mem::replace(&mut self.since, old.since),
            wiped: std::mem::replace(&mut self.wiped, old.wiped),
            expires: std::mem::replace(&mut self.expires, old.expires),
            provider_expires: std::mem::replace(&mut self.provider_expires, old.provider_expires),
            tested: std::mem::replace(&mut self.tested, old.tested),
            replaced: now,
            kept: old.kept,
            unknown: toml::Table::new(),
        };
        if let Some(kept) = keep {
            self.previous.push(Previous { kept, ..newer });
        }
        self.updated = now;
        true
    }

    /// Takes out of a key, or says of it as a whole, what is over: answers whether anything changed, and whether the key
    /// itself is over.
    pub(super) fn sweep(&mut self, now: Timestamp, up: Option<&Uptime>) -> (bool, bool) {
        let mut changed = false;
        if let Some(wiped) = &mut self.wiped {
            match wiped.due(now, up) {
                Due::Later => {}
                Due::Over => return (true, true),
                Due::Perhaps(again) => (*wiped, changed) = (again, true),
            }
        }
        self.previous.retain_mut(|old| match old.kept.due(now, up) {
            Due::Later => true,
            Due::Over => {
                changed = true;
                false
            }
            Due::Perhaps(again) => {
                (old.kept, changed) = (again, true);
                true
            }
        });
        (changed, false)
    }

    /// The outcome of the latest test, unless there was none, or a newer byok wrote it in words that this one does not
    /// know. Read only when it is asked for: most of byok's verbs do not.
    pub fn tested(&self) -> Option<Tested> {
        serde_json::from_str(&self.tested).ok()
    }

    /// Keeps the outcome of a test, or forgets the last one.
    pub fn set_tested(&mut self, tested: Option<&Tested>) {
        self.tested = tested.and_then(|tested| serde_json::to_string(tested).ok()).unwrap_or_default();
        // A test that learnt nothing of the end takes nothing away, unless it saw the key at work without one.
        match tested {
            Some(Tested { facts, .. }) if facts.expires.is_some() => self.provider_expires = facts.expires,
            Some(Tested { verdict, .. }) if !verdict.is_accepted() => {}
            _ => self.provider_expires = None,
        }
    }

    /// Whether the same is known of both, their secrets and tests aside.
    pub fn is_described_as(&self, other: &Self) -> bool {
        self.differs_in(other).iter().all(|name| name == "secret")
    }

    /// The names of what is another in both, `secret` and those of fields among them; tests aside.
    pub fn differs_in(&self, other: &Self) -> Vec<String> {
        let told = [
            ("secret", !self.secret.same_as(&other.secret)),
            ("exported", self.exported != other.exported),
            ("disabled", self.disabled != other.disabled),
            ("admin", self.admin != other.admin),
            ("env", self.env != other.env),
            ("host", self.host != other.host),
            ("expires", self.expires != other.expires),
            ("wiped", self.wiped != other.wiped),
            ("rotate_after", self.rotate_after != other.rotate_after),
            ("note", self.note != other.note),
            ("tags", self.tags != other.tags),
        ];
        let mut names: Vec<String> = told.iter().filter(|(_, is)| *is).map(|(name, _)| (*name).to_owned()).collect();
        let fields = self.fields.keys().chain(other.fields.keys());
        let mut apart: Vec<&String> = fields.filter(|name| self.fields.get(*name) != other.fields.get(*name)).collect();
        let unknown = self.unknown.keys().chain(other.unknown.keys());
        apart.extend(unknown.filter(|name| self.unknown.get(*name) != other.unknown.get(*name)));
        apart.sort();
        apart.dedup();
        names.extend(apart.into_iter().cloned());
        names
    }

    /// The names of what a newer byok wrote of it and this one does not know.
    pub fn unknown_fields(&self) -> impl Iterator<Item = &str> {
        self.unknown.keys().map(String::as_str)
    }

    /// The key's full name, with its label.
    pub fn name(&self) -> KeyRef {
        KeyRef { provider: self.provider.clone(), label: Some(self.label.clone()) }
    }
}

/// A secret that was replaced, and is kept for a while.
#[derive(Debug, Clone)]
pub struct Previous {
    /// The value.
    pub secret: Secret,
    /// When it came in.
    pub since: Timestamp,
    /// When it was to be taken out of the profile, where it came in for a while only.
    pub wiped: Option<Deadline>,
    /// When it stops working, as a person said.
    pub expires: Option<Timestamp>,
    /// When it stops working, as its provider said.
    pub provider_expires: Option<Timestamp>,
    /// The outcome of its latest test, as in [`Key::tested`].
    pub(super) tested: String,
    /// When it was replaced.
    pub replaced: Timestamp,
    /// How long it is kept.
    pub kept: Deadline,
    /// What a newer byok wrote and this one does not know.
    pub(super) unknown: toml::Table,
}
