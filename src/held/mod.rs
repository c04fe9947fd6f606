//! What an opened identity is held in until its time is over: the Linux kernel's keyring, and elsewhere an item of the
//! keychain with an end. No process stays behind.

mod expiring;
#[cfg(target_os = "linux")]
mod kernel;
mod until;

use std::time::Duration;

use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::keychain::Keychain;
pub use expiring::Expiring;

/// Why nothing can be held.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeldError {
    /// The system has no such place, or denies it, as containers do.
    #[error("{place} cannot be used here: {why}", place = Held::PLACE)]
    Unavailable {
        /// In the system's words.
        why: String,
    },
}

/// One place, in what this system has for it.
#[derive(Debug, Clone)]
pub struct Held {
    #[cfg(target_os = "linux")]
    place: kernel::Entry,
    #[cfg(not(target_os = "linux"))]
    place: Expiring,
}

impl Held {
    /// What it is called.
    pub const PLACE: &str = if cfg!(target_os = "linux") { "the kernel's keyring" } else { "the keychain" };

    /// Whether it is another place than the keychain, so that holding what the keychain gave spares asking it again.
    pub const IS_APART: bool = cfg!(target_os = "linux");

    /// The place of this name, at this time; `keychain` is for systems that hold it there.
    #[cfg_attr(target_os = "linux", expect(unused_variables, reason = "the kernel holds it"))]
    pub fn new(name: &str, keychain: Keychain, now: Timestamp) -> Self {
        #[cfg(target_os = "linux")]
        let place = kernel::Entry { name: format!("byok:{name}"), now };
        #[cfg(not(target_os = "linux"))]
        let place = Expiring::new(keychain, name, now);
        Self { place }
    }

    /// Holds `secret` for `time`; it takes the place of what was held before.
    pub fn hold(&self, secret: &[u8], time: Duration) -> Result<(), HeldError> {
        self.place.hold(secret, time)
    }

    /// What is held, if it is still there.
    pub fn get(&self) -> Option<Zeroizing<Vec<u8>>> {
        self.place.get()
    }

    /// Forgets it; answers whether there was anything.
    pub fn forget(&self) -> bool {
        self.place.forget()
    }

    /// How long it is held yet.
    pub fn left(&self) -> Option<Duration> {
        self.place.left()
    }
}
