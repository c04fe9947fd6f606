//! The table of cases in `tests/README.md`, held against the tests that there are.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::panic;
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::thread;

/// The names of the tests of one file: functions right below `#[test]`, and what the file's own macro makes of a list.
fn tests_in(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let (mut marked, mut listed) = (false, false);
    for line in text.lines() {
        listed = line.ends_with("! {") && !line.starts_with([' ', 'm']) || listed && line != "}";
        let line = line.trim();
        if let Some(name) = line.strip_suffix([',', ';']).filter(|_| listed) {
            names.insert(name.to_owned());
        }
        if line == "#[test]" {
            marked = true;
        } else if marked && !line.starts_with('#') && !line.starts_with("//") {
            marked = false;
            let name = line.strip_prefix("fn ").and_then(|rest| rest.split('(').next());
            names.extend(name.map(ToOwned::to_owned));
        }
    }
    names
}

fn rust_files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            rust_files(&entry.path(), into);
        } else if entry.path().extension().is_some_and(|ending| ending == "rs") {
            into.push(entry.path());
        }
    }
}

/// Every module of the tests, by its path as the test harness prints it, and of the library, after `src::`.
fn modules() -> BTreeMap<String, BTreeSet<String>> {
    let mut modules = BTreeMap::new();
    for (folder, start) in [("tests", None), ("src", Some("src"))] {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let mut files = Vec::new();
        rust_files(&root, &mut files);
        for file in files {
            let path = file.strip_prefix(&root).unwrap().with_extension("");
            let parts = path.iter().map(|part| part.to_str().unwrap()).filter(|part| *part != "mod");
            let parts: Vec<&str> = start.into_iter().chain(parts).collect();
            modules.insert(parts.join("::"), tests_in(&fs::read_to_string(file).unwrap()));
        }
    }
    modules
}

/// The rows of the table: a case, how grave it is, what it is, and what covers it.
fn rows(text: &str) -> Vec<[&str; 4]> {
    let rows = text.lines().filter_map(|line| {
        let cells: Vec<&str> = line.strip_prefix('|')?.strip_suffix('|')?.split('|').map(str::trim).collect();
        let case = cells.first()?.as_bytes();
        let is_case = case.len() == 3 && case[0].is_ascii_uppercase() && case[1..].iter().all(u8::is_ascii_digit);
        is_case.then(|| cells.try_into().unwrap_or_else(|_| panic!("four cells: {line}")))
    });
    rows.collect()
}

/// The tests that a cell names: whatever stands between backticks and holds `::`.
fn named(cell: &str) -> impl Iterator<Item = (&str, &str)> {
    cell.split('`').skip(1).step_by(2).filter_map(|name| name.rsplit_once("::"))
}

/// The cases that a test answers, each with what it is.
fn cases_of(test: &str) -> Vec<String> {
    let answers = |covered: &str| named(covered).any(|(module, name)| format!("{module}::{name}") == test);
    let rows = rows(include_str!("README.md")).into_iter().filter(|[.., covered]| answers(covered));
    rows.map(|[case, grave, what, _]| format!("{case} [{grave}] {what}")).collect()
}

/// Has whatever test fails from now on name the cases that it answers.
pub(crate) fn name_cases() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |fault| {
            usual(fault);
            for case in cases_of(thread::current().name().unwrap_or_default()) {
                eprintln!("answers case {case}");
            }
        }));
    });
}

#[test]
fn a_test_is_told_with_the_cases_that_it_answers() {
    let cases = cases_of("files::whatever_the_umask_files_are_600_and_folders_700");
    assert_eq!(cases, ["F01 [S1] whatever the umask, all that byok makes is private"]);
    assert!(cases_of("files::nothing_of_this_name").is_empty());
}

#[test]
fn every_test_that_the_table_names_is_there() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/README.md")).unwrap();
    let (rows, modules) = (rows(&text), modules());
    assert!(rows.len() > 150, "{} rows", rows.len());
    let (mut seen, mut faults) = (BTreeSet::new(), Vec::new());
    for [case, grave, what, covered] in rows {
        if !seen.insert(case) {
            faults.push(format!("{case}: stands there twice"));
        }
        if !["S1", "S2", "S3"].contains(&grave) || what.is_empty() {
            faults.push(format!("{case}: no severity or no text"));
        }
        for (module, name) in named(covered) {
            if !modules.get(module).is_some_and(|tests| tests.contains(name)) {
                faults.push(format!("{case}: no test `{module}::{name}`"));
            }
        }
        // A case without a test says why, and one with tests may say what they leave out.
        if named(covered).next().is_none() && !covered.starts_with("not covered: ") && !covered.starts_with("none: ") {
            faults.push(format!("{case}: names no test and does not say why"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_reader_of_the_table_sees_tests_and_rows() {
    assert_eq!(
        tests_in("#[test]\n#[cfg(unix)]\nfn a_b() {\n}\nfn helps() {}\n").into_iter().collect::<Vec<_>>(),
        ["a_b"]
    );
    let rows = rows("| case | S |\n|---|---|\n| A01 | S1 | what | `a::b::c`, in part |\n");
    assert_eq!(rows, [["A01", "S1", "what", "`a::b::c`, in part"]]);
    assert_eq!(named(rows[0][3]).collect::<Vec<_>>(), [("a::b", "c")]);
}
