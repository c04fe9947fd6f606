//! Keys that are not there, or not to be had: the exit code, and what to do about it.

use byok::keys::KeyError;
use byok::name::KeyRef;
use byok::resolve::ResolveError;

use super::code;
use super::places::of_store;

pub(super) fn of_keys(error: &KeyError) -> Option<(u8, Vec<String>)> {
    Some(match error {
        // A transparent error is not a link of the chain of its own: look inside.
        KeyError::Store(error) => return of_store(error),
        KeyError::NoProfile { .. } => (
            code::MISSING,
            vec![
                "take keys in with `byok import-env` or `byok add`, which make it".to_owned(),
                "see `byok profile list`".to_owned(),
            ],
        ),
        KeyError::ProfileExists { name } => (code::FAILED, vec![format!("choose it with `byok profile use {name}`")]),
        KeyError::NoSuchKey { wanted, there } => no_such_key(wanted, there),
        KeyError::Taken { name, .. } => (
            code::FAILED,
            vec![
                format!("put the new one in its place with `byok add {name} --replace`"),
                format!("or keep both: `byok add {}:NEW`", name.provider),
            ],
        ),
        KeyError::Occupied { name, .. } => (
            code::FAILED,
            vec![
                "have it take the place of that one with `--replace`".to_owned(),
                format!("or look at that one first: `byok show {name}`"),
            ],
        ),
        KeyError::NoMatch { .. } => (code::MISSING, vec!["see the keys and their tags with `byok list`".to_owned()]),
        KeyError::Elsewhere { name } => (
            code::FAILED,
            vec![
                format!("make it the active one with `byok use {name}`"),
                "or store it a second time with `--duplicate`".to_owned(),
            ],
        ),
        KeyError::Admin { name } => {
            (code::REFUSED, vec![format!("programs are handed a key that calls models: `byok add {}`", name.provider)])
        }
        KeyError::Several { provider, there } => (
            code::MISUSED,
            vec![format!("say which: {}", list(there)), format!("or all of them: `byok rm {provider} --all`")],
        ),
        KeyError::Changed { name, .. } => (code::FAILED, vec![format!("look at it with `byok show {name}`")]),
        KeyError::Unchanged { name } => {
            (code::FAILED, vec![format!("make a new one first: `byok provider show {}` tells where", name.provider)])
        }
        KeyError::Replaced { name } => (code::FAILED, vec![format!("take it back with `byok rotate --undo {name}`")]),
        KeyError::NotKept { name } => (code::MISSING, vec![format!("see what is known of it with `byok show {name}`")]),
        _ => return None,
    })
}

pub(super) fn of_resolve(error: &ResolveError) -> (u8, Vec<String>) {
    match error {
        ResolveError::NoSuchKey { wanted, there } => no_such_key(wanted, there),
        ResolveError::Expired { name, for_a_while: true, .. } => {
            (code::MISSING, vec![format!("keep it after all with `byok edit {name} --ttl never`")])
        }
        ResolveError::Expired { name, .. } => (
            code::MISSING,
            vec![
                format!("put a new one in its place with `byok rotate {name}`"),
                format!("or take the date off with `byok edit {name} --expires never`"),
            ],
        ),
        ResolveError::Disabled { name } => (code::MISSING, vec![format!("enable it with `byok edit {name} --enable`")]),
        ResolveError::Admin { name } => {
            (code::REFUSED, vec![format!("pipe it yourself to what needs it: `byok get {name} | …`")])
        }
        ResolveError::Collision { second, .. } => {
            (code::MISUSED, vec![format!("give one of them another variable: `byok edit {second} --env OTHER_NAME`")])
        }
        _ => (code::FAILED, Vec::new()),
    }
}

fn no_such_key(wanted: &KeyRef, there: &[KeyRef]) -> (u8, Vec<String>) {
    let hints = if there.is_empty() {
        vec![format!("add it with `byok add {wanted}`")]
    } else {
        vec![
            format!("there {} {}", if there.len() == 1 { "is" } else { "are" }, list(there)),
            format!("add it with `byok add {wanted}`"),
        ]
    };
    (code::MISSING, hints)
}

fn list(names: &[KeyRef]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
