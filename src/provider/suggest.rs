//! Did you mean …?

use std::collections::BTreeMap;

use crate::name::ProviderId;

/// How many are worth reading.
const MOST: usize = 3;

/// The one of `names` that is the closest to what was typed, if any is close.
pub(super) fn nearest<'a>(typed: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let slips = (typed.chars().count() / 3).clamp(1, 3);
    let near = names.filter_map(|name| match strsim::osa_distance(typed, name) {
        distance if distance <= slips => Some((distance, name)),
        _ if typed.len() >= 3 && name.starts_with(typed) => Some((slips + 1, name)),
        _ => None,
    });
    near.min().map(|(_, name)| name)
}

/// The ids whose name, or another name of theirs, is close to what was typed; the closest first.
pub(super) fn closest<'a>(typed: &str, names: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<ProviderId> {
    let length = typed.chars().count();
    if !(2..=64).contains(&length) {
        return Vec::new();
    }
    // One slip in a short name, three in a long one: further off, a suggestion is a guess.
    let slips = (length / 3).clamp(1, 3);
    let mut best: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (name, id) in names {
        // A name that goes on as typed (`mist` of `mistral`) comes after the slips of the pen.
        let distance = match strsim::osa_distance(typed, name) {
            distance if distance <= slips && distance < name.chars().count() => distance,
            _ if length >= 3 && name.starts_with(typed) => slips + 1,
            _ => continue,
        };
        let rank = (distance, name.len());
        best.entry(id).and_modify(|known| *known = rank.min(*known)).or_insert(rank);
    }
    let mut ranked: Vec<_> = best.into_iter().collect();
    ranked.sort_by_key(|&(_, rank)| rank);
    ranked.into_iter().take(MOST).filter_map(|(id, _)| ProviderId::parse(id).ok()).collect()
}
