//! What can be done with the keys of a profile: each deed is one update of one document.
//!
//! Deeds take values and give values back; they ask nobody. What needs a person's consent fails with the error that
//! says so, and is called again with the consent in hand: no lock is held while somebody thinks.

mod carry;
mod changes;
pub mod openers;
mod rotation;

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::name::{KeyRef, Label, ProfileName, ProviderId};
use crate::profile::{Details, Key, Profile};
use crate::provider::Registry;
use crate::secret::Secret;
use crate::store::{Store, StoreError};
use crate::verdict::Tested;

pub use carry::{Selector, carry, chosen, handed, rename};
pub use changes::{changes, people, subject};
pub use rotation::{Return, Rotation, forget, is_new, rotate, rotate_back};

/// Why a deed was not done. The stored profile is untouched, whatever the error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no such profile.
    #[error("there is no profile `{name}`")]
    NoProfile {
        /// Its name.
        name: ProfileName,
    },
    /// A profile of this name is there already.
    #[error("there is a profile `{name}` already")]
    ProfileExists {
        /// Its name.
        name: ProfileName,
    },
    /// There is no such key.
    #[error("there is no key `{wanted}`")]
    NoSuchKey {
        /// What was asked for.
        wanted: KeyRef,
        /// The provider's keys, as they are shown.
        there: Vec<KeyRef>,
    },
    /// Another secret is stored under the name.
    #[error("`{name}` holds another key already (`{mask}`)")]
    Taken {
        /// The key as it is shown.
        name: KeyRef,
        /// The mask of the stored secret.
        mask: String,
    },
    /// Another key has the name that one was to get.
    #[error("`{name}` is there already (`{mask}`)")]
    Occupied {
        /// The key as it is shown.
        name: KeyRef,
        /// The mask of the stored secret.
        mask: String,
    },
    /// No key is meant by a pattern or a tag.
    #[error("no key matches {what}")]
    NoMatch {
        /// The pattern or the tag.
        what: String,
    },
    /// The same secret is stored under another name.
    #[error("this key is here already, as `{name}`")]
    Elsewhere {
        /// The stored key as it is shown.
        name: KeyRef,
    },
    /// A key that makes and revokes others, and that no bare name may mean.
    #[error("`{name}` is an admin key, which is never handed out to programs")]
    Admin {
        /// The key as it is shown.
        name: KeyRef,
    },
    /// A bare provider that could mean several keys, where guessing would destroy something.
    #[error("`{provider}` has several keys")]
    Several {
        /// The provider.
        provider: ProviderId,
        /// Its keys.
        there: Vec<KeyRef>,
    },
    /// The secret is no longer the one that a person was shown.
    #[error("`{name}` was changed meanwhile: it is `{mask}` now")]
    Changed {
        /// The key as it is shown.
        name: KeyRef,
        /// The mask of the secret that is stored now.
        mask: String,
    },
    /// What was given as a new secret is the one that is stored.
    #[error("this is the key that is stored as `{name}` already")]
    Unchanged {
        /// The key as it is shown.
        name: KeyRef,
    },
    /// What was given as a new secret is the one that was replaced last.
    #[error("this is the old key of `{name}`, which was replaced")]
    Replaced {
        /// The key as it is shown.
        name: KeyRef,
    },
    /// The old secret that was to be taken back is not kept.
    #[error("no old key of `{name}` is kept")]
    NotKept {
        /// The key as it is shown.
        name: KeyRef,
    },
}

/// A key on its way in.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// Who issued it.
    pub provider: ProviderId,
    /// The label to store it under.
    pub label: Label,
    /// The value.
    pub secret: Secret,
    /// What is known of it besides.
    pub details: Details,
    /// What a test said of it just now.
    pub tested: Option<Tested>,
    /// The host that it may go to; see [`Key::host`].
    pub host: Option<String>,
    /// Whether it may take the place of another secret.
    pub replace: bool,
    /// Whether the same secret may be stored under a second name.
    pub duplicate: bool,
}

/// What became of a key on its way in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    /// It is new.
    New,
    /// It took the place of another secret.
    Replaced,
    /// The secret was there; what is known of it changed.
    Updated,
    /// It was there just so.
    Same,
}

/// Applies `deed` to the profile under the store's own lock and stores the result, unless the deed fails or answers
/// that nothing changed. A missing profile is made by `fresh`, where that is given.
pub fn change<T>(
    store: &dyn Store,
    name: &ProfileName,
    fresh: Option<&dyn Fn() -> Profile>,
    mut deed: impl FnMut(&mut Profile) -> Result<(T, bool), KeyError>,
) -> Result<T, KeyError> {
    let mut outcome = Err(KeyError::NoProfile { name: name.clone() });
    store.update(name, &mut |old| {
        let mut profile = old.or_else(|| fresh.map(|fresh| fresh()))?;
        let (value, changed) = match deed(&mut profile) {
            Ok(done) => done,
            Err(error) => {
                outcome = Err(error);
                return None;
            }
        };
        outcome = Ok(value);
        changed.then_some(profile)
    })?;
    outcome
}

/// Makes an empty profile.
pub fn create(store: &dyn Store, name: &ProfileName, profile: &Profile) -> Result<(), KeyError> {
    match store.write(name, profile, None) {
        Ok(_) => Ok(()),
        Err(StoreError::Conflict) => Err(KeyError::ProfileExists { name: name.clone() }),
        Err(error) => Err(error.into()),
    }
}

/// Puts a key into a profile in memory; see [`NewKey`] for what it may do there.
pub fn put(profile: &mut Profile, new: &NewKey, now: Timestamp) -> Result<Added, KeyError> {
    mark(profile, &new.provider);
    let label = &new.label;
    if !new.duplicate {
        let twin = profile.keys_of(&new.provider).find(|key| key.label != *label && key.secret.same_as(&new.secret));
        if let Some(twin) = twin {
            return Err(KeyError::Elsewhere { name: profile.display(twin) });
        }
    }
    let old = profile.keys_of(&new.provider).find(|key| key.label == *label).cloned();
    let Some(old) = old else {
        let mut key = Key::new(new.provider.clone(), label.clone(), new.secret.clone(), now);
        new.details.apply(&mut key);
        new.note_test(&mut key);
        key.admin |= is_admin(&key) || new.is_told_of_as_admin();
        profile.put(key);
        return Ok(Added::New);
    };
    let same = old.secret.same_as(&new.secret);
    if !same && !new.replace {
        return Err(KeyError::Taken { name: profile.display(&old), mask: old.secret.mask() });
    }
    let mut key = old;
    if !same {
        key.secret = new.secret.clone();
        key.since = now;
        // The end of the old secret's life says nothing of the new one's.
        key.expires = None;
        key.wiped = None;
        key.set_tested(None);
        key.host = None;
        // An older one that comes back is no old one any more.
        key.previous.retain(|old| !old.secret.same_as(&new.secret));
    }
    let mut changed = new.details.apply(&mut key);
    new.note_test(&mut key);
    let admin = is_admin(&key) || new.is_told_of_as_admin();
    changed |= admin != key.admin;
    key.admin = admin;
    if same && !changed {
        profile.put(key);
        return Ok(Added::Same);
    }
    key.updated = now;
    profile.put(key);
    Ok(if same { Added::Updated } else { Added::Replaced })
}

/// The label of an admin key that nobody gave another.
pub const ADMIN_LABEL: &str = "admin";

/// Whether a key makes and revokes others: it is marked as one, or begins as only such keys do.
fn is_admin(key: &Key) -> bool {
    key.admin || Registry::is_admin(&key.provider, &key.secret)
}

/// Marks the admin keys of a provider that came in before byok knew of the class: one of them must not stay the active one
/// when another key joins it.
fn mark(profile: &mut Profile, provider: &ProviderId) {
    let unmarked = |key: &&Key| !key.admin && is_admin(key);
    let labels: Vec<Label> = profile.keys_of(provider).filter(unmarked).map(|key| key.label.clone()).collect();
    for label in labels {
        if let Some(key) = profile.get_mut(provider, &label) {
            key.admin = true;
        }
    }
}

/// The key whose place a new one of its provider would take where nobody gives a label: the active one, or among admin
/// keys the first. Neither class ever takes a place of the other's.
pub fn rival<'p>(profile: &'p Profile, provider: &'p ProviderId, admin: bool) -> Option<&'p Key> {
    if admin {
        return profile.keys_of(provider).find(|key| is_admin(key));
    }
    profile.active(provider).filter(|key| !is_admin(key))
}

/// The label of a new key, where nobody gives one and it takes no other's place.
pub fn usual_label(admin: bool) -> Label {
    if admin { ADMIN_LABEL.parse().unwrap_or_default() } else { Label::default() }
}

impl NewKey {
    /// Whether its provider said that it makes and revokes others.
    fn is_told_of_as_admin(&self) -> bool {
        self.tested.as_ref().is_some_and(|tested| tested.facts.admin)
    }

    fn note_test(&self, key: &mut Key) {
        if self.tested.is_some() {
            key.set_tested(self.tested.as_ref());
        }
        if self.host.is_some() {
            key.host.clone_from(&self.host);
        }
    }
}

/// The outcome of one key's test, on its way into the profile.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The key's full name.
    pub name: KeyRef,
    /// The value that was tested.
    pub secret: Secret,
    /// The fields that it was tested with.
    pub fields: BTreeMap<String, String>,
    /// What came out.
    pub tested: Tested,
    /// The host that it is bound to from now on, where a person has agreed to that or it is not bound yet.
    pub host: Option<String>,
}

/// Keeps what tests said, in one update. What somebody changed or removed since is passed over: a verdict is one on the
/// secret and the address that were tested. Answers how many were kept.
pub fn record(store: &dyn Store, profile: &ProfileName, outcomes: &[Outcome]) -> Result<usize, KeyError> {
    change(store, profile, None, |profile| {
        let mut kept = 0;
        for outcome in outcomes {
            let Some(label) = &outcome.name.label else { continue };
            let Some(key) = profile.get_mut(&outcome.name.provider, label) else { continue };
            if !key.secret.same_as(&outcome.secret) || key.fields != outcome.fields {
                continue;
            }
            let before = key.tested();
            key.set_tested(Some(&outcome.tested.clone().over(before)));
            key.admin |= outcome.tested.facts.admin || is_admin(key);
            if outcome.host.is_some() {
                key.host.clone_from(&outcome.host);
            }
            kept += 1;
        }
        Ok((kept, kept > 0))
    })
}

/// Changes what is known of a key, and keeps what a test said of it at its new address. Answers with its name as it is shown, and whether anything changed.
pub fn edit(
    store: &dyn Store,
    profile: &ProfileName,
    wanted: &KeyRef,
    details: &Details,
    tested: Option<&Tested>,
    host: Option<&str>,
    now: Timestamp,
) -> Result<(KeyRef, bool), KeyError> {
    change(store, profile, None, |profile| {
        let found = find(profile, wanted)?;
        let (shown, provider, label) = (profile.display(found), found.provider.clone(), found.label.clone());
        let mut changed = false;
        if let Some(key) = profile.get_mut(&provider, &label) {
            changed = details.apply(key);
            if changed {
                key.updated = now;
                if tested.is_some() {
                    key.set_tested(tested);
                }
                if host.is_some() {
                    key.host = host.map(str::to_owned);
                }
            }
        }
        Ok(((shown, changed), changed))
    })
}

/// Makes a key its provider's active one.
pub fn activate(store: &dyn Store, profile: &ProfileName, wanted: &KeyRef) -> Result<KeyRef, KeyError> {
    change(store, profile, None, |profile| {
        let found = find(profile, wanted)?;
        let (shown, provider, label) = (profile.display(found), found.provider.clone(), found.label.clone());
        if is_admin(found) {
            return Err(KeyError::Admin { name: shown });
        }
        let already = profile.active(&provider).is_some_and(|key| key.label == label);
        Ok((shown, !already && profile.activate(&provider, &label)))
    })
}

/// Removes keys by their full names, all of them or none.
pub fn remove(store: &dyn Store, profile: &ProfileName, names: &[KeyRef]) -> Result<(), KeyError> {
    change(store, profile, None, |profile| {
        for name in names {
            find(profile, name)?;
        }
        for name in names {
            if let Some(label) = &name.label {
                profile.remove(&name.provider, label);
            }
        }
        Ok(((), !names.is_empty()))
    })
}

/// The key of this name, or the error that lists what is there instead.
pub fn find<'a>(profile: &'a Profile, wanted: &KeyRef) -> Result<&'a Key, KeyError> {
    profile.find(wanted).ok_or_else(|| KeyError::NoSuchKey {
        wanted: wanted.clone(),
        there: profile.keys_of(&wanted.provider).map(|key| profile.display(key)).collect(),
    })
}
