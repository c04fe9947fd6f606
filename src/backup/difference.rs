//! What a document from elsewhere holds beside the one that is here, key by key, and the taking in of it.

use std::collections::BTreeMap;

use crate::name::{KeyRef, Label, ProviderId};
use crate::profile::{Key, Profile};

/// How a key from elsewhere stands to what is here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Nothing of its name is here.
    New,
    /// It is here just so, but for its tests.
    Same,
    /// The same secret is here, under this other name.
    Elsewhere(KeyRef),
    /// What is here is older.
    OlderHere,
    /// What is here is newer.
    NewerHere,
    /// What is here is another, and nothing tells which of them is newer.
    Different,
}

impl Standing {
    /// The word for it, for programs.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Same | Self::Elsewhere(_) => "same",
            Self::OlderHere => "older-here",
            Self::NewerHere => "newer-here",
            Self::Different => "different",
        }
    }
}

/// One key from elsewhere, held against what is here.
#[derive(Debug)]
pub struct Compared<'a> {
    /// The key from elsewhere.
    pub key: &'a Key,
    /// The one of its name that is here.
    pub here: Option<&'a Key>,
    /// How they stand.
    pub standing: Standing,
}

/// Two documents, held against each other.
#[derive(Debug)]
pub struct Difference<'a> {
    /// The keys from elsewhere, in their order.
    pub keys: Vec<Compared<'a>>,
    /// The keys that are only here.
    pub only_here: Vec<&'a Key>,
    /// The providers whose active key is another one there, where both have the key.
    pub active: Vec<&'a Key>,
}

impl Difference<'_> {
    /// Whether both hold the same, but for tests.
    pub fn is_none(&self) -> bool {
        let same = self.keys.iter().all(|one| one.standing == Standing::Same);
        same && self.only_here.is_empty() && self.active.is_empty()
    }
}

/// Holds a document from elsewhere against the one that is here, if any is.
pub fn compare<'a>(here: Option<&'a Profile>, there: &'a Profile) -> Difference<'a> {
    let own = named(here);
    let theirs = named(Some(there));
    let mut twins: BTreeMap<(&ProviderId, &str), &Key> = BTreeMap::new();
    for key in here.into_iter().flat_map(Profile::keys) {
        twins.entry((&key.provider, key.secret.expose())).or_insert(key);
    }
    let stands = |key: &'a Key| {
        let (found, twin) =
            (own.get(&(&key.provider, &key.label)).copied(), twins.get(&(&key.provider, key.secret.expose())));
        let standing = match (found, twin) {
            (None, Some(twin)) => Standing::Elsewhere(twin.name()),
            (None, None) => Standing::New,
            (Some(found), _) => held(found, key),
        };
        Compared { key, here: found, standing }
    };
    let active = there.active_keys().into_iter().filter(|key| {
        let is = here.and_then(|here| here.active(&key.provider));
        is.is_some_and(|is| is.label != key.label && own.contains_key(&(&key.provider, &key.label)))
    });
    Difference {
        keys: there.keys().iter().map(stands).collect(),
        only_here: here
            .into_iter()
            .flat_map(Profile::keys)
            .filter(|key| !theirs.contains_key(&(&key.provider, &key.label)))
            .collect(),
        active: active.collect(),
    }
}

/// Two keys of one name.
fn held(here: &Key, there: &Key) -> Standing {
    if here.secret.same_as(&there.secret) && here.is_described_as(there) {
        return Standing::Same;
    }
    // The secret's own age first: a note that was changed makes no old secret newer.
    let times = |key: &Key| if here.secret.same_as(&there.secret) { key.updated } else { key.since.max(key.added) };
    match times(here).cmp(&times(there)) {
        std::cmp::Ordering::Less => Standing::OlderHere,
        std::cmp::Ordering::Greater => Standing::NewerHere,
        std::cmp::Ordering::Equal => Standing::Different,
    }
}

/// Takes in what is new, and what is older here, or with `replace` whatever differs. Answers whether anything changed.
pub fn merge(here: &mut Profile, there: &Profile, replace: bool) -> bool {
    let before = here.clone();
    let mut changed = false;
    for one in compare(Some(&before), there).keys {
        let takes = match one.standing {
            Standing::New | Standing::OlderHere => true,
            Standing::NewerHere | Standing::Different => replace,
            Standing::Same | Standing::Elsewhere(_) => false,
        };
        if takes {
            here.put(one.key.clone());
            changed = true;
        }
    }
    // Where all keys of a provider came from there, so does the choice among them.
    for key in there.active_keys().into_iter().filter(|key| before.keys_of(&key.provider).next().is_none()) {
        if here.active(&key.provider).is_some_and(|is| is.label != key.label) {
            changed |= here.activate(&key.provider, &key.label);
        }
    }
    changed
}

fn named(profile: Option<&Profile>) -> BTreeMap<(&ProviderId, &Label), &Key> {
    profile.into_iter().flat_map(Profile::keys).map(|key| ((&key.provider, &key.label), key)).collect()
}
