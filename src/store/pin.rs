//! What byok remembers of a profile outside it: hashes of its vault secret and of the recipients, and the newest
//! generation seen.
//!
//! age proves that a file is whole, not who wrote it or when. The first profile of a name that is seen is trusted.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::StoreError;
use crate::disk::{self, DiskError};
use crate::name::ProfileName;
use crate::profile::Profile;
use crate::secret::Secret;

/// The folder of pins, one small file a profile.
#[derive(Debug, Clone)]
pub(super) struct Pins {
    folder: PathBuf,
}

/// What is known of one profile.
pub(super) struct Pin {
    vault: String,
    generation: u64,
    /// The hash of the recipients, which an older byok did not write down.
    recipients: Option<String>,
    /// The hash of those that byok was about to seal for: it may have been killed before or after.
    next: Option<String>,
    /// The recipients themselves, as far as they fit, to show who came and who went.
    pub(super) known: Vec<String>,
    /// Whether byok began to remove the profile.
    pub(super) leaving: bool,
}

impl Pin {
    /// The newest generation that was seen.
    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    /// Whether a document is this profile, or a later form of it.
    pub(super) fn knows(&self, document: &Profile) -> bool {
        document.vaults().any(|vault| bool::from(self.vault.as_bytes().ct_eq(hash(vault).as_bytes())))
    }

    /// Whether somebody has agreed already that it opens for those for whom this document does.
    pub(super) fn expects(&self, document: &Profile) -> bool {
        let listed = listed(document.recipients());
        self.recipients.as_ref() == Some(&listed) || self.next.as_ref() == Some(&listed)
    }

    /// Makes a document newer than whatever was seen of its name.
    pub(super) fn outlive(&self, profile: &mut Profile) {
        profile.raise(self.generation);
    }
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
            if !pin.knows(profile) {
                return Err(StoreError::Stranger { name: name.clone() });
            }
            let (found, seen) = (profile.generation(), pin.generation);
            if found < seen {
                return Err(StoreError::RolledBack { name: name.clone(), found, seen });
            }
        }
        let Some(pin) = pin else { return Ok(true) };
        if pin.recipients.is_some() && !pin.expects(profile) {
            return Err(StoreError::OtherOpeners { name: name.clone() });
        }
        Ok(pin.generation < profile.generation() || pin.recipients.is_none())
    }

    /// Remembers this profile as the newest.
    pub(super) fn record(&self, name: &ProfileName, profile: &Profile) -> Result<(), DiskError> {
        disk::make_folder(&self.folder)?;
        let pin = Pin {
            vault: hash(profile.vault()),
            generation: profile.generation(),
            recipients: Some(listed(profile.recipients())),
            next: None,
            known: profile.recipients().to_vec(),
            leaving: false,
        };
        disk::note(&self.path(name), pin.to_text().as_bytes())
    }

    /// Remembers that the profile is about to be sealed for others: whenever byok is killed, what lies there then is
    /// byok's own.
    pub(super) fn announce(&self, name: &ProfileName, profile: &Profile) -> Result<(), DiskError> {
        let Some(pin) = self.read(name)? else { return Ok(()) };
        let next = listed(profile.recipients());
        if pin.recipients.as_ref().is_none_or(|known| *known == next) {
            return Ok(());
        }
        disk::note(&self.path(name), Pin { next: Some(next), ..pin }.to_text().as_bytes())
    }

    /// Takes back what was announced and did not come.
    pub(super) fn withdraw(&self, name: &ProfileName) {
        if let Ok(Some(pin @ Pin { next: Some(_), .. })) = self.read(name) {
            let _ = disk::note(&self.path(name), Pin { next: None, ..pin }.to_text().as_bytes());
        }
    }

    /// Remembers that the profile is about to be removed, so that its absence is no loss.
    pub(super) fn leave(&self, name: &ProfileName) -> Result<(), DiskError> {
        let Some(pin) = self.read(name)? else { return Ok(()) };
        disk::note(&self.path(name), Pin { leaving: true, ..pin }.to_text().as_bytes())
    }

    pub(super) fn forget(&self, name: &ProfileName) -> Result<bool, DiskError> {
        disk::remove(&self.path(name))
    }

    fn path(&self, name: &ProfileName) -> PathBuf {
        Path::join(&self.folder, format!("{name}.toml"))
    }

    /// `None` where nothing is known, which includes the empty file that a power cut may leave.
    pub(super) fn read(&self, name: &ProfileName) -> Result<Option<Pin>, DiskError> {
        const LIMIT: u64 = 8192;
        let bytes = disk::read_private(&self.path(name), LIMIT)?;
        let text = bytes.as_deref().and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
        let (mut vault, mut generation, mut leaving) = (None, None, false);
        let (mut recipients, mut next, mut known) = (None, None, Vec::new());
        for line in text.lines() {
            let Some((field, value)) = line.split_once(" = ") else { continue };
            let said = || value.trim_matches('"').to_owned();
            match field {
                "vault" => vault = Some(said()),
                "generation" => generation = value.parse().ok(),
                "recipients" => recipients = Some(said()),
                "next" => next = Some(said()),
                "known" => known = said().split_whitespace().map(str::to_owned).collect(),
                "leaving" => leaving = true,
                _ => {}
            }
        }
        let found = vault.zip(generation);
        Ok(found.map(|(vault, generation)| Pin { vault, generation, recipients, next, known, leaving }))
    }
}

impl Pin {
    fn to_text(&self) -> String {
        /// More than this of them would not fit into the file.
        const FITS: usize = 7000;
        let mut text = format!("vault = \"{}\"\ngeneration = {}\n", self.vault, self.generation);
        let known = self.known.join(" ");
        let listed = (!known.is_empty() && known.len() < FITS).then_some(&known);
        for (field, value) in
            [("recipients", self.recipients.as_ref()), ("next", self.next.as_ref()), ("known", listed)]
        {
            if let Some(value) = value {
                text.extend([field, " = \"", value, "\"\n"]);
            }
        }
        text + if self.leaving { "leaving = true\n" } else { "" }
    }
}

/// The hash of a list of recipients, whatever their order.
fn listed(recipients: &[String]) -> String {
    let mut sorted: Vec<&str> = recipients.iter().map(String::as_str).collect();
    sorted.sort_unstable();
    let mut hash = Sha256::new();
    for one in sorted {
        hash.update(one.as_bytes());
        hash.update(b"\n");
    }
    hex(&hash.finalize())
}

fn hash(vault: &Secret) -> String {
    hex(&Sha256::digest(vault.expose().as_bytes()))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
