//! Who opens a profile: others let in, taken out, or given a new recipient in the old one's place. Each is one update,
//! which seals the profile anew.

use jiff::Timestamp;

use crate::name::{KeyRef, ProfileName};
use crate::profile::{Kind, Opener, Profile};
use crate::secret::Secret;
use crate::store::{Store, StoreError};

/// Why the openers of a profile were not changed. The stored profile is untouched, whatever the error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenerError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no such profile.
    #[error("there is no profile `{name}`")]
    NoProfile {
        /// Its name.
        name: ProfileName,
    },
    /// The recipient opens it already.
    #[error("it opens for this recipient already{}", as_whom(name))]
    There {
        /// Whose it is, as far as that is known.
        name: String,
    },
    /// Somebody of this name opens it already, with another recipient.
    #[error("it opens for `{name}` already, with another recipient")]
    Taken {
        /// The name.
        name: String,
    },
    /// Nobody of this name, and no such recipient, opens it.
    #[error("it opens for nobody called `{wanted}`")]
    Unknown {
        /// What was asked for.
        wanted: String,
    },
    /// The name means several recipients.
    #[error("`{wanted}` has several recipients")]
    Several {
        /// What was asked for.
        wanted: String,
    },
    /// Nothing of one's own would open the profile any more.
    #[error("then you would not open it any more yourself")]
    Last,
}

fn as_whom(name: &str) -> String {
    if name.is_empty() { String::new() } else { format!(", as `{name}`") }
}

/// Whoever does it: the recipients of the identity in use, and what to call them where nobody has said.
#[derive(Debug, Clone)]
pub struct Own {
    /// The recipients.
    pub recipients: Vec<String>,
    /// The name.
    pub name: String,
    /// The vault secret that a profile has from now on once somebody is taken out, who knows the one before.
    pub vault: Secret,
}

impl Own {
    fn opens(&self, profile: &Profile) -> bool {
        profile.recipients().iter().any(|one| self.recipients.contains(one))
    }

    /// Says in the document who we are, so that others read a name and not only a recipient.
    pub fn sign(&self, profile: &mut Profile, now: Timestamp) {
        let nameless: Vec<String> = self
            .recipients
            .iter()
            .filter(|one| profile.recipients().contains(one) && profile.opener(one).is_none())
            .cloned()
            .collect();
        for recipient in nameless {
            let is_free = |name: &String| profile.recipients_of(name).next().is_none();
            let mut names =
                std::iter::once(self.name.clone()).chain((2..).map(|number| format!("{}-{number}", self.name)));
            let name = names.find(is_free).unwrap_or_default();
            profile.admit(Opener::new(recipient, name, Kind::Person, now));
        }
    }
}

/// Somebody who opens a profile no more.
#[derive(Debug, Clone)]
pub struct Dismissed {
    /// What they were called, or their recipient.
    pub name: String,
    /// The keys that they have seen, as they are shown.
    pub seen: Vec<KeyRef>,
}

/// Lets somebody in.
pub fn admit(profile: &mut Profile, own: &Own, opener: Opener) -> Result<(), OpenerError> {
    if profile.recipients().contains(&opener.recipient) {
        let name = profile.opener(&opener.recipient).map(|one| one.name.clone()).unwrap_or_default();
        return Err(OpenerError::There { name });
    }
    own.sign(profile, opener.added);
    if profile.recipients_of(&opener.name).next().is_some() {
        return Err(OpenerError::Taken { name: opener.name });
    }
    profile.admit(opener);
    Ok(())
}

/// Takes somebody out, by name or recipient.
pub fn dismiss(profile: &mut Profile, own: &Own, wanted: &str, now: Timestamp) -> Result<Dismissed, OpenerError> {
    own.sign(profile, now);
    let recipient = meant(profile, wanted)?;
    let name = profile.opener(&recipient).map(|one| one.name.clone()).filter(|name| !name.is_empty());
    profile.dismiss(&recipient, now);
    profile.renew(own.vault.clone());
    if !own.opens(profile) {
        return Err(OpenerError::Last);
    }
    let seen = profile.keys().iter().map(|key| profile.display(key)).collect();
    Ok(Dismissed { name: name.unwrap_or(recipient), seen })
}

/// Puts a new recipient in the place of somebody's old one.
pub fn exchange(profile: &mut Profile, own: &Own, wanted: &str, new: &str, now: Timestamp) -> Result<(), OpenerError> {
    own.sign(profile, now);
    let old = meant(profile, wanted)?;
    if profile.recipients().iter().any(|one| one == new) {
        let name = profile.opener(new).map(|one| one.name.clone()).unwrap_or_default();
        return Err(OpenerError::There { name });
    }
    profile.exchange(&old, new, now);
    profile.renew(own.vault.clone());
    if own.opens(profile) { Ok(()) } else { Err(OpenerError::Last) }
}

/// Puts one identity's recipient in the place of those of the identity before it, which may have come into other hands;
/// answers whether there were any. `vault` is the profile's new vault secret.
pub fn succeed(profile: &mut Profile, old: &[String], new: &str, vault: &Secret, now: Timestamp) -> bool {
    let changed: Vec<bool> = old.iter().map(|old| profile.exchange(old, new, now)).collect();
    let is_changed = changed.contains(&true);
    if is_changed {
        profile.renew(vault.clone());
    }
    is_changed
}

/// Applies a deed under the store's own lock and stores what comes of it, unless it fails.
pub fn change<T>(
    store: &dyn Store,
    name: &ProfileName,
    mut deed: impl FnMut(&mut Profile) -> Result<T, OpenerError>,
) -> Result<T, OpenerError> {
    let mut outcome = Err(OpenerError::NoProfile { name: name.clone() });
    store.update(name, &mut |old| {
        let mut profile = old?;
        outcome = deed(&mut profile);
        outcome.is_ok().then_some(profile)
    })?;
    outcome
}

/// The one recipient that a name means.
fn meant(profile: &Profile, wanted: &str) -> Result<String, OpenerError> {
    let mut all = profile.recipients_of(wanted);
    match (all.next(), all.next()) {
        (Some(one), None) => Ok(one.clone()),
        (Some(_), Some(_)) => Err(OpenerError::Several { wanted: wanted.to_owned() }),
        (None, _) => Err(OpenerError::Unknown { wanted: wanted.to_owned() }),
    }
}
