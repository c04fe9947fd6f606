//! The system's keychain: items of a few bytes under byok's own name. Every call has a time limit, for a keychain may
//! wait for a person who is not there.

#[cfg(all(unix, not(target_vendor = "apple")))]
mod secret_service;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use keyring_core::CredentialStore;
use zeroize::{Zeroize, Zeroizing};

/// The name that all items go by.
const SERVICE: &str = "byok";

/// How long a call may take, unless a person says otherwise.
pub const LIMIT: Duration = Duration::from_secs(5);

/// Why a keychain does not do it. Holds nothing of an item.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeychainError {
    /// There is none here.
    #[error("there is no keychain: {0}")]
    Missing(String),
    /// It is locked, and nobody unlocked it.
    #[error("the keychain is locked")]
    Locked,
    /// It has no place that outlasts the login.
    #[error("the keychain keeps nothing: {0}")]
    Volatile(String),
    /// It did not answer.
    #[error("the keychain did not answer within {} s, while byok waited to {doing}", limit.as_secs_f64())]
    TimedOut {
        /// The time that it had.
        limit: Duration,
        /// What it was asked for.
        doing: &'static str,
    },
    /// What was read back is not what was written.
    #[error("the keychain did not keep what was written")]
    NotKept,
    /// Its time limit is none.
    #[error("{0}")]
    Setting(String),
    /// Something deeper.
    #[error("the keychain failed: {0}")]
    Failed(String),
}

/// The keychain of this system.
#[derive(Debug, Clone, Copy)]
pub struct Keychain {
    limit: Duration,
    quiet: bool,
}

impl Keychain {
    /// The keychain, each call to which may take as long as `limit`.
    pub fn new(limit: Duration) -> Self {
        Self { limit, quiet: false }
    }

    /// The same, that never has anybody asked for its password: a locked one says so.
    #[must_use]
    pub fn quiet(self) -> Self {
        Self { quiet: true, ..self }
    }

    /// What the platform calls it.
    pub const fn name() -> &'static str {
        if cfg!(target_vendor = "apple") {
            "the macOS Keychain"
        } else if cfg!(windows) {
            "the Windows Credential Manager"
        } else {
            "the Secret Service"
        }
    }

    /// The bytes of an item; `None` if there is none of this name.
    pub fn get(&self, item: &str) -> Result<Option<Zeroizing<Vec<u8>>>, KeychainError> {
        let item = item.to_owned();
        let quiet = self.quiet;
        self.within("read an item", move || match open(quiet).and_then(|()| entry(&item))?.get_secret() {
            Ok(secret) => Ok(Some(Zeroizing::new(secret))),
            // A keychain that was never set up answers so as well.
            Err(keyring_core::Error::NoEntry) => lasting(true).map(|()| None),
            Err(error) => Err(told(error)),
        })
    }

    /// Writes an item and reads it back.
    pub fn set(&self, item: &str, secret: &[u8]) -> Result<(), KeychainError> {
        let (item, secret) = (item.to_owned(), Zeroizing::new(secret.to_vec()));
        let quiet = self.quiet;
        self.within("write an item", move || {
            lasting(quiet)?;
            let entry = entry(&item)?;
            entry.set_secret(&secret).map_err(told)?;
            let kept = Zeroizing::new(entry.get_secret().map_err(told)?);
            if *kept == *secret { Ok(()) } else { Err(KeychainError::NotKept) }
        })
    }

    /// Removes an item; answers whether there was one.
    pub fn remove(&self, item: &str) -> Result<bool, KeychainError> {
        let (item, quiet) = (item.to_owned(), self.quiet);
        self.within("remove an item", move || match open(quiet).and_then(|()| entry(&item))?.delete_credential() {
            Ok(()) => Ok(true),
            Err(keyring_core::Error::NoEntry) => lasting(true).map(|()| false),
            Err(error) => Err(told(error)),
        })
    }

    /// Tries it: whether it is there, unlocked and lasting, and keeps what it is given.
    pub fn trial(&self) -> Result<(), KeychainError> {
        let mut random = [0; 16];
        let _ = getrandom::fill(&mut random);
        let name = format!("trial/{}", std::process::id());
        // Writing to a locked one would have it ask for its password: nobody chose it yet.
        self.within("see whether it is open", || lasting(true))?;
        self.set(&name, &random)?;
        self.remove(&name).map(drop)
    }

    /// Does it on a thread of its own, and gives it up when its time is over: no keychain can be called off.
    fn within<T: Send + 'static>(
        &self,
        doing: &'static str,
        work: impl FnOnce() -> Result<T, KeychainError> + Send + 'static,
    ) -> Result<T, KeychainError> {
        let (done, answer) = mpsc::channel();
        std::thread::spawn(move || drop(done.send(work())));
        match answer.recv_timeout(self.limit) {
            Ok(outcome) => outcome,
            Err(RecvTimeoutError::Timeout) => Err(KeychainError::TimedOut { limit: self.limit, doing }),
            Err(RecvTimeoutError::Disconnected) => Err(KeychainError::Failed("it ended early".to_owned())),
        }
    }
}

fn entry(item: &str) -> Result<keyring_core::Entry, KeychainError> {
    let label = format!("byok {item}");
    store()?.build(SERVICE, item, Some(&HashMap::from([("label", label.as_str())]))).map_err(told)
}

/// The platform's store.
fn store() -> Result<Arc<CredentialStore>, KeychainError> {
    #[cfg(all(unix, not(target_vendor = "apple")))]
    return secret_service::store();
    #[cfg(target_vendor = "apple")]
    return apple_native_keyring_store::keychain::Store::new().map(|store| store as _).map_err(told);
    #[cfg(windows)]
    return windows_native_keyring_store::Store::new().map(|store| store as _).map_err(told);
}

/// Stops before a locked keychain, whose next step would be to ask for its password.
fn open(quiet: bool) -> Result<(), KeychainError> {
    if quiet { lasting(true) } else { Ok(()) }
}

/// Whether what is written outlasts the login, and with `open`, whether it can be read now.
#[cfg_attr(any(windows, target_vendor = "apple"), expect(unused_variables, reason = "these have one lasting keychain"))]
fn lasting(open: bool) -> Result<(), KeychainError> {
    #[cfg(all(unix, not(target_vendor = "apple")))]
    return secret_service::lasting(open);
    #[cfg(not(all(unix, not(target_vendor = "apple"))))]
    Ok(())
}

/// A store's error in byok's words. Some of them hold the item: those bytes are wiped, and never shown.
fn told(error: keyring_core::Error) -> KeychainError {
    use keyring_core::Error;
    match error {
        Error::NoStorageAccess(_) => KeychainError::Locked,
        Error::PlatformFailure(inner) => KeychainError::Failed(inner.to_string()),
        Error::BadEncoding(mut bytes) | Error::BadDataFormat(mut bytes, _) => {
            bytes.zeroize();
            KeychainError::Failed("an item is not what byok wrote".to_owned())
        }
        Error::Ambiguous(_) => KeychainError::Failed("it holds several items of one name".to_owned()),
        Error::TooLong(what, limit) => KeychainError::Failed(format!("{what} is longer than {limit}")),
        _ => KeychainError::Failed("it does not take such an item".to_owned()),
    }
}
