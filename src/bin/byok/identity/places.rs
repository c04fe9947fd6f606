//! The places that an identity may live in, and what it takes to put it there, look at it and take it away.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use byok::disk;
use byok::keychain::{self, Keychain, KeychainError};
use byok::seal;
use byok::secret::Secret;
use byok::settings::Place;
use zeroize::Zeroizing;

use crate::fault::{Fault, quoted};
use crate::ui::Ui;
use crate::vars;

/// The places of one home.
pub(crate) struct Places<'a> {
    ui: &'a Ui,
    rules: byok::identity::Places,
    /// How long the keychain has to answer, as the settings say.
    timeout: Option<Duration>,
}

impl<'a> Places<'a> {
    pub(crate) fn new(ui: &'a Ui, folder: &Path, own: bool, timeout: Option<Duration>) -> Self {
        Self { ui, rules: byok::identity::Places::new(folder, own), timeout }
    }

    /// The keychain, and what tells the items of this home from those of others.
    pub(crate) fn door(&self) -> std::result::Result<(Keychain, String), KeychainError> {
        match vars::keychain_timeout() {
            Some(text) if byok::settings::duration(&text).is_none() => {
                Err(KeychainError::Setting("`BYOK_KEYCHAIN_TIMEOUT` is no length of time, such as `30s`".to_owned()))
            }
            _ => Ok((self.keychain(), self.tag())),
        }
    }

    /// The keychain, with the usual limit where what is said of it makes no sense.
    pub(super) fn keychain(&self) -> Keychain {
        let said = vars::keychain_timeout().and_then(|text| byok::settings::duration(&text));
        let keychain = Keychain::new(said.or(self.timeout).unwrap_or(keychain::LIMIT));
        if self.ui.is_mute() { keychain.quiet() } else { keychain }
    }

    /// What the keychain holds.
    pub(super) fn read_keychain(&self) -> Result<Option<Zeroizing<String>>> {
        let bytes = self.door().and_then(|(keychain, _)| keychain.get(&self.item()));
        let bytes = bytes.map_err(|error| refused(&error))?;
        let Some(bytes) = bytes else { return Ok(None) };
        let text = std::str::from_utf8(&bytes).map_err(|_| Fault::refused("what the keychain holds is no identity"))?;
        Ok(Some(Zeroizing::new(text.to_owned())))
    }

    /// Puts the identity there, behind `passphrase` where the place takes one, and reads it back.
    pub(crate) fn write(&self, place: Place, text: &str, passphrase: Option<&Secret>) -> Result<()> {
        match (place, passphrase) {
            // A move that was stopped may have written it already.
            (Place::File, _) if self.holds(Place::File, text)? => Ok(()),
            (Place::File, _) => Ok(disk::create(&self.file, text.as_bytes())?),
            (Place::Keychain, _) => {
                let written = self.door().and_then(|(keychain, _)| keychain.set(&self.item(), text.as_bytes()));
                Ok(written.map_err(|error| refused_new(&error))?)
            }
            (Place::Passphrase, Some(passphrase)) => {
                if let Some(there) = disk::read_private(&self.wrapped, byok::identity::LIMIT)?
                    && !opens_to(&there, passphrase, text)
                {
                    let path = self.wrapped.display();
                    return Err(Fault::refused(format!(
                        "`{path}` is there already: another identity, or this one with another passphrase"
                    ))
                    .hint(format!("set it aside: `mv {0} {0}.old`", quoted(&self.wrapped)))
                    .into());
                }
                self.rewrap(text, passphrase)
            }
            (Place::Passphrase, None) => Err(Fault::failed("there is no passphrase").into()),
        }
    }

    /// Puts the identity there, whatever was there before; see [`Places::copy_aside`].
    pub(crate) fn put(&self, place: Place, text: &str, passphrase: Option<&Secret>) -> Result<()> {
        match (place, passphrase) {
            (Place::File, _) => Ok(disk::replace(&self.file, text.as_bytes(), |read| read == text.as_bytes())?),
            (Place::Passphrase, Some(passphrase)) => self.rewrap(text, passphrase),
            _ => self.write(place, text, passphrase),
        }
    }

    /// What lies there, as it lies there.
    pub(crate) fn stored(&self, place: Place) -> Result<Option<Zeroizing<Vec<u8>>>> {
        match place {
            Place::File => Ok(disk::read_private(&self.file, byok::identity::LIMIT)?),
            Place::Passphrase => Ok(disk::read_private(&self.wrapped, byok::identity::LIMIT)?),
            Place::Keychain => Ok(self.read_keychain()?.map(|text| Zeroizing::new(text.as_bytes().to_vec()))),
        }
    }

    /// Copies what lies there to a name beside it, where it stays; answers where that is.
    pub(crate) fn copy_aside(&self, place: Place) -> Result<Option<String>> {
        let path = match place {
            Place::File => &self.file,
            Place::Passphrase => &self.wrapped,
            Place::Keychain => return self.set_item_aside(),
        };
        let Some(bytes) = self.stored(place)? else { return Ok(None) };
        let mut names = std::iter::once(".old".to_owned()).chain((2..).map(|number| format!(".old-{number}")));
        loop {
            let mut aside = path.clone().into_os_string();
            aside.push(names.next().unwrap_or_default());
            let aside = PathBuf::from(aside);
            match disk::create(&aside, &bytes) {
                Ok(()) => return Ok(Some(aside.display().to_string())),
                // One that was killed has made the same copy.
                Err(disk::DiskError::Exists { .. }) => {
                    let there = disk::read_private(&aside, byok::identity::LIMIT).ok().flatten();
                    if there.is_some_and(|there| *there == *bytes) {
                        return Ok(Some(aside.display().to_string()));
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Puts the identity behind a passphrase, whatever that file held before.
    pub(crate) fn rewrap(&self, text: &str, passphrase: &Secret) -> Result<()> {
        let wrapped = seal::wrap(text, passphrase).map_err(cannot_wrap)?;
        let same = |bytes: &[u8]| seal::unwrap(bytes, passphrase).is_ok_and(|read| *read == text);
        Ok(disk::replace(&self.wrapped, &wrapped, same)?)
    }

    /// Whether the very identity of `text` lies there in the clear; what a passphrase hides is not looked at.
    pub(crate) fn holds(&self, place: Place, text: &str) -> Result<bool> {
        let there = match place {
            Place::File => {
                let bytes = disk::read_private(&self.file, byok::identity::LIMIT)?;
                bytes.map(|bytes| Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned()))
            }
            Place::Keychain => self.read_keychain()?,
            Place::Passphrase => None,
        };
        Ok(there.is_some_and(|there| same_identity(&there, text)))
    }

    /// Whether this is the passphrase that the identity has already, in a wrapping that is worth keeping.
    pub(crate) fn is_passphrase(&self, passphrase: &Secret) -> Result<bool> {
        let there = disk::read_private(&self.wrapped, byok::identity::LIMIT)?.unwrap_or_default();
        let dear = seal::work_factor(&there).is_ok_and(|factor| factor >= super::CHEAP);
        Ok(dear && seal::unwrap(&there, passphrase).is_ok())
    }

    /// Sets aside what lies there, which is never removed; answers where it is now, if anything was there.
    pub(crate) fn set_aside(&self, place: Place) -> Result<Option<String>> {
        let path = match place {
            Place::File => &self.file,
            Place::Passphrase => &self.wrapped,
            Place::Keychain => return self.set_item_aside(),
        };
        if path.symlink_metadata().is_err() {
            return Ok(None);
        }
        Ok(Some(disk::set_aside(path)?.display().to_string()))
    }

    fn set_item_aside(&self) -> Result<Option<String>> {
        let (keychain, _) = self.door().map_err(|error| refused(&error))?;
        let Some(old) = keychain.get(&self.item()).map_err(|error| refused(&error))? else { return Ok(None) };
        let mut names = std::iter::once(".old".to_owned()).chain((2..).map(|number| format!(".old-{number}")));
        let name = loop {
            let name = names.next().map(|end| self.item() + &end).unwrap_or_default();
            match keychain.get(&name).map_err(|error| refused(&error))? {
                Some(there) if there != old => {}
                _ => break name,
            }
        };
        keychain.set(&name, &old).map_err(|error| refused(&error))?;
        Ok(Some(format!("item `{name}` of the keychain")))
    }

    /// What killed byoks left of the identity: a whole copy of it, under another name.
    pub(crate) fn leftovers(&self) -> Vec<PathBuf> {
        [&self.file, &self.wrapped].into_iter().flat_map(|path| disk::leftovers(path)).collect()
    }

    /// Removes that. The caller holds the lock.
    pub(crate) fn sweep(&self) {
        disk::sweep(&self.file);
        disk::sweep(&self.wrapped);
    }

    /// Takes the identity away from there.
    pub(crate) fn remove(&self, place: Place) -> Result<()> {
        match place {
            Place::File => disk::remove(&self.file).map(drop)?,
            Place::Passphrase => disk::remove(&self.wrapped).map(drop)?,
            Place::Keychain => {
                let removed = self.door().and_then(|(keychain, _)| keychain.remove(&self.item()));
                removed.map_err(|error| refused(&error))?;
            }
        }
        Ok(())
    }

    /// The place in words.
    pub(crate) fn in_words(&self, place: Place) -> String {
        match place {
            Place::File => self.file.display().to_string(),
            Place::Passphrase => format!("{}, behind a passphrase", self.wrapped.display()),
            Place::Keychain => format!("the keychain ({})", Keychain::name()),
        }
    }
}

impl std::ops::Deref for Places<'_> {
    type Target = byok::identity::Places;

    fn deref(&self) -> &byok::identity::Places {
        &self.rules
    }
}

/// A keychain that does not do it: never a reason to take another place unasked.
fn refused(error: &KeychainError) -> Fault {
    let hint = match error {
        KeychainError::Setting(_) => {
            let (code, hints) = crate::fault::of_setting();
            return hints.into_iter().fold(Fault::with_code(code, error.to_string()), Fault::hint);
        }
        KeychainError::Locked => "unlock it in your desktop, or log in to it, and try again",
        KeychainError::Missing(_) => {
            "start byok in the session that has it, or give the identity: `export BYOK_IDENTITY_FILE=/path/to/identity.txt`"
        }
        KeychainError::TimedOut { .. } => {
            "see whether it waits for you in a window; `export BYOK_KEYCHAIN_TIMEOUT=60s` gives it more time"
        }
        _ => "give the identity from your recovery sheet: `export BYOK_IDENTITY_FILE=/path/to/identity.txt`",
    };
    Fault::refused(error.to_string()).hint(hint)
}

/// The same, where there is no identity in it yet: another place does as well.
fn refused_new(error: &KeychainError) -> Fault {
    match error {
        KeychainError::Missing(_) | KeychainError::Volatile(_) => Fault::refused(error.to_string()).hint(
            "choose another place: `--identity file` or `--identity passphrase` of `byok init`, `--to` of the others",
        ),
        error => refused(error),
    }
}

/// Whether two texts hold the same identities.
fn same_identity(one: &str, other: &str) -> bool {
    let recipients = |text: &str| seal::Identities::parse(text).map(|found| found.recipients()).ok();
    recipients(one).is_some() && recipients(one) == recipients(other)
}

/// Whether a wrapped identity is that of `text`, behind this passphrase.
fn opens_to(wrapped: &[u8], passphrase: &Secret, text: &str) -> bool {
    seal::unwrap(wrapped, passphrase).is_ok_and(|there| same_identity(&there, text))
}

fn cannot_wrap(error: seal::SealError) -> Fault {
    Fault::failed("cannot put the identity behind a passphrase").cause(error)
}
