//! What tells a profile from a forged one: a secret inside it, which whoever forges it from the public recipients does
//! not know. Whoever is taken out of a profile does know it, so it is renewed then.

use super::Profile;
use crate::secret::Secret;

/// The vault secret, and those before it.
#[derive(Debug, Clone)]
pub(super) struct Vault {
    pub(super) secret: Secret,
    /// Oldest first. Whoever remembers one of them takes the profile for what it is: its writer knew that one.
    pub(super) former: Vec<Secret>,
}

impl Vault {
    pub(super) fn new(secret: Secret) -> Self {
        Self { secret, former: Vec::new() }
    }

    /// The secret and those before it, the newest first.
    pub(super) fn all(&self) -> impl Iterator<Item = &Secret> {
        std::iter::once(&self.secret).chain(self.former.iter().rev())
    }

    pub(super) fn renew(&mut self, fresh: Secret) {
        self.former.push(std::mem::replace(&mut self.secret, fresh));
    }

    /// Takes on what a copy of the profile went by.
    pub(super) fn learn(&mut self, other: &Self) {
        let unknown = |one: &&Secret| !self.all().any(|own| own.same_as(one));
        let unknown: Vec<Secret> = other.all().filter(unknown).cloned().collect();
        self.former.splice(0..0, unknown.into_iter().rev());
    }
}

impl Profile {
    /// The secret that tells this profile from a forged one.
    pub fn vault(&self) -> &Secret {
        &self.vault.secret
    }

    /// The vault secret and those before it, the newest first.
    pub fn vaults(&self) -> impl Iterator<Item = &Secret> {
        self.vault.all()
    }

    /// Gives the profile another vault secret: 32 random bytes or more, as text.
    pub fn renew(&mut self, fresh: Secret) {
        self.vault.renew(fresh);
    }

    /// Whether this is the other profile, or a later form of it: whoever wrote this one knew the other's vault secret.
    pub fn descends_from(&self, other: &Self) -> bool {
        self.vaults().any(|one| one.same_as(other.vault()))
    }

    /// Whether the two are copies of one profile, whichever is the later one.
    pub fn is_kin(&self, other: &Self) -> bool {
        self.descends_from(other) || other.descends_from(self)
    }
}
