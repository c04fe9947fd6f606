//! The only place that maps what went wrong to an exit code and to hints that work when pasted.

use std::fmt::Write as _;
use std::io;

use byok::disk::DiskError;
use byok::keychain::KeychainError;
use byok::keys::KeyError;
use byok::name::{KeyRef, ProfileName};
use byok::profile::FormError;
use byok::resolve::ResolveError;
use byok::seal::{SealError, UnlockError};
use byok::store::StoreError;
use byok::trust::Refusal;

/// Exit codes, as the manual lists them.
pub(crate) mod code {
    pub(crate) const DONE: u8 = 0;
    pub(crate) const FAILED: u8 = 1;
    pub(crate) const MISUSED: u8 = 2;
    pub(crate) const MISSING: u8 = 3;
    pub(crate) const REFUSED: u8 = 4;
    pub(crate) const TESTED: u8 = 5;
    /// 128 + SIGPIPE, as a program that a closed pipe ends.
    pub(crate) const CLOSED_PIPE: u8 = 141;
}

/// What went wrong in the shell's own words.
#[derive(Debug)]
pub(crate) struct Fault {
    code: u8,
    message: String,
    cause: Option<Box<dyn std::error::Error + Send + Sync>>,
    hints: Vec<String>,
}

impl Fault {
    fn new(code: u8, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), cause: None, hints: Vec::new() }
    }

    /// A code that another convention gives.
    pub(crate) fn with_code(code: u8, message: impl Into<String>) -> Self {
        Self::new(code, message)
    }

    /// It did not work.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::new(code::FAILED, message)
    }

    /// It was asked for in a way that cannot be right.
    pub(crate) fn misused(message: impl Into<String>) -> Self {
        Self::new(code::MISUSED, message)
    }

    /// There is no such key, profile or provider.
    pub(crate) fn missing(message: impl Into<String>) -> Self {
        Self::new(code::MISSING, message)
    }

    /// It is locked, or byok will not do it.
    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self::new(code::REFUSED, message)
    }

    /// Standard output did not take the data.
    pub(crate) fn stdout(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::new(code::CLOSED_PIPE, "");
        }
        Self::failed("cannot write to standard output").cause(error)
    }

    /// A key was tested and does not work.
    pub(crate) fn tested(message: impl Into<String>) -> Self {
        Self::new(code::TESTED, message)
    }

    pub(crate) fn cause(mut self, cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.cause = Some(Box::new(cause));
        self
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Fault {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}

/// What went wrong, why, and what to do about it.
pub(crate) struct Report {
    /// The exit code.
    pub(crate) code: u8,
    /// What happened and its causes, in one line.
    pub(crate) sentence: String,
    /// Commands that work when pasted.
    pub(crate) hints: Vec<String>,
}

/// Puts an error into words.
pub(crate) fn report(error: &anyhow::Error) -> Report {
    let (code, hints) = judge(error);
    let mut sentence = String::new();
    for (at, part) in error.chain().map(ToString::to_string).filter(|part| !part.is_empty()).enumerate() {
        // A transparent error and its source say the same.
        if !sentence.ends_with(&part) {
            let _ = write!(sentence, "{}{part}", if at == 0 { "" } else { ": " });
        }
    }
    Report { code, sentence, hints }
}

/// The exit code and the hints of the first error in the chain that has any.
fn judge(error: &anyhow::Error) -> (u8, Vec<String>) {
    for cause in error.chain() {
        if let Some(fault) = cause.downcast_ref::<Fault>() {
            return (fault.code, fault.hints.clone());
        }
        let known = None
            .or_else(|| cause.downcast_ref::<KeyError>().and_then(of_keys))
            .or_else(|| cause.downcast_ref::<ResolveError>().map(of_resolve))
            .or_else(|| cause.downcast_ref::<StoreError>().and_then(of_store))
            .or_else(|| cause.downcast_ref::<UnlockError>().map(of_unlock))
            .or_else(|| cause.downcast_ref::<Refusal>().map(of_refusal))
            .or_else(|| cause.downcast_ref::<DiskError>().map(of_disk))
            .or_else(|| cause.downcast_ref::<SealError>().map(of_seal))
            .or_else(|| cause.downcast_ref::<byok::name::NameError>().map(|_| (code::MISUSED, Vec::new())))
            .or_else(|| cause.downcast_ref::<byok::endpoint::EndpointError>().map(|_| (code::MISUSED, Vec::new())))
            .or_else(|| cause.downcast_ref::<byok::secret::SecretError>().map(|_| (code::MISUSED, Vec::new())));
        if let Some(known) = known {
            return known;
        }
    }
    (code::FAILED, Vec::new())
}

fn of_keys(error: &KeyError) -> Option<(u8, Vec<String>)> {
    Some(match error {
        // A transparent error is not a link of the chain of its own: look inside.
        KeyError::Store(error) => return of_store(error),
        KeyError::NoProfile { .. } => (
            code::MISSING,
            vec![
                "take keys in with `byok import-env` or `byok add`, which make it".to_owned(),
                "see `byok profile list`".to_owned(),
            ],
        ),
        KeyError::ProfileExists { name } => (code::FAILED, vec![format!("choose it with `byok profile use {name}`")]),
        KeyError::NoSuchKey { wanted, there } => no_such_key(wanted, there),
        KeyError::Taken { name, .. } => (
            code::FAILED,
            vec![
                format!("put the new one in its place with `byok add {name} --replace`"),
                format!("or keep both: `byok add {}:NEW`", name.provider),
            ],
        ),
        KeyError::Elsewhere { name } => (
            code::FAILED,
            vec![
                format!("make it the active one with `byok use {name}`"),
                "or store it a second time with `--duplicate`".to_owned(),
            ],
        ),
        KeyError::Admin { name } => {
            (code::REFUSED, vec![format!("programs are handed a key that calls models: `byok add {}`", name.provider)])
        }
        KeyError::Several { provider, there } => (
            code::MISUSED,
            vec![format!("say which: {}", list(there)), format!("or all of them: `byok rm {provider} --all`")],
        ),
        KeyError::Changed { name, .. } => (code::FAILED, vec![format!("look at it with `byok show {name}`")]),
        KeyError::Unchanged { name } => {
            (code::FAILED, vec![format!("make a new one first: `byok provider show {}` tells where", name.provider)])
        }
        KeyError::Replaced { name } => (code::FAILED, vec![format!("take it back with `byok rotate --undo {name}`")]),
        KeyError::NotKept { name } => (code::MISSING, vec![format!("see what is known of it with `byok show {name}`")]),
        _ => return None,
    })
}

fn of_resolve(error: &ResolveError) -> (u8, Vec<String>) {
    match error {
        ResolveError::NoSuchKey { wanted, there } => no_such_key(wanted, there),
        ResolveError::Expired { name, .. } => (
            code::MISSING,
            vec![
                format!("put a new one in its place with `byok rotate {name}`"),
                format!("or take the date off with `byok edit {name} --expires never`"),
            ],
        ),
        ResolveError::Disabled { name } => (code::MISSING, vec![format!("enable it with `byok edit {name} --enable`")]),
        ResolveError::Admin { name } => (
            code::REFUSED,
            vec![
                format!("pipe it yourself to what needs it: `byok get {name} | …`"),
                format!("if it is none: `byok edit {name} --no-admin`"),
            ],
        ),
        ResolveError::Collision { second, .. } => {
            (code::MISUSED, vec![format!("give one of them another variable: `byok edit {second} --env OTHER_NAME`")])
        }
        _ => (code::FAILED, Vec::new()),
    }
}

fn no_such_key(wanted: &KeyRef, there: &[KeyRef]) -> (u8, Vec<String>) {
    let hints = if there.is_empty() {
        vec![format!("add it with `byok add {wanted}`")]
    } else {
        vec![
            format!("there {} {}", if there.len() == 1 { "is" } else { "are" }, list(there)),
            format!("add it with `byok add {wanted}`"),
        ]
    };
    (code::MISSING, hints)
}

fn list(names: &[KeyRef]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Why there is no identity: the shell's own words, which are no link of the chain of their own.
fn of_unlock(UnlockError(error): &UnlockError) -> (u8, Vec<String>) {
    let inner = error.downcast_ref::<Fault>().map(|fault| (fault.code, fault.hints.clone()));
    inner.or_else(|| error.downcast_ref::<DiskError>().map(of_disk)).unwrap_or((code::REFUSED, Vec::new()))
}

fn of_store(error: &StoreError) -> Option<(u8, Vec<String>)> {
    Some(match error {
        StoreError::Disk(error) => of_disk(error),
        StoreError::Locked(error) => of_unlock(error),
        StoreError::Seal { path, source } => match source {
            SealError::NotForUs => {
                (code::REFUSED, vec!["point `BYOK_IDENTITY_FILE` to the identity that it was sealed for".to_owned()])
            }
            _ => (
                code::REFUSED,
                vec!["byok has not touched it: put a good copy of it back from your backup".to_owned(), anew(path)],
            ),
        },
        StoreError::Form { path, source } => match source {
            FormError::Newer { .. } => (code::REFUSED, vec!["update byok: `cargo install byok --locked`".to_owned()]),
            _ => (
                code::REFUSED,
                vec!["byok has not touched it: put a good copy of it back from your backup".to_owned(), anew(path)],
            ),
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
        StoreError::MoreOpeners { name } => {
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

/// A broken profile out of the way, and what is remembered of it.
fn anew(path: &std::path::Path) -> String {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    format!("or start anew: `mv {0} {0}.broken && byok profile rm {name}`", quoted(path))
}

/// `BYOK_KEYCHAIN_TIMEOUT` makes no sense.
pub(crate) fn of_setting() -> (u8, Vec<String>) {
    (code::MISUSED, vec!["write it as `30s`, or do without: `unset BYOK_KEYCHAIN_TIMEOUT`".to_owned()])
}

/// There is no falling back from a keychain: whoever chose it does not want the keys in a file.
fn of_keychain(name: &ProfileName, error: &KeychainError) -> Vec<String> {
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

fn of_disk(error: &DiskError) -> (u8, Vec<String>) {
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
fn of_refusal(refusal: &Refusal) -> (u8, Vec<String>) {
    match refusal {
        // A person's own folders are not what is wrong here.
        Refusal::Disk(DiskError::NotAFile { .. } | DiskError::TooLarge { .. } | DiskError::Foreign { .. })
        | Refusal::Anyones { .. } => {
            (code::REFUSED, vec!["go without a project: `export BYOK_NO_PROJECT=1`".to_owned()])
        }
        _ => (code::FAILED, Vec::new()),
    }
}

fn of_seal(error: &SealError) -> (u8, Vec<String>) {
    match error {
        SealError::Identity { .. } | SealError::NoIdentity => {
            (code::REFUSED, vec!["an identity is what `age-keygen` prints".to_owned()])
        }
        _ => (code::REFUSED, Vec::new()),
    }
}

/// A path as a shell takes it, for hints that are pasted.
pub(crate) fn quoted(path: &std::path::Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}
