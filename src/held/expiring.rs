//! An item of the system's keychain that is taken for nothing once its time is over.
//!
//! The keychain knows no such time, so it stands in the item, and whoever reads it keeps to it.

use std::time::Duration;

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::HeldError;
use super::until::{with_end, within};
use crate::keychain::Keychain;

/// One item with an end.
#[derive(Debug, Clone)]
pub struct Expiring {
    keychain: Keychain,
    item: String,
    now: Timestamp,
}

impl Expiring {
    /// The item that holds what is open under `name`, as seen at `now`.
    pub fn new(keychain: Keychain, name: &str, now: Timestamp) -> Self {
        Self { keychain, item: format!("open/{name}"), now }
    }

    /// Holds `secret` for `time`; it takes the place of what was held before.
    pub fn hold(&self, secret: &[u8], time: Duration) -> Result<(), HeldError> {
        let item = with_end(secret, self.now, time);
        self.keychain.set(&self.item, &item).map_err(|error| HeldError::Unavailable { why: error.to_string() })
    }

    /// What is held, if its time is not over.
    pub fn get(&self) -> Option<Zeroizing<Vec<u8>>> {
        self.read().map(|(secret, _)| secret)
    }

    /// Forgets it; answers whether there was anything.
    pub fn forget(&self) -> bool {
        self.keychain.remove(&self.item).unwrap_or(false)
    }

    /// How long it is held yet.
    pub fn left(&self) -> Option<Duration> {
        self.read().map(|(_, left)| left)
    }

    fn read(&self) -> Option<(Zeroizing<Vec<u8>>, Duration)> {
        let item = self.keychain.get(&self.item).ok()??;
        let read = within(&item, self.now);
        if read.is_none() {
            // Over, or from a clock that was set back since: nobody may have it any more.
            self.forget();
        }
        read
    }
}
