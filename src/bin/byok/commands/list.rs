//! `byok list`: the keys, masked.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use byok::journal::Uses;
use byok::keys::KeyError;
use byok::name::KeyRef;
use byok::profile::{Key, Previous};
use byok::provider::Registry;
use byok::resolve::{self, is_admin};
use byok::store::Place;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::used;
use crate::cli::List;
use crate::fault::code;
use crate::session::Session;
use crate::table;
use crate::time::{in_words, parse_reach};

pub(crate) fn run(session: &Session<'_>, args: &List) -> Result<u8> {
    let wanted = session.keys(&args.providers)?;
    let expiring = args.expiring.as_deref().map(|text| parse_reach("--expiring", text)).transpose()?;
    let unused = args.unused.as_deref().map(|text| parse_reach("--unused", text)).transpose()?;
    let profile = match session.read() {
        Err(error) if matches!(error.downcast_ref(), Some(KeyError::NoProfile { .. })) && session.is_unused()? => {
            if args.json {
                session.ui.data(document(session, &[]).as_bytes())?;
            }
            session.ui.say("there are no keys yet");
            session.ui.hint("take in those of this shell with `byok import-env`, or one with `byok add PROVIDER`");
            return Ok(code::DONE);
        }
        read => read?,
    };
    let uses = used::uses(session, unused)?;
    let names = profile.display_all();
    let mut chosen: Vec<(&Key, String)> = profile
        .keys()
        .iter()
        .zip(names.iter().map(ToString::to_string))
        .filter(|(key, _)| wanted.is_empty() || wanted.iter().any(|one| resolve::means(one, key)))
        .filter(|(key, _)| args.tag.as_ref().is_none_or(|tag| key.tags.contains(tag)))
        .filter(|(key, _)| !args.expired || key.expired(session.now))
        .filter(|(key, _)| expiring.is_none_or(|reach| ends_within(key, session.now, reach)))
        .filter(|(key, _)| unused.is_none_or(|reach| used::is_stale(session, &uses, key, reach)))
        .collect();
    chosen.sort_by(|a, b| a.1.cmp(&b.1));
    let active: BTreeSet<_> =
        profile.active_keys().into_iter().filter(|key| !is_admin(key)).map(|key| (&key.provider, &key.label)).collect();
    let is_active = |key: &Key| active.contains(&(&key.provider, &key.label));
    if args.json {
        let registry = session.registry()?;
        let keys: Vec<Value> =
            chosen.iter().map(|(key, name)| report(session, registry, &uses, key, name, is_active(key))).collect();
        session.ui.data(document(session, &keys).as_bytes())?;
        return Ok(code::DONE);
    }
    if chosen.is_empty() {
        // A key that is there and is not what `--tag` and its like ask for is not missing.
        let is_there = |one: &KeyRef| profile.keys().iter().any(|key| resolve::means(one, key));
        if let Some(wanted) = wanted.first().filter(|_| !wanted.iter().any(is_there)) {
            let there = profile.keys_of(&wanted.provider).map(|key| profile.display(key)).collect();
            return Err(KeyError::NoSuchKey { wanted: wanted.clone(), there }.into());
        }
        let which = if profile.keys().is_empty() { "keys" } else { "such keys" };
        session.ui.say(&format!("profile `{}` has no {which}", session.profile));
        return Ok(code::DONE);
    }
    let mut counts: BTreeMap<_, usize> = BTreeMap::new();
    for key in profile.keys() {
        *counts.entry(&key.provider).or_default() += 1;
    }
    let rows: Vec<Vec<String>> = chosen
        .iter()
        .map(|(key, name)| {
            vec![
                name.clone(),
                key.secret.mask(),
                state(session, key, is_active(key), counts[&key.provider] == 1),
                key.tested().map(|tested| tested.verdict.to_string()).unwrap_or_default(),
                in_words(key.added, session.now),
                key.ends().map(|end| in_words(end, session.now)).unwrap_or_default(),
                used::last(&uses, key).map(|last| in_words(last.at, session.now)).unwrap_or_default(),
                key.tags.join(" "),
                key.note.as_deref().unwrap_or_default().replace('\n', " "),
            ]
        })
        .collect();
    let header = ["KEY", "SECRET", "STATE", "VERDICT", "ADDED", "EXPIRES", "USED", "TAGS", "NOTE"];
    if session.store().place(&session.profile) == Place::Keychain {
        session.ui.say(&format!("profile `{}`, in the keychain", session.profile));
    }
    session.ui.data(table::render(&header, &rows, 2).as_bytes())?;
    Ok(code::DONE)
}

/// Whether the key's time is over by then.
fn ends_within(key: &Key, now: Timestamp, reach: SignedDuration) -> bool {
    now.checked_add(reach).map_or(key.ends().is_some(), |then| key.expired(then))
}

/// What sets the key apart, in words.
fn state(session: &Session<'_>, key: &Key, active: bool, alone: bool) -> String {
    let words = [
        (active && !alone, "active"),
        (key.disabled, "disabled"),
        (key.expired(session.now), "expired"),
        (is_admin(key), "admin"),
        (!key.exported && !is_admin(key), "not exported"),
        (!key.previous.is_empty(), "old one kept"),
    ];
    words.iter().filter(|(holds, _)| *holds).map(|(_, word)| *word).collect::<Vec<_>>().join(", ")
}

fn document(session: &Session<'_>, keys: &[Value]) -> String {
    let document = json!({ "version": 1, "profile": session.profile.as_str(), "store": session.store().place(&session.profile).as_str(), "keys": keys });
    crate::ui::json(&document)
}

/// Everything that is known of a key but its secret.
pub(crate) fn report(
    session: &Session<'_>,
    registry: &Registry,
    uses: &Uses,
    key: &Key,
    name: &str,
    active: bool,
) -> Value {
    let variables: Vec<&str> = key.env.iter().map(byok::name::EnvName::as_str).collect();
    let own = registry.exports(&key.provider).key;
    json!({
        "key": name,
        "provider": key.provider.as_str(),
        "label": key.label.as_str(),
        "active": active,
        "mask": key.secret.mask(),
        "fingerprint": key.secret.fingerprint(),
        "variables": if variables.is_empty() { vec![own.as_str()] } else { variables },
        "fields": key.fields,
        "added": key.added.to_string(),
        "updated": key.updated.to_string(),
        "last_used": used::last(uses, key).map(|last| last.at.to_string()),
        "expires": key.ends().map(|end| end.to_string()),
        "expired": key.expired(session.now),
        "tested": key.tested().as_ref().map(super::test::tested),
        "exported": key.exported && !is_admin(key),
        "disabled": key.disabled,
        "admin": is_admin(key),
        "since": key.since.to_string(),
        "rotate_after_days": session.rotate_after(key),
        "wiped": key.wiped.as_ref().map(|wiped| wiped.at.to_string()),
        "previous": key.previous.iter().map(previous).collect::<Vec<_>>(),
        "note": key.note,
        "tags": key.tags,
    })
}

/// What is known of a secret that was replaced and is kept.
fn previous(old: &Previous) -> Value {
    json!({
        "mask": old.secret.mask(),
        "fingerprint": old.secret.fingerprint(),
        "replaced": old.replaced.to_string(),
        "kept_until": old.kept.at.to_string(),
    })
}
