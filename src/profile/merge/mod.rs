//! Two copies of one profile that went their own ways, made one again: three-way, key by key and field by field.
//!
//! Whatever only one side changed is taken. What both changed in different ways is a conflict, told by names alone, unless
//! somebody has decided it. Which side is which makes no difference to anything else.

mod entries;
mod key;
mod renamed;
mod secret;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::{Key, Opener, Profile};
use crate::name::{KeyRef, Label, ProviderId};
use crate::secret::Secret;

/// One of the two copies, as git calls them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The one that is merged into.
    Ours,
    /// The one that is merged.
    Theirs,
}

/// What a conflict is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A key, by its provider and label.
    Key(KeyRef),
    /// Which key of a provider is the active one.
    Active(ProviderId),
    /// The profile as a whole.
    Profile,
}

/// Something that both sides changed, each in its own way. Holds names and no values.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Conflict {
    /// What it is about.
    pub part: Part,
    /// The field, or what was done.
    pub what: String,
}

impl fmt::Display for Conflict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.part {
            Part::Key(key) => write!(out, "{key}: {}", self.what),
            Part::Active(provider) => write!(out, "{provider}: {}", self.what),
            Part::Profile => write!(out, "the profile: {}", self.what),
        }
    }
}

/// Why two copies were not merged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    /// Two profiles, and not two copies of one: neither knows the vault secret of the other.
    #[error("they are not copies of one profile: their vault secrets differ")]
    Strangers,
    /// Nobody but a person can tell what is right.
    #[error("both sides changed the same in different ways")]
    Conflicts(Vec<Conflict>),
    /// Nobody would be left to open the result.
    #[error("together, the two sides removed all recipients")]
    NoRecipients,
}

/// Who decides a conflict; `None` leaves it open.
pub type Decide<'a> = dyn Fn(&Conflict) -> Option<Side> + 'a;

impl Profile {
    /// Merges two copies of a profile that were one at `base`; without one, both sides made all that they hold.
    ///
    /// The result is one write later than the newer of both. Where each side knows a vault secret that the other does not,
    /// as where both took somebody out, `fresh` is the new one: what either had, one of those who are gone knows.
    pub fn merge(
        base: Option<&Self>,
        ours: &Self,
        theirs: &Self,
        fresh: &Secret,
        decide: &Decide<'_>,
    ) -> Result<Self, MergeError> {
        let is_kin = ours.vaults().any(|one| theirs.vaults().any(|other| one.same_as(other)));
        if !is_kin || !base.is_none_or(|base| ours.is_kin(base) && theirs.is_kin(base)) {
            return Err(MergeError::Strangers);
        }
        let nothing = Self::new(ours.vault().clone(), Vec::new());
        let base = base.unwrap_or(&nothing);
        let mut merging = Merging { decide, conflicts: Vec::new() };
        let (older, newer) = match (ours.descends_from(theirs), theirs.descends_from(ours)) {
            (true, false) => (theirs, ours),
            (false, true) => (ours, theirs),
            // In one order, whichever side is which: also where each knows the other's secret, and other ones besides.
            _ if ours.vaults().map(Secret::expose).lt(theirs.vaults().map(Secret::expose)) => (theirs, ours),
            _ => (ours, theirs),
        };
        let mut vault = newer.vault.clone();
        vault.learn(&older.vault);
        if !newer.descends_from(older) {
            vault.renew(fresh.clone());
        }
        let followed = merging.follow(base, ours, theirs);
        let [base, ours, theirs] = followed.as_ref().map_or([base, ours, theirs], <[Self; 3]>::each_ref);
        let keys = merging.keys(base, ours, theirs);
        let mut merged = Self {
            vault,
            generation: ours.generation.max(theirs.generation),
            recipients: entries::set(&base.recipients, &ours.recipients, &theirs.recipients),
            openers: merging.openers(&base.openers, &ours.openers, &theirs.openers),
            active: merging.active(base, ours, theirs, &keys),
            keys,
            unknown: merging.table(&Part::Profile, &base.unknown, &ours.unknown, &theirs.unknown),
        };
        merged.mark_seen([ours, theirs]);
        merged.advance();
        if !merging.conflicts.is_empty() {
            merging.conflicts.sort();
            merging.conflicts.dedup();
            return Err(MergeError::Conflicts(merging.conflicts));
        }
        // Each may have removed the other.
        if merged.recipients.is_empty() && !(ours.recipients.is_empty() && theirs.recipients.is_empty()) {
            return Err(MergeError::NoRecipients);
        }
        Ok(merged)
    }
}

impl Profile {
    /// Whoever was removed on one side has seen what the other side put in while it was still sealed for them.
    fn mark_seen(&mut self, sides: [&Self; 2]) {
        for gone in self.openers.iter_mut().filter(|one| !self.recipients.contains(&one.recipient)) {
            let Some(removed) = gone.removed else { continue };
            let opened = sides.into_iter().filter(|side| side.recipients.contains(&gone.recipient));
            let late = opened.flat_map(|side| &side.keys).flat_map(|key| {
                let old = key.previous.iter().map(|old| (&old.secret, old.since));
                old.chain([(&key.secret, key.since)]).filter(|(_, since)| *since > removed)
            });
            for (secret, since) in late {
                match secret.fingerprint() {
                    Some(one) => gone.seen.push(one),
                    // Too short to be told by a part: one key too many to rotate is better than one too few.
                    None => gone.removed = gone.removed.max(Some(since)),
                }
            }
            gone.seen.sort();
            gone.seen.dedup();
        }
    }
}

/// A merge on its way.
struct Merging<'a> {
    decide: &'a Decide<'a>,
    conflicts: Vec<Conflict>,
}

impl Merging<'_> {
    /// Which side's value is taken, of what either may have changed.
    fn side<T: PartialEq>(&mut self, part: &Part, what: &str, base: &T, ours: &T, theirs: &T) -> Side {
        if ours == theirs || theirs == base {
            Side::Ours
        } else if ours == base {
            Side::Theirs
        } else {
            self.ask(part, what)
        }
    }

    /// Which side is taken where both contradict each other.
    fn ask(&mut self, part: &Part, what: &str) -> Side {
        let conflict = Conflict { part: part.clone(), what: what.to_owned() };
        (self.decide)(&conflict).unwrap_or_else(|| {
            self.conflicts.push(conflict);
            Side::Ours
        })
    }

    /// The keys of both: those of the base in its order, then the new ones, oldest first.
    fn keys(&mut self, base: &Profile, ours: &Profile, theirs: &Profile) -> Vec<Key> {
        let (mine, other) = (named(ours), named(theirs));
        let mut keys = Vec::with_capacity(ours.keys.len().max(theirs.keys.len()));
        let before = named(base);
        for old in &base.keys {
            let name = (&old.provider, &old.label);
            match (mine.get(&name), other.get(&name)) {
                (None, None) => {}
                (Some(ours), Some(theirs)) => keys.push(self.key(Some(old), ours, theirs)),
                (Some(left), None) => keys.extend(self.removed(old, left, Side::Ours)),
                (None, Some(left)) => keys.extend(self.removed(old, left, Side::Theirs)),
            }
        }
        let is_new = |key: &&Key| !before.contains_key(&(&key.provider, &key.label));
        let mut fresh = Vec::new();
        for key in ours.keys.iter().filter(is_new) {
            fresh.push(match other.get(&(&key.provider, &key.label)) {
                Some(theirs) => self.key(None, key, theirs),
                None => key.clone(),
            });
        }
        let only = theirs.keys.iter().filter(is_new).filter(|key| !mine.contains_key(&(&key.provider, &key.label)));
        fresh.extend(only.cloned());
        fresh.sort_by(|a, b| (a.added, &a.provider, &a.label).cmp(&(b.added, &b.provider, &b.label)));
        keys.append(&mut fresh);
        keys
    }

    /// What is left of a key that one side removed; `side` still has it.
    fn removed(&mut self, old: &Key, left: &Key, side: Side) -> Option<Key> {
        if !key::is_changed(old, left) {
            return None;
        }
        let taken = self.ask(&Part::Key(left.name()), "removed on one side, changed on the other");
        (taken == side).then(|| left.clone())
    }

    /// What is known of the recipients, each record by its recipient and when it came in.
    fn openers(&mut self, base: &[Opener], ours: &[Opener], theirs: &[Opener]) -> Vec<Opener> {
        let find = |list: &[Opener], one: &Opener| {
            list.iter().find(|other| (&other.recipient, other.added) == (&one.recipient, one.added)).cloned()
        };
        let mut fresh: Vec<&Opener> = ours.iter().chain(theirs).filter(|one| find(base, one).is_none()).collect();
        fresh.sort_by(|a, b| (a.added, &a.recipient).cmp(&(b.added, &b.recipient)));
        fresh.dedup_by(|a, b| (&a.recipient, a.added) == (&b.recipient, b.added));
        let mut merged = Vec::new();
        for one in base.iter().chain(fresh) {
            let (before, mine, other) = (find(base, one), find(ours, one), find(theirs, one));
            let taken = match (mine, other) {
                (Some(mine), Some(other)) if mine.is_alike(&other) => mine.together(&other),
                (Some(mine), Some(other)) => {
                    let whom = if one.name.is_empty() { &one.recipient } else { &one.name };
                    let what = format!("what is known of {whom}");
                    match self.side(&Part::Profile, &what, &before.as_ref(), &Some(&mine), &Some(&other)) {
                        Side::Ours => mine.together(&other),
                        Side::Theirs => other.together(&mine),
                    }
                }
                // Nobody who was there is forgotten.
                (Some(one), None) | (None, Some(one)) => one,
                (None, None) => continue,
            };
            merged.push(taken);
        }
        merged
    }

    /// The labels that were chosen, of keys that are still there.
    fn active(
        &mut self,
        base: &Profile,
        ours: &Profile,
        theirs: &Profile,
        keys: &[Key],
    ) -> BTreeMap<ProviderId, Label> {
        let there: BTreeSet<_> = keys.iter().map(|key| (&key.provider, &key.label)).collect();
        let mut active = BTreeMap::new();
        let providers = ours.active.keys().chain(theirs.active.keys().filter(|id| !ours.active.contains_key(*id)));
        for provider in providers {
            let of = |profile: &Profile| profile.active.get(provider).cloned();
            let (before, mine, other) = (of(base), of(ours), of(theirs));
            let part = Part::Active(provider.clone());
            let open = self.conflicts.len();
            let chosen = match self.side(&part, "active key", &before, &mine, &other) {
                Side::Ours => &mine,
                Side::Theirs => &other,
            };
            // Until somebody decided, no side's choice is looked at more closely than the other's.
            if self.conflicts.len() > open {
                continue;
            }
            let Some(label) = chosen else { continue };
            if there.contains(&(provider, label)) {
                active.insert(provider.clone(), label.clone());
            } else if *chosen != before {
                // Just chosen on one side, and removed on the other.
                self.ask(&part, "active key, which the other side removed");
            }
        }
        active
    }

    /// Fields that this byok does not know, each as a whole.
    fn table(&mut self, part: &Part, base: &toml::Table, ours: &toml::Table, theirs: &toml::Table) -> toml::Table {
        let mut merged = toml::Table::new();
        for name in ours.keys().chain(theirs.keys().filter(|name| !ours.contains_key(*name))) {
            let (before, mine, other) = (base.get(name), ours.get(name), theirs.get(name));
            let taken = match self.side(part, name, &before, &mine, &other) {
                Side::Ours => mine,
                Side::Theirs => other,
            };
            if let Some(value) = taken {
                merged.insert(name.clone(), value.clone());
            }
        }
        merged
    }
}

fn named(profile: &Profile) -> BTreeMap<(&ProviderId, &Label), &Key> {
    profile.keys.iter().map(|key| ((&key.provider, &key.label), key)).collect()
}
