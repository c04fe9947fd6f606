//! What opens without asking anybody, for whoever must not ask.

use byok::disk;
use byok::held::Held;
use byok::identity::{Found, Given, LIMIT, held_in};
use byok::seal::{self, Identities};
use byok::settings::Place;

use super::{Opener, passphrase};
use crate::vars;

impl Opener<'_> {
    /// The identity, if it is given, lies in a file or is held by the kernel: nobody is asked, nothing is written or
    /// takes time, and trouble is silent.
    pub(crate) fn at_hand(&self) -> Option<Identities> {
        if vars::identity().is_none() && self.elsewhere.as_ref().is_some_and(|path| !path.is_file()) {
            // A pipe would keep whoever reads it waiting.
            return None;
        }
        // Whoever gives it in two ways is told so by the verbs that may speak.
        let inline = vars::identity();
        let file = self.elsewhere.clone().filter(|_| inline.is_none());
        match self.places.find(&Given { inline, file }, self.place()).ok()? {
            Found::Open(identities) => Some(identities),
            Found::Nothing => None,
            Found::Sealed(..) | Found::In(_) => Held::IS_APART.then(|| held_in(&self.held())).flatten(),
        }
    }

    /// What the kernel holds, where the file that it was opened from is gone: the last copy of the identity.
    pub(crate) fn last_copy(&self) -> Option<Identities> {
        let is_wrapped = !self.is_given() && self.place() == Some(Place::Passphrase);
        // Where it cannot be told, the file is taken to be there.
        let is_gone = is_wrapped && matches!(disk::is_there(&self.places.wrapped), Ok(false));
        is_gone.then(|| held_in(&self.held())).flatten()
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
