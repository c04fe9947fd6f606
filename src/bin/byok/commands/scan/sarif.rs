//! A report in SARIF 2.1.0, the form in which code scanning takes what tools find.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use byok::scan::Whose;
use serde_json::{Value, json};

use super::report::{Item, Report};

/// Where the schema is, which readers take the version from.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

pub(crate) fn document(report: &Report) -> String {
    let rules: BTreeSet<String> = report.found.iter().map(rule).collect();
    let rules: Vec<Value> = rules.iter().map(|rule| described(rule)).collect();
    let results: Vec<Value> = report.found.iter().map(result).collect();
    let notes: Vec<Value> = report
        .unread
        .iter()
        .map(|(path, why)| {
            json!({ "level": "warning", "message": { "text": format!("cannot read it: {why}") },
                "locations": [{ "physicalLocation": { "artifactLocation": { "uri": uri(&path.to_string_lossy()) } } }] })
        })
        .collect();
    crate::ui::json(&json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "byok",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "columnKind": "unicodeCodePoints",
            "invocations": [{ "executionSuccessful": report.unread.is_empty(), "toolExecutionNotifications": notes }],
            "results": results,
        }],
    }))
}

/// The name of the rule that a finding breaks.
fn rule(item: &Item) -> String {
    match &item.look.whose {
        Whose::Provider(id) => format!("key/{id}"),
        Whose::OneOf(_) => "key".to_owned(),
        Whose::Other(_) => "secret".to_owned(),
    }
}

fn described(rule: &str) -> Value {
    let text = match rule.split_once('/') {
        Some((_, id)) => format!("a key of {id} in plaintext"),
        None if rule == "key" => "a key of one of several providers in plaintext".to_owned(),
        None => "a secret in plaintext".to_owned(),
    };
    json!({ "id": rule, "shortDescription": { "text": text }, "defaultConfiguration": { "level": "error" } })
}

fn result(item: &Item) -> Value {
    let own = item.look.own.as_ref().map(|own| format!(", your `{own}`")).unwrap_or_default();
    let mut result = json!({
        "ruleId": rule(item),
        "level": "error",
        "message": { "text": format!("{}{own}", item.words()) },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": uri(&item.path.to_string_lossy()) },
            "region": { "startLine": item.place.line, "startColumn": item.place.column },
        } }],
    });
    if let Some(fingerprint) = &item.look.fingerprint {
        result["partialFingerprints"] = json!({ "byokFingerprint/v1": fingerprint });
    }
    result
}

/// A path as a reference of a URI.
fn uri(path: &str) -> String {
    let path = path.replace(std::path::MAIN_SEPARATOR, "/");
    path.bytes().fold(String::with_capacity(path.len()), |mut uri, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
        uri
    })
}
