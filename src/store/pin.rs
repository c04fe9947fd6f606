//! What byok remembers of a profile outside it: hashes of its vault secret and of the recipients, and the newest
//! generation seen.
//!
//! age proves that a file is whole, not who wrote it or when. The first profile of a name that is seen is trusted.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::StoreError;
use crate::disk::{self, DiskError};
use crate::hex::hex;
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
    /// The hash of those that byok was about to seal for, and that of the vault secret which the document has then: it may
    /// have been killed before or after.
    next: Option<String>,
    next_vault: Option<String>,
    /// The hashes of the vault secrets before, the newest first.
    former: Vec<String>,
    /// The hashes of the documents that byok wrote on this machine, the newest last, with blanks between them.
    wrote: String,
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
        document.vaults().any(|vault| is_same(&self.vault, &hash(vault)))
    }

    /// Whether a document was this profile before somebody was taken out.
    fn has_left(&self, document: &Profile) -> bool {
        let vault = hash(document.vault());
        document.generation() <= self.generation && self.former.iter().any(|one| is_same(one, &vault))
    }

    /// Whether byok wrote this very document on this machine, not too long ago.
    pub(super) fn wrote(&self, document: &Profile) -> bool {
        let print = print(document);
        self.wrote.split_whitespace().any(|one| one == print)
    }

    /// Whether somebody has agreed already that it opens for those for whom this document does.
    pub(super) fn agrees(&self, document: &Profile) -> bool {
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
            let (found, seen) = (profile.generation(), pin.generation);
            if pin.has_left(profile) && !pin.knows(profile) {
                return Err(StoreError::RolledBack { name: name.clone(), found, seen });
            }
            if !pin.knows(profile) {
                return Err(StoreError::Stranger { name: name.clone() });
            }
            if found < seen {
                return Err(StoreError::RolledBack { name: name.clone(), found, seen });
            }
        }
        let Some(pin) = pin else { return Ok(true) };
        let listed = listed(profile.recipients());
        // What is about to come has its own vault secret: with the one before, it is somebody else's.
        let is_next = || pin.next.as_ref() == Some(&listed) && pin.next_vault == Some(hash(profile.vault()));
        if pin.recipients.as_ref().is_some_and(|known| *known != listed) && !is_next() {
            return Err(StoreError::OtherOpeners { name: name.clone() });
        }
        Ok(pin.generation < profile.generation() || pin.recipients.is_none())
    }

    /// Remembers this profile as the newest, and that byok wrote it here.
    pub(super) fn record_own(&self, name: &ProfileName, profile: &Profile) -> Result<(), DiskError> {
        self.put(name, profile, true)
    }

    /// Remembers this profile as the newest.
    pub(super) fn record(&self, name: &ProfileName, profile: &Profile) -> Result<(), DiskError> {
        self.put(name, profile, false)
    }

    /// The same, because somebody said so: a power cut does not undo that.
    pub(super) fn accept(&self, name: &ProfileName, profile: &Profile) -> Result<(), DiskError> {
        let pin = self.made(name, profile, false)?;
        self.keep(name, &pin)
    }

    fn put(&self, name: &ProfileName, profile: &Profile, is_own: bool) -> Result<(), DiskError> {
        let pin = self.made(name, profile, is_own)?;
        disk::note(&self.path(name), pin.to_text().as_bytes())
    }

    /// What is known of a profile once this is it, in a folder that is there.
    fn made(&self, name: &ProfileName, profile: &Profile, is_own: bool) -> Result<Pin, DiskError> {
        disk::make_folder(&self.folder)?;
        let mut wrote = self.read(name)?.filter(|pin| pin.knows(profile)).map(|pin| pin.wrote).unwrap_or_default();
        if is_own {
            add(&mut wrote, profile);
        }
        Ok(Pin {
            vault: hash(profile.vault()),
            generation: profile.generation(),
            recipients: Some(listed(profile.recipients())),
            next: None,
            next_vault: None,
            former: profile.vaults().skip(1).take(FORMER).map(hash).collect(),
            wrote,
            known: profile.recipients().to_vec(),
            leaving: false,
        })
    }

    /// Remembers that the profile is about to be sealed for others: whenever byok is killed, what lies there then is
    /// byok's own.
    pub(super) fn announce(&self, name: &ProfileName, profile: &Profile) -> Result<(), DiskError> {
        let Some(pin) = self.read(name)? else { return Ok(()) };
        let next = listed(profile.recipients());
        if pin.recipients.as_ref().is_none_or(|known| *known == next) {
            return Ok(());
        }
        let next_vault = Some(hash(profile.vault()));
        self.keep(name, &Pin { next: Some(next), next_vault, ..pin })
    }

    /// Remembers a document that byok made and that somebody else, as git, puts in its place.
    pub(super) fn expect(&self, name: &ProfileName, profile: &Profile) -> Result<(), DiskError> {
        self.announce(name, profile)?;
        let Some(mut pin) = self.read(name)? else { return Ok(()) };
        add(&mut pin.wrote, profile);
        self.keep(name, &pin)
    }

    /// Takes back what was announced and did not come.
    pub(super) fn withdraw(&self, name: &ProfileName) {
        if let Ok(Some(pin @ Pin { next: Some(_), .. })) = self.read(name) {
            let _ = disk::note(&self.path(name), Pin { next: None, next_vault: None, ..pin }.to_text().as_bytes());
        }
    }

    /// Remembers that the profile is about to be removed, so that its absence is no loss.
    pub(super) fn leave(&self, name: &ProfileName) -> Result<(), DiskError> {
        let Some(pin) = self.read(name)? else { return Ok(()) };
        self.keep(name, &Pin { leaving: true, ..pin })
    }

    /// Writes what must be known before the profile changes, and be on disk before it: after a power cut, a profile that
    /// is newer than its pin in this is refused.
    fn keep(&self, name: &ProfileName, pin: &Pin) -> Result<(), DiskError> {
        let text = pin.to_text();
        disk::replace(&self.path(name), text.as_bytes(), |read| read == text.as_bytes())
    }

    pub(super) fn forget(&self, name: &ProfileName) -> Result<bool, DiskError> {
        disk::remove(&self.path(name))
    }

    fn path(&self, name: &ProfileName) -> PathBuf {
        Path::join(&self.folder, format!("{name}.toml"))
    }

    /// `None` where nothing is known, which includes the empty file that a power cut may leave.
    pub(super) fn read(&self, name: &ProfileName) -> Result<Option<Pin>, DiskError> {
        const LIMIT: u64 = 32 * 1024;
        let bytes = disk::read_private(&self.path(name), LIMIT)?;
        let text = bytes.as_deref().and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
        let (mut vault, mut generation, mut leaving) = (None, None, false);
        let (mut recipients, mut next, mut next_vault) = (None, None, None);
        let (mut former, mut wrote, mut known) = (Vec::new(), String::new(), Vec::new());
        for line in text.lines() {
            let Some((field, value)) = line.split_once(" = ") else { continue };
            let said = || value.trim_matches('"').to_owned();
            let all = || said().split_whitespace().map(str::to_owned).collect();
            match field {
                "vault" => vault = Some(said()),
                "generation" => generation = value.parse().ok(),
                "recipients" => recipients = Some(said()),
                "next" => next = Some(said()),
                "next_vault" => next_vault = Some(said()),
                "former" => former = all(),
                "wrote" => wrote = said(),
                "known" => known = all(),
                "leaving" => leaving = true,
                _ => {}
            }
        }
        let found = vault.zip(generation);
        Ok(found.map(|(vault, generation)| Pin {
            vault,
            generation,
            recipients,
            next,
            next_vault,
            former,
            wrote,
            known,
            leaving,
        }))
    }
}

impl Pin {
    fn to_text(&self) -> String {
        /// More than this of them would not fit into the file.
        const FITS: usize = 7000;
        let mut text = format!("vault = \"{}\"\ngeneration = {}\n", self.vault, self.generation);
        let known = self.known.join(" ");
        let listed = (!known.is_empty() && known.len() < FITS).then_some(&known);
        let former = (!self.former.is_empty()).then(|| self.former.join(" "));
        let wrote = (!self.wrote.is_empty()).then_some(&self.wrote);
        for (field, value) in [
            ("recipients", self.recipients.as_ref()),
            ("next", self.next.as_ref()),
            ("next_vault", self.next_vault.as_ref()),
            ("former", former.as_ref()),
            ("wrote", wrote),
            ("known", listed),
        ] {
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

/// As many documents are remembered as were written here.
const WROTE: usize = 64;

/// As many vault secrets before the newest one are remembered.
const FORMER: usize = 16;

fn add(wrote: &mut String, profile: &Profile) {
    let count = wrote.split_whitespace().count() + 1;
    let kept: Vec<&str> = wrote.split_whitespace().skip(count.saturating_sub(WROTE)).collect();
    [kept.join(" "), print(profile)].join(" ").trim_start().clone_into(wrote);
}

/// The fingerprint of a whole document.
fn print(profile: &Profile) -> String {
    hex(&Sha256::digest(profile.to_toml().as_bytes())[..16])
}

fn is_same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

fn hash(vault: &Secret) -> String {
    hex(&Sha256::digest(vault.expose().as_bytes()))
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::new(Zeroizing::new(text.to_owned())).unwrap()
    }

    fn profile(vault: &str, recipients: &[&str]) -> Profile {
        Profile::new(secret(vault), recipients.iter().map(|&one| one.to_owned()).collect())
    }

    #[test]
    fn a_copy_from_before_somebody_left_is_an_older_one_and_no_strangers() {
        let folder = tempfile::tempdir().unwrap();
        let (pins, name) = (Pins::new(folder.path().join("pins")), ProfileName::default());
        let old = profile("the-first-vault-secret", &["age1a", "age1b"]);
        let mut new = old.clone();
        new.renew(secret("the-second-vault-secret"));
        new.advance();
        pins.record(&name, &new).unwrap();
        let pin = pins.read(&name).unwrap().unwrap();
        let check = |profile: &Profile| Pins::check(&name, Some(&pin), profile);
        assert!(matches!(check(&old), Err(StoreError::RolledBack { .. })));
        assert!(matches!(check(&profile("somebody-elses-secret", &["age1a"])), Err(StoreError::Stranger { .. })));
        assert!(!check(&new).unwrap());
        let mut below = profile("another-vault-secret", &["age1a"]);
        pin.outlive(&mut below);
        assert_eq!(below.generation(), new.generation());
    }

    #[test]
    fn who_is_about_to_open_it_is_agreed_to_with_the_vault_secret_of_then_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (pins, name) = (Pins::new(folder.path().join("pins")), ProfileName::default());
        let now = profile("the-first-vault-secret", &["age1a"]);
        pins.record(&name, &now).unwrap();
        let mut next = profile("the-first-vault-secret", &["age1a", "age1b"]);
        next.renew(secret("the-second-vault-secret"));
        pins.announce(&name, &next).unwrap();
        let pin = pins.read(&name).unwrap().unwrap();
        let forged = profile("the-first-vault-secret", &["age1a", "age1b"]);
        assert!(Pins::check(&name, Some(&pin), &now).is_ok() && Pins::check(&name, Some(&pin), &next).is_ok());
        assert!(matches!(Pins::check(&name, Some(&pin), &forged), Err(StoreError::OtherOpeners { .. })));
        assert!(pin.agrees(&now) && pin.agrees(&next));
        assert!(!pin.agrees(&profile("the-first-vault-secret", &["age1c"])));
    }
    #[test]
    fn what_is_known_of_a_profile_is_written_down_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let (pins, name) = (Pins::new(folder.path().join("pins")), ProfileName::default());
        let read = || pins.read(&name).unwrap().unwrap();
        assert!(pins.read(&name).unwrap().is_none());
        let mut one = profile("a-vault-secret", &["age1a", "age1b"]);
        one.raise(7);
        pins.record_own(&name, &one).unwrap();
        assert_eq!((read().generation(), read().leaving), (7, false));
        assert_eq!(read().known, ["age1a", "age1b"]);
        let mut newer = one.clone();
        newer.advance();
        assert!(read().wrote(&one) && !read().wrote(&newer));
        let check = |profile: &Profile| Pins::check(&name, Some(&read()), profile);
        assert!(check(&newer).unwrap() && !check(&one).unwrap());
        pins.accept(&name, &newer).unwrap();
        assert_eq!(read().generation(), 8);
        assert!(matches!(check(&one), Err(StoreError::RolledBack { found: 7, seen: 8, .. })));
        // What somebody else is to put in its place is known, and not yet the newest.
        let older = newer.clone();
        newer.advance();
        pins.expect(&name, &newer).unwrap();
        assert!(read().wrote(&newer) && read().wrote(&one) && !read().wrote(&older));
        assert_eq!(read().generation(), 8);
        pins.leave(&name).unwrap();
        assert!(read().leaving);
        // As many as are remembered, and the oldest goes.
        for _ in 0..WROTE {
            assert!(read().wrote(&newer));
            newer.advance();
            pins.record_own(&name, &newer).unwrap();
        }
        assert_eq!(read().wrote.split_whitespace().count(), WROTE);
        assert!(read().wrote(&newer) && !read().wrote(&one) && !read().leaving);
        pins.announce(&name, &profile("another-vault-secret", &["age1c"])).unwrap();
        assert!(read().next.is_some() && read().next_vault.is_some());
        pins.withdraw(&name);
        assert!(read().next.is_none() && read().next_vault.is_none());
        assert!(pins.forget(&name).unwrap() && !pins.forget(&name).unwrap());
        assert!(pins.read(&name).unwrap().is_none());
    }

    #[test]
    fn recipients_are_listed_as_far_as_they_fit_and_nothing_empty_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let (pins, name) = (Pins::new(folder.path().join("pins")), ProfileName::default());
        for (length, fits) in [(6_999, true), (7_000, false), (7_001, false)] {
            let long = "a".repeat(length);
            pins.record(&name, &profile("a-vault-secret", &[&long])).unwrap();
            let pin = pins.read(&name).unwrap().unwrap();
            assert_eq!(pin.known.len(), usize::from(fits), "{length}");
        }
        pins.record(&name, &profile("a-vault-secret", &[])).unwrap();
        let text = pins.read(&name).unwrap().unwrap().to_text();
        let fields: Vec<&str> = text.lines().filter_map(|line| line.split(' ').next()).collect();
        assert_eq!(fields, ["vault", "generation", "recipients"]);
    }
}
