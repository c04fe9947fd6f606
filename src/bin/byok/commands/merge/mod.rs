//! `byok merge`: two copies of a profile made one, for git and by hand.

mod copies;
mod stages;

use std::path::{Path, PathBuf};

use anyhow::Result;
use byok::disk;
use byok::name::KeyRef;
use byok::profile::Profile;
use byok::profile::merge::{Conflict, MergeError, Part, Side};
use byok::seal::{self, Unlock};

use crate::cli::merging::Merge;
use crate::fault::{Fault, code, quoted};
use crate::session::Session;
use crate::ui::escaped;
use copies::{Copies, LIMIT};

pub(crate) fn run(session: &Session<'_>, args: &Merge) -> Result<u8> {
    let taken = args.take.iter().map(|typed| take(session, typed)).collect::<Result<Vec<_>>>()?;
    match &*args.files {
        [file] => {
            let copies = stages::of(file)?;
            let sealed = merged(session, &copies, &taken, file)?;
            let _held = session.hold_signals();
            disk::amend(args.output.as_ref().unwrap_or(file), None, &sealed)?;
            session.ui.say(&format!("merged `{}`", escaped(&file.display().to_string())));
            if args.output.is_none() {
                session.ui.hint(&format!("tell git: `git add {}`", quoted(file)));
            }
        }
        [base, ours, theirs, name @ ..] => {
            let shown = name.first().unwrap_or(ours);
            let copies = Copies::read(base, ours, theirs)?;
            let sealed = merged(session, &copies, &taken, shown)?;
            let _held = session.hold_signals();
            match &args.output {
                Some(output) => disk::amend(output, None, &sealed)?,
                None => disk::amend(ours, Some(&copies.ours), &sealed)?,
            }
        }
        _ => {
            return Err(Fault::misused("a merge is of three files: BASE OURS THEIRS")
                .hint("or of one that git left in conflict: `byok merge --take theirs FILE`")
                .into());
        }
    }
    Ok(code::DONE)
}

/// A conflict that was decided on the command line: of one key, of one provider's, or any.
type Taken = (Option<KeyRef>, Side);

fn take(session: &Session<'_>, typed: &str) -> Result<Taken> {
    let (key, side) = typed.rsplit_once('=').map_or((None, typed), |(key, side)| (Some(key), side));
    let side = match side {
        "ours" => Side::Ours,
        "theirs" => Side::Theirs,
        _ => {
            return Err(Fault::misused("`--take` is `ours` or `theirs`, or `KEY=ours` or `KEY=theirs`")
                .hint("for example `--take theirs`, or `--take openai:work=ours`")
                .into());
        }
    };
    Ok((key.map(|key| session.key(key)).transpose()?, side))
}

/// What was decided of a conflict: what was said of its key counts before what was said of all.
fn decided(taken: &[Taken], conflict: &Conflict) -> Option<Side> {
    let (provider, label) = match &conflict.part {
        Part::Key(key) => (Some(&key.provider), key.label.as_ref()),
        Part::Active(provider) => (Some(provider), None),
        Part::Profile => (None, None),
    };
    let meant = |key: &KeyRef| Some(&key.provider) == provider && (key.label.is_none() || key.label.as_ref() == label);
    let rank = |key: &Option<KeyRef>| key.as_ref().map_or(0, |key| 1 + u8::from(key.label.is_some()));
    let found = taken.iter().filter(|(key, _)| key.as_ref().is_none_or(meant));
    found.max_by_key(|(key, _)| rank(key)).map(|(_, side)| *side)
}

/// The merged profile, sealed, and opened again.
fn merged(session: &Session<'_>, copies: &Copies, taken: &[Taken], shown: &Path) -> Result<Vec<u8>> {
    let identities = session.opener.identities()?;
    let [base, ours, theirs] = copies.open(identities, shown)?;
    let (Some(ours), Some(theirs)) = (ours, theirs) else { unreachable!("only a base may be missing") };
    let merged = Profile::merge(base.as_ref(), &ours, &theirs, &|conflict| decided(taken, conflict));
    let merged = merged.map_err(|error| contradiction(session, error, shown))?;
    for recipient in merged.recipients().iter().filter(|recipient| !ours.recipients().contains(recipient)) {
        session.ui.warn(&format!("the merge brings in a recipient: every key in it also opens for {recipient}"));
    }
    let text = merged.to_toml();
    let sealed = seal::seal(text.as_bytes(), merged.recipients())?;
    if sealed.len() as u64 > LIMIT {
        return Err(disk::DiskError::TooLarge { path: shown.to_owned(), limit: LIMIT }.into());
    }
    if seal::open(&sealed, identities).is_ok_and(|content| *content == text.as_bytes()) {
        Ok(sealed)
    } else {
        Err(Fault::refused(format!("`{}` would not open for you after the merge", name(shown))).into())
    }
}

/// What a person has to decide.
fn contradiction(session: &Session<'_>, error: MergeError, shown: &Path) -> Fault {
    let (conflicts, name, file) = match error {
        MergeError::Conflicts(conflicts) => (conflicts, name(shown), quoted(shown)),
        MergeError::Strangers => {
            return Fault::refused(format!("`{}` was not merged", name(shown)))
                .cause(error)
                .hint(format!("look at what the other side is: `git log -p -- {}`", quoted(shown)));
        }
        error => return Fault::refused(format!("`{}` was not merged", name(shown))).cause(error),
    };
    for conflict in &conflicts {
        session.ui.say(&format!("conflict in `{name}`: {}", escaped(&conflict.to_string())));
    }
    let all = if conflicts.len() == 1 { "a conflict".to_owned() } else { format!("{} conflicts", conflicts.len()) };
    let fault = Fault::failed(format!("`{name}` was not merged: {all}, named above")).hint(format!(
        "take their side of what is in conflict: `byok merge --take theirs {file}`, then `git add {file}`"
    ));
    let key = conflicts.iter().find_map(|conflict| match &conflict.part {
        Part::Key(key) => Some(key.to_string()),
        Part::Active(provider) => Some(provider.to_string()),
        Part::Profile => None,
    });
    match key {
        Some(key) if conflicts.len() > 1 => {
            fault.hint(format!("or key by key: `byok merge --take {key}=ours --take theirs {file}`"))
        }
        _ => fault.hint(format!("or ours: `byok merge --take ours {file}`, then `git add {file}`")),
    }
}

/// A file's name as a terminal may show it.
fn name(path: &Path) -> String {
    escaped(&PathBuf::from(path).display().to_string())
}
