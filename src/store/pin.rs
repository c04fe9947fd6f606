//! What byok remembers of a profile outside it: a hash of the vault secret, and the newest generation seen.
//!
//! age proves that a file is whole, not who wrote it or when. The first profile of a name that is seen is trusted.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::StoreError;
use crate::disk::{self, DiskError};
use crate::name::ProfileName;
use crate::profile::Profile;

/// The folder of pins, one small file a profile.
#[derive(Debug, Clone)]
pub(super) struct Pins {
    folder: PathBuf,
}

/// What is known of one profile.
pub(super) struct Pin {
    vault: String,
    generation: u64,
    /// Whether byok began to remove the profile.
    pub(super) leaving: bool,
}

impl Pins {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Refuses a profile that is not the one known, or older; answers whether it is newer than what is known.
    ///
    /// `pin` was read before the profile was.
    pub(super) fn check(name: &ProfileName, pin: Option<&Pin>, profile: &Profile) -> Result<bool, StoreError> {
        if let Some(pin) = pin {
            let same: bool = pin.vault.as_bytes().ct_eq(hash(profile).as_bytes()).into();
            if !same {
                return Err(StoreError::Stranger { name: name.clone() });
            }
            let (found, seen) = (profile.generation(), pin.generation);
            if found < seen {
                return Err(StoreError::RolledBack { name: name.clone(), found, seen });
            }
        }
        Ok(pin.is_none_or(|pin| pin.generation < profile.generation()))
    }

    /// Remembers this profile as the newest.
    pub(super) fn record(&self, name: &ProfileName, profile: &Profile) -> Result<(), DiskError> {
        let text = format!("vault = \"{}\"\ngeneration = {}\n", hash(profile), profile.generation());
        disk::make_folder(&self.folder)?;
        disk::note(&self.path(name), text.as_bytes())
    }

    /// Remembers that the profile is about to be removed, so that its absence is no loss.
    pub(super) fn leave(&self, name: &ProfileName) -> Result<(), DiskError> {
        let Some(pin) = self.read(name)? else { return Ok(()) };
        let text = format!("vault = \"{}\"\ngeneration = {}\nleaving = true\n", pin.vault, pin.generation);
        disk::note(&self.path(name), text.as_bytes())
    }

    pub(super) fn forget(&self, name: &ProfileName) -> Result<bool, DiskError> {
        disk::remove(&self.path(name))
    }

    fn path(&self, name: &ProfileName) -> PathBuf {
        Path::join(&self.folder, format!("{name}.toml"))
    }

    /// `None` where nothing is known, which includes the empty file that a power cut may leave.
    pub(super) fn read(&self, name: &ProfileName) -> Result<Option<Pin>, DiskError> {
        const LIMIT: u64 = 4096;
        let bytes = disk::read_private(&self.path(name), LIMIT)?;
        let text = bytes.as_deref().and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
        let (mut vault, mut generation, mut leaving) = (None, None, false);
        for line in text.lines() {
            match line.split_once(" = ") {
                Some(("vault", value)) => vault = Some(value.trim_matches('"').to_owned()),
                Some(("generation", value)) => generation = value.parse().ok(),
                Some(("leaving", _)) => leaving = true,
                _ => {}
            }
        }
        Ok(vault.zip(generation).map(|(vault, generation)| Pin { vault, generation, leaving }))
    }
}

fn hash(profile: &Profile) -> String {
    hex(&Sha256::digest(profile.vault().expose().as_bytes()))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
