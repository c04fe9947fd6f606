//! Keys that one side gave another label. The other side, and what both had, follow it: a rename is no removal, and what
//! the other side did to the key is done to it under its new name.

use super::{Merging, Part, Side, named};
use crate::name::{KeyRef, Label, ProviderId};
use crate::profile::{Key, Profile};

/// A key that both had, and that one side has under another label.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Renamed {
    provider: ProviderId,
    old: Label,
    new: Label,
}

impl Renamed {
    fn is_of(&self, other: &Self) -> bool {
        (&self.provider, &self.old) == (&other.provider, &other.old)
    }

    fn back(&self) -> Self {
        Self { provider: self.provider.clone(), old: self.new.clone(), new: self.old.clone() }
    }

    fn part(&self, label: &Label) -> Part {
        Part::Key(KeyRef { provider: self.provider.clone(), label: Some(label.clone()) })
    }
}

/// Whether a key is another one, or came of it by a rotation.
fn comes_of(key: &Key, old: &Key) -> bool {
    key.added == old.added
        && (key.secret.same_as(&old.secret) || key.previous.iter().any(|one| one.secret.same_as(&old.secret)))
}

fn find<'p>(profile: &'p Profile, provider: &ProviderId, label: &Label) -> Option<&'p Key> {
    profile.keys.iter().find(|key| key.provider == *provider && key.label == *label)
}

/// The keys of `base` that are under one other label in `side`.
fn renamed(base: &Profile, side: &Profile) -> Vec<Renamed> {
    let (before, here) = (named(base), named(side));
    let is_here = |old: &Key| here.get(&(&old.provider, &old.label)).is_some_and(|key| comes_of(key, old));
    let mut all: Vec<Renamed> = base
        .keys
        .iter()
        .filter(|old| !is_here(old))
        .filter_map(|old| {
            let is_new = |key: &Key| !before.get(&(&key.provider, &key.label)).is_some_and(|was| comes_of(key, was));
            let mut same =
                side.keys.iter().filter(|key| key.provider == old.provider && comes_of(key, old) && is_new(key));
            match (same.next(), same.next()) {
                (Some(new), None) => {
                    Some(Renamed { provider: old.provider.clone(), old: old.label.clone(), new: new.label.clone() })
                }
                _ => None,
            }
        })
        .collect();
    // A name that was another key's before is free only where that one has a new name, too.
    loop {
        let is_free = |one: &Renamed| {
            let moved = |label: &Label| all.iter().any(|other| other.provider == one.provider && other.old == *label);
            find(base, &one.provider, &one.new).is_none() || moved(&one.new)
        };
        let kept: Vec<Renamed> = all.iter().filter(|one| is_free(one)).cloned().collect();
        if kept.len() == all.len() {
            return all;
        }
        all = kept;
    }
}

/// Does renames to a profile, all at once, so that names can be swapped.
fn apply(profile: &mut Profile, renames: &[Renamed]) {
    for key in &mut profile.keys {
        let to = renames.iter().find(|one| (&one.provider, &one.old) == (&key.provider, &key.label));
        key.label = to.map_or_else(|| key.label.clone(), |one| one.new.clone());
    }
    for (provider, chosen) in &mut profile.active {
        let to = renames.iter().find(|one| (&one.provider, &one.old) == (provider, &*chosen));
        *chosen = to.map_or_else(|| chosen.clone(), |one| one.new.clone());
    }
}

impl Merging<'_> {
    /// The three copies with each rename done to all of them; `None` where there was none.
    pub(super) fn follow(&mut self, base: &Profile, ours: &Profile, theirs: &Profile) -> Option<[Profile; 3]> {
        let (mut mine, mut others) = (renamed(base, ours), renamed(base, theirs));
        if mine.is_empty() && others.is_empty() {
            return None;
        }
        let [mut common, mut left, mut right] = [base.clone(), ours.clone(), theirs.clone()];
        self.settle_both(&mut mine, &mut others, [&mut left, &mut right]);
        self.settle_removed(&mut mine, base, [&mut left, &mut right], Side::Ours);
        self.settle_removed(&mut others, base, [&mut right, &mut left], Side::Theirs);
        self.settle_taken(&mut mine, &mut others, [&mut left, &mut right], Side::Ours);
        self.settle_taken(&mut others, &mut mine, [&mut right, &mut left], Side::Theirs);
        // What both renamed alike is done on both sides already.
        let apart = |list: &[Renamed], other: &[Renamed]| -> Vec<Renamed> {
            list.iter().filter(|one| !other.iter().any(|other| other.is_of(one))).cloned().collect()
        };
        apply(&mut right, &apart(&mine, &others));
        apply(&mut left, &apart(&others, &mine));
        let all: Vec<Renamed> = mine.iter().cloned().chain(apart(&others, &mine)).collect();
        apply(&mut common, &all);
        // What is too entangled is merged name by name.
        let all = [common, left, right];
        all.iter().all(|one| one.twin().is_none()).then_some(all)
    }

    /// One key that has two new names.
    fn settle_both(&mut self, mine: &mut [Renamed], others: &mut [Renamed], [left, right]: [&mut Profile; 2]) {
        for one in mine {
            let Some(other) = others.iter_mut().find(|other| other.is_of(one) && other.new != one.new) else {
                continue;
            };
            let (from, to, side) = match self.ask(&one.part(&one.old), "renamed on both sides") {
                Side::Ours => (other.new.clone(), one.new.clone(), &mut *right),
                Side::Theirs => (one.new.clone(), other.new.clone(), &mut *left),
            };
            apply(side, &[Renamed { provider: one.provider.clone(), old: from, new: to.clone() }]);
            (one.new, other.new) = (to.clone(), to);
        }
    }

    /// One key that a side renamed and the other side removed.
    fn settle_removed(&mut self, list: &mut Vec<Renamed>, base: &Profile, [own, other]: [&mut Profile; 2], side: Side) {
        list.retain(|one| {
            let there = other.keys.iter().any(|key| {
                let was = find(base, &one.provider, &one.old);
                key.provider == one.provider && was.is_some_and(|was| comes_of(key, was) || key.label == was.label)
            });
            if there {
                return true;
            }
            if self.ask(&one.part(&one.old), "removed on one side, renamed on the other") != side {
                own.remove(&one.provider, &one.new);
            }
            false
        });
    }

    /// A new name that the other side has given to another key.
    fn settle_taken(
        &mut self,
        list: &mut Vec<Renamed>,
        others: &mut Vec<Renamed>,
        [own, other]: [&mut Profile; 2],
        side: Side,
    ) {
        let all = list.clone();
        list.retain(|one| {
            let moves = |moved: &Renamed| moved.provider == one.provider && moved.old == one.new;
            let is_free = find(other, &one.provider, &one.new).is_none() || all.iter().any(moves);
            if is_free || others.iter().any(|moved| moved.is_of(one)) {
                return true;
            }
            if find(own, &one.provider, &one.old).is_some() {
                // Its old name is another key's by now: then each name is merged by itself.
                return false;
            }
            let from = others.iter().position(|other| other.provider == one.provider && other.new == one.new);
            if self.ask(&one.part(&one.new), "two keys have this name, one of them a new one") == side {
                // The other key goes back to the name that it had, or goes.
                match from {
                    Some(at) => apply(other, &[others.remove(at).back()]),
                    None => drop(other.remove(&one.provider, &one.new)),
                }
                true
            } else {
                apply(own, &[one.back()]);
                false
            }
        });
    }
}
