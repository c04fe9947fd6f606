//! Which of a person's own keys a finding is, as far as the profile opens without asking.

use std::collections::HashMap;

use byok::name::ProviderId;
use byok::provider::Registry;
use byok::scan::{Finder, Finding, Whose};
use byok::secret::Secret;

use crate::session::Session;

/// The names of a person's own keys, by fingerprint, and the keys.
pub(crate) struct Known {
    names: HashMap<String, String>,
    keys: Vec<(ProviderId, Secret)>,
}

/// What is told of a finding.
pub(crate) struct Look {
    pub(crate) whose: Whose,
    /// Whether only the name before it tells of it.
    pub(crate) named: bool,
    pub(crate) fingerprint: Option<String>,
    /// Which of one's own keys it is.
    pub(crate) own: Option<String>,
}

impl Known {
    pub(crate) fn new(session: &Session<'_>) -> Self {
        let mut known = Self { names: HashMap::new(), keys: Vec::new() };
        let Ok(Some(profile)) = session.glance() else { return known };
        for (key, name) in profile.keys().iter().zip(profile.display_all()) {
            // An old one may still work.
            for one in key.secrets() {
                known.names.extend(one.fingerprint().map(|fingerprint| (fingerprint, name.to_string())));
                known.keys.push((key.provider.clone(), one.clone()));
            }
        }
        known
    }

    /// A finder that knows them, too: a key may look like nothing in particular.
    pub(super) fn finder(&self, registry: &Registry) -> Finder {
        Finder::new(registry).knowing(self.keys.iter().cloned())
    }

    /// Looks at a value once; nothing of it is kept but its fingerprint.
    pub(crate) fn look(&self, finding: Finding, value: &[u8]) -> Look {
        let fingerprint = Secret::from_bytes(value).ok().and_then(|secret| secret.fingerprint());
        let own = fingerprint.as_ref().and_then(|fingerprint| self.names.get(fingerprint)).cloned();
        Look { whose: finding.whose, named: finding.named, fingerprint, own }
    }
}
