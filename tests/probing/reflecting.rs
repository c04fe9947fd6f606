//! L07, U02: what a provider sends back of the key, or to a terminal, goes no further.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use byok::verdict::{Tested, Verdict};

use super::{OPENAI, ask, candidate, openai_that, options, setup};
use crate::upstream::{Authority, Reply, Upstream};

/// With signs that every coding writes in its own way.
const KEY: &str = "sk-proj-Can4ry+Vq8/ZtW2==mXb7~~~~~~~~~~~~KpL3????????????nYd6/RfH9=sJc5Gv";

/// The shortest part that counts as one.
const PART: usize = 8;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn percent(text: &str, every: bool) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if !every && (byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte)) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").unwrap();
        }
        out
    })
}

/// The key as a provider may send it back.
fn forms() -> Vec<String> {
    let mut forms = vec![
        KEY.to_owned(),
        KEY.to_uppercase(),
        KEY.to_lowercase(),
        KEY[KEY.len() / 2..].to_owned(),
        hex(KEY.as_bytes()),
        hex(KEY.as_bytes()).to_uppercase(),
        percent(KEY, false),
        percent(KEY, false).to_lowercase(),
        percent(KEY, true),
    ];
    // In base64, the same key begins in three ways, as what stands before it is long.
    for before in ["", "Bearer ", "key: ", "{\"k\":\""] {
        forms.push(STANDARD.encode(format!("{before}{KEY}")));
        forms.push(URL_SAFE_NO_PAD.encode(format!("{before}{KEY}")));
    }
    forms
}

/// Asserts that no part of the form is left; but for its beginning, which may be of what stood before the key.
#[track_caller]
fn free_of(form: &str, tested: &Tested) {
    const BEFORE: usize = 12;
    let text = serde_json::to_string(tested).unwrap().to_lowercase();
    let form = form.to_lowercase();
    let left: Vec<_> = form.as_bytes()[BEFORE..]
        .windows(PART)
        .filter(|part| text.as_bytes().windows(PART).any(|there| there == *part))
        .map(String::from_utf8_lossy)
        .collect();
    assert!(left.is_empty(), "{left:?} of {form} in {text}");
}

#[test]
fn no_message_holds_the_key_in_any_writing() {
    let answer = Arc::new(Mutex::new((0, String::new())));
    let theirs = Arc::clone(&answer);
    let (upstream, setup) = openai_that(move |_| {
        let (status, message) = theirs.lock().unwrap().clone();
        Reply::json(status, &serde_json::json!({ "error": { "message": message } }).to_string())
    });
    for form in forms() {
        for status in [200, 400, 401, 403, 429] {
            *answer.lock().unwrap() = (status, format!("no key {form} here"));
            let (tested, _) = ask(&setup, &candidate("openai", KEY, &[]), &options());
            free_of(&form, &tested);
            let says = tested.says.unwrap();
            assert!(says.contains("no key ") && says.contains('…'), "{status} {form}: {says}");
        }
    }
    assert!(!upstream.seen().is_empty());
}

#[test]
fn no_fact_holds_the_key_in_any_writing() {
    let answer = Arc::new(Mutex::new(String::new()));
    let theirs = Arc::clone(&answer);
    let (upstream, setup) = openai_that(move |_| {
        let form = theirs.lock().unwrap().clone();
        Reply::json(200, r#"{"data":[1]}"#)
            .header("openai-organization", &form)
            .header("openai-project", &format!("x{form}"))
    });
    for form in forms() {
        answer.lock().unwrap().clone_from(&form);
        let (tested, _) = ask(&setup, &candidate("openai", KEY, &[]), &options());
        assert_eq!(tested.verdict, Verdict::Valid);
        free_of(&form, &tested);
        let facts = tested.facts;
        let short = |text: Option<String>| assert!(text.unwrap().contains('…'));
        short(facts.organisation);
        short(facts.project);
    }
    assert!(!upstream.seen().is_empty());
}

#[test]
fn no_redirect_names_the_key() {
    let location = format!("https://{}.evil.example/?k={KEY}", "can4ryvq8ztw2mxb7kpl3nyd6rfh9sjc5gv");
    let key = "sk-proj-Can4ryVq8ZtW2mXb7KpL3nYd6RfH9sJc5Gv";
    let (upstream, setup) = openai_that(move |_| Reply::redirect(302, &location));
    let (tested, _) = ask(&setup, &candidate("openai", key, &[]), &options());
    assert_eq!(tested.says.as_deref(), Some("a redirect to ….evil.example, which byok does not follow"));
    drop(upstream);
}

/// What else the request was made into: a login in base64, a body, a query.
#[test]
fn no_message_holds_what_the_key_was_made_into() {
    let authority = Authority::new();
    let names = ["api.cursor.com", "api.wandb.ai", "iam.cloud.ibm.com", "serpapi.com"];
    let upstream = Upstream::https(&authority, &names, |seen| {
        let login = seen.header("authorization").unwrap_or_default();
        let body = String::from_utf8_lossy(&seen.body);
        let message = format!("bad request: {login} {body} {}", seen.target);
        Reply::json(
            401,
            &serde_json::json!({ "error": { "message": message }, "error_description": message }).to_string(),
        )
    });
    let setup = setup(&authority, &names.map(|name| (name, upstream.address())));
    let key = "Can4ryVq8ZtW2mXb7KpL3nYd6RfH9sJc5Gv0TuQ1";
    for provider in ["cursor", "wandb", "watsonx", "serpapi"] {
        let (tested, traces) = ask(&setup, &candidate(provider, key, &[]), &options());
        assert_eq!(traces.len(), 1, "{provider}: {tested:?}");
        free_of(&format!("------------{key}"), &tested);
        for login in [format!("{key}:"), format!("api:{key}")] {
            free_of(&format!("------------{}", STANDARD.encode(login)), &tested);
        }
    }
}

/// Nothing of what a terminal would obey, whoever says it: colours, titles, the clipboard, direction, no width.
#[test]
fn nothing_that_comes_back_steers_a_terminal() {
    const HOSTILE: &str = "a\u{1b}[31mb\u{1b}]52;c;ZXZpbA==\u{7}c\u{9b}2Jd\u{90}e\u{202e}f\u{2066}g\u{200b}h\u{feff}i\
        \u{61c}j\r\nk\tl\u{8}m\u{2028}n";
    let steers = |text: &str| {
        let marks = ['\u{61c}', '\u{200b}', '\u{202e}', '\u{2028}', '\u{2066}', '\u{feff}'];
        text.chars().any(|c| c.is_control() || marks.contains(&c))
    };
    let body = serde_json::json!({ "error": { "message": HOSTILE } }).to_string();
    let (upstream, setup_openai) = openai_that(move |_| Reply::json(400, &body));
    let (tested, _) = ask(&setup_openai, &candidate("openai", KEY, &[]), &options());
    let says = tested.says.unwrap();
    assert!(!steers(&says) && says.starts_with("a [31mb") && says.ends_with('n'), "{says:?}");
    drop(upstream);

    // As OpenRouter calls a key.
    let host = "openrouter.ai";
    let authority = Authority::new();
    let body = serde_json::json!({ "data": { "label": HOSTILE, "limit": 1, "usage": 0 } }).to_string();
    let upstream = Upstream::https(&authority, &[host, OPENAI], move |_| Reply::json(200, &body));
    let setup = setup(&authority, &[(host, upstream.address())]);
    let (tested, _) = ask(&setup, &candidate("openrouter", "sk-or-v1-0123456789abcdef", &[]), &options());
    let owner = tested.facts.owner.unwrap_or_else(|| panic!("no owner: {:?}", tested.says));
    assert!(!steers(&owner) && owner.starts_with("a [31mb") && owner.ends_with('n'), "{owner:?}");
}
