//! What came of a test, as a table, the worst first, or as JSON.

use anyhow::Result;
use byok::name::KeyRef;
use byok::verdict::{Tested, Verdict, Worth};
use serde_json::{Value, json};

use crate::cli::testing::Test;
use crate::session::Session;
use crate::table;
use crate::time::in_words;
use crate::words;

/// One key's verdict.
pub(crate) struct Row {
    pub(crate) key: KeyRef,
    pub(crate) shown: String,
    pub(crate) tested: Tested,
    /// Whether it was asked for now, rather than remembered.
    pub(crate) fresh: bool,
}

/// `left` is how many keys were not asked for because somebody stopped it.
pub(crate) fn print(session: &Session<'_>, args: &Test, rows: &mut [Row], left: usize) -> Result<()> {
    rows.sort_by(|a, b| {
        let rank = |row: &Row| row.tested.verdict.rank();
        rank(a).cmp(&rank(b)).then_with(|| a.shown.cmp(&b.shown))
    });
    let works = rows.iter().filter(|row| row.tested.verdict.worth() == Worth::Usable).count();
    if args.json {
        let keys: Vec<Value> = rows.iter().map(report).collect();
        let document = json!({
            "version": 1,
            "profile": if args.stdin { Value::Null } else { session.profile.as_str().into() },
            "works": works,
            "keys": keys,
        });
        return session.ui.data(crate::ui::json(&document).as_bytes());
    }
    let line = |row: &Row| {
        let tested = &row.tested;
        let time = if row.fresh { words::took(tested) } else { in_words(tested.at, session.now) };
        vec![row.shown.clone(), tested.verdict.to_string(), time, words::says(tested, session.now)]
    };
    let lines: Vec<Vec<String>> = rows.iter().map(line).collect();
    session.ui.data(table::render(&["KEY", "VERDICT", "TIME", "WHAT IT SAYS"], &lines, 2).as_bytes())?;
    let offline = args.offline || session.is_offline();
    if offline {
        session.ui.say("offline: only the form was looked at");
    } else if rows.len() + left > 1 {
        // What the network did is no word on a key.
        let unknown =
            rows.iter().filter(|row| matches!(row.tested.verdict.worth(), Worth::Unknown | Worth::Untested)).count();
        let unknown = if unknown > 0 { format!(", {unknown} could not be tested") } else { String::new() };
        session.ui.say(&format!("{works} of {} keys work{unknown}", rows.len()));
    }
    if left > 0 {
        session.ui.say(&format!("stopped: {left} more {} not tested", if left == 1 { "was" } else { "were" }));
    }
    let refused = |row: &&Row| row.tested.verdict.is_refused() && !args.stdin && row.fresh;
    if let Some(row) = rows.iter().find(refused) {
        session.ui.hint(&format!("put a new key in the place of `{0}` with `byok rotate {0}`", row.shown));
    }
    Ok(())
}

fn report(row: &Row) -> Value {
    let tested = &row.tested;
    let mut document = self::tested(tested);
    let fields = json!({
        "key": row.shown,
        "provider": row.key.provider.as_str(),
        "label": row.key.label.as_ref().map(byok::name::Label::as_str),
        "fresh": row.fresh,
    });
    if let (Value::Object(into), Value::Object(fields)) = (&mut document, fields) {
        let verdict = std::mem::replace(into, fields);
        into.extend(verdict);
    }
    document
}

/// A verdict and all that came with it, as every JSON document of byok's has it.
pub(crate) fn tested(tested: &Tested) -> Value {
    let works = match tested.verdict.worth() {
        Worth::Usable => Value::Bool(true),
        Worth::Dead => Value::Bool(false),
        Worth::Unknown | Worth::Untested => Value::Null,
    };
    json!({
        "verdict": tested.verdict.as_str(),
        "works": works,
        "cause": tested.cause.map(byok::verdict::Cause::as_str),
        "says": tested.says,
        "at": tested.at.to_string(),
        "ms": tested.ms.filter(|_| tested.verdict != Verdict::Untestable),
        "since": tested.since.as_ref().map(|since| json!({
            "verdict": since.verdict.as_str(),
            "cause": since.cause.map(byok::verdict::Cause::as_str),
            "says": since.says,
            "at": since.at.to_string(),
        })),
        "facts": serde_json::to_value(&tested.facts).unwrap_or_default(),
    })
}
