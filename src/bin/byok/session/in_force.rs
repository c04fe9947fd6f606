//! A project whose file is obeyed: what it asks for, and what that makes of a profile.

use std::path::{Path, PathBuf};

use byok::name::{Label, ProviderId};
use byok::profile::Profile;
use byok::project::Project;

/// A project whose file a person has agreed to.
pub(crate) struct InForce {
    /// Its `.byok.toml`.
    pub(crate) path: PathBuf,
    /// What it asks for.
    pub(crate) asks: Project,
}

impl InForce {
    /// Makes the labels that the file names those that a bare provider means in these profiles. The active key of a
    /// provider whose labels are not there is handed out no more: it may be another account's.
    pub(crate) fn aim(&self, profile: &mut Profile) {
        for one in self.asks.keys().filter(|key| key.label.is_some()) {
            if self.asks.labels(&one.provider).any(|label| profile.activate(&one.provider, label)) {
                continue;
            }
            let Some(active) = profile.active(&one.provider).map(|key| key.label.clone()) else { continue };
            if let Some(key) = profile.get_mut(&one.provider, &active) {
                key.exported = false;
            }
        }
    }

    /// The labels that the project means by a bare provider, the first one first.
    pub(crate) fn labels(&self, provider: &ProviderId) -> Vec<Label> {
        self.asks.labels(provider).cloned().collect()
    }

    /// The project's folder as a person calls it.
    pub(crate) fn name(&self) -> String {
        let folder = self.path.parent().and_then(Path::file_name).unwrap_or_default();
        folder.to_string_lossy().into_owned()
    }
}
