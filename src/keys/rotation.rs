//! One secret in the place of another: each deed is done only to the secrets that a person was shown. Whoever looked at a
//! key, made a new one elsewhere and comes back finds out if somebody else has changed it meanwhile.

use jiff::Timestamp;

use super::{KeyError, change, find};
use crate::name::{KeyRef, ProfileName};
use crate::profile::{Deadline, Key, Profile};
use crate::secret::Secret;
use crate::store::Store;
use crate::verdict::Tested;

/// A new secret on its way into the place of a stored one.
#[derive(Debug, Clone)]
pub struct Rotation {
    /// The key's full name.
    pub name: KeyRef,
    /// The secret that is to be replaced, as it was when it was looked at.
    pub old: Secret,
    /// The new one.
    pub new: Secret,
    /// How long the old one is kept; not at all if `None`.
    pub kept: Option<Deadline>,
    /// When the new one stops working, where a person said so.
    pub expires: Option<Timestamp>,
    /// What a test said of the new one just now.
    pub tested: Option<Tested>,
    /// The host that the key may go to from now on; see [`Key::host`].
    pub host: Option<String>,
}

/// Which of a key's secrets are to change places.
#[derive(Debug, Clone)]
pub struct Return {
    /// The key's full name.
    pub name: KeyRef,
    /// The secret that answers now.
    pub newer: Secret,
    /// The one that is to be taken back: the one that was replaced last.
    pub older: Secret,
    /// What a test said just now of the one that is taken back.
    pub tested: Option<Tested>,
    /// The host that the key may go to from now on; see [`Key::host`].
    pub host: Option<String>,
}

/// Why a secret is no new one for a key: it has it already, or another key of its provider has.
pub fn is_new(profile: &Profile, key: &Key, secret: &Secret) -> Result<(), KeyError> {
    let shown = || profile.display(key);
    if key.secret.same_as(secret) {
        return Err(KeyError::Unchanged { name: shown() });
    }
    if key.previous.last().is_some_and(|old| old.secret.same_as(secret)) {
        return Err(KeyError::Replaced { name: shown() });
    }
    let is_twin = |other: &&Key| other.label != key.label && other.secret.same_as(secret);
    match profile.keys_of(&key.provider).find(is_twin) {
        Some(twin) => Err(KeyError::Elsewhere { name: profile.display(twin) }),
        None => Ok(()),
    }
}

/// Puts a new secret into the place of the one that was looked at. All that is known of the key stays, but what was known
/// of the old secret.
pub fn rotate(store: &dyn Store, profile: &ProfileName, rotation: &Rotation, now: Timestamp) -> Result<(), KeyError> {
    change(store, profile, None, |profile| {
        let found = find(profile, &rotation.name)?;
        unmoved(profile, found, &rotation.old)?;
        is_new(profile, found, &rotation.new)?;
        let key = stored(profile, &rotation.name)?;
        // An older one that comes back is no old one any more.
        key.previous.retain(|old| !old.secret.same_as(&rotation.new));
        let kept = rotation.kept.clone().unwrap_or(Deadline { at: now, up: None });
        key.rotate(rotation.new.clone(), kept, now);
        if rotation.kept.is_none() {
            key.previous.pop();
        }
        key.expires = rotation.expires;
        if rotation.tested.is_some() {
            key.set_tested(rotation.tested.as_ref());
        }
        if rotation.host.is_some() {
            key.host.clone_from(&rotation.host);
        }
        Ok(((), true))
    })
}

/// Takes back the secret that was replaced last. The newer one is kept for what is left of that one's time, so that this
/// can be taken back as well. Answers until when.
pub fn rotate_back(
    store: &dyn Store,
    profile: &ProfileName,
    back: &Return,
    now: Timestamp,
) -> Result<Deadline, KeyError> {
    change(store, profile, None, |profile| {
        let found = find(profile, &back.name)?;
        unmoved(profile, found, &back.newer)?;
        let shown = profile.display(found);
        let kept = match found.previous.last() {
            Some(old) if old.secret.same_as(&back.older) => old.kept.clone(),
            _ => return Err(KeyError::NotKept { name: shown }),
        };
        let key = stored(profile, &back.name)?;
        key.rotate_back(Some(kept.clone()), now);
        if back.tested.is_some() {
            key.set_tested(back.tested.as_ref());
        }
        if back.host.is_some() {
            key.host.clone_from(&back.host);
        }
        Ok((kept, true))
    })
}

/// Takes out old secrets that are kept, those given by name and value, all in one update. Answers how many were there.
pub fn forget(store: &dyn Store, profile: &ProfileName, over: &[(KeyRef, Secret)]) -> Result<usize, KeyError> {
    change(store, profile, None, |profile| {
        let mut gone = 0;
        for (name, secret) in over {
            let Ok(key) = stored(profile, name) else { continue };
            let before = key.previous.len();
            key.previous.retain(|old| !old.secret.same_as(secret));
            gone += before - key.previous.len();
        }
        Ok((gone, gone > 0))
    })
}

fn unmoved(profile: &Profile, key: &Key, seen: &Secret) -> Result<(), KeyError> {
    if key.secret.same_as(seen) {
        return Ok(());
    }
    Err(KeyError::Changed { name: profile.display(key), mask: key.secret.mask() })
}

fn stored<'a>(profile: &'a mut Profile, name: &KeyRef) -> Result<&'a mut Key, KeyError> {
    let label = name.label.clone().unwrap_or_default();
    let missing = || KeyError::NoSuchKey { wanted: name.clone(), there: Vec::new() };
    profile.get_mut(&name.provider, &label).ok_or_else(missing)
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;
    use crate::keys::{NewKey, put};
    use crate::name::{Label, ProviderId};
    use crate::profile::Details;
    use crate::store::MemoryStore;

    fn secret(text: &str) -> Secret {
        Secret::new(Zeroizing::new(text.to_owned())).unwrap()
    }

    fn now() -> Timestamp {
        "2026-11-21T12:00:00Z".parse().unwrap()
    }

    fn rotation(old: &str, new: &str) -> Rotation {
        Rotation {
            name: "openai:default".parse().unwrap(),
            old: secret(old),
            new: secret(new),
            kept: Some(Deadline::after(std::time::Duration::from_secs(60), now(), None)),
            expires: None,
            tested: None,
            host: None,
        }
    }

    fn back(newer: &str, older: &str) -> Return {
        let name = "openai:default".parse().unwrap();
        Return { name, newer: secret(newer), older: secret(older), tested: None, host: None }
    }

    /// A store whose profile has one key, `a`.
    fn store() -> MemoryStore {
        let store = MemoryStore::default();
        let mut profile = Profile::new(secret("the vault's secret"), Vec::new());
        let new = NewKey {
            provider: ProviderId::parse("openai").unwrap(),
            label: Label::default(),
            secret: secret("a"),
            details: Details::default(),
            tested: None,
            host: None,
            replace: false,
            duplicate: false,
        };
        put(&mut profile, &new, now()).unwrap();
        store.write(&ProfileName::default(), &profile, None).unwrap();
        store
    }

    /// The secrets of its key, the one that answers first.
    fn held(store: &MemoryStore) -> Vec<String> {
        let (profile, _) = store.read(&ProfileName::default()).unwrap().unwrap();
        profile.keys()[0].secrets().map(|secret| secret.expose().to_owned()).collect()
    }

    #[test]
    fn nothing_changes_places_but_what_was_looked_at() {
        let (store, profile) = (store(), ProfileName::default());
        let turn = |old: &str, new: &str| rotate(&store, &profile, &rotation(old, new), now());
        assert!(matches!(turn("x", "b"), Err(KeyError::Changed { .. })));
        assert!(matches!(turn("a", "a"), Err(KeyError::Unchanged { .. })));
        turn("a", "b").unwrap();
        assert_eq!(held(&store), ["b", "a"]);
        assert!(matches!(turn("a", "c"), Err(KeyError::Changed { .. })));
        assert!(matches!(turn("b", "a"), Err(KeyError::Replaced { .. })));
        let undo = |newer: &str, older: &str| rotate_back(&store, &profile, &back(newer, older), now());
        assert!(matches!(undo("b", "x"), Err(KeyError::NotKept { .. })));
        assert!(matches!(undo("a", "a"), Err(KeyError::Changed { .. })));
        undo("b", "a").unwrap();
        assert_eq!(held(&store), ["a", "b"]);
        undo("a", "b").unwrap();
        assert_eq!(held(&store), ["b", "a"]);
    }

    #[test]
    fn what_is_forgotten_is_an_old_secret_and_never_the_one_that_answers() {
        let (store, profile) = (store(), ProfileName::default());
        rotate(&store, &profile, &rotation("a", "b"), now()).unwrap();
        let forget = |text: &str| {
            let name: KeyRef = "openai:default".parse().unwrap();
            forget(&store, &profile, &[(name, secret(text))]).unwrap()
        };
        assert_eq!((forget("b"), forget("a"), forget("a")), (0, 1, 0));
        assert_eq!(held(&store), ["b"]);
    }
}
