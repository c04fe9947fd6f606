//! What an update did to the keys of a profile, found by comparing the two documents: no deed can forget to tell.

use std::collections::BTreeMap;

use crate::journal::{Person, Subject};
use crate::name::{Label, ProviderId};
use crate::profile::{Key, Profile};

/// The keys that differ between two documents of a profile, in the order of the newer one, and then those that are gone.
pub fn changes(old: Option<&Profile>, new: &Profile) -> Vec<Subject> {
    let (before, after) = (named(old), named(Some(new)));
    let (chosen, choose) = (active(old), active(Some(new)));
    let what = |key: &Key| match before.get(&(&key.provider, &key.label)) {
        None => Some("added"),
        Some(old) if !old.secret.same_as(&key.secret) => Some(replaced(old, key)),
        Some(old) if old.previous.len() > key.previous.len() => Some("old one wiped"),
        Some(old) if old.disabled != key.disabled => Some(if key.disabled { "disabled" } else { "enabled" }),
        Some(old) if !old.is_described_as(key) => Some("edited"),
        Some(old) if old.tested() != key.tested() => Some("tested"),
        Some(_) => {
            let is = choose.get(&key.provider) == Some(&&key.label);
            let was = chosen.get(&key.provider) == Some(&&key.label);
            (is && !was).then_some("chosen")
        }
    };
    let told = new.keys().iter().filter_map(|key| Some(subject(key, Some(what(key)?))));
    let gone = old.into_iter().flat_map(Profile::keys).filter(|key| !after.contains_key(&(&key.provider, &key.label)));
    told.chain(gone.map(|key| subject(key, Some(if key.wiped.is_some() { "wiped" } else { "removed" })))).collect()
}

/// Those whom a change lets in or takes out.
pub fn people(old: &Profile, new: &Profile) -> Vec<Person> {
    let person = |in_it: &Profile, recipient: &String, what: &str| Person {
        recipient: recipient.clone(),
        name: in_it.opener(recipient).map(|one| one.name.clone()).unwrap_or_default(),
        what: what.to_owned(),
    };
    let came = new.recipients().iter().filter(|one| !old.recipients().contains(one));
    let went = old.recipients().iter().filter(|one| !new.recipients().contains(one));
    came.map(|one| person(new, one, "let in")).chain(went.map(|one| person(old, one, "taken out"))).collect()
}

/// In which way a key got another secret.
fn replaced(old: &Key, new: &Key) -> &'static str {
    let keeps = |key: &Key, other: &Key| key.previous.last().is_some_and(|kept| kept.secret.same_as(&other.secret));
    match (keeps(new, old), keeps(old, new)) {
        (_, true) => "rotated back",
        (true, false) => "rotated",
        (false, false) => "replaced",
    }
}

/// How a key stands in the log.
pub fn subject(key: &Key, what: Option<&str>) -> Subject {
    Subject {
        provider: key.provider.clone(),
        label: key.label.clone(),
        fingerprint: key.secret.fingerprint(),
        what: what.map(ToOwned::to_owned),
    }
}

fn named(profile: Option<&Profile>) -> BTreeMap<(&ProviderId, &Label), &Key> {
    profile.into_iter().flat_map(Profile::keys).map(|key| ((&key.provider, &key.label), key)).collect()
}

fn active(profile: Option<&Profile>) -> BTreeMap<&ProviderId, &Label> {
    let keys = profile.map(Profile::active_keys).unwrap_or_default();
    keys.into_iter().map(|key| (&key.provider, &key.label)).collect()
}
