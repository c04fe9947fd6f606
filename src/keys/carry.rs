//! Keys under other names and in other profiles, several at a time.

use jiff::Timestamp;

use super::{KeyError, find, is_admin};
use crate::name::{KeyPattern, KeyRef, Label};
use crate::profile::{Key, Previous, Profile};

/// Which keys are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    /// One by its name, or with `all` those of a provider.
    Key(KeyRef),
    /// All whose names match.
    Pattern(KeyPattern),
}

/// The full names of the keys that are meant, sorted; with a tag, only those that have it, and where
/// nothing is named, all that do.
///
/// A bare provider with several keys is refused unless `all` is meant, and so is a pattern that matches nothing.
pub fn chosen(
    profile: &Profile,
    selectors: &[Selector],
    tag: Option<&str>,
    all: bool,
) -> Result<Vec<KeyRef>, KeyError> {
    let mut names: Vec<KeyRef> = Vec::new();
    if selectors.is_empty() && (all || tag.is_some()) {
        names.extend(profile.keys().iter().map(Key::name));
    }
    for selector in selectors {
        match selector {
            Selector::Key(name) => names.extend(doomed(profile, std::slice::from_ref(name), all || tag.is_some())?),
            Selector::Pattern(pattern) => {
                let before = names.len();
                names.extend(profile.keys().iter().map(Key::name).filter(|name| pattern.matches(name)));
                if names.len() == before {
                    return Err(KeyError::NoMatch { what: format!("`{pattern}`") });
                }
            }
        }
    }
    names.sort();
    names.dedup();
    if let Some(tag) = tag {
        names.retain(|name| profile.find(name).is_some_and(|key| key.tags.iter().any(|one| one == tag)));
    }
    match tag {
        Some(tag) if names.is_empty() => Err(KeyError::NoMatch { what: format!("the tag `{tag}`") }),
        _ => Ok(names),
    }
}

/// Which keys are meant by names: those named, or with `all` every key of the named providers, or of the profile.
///
/// A bare provider with several keys is refused unless `all` is meant.
fn doomed(profile: &Profile, wanted: &[KeyRef], all: bool) -> Result<Vec<KeyRef>, KeyError> {
    let mut names: Vec<KeyRef> = Vec::new();
    if all && wanted.is_empty() {
        names.extend(profile.keys().iter().map(Key::name));
    }
    for one in wanted {
        let key = find(profile, one)?;
        let of_provider: Vec<KeyRef> = profile.keys_of(&one.provider).map(Key::name).collect();
        match one.label {
            None if all => names.extend(of_provider),
            None if of_provider.len() > 1 => {
                return Err(KeyError::Several { provider: one.provider.clone(), there: of_provider });
            }
            _ => names.push(key.name()),
        }
    }
    names.sort();
    names.dedup();
    Ok(names)
}

/// Gives a key another label, in a profile in memory: everything that is known of it stays, and so does what a bare
/// provider means. Answers with its old name and its new one, as they are shown.
pub fn rename(
    profile: &mut Profile,
    wanted: &KeyRef,
    label: &Label,
    replace: bool,
    now: Timestamp,
) -> Result<(KeyRef, KeyRef), KeyError> {
    let key = find(profile, wanted)?;
    let (provider, old, shown) = (key.provider.clone(), key.label.clone(), profile.display(key));
    if old == *label {
        return Ok((shown.clone(), shown));
    }
    let there = profile.keys_of(&provider).find(|key| key.label == *label);
    if let Some(there) = there.filter(|_| !replace) {
        return Err(KeyError::Occupied { name: profile.display(there), mask: there.secret.mask() });
    }
    profile.remove(&provider, label);
    profile.relabel(&provider, &old, label);
    if let Some(key) = profile.get_mut(&provider, label) {
        key.updated = now;
    }
    let new = KeyRef { provider, label: Some(label.clone()) };
    let shown_new = profile.find(&new).map_or_else(|| new.clone(), |key| profile.display(key));
    Ok((shown, shown_new))
}

/// Keeps the old secrets of a key whose place another one of the same secret takes; answers whether that one has some of
/// its own besides.
fn keep_old(key: &mut Key, there: &Key) -> bool {
    let lacks = |key: &Key, old: &Previous| !key.previous.iter().any(|one| one.secret.same_as(&old.secret));
    let has_more = key.previous.iter().any(|old| lacks(there, old));
    let kept: Vec<Previous> = there.previous.iter().filter(|old| lacks(key, old)).cloned().collect();
    key.previous.extend(kept);
    key.previous.sort_by_key(|old| old.replaced);
    has_more
}

/// Puts copies of keys into another profile in memory, with all that is known of them. Answers how many are not there
/// just so already.
pub fn carry(from: &Profile, to: &mut Profile, names: &[KeyRef], replace: bool) -> Result<usize, KeyError> {
    let before = to.clone();
    let mut count = 0;
    for name in names {
        find(from, name)?;
    }
    // The oldest first, as they are here.
    for key in from.keys().iter().filter(|key| names.contains(&key.name())) {
        let mut key = key.clone();
        if let Some(there) = before.find(&key.name()) {
            let same = there.secret.same_as(&key.secret);
            if !same && !replace {
                return Err(KeyError::Occupied { name: before.display(there), mask: there.secret.mask() });
            }
            if same && !keep_old(&mut key, there) && there.is_described_as(&key) {
                continue;
            }
        }
        to.put(key);
        count += 1;
    }
    // Where the other profile had no key of a provider, the one that was active goes on being it.
    for name in names.iter().filter(|name| before.keys_of(&name.provider).next().is_none()) {
        let active = from.active(&name.provider).is_some_and(|key| key.name() == *name);
        if let (true, Some(label)) = (active && to.keys_of(&name.provider).nth(1).is_some(), &name.label) {
            to.activate(&name.provider, label);
        }
    }
    Ok(count)
}

/// What of these keys goes to another person: as they are, without their old secrets, and without what was learnt of them
/// here. Admin keys go only where they are named.
pub fn handed(profile: &Profile, names: &[KeyRef], selectors: &[Selector]) -> Vec<Key> {
    let is_named = |name: &KeyRef| selectors.contains(&Selector::Key(name.clone()));
    let keys = profile.keys().iter().filter(|key| names.contains(&key.name()));
    let keys = keys.filter(|key| !is_admin(key) || is_named(&key.name()));
    let strip = |key: &Key| {
        let mut key = key.clone();
        let expires = key.provider_expires;
        key.previous.clear();
        key.set_tested(None);
        key.provider_expires = expires;
        // This machine's uptime says nothing on another.
        if let Some(wiped) = &mut key.wiped {
            wiped.up = None;
        }
        key
    };
    keys.map(strip).collect()
}
