//! `byok restore`: a home back from a backup, after a look at what that changes.

mod around;
mod plan;
mod put;
mod report;
mod words;

use std::path::Path;

use anyhow::Result;
use byok::backup::Backup;
use byok::disk;
use byok::seal::{self, SealError, Unlock as _};
use zeroize::Zeroizing;

use super::given;
use crate::cli::backing::Restore;
use crate::fault::{Fault, code, quoted};
use crate::identity::passphrase;
use crate::session::{Session, dense, profile_name, secret_argument};
use plan::{Here, Plan};

/// The largest backup that is read, in bytes.
const LIMIT: u64 = 256 * 1024 * 1024;

pub(crate) fn run(session: &Session<'_>, args: &Restore) -> Result<u8> {
    let text = open(session, args)?;
    let mut backup = Backup::parse(&text).map_err(|error| unfit(&args.file, error))?;
    drop(text);
    if !args.names.is_empty() {
        only(&mut backup, &args.names)?;
    }
    let plan = Plan::new(session, args, &backup)?;
    if !args.json {
        report::print(session, args, &plan)?;
    }
    if plan.is_empty() || args.dry_run {
        if args.json {
            report::json(session, args, &plan, false)?;
        } else {
            let is_here = plan.is_empty() && plan.left_out().next().is_none();
            session.ui.say(if is_here { "everything is here already" } else { "nothing was changed" });
        }
        return Ok(code::DONE);
    }
    refuse_strangers(session, args, &plan)?;
    agree(session, args, &plan)?;
    put::all(session, args, &plan)?;
    if args.json {
        report::json(session, args, &plan, true)?;
    }
    Ok(code::DONE)
}

/// The text of the backup.
fn open(session: &Session<'_>, args: &Restore) -> Result<Zeroizing<String>> {
    let bytes = if args.file.as_os_str() == "-" {
        given::standard_input(LIMIT)?
    } else {
        disk::read_public(&args.file, LIMIT)?.ok_or_else(|| given::no_file(&args.file))?
    };
    if seal::work_factor(&bytes).is_ok() {
        return match &args.passphrase_file {
            Some(path) => {
                let passphrase = passphrase::in_file("--passphrase-file", path)?;
                seal::unwrap(&bytes, &passphrase).map_err(|error| unfit(&args.file, error).into())
            }
            None => passphrase::open_backup(session.ui, &bytes, &args.file),
        };
    }
    if !seal::is_sealed(&bytes) {
        return Err(unfit(&args.file, SealError::NotAge).into());
    }
    let content = seal::open(&bytes, session.opener.identities()?).map_err(|error| {
        let fault = unfit(&args.file, error.clone());
        match error {
            SealError::NotForUs => fault.hint("name the identity: `export BYOK_IDENTITY_FILE=/path/to/identity.txt`"),
            _ => fault,
        }
    })?;
    let text = std::str::from_utf8(&content).map_err(|_| unfit(&args.file, byok::backup::BackupError::Foreign))?;
    Ok(Zeroizing::new(text.to_owned()))
}

fn unfit(file: &Path, error: impl std::error::Error + Send + Sync + 'static) -> Fault {
    Fault::refused(format!("cannot restore from `{}`", file.display())).cause(error)
}

/// Leaves in the backup what was asked for by name.
fn only(backup: &mut Backup, typed: &[String]) -> Result<()> {
    let mut names = Vec::new();
    for one in typed {
        if dense(one) {
            return Err(secret_argument());
        }
        let name = profile_name(one)?;
        if !backup.profiles.iter().any(|kept| kept.name == name) {
            let there: Vec<String> = backup.profiles.iter().map(|kept| format!("`{}`", kept.name)).collect();
            return Err(Fault::missing(format!("the backup holds no profile `{name}`"))
                .hint(format!("it holds {}", there.join(", ")))
                .into());
        }
        names.push(name);
    }
    backup.profiles.retain(|kept| names.contains(&kept.name));
    (backup.settings, backup.providers) = (None, None);
    backup.trust.clear();
    Ok(())
}

/// Refuses to replace what lies at a path of a profile's own and does not open here: it may be somebody else's.
fn refuse_strangers(session: &Session<'_>, args: &Restore, plan: &Plan<'_>) -> Result<()> {
    let (store, mut broken) = (session.store(), plan.changed().filter(|one| matches!(one.here, Here::Broken(_))));
    match broken.find_map(|one| store.own_path(&one.kept.name)) {
        Some(path) if !args.replace => {
            let why = format!("what lies at `{}` does not open here as a profile, and would give way", path.display());
            let file = quoted(&args.file);
            Err(Fault::refused(why).hint(format!("if it is yours to replace: `byok restore {file} --replace`")).into())
        }
        _ => Ok(()),
    }
}

/// Asks, with what would be lost in the question.
fn agree(session: &Session<'_>, args: &Restore, plan: &Plan<'_>) -> Result<()> {
    let lost = plan.lost();
    let file = quoted(&args.file);
    let which = if lost == 1 { "1 key that is" } else { &format!("{lost} keys that are") };
    if args.yes {
        if lost == 0 || args.replace {
            return Ok(());
        }
        return Err(Fault::refused(format!("{which} newer here, or only here, would give way"))
            .hint(format!("keep what is newer here: `byok restore {file} --merge`"))
            .hint(format!("or have the backup take its place: `byok restore {file} --replace`"))
            .into());
    }
    let cost = if lost > 0 { format!(", in the place of {which} newer here, or only here") } else { String::new() };
    match session.ui.confirm(&format!("restore {}{cost}?", plan.in_words()))? {
        Some(true) => Ok(()),
        Some(false) => Err(Fault::failed("nothing was changed").into()),
        None => Err(Fault::misused("nobody is here to confirm")
            .hint("look at what would change with `--dry-run`, then say it with `--yes`")
            .into()),
    }
}
