//! How a key and a line of settings stand in a backup beside what is here, in words.

use std::fmt::Write as _;

use byok::backup::{Compared, Standing};
use byok::name::EnvName;
use byok::profile::Key;

use super::plan::Plan;
use crate::ui::escaped;

/// What becomes of a key, in words.
pub(super) fn told(one: &Compared<'_>, plan: &Plan<'_>) -> String {
    let changed = |key: &Key| key.since.max(key.updated);
    let same_day =
        one.here.is_some_and(|here| byok::resolve::day(changed(here)) == byok::resolve::day(changed(one.key)));
    let form = if same_day { "%Y-%m-%d %H:%M:%S" } else { "%Y-%m-%d" };
    let time = |key: &Key| changed(key).strftime(form).to_string();
    let (here, there) = (one.here.map(time).unwrap_or_default(), time(one.key));
    let keeps = plan.merge && !plan.replace;
    match &one.standing {
        Standing::New => "new".to_owned(),
        Standing::Same => "same".to_owned(),
        Standing::Elsewhere(name) if plan.merge => format!("here already, as `{name}`"),
        Standing::Elsewhere(name) => format!("here as `{name}`"),
        Standing::OlderHere => format!("different: what is here is older ({here}, and {there} in the backup)"),
        Standing::NewerHere if keeps => format!("kept: what is here is newer ({here}, and {there} in the backup)"),
        Standing::NewerHere => format!("would go: what is here is newer ({here}, and {there} in the backup)"),
        Standing::Different if keeps => "kept: what is here is another".to_owned(),
        Standing::Different => "different".to_owned(),
    }
}

/// What a key does besides being one, as far as it does not do so here: where it goes, what it sets, and what it can.
pub(super) fn leads(one: &Compared<'_>) -> String {
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
    if key.admin && here.is_none_or(|here| !here.admin) {
        words.push_str(", an admin key");
    }
    words
}

/// The lines of settings that come, and those that go; remarks aside.
pub(super) fn lines(old: &str, new: &str) -> Vec<String> {
    fn of(text: &str) -> Vec<&str> {
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
    }
    let (old, new) = (of(old), of(new));
    let gone = old.iter().filter(|line| !new.contains(line)).map(|line| format!("  - {}", escaped(line)));
    let come = new.iter().filter(|line| !old.contains(line)).map(|line| format!("  + {}", escaped(line)));
    gone.chain(come).collect()
}
