//! `byok log`: what was done with keys, when, and by whom.

use anyhow::Result;
use byok::journal::Entry;
use byok::name::KeyRef;
use serde_json::{Value, json};

use crate::cli::history::Log;
use crate::fault::code;
use crate::session::Session;
use crate::table;
use crate::time::{in_words, parse_since};
use crate::ui::escaped;

pub(crate) fn run(session: &Session<'_>, args: &Log) -> Result<u8> {
    let wanted = session.keys(&args.keys)?;
    let since = args.since.as_deref().map(|text| parse_since(text, session.now)).transpose()?;
    let log = session.journal().read(session.stop())?;
    if args.verify {
        return verify(session, args, &log);
    }
    let read = log.lines().filter_map(|line| {
        let entry: Entry = serde_json::from_str(line).ok()?;
        let asked = wanted.is_empty() || wanted.iter().any(|one| concerns(one, &entry));
        let here = !session.is_named || entry.profile.as_ref() == Some(&session.profile);
        let meant = here
            && asked
            && since.is_none_or(|since| entry.at >= since)
            && (!args.changes || entry.generation.is_some());
        meant.then_some((line, entry))
    });
    if args.json {
        let entries: Vec<Value> = read.filter_map(|(line, _)| serde_json::from_str(line).ok()).collect();
        let document = crate::ui::json(&json!({ "version": 1, "entries": entries }));
        return session.ui.data(document.as_bytes()).map(|()| code::DONE);
    }
    let rows: Vec<Vec<String>> = read.map(|(_, entry)| row(session, &entry)).collect();
    if rows.is_empty() {
        session.ui.say("the log has no such entries");
        return Ok(code::DONE);
    }
    session.ui.data(table::render(&["WHEN", "WHAT", "PROFILE", "BY", "KEYS"], &rows, 2).as_bytes())?;
    Ok(code::DONE)
}

fn verify(session: &Session<'_>, args: &Log, log: &byok::journal::Log) -> Result<u8> {
    let (flaws, count) = (log.verify(), log.lines().count());
    if args.json {
        let flaws: Vec<String> = flaws.iter().map(ToString::to_string).collect();
        let document = crate::ui::json(&json!({ "version": 1, "entries": count, "flaws": flaws }));
        session.ui.data(document.as_bytes())?;
    } else if flaws.is_empty() {
        session.ui.say(&format!("the log is whole: {count} entries"));
    } else {
        let lines = flaws.iter().fold(String::new(), |lines, flaw| lines + &flaw.to_string() + "\n");
        session.ui.data(lines.as_bytes())?;
    }
    Ok(if flaws.is_empty() { code::DONE } else { code::FAILED })
}

fn concerns(wanted: &KeyRef, entry: &Entry) -> bool {
    let means = |label| wanted.label.as_ref().is_none_or(|wanted| wanted == label);
    entry.keys.iter().any(|one| one.provider == wanted.provider && means(&one.label))
}

fn row(session: &Session<'_>, entry: &Entry) -> Vec<String> {
    let name = |one: &byok::journal::Subject| {
        let name =
            if one.label.is_default() { one.provider.to_string() } else { format!("{}:{}", one.provider, one.label) };
        one.what.as_ref().map_or(name.clone(), |what| format!("{name} {what}"))
    };
    let mut keys: Vec<String> = entry.keys.iter().map(name).collect();
    keys.extend(entry.people.iter().map(|one| {
        let name = if one.name.is_empty() { &one.recipient } else { &one.name };
        format!("{} {}", escaped(name), one.what)
    }));
    if entry.more > 0 {
        keys.push(format!("and {} more", entry.more));
    }
    let actor = &entry.actor;
    let by: Vec<&str> = [&actor.agent, &actor.program, &actor.user].into_iter().filter_map(Option::as_deref).collect();
    let profile = entry.profile.as_ref().map(ToString::to_string).unwrap_or_default();
    vec![in_words(entry.at, session.now), entry.verb.clone(), profile, by.join(", "), keys.join(", ")]
}
