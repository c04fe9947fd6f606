//! Whether a file lies in a git work tree that would take it along. Reads git's files, and starts nothing.
//!
//! Of the rules for ignoring, those that people write are known; where a rule is not understood, it ignores nothing.

use std::path::{Path, PathBuf};

use byok::disk;

/// The largest of git's files that is read, in bytes.
const LIMIT: u64 = 64 * 1024 * 1024;

/// A file that git takes along.
pub(super) struct Exposed {
    /// The work tree's folder.
    pub(super) tree: PathBuf,
    /// Whether git has it already.
    pub(super) tracked: bool,
}

/// How git would take this file along; `None` where it does not.
pub(super) fn exposed(file: &Path) -> Option<Exposed> {
    let file = std::fs::canonicalize(file).ok()?;
    let tree = file.ancestors().skip(1).find(|folder| folder.join(".git").symlink_metadata().is_ok())?.to_owned();
    let inside = file.strip_prefix(&tree).ok()?.to_str()?.to_owned();
    let read = |path: &Path| disk::read_public(path, LIMIT).ok().flatten();
    let index = read(&tree.join(".git/index")).unwrap_or_default();
    // An entry is its path behind numbers, and ends in a zero.
    let entry = [inside.as_bytes(), b"\0"].concat();
    let tracked = index.windows(entry.len()).any(|part| part == entry);
    let mut rules = Vec::new();
    let mut add = |file: PathBuf, folder: &str| {
        let text = read(&file).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        rules.extend(text.lines().map(|rule| (folder.to_owned(), rule.to_owned())));
    };
    add(tree.join(".git/info/exclude"), "");
    add(tree.join(".gitignore"), "");
    let mut at = String::new();
    for part in inside.split('/').rev().skip(1).collect::<Vec<_>>().into_iter().rev() {
        at.extend([part, "/"]);
        add(tree.join(&at).join(".gitignore"), &at);
    }
    (tracked || !is_ignored(&inside, &rules)).then_some(Exposed { tree, tracked })
}

/// Whether rules, each with the folder that it stands in, ignore a path; the last that fits decides. Pure.
fn is_ignored(path: &str, rules: &[(String, String)]) -> bool {
    // A folder that is ignored takes along whatever is in it, whatever is said of that.
    let ends = path.match_indices('/').map(|(at, _)| (at, true)).chain([(path.len(), false)]);
    for (end, is_folder) in ends {
        let part = &path[..end];
        let mut ignored = false;
        for (folder, rule) in rules {
            let (rule, wanted) = rule.strip_prefix('!').map_or((rule.as_str(), true), |rule| (rule, false));
            if part.strip_prefix(folder.as_str()).is_some_and(|part| fits(rule.trim_end(), part, is_folder)) {
                ignored = wanted;
            }
        }
        if ignored {
            return true;
        }
    }
    false
}

/// Whether a rule means just this path.
fn fits(rule: &str, path: &str, is_folder: bool) -> bool {
    if rule.is_empty() || rule.starts_with('#') || rule.contains(['\\', '[']) {
        return false;
    }
    let (rule, only_folders) = rule.strip_suffix('/').map_or((rule, false), |rule| (rule, true));
    if only_folders && !is_folder {
        return false;
    }
    let rule = rule.strip_prefix("**/").unwrap_or(rule);
    if rule.contains('/') {
        let rule = rule.strip_prefix('/').unwrap_or(rule);
        return matches(rule.as_bytes(), path.as_bytes());
    }
    matches(rule.as_bytes(), path.rsplit('/').next().unwrap_or(path).as_bytes())
}

/// `*` is anything but `/`, `**` anything, `?` one character.
fn matches(rule: &[u8], text: &[u8]) -> bool {
    match rule {
        [] => text.is_empty(),
        [b'*', b'*', rest @ ..] => (0..=text.len()).any(|at| matches(rest, &text[at..])),
        [b'*', rest @ ..] => {
            let end = text.iter().position(|byte| *byte == b'/').unwrap_or(text.len());
            (0..=end).any(|at| matches(rest, &text[at..]))
        }
        [b'?', rest @ ..] => text.first().is_some_and(|byte| *byte != b'/') && matches(rest, &text[1..]),
        [first, rest @ ..] => text.first() == Some(first) && matches(rest, &text[1..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_as_git_reads_them() {
        let ignored = |rules: &[(&str, &str)]| {
            let rules: Vec<_> = rules.iter().map(|(at, rule)| ((*at).to_owned(), (*rule).to_owned())).collect();
            is_ignored(".local/byok/identity.txt", &rules)
        };
        for rule in [
            "identity.txt",
            "*.txt",
            ".local/",
            ".local",
            "/.local/byok",
            "**/byok/",
            "*",
            "i*y.tx?",
            "byok/",
            "/.local/**",
        ] {
            assert!(ignored(&[("", rule)]), "{rule}");
        }
        for rule in
            ["", "#identity.txt", "byok", "*.age", "/identity.txt", "local", "identity.txt/", "byok/identity.txt"]
        {
            assert_eq!(ignored(&[("", rule)]), rule == "byok", "{rule}");
        }
        assert!(ignored(&[(".local/byok/", "/identity.txt")]));
        assert!(!ignored(&[("", "*.txt"), ("", "!identity.txt")]));
        assert!(ignored(&[("", ".local/"), ("", "!identity.txt")]));
    }
}
