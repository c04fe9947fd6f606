use super::*;
use crate::name::{Label, ProfileName, ProviderId};

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
    let journal =
        Journal::new(folder.path().join("log"), Actor { machine: Some("here".to_owned()), ..Actor::default() });
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
    const LIMIT: u64 = 1024 * 1024;
    let (_folder, journal) = fresh();
    let journal = Journal { limit: LIMIT, ..journal };
    let stop = AtomicBool::default();
    let big = Entry { verb: "x".repeat(128 * 1024), ..Entry::default() };
    for _ in 0..30 {
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

#[test]
fn what_only_reads_does_not_pile_up_without_a_change() {
    let (_folder, journal) = fresh();
    let stop = AtomicBool::default();
    let many = "x".repeat(300);
    let long = Entry { actor: Actor { program: Some(many), ..Actor::default() }, ..entry("get") };
    journal.note(&long).unwrap();
    journal.settle(&stop).unwrap();
    assert!(journal.reads().exists());
    while disk::tail(&journal.reads(), 0).unwrap().1 < MANY {
        journal.note(&long).unwrap();
    }
    journal.settle(&stop).unwrap();
    assert!(!journal.reads().exists());
    assert_eq!(journal.chain().unwrap().verify(), []);
    assert!(journal.chain().unwrap().lines().count() > 1000);
}

#[test]
fn the_last_use_of_a_key_is_the_latest_whatever_the_order_of_the_lines() {
    let at = |second| jiff::Timestamp::from_second(second).unwrap();
    let profile = ProfileName::default();
    let read = |verb: &str, second| Entry { at: at(second), profile: Some(profile.clone()), ..entry(verb) };
    let (_folder, journal) = fresh();
    for entry in [read("env", 30), read("get", 20), Entry { generation: Some(2), ..read("add", 40) }] {
        journal.note(&entry).unwrap();
    }
    let uses = journal.peek().unwrap().uses(&profile);
    let of = |uses: &Uses, id: &str| uses.last(&ProviderId::parse(id).unwrap(), &Label::default(), None).cloned();
    assert_eq!(uses.since, Some(at(30)));
    assert_eq!(of(&uses, "openai").map(|one| (one.at, one.verb)), Some((at(30), "env".to_owned())));
    assert_eq!(of(&uses, "groq"), None);
    // More keys than an entry names: any may have been one of them.
    journal.note(&Entry { more: 3, ..read("env", 50) }).unwrap();
    let uses = journal.peek().unwrap().uses(&profile);
    assert_eq!(of(&uses, "groq").map(|one| one.at), Some(at(50)));
}

#[test]
fn what_was_taken_off_the_end_is_missed_also_when_the_log_goes_on() {
    let stop = AtomicBool::default();
    for (change, flaw) in [
        ((|line: &str| line.replace("rm", "em")) as fn(&str) -> String, Flaw::Changed { n: 3 }),
        (|_| String::new(), Flaw::Removed { from: 3, to: 3 }),
    ] {
        let (_folder, journal) = fresh();
        for verb in ["add", "edit", "rm"] {
            journal.record(&entry(verb), &stop).unwrap();
        }
        let text = std::fs::read_to_string(journal.log()).unwrap();
        let last = text.lines().last().unwrap();
        let text = text.replace(&format!("{last}\n"), &change(&format!("{last}\n")));
        disk::overwrite(&journal.log(), text.as_bytes()).unwrap();
        // What was only read is taken in by the very look.
        journal.note(&entry("get")).unwrap();
        assert_eq!(journal.read(&stop).unwrap().verify(), std::slice::from_ref(&flaw));
        journal.record(&entry("add"), &stop).unwrap();
        assert_eq!(journal.read(&stop).unwrap().verify(), [flaw]);
    }
}
