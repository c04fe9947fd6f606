//! How the keys of a profile are doing, counted once for whoever tells of it.

use std::collections::BTreeMap;

use byok::profile::{Key, Profile};
use byok::verdict::{Verdict, Worth};
use jiff::{SignedDuration, Timestamp};

/// A key that ends within this time is told of.
const SOON: SignedDuration = SignedDuration::from_hours(14 * 24);

/// A verdict older than this says little of today.
const STALE: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A key older than this is old enough to be replaced.
const OLD: SignedDuration = SignedDuration::from_hours(365 * 24);

/// What can be said of all keys together. Keys are named as they are shown.
#[derive(Default)]
pub(super) struct Glance {
    pub(super) keys: usize,
    pub(super) verdicts: BTreeMap<usize, Vec<String>>,
    pub(super) never: Vec<String>,
    pub(super) silent: Vec<String>,
    pub(super) stale: Vec<String>,
    pub(super) expiring: Vec<(Timestamp, String)>,
    pub(super) expired: Vec<String>,
    pub(super) old: Vec<String>,
    pub(super) due: Vec<String>,
    pub(super) disabled: Vec<String>,
    pub(super) kept: Vec<String>,
    pub(super) last: Option<Timestamp>,
}

impl Glance {
    /// What can be said of the keys of a profile.
    ///
    /// `rotate_after` tells after how many days the secret of a key is to be replaced.
    pub(super) fn of_profile(profile: &Profile, now: Timestamp, rotate_after: impl Fn(&Key) -> Option<u32>) -> Self {
        let mut glance = Self::default();
        for (key, name) in profile.keys().iter().zip(profile.display_all()) {
            glance.count(key, &name.to_string(), now);
            if rotate_after(key).is_some_and(|days| key.rotation_due(days) <= now) {
                glance.due.push(name.to_string());
            }
        }
        glance
    }

    fn count(&mut self, key: &Key, name: &str, now: Timestamp) {
        self.keys += 1;
        if !key.previous.is_empty() {
            self.kept.push(name.to_owned());
        }
        if key.disabled {
            // Nobody waits for it: nothing of it is urgent.
            return self.disabled.push(name.to_owned());
        }
        let tested = key.tested();
        match &tested {
            None => self.never.push(name.to_owned()),
            Some(tested) => {
                self.verdicts.entry(tested.verdict.rank()).or_default().push(name.to_owned());
                self.last = self.last.max(Some(tested.since.as_ref().map_or(tested.at, |since| since.at)));
                if tested.since.is_some() {
                    self.silent.push(name.to_owned());
                }
                // What nobody can test is not tested too seldom.
                if tested.verdict != Verdict::Untestable && now.duration_since(tested.at) > STALE {
                    self.stale.push(name.to_owned());
                }
            }
        }
        // What an earlier byok tested stands in the verdict alone.
        let told = tested.as_ref().and_then(|tested| tested.facts.expires);
        match key.ends().into_iter().chain(told).min() {
            Some(end) if end <= now => self.expired.push(name.to_owned()),
            // What was meant to end soon is no news.
            Some(end) if end.duration_since(now) <= SOON && key.wiped.is_none() => {
                self.expiring.push((end, name.to_owned()));
            }
            _ => {}
        }
        if now.duration_since(key.since) > OLD {
            self.old.push(name.to_owned());
        }
    }

    /// The verdicts that come to this, and the keys that have them.
    pub(super) fn of(&self, worth: Worth) -> impl Iterator<Item = (Verdict, &Vec<String>)> {
        let verdicts = self.verdicts.iter().filter_map(|(rank, names)| Some((*Verdict::ALL.get(*rank)?, names)));
        verdicts.filter(move |(verdict, _)| verdict.worth() == worth)
    }
}

/// The first names of a list.
pub(super) fn listed(names: &[String]) -> String {
    /// More names than these fill the line.
    const SHOWN: usize = 4;
    let shown = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    let more = names.len().saturating_sub(SHOWN);
    if more > 0 { format!("  {shown} and {more} more") } else { format!("  {shown}") }
}
