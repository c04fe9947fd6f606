//! A key's secret, with the old ones that are kept and what tests said: they change together.

use super::{Merging, Part, Side};
use crate::profile::{Deadline, Key, Previous};

/// The deadline that keeps for longer; of two that say the same, whichever side is which, the same one.
pub(super) fn later(one: &Deadline, other: &Deadline) -> Deadline {
    let rank = |deadline: &Deadline| (deadline.at, deadline.up.as_ref().map(|up| (up.boot.clone(), up.milliseconds)));
    if rank(one) >= rank(other) { one } else { other }.clone()
}

/// The side whose test of the same secret is to be believed: the one that changed, and the later one where both did.
pub(super) fn tested_last<'k>(base: &Key, ours: &'k Key, theirs: &'k Key) -> &'k Key {
    let told = |key: &Key| (key.tested.clone(), key.provider_expires);
    if told(theirs) == told(base) {
        return ours;
    }
    if told(ours) == told(base) {
        return theirs;
    }
    // A newer byok's words are read for their time alone.
    let rank = |key: &Key| (at(&key.tested), told(key));
    if rank(theirs) > rank(ours) { theirs } else { ours }
}

/// When a test was made.
fn at(tested: &str) -> Option<jiff::Timestamp> {
    let document: serde_json::Value = serde_json::from_str(tested).ok()?;
    document.get("at")?.as_str()?.parse().ok()
}

impl Merging<'_> {
    /// Puts the secret that counts into `key`, with the old ones that are kept. Answers with the side that alone put
    /// another in.
    pub(super) fn secret(
        &mut self,
        part: &Part,
        base: Option<&Key>,
        ours: &Key,
        theirs: &Key,
        key: &mut Key,
    ) -> Option<Side> {
        let is_new = |side: &Key| base.is_none_or(|base| !base.secret.same_as(&side.secret));
        let (newest, taken) = if ours.secret.same_as(&theirs.secret) {
            key.since = ours.since.min(theirs.since);
            (None, Side::Ours)
        } else {
            let newest = match (is_new(ours), is_new(theirs)) {
                (true, false) => Some(Side::Ours),
                (false, true) => Some(Side::Theirs),
                _ => None,
            };
            let taken = newest.unwrap_or_else(|| self.ask(part, "secret"));
            key.since = if taken == Side::Ours { ours.since } else { theirs.since };
            (newest, taken)
        };
        key.secret = if taken == Side::Ours { &ours.secret } else { &theirs.secret }.clone();
        let before = base.map(|base| &*base.previous).unwrap_or_default();
        let mut previous = self.previous(part, before, &ours.previous, &theirs.previous);
        previous.retain(|old| !old.secret.same_as(&key.secret));
        key.previous = previous;
        newest
    }

    /// The old secrets that both keep, and those that either put in; what one side has wiped stays wiped.
    fn previous(&mut self, part: &Part, base: &[Previous], ours: &[Previous], theirs: &[Previous]) -> Vec<Previous> {
        fn find<'k>(list: &'k [Previous], wanted: &Previous) -> Option<&'k Previous> {
            list.iter().find(|old| old.secret.same_as(&wanted.secret))
        }
        let mut merged = Vec::new();
        for mine in ours {
            match (find(base, mine), find(theirs, mine)) {
                (None, None) => merged.push(mine.clone()),
                (Some(_), None) => {}
                (before, Some(other)) => merged.push(self.old(part, before, mine, other)),
            }
        }
        let only = theirs.iter().filter(|other| find(ours, other).is_none() && find(base, other).is_none());
        merged.extend(only.cloned());
        merged.sort_by(|a, b| (a.replaced, a.since, a.secret.expose()).cmp(&(b.replaced, b.since, b.secret.expose())));
        merged
    }

    /// One old secret that both keep.
    fn old(&mut self, part: &Part, base: Option<&Previous>, ours: &Previous, theirs: &Previous) -> Previous {
        let told = |old: &Previous| (old.expires, old.provider_expires, old.tested.clone(), old.unknown.clone());
        let before = base.map(told);
        let side = self.side(part, "previous", &before, &Some(told(ours)), &Some(told(theirs)));
        let taken = if side == Side::Ours { ours } else { theirs };
        Previous {
            since: ours.since.min(theirs.since),
            replaced: ours.replaced.min(theirs.replaced),
            kept: later(&ours.kept, &theirs.kept),
            ..taken.clone()
        }
    }
}
