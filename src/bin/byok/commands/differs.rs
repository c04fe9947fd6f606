//! What a key from a backup or from another person does, and in what it differs from the one that is here.

use std::fmt::Write as _;

use byok::backup::Compared;
use byok::name::EnvName;
use byok::profile::Key;

use crate::ui::escaped;

/// What a key does besides being one, as far as it does not do so here: where it goes, what it sets, and what it can.
pub(crate) fn leads(one: &Compared<'_>) -> String {
    let (key, here) = (one.key, one.here);
    let mut words = String::new();
    let endpoint = |key: &Key| key.fields.get("endpoint").cloned();
    if let Some(endpoint) = endpoint(key).filter(|to| here.and_then(endpoint).as_ref() != Some(to)) {
        let _ = write!(words, ", to {}", escaped(&endpoint));
    }
    if !key.env.is_empty() && here.is_none_or(|here| here.env != key.env) {
        let names: Vec<&str> = key.env.iter().map(EnvName::as_str).collect();
        let _ = write!(words, ", exported as {}", names.join(", "));
    }
    for (is, word) in [(is_admin as fn(&Key) -> bool, "an admin key"), (|key: &Key| key.disabled, "disabled")] {
        if is(key) && here.is_none_or(|here| !is(here)) {
            let _ = write!(words, ", {word}");
        }
    }
    words
}

fn is_admin(key: &Key) -> bool {
    byok::resolve::is_admin(key)
}

/// The names of what differs, where a key of its name is here.
pub(crate) fn fields(one: &Compared<'_>) -> Vec<String> {
    let Some(here) = one.here else { return Vec::new() };
    one.key.differs_in(here).iter().map(|name| escaped(name)).collect()
}

/// The same in words.
pub(crate) fn in_words(one: &Compared<'_>) -> String {
    let names = fields(one);
    if names.is_empty() { String::new() } else { format!(", differs in {}", names.join(", ")) }
}
