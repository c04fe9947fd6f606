//! The log: any lines are read, and whatever is done to a line of a true one is found.

use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use byok::journal::{Actor, Entry, Journal};
use byok::name::ProfileName;

/// The rest after the first byte is a log's text, or (for an odd one) a change to a true one: where, and to what.
pub fn run(input: &[u8]) {
    thread_local! {
        static FOLDER: tempfile::TempDir = tempfile::tempdir().expect("a folder for a while");
    }
    let Some((first, rest)) = input.split_first() else { return };
    FOLDER.with(|folder| {
        let folder = folder.path().join("log");
        if first % 2 == 0 {
            any(&folder, rest);
        } else {
            changed(&folder, rest);
        }
        let _ = fs::remove_dir_all(&folder);
    });
}

fn entry(number: usize) -> Entry {
    Entry { verb: format!("verb-{number}"), ..Entry::default() }
}

/// A log that somebody else wrote.
fn any(folder: &Path, text: &[u8]) {
    let (journal, stop) = (Journal::new(folder.to_owned(), Actor::default()), AtomicBool::default());
    journal.record(&entry(0), &stop).expect("a new log");
    for name in ["log.jsonl", "reads.jsonl"] {
        fs::write(folder.join(name), text).unwrap();
        private(&folder.join(name));
    }
    let log = journal.peek().expect("it can be read");
    let _ = (log.verify(), log.uses(&ProfileName::default()).since);
    journal.record(&entry(1), &stop).expect("it goes on");
    let log = journal.read(&stop).expect("it can be read");
    let last = log.lines().next_back().expect("a line was added");
    assert!(last.contains("\"verb-1\""), "the last line is another");
    let (before, count) = (log.verify(), log.lines().count());
    let log = journal.read(&stop).expect("it can be read again");
    assert_eq!((log.verify(), log.lines().count()), (before, count), "reading twice changes it");
}

/// A log of byok's own, with one change.
fn changed(folder: &Path, rest: &[u8]) {
    let [high, low, how, new @ ..] = rest else { return };
    let (journal, stop) = (Journal::new(folder.to_owned(), Actor::default()), AtomicBool::default());
    for number in 0..4 {
        journal.record(&entry(number), &stop).expect("a line more");
    }
    let path = folder.join("log.jsonl");
    let old = fs::read(&path).unwrap();
    let at = (usize::from(*high) << 8 | usize::from(*low)) % old.len();
    let mut text = old.clone();
    match how % 3 {
        0 => drop(text.splice(at..=at, new.iter().copied())),
        1 => drop(text.splice(at..at, new.iter().copied())),
        _ => text.truncate(at),
    }
    // White space between lines is nothing.
    let lines = |text: &[u8]| String::from_utf8_lossy(text).lines().map(str::to_owned).collect::<Vec<_>>();
    fs::write(&path, &text).unwrap();
    let flaws = journal.chain().expect("it can be read").verify();
    assert_eq!(flaws.is_empty(), lines(&text) == lines(&old), "{flaws:?}");
}

#[cfg(unix)]
fn private(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

#[cfg(not(unix))]
fn private(_: &Path) {}
