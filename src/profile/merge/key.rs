//! One key that both sides have, field by field.

use std::collections::BTreeMap;

use super::{Merging, Part, Side, entries, secret};
use crate::profile::Key;

/// The field of a key that says where it goes.
const ENDPOINT: &str = "endpoint";

/// Whether a person changed a key, or byok its secret; what a test or the passing of time did counts for nothing.
pub(super) fn is_changed(old: &Key, new: &Key) -> bool {
    let mut plain = new.clone();
    // The machine counts its uptime in it.
    if ends(old) == ends(new) {
        plain.wiped.clone_from(&old.wiped);
    }
    !old.secret.same_as(&new.secret) || !plain.is_described_as(old)
}

fn ends(key: &Key) -> Option<jiff::Timestamp> {
    key.wiped.as_ref().map(|wiped| wiped.at)
}

/// Where a key goes, and the host that it is bound to.
fn address(key: &Key) -> (Option<&String>, Option<&String>) {
    (key.fields.get(ENDPOINT), key.host.as_ref())
}

impl Merging<'_> {
    /// A key that both sides have; `base` is the one that both had before.
    pub(super) fn key(&mut self, base: Option<&Key>, ours: &Key, theirs: &Key) -> Key {
        let part = Part::Key(ours.name());
        // What was made on both sides is held against a key of which nothing is said.
        let blank = || Key::new(ours.provider.clone(), ours.label.clone(), ours.secret.clone(), ours.added);
        let (is_fresh, base) = (base.is_none(), base.cloned().unwrap_or_else(blank));
        let base = &base;
        let mut key = ours.clone();
        macro_rules! each {
            ($($field:ident)*) => {$(
                let what = stringify!($field);
                if self.side(&part, what, &base.$field, &ours.$field, &theirs.$field) == Side::Theirs {
                    key.$field.clone_from(&theirs.$field);
                }
            )*};
        }
        each!(env rotate_after exported disabled admin note);
        key.added = ours.added.min(theirs.added);
        key.updated = ours.updated.max(theirs.updated);
        key.tags = entries::set(&base.tags, &ours.tags, &theirs.tags);
        key.tags.sort();
        key.unknown = self.table(&part, &base.unknown, &ours.unknown, &theirs.unknown);
        let newest = self.secret(&part, (!is_fresh).then_some(base), ours, theirs, &mut key);
        // What was said of the old secret may not hold of the new one; above all, it must not go where it was not meant to.
        if self.bound(&part, "expires", newest, [base, ours, theirs], |key| key.expires) == Side::Theirs {
            key.expires = theirs.expires;
        }
        let side = self.bound(&part, "wiped", newest, [base, ours, theirs], ends);
        key.wiped = match (&ours.wiped, &theirs.wiped) {
            (Some(mine), Some(other)) if mine.at == other.at => Some(secret::later(mine, other)),
            (mine, other) => if side == Side::Ours { mine } else { other }.clone(),
        };
        let to = self.bound(&part, ENDPOINT, newest, [base, ours, theirs], address);
        self.fields(&part, base, ours, theirs, &mut key);
        let goes = if to == Side::Ours { ours } else { theirs };
        key.host.clone_from(&goes.host);
        if let Some(endpoint) = goes.fields.get(ENDPOINT) {
            key.fields.insert(ENDPOINT.to_owned(), endpoint.clone());
        }
        test(base, ours, theirs, newest, &mut key);
        key
    }

    /// Like [`Merging::side`], for what belongs to the secret: where one side alone put another secret in, and the other
    /// side changed what belonged to the old one, nobody but a person can tell.
    fn bound<'k, T: PartialEq>(
        &mut self,
        part: &Part,
        what: &str,
        newest: Option<Side>,
        [base, ours, theirs]: [&'k Key; 3],
        get: impl Fn(&'k Key) -> T,
    ) -> Side {
        let (before, mine, other) = (get(base), get(ours), get(theirs));
        let is_stale = match newest {
            Some(Side::Ours) => other != before,
            Some(Side::Theirs) => mine != before,
            None => false,
        };
        if is_stale && mine != other { self.ask(part, what) } else { self.side(part, what, &before, &mine, &other) }
    }

    /// What belongs to the key and is no secret, its address aside.
    fn fields(&mut self, part: &Part, base: &Key, ours: &Key, theirs: &Key, key: &mut Key) {
        let mut merged = BTreeMap::new();
        for name in ours.fields.keys().chain(theirs.fields.keys().filter(|name| !ours.fields.contains_key(*name))) {
            if name == ENDPOINT {
                continue;
            }
            let [before, mine, other] = [base, ours, theirs].map(|key| key.fields.get(name));
            let taken = match self.side(part, name, &before, &mine, &other) {
                Side::Ours => mine,
                Side::Theirs => other,
            };
            if let Some(value) = taken {
                merged.insert(name.clone(), value.clone());
            }
        }
        key.fields = merged;
    }
}

/// What is known of the secret by a test. One that was made with other fields says nothing.
fn test(base: &Key, ours: &Key, theirs: &Key, newest: Option<Side>, key: &mut Key) {
    let taken = match newest {
        Some(Side::Ours) => ours,
        Some(Side::Theirs) => theirs,
        None => secret::tested_last(base, ours, theirs),
    };
    key.tested.clone_from(&taken.tested);
    key.provider_expires = taken.provider_expires;
    if key.fields != taken.fields {
        key.set_tested(None);
    }
}
