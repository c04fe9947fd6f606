//! The plan of the house as a test: a room may name only the rooms on lower floors.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Each room and the rooms that it may name, from the ground up.
const FLOORS: &[(&str, &[&str])] = &[
    ("hex", &[]),
    ("secret", &["hex"]),
    ("name", &[]),
    ("endpoint", &[]),
    ("verdict", &[]),
    ("wash", &[]),
    ("jsonc", &[]),
    ("disk", &[]),
    ("provider", &["name", "secret", "endpoint", "verdict", "wash"]),
    ("profile", &["name", "secret", "verdict"]),
    ("backup", &["name", "secret", "profile"]),
    ("settings", &["name", "wash"]),
    ("project", &["name", "wash"]),
    ("shell", &["name", "secret"]),
    ("export", &["hex", "name", "secret"]),
    ("import", &["name", "secret", "provider"]),
    ("credentials", &["name", "secret", "endpoint", "jsonc", "disk", "provider", "export", "import"]),
    ("setup", &["hex", "name", "jsonc", "shell"]),
    ("scan", &["name", "secret", "provider"]),
    ("redact", &["secret", "provider", "scan"]),
    ("journal", &["hex", "name", "disk"]),
    ("trust", &["hex", "project", "disk"]),
    ("seal", &["secret"]),
    ("keychain", &[]),
    ("held", &["keychain"]),
    ("identity", &["seal", "keychain", "held", "settings", "disk"]),
    ("http", &["endpoint", "verdict"]),
    ("store", &["hex", "name", "secret", "profile", "seal", "disk", "keychain"]),
    ("copies", &["name", "secret", "provider", "credentials", "disk"]),
    (
        "keys",
        &[
            "name", "secret", "endpoint", "provider", "profile", "settings", "import", "disk", "journal", "seal",
            "store", "verdict",
        ],
    ),
    ("resolve", &["name", "secret", "endpoint", "provider", "profile", "settings"]),
    ("probe", &["hex", "name", "secret", "endpoint", "verdict", "wash", "provider", "http"]),
    (
        "access",
        &[
            "name", "secret", "provider", "profile", "settings", "disk", "journal", "seal", "keychain", "held",
            "identity", "store", "keys", "resolve", "probe",
        ],
    ),
    ("admin", &["name", "secret", "verdict", "provider", "http", "probe"]),
];

/// The longest file of the house, in lines, tests aside.
const LONGEST: usize = 400;

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, into);
        } else if path.extension().is_some_and(|end| end == "rs") {
            into.push(path);
        }
    }
}

/// The room that a file of the library belongs to; `None` for the shell, the front door and the build script.
fn room(path: &Path) -> Option<String> {
    let inside = path.strip_prefix(source()).unwrap();
    let first = inside.iter().next().unwrap().to_str().unwrap();
    let outside = first == "bin" || first == "lib.rs" || inside.ends_with("build.rs");
    (!outside).then(|| first.trim_end_matches(".rs").to_owned())
}

/// The rooms that a text names behind `crate::`, also in braces over several lines.
fn named(text: &str) -> BTreeSet<String> {
    let code: String =
        text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
    let mut rooms = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        let list = match rest.strip_prefix('{') {
            Some(inner) => outermost(inner),
            None => vec![rest],
        };
        for one in list {
            let word: String = one.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if !word.is_empty() {
                rooms.insert(word);
            }
        }
    }
    rooms
}

/// The parts of a braced list that commas of the outermost level separate.
fn outermost(inner: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, c) in inner.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                parts.push(&inner[start..at]);
                return parts;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&inner[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts
}

#[test]
fn the_table_itself_points_down() {
    for (at, (room, below)) in FLOORS.iter().enumerate() {
        for other in *below {
            let there = FLOORS[..at].iter().any(|(lower, _)| lower == other);
            assert!(there, "`{room}` may name `{other}`, which is not below it");
        }
    }
}

#[test]
fn every_room_names_only_rooms_below_it() {
    let (mut all, mut wrong) = (Vec::new(), Vec::new());
    files(&source(), &mut all);
    for path in &all {
        let Some(room) = room(path) else { continue };
        let Some((_, below)) = FLOORS.iter().find(|(name, _)| *name == room) else {
            wrong.push(format!("{}: the room `{room}` is not on the plan", path.display()));
            continue;
        };
        for other in named(&fs::read_to_string(path).unwrap()) {
            if other != room && !below.contains(&other.as_str()) {
                wrong.push(format!("{}: `{room}` names `{other}`", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(all.len() > 30, "the reader found only {} files", all.len());
}

#[test]
fn the_reader_sees_lists_over_several_lines() {
    let text =
        "use crate::{\n    name::{KeyRef, Label},\n    store,\n};\nfn f() { crate::disk::read() } // crate::seal\n";
    assert_eq!(named(text).into_iter().collect::<Vec<_>>(), ["disk", "name", "store"]);
}

#[test]
fn no_file_outgrows_its_one_purpose() {
    let mut all = Vec::new();
    files(&source(), &mut all);
    for path in all {
        let text = fs::read_to_string(&path).unwrap();
        let lines = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().lines().count();
        assert!(lines <= LONGEST || path.ends_with("tests.rs"), "{} has {lines} lines", path.display());
    }
}

#[test]
fn the_command_is_small_at_its_door() {
    let lines = fs::read_to_string(source().join("bin/byok/main.rs")).unwrap().lines().count();
    assert!(lines <= 40, "main.rs has {lines} lines");
}
