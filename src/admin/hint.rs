//! What a provider shows of a key, `sk-or-v1-0e6...1c96`, held against a key that is here.

/// What must be shown beyond the beginning that all keys share, in characters: fewer would fit a stranger's key, too.
const ENOUGH: usize = 4;

/// Whether what is shown can be this key. `openings` are the beginnings that the provider's keys share.
pub(super) fn fits<'a>(hint: &str, key: &str, openings: impl Iterator<Item = &'a str>) -> bool {
    let hint = hint.trim();
    let Some(start) = ["..", "*", "…", "•"].iter().filter_map(|mask| hint.find(mask)).min() else { return false };
    let (head, rest) = hint.split_at(start);
    let tail = rest.trim_start_matches(['.', '*', '…', '•']);
    let shared = openings.filter(|opening| head.starts_with(opening)).map(str::len).max().unwrap_or_default();
    let shown = head.len() + tail.len();
    shown < key.len() && shown - shared >= ENOUGH && key.starts_with(head) && key.ends_with(tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_fits_the_key_that_it_was_made_of() {
        let key = "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";
        let fits = |hint: &str| fits(hint, key, ["sk-or-v1-", "sk-or-"].into_iter());
        for hint in ["sk-or-v1-0e6...1c96", "sk-or-v1-0e6…1c96", "sk-or-v1-****1c96", " sk-or-v1-0e6f...*** "] {
            assert!(fits(hint), "{hint}");
        }
        for hint in [
            "sk-or-v1-0e6...1c97",
            "sk-or-v1-0e7...1c96",
            "sk-or-v1-...c96",
            "sk-or-v1-...",
            "...",
            "",
            "Production API key",
            key,
            &format!("{key}...{key}"),
        ] {
            assert!(!fits(hint), "{hint}");
        }
    }
}
