//! Whether a file lies in a git work tree that would take it along. Reads git's files, and starts nothing.

use std::path::{Path, PathBuf};

use byok::copies;
use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

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
    let tracked = copies::is_tracked(&file);
    (tracked || !is_ignored(&tree, &file)).then_some(Exposed { tree, tracked })
}

/// Whether the rules of a work tree ignore a file. A folder that is ignored takes along whatever is in it.
fn is_ignored(tree: &Path, file: &Path) -> bool {
    let inside: Vec<&Path> = file.ancestors().take_while(|path| *path != tree).collect();
    // The rules of each folder from the file's own upwards: the nearest decide.
    let mut rules: Vec<Gitignore> = file
        .ancestors()
        .skip(1)
        .take_while(|folder| folder.starts_with(tree))
        .map(|folder| Gitignore::new(folder.join(".gitignore")).0)
        .collect();
    let mut own = GitignoreBuilder::new(tree);
    let _ = own.add(tree.join(".git/info/exclude"));
    rules.extend(own.build());
    inside.iter().rev().any(|path| {
        let decided = rules.iter().filter(|rules| path.starts_with(rules.path()) && *path != rules.path());
        let matched = decided.map(|rules| rules.matched(path, *path != file)).find(|matched| !matched.is_none());
        matches!(matched, Some(Match::Ignore(_)))
    })
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a repository that a person has made")]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn rules_are_read_as_git_reads_them() {
        let ignored = |rules: &[(&str, &str)]| {
            let tree = tempfile::tempdir().unwrap();
            let file = tree.path().join(".local/byok/identity.txt");
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, "").unwrap();
            for (folder, rules) in rules {
                fs::create_dir_all(tree.path().join(folder)).unwrap();
                let name = if *folder == ".git/info" { "exclude" } else { ".gitignore" };
                fs::write(tree.path().join(folder).join(name), rules).unwrap();
            }
            is_ignored(tree.path(), &file)
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
            "byok",
            "/.local/**",
            "[i]dentity.txt",
        ] {
            assert!(ignored(&[("", rule)]), "{rule}");
        }
        for rule in ["", "#identity.txt", "*.age", "/identity.txt", "local", "identity.txt/", "byok/identity.txt"] {
            assert!(!ignored(&[("", rule)]), "{rule}");
        }
        assert!(ignored(&[(".git/info", "*.txt")]));
        assert!(ignored(&[(".local/byok/", "/identity.txt")]));
        assert!(!ignored(&[("", "*.txt\n!identity.txt")]));
        assert!(!ignored(&[("", "*.txt"), (".local/byok", "!identity.txt")]));
        assert!(ignored(&[("", ".local/\n!identity.txt")]));
    }
}
