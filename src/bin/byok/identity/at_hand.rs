//! What opens without asking anybody, for whoever must not ask.

use byok::disk;
use byok::held::Held;
use byok::seal::{self, Identities, Unlock, UnlockError};
use byok::settings::Place;

use super::{LIMIT, Opener, held_in, passphrase};
use crate::vars;

impl Opener<'_> {
    /// The identity, if it is given, lies in a file or is held by the kernel: nobody is asked, nothing is written or
    /// takes time, and trouble is silent.
    pub(crate) fn at_hand(&self) -> Option<Identities> {
        let held = || Held::IS_APART.then(|| held_in(&self.held())).flatten();
        if let Some(inline) = vars::identity() {
            return Identities::parse(&inline).ok();
        }
        let bytes = if let Some(path) = &self.elsewhere {
            // A pipe would keep whoever reads it waiting.
            let bytes = path.is_file().then(|| disk::read_trusted(path, LIMIT)).and_then(Result::ok).flatten()?;
            if seal::is_sealed(&bytes) {
                return held();
            }
            bytes
        } else if self.place() == Some(Place::File) {
            disk::read_private(&self.places.file, LIMIT).ok().flatten()?
        } else {
            return held();
        };
        Identities::parse(std::str::from_utf8(&bytes).ok()?).ok()
    }

    /// Whether only a passphrase opens it, and neither the kernel nor a file has that.
    pub(crate) fn is_locked(&self) -> bool {
        let wrapped = match &self.elsewhere {
            // A pipe would keep whoever reads it waiting.
            Some(path) if path.is_file() => {
                let bytes = disk::read_trusted(path, LIMIT).ok().flatten();
                bytes.is_some_and(|bytes| seal::is_sealed(&bytes))
            }
            Some(_) => false,
            None => self.place() == Some(Place::Passphrase),
        };
        let closed = wrapped && vars::identity().is_none() && !passphrase::is_given();
        closed && held_in(&self.held()).is_none()
    }
}

/// An identity that is open already.
pub(crate) struct AtHand(pub(crate) Identities);

impl Unlock for AtHand {
    fn identities(&self) -> Result<&Identities, UnlockError> {
        Ok(&self.0)
    }
}
