//! What providers' answers mean: every documented outcome of every provider that has a test, read by the real
//! `classify`. The answers stand in `tests/answers/ID.toml`, from the providers' documentation and the field's own tools.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use byok::http::Answer;
use byok::probe::classify;
use byok::provider::{Registry, Test};
use byok::verdict::{Facts, Verdict};
use serde::Deserialize;

/// One file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answers {
    answer: Vec<Written>,
}

/// One answer, and what it means.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    pub(crate) status: u16,
    #[serde(default)]
    pub(crate) body: String,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) verdict: Verdict,
    #[serde(default)]
    pub(crate) tells: Facts,
}

impl Written {
    fn answer(&self) -> Answer {
        let headers = self.headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        Answer { status: self.status, headers, body: self.body.clone().into_bytes(), cut: false }
    }
}

/// Every provider that has a test, with its answers.
pub(crate) fn all() -> Vec<(String, Test, Vec<Written>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/answers");
    let registry = Registry::builtin();
    let tested = registry.ids().into_iter().filter_map(|id| Some((registry.get(&id).test?, id)));
    tested
        .map(|(test, id)| {
            let path = folder.join(format!("{id}.toml"));
            let text = std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("`{id}` has a test and no answers"));
            let read: Answers = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            (id.to_string(), test, read.answer)
        })
        .collect()
}

#[test]
fn every_documented_answer_is_read_as_it_is_meant() {
    let mut wrong = Vec::new();
    let all = all();
    for (id, test, answers) in &all {
        for written in answers {
            let reading = classify(test, &written.answer());
            if reading.verdict != written.verdict || reading.facts != written.tells {
                wrong.push(format!(
                    "{id} {}: {} {:?}\n  expected {} {:?}\n  from {}",
                    written.status, reading.verdict, reading.facts, written.verdict, written.tells, written.body
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(all.len() >= 100, "only {} providers have a test", all.len());
}

#[test]
fn every_provider_has_a_good_answer_and_a_refusal() {
    for (id, _, answers) in all() {
        assert!(answers.iter().any(|one| one.verdict.is_accepted()), "{id}: no good answer");
        assert!(answers.iter().any(|one| one.verdict.is_refused()), "{id}: no refusal");
    }
}

#[test]
fn every_rule_of_an_entry_is_needed_by_some_answer() {
    let mut idle = Vec::new();
    for (id, test, answers) in all() {
        for at in 0..test.when.len() {
            let mut without = test.clone();
            without.when.remove(at);
            let matters = answers.iter().any(|written| {
                let (with, without) = (classify(&test, &written.answer()), classify(&without, &written.answer()));
                with != without
            });
            if !matters {
                idle.push(format!("{id}: {:?}", test.when[at]));
            }
        }
    }
    assert!(idle.is_empty(), "{}", idle.join("\n"));
}

#[test]
fn no_answers_are_left_of_a_provider_that_has_no_test() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/answers");
    let there: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().trim_end_matches(".toml").to_owned())
        .collect();
    let tested: BTreeSet<String> = all().into_iter().map(|(id, ..)| id).collect();
    assert_eq!(there, tested);
}

/// A fault of the network or of a server is never a bad key, whoever's answer it would be.
#[test]
fn what_stands_between_condemns_no_key_of_any_provider() {
    let page = vec![("content-type".to_owned(), "text/html; charset=utf-8".to_owned())];
    for (id, test, _) in all() {
        for (status, headers, body) in [
            (200, page.clone(), "<!DOCTYPE html><html><body>Welcome to the airport</body></html>"),
            (302, vec![("location".to_owned(), "https://portal.example/".to_owned())], ""),
            (403, page.clone(), "<html><title>Attention Required! | Cloudflare</title></html>"),
            (407, Vec::new(), ""),
            (500, Vec::new(), "{}"),
            (502, page.clone(), "<html>Bad Gateway</html>"),
            (503, Vec::new(), ""),
            (511, page.clone(), "<html>Log in to this network</html>"),
            (200, Vec::new(), ""),
            (200, Vec::new(), "OK"),
        ] {
            let reading = classify(&test, &Answer { status, headers, body: body.into(), cut: false });
            assert!(!reading.verdict.is_refused(), "{id}: {status} {body} is {}", reading.verdict);
            assert!(test.plain || !reading.verdict.is_accepted(), "{id}: {status} {body} is {}", reading.verdict);
        }
    }
}
