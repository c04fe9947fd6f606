//! What a program is told of a key.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;

use crate::name::{EnvName, KeyRef, Label, ProfileName, ProviderId};
use crate::probe;
use crate::profile::{Key, Profile};
use crate::provider::Registry;
use crate::resolve::is_admin;
use crate::secret::Secret;

/// Where a key is from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// The profile that is meant.
    Profile(ProfileName),
    /// A profile that answers after it.
    Fallback(ProfileName),
    /// The environment: the system's own key.
    Environment,
}

impl Source {
    /// The word that JSON uses.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Profile(_) => "profile",
            Self::Fallback(_) => "fallback",
            Self::Environment => "environment",
        }
    }

    /// The profile that answered.
    pub const fn profile(&self) -> Option<&ProfileName> {
        match self {
            Self::Profile(name) | Self::Fallback(name) => Some(name),
            Self::Environment => None,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Profile(name) | Self::Fallback(name) => write!(out, "profile `{name}`"),
            Self::Environment => out.write_str("the environment"),
        }
    }
}

/// A key that answers, and what it takes to use it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Resolved {
    /// Whose key it is.
    pub provider: ProviderId,
    /// Its label; none for the system's own.
    pub label: Option<Label>,
    /// Where it is from.
    pub source: Source,
    /// The value, masked in `Debug`; [`Secret::expose`] is the way out.
    pub secret: Secret,
    /// The variable that programs read it from.
    pub variable: EnvName,
    /// What belongs to it and is no secret: `endpoint`, `organisation`, `region`…
    pub fields: BTreeMap<String, String>,
    /// The address of its API: its own `endpoint`, else its provider's, where that is one for all.
    pub base_url: Option<String>,
    /// When it stops working, where that is known.
    pub expires: Option<Timestamp>,
    /// Whether it makes and revokes other keys: none to be handed on.
    pub admin: bool,
}

impl Resolved {
    /// A key of a profile.
    pub fn of_key(registry: &Registry, profile: &ProfileName, is_fallback: bool, key: &Key) -> Self {
        let usual = registry.exports(&key.provider).key;
        let source = if is_fallback { Source::Fallback } else { Source::Profile };
        Self {
            provider: key.provider.clone(),
            label: Some(key.label.clone()),
            source: source(profile.clone()),
            secret: key.secret.clone(),
            variable: key.env.first().cloned().unwrap_or(usual),
            base_url: probe::address(&registry.get(&key.provider), &key.fields),
            fields: key.fields.clone(),
            expires: key.ends(),
            admin: is_admin(key),
        }
    }

    /// The system's own key.
    pub fn of_system(registry: &Registry, provider: &ProviderId, variable: EnvName, secret: Secret) -> Self {
        Self {
            provider: provider.clone(),
            label: None,
            source: Source::Environment,
            secret,
            variable,
            base_url: probe::address(&registry.get(provider), &BTreeMap::new()),
            fields: BTreeMap::new(),
            expires: None,
            admin: false,
        }
    }
}

/// A key as a list shows it, without its value.
#[derive(Debug, Clone)]
#[non_exhaustive]
#[expect(clippy::struct_excessive_bools, reason = "each says one thing of a key")]
pub struct Listed {
    /// Its name as byok shows it: bare where it is its provider's only one.
    pub name: KeyRef,
    /// Whose key it is.
    pub provider: ProviderId,
    /// Its label.
    pub label: Label,
    /// Whether a bare provider means it.
    pub active: bool,
    /// What a person may see of it, `sk-p…9f2c`.
    pub mask: String,
    /// Equal for equal keys; none for a short one.
    pub fingerprint: Option<String>,
    /// When it stops working, where that is known.
    pub expires: Option<Timestamp>,
    /// Whether its time is over.
    pub expired: bool,
    /// Whether a person has put it aside.
    pub disabled: bool,
    /// Whether it makes and revokes other keys.
    pub admin: bool,
}

impl Listed {
    pub(super) fn of(profile: &Profile, key: &Key, name: KeyRef, now: Timestamp) -> Self {
        Self {
            name,
            provider: key.provider.clone(),
            label: key.label.clone(),
            active: !is_admin(key) && profile.active(&key.provider).is_some_and(|active| active.label == key.label),
            mask: key.secret.mask(),
            fingerprint: key.secret.fingerprint(),
            expires: key.ends(),
            expired: key.expired(now),
            disabled: key.disabled,
            admin: is_admin(key),
        }
    }
}
