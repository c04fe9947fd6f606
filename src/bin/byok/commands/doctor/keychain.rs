//! The keychain: asked only where something lives in it.

use byok::keychain::{Keychain, KeychainError};

use super::finding::{Finding, Severity};
use super::scene::{Found, Scene};

pub(super) fn examine(scene: &Scene<'_>) -> Found {
    let Some(Err(error)) = scene.keychain()? else { return Ok(Vec::new()) };
    Ok(vec![judge(error, scene.vars.ci)])
}

/// What is wrong with it; pure.
fn judge(error: &KeychainError, ci: bool) -> Finding {
    let text = format!("{}: {error}", Keychain::name());
    let problem = |id| Finding::problem(id, text.clone());
    match error {
        // Locked is how it should be while its owner is away.
        KeychainError::Locked => {
            let severity = if ci { Severity::Warning } else { Severity::Note };
            Finding::new("keychain-locked", severity, text).fix("unlock it", unlock())
        }
        KeychainError::Volatile(_) => problem("keychain-volatile")
            .fix("make a lasting one in your desktop's program for passwords, such as", "seahorse"),
        KeychainError::Missing(_) => problem("keychain-missing").fix(
            "over SSH, use that of your login",
            "export DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/$(id -u)/bus",
        ),
        KeychainError::TimedOut { .. } => {
            problem("keychain-silent").fix("give it more time", "export BYOK_KEYCHAIN_TIMEOUT=60s")
        }
        KeychainError::Setting(_) => problem("keychain-timeout").fix("do without it", "unset BYOK_KEYCHAIN_TIMEOUT"),
        _ => problem("keychain-failed").fix("see where the identity lives", "byok identity show"),
    }
}

/// How a person unlocks it.
fn unlock() -> &'static str {
    if cfg!(target_vendor = "apple") { "security unlock-keychain" } else { "gnome-keyring-daemon --replace --unlock" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locked_keychain_is_no_trouble_where_its_owner_may_come_back() {
        assert_eq!(judge(&KeychainError::Locked, false).severity, Severity::Note);
        assert_eq!(judge(&KeychainError::Locked, true).severity, Severity::Warning);
        let volatile = judge(&KeychainError::Volatile("x".to_owned()), false);
        assert_eq!((volatile.id, volatile.severity), ("keychain-volatile", Severity::Problem));
    }
}
