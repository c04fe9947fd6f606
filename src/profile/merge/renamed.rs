//! Keys that one side gave another label. The other side, and what both had, follow it: a rename is no removal, and what
//! the other side did to the key is done to it under its new name.

use super::{Merging, Part, Side};
use crate::name::{KeyRef, Label, ProviderId};
use crate::profile::Profile;

/// A key that both had, and that one side has under another label.
struct Renamed<'p> {
    provider: &'p ProviderId,
    old: &'p Label,
    new: &'p Label,
}

impl Renamed<'_> {
    fn apply(&self, profile: &mut Profile) {
        profile.relabel(self.provider, self.old, self.new);
    }

    /// Whether another profile can follow: it has the key under its old label, and none under the new one.
    fn suits(&self, profile: &Profile) -> bool {
        has(profile, self.provider, self.old) && !has(profile, self.provider, self.new)
    }
}

fn has(profile: &Profile, provider: &ProviderId, label: &Label) -> bool {
    profile.keys.iter().any(|key| key.provider == *provider && key.label == *label)
}

/// The keys of `base` that are under one other label in `side`: of one secret, or of one that took its place since, and
/// added at one time.
fn renamed<'p>(base: &'p Profile, side: &'p Profile) -> Vec<Renamed<'p>> {
    let gone = base.keys.iter().filter(|key| !has(side, &key.provider, &key.label));
    gone.filter_map(|old| {
        let mut same = side.keys.iter().filter(|key| {
            let held =
                key.secret.same_as(&old.secret) || key.previous.iter().any(|one| one.secret.same_as(&old.secret));
            key.provider == old.provider && key.added == old.added && held && !has(base, &key.provider, &key.label)
        });
        match (same.next(), same.next()) {
            (Some(new), None) => Some(Renamed { provider: &old.provider, old: &old.label, new: &new.label }),
            _ => None,
        }
    })
    .collect()
}

impl Merging<'_> {
    /// The three copies with each rename done to all of them; `None` where there was none.
    pub(super) fn follow(&mut self, base: &Profile, ours: &Profile, theirs: &Profile) -> Option<[Profile; 3]> {
        let (mine, others) = (renamed(base, ours), renamed(base, theirs));
        if mine.is_empty() && others.is_empty() {
            return None;
        }
        let [mut common, mut left, mut right] = [base.clone(), ours.clone(), theirs.clone()];
        for one in &mine {
            let other = others.iter().find(|other| (other.provider, other.old) == (one.provider, one.old));
            match other {
                Some(other) if other.new != one.new => {
                    let name = KeyRef { provider: one.provider.clone(), label: Some(one.old.clone()) };
                    let (taken, side) = match self.ask(&Part::Key(name), "renamed on both sides") {
                        Side::Ours => (one, &mut right),
                        Side::Theirs => (other, &mut left),
                    };
                    let dropped = if std::ptr::eq(taken, one) { other.new } else { one.new };
                    side.relabel(one.provider, dropped, taken.new);
                    taken.apply(&mut common);
                }
                Some(_) => one.apply(&mut common),
                None if one.suits(&right) => {
                    one.apply(&mut common);
                    one.apply(&mut right);
                }
                None => {}
            }
        }
        for other in &others {
            let is_done = mine.iter().any(|one| (one.provider, one.old) == (other.provider, other.old));
            if !is_done && other.suits(&left) {
                other.apply(&mut common);
                other.apply(&mut left);
            }
        }
        Some([common, left, right])
    }
}
