//! The Linux kernel's keyring, which forgets by itself.
//!
//! Nothing is written anywhere else. Only whoever possesses the keyring may read the entry: not another user, and not a
//! process of the same user in another session keyring.

use std::time::Duration;

use linux_keyutils::{Key, KeyError, KeyPermissionsBuilder, KeyRing, KeyRingIdentifier, Permission};

use zeroize::Zeroizing;

use super::HeldError;

/// One entry of the user's keyring.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) name: String,
}

impl Entry {
    /// Holds `secret` for `time`; it takes the place of what was held before.
    pub(super) fn hold(&self, secret: &[u8], time: Duration) -> Result<(), HeldError> {
        let ring = ring().map_err(unavailable)?;
        // Created without a timeout, it would stay if the next step failed: so it is held for a moment at first.
        let key = ring.add_key(&self.name, secret).map_err(unavailable)?;
        let seconds = usize::try_from(time.as_secs().max(1)).unwrap_or(usize::MAX);
        let bound = key.set_timeout(seconds).and_then(|()| {
            key.set_perms(KeyPermissionsBuilder::builder().posessor(Permission::ALL).user(Permission::VIEW).build())
        });
        bound.map_err(|error| {
            let _ = key.invalidate();
            unavailable(error)
        })
    }

    /// What is held, if it is still there.
    pub(super) fn get(&self) -> Option<Zeroizing<Vec<u8>>> {
        let key = self.find()?;
        let mut buffer = Zeroizing::new(vec![0; 4096]);
        let length = key.read(&mut *buffer).ok()?;
        buffer.truncate(length.min(4096));
        Some(buffer)
    }

    /// Forgets it; answers whether there was anything.
    pub(super) fn forget(&self) -> bool {
        self.find().is_some_and(|key| key.invalidate().is_ok())
    }

    /// How long it is held yet.
    pub(super) fn left(&self) -> Option<Duration> {
        let id = format!("{:08x} ", self.find()?.get_id().as_raw_id());
        // `keyctl` knows no call for this; the kernel tells it here only.
        let keys = std::fs::read_to_string("/proc/keys").ok()?;
        let line = keys.lines().find(|line| line.starts_with(&id))?;
        span(line.split_whitespace().nth(3)?)
    }

    fn find(&self) -> Option<Key> {
        ring().ok()?.search(&self.name).ok()
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

/// A time as `/proc/keys` shortens it: `59s`, `7m`, `23h`, `3d`, `2w`.
fn span(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at(text.len().checked_sub(1)?);
    let unit = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return None,
    };
    Some(Duration::from_secs(number.parse::<u64>().ok()? * unit))
}
