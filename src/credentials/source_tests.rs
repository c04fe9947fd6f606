use jsonc_parser::ast::Value;

use super::source::*;
use super::*;

#[track_caller]
fn cut(text: &str, names: &[&str]) -> String {
    let left = without(text.as_bytes(), |path| names.contains(&path)).unwrap();
    String::from_utf8(left.to_vec()).unwrap()
}

/// The texts of a file by their paths, those of members that come twice included.
fn texts(text: &str) -> Vec<(String, String)> {
    fn walk(value: &Value<'_>, path: &str, into: &mut Vec<(String, String)>) {
        match value {
            Value::Object(object) => {
                object.properties.iter().for_each(|one| walk(&one.value, &below(path, one.name.as_str()), into));
            }
            Value::Array(array) => {
                array.elements.iter().enumerate().for_each(|(at, one)| walk(one, &format!("{path}[{at}]"), into));
            }
            Value::StringLit(text) => into.push((path.to_owned(), text.value.to_string())),
            Value::NumberLit(text) => into.push((path.to_owned(), text.value.to_owned())),
            _ => into.push((path.to_owned(), String::new())),
        }
    }
    let mut all = Vec::new();
    let source = Source::read(text).unwrap();
    source.root.properties.iter().for_each(|one| walk(&one.value, one.name.as_str(), &mut all));
    all
}

#[test]
fn one_member_goes_and_all_else_stays() {
    for (text, names, left) in [
        (r#"{"a": 1, "b": 2}"#, &["a"][..], r#"{"b": 2}"#),
        (r#"{"a": 1, "b": 2}"#, &["b"], r#"{"a": 1}"#),
        (r#"{ "a": 1, "b": 2 }"#, &["b"], r#"{ "a": 1 }"#),
        (r#"{"a":1}"#, &["a"], "{}"),
        ("{\n  \"a\": 1,\n  \"b\": 2,\n  \"c\": 3\n}\n", &["b"], "{\n  \"a\": 1,\n  \"c\": 3\n}\n"),
        ("{\n  \"a\": 1,\n  \"b\": 2\n}", &["b"], "{\n  \"a\": 1\n}"),
        ("{\r\n\t\"a\": 1,\r\n\t\"b\": 2\r\n}\r\n", &["a"], "{\r\n\t\"b\": 2\r\n}\r\n"),
        ("{\n  \"a\": 1,\n  \"b\": 2,\n}", &["b"], "{\n  \"a\": 1,\n}"),
        (
            "{\n  // one\n  \"a\": 1, // two\n  \"b\": 2 // three\n}",
            &["b"],
            "{\n  // one\n  \"a\": 1 // two\n // three\n}",
        ),
        ("{\n  \"a\": 1 /* , */, /* x */\n  \"b\": 2\n}", &["a"], "{\n    /* , */ /* x */\n  \"b\": 2\n}"),
        (
            "{\"a\": {\"b\": 1, \"c\": 1e999}, \"d\": [{\"b\": 2}]}",
            &["a.b", "d[0].b"],
            "{\"a\": {\"c\": 1e999}, \"d\": [{}]}",
        ),
        ("{\"a\": 1, \"x\": 0, \"a\": 1}", &["a"], "{\"x\": 0}"),
        ("{\"a\": 1, \"b\": 2, \"c\": 3}", &["b", "c"], "{\"a\": 1}"),
        ("\u{feff}{\"a\": 1, \"\\u0062\": 2}", &["b"], "\u{feff}{\"a\": 1}"),
        ("{\"a\": 1}", &["none"], "{\"a\": 1}"),
        ("", &["a"], ""),
    ] {
        let found = cut(text, names);
        let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.contains("/* , */") || names.len() > 1 || text.contains("three") {
            assert_eq!(plain(&found).replace("1 }", "1}"), plain(left).replace("1 }", "1}"), "{text:?}");
        } else {
            assert_eq!(found, left, "{text:?}");
        }
    }
}

#[test]
fn a_name_with_two_values_is_refused() {
    let refused = without(br#"{"a": "one", "a": "two"}"#, |path| path == "a").unwrap_err();
    assert_eq!(refused, Broken::Entry { entry: "a".to_owned() });
}

#[test]
fn names_that_would_mislead_are_quoted() {
    assert_eq!(below("", "my.own"), "my.own");
    assert_eq!(below("providers", "openai"), "providers.openai");
    assert_eq!(below("providers", "my.own"), "providers[\"my.own\"]");
    assert_eq!(cut(r#"{"p": {"a.b": 1, "a": {"b": 2}}}"#, &["p.a.b"]), r#"{"p": {"a.b": 1, "a": {}}}"#);
}

fn value(chance: &mut impl FnMut(usize) -> usize, depth: usize, out: &mut String) {
    match chance(if depth > 3 { 3 } else { 5 }) {
        0 => out.push_str(["1", "-0.5e300", "123456789012345678901234567890", "null", "true"][chance(5)]),
        1 | 2 => out.push_str(["\"text\"", "\"a\\\"b\\u00e9\\n, }\"", "\"// no\"", "\"\""][chance(4)]),
        3 => {
            out.push('[');
            let many = chance(4);
            for at in 0..many {
                gap(chance, out);
                value(chance, depth + 1, out);
                gap(chance, out);
                out.push_str(if at + 1 < many { "," } else { "" });
            }
            out.push(']');
        }
        _ => object(chance, depth + 1, out),
    }
}

fn object(chance: &mut impl FnMut(usize) -> usize, depth: usize, out: &mut String) {
    out.push('{');
    let many = chance(5);
    let start = chance(9);
    for at in 0..many {
        gap(chance, out);
        let name = ["a", "b", "c.d", "e\\\"f", "g", "h", "i", "j", "k"][(start + at) % 9];
        out.extend(["\"", name, "\""]);
        gap(chance, out);
        out.push(':');
        gap(chance, out);
        value(chance, depth, out);
        gap(chance, out);
        out.push_str(if at + 1 < many || chance(6) == 0 { "," } else { "" });
    }
    gap(chance, out);
    out.push('}');
}

fn gap(chance: &mut impl FnMut(usize) -> usize, out: &mut String) {
    out.push_str(["", "", " ", "\n", "\r\n  ", "\t", " // , } x\n", "/* { , */"][chance(8)]);
}

#[test]
fn what_is_left_is_what_was_there_without_the_named() {
    // Files by chance: the same at every run.
    let mut seed = 88_172_645_463_325_252_u64;
    let mut chance = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % below as u64).unwrap()
    };
    for _ in 0..4000 {
        let mut text = String::new();
        object(&mut chance, 0, &mut text);
        let before = texts(&text);
        let names: Vec<&str> = before.iter().filter(|_| chance(3) == 0).map(|(path, _)| path.as_str()).collect();
        // An element of a list is no member, and stays.
        let is_gone = |path: &str| {
            names.contains(&path) && !path.ends_with(']') || path.ends_with("\"]") && names.contains(&path)
        };
        let left = cut(&text, &names);
        let expected: Vec<_> = before.iter().filter(|(path, _)| !is_gone(path)).cloned().collect();
        assert_eq!(texts(&left), expected, "{text:?} without {names:?}: {left:?}");
        assert_eq!(cut(&text, &[]), text);
    }
}

#[test]
fn what_is_too_deep_or_no_json_is_an_error_with_its_place() {
    assert!(matches!(Source::read(&"[".repeat(10_000)), Err(Broken::Form { .. })));
    assert!(matches!(Source::read(&("{\"a\":".repeat(10_000) + "1" + &"}".repeat(10_000))), Err(Broken::Form { .. })));
    assert!(matches!(Source::read("{\n  \"é\": x\n}").err(), Some(Broken::Form { line: 2, column: 8 })));
    assert!(Source::read("[1]").is_err() && Source::read("{'a': 1}").is_err() && Source::read("{a: 1}").is_err());
    assert!(Source::read("{\"a\": 1 \"b\": 2}").is_err() && Source::read("{} {}").is_err());
}

#[test]
fn the_last_of_several_counts_and_lines_are_told() {
    let source = Source::read("{\n\"a\": \"1\",\n\"b\": {\"c\": [\n\"x\"]},\n\"a\": \"2\"}").unwrap();
    let members: Vec<_> = source.members().map(|(name, node)| (name, node.line())).collect();
    assert_eq!(members, [("b", 3), ("a", 5)]);
    assert_eq!(source.member("a").and_then(Node::text), Some("2"));
    let c = source.member("b").and_then(|b| b.member("c")).unwrap();
    assert_eq!(c.elements().map(Node::line).collect::<Vec<_>>(), [4]);
}
