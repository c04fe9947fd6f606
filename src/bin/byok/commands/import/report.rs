//! What came of an import, for people and for programs.

use anyhow::Result;
use byok::credentials::Around;
use byok::keys::Added;
use byok::name::ProviderId;
use serde_json::json;

use super::clear::Cleared;
use super::detect;
use super::found::Source;
use super::row::{Outcome, Row};
use crate::around::short;
use crate::cli::taking::Import;
use crate::commands::test;
use crate::session::Session;
use crate::table;
use crate::ui::escaped;
use crate::words;

/// The outcome as a table tells it, and as a word for programs.
fn told(outcome: &Outcome, dry: bool) -> (String, &'static str) {
    match outcome {
        Outcome::Done(Added::Replaced) => (if dry { "would be replaced" } else { "replaced" }.to_owned(), "replaced"),
        Outcome::Done(_) => (if dry { "new" } else { "added" }.to_owned(), "new"),
        Outcome::Here(name) => (format!("already here as `{name}`"), "same"),
        Outcome::Left(why) | Outcome::File(why) => (why.clone(), "skipped"),
        Outcome::OtherHost(host) => (format!("not taken: it goes to {host}, which is no known provider's"), "unknown"),
        Outcome::OneOf(several) => (format!("not taken: keys of {} look like this", listed(several)), "ambiguous"),
        Outcome::Unknown => ("not taken: nothing tells whose it is".to_owned(), "unknown"),
        Outcome::Refused => ("not stored".to_owned(), "refused"),
    }
}

fn listed(several: &[ProviderId]) -> String {
    const SHOWN: usize = 3;
    let shown: Vec<String> = several.iter().take(SHOWN).map(|id| format!("`{id}`")).collect();
    let more = several.len().saturating_sub(SHOWN);
    shown.join(", ") + &if more > 0 { format!(" and {more} more") } else { String::new() }
}

/// Prints the table, and what there is to do about what was not taken.
pub(super) fn print(
    session: &Session<'_>,
    args: &Import,
    around: &Around,
    rows: &[Row],
    sources: &[Source],
) -> Result<()> {
    let cells = |row: &Row| {
        let (told, _) = told(&row.outcome, args.dry_run);
        let said = row.tested.as_ref().map(|tested| format!(": {}", words::sentence(tested, session.now)));
        let more = row.from.len() - 1;
        let places = if more == 1 { "place" } else { "places" };
        let from = escaped(&row.from[0]) + &if more > 0 { format!(", +{more} {places}") } else { String::new() };
        vec![escaped(&row.key), escaped(&row.mask), from, escaped(&told) + &said.unwrap_or_default()]
    };
    let cells: Vec<Vec<String>> = rows.iter().map(cells).collect();
    session.ui.data(table::render(&["PROVIDER", "KEY", "FROM", "RESULT"], &cells, 4).as_bytes())?;
    let sealed = rows.iter().filter(|row| matches!(row.outcome, Outcome::Done(_))).count();
    let plural = if sealed == 1 { "" } else { "s" };
    if args.dry_run {
        let profile = &session.profile;
        session.ui.say(&format!("{sealed} key{plural} would be sealed in profile `{profile}`; nothing was changed"));
        return Ok(());
    }
    session.ui.say(&format!("{sealed} key{plural} sealed in profile `{}`", session.profile));
    hints(session, args, around, rows, sources);
    Ok(())
}

fn hints(session: &Session<'_>, args: &Import, around: &Around, rows: &[Row], sources: &[Source]) {
    for row in rows {
        match &row.outcome {
            Outcome::OtherHost(host) if host.contains('.') => session.ui.hint(&format!(
                "say whose {host} is, then import again: `byok provider add NAME --base-url https://{host}`"
            )),
            Outcome::OneOf(several) => {
                let first = several.first().map(ToString::to_string).unwrap_or_default();
                session.ui.hint(&format!("say whose `{}` is: `byok add {first}`", escaped(&row.from[0])));
            }
            Outcome::Unknown => {
                session.ui.hint(&format!("say whose `{}` is: `byok add PROVIDER`", escaped(&row.from[0])));
            }
            _ => {}
        }
    }
    if args.delete_source {
        return;
    }
    let mut told: Vec<&str> = Vec::new();
    let mut files: Vec<String> = Vec::new();
    let sealed = |tool: &str| {
        let here = rows.iter().filter(|row| matches!(row.outcome, Outcome::Done(_) | Outcome::Here(_)));
        here.flat_map(|row| &row.from).any(|from| from.starts_with(&format!("{tool}: ")))
    };
    for source in sources.iter().filter(|source| source.entries().iter().any(|entry| entry.holds.key().is_some())) {
        let tool = source.tool.name;
        if !sealed(tool) {
            continue;
        }
        if !told.contains(&tool) {
            told.push(tool);
        }
        files.push(format!("`{}` still holds its", escaped(&short(around, &source.look.path))));
    }
    let what = match files.as_slice() {
        [] => return,
        [one] => one.clone(),
        several => format!("{} files still hold these", several.len()),
    };
    let command = super::command(session, args, &told, " --delete-source");
    session.ui.hint(&format!("{what} keys in plaintext: `{command}` takes them out"));
}

/// Prints the same as one document.
pub(super) fn json(
    session: &Session<'_>,
    args: &Import,
    rows: &[Row],
    sources: &[Source],
    cleared: &Cleared,
) -> Result<()> {
    let key = |row: &Row| {
        let (says, result) = told(&row.outcome, args.dry_run);
        let provider = Some(&row.provider).filter(|provider| !provider.is_empty());
        let tested = row.tested.as_ref().map(test::tested);
        json!({ "provider": provider, "key": row.key, "mask": row.mask, "from": row.from, "result": result, "says": says, "tested": tested })
    };
    let file = |source: &Source| {
        let path = source.look.path.display().to_string();
        let removed = cleared.removed.get(&source.look.path).cloned().unwrap_or_default();
        json!({ "tool": source.tool.name, "path": path, "says": detect::state(source), "removed": removed })
    };
    let keys: Vec<_> = rows.iter().filter(|row| !matches!(row.outcome, Outcome::File(_))).map(key).collect();
    let files: Vec<_> = sources.iter().map(file).collect();
    let profile = session.profile.as_str();
    let document = json!({ "version": 1, "profile": profile, "dry_run": args.dry_run, "keys": keys, "files": files });
    session.ui.data(crate::ui::json(&document).as_bytes())
}
