//! The Secret Service on the session's D-Bus: GNOME Keyring, `KWallet`, `KeePassXC`.

use std::sync::Arc;

use keyring_core::CredentialStore;
use zbus::blocking::{Connection, Proxy};
use zbus::zvariant::OwnedObjectPath;

use super::KeychainError;

/// The collection that is gone with the login.
const SESSION: &str = "/org/freedesktop/secrets/collection/session";

/// Opens the service, with an encrypted session over the bus.
pub(super) fn store() -> Result<Arc<CredentialStore>, KeychainError> {
    match zbus_secret_service_keyring_store::Store::new() {
        Ok(store) => Ok(store),
        Err(error) => Err(match connection() {
            Err(missing) => missing,
            Ok(_) if error.to_string().contains("ServiceUnknown") => nobody(),
            Ok(_) => super::told(error),
        }),
    }
}

/// Whether there is a default collection that outlasts the login; with `open`, one that is unlocked.
pub(super) fn lasting(open: bool) -> Result<(), KeychainError> {
    const SERVICE: &str = "org.freedesktop.secrets";
    let connection = connection()?;
    let proxy = Proxy::new(&connection, SERVICE, "/org/freedesktop/secrets", "org.freedesktop.Secret.Service");
    let found: OwnedObjectPath =
        proxy.and_then(|proxy| proxy.call("ReadAlias", &("default",))).map_err(|_| nobody())?;
    match found.as_str() {
        "/" => return Err(KeychainError::Volatile("it has no default collection".to_owned())),
        SESSION => return Err(KeychainError::Volatile("its default collection is gone with the login".to_owned())),
        _ if !open => return Ok(()),
        _ => {}
    }
    let collection = Proxy::new(&connection, SERVICE, found, "org.freedesktop.Secret.Collection");
    let locked = collection.and_then(|collection| collection.get_property::<bool>("Locked"));
    if locked.map_err(|_| nobody())? { Err(KeychainError::Locked) } else { Ok(()) }
}

fn connection() -> Result<Connection, KeychainError> {
    Connection::session().map_err(|_| KeychainError::Missing("no D-Bus session bus answers".to_owned()))
}

fn nobody() -> KeychainError {
    KeychainError::Missing("nobody on D-Bus is a Secret Service".to_owned())
}
