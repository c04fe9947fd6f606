//! Which of a person's own keys a finding is, as far as the profile opens without asking.

use std::collections::HashMap;

use byok::scan::{Finding, Whose};
use byok::secret::Secret;

use crate::session::Session;

/// The names of a person's own keys, by fingerprint.
pub(crate) struct Known(HashMap<String, String>);

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
        let Ok(Some(profile)) = session.glance() else { return Self(HashMap::new()) };
        let all = profile.keys().iter().zip(profile.display_all());
        // An old one may still work.
        let names = all.flat_map(|(key, name)| key.secrets().map(move |one| (one.fingerprint(), name.to_string())));
        Self(names.filter_map(|(fingerprint, name)| Some((fingerprint?, name))).collect())
    }

    /// Looks at a value once; nothing of it is kept but its fingerprint.
    pub(crate) fn look(&self, finding: Finding, value: &[u8]) -> Look {
        let fingerprint = Secret::from_bytes(value).ok().and_then(|secret| secret.fingerprint());
        let own = fingerprint.as_ref().and_then(|fingerprint| self.0.get(fingerprint)).cloned();
        Look { whose: finding.whose, named: finding.named, fingerprint, own }
    }
}
