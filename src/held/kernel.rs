//! The Linux kernel's keyring, which forgets by itself.
//!
//! Nothing is written anywhere else. Only whoever possesses the keyring may read the entry: not another user, and not a
//! process of the same user in another session keyring.

use std::time::Duration;

use jiff::Timestamp;
use linux_keyutils::{Key, KeyError, KeyPermissionsBuilder, KeyRing, KeyRingIdentifier, LinkNode, Permission};
use zeroize::Zeroizing;

use super::HeldError;
use super::until::{with_end, within};

/// The most entries of the keyring that are looked at.
const ENTRIES: usize = 4096;

/// One entry of the user's keyring.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) now: Timestamp,
}

impl Entry {
    /// Holds `secret` for `time`; it takes the place of what was held before.
    ///
    /// The entry is made in this process's own keyring, which ends with the process, and gets its end and its
    /// permissions there: nobody ever finds one without them, wherever byok is killed.
    pub(super) fn hold(&self, secret: &[u8], time: Duration) -> Result<(), HeldError> {
        let ring = ring().map_err(unavailable)?;
        let own = KeyRing::from_special_id(KeyRingIdentifier::Process, true).map_err(unavailable)?;
        let key = own.add_key(&self.name, &*with_end(secret, self.now, time)).map_err(unavailable)?;
        let seconds = usize::try_from(time.as_secs().max(1)).unwrap_or(usize::MAX);
        let shared = key
            .set_timeout(seconds)
            .and_then(|()| {
                key.set_perms(KeyPermissionsBuilder::builder().posessor(Permission::ALL).user(Permission::VIEW).build())
            })
            .and_then(|()| ring.link_key(key))
            .and_then(|()| own.unlink_key(key))
            // A session that does not possess the user's keyring can put an entry there, but not read it.
            .and_then(|()| key.metadata().and(ring.search(&self.name)).map(drop));
        shared.map_err(|error| {
            let _ = key.invalidate();
            let _ = own.unlink_key(key);
            let _ = ring.unlink_key(key);
            unavailable(error)
        })
    }

    /// What is held, if it is still there.
    pub(super) fn get(&self) -> Option<Zeroizing<Vec<u8>>> {
        self.read().map(|(secret, _)| secret)
    }

    /// Forgets it; answers whether there was anything.
    pub(super) fn forget(&self) -> bool {
        let Ok(ring) = ring() else { return false };
        if ring.search(&self.name).is_ok_and(|key| key.invalidate().is_ok()) {
            return true;
        }
        // A session that does not possess the entry may take it off the keyring all the same.
        let links = ring.get_links(ENTRIES).map(|links| links.iter().filter_map(LinkNode::as_key).collect());
        let keys: Vec<Key> = links.unwrap_or_default();
        let named = |key: &&Key| key.metadata().is_ok_and(|about| about.get_description() == self.name);
        keys.iter().filter(named).filter(|key| ring.unlink_key(**key).is_ok()).count() > 0
    }

    /// How long it is held yet.
    pub(super) fn left(&self) -> Option<Duration> {
        self.read().map(|(_, left)| left)
    }

    fn read(&self) -> Option<(Zeroizing<Vec<u8>>, Duration)> {
        let key = ring().ok()?.search(&self.name).ok()?;
        let mut buffer = Zeroizing::new(vec![0; 4096]);
        let length = key.read(&mut *buffer).ok()?;
        let read = within(buffer.get(..length)?, self.now);
        if read.is_none() {
            // From an earlier byok that was killed, or from a clock that was set back since.
            let _ = key.invalidate();
        }
        read
    }
}

/// The user's keyring, which lasts as long as any process of the user.
fn ring() -> Result<KeyRing, KeyError> {
    KeyRing::from_special_id(KeyRingIdentifier::User, false)
}

fn unavailable(error: KeyError) -> HeldError {
    let why = match error {
        KeyError::AccessDenied | KeyError::PermissionDenied => "it is denied".to_owned(),
        KeyError::QuotaExceeded => "it is full".to_owned(),
        KeyError::OperationNotSupported => "the kernel has none".to_owned(),
        other => format!("{other:?}"),
    };
    HeldError::Unavailable { why }
}
