//! The report: a line for a group that is well, and what is wrong with the others.

use std::fmt::Write as _;

use anyhow::Result;
use serde_json::{Value, json};

use super::Findings;
use super::finding::{Finding, Severity};
use crate::cli::doctor::Group;
use crate::ui::{self, Ui, escaped, washed};

/// Prints it; `fix` is that what could be mended has been.
pub(super) fn print(ui: &Ui, json: bool, fix: bool, findings: &Findings) -> Result<()> {
    if json {
        return ui.data(ui::json(&document(findings)).as_bytes());
    }
    ui.data(text(findings).as_bytes())?;
    ui.say(&counts(findings, fix));
    Ok(())
}

fn text(findings: &Findings) -> String {
    let mut text = String::new();
    let all: Vec<(Group, &Finding)> =
        findings.iter().flat_map(|(group, found)| found.iter().map(|one| (*group, one))).collect();
    for (group, found) in findings {
        if found.is_empty() {
            let _ = writeln!(text, "{:<9}{}", "ok", group.as_str());
        }
        for one in found {
            // What several groups stumble over is told once.
            let mut same = all.iter().filter(|(_, other)| *other == one).map(|(group, _)| group);
            if same.clone().next() != Some(group) {
                continue;
            }
            let first = same.next().map_or("", |group| group.as_str());
            let groups = same.fold(first.to_owned(), |groups, group| groups + ", " + group.as_str());
            // A name that holds a line break must not make a line of its own.
            let _ = writeln!(text, "{:<9}{groups}: {}", one.severity.as_str(), washed(&escaped(&one.text)));
            for hint in &one.hints {
                let _ = writeln!(text, "{:<9}hint: {}", "", washed(&escaped(hint)));
            }
        }
    }
    text
}

fn count(findings: &Findings, severity: Severity) -> usize {
    findings.iter().flat_map(|(_, found)| found).filter(|one| one.severity == severity).count()
}

fn counts(findings: &Findings, fix: bool) -> String {
    let plural = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    let counts: Vec<String> = [Severity::Problem, Severity::Warning, Severity::Note]
        .into_iter()
        .map(|severity| (count(findings, severity), severity.as_str()))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| plural(count, word))
        .collect();
    let mendable = findings.iter().flat_map(|(_, found)| found).filter(|one| one.mend.is_some()).count();
    match (counts.is_empty(), mendable) {
        (true, _) => "all is well".to_owned(),
        (false, _) if fix || mendable == 0 => counts.join(", "),
        (false, _) => format!("{}; `byok doctor --fix` mends {mendable} of them", counts.join(", ")),
    }
}

fn document(findings: &Findings) -> Value {
    let groups: Vec<Value> =
        findings.iter().map(|(group, found)| json!({ "group": group.as_str(), "ok": found.is_empty() })).collect();
    let all: Vec<Value> =
        findings.iter().flat_map(|(group, found)| found.iter().map(|one| one.to_json(group.as_str()))).collect();
    json!({
        "version": 1,
        "ok": count(findings, Severity::Problem) + count(findings, Severity::Warning) == 0,
        "problems": count(findings, Severity::Problem),
        "warnings": count(findings, Severity::Warning),
        "notes": count(findings, Severity::Note),
        "groups": groups,
        "findings": all,
    })
}
