use super::*;
use crate::name::ProviderId;

fn entry(verb: &str) -> Entry {
    let subject = |id: &str| Subject {
        provider: ProviderId::parse(id).unwrap(),
        label: "".parse().unwrap_or_default(),
        fingerprint: None,
        what: None,
    };
    Entry { verb: verb.to_owned(), ..Entry::default() }.with([subject("openai")])
}

fn verbs(journal: &Journal) -> Vec<String> {
    let log = journal.read(&AtomicBool::default()).unwrap();
    assert_eq!(log.verify(), []);
    log.lines().map(|line| serde_json::from_str::<Entry>(line).unwrap().verb).collect()
}

fn fresh() -> (tempfile::TempDir, Journal) {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::new(folder.path().join("log"), Some("here".to_owned()));
    (folder, journal)
}

#[test]
fn what_was_read_stands_before_the_change_that_came_after_it() {
    let (_folder, journal) = fresh();
    let stop = AtomicBool::default();
    assert_eq!(verbs(&journal), [""; 0]);
    journal.record(&entry("add"), &stop).unwrap();
    for verb in ["env", "get"] {
        journal.note(&entry(verb)).unwrap();
    }
    journal.record(&entry("rm"), &stop).unwrap();
    journal.note(&entry("run")).unwrap();
    assert_eq!(verbs(&journal), ["add", "env", "get", "rm", "run"]);
    assert_eq!(verbs(&journal), ["add", "env", "get", "rm", "run"]);
}

#[test]
fn what_comes_late_into_a_file_that_was_taken_is_found_the_next_time() {
    use std::io::Write as _;
    let (_folder, journal) = fresh();
    let stop = AtomicBool::default();
    journal.note(&entry("env")).unwrap();
    let mut open = std::fs::OpenOptions::new().append(true).open(journal.reads()).unwrap();
    journal.record(&entry("add"), &stop).unwrap();
    writeln!(open, "{}", serde_json::to_string(&entry("late")).unwrap()).unwrap();
    journal.note(&entry("get")).unwrap();
    assert_eq!(verbs(&journal), ["env", "add", "late", "get"]);
}

#[test]
fn a_crash_before_it_is_remembered_doubles_nothing() {
    let (_folder, journal) = fresh();
    let stop = AtomicBool::default();
    journal.record(&entry("add"), &stop).unwrap();
    let before = std::fs::read(journal.folder.join("head.json")).unwrap();
    let at = |second| Entry { at: jiff::Timestamp::from_second(second).unwrap(), ..entry("env") };
    journal.note(&at(1)).unwrap();
    journal.note(&at(2)).unwrap();
    assert_eq!(verbs(&journal), ["add", "env", "env"]);
    disk::overwrite(&journal.folder.join("head.json"), &before).unwrap();
    assert_eq!(verbs(&journal), ["add", "env", "env"]);
}

#[test]
fn a_line_that_was_cut_off_goes_and_the_chain_goes_on() {
    let (_folder, journal) = fresh();
    let stop = AtomicBool::default();
    for verb in ["add", "use"] {
        journal.record(&entry(verb), &stop).unwrap();
    }
    let text = std::fs::read(journal.log()).unwrap();
    disk::overwrite(&journal.log(), &[&text[..], b"{\"v\":1,\"n\":3,\"pre"].concat()).unwrap();
    journal.record(&entry("rm"), &stop).unwrap();
    assert_eq!(verbs(&journal), ["add", "use", "rm"]);
    disk::overwrite(&journal.log(), &text[..text.len() - 1]).unwrap();
    let log = journal.read(&stop).unwrap();
    assert_eq!(log.verify(), [Flaw::Removed { from: 3, to: 3 }]);
}

#[test]
fn it_rolls_over_and_the_chain_goes_on_behind_an_anchor() {
    let (_folder, journal) = fresh();
    let stop = AtomicBool::default();
    let big = Entry { verb: "x".repeat(128 * 1024), ..Entry::default() };
    for _ in 0..88 {
        journal.record(&big, &stop).unwrap();
    }
    let size = |path: PathBuf| std::fs::metadata(path).unwrap().len();
    assert!(size(journal.log()) < 2 * LIMIT && size(journal.old()) < 2 * LIMIT);
    let log = journal.read(&stop).unwrap();
    assert_eq!(log.verify(), []);
    assert!(log.lines().next().unwrap().contains("\"do\":\"continued\""));
    std::fs::remove_file(journal.old()).unwrap();
    assert_eq!(journal.read(&stop).unwrap().verify(), []);
}

#[test]
fn nothing_of_it_is_for_others_to_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_folder, journal) = fresh();
    let stop = AtomicBool::default();
    journal.note(&entry("env")).unwrap();
    journal.record(&entry("add"), &stop).unwrap();
    journal.note(&entry("env")).unwrap();
    for name in disk::names_in(&journal.folder).unwrap() {
        let mode = std::fs::metadata(journal.folder.join(&name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}
