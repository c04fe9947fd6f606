//! What a merge does not do unasked: open the profile for somebody whom nobody here has agreed to, take an older copy for
//! a side of its own, and take in what somebody may have written who was taken out.

use std::path::Path;

use anyhow::Result;
use byok::keys::changes;
use byok::profile::Profile;

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
        let (Some(copy), Some(base)) = (copy, base) else { continue };
        reasons.extend(older(side, base, copy, seen));
        reasons.extend(dismissed(side, base, copy, merged));
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
            .hint(format!("if it is meant: `byok merge --accept {file}`, then `git add {file}`"))
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

/// A side that was still open to somebody who is taken out, and that changes something.
fn dismissed(side: &str, base: &Profile, copy: &Profile, merged: &Profile) -> Vec<String> {
    let changed: Vec<String> = changes(Some(base), copy)
        .into_iter()
        .filter(|subject| subject.what.as_deref() != Some("tested"))
        .map(|subject| format!("`{}:{}` {}", subject.provider, subject.label, subject.what.unwrap_or_default()))
        .collect();
    if changed.is_empty() {
        return Vec::new();
    }
    let gone = merged.gone().filter(|gone| copy.recipients().contains(&gone.recipient));
    gone.map(|gone| {
        let whom = if gone.name.is_empty() { &gone.recipient } else { &gone.name };
        format!(
            "{side} was still open to `{}`, who is taken out and may have written it: {}",
            escaped(whom),
            changed.join(", ")
        )
    })
    .collect()
}
