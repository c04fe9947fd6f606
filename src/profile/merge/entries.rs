//! Lists in which an entry is there or is not: what either side put in is in, what either side took out is out.

/// Merges lists as sets: those of the base in its order, then the new ones, sorted.
pub(super) fn set<T: Ord + Clone>(base: &[T], ours: &[T], theirs: &[T]) -> Vec<T> {
    let kept = base.iter().filter(|entry| ours.contains(entry) && theirs.contains(entry));
    let mut fresh: Vec<&T> = ours.iter().chain(theirs).filter(|entry| !base.contains(entry)).collect();
    fresh.sort();
    fresh.dedup();
    kept.chain(fresh).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_either_side_did_is_done() {
        let words = |text: &'static str| text.split_whitespace().collect::<Vec<_>>();
        for (base, ours, theirs, merged) in [
            ("", "", "", ""),
            ("c a b", "c a b", "c a b", "c a b"),
            ("a b", "a", "b", ""),
            ("a b", "a b d", "b c d", "b c d"),
            ("", "b", "a", "a b"),
        ] {
            assert_eq!(set(&words(base), &words(ours), &words(theirs)), words(merged), "{base} | {ours} | {theirs}");
            assert_eq!(set(&words(base), &words(theirs), &words(ours)), words(merged), "{base} | {theirs} | {ours}");
        }
    }
}
