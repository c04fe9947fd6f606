//! `byok backup`: everything of this home in one sealed file, proven before it is called done.

use std::io::IsTerminal as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use byok::access::TEXT_LIMIT;
use byok::backup::{self, Kept};
use byok::disk;
use byok::name::ProfileName;
use byok::profile::Profile;
use byok::seal::{self, Unlock as _};
use byok::secret::Secret;
use byok::store::Store as _;

use super::export::output;
use crate::cli::backing::Backup;
use crate::fault::{Fault, code, quoted};
use crate::identity::{passphrase, text_of};
use crate::session::{Session, profile_name};
use crate::words::counted;

/// What opens the backup.
enum Lock {
    Passphrase(Secret),
    /// An identity that may be here: its recipients.
    Recipients(Vec<String>),
}

pub(crate) fn run(session: &Session<'_>, args: &Backup) -> Result<u8> {
    let file = Some(args.file.as_path()).filter(|path| path.as_os_str() != "-");
    if file.is_none() && std::io::stdout().is_terminal() {
        return Err(Fault::refused("standard output is a terminal, and a backup is no text")
            .hint("write a file: `byok backup FILE`")
            .into());
    }
    if let Some(path) = file {
        output::refuse_own(session, path, args.passphrase_file.as_deref())?;
        if !args.force && path.symlink_metadata().is_ok() {
            return Err(output::taken(path));
        }
    }
    let own = own(session)?;
    let lock = lock(session, args, &own)?;
    let backup = gather(session, args)?;
    let text = backup.to_text();
    let sealed = match &lock {
        Lock::Passphrase(passphrase) => seal::seal_with(text.as_bytes(), passphrase)?,
        Lock::Recipients(recipients) => seal::seal(text.as_bytes(), recipients)?,
    };
    for kept in &backup.profiles {
        session.note_read_of(&kept.name, kept.profile.keys());
    }
    // An older backup does not give way to one that does not open.
    prove(session, &lock, &own, &sealed, &text)?;
    match file {
        None => session.ui.data(&sealed)?,
        Some(path) => {
            output::write(session, path, &sealed, args.force)?;
            if disk::read_private(path, u64::MAX >> 1)?.is_none_or(|read| *read != sealed) {
                return Err(unlike());
            }
        }
    }
    tell(session, args, &lock, &own, &backup, file);
    Ok(code::DONE)
}

/// The recipients of the identity that is here; none where nothing was ever sealed.
fn own(session: &Session<'_>) -> Result<Vec<String>> {
    if session.store().profiles()?.is_empty() && !session.opener.is_there()? {
        return Err(Fault::missing("there is nothing to back up: there are no profiles yet")
            .hint("take keys in with `byok import-env` or `byok add PROVIDER`")
            .into());
    }
    Ok(session.opener.identities()?.recipients())
}

fn lock(session: &Session<'_>, args: &Backup, own: &[String]) -> Result<Lock> {
    if args.passphrase {
        let passphrase = match &args.passphrase_file {
            Some(path) => passphrase::in_file("--passphrase-file", path)?,
            None => passphrase::fresh(session.ui, args.generate, "--passphrase-file FILE")?,
        };
        if args.generate {
            passphrase::tell(session.ui, &passphrase);
        }
        return Ok(Lock::Passphrase(passphrase));
    }
    if args.with_identity && args.to.iter().all(|one| own.contains(one)) {
        let file = quoted(&args.file);
        return Err(Fault::misused("an identity that only it itself opens helps nobody")
            .hint(format!("have a passphrase open the backup: `byok backup {file} --with-identity --passphrase`"))
            .hint(format!("or another identity: `byok backup {file} --with-identity --to age1…`"))
            .into());
    }
    Ok(Lock::Recipients(if args.to.is_empty() { own.to_vec() } else { args.to.clone() }))
}

/// Reads everything that belongs in it.
fn gather(session: &Session<'_>, args: &Backup) -> Result<backup::Backup> {
    let store = session.store();
    let names = store.profiles()?;
    let skipped: Vec<ProfileName> =
        args.skip.iter().map(|name| profile_name(name).context("cannot use `--skip`")).collect::<Result<_>>()?;
    if let Some(name) = skipped.iter().find(|name| !names.contains(name)) {
        return Err(super::profile::absent(name).into());
    }
    let mut profiles = Vec::new();
    for name in names.into_iter().filter(|name| !skipped.contains(name)) {
        let read = store.read(&name).map_err(|error| {
            let report = crate::fault::report(&error.into());
            let fault = report.hints.into_iter().fold(Fault::with_code(report.code, report.sentence), Fault::hint);
            fault.hint(format!("or leave it out: `byok backup {} --skip {name}`", quoted(&args.file)))
        })?;
        let Some((profile, _)) = read else { continue };
        profiles.push(Kept { store: store.place(&name).to_string(), name, profile });
    }
    let text = |name: &str| -> Result<Option<String>> {
        let path = session.folders.config.join(name);
        let Some(bytes) = disk::read_own(&path, TEXT_LIMIT)? else { return Ok(None) };
        let text = std::str::from_utf8(&bytes).with_context(|| format!("cannot read `{}`", path.display()))?;
        Ok(Some(text.to_owned()))
    };
    Ok(backup::Backup {
        made: session.now,
        profiles,
        settings: text("config.toml")?,
        providers: text("providers.toml")?,
        trust: session.trust().texts()?,
        identity: args.with_identity.then(|| text_of(&session.opener, session.now)).transpose()?,
    })
}

/// Opens what was sealed, where that can be done here, and compares.
fn prove(session: &Session<'_>, lock: &Lock, own: &[String], sealed: &[u8], text: &str) -> Result<()> {
    let same = match lock {
        Lock::Passphrase(passphrase) => *seal::unwrap(sealed, passphrase)? == text,
        Lock::Recipients(recipients) if recipients.iter().any(|one| own.contains(one)) => {
            *seal::open(sealed, session.opener.identities()?)? == text.as_bytes()
        }
        Lock::Recipients(_) => true,
    };
    if same { Ok(()) } else { Err(unlike()) }
}

fn unlike() -> anyhow::Error {
    Fault::failed("the backup did not read back as it was written").into()
}

fn tell(
    session: &Session<'_>,
    args: &Backup,
    lock: &Lock,
    own: &[String],
    backup: &backup::Backup,
    output: Option<&Path>,
) {
    let keys: usize = backup.profiles.iter().map(|kept| Profile::keys(&kept.profile).len()).sum();
    let what = format!("{} with {}", counted(backup.profiles.len(), "profile"), counted(keys, "key"));
    let whereto = output.map_or_else(|| "standard output".to_owned(), |path| format!("`{}`", path.display()));
    let ours = match lock {
        Lock::Passphrase(_) => false,
        Lock::Recipients(recipients) => recipients.iter().any(|one| own.contains(one)),
    };
    let proven = ours || matches!(lock, Lock::Passphrase(_));
    session.ui.say(&format!("wrote {what} to {whereto}{}", if proven { ", and opened it again" } else { "" }));
    if !proven {
        session.ui.warn("it does not open with the identity of this machine, so it was not opened again");
    }
    if ours && !args.with_identity {
        session.ui.say("the identity that opens it is not in it: without that, nobody opens it");
        session.ui.hint("print a recovery sheet with `byok identity backup`, or use `--passphrase --with-identity`");
    }
}
