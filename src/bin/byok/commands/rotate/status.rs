//! `byok rotate` without a key: what is under way, and what is due.

use anyhow::Result;
use byok::keys;
use byok::name::KeyRef;
use byok::profile::{Key, Opener, Previous, Profile};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::fault::code;
use crate::session::Session;
use crate::table;
use crate::time::in_words;

/// A key whose secret is to be replaced, since when, and after how many days it was to be.
struct Late<'a> {
    key: &'a Key,
    since: Timestamp,
    days: u32,
}

pub(super) fn run(session: &Session<'_>, wanted: Option<&KeyRef>, json: bool) -> Result<u8> {
    let profile = session.read()?;
    let one = wanted.map(|wanted| keys::find(&profile, wanted)).transpose()?;
    let meant: Vec<&Key> = one.map_or_else(|| profile.keys().iter().collect(), |key| vec![key]);
    let olds = meant.iter().flat_map(|key| key.previous.iter().map(move |old| (*key, old)));
    let under_way: Vec<(&Key, &Previous)> = olds.collect();
    let due: Vec<Late<'_>> = meant.iter().filter_map(|key| late(session, key)).collect();
    let seen = seen(&profile, &meant);
    if json {
        let document = document(session, &profile, (&under_way, &due, &seen));
        session.ui.data(crate::ui::json(&document).as_bytes())?;
        return Ok(code::DONE);
    }
    let mut rows = Vec::new();
    for (key, old) in &under_way {
        let until = format!("kept, wiped {}", in_words(old.kept.at, session.now));
        let when = format!("rotated {}", in_words(old.replaced, session.now));
        rows.push(vec![profile.display(key).to_string(), when, old.secret.mask(), until]);
    }
    for Late { key, since, .. } in &due {
        let when = format!("due {}", in_words(*since, session.now));
        rows.push(vec![profile.display(key).to_string(), when, String::new(), String::new()]);
    }
    for (key, gone) in &seen {
        let who = if gone.name.is_empty() { &gone.recipient } else { &gone.name };
        rows.push(vec![profile.display(key).to_string(), format!("seen by {who}"), String::new(), String::new()]);
    }
    session.ui.data(table::render(&["KEY", "ROTATION", "OLD ONE", "IS"], &rows, 2).as_bytes())?;
    if rows.is_empty() {
        session.ui.say("no rotation is under way, and none is due");
    }
    if let Some((key, _)) = under_way.first() {
        let name = profile.display(key);
        session.ui.hint(&format!("revoke the old one, then `byok rotate --finish {name}`"));
        session.ui.hint(&format!("or take it back: `byok rotate --undo {name}`"));
    }
    if let Some(key) = due.first().map(|late| late.key).or_else(|| Some(seen.first()?.0)) {
        session.ui.hint(&format!("put a new one in its place with `byok rotate {}`", profile.display(key)));
    }
    Ok(code::DONE)
}

fn late<'a>(session: &Session<'_>, key: &'a Key) -> Option<Late<'a>> {
    let days = session.settings.rotate_after(&session.profile, &key.provider, key.rotate_after)?;
    let since = key.rotation_due(days);
    (since <= session.now).then_some(Late { key, since, days })
}

/// The keys that somebody has seen who does not open the profile any more, and that were not replaced since.
fn seen<'a>(profile: &'a Profile, meant: &[&'a Key]) -> Vec<(&'a Key, &'a Opener)> {
    let saw = |key: &Key, gone: &Opener| gone.saw(&key.secret, key.since);
    let last = |key: &'a Key| profile.gone().filter(|gone| saw(key, gone)).max_by_key(|gone| gone.removed);
    meant.iter().filter_map(|key| Some((*key, last(key)?))).collect()
}

/// All that is to be told of the keys.
type Told<'t, 'a> = (&'t [(&'a Key, &'a Previous)], &'t [Late<'a>], &'t [(&'a Key, &'a Opener)]);

fn document(session: &Session<'_>, profile: &Profile, (under_way, due, seen): Told<'_, '_>) -> Value {
    let named = |key: &Key| {
        json!({
            "key": profile.display(key).to_string(),
            "provider": key.provider.as_str(),
            "label": key.label.as_str(),
        })
    };
    let with = |key: &Key, more: Value| {
        let mut document = named(key);
        if let (Value::Object(into), Value::Object(more)) = (&mut document, more) {
            into.extend(more);
        }
        document
    };
    let old = |(key, old): &(&Key, &Previous)| {
        let more = json!({
            "mask": old.secret.mask(),
            "fingerprint": old.secret.fingerprint(),
            "replaced": old.replaced.to_string(),
            "kept_until": old.kept.at.to_string(),
        });
        with(key, more)
    };
    let late = |late: &Late<'_>| {
        let Late { key, since, days } = late;
        with(key, json!({ "due": since.to_string(), "rotate_after_days": days }))
    };
    let by = |(key, gone): &(&Key, &Opener)| {
        with(key, json!({ "by": gone.name, "recipient": gone.recipient, "removed": gone.removed }))
    };
    json!({
        "version": 1,
        "profile": session.profile.as_str(),
        "under_way": under_way.iter().map(old).collect::<Vec<_>>(),
        "due": due.iter().map(late).collect::<Vec<_>>(),
        "seen": seen.iter().map(by).collect::<Vec<_>>(),
    })
}
