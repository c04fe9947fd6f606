//! One key: its secret and what byok knows of it.

use std::collections::BTreeMap;

use jiff::Timestamp;

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
    /// When it stops working, if that is known.
    pub expires: Option<Timestamp>,
    /// Whether `byok env`, `run` and `export` hand it out without being asked for it by name.
    pub exported: bool,
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
            expires: None,
            exported: true,
            note: None,
            tags: Vec::new(),
            host: None,
            tested: String::new(),
            unknown: toml::Table::new(),
        }
    }

    /// Whether the key's time is over at `now`.
    pub fn expired(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|end| end <= now)
    }

    /// The outcome of the latest test, unless there was none, or a newer byok wrote it in words that this one does not
    /// know. Read only when it is asked for: most of byok's verbs do not.
    pub fn tested(&self) -> Option<Tested> {
        serde_json::from_str(&self.tested).ok()
    }

    /// Keeps the outcome of a test, or forgets the last one.
    pub fn set_tested(&mut self, tested: Option<&Tested>) {
        self.tested = tested.and_then(|tested| serde_json::to_string(tested).ok()).unwrap_or_default();
    }

    /// Whether the same is known of both, their secrets and tests aside.
    pub fn is_described_as(&self, other: &Self) -> bool {
        let told = |key: &Self| (key.expires, key.exported, key.note.clone(), key.host.clone());
        (&self.env, &self.fields, &self.tags, &self.unknown) == (&other.env, &other.fields, &other.tags, &other.unknown)
            && told(self) == told(other)
    }

    /// The key's full name, with its label.
    pub fn name(&self) -> KeyRef {
        KeyRef { provider: self.provider.clone(), label: Some(self.label.clone()) }
    }
}
