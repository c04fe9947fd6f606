//! Places that do not open, or do not hold what they should: the exit code, and what to do about it.

use byok::disk::DiskError;
use byok::keychain::KeychainError;
use byok::name::ProfileName;
use byok::profile::FormError;
use byok::seal::{SealError, UnlockError};
use byok::store::StoreError;
use byok::trust::Refusal;

use super::{Fault, code, quoted};

/// Why there is no identity: the shell's own words, which are no link of the chain of their own.
pub(super) fn of_unlock(UnlockError(error): &UnlockError) -> (u8, Vec<String>) {
    let inner = error.downcast_ref::<Fault>().map(|fault| (fault.code, fault.hints.clone()));
    inner.or_else(|| error.downcast_ref::<DiskError>().map(of_disk)).unwrap_or((code::REFUSED, Vec::new()))
}

pub(super) fn of_store(error: &StoreError) -> Option<(u8, Vec<String>)> {
    Some(match error {
        StoreError::Disk(error) => of_disk(error),
        StoreError::Locked(error) => of_unlock(error),
        StoreError::Seal { path, source } => match source {
            SealError::NotForUs => (
                code::REFUSED,
                vec![
                    "point `BYOK_IDENTITY_FILE` to the identity that it was sealed for".to_owned(),
                    "or be let in by somebody who opens it, with what `byok recipient me` prints".to_owned(),
                ],
            ),
            _ => (code::REFUSED, vec![GOOD_COPY.to_owned(), anew(path)]),
        },
        StoreError::Form { path, source } => match source {
            FormError::Newer { .. } => (code::REFUSED, vec!["update byok: `cargo install byok --locked`".to_owned()]),
            _ => (code::REFUSED, vec![GOOD_COPY.to_owned(), anew(path)]),
        },
        StoreError::Stranger { name } => (
            code::REFUSED,
            vec![
                "somebody else may have written it, to lead your programs astray".to_owned(),
                format!("if it is yours, from another machine or a backup: `byok profile accept {name}`"),
            ],
        ),
        StoreError::RolledBack { name, .. } => (
            code::REFUSED,
            vec![
                "put the newest copy back".to_owned(),
                format!("or go on from this one, without the later changes: `byok profile accept {name}`"),
            ],
        ),
        StoreError::OtherOpeners { name } => {
            (code::REFUSED, vec![format!("see who came and who went, and agree to it: `byok profile accept {name}`")])
        }
        StoreError::Away { name, path } => {
            (code::REFUSED, vec![back(path), format!("or do without it: `byok profile rm {name}` forgets it")])
        }
        StoreError::Settled { name, .. } | StoreError::MoreOpeners { name } => {
            (code::REFUSED, vec![format!("copy its keys into a profile of your own: `byok profile copy {name} NEW`")])
        }
        StoreError::Keychain { source: KeychainError::Setting(_), .. } => of_setting(),
        StoreError::Keychain { name, source } => (code::REFUSED, of_keychain(name, source)),
        StoreError::Lost { name } => (
            code::REFUSED,
            vec![
                "put your copy of it back".to_owned(),
                format!("or start anew: `byok profile rm {name}` forgets that it was there"),
            ],
        ),
        StoreError::Gone { name } => (
            code::REFUSED,
            vec![
                "put it back from a backup of the keychain".to_owned(),
                format!("or start anew: `byok profile rm {name} --yes`"),
            ],
        ),
        StoreError::Item { source: FormError::Newer { .. }, .. } => {
            (code::REFUSED, vec!["update byok: `cargo install byok --locked`".to_owned()])
        }
        StoreError::Item { name, .. } | StoreError::Torn { name } => (
            code::REFUSED,
            vec![
                "byok has not touched it: put it back from a backup of the keychain".to_owned(),
                format!("or start anew: `byok profile rm {name} --yes`"),
            ],
        ),
        StoreError::Unmarked { marker, .. } => {
            (code::REFUSED, vec![format!("take it as it is: `install -m 600 /dev/null {}`", quoted(marker))])
        }
        StoreError::Twice { name, path, differ } => {
            let mut hints = vec![format!("keep what the keychain holds: `mv {0} {0}.old`", quoted(path))];
            if !differ {
                hints.insert(0, format!("if a move was cut off, end it: `byok profile move {name} --to keychain`"));
            }
            (code::REFUSED, hints)
        }
        _ => return None,
    })
}

/// How a profile comes back to a path of its own.
fn back(path: &std::path::Path) -> String {
    let folder = path.parent().unwrap_or(path);
    if !folder.is_dir() || !folder.ancestors().any(|folder| folder.join(".git").exists()) {
        return "make it again with a copy from the others".to_owned();
    }
    let file = std::path::Path::new(path.file_name().unwrap_or_default());
    format!("put it back there, out of git: `git -C {} checkout -- {}`", quoted(folder), quoted(file))
}

/// What is broken was not broken by whoever tells of it.
const GOOD_COPY: &str = "byok has not touched it: put a good copy of it back from your backup";

/// A broken profile out of the way, and what is remembered of it.
fn anew(path: &std::path::Path) -> String {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    // Elsewhere, the file's name tells nothing of the profile's.
    if path.parent().is_none_or(|folder| !folder.ends_with("profiles")) {
        return format!("or put it aside: `mv {0} {0}.broken`", quoted(path));
    }
    format!("or start anew: `mv {0} {0}.broken && byok profile rm {name}`", quoted(path))
}

/// `BYOK_KEYCHAIN_TIMEOUT` makes no sense.
pub(crate) fn of_setting() -> (u8, Vec<String>) {
    (code::MISUSED, vec!["write it as `30s`, or do without: `unset BYOK_KEYCHAIN_TIMEOUT`".to_owned()])
}

/// There is no falling back from a keychain: whoever chose it does not want the keys in a file.
pub(super) fn of_keychain(name: &ProfileName, error: &KeychainError) -> Vec<String> {
    let patience = "give it more time: `export BYOK_KEYCHAIN_TIMEOUT=60s`, or `keychain_timeout` in `config.toml`";
    let instead = format!("or keep keys in a file: `byok profile create {name}-file --store file`");
    match error {
        KeychainError::Missing(_) if cfg!(all(unix, not(target_vendor = "apple"))) => vec![
            "over SSH, use that of your login: `export DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/$(id -u)/bus`"
                .to_owned(),
            instead,
        ],
        KeychainError::Missing(_) => vec![instead],
        KeychainError::Locked if cfg!(target_vendor = "apple") => {
            vec!["unlock it: `security unlock-keychain`".to_owned()]
        }
        KeychainError::Locked => vec![
            "unlock it in your desktop's own program for passwords, and try again".to_owned(),
            "without a desktop, type the password of GNOME Keyring to `gnome-keyring-daemon --replace --unlock`, then Ctrl-D".to_owned(),
        ],
        KeychainError::Volatile(_) => vec![
            "make a keyring that lasts, and make it the default, in your desktop's own program for passwords"
                .to_owned(),
            instead,
        ],
        KeychainError::TimedOut { .. } => {
            vec!["it may be asking for its password on the screen".to_owned(), patience.to_owned()]
        }
        KeychainError::NotKept => {
            vec![format!("if it still opens, move it out: `byok profile move {name} --to file`"), instead]
        }
        _ => vec![format!("if it still opens, move it out: `byok profile move {name} --to file`")],
    }
}

pub(super) fn of_disk(error: &DiskError) -> (u8, Vec<String>) {
    match error {
        DiskError::Open { path, safe, .. } => {
            (code::REFUSED, vec![format!("make it private: `chmod {safe:o} {}`", quoted(path))])
        }
        DiskError::Foreign { .. } => (
            code::REFUSED,
            vec!["run byok as the user whose keys these are, or set `BYOK_HOME` to a folder of your own".to_owned()],
        ),
        DiskError::NotAFolder { .. } => {
            (code::REFUSED, vec!["set `BYOK_HOME` to a folder, or to one that is not there yet".to_owned()])
        }
        DiskError::TooLarge { .. } => {
            (code::REFUSED, vec!["byok has not touched it: spread what is in it over several".to_owned()])
        }
        DiskError::NotAFile { .. } => (
            code::REFUSED,
            vec![
                "byok has not touched it: put the file itself there, or set `BYOK_HOME` to the folder where it lies"
                    .to_owned(),
            ],
        ),
        DiskError::Busy { .. } => {
            (code::FAILED, vec!["try again when the other one is done: `pgrep -a byok`".to_owned()])
        }
        _ => (code::FAILED, Vec::new()),
    }
}

/// A project's file that is none for byok.
pub(super) fn of_refusal(refusal: &Refusal) -> (u8, Vec<String>) {
    match refusal {
        // A person's own folders are not what is wrong here.
        Refusal::Disk(DiskError::NotAFile { .. } | DiskError::TooLarge { .. } | DiskError::Foreign { .. })
        | Refusal::Anyones { .. } => {
            (code::REFUSED, vec!["go without a project: `export BYOK_NO_PROJECT=1`".to_owned()])
        }
        _ => (code::FAILED, Vec::new()),
    }
}

pub(super) fn of_seal(error: &SealError) -> (u8, Vec<String>) {
    match error {
        SealError::Identity { .. } | SealError::NoIdentity => {
            (code::REFUSED, vec!["an identity is what `age-keygen` prints".to_owned()])
        }
        _ => (code::REFUSED, Vec::new()),
    }
}
