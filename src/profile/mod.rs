//! The document: one profile's keys, which of them are active, and what makes them this profile and no forgery.
//!
//! Pure: text in, text out. How the text is sealed is `seal`'s, where it lies is `store`'s affair.

mod deadline;
mod details;
mod form;
mod key;
pub mod merge;
mod opener;
mod vault;

use std::collections::BTreeMap;

use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::name::{KeyRef, Label, ProviderId};
use crate::secret::Secret;

pub use deadline::{Deadline, Due, Uptime};
pub use details::Details;
pub use form::FormError;
pub use key::{Key, Previous};
pub use opener::{Kind, Opener};
use vault::Vault;

/// The version of the TOML form that this byok writes, and the newest that it reads.
pub const FORMAT: u32 = 1;

/// A named set of keys.
#[derive(Debug, Clone)]
pub struct Profile {
    /// What tells it from a forged one.
    vault: Vault,
    /// Counts the writes, so that an older copy is told from the newest.
    generation: u64,
    /// The age recipients that the profile is sealed to, as text.
    recipients: Vec<String>,
    /// What is known of them, and of those that are none any more.
    openers: Vec<Opener>,
    /// The labels that `byok use` chose. A provider without an entry answers with its oldest key.
    active: BTreeMap<ProviderId, Label>,
    keys: Vec<Key>,
    /// What a newer byok wrote and this one does not know; kept through every rewrite.
    unknown: toml::Table,
}

impl Profile {
    /// An empty profile at generation 0, sealed to `recipients` from its first write on.
    ///
    /// `vault` is 32 random bytes or more, as text.
    pub fn new(vault: Secret, recipients: Vec<String>) -> Self {
        Self {
            vault: Vault::new(vault),
            generation: 0,
            recipients,
            openers: Vec::new(),
            active: BTreeMap::new(),
            keys: Vec::new(),
            unknown: toml::Table::new(),
        }
    }

    /// Reads the TOML form. No error holds any of the text.
    pub fn parse(text: &str) -> Result<Self, FormError> {
        form::parse(text)
    }

    /// The TOML form, readable by a person after `age -d`.
    pub fn to_toml(&self) -> Zeroizing<String> {
        form::write(self)
    }

    /// How many times the profile was written.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The same profile, one write later.
    pub fn advance(&mut self) {
        self.generation = self.generation.saturating_add(1);
    }

    /// Takes on the generation of another copy of this profile, to compare the two.
    pub(crate) fn level(&mut self, other: &Self) {
        self.generation = other.generation;
    }

    /// Makes this document newer than that generation.
    pub(crate) fn raise(&mut self, generation: u64) {
        self.generation = self.generation.max(generation);
    }

    /// Makes this document newer than another copy of the profile, once it is written.
    pub(crate) fn outlive(&mut self, other: &Self) {
        self.raise(other.generation);
    }

    /// Is sealed to these as well from its next write on.
    pub(crate) fn open_to(&mut self, recipients: &[String]) {
        for one in recipients {
            if !self.recipients.contains(one) {
                self.recipients.push(one.clone());
            }
        }
    }

    /// Is sealed to those whom another copy is sealed to, from its next write on, and to nobody else; and knows of them,
    /// and of those who went, what the other copy knows.
    pub(crate) fn take_openers(&mut self, other: &Self) {
        self.recipients.clone_from(&other.recipients);
        self.openers.clone_from(&other.openers);
        // Whoever was taken out since may know the vault secret of an older copy.
        if other.descends_from(self) {
            self.vault.clone_from(&other.vault);
        }
    }

    /// The age recipients that the profile is sealed to.
    pub fn recipients(&self) -> &[String] {
        &self.recipients
    }

    /// The names of what a newer byok wrote and this one does not know.
    pub fn unknown_fields(&self) -> impl Iterator<Item = &str> {
        self.unknown.keys().map(String::as_str)
    }

    /// All keys, oldest first.
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// The keys of one provider, oldest first.
    pub fn keys_of<'a, 'b: 'a>(&'a self, provider: &'b ProviderId) -> impl Iterator<Item = &'a Key> + use<'a, 'b> {
        self.keys.iter().filter(move |key| key.provider == *provider)
    }

    /// The key that a bare `provider` means.
    pub fn active(&self, provider: &ProviderId) -> Option<&Key> {
        let chosen = self.active.get(provider);
        let mut keys = self.keys.iter().filter(|key| key.provider == *provider);
        let mut first = keys.next()?;
        for key in keys {
            if first.stands_before(key, chosen) {
                continue;
            }
            first = key;
        }
        Some(first)
    }

    /// The active key of every provider, oldest first.
    pub fn active_keys(&self) -> Vec<&Key> {
        // One pass, so that ten thousand providers do not cost a hundred million comparisons.
        let mut first: BTreeMap<&ProviderId, usize> = BTreeMap::new();
        for (at, key) in self.keys.iter().enumerate() {
            let chosen = self.active.get(&key.provider);
            let place = first.entry(&key.provider).or_insert(at);
            if !self.keys[*place].stands_before(key, chosen) {
                *place = at;
            }
        }
        let mut places: Vec<usize> = first.into_values().collect();
        places.sort_unstable();
        places.into_iter().map(|at| &self.keys[at]).collect()
    }

    /// The key that `name` means: the labelled one, or the provider's active one.
    pub fn find(&self, name: &KeyRef) -> Option<&Key> {
        match &name.label {
            None => self.active(&name.provider),
            Some(label) => self.keys.iter().find(|key| key.provider == name.provider && key.label == *label),
        }
    }

    /// How the key is shown: bare where it is its provider's only, unlabelled one, else with its label.
    pub fn display(&self, key: &Key) -> KeyRef {
        let alone = key.label.is_default() && self.keys_of(&key.provider).nth(1).is_none();
        KeyRef { provider: key.provider.clone(), label: (!alone).then(|| key.label.clone()) }
    }

    /// How every key is shown, in the order of [`Profile::keys`]; see [`Profile::display`].
    pub fn display_all(&self) -> Vec<KeyRef> {
        let mut counts: BTreeMap<&ProviderId, usize> = BTreeMap::new();
        for key in &self.keys {
            *counts.entry(&key.provider).or_default() += 1;
        }
        let show = |key: &Key| {
            let alone = key.label.is_default() && counts[&key.provider] == 1;
            KeyRef { provider: key.provider.clone(), label: (!alone).then(|| key.label.clone()) }
        };
        self.keys.iter().map(show).collect()
    }

    /// Puts a key in, in place of one of the same provider and label.
    pub fn put(&mut self, key: Key) {
        match self.keys.iter_mut().find(|old| old.provider == key.provider && old.label == key.label) {
            Some(old) => *old = key,
            None => self.keys.push(key),
        }
    }

    /// The key to change in place, by its provider and label.
    pub fn get_mut(&mut self, provider: &ProviderId, label: &Label) -> Option<&mut Key> {
        self.keys.iter_mut().find(|key| key.provider == *provider && key.label == *label)
    }

    /// Takes a key out.
    pub fn remove(&mut self, provider: &ProviderId, label: &Label) -> Option<Key> {
        let at = self.keys.iter().position(|key| key.provider == *provider && key.label == *label)?;
        if self.active.get(provider) == Some(label) {
            self.active.remove(provider);
        }
        Some(self.keys.remove(at))
    }

    /// Gives a key another label, which no other key of its provider has. What a bare provider means stays.
    pub fn relabel(&mut self, provider: &ProviderId, old: &Label, new: &Label) {
        if let Some(key) = self.get_mut(provider, old) {
            key.label = new.clone();
        }
        if let Some(chosen) = self.active.get_mut(provider).filter(|chosen| *chosen == old) {
            *chosen = new.clone();
        }
    }

    /// Whether something in it is kept for a while only.
    pub fn has_deadlines(&self) -> bool {
        self.keys.iter().any(|key| key.wiped.is_some() || !key.previous.is_empty())
    }

    /// Takes out whatever is over for sure, by the clock and by the machine's uptime; answers whether anything changed.
    pub fn sweep(&mut self, now: Timestamp, up: Option<&Uptime>) -> bool {
        let mut changed = false;
        let mut over = Vec::new();
        for key in &mut self.keys {
            let (other, gone) = key.sweep(now, up);
            changed |= other;
            if gone {
                over.push((key.provider.clone(), key.label.clone()));
            }
        }
        for (provider, label) in over {
            self.remove(&provider, &label);
        }
        changed
    }

    /// Makes a key its provider's active one. Answers whether there is such a key.
    pub fn activate(&mut self, provider: &ProviderId, label: &Label) -> bool {
        let there = self.keys_of(provider).any(|key| key.label == *label);
        if there {
            self.active.insert(provider.clone(), label.clone());
        }
        there
    }

    /// The same keys under another vault secret and recipients, as a profile of its own at generation 0.
    #[must_use]
    pub fn copied(&self, vault: Secret, recipients: Vec<String>) -> Self {
        Self { vault: Vault::new(vault), generation: 0, recipients, openers: Vec::new(), ..self.clone() }
    }

    /// The first two keys of one name, which no profile may hold.
    fn twin(&self) -> Option<&Key> {
        let mut keys: Vec<&Key> = self.keys.iter().collect();
        keys.sort_unstable_by(|a, b| (&a.provider, &a.label).cmp(&(&b.provider, &b.label)));
        keys.windows(2)
            .find(|pair| (&pair[0].provider, &pair[0].label) == (&pair[1].provider, &pair[1].label))
            .map(|pair| pair[0])
    }
}
