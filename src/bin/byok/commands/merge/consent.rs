//! What a merge does not do unasked: open the profile for somebody whom nobody here has agreed to, take an older copy for
//! a side of its own, and take in what somebody may have written who was taken out.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;
use byok::keys::{changes, people};
use byok::profile::{Opener, Profile};

use crate::cli::merging::Merge;
use crate::commands::profile::came;
use crate::fault::{Fault, quoted};
use crate::session::Session;
use crate::ui::escaped;

/// Goes on where nothing has to be asked, or somebody agreed. `copies` are what both had, our side and their side.
pub(super) fn get(
    session: &Session<'_>,
    args: &Merge,
    copies: [Option<&Profile>; 3],
    merged: &Profile,
    shown: &Path,
) -> Result<()> {
    let [base, ours, theirs] = copies;
    let known = session.store().known_of(merged)?;
    let seen = known.as_ref().map(|known| known.generation);
    let mut reasons = newcomers(known.and_then(|known| known.agreed).as_deref(), copies, merged);
    for (side, copy) in [("our side", ours), ("their side", theirs)] {
        let Some(copy) = copy else { continue };
        reasons.extend(base.and_then(|base| older(side, base, copy, seen)));
        if !copy.descends_from(merged) && !session.store().wrote(copy)? {
            reasons.extend(dismissed(side, base, copy, merged));
        }
    }
    if reasons.is_empty() {
        return Ok(());
    }
    for reason in &reasons {
        session.ui.warn(reason);
    }
    let (name, file) = (escaped(&shown.display().to_string()), quoted(shown));
    let by_hand = args.files.len() == 1;
    let agreed = match args.accept {
        true => Some(true),
        false if by_hand => session.ui.confirm("merge it all the same?")?,
        false => None,
    };
    match agreed {
        Some(true) => Ok(()),
        Some(false) => Err(Fault::refused(format!("`{name}` was not merged")).into()),
        None => Err(Fault::refused(format!("`{name}` was not merged: see above what has to be agreed to"))
            .hint(format!("look at what each side brings: `git log -p --all -- {file}`"))
            .hint(format!("if it is meant: `byok merge --accept{} {file}`, then `git add {file}`", super::taking(args)))
            .into()),
    }
}

/// Those whom the merged profile would open for, and whom nobody has agreed to here, or, of a profile that is not known
/// here, who were not in it on both sides or before.
fn newcomers(agreed: Option<&[String]>, copies: [Option<&Profile>; 3], merged: &Profile) -> Vec<String> {
    let [base, ours, theirs] = copies;
    let both = |one: &String| [ours, theirs].iter().flatten().all(|copy| copy.recipients().contains(one));
    let is_agreed = |one: &String| match (agreed, base) {
        (Some(agreed), _) => agreed.contains(one),
        (None, Some(base)) => base.recipients().contains(one),
        (None, None) => both(one),
    };
    let new = merged.recipients().iter().filter(|one| !is_agreed(one));
    new.map(|recipient| {
        let name = merged.opener(recipient).map(|one| one.name.as_str()).unwrap_or_default();
        let called = if name.is_empty() { String::new() } else { format!(" (`{}`)", escaped(name)) };
        format!("every key in it would also open for {recipient}{called}{}", came(merged, recipient))
    })
    .collect()
}

/// A side that is older than what both had, or another copy of the same age: no byok writes one. Where a commit of another
/// branch is picked, our side may be older than that, and is what was last seen here.
fn older(side: &str, base: &Profile, copy: &Profile, seen: Option<u64>) -> Option<String> {
    let (found, before) = (copy.generation(), base.generation());
    let is_older = found < before || (found == before && *copy.to_toml() != *base.to_toml());
    let is_ours = seen.is_some_and(|seen| found >= seen);
    (is_older && !is_ours)
        .then(|| format!("{side} is an older copy put back: generation {found}, and both sides had {before}"))
}

/// What a side changes under a vault secret that somebody knows who is taken out, and may have used.
fn dismissed(side: &str, base: Option<&Profile>, copy: &Profile, merged: &Profile) -> Option<String> {
    let keys = changes(base, copy).into_iter().filter(|subject| subject.what.as_deref() != Some("tested"));
    let mut changed: Vec<String> = keys
        .map(|subject| format!("`{}:{}` {}", subject.provider, subject.label, subject.what.unwrap_or_default()))
        .collect();
    let people = base.map(|base| people(base, copy)).unwrap_or_default();
    let called = |name: &str, recipient: &str| format!("`{}`", escaped(if name.is_empty() { recipient } else { name }));
    changed.extend(people.iter().map(|one| format!("{} {}", called(&one.name, &one.recipient), one.what)));
    if changed.is_empty() {
        return None;
    }
    let is_told = |one: &&Opener| {
        copy.openers()
            .iter()
            .any(|known| (&known.recipient, known.added) == (&one.recipient, one.added) && known.removed.is_some())
    };
    let gone: Vec<&Opener> = merged.gone().collect();
    let whom = |one: &Opener| {
        let name = called(&one.name, &one.recipient);
        if gone.iter().any(|other| other.recipient == one.recipient) {
            format!("{name}, who is taken out")
        } else {
            format!("whoever has the former identity of {name}")
        }
    };
    let removed = merged.openers().iter().filter(|one| one.removed.is_some() && !is_told(one));
    let whom: BTreeSet<String> = removed.map(whom).collect();
    let whom = if whom.is_empty() {
        "somebody who is taken out".to_owned()
    } else {
        whom.into_iter().collect::<Vec<_>>().join(", or ")
    };
    Some(format!("{side} may have been written by {whom}: {}", changed.join(", ")))
}
