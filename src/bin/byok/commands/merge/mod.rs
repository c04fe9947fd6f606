//! `byok merge`: two copies of a profile made one, for git and by hand.

mod consent;
mod copies;
mod stages;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Result;
use byok::disk;
use byok::name::KeyRef;
use byok::profile::Profile;
use byok::profile::merge::{Conflict, MergeError, Part, Side};
use byok::seal::{self, Identities, Unlock};

use zeroize::Zeroizing;

use crate::cli::merging::Merge;
use crate::fault::{Fault, code, quoted};
use crate::session::{Session, fresh_vault};
use crate::ui::escaped;
use copies::{Copies, LIMIT};

pub(crate) fn run(session: &Session<'_>, args: &Merge) -> Result<u8> {
    let taken = args.take.iter().map(|typed| take(session, typed)).collect::<Result<Vec<_>>>()?;
    refuse_twice(&taken)?;
    let output = args.output.as_ref().filter(|output| output.as_os_str() != "-");
    if let Some(output) = output.filter(|output| output.symlink_metadata().is_ok()) {
        let shown = escaped(&output.display().to_string());
        return Err(Fault::refused(format!("`{shown}` is already there")).hint("name a file that is not").into());
    }
    let (copies, shown, place) = match &*args.files {
        [file] => (stages::of(file)?, file, None),
        [base, ours, theirs, name @ ..] => {
            (Copies::read(base, ours, theirs)?, name.first().unwrap_or(ours), Some(ours))
        }
        _ => {
            return Err(Fault::misused("a merge is of three files: BASE OURS THEIRS")
                .hint("or of one that git left in conflict: `byok merge --take theirs FILE`")
                .into());
        }
    };
    let (ours, merged, sealed) = merged(session, args, &copies, &taken, shown)?;
    let _held = session.hold_signals();
    session.store().expect(&merged)?;
    match (output, place) {
        _ if args.output.is_some() && output.is_none() => return session.ui.data(&sealed).map(|()| code::DONE),
        (Some(output), _) => disk::amend(output, None, &sealed)?,
        (None, Some(ours)) => disk::amend(ours, Some(&copies.ours), &sealed)?,
        (None, None) => disk::amend(shown, None, &sealed)?,
    }
    if let Some(known) = session.store().known_of(&merged)? {
        session.note_merge(&known.name, &ours, &merged);
    }
    if place.is_none() {
        session.ui.say(&format!("merged `{}`", name(shown)));
        if args.output.is_none() {
            session.ui.hint(&format!("tell git: `git add {}`", quoted(shown)));
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

/// Refuses two answers to one question.
fn refuse_twice(taken: &[Taken]) -> Result<()> {
    let twice = taken.iter().enumerate().find(|(at, (key, _))| taken[..*at].iter().any(|(other, _)| other == key));
    let Some((_, (key, _))) = twice else { return Ok(()) };
    let of = key.as_ref().map(|key| format!(" of `{key}`")).unwrap_or_default();
    Err(Fault::misused(format!("`--take` decides{of} twice"))
        .hint("say it once for each key, and once for all else")
        .into())
}

/// What was decided of a conflict: what was said of its key counts before what was said of all.
fn decided(taken: &[Taken], used: &RefCell<BTreeSet<usize>>, conflict: &Conflict) -> Option<Side> {
    let (provider, label) = match &conflict.part {
        Part::Key(key) => (Some(&key.provider), key.label.as_ref()),
        Part::Active(provider) => (Some(provider), None),
        Part::Profile => (None, None),
    };
    let meant = |key: &KeyRef| Some(&key.provider) == provider && (key.label.is_none() || key.label.as_ref() == label);
    let rank = |key: &Option<KeyRef>| key.as_ref().map_or(0, |key| 1 + u8::from(key.label.is_some()));
    let found = taken.iter().enumerate().filter(|(_, (key, _))| key.as_ref().is_none_or(meant));
    let (at, (_, side)) = found.max_by_key(|(_, (key, _))| rank(key))?;
    used.borrow_mut().insert(at);
    Some(*side)
}

/// The identity, and those that `byok identity rotate` kept beside it: what both sides had may be sealed for one of them.
fn with_old(session: &Session<'_>, own: &Identities) -> Result<Identities> {
    let folder = &session.opener.places.folder;
    let mut text = own.to_text("");
    for file in disk::names_in(folder)?.iter().filter(|file| file.starts_with("identity.txt.old")) {
        let old = disk::read_private(&folder.join(file), byok::identity::LIMIT).ok().flatten();
        if let Some(old) = old.as_deref().and_then(|old| std::str::from_utf8(old).ok()) {
            let before = text;
            text = Zeroizing::new(String::with_capacity(before.len() + old.len() + 1));
            for part in [&*before, "\n", old] {
                text.push_str(part);
            }
        }
    }
    // One that is no identity any more does not keep the others from opening.
    Ok(Identities::parse(&text).or_else(|_| Identities::parse(&own.to_text("")))?)
}

/// What was said of conflicts, to be said again.
fn taking(args: &Merge) -> String {
    args.take.iter().fold(String::new(), |all, one| all + " --take " + one)
}

/// The merged profile, and how it is sealed, which was opened again.
fn merged(
    session: &Session<'_>,
    args: &Merge,
    copies: &Copies,
    taken: &[Taken],
    shown: &Path,
) -> Result<(Profile, Profile, Vec<u8>)> {
    let identities = session.opener.identities()?;
    let [base, ours, theirs] = copies.open(&with_old(session, identities)?, shown)?;
    let (Some(ours), Some(theirs)) = (ours, theirs) else { unreachable!("only a base may be missing") };
    let used = RefCell::default();
    let fresh = fresh_vault()?;
    let merged = Profile::merge(base.as_ref(), &ours, &theirs, &fresh, &|conflict| decided(taken, &used, conflict));
    let idle = |(at, (key, _)): (usize, &Taken)| key.as_ref().filter(|_| !used.borrow().contains(&at)).cloned();
    let is_kin = merged.is_ok() || matches!(merged, Err(MergeError::Conflicts(_)));
    if let Some(key) = taken.iter().enumerate().find_map(idle).filter(|_| is_kin) {
        return Err(Fault::missing(format!("there is no conflict about `{key}` in `{}`", name(shown)))
            .hint("leave that `--take` out")
            .into());
    }
    let merged = merged.map_err(|error| contradiction(session, args, error, shown))?;
    consent::get(session, args, [base.as_ref(), Some(&ours), Some(&theirs)], &merged, shown)?;
    let text = merged.to_toml();
    let sealed = seal::seal(text.as_bytes(), merged.recipients())?;
    if sealed.len() as u64 > LIMIT {
        return Err(disk::DiskError::TooLarge { path: shown.to_owned(), limit: LIMIT }.into());
    }
    if seal::open(&sealed, identities).is_ok_and(|content| *content == text.as_bytes()) {
        Ok((ours, merged, sealed))
    } else {
        Err(Fault::refused(format!("`{}` would not open for you after the merge", name(shown))).into())
    }
}

/// What a person has to decide.
fn contradiction(session: &Session<'_>, args: &Merge, error: MergeError, shown: &Path) -> Fault {
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
    let fault = Fault::failed(format!("`{name}` was not merged: {all}, named above"));
    // git's own call has the file's name in a fourth place; three files alone are somebody's own.
    let (files, after) = match &*args.files {
        [base, ours, theirs] => (format!("{} {} {}", quoted(base), quoted(ours), quoted(theirs)), String::new()),
        _ => (file.clone(), format!(", then `git add {file}`")),
    };
    let accept = if args.accept { " --accept" } else { "" };
    let fault = fault
        .hint(format!("take their side of what is in conflict: `byok merge{accept} --take theirs {files}`{after}"));
    let key = conflicts.iter().find_map(|conflict| match &conflict.part {
        Part::Key(key) => Some(key.to_string()),
        Part::Active(provider) => Some(provider.to_string()),
        Part::Profile => None,
    });
    match key {
        Some(key) if conflicts.len() > 1 => {
            fault.hint(format!("or key by key: `byok merge{accept} --take {key}=ours --take theirs {files}`"))
        }
        _ => fault.hint(format!("or ours: `byok merge{accept} --take ours {files}`{after}")),
    }
}

/// A file's name as a terminal may show it.
fn name(path: &Path) -> String {
    escaped(&PathBuf::from(path).display().to_string())
}
