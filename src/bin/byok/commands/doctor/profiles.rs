//! Whether each profile opens and is the one that byok wrote, and for whom it is sealed.

use byok::name::ProfileName;
use byok::profile::Profile;
use byok::store::{Place as Shelf, StoreError};
use byok::{disk, seal};

use super::finding::{Finding, Severity};
use super::scene::{Access, Found, Scene};
use crate::fault::quoted;
use crate::session::Session;

/// The largest sealed file that is read, in bytes.
const LIMIT: u64 = 16 * 1024 * 1024;

pub(super) fn examine(scene: &Scene<'_>) -> Found {
    let session = scene.safe()?;
    let store = session.store();
    let mut findings = Vec::new();
    let (access, all) = (scene.access()?, scene.profiles()?);
    let (mut shut, mut barred) = (false, false);
    for one in all {
        let name = &one.name;
        let profile = match &one.read {
            None => {
                shut = true;
                continue;
            }
            Some(Ok(profile)) => profile,
            // What stands in the way of all of them is told once, with the identity.
            Some(Err(error)) if matches!(error.downcast_ref(), Some(StoreError::Locked(_))) => {
                barred = true;
                continue;
            }
            Some(Err(error)) => {
                let is_for_another =
                    matches!(error.downcast_ref(), Some(StoreError::Seal { source: seal::SealError::NotForUs, .. }));
                let finding = Finding::of("profile-broken", error);
                findings.push(if is_for_another {
                    finding.fix("such as with", "export BYOK_IDENTITY_FILE=/path/to/identity.txt")
                } else {
                    finding.or_fix("see what is there", format!("ls -l {}", quoted(&store.path(name))))
                });
                continue;
            }
        };
        if one.unseen {
            let text = format!("profile `{name}` is newer than what byok remembers of it: it came from elsewhere");
            findings.push(
                Finding::note("not-pinned", text).fix("look at it, which remembers it", format!("byok -p {name} list")),
            );
        }
        if one.shelf == Shelf::Keychain {
            continue;
        }
        if let Access::Open(own) = access {
            findings.extend(recipients(name.as_str(), own, profile));
        }
        findings.extend(seen(profile, name));
        let read = if store.own_path(name).is_some() { disk::read_plain } else { disk::read_private };
        let sealed = read(&store.path(name), LIMIT).ok().flatten();
        let openers = sealed.and_then(|sealed| seal::openers(&sealed).ok()).unwrap_or_default();
        if openers > profile.recipients().len() {
            let text = format!("profile `{name}` opens for more identities than it names: another program sealed it");
            let copy = format!("byok profile copy {name} {name}-2");
            findings.push(Finding::warning("more-openers", text).fix("take its keys into one of your own", copy));
        }
    }
    // One at a path of its own was read above, and told of.
    let lost = |name: &&ProfileName| store.own_path(name).is_none() && store.is_lost(name).unwrap_or(false);
    for name in pinned(session).iter().filter(lost) {
        let error = StoreError::Lost { name: name.clone() };
        findings.push(Finding::of("profile-lost", &error.into()));
    }
    if shut {
        findings.push(*scene.shut()?);
    }
    if barred {
        findings.push(*super::scene::aside("the identity does not open them", "byok doctor identity"));
    }
    Ok(findings)
}

/// The profiles that something is remembered of.
fn pinned(session: &Session<'_>) -> Vec<ProfileName> {
    let names = disk::names_in(&session.folders.state.join("pins")).unwrap_or_default();
    names.iter().filter_map(|name| ProfileName::parse(name.strip_suffix(".toml")?).ok()).collect()
}

/// Whether somebody who was taken out has seen keys that are still in use; pure.
fn seen(profile: &Profile, name: &ProfileName) -> Option<Finding> {
    let last = profile.gone().filter_map(|one| Some((one.removed?, one))).max_by_key(|(removed, _)| *removed)?;
    let count = profile.seen_by(last.1).count();
    let first = profile.seen_by(last.1).next()?;
    let who = if last.1.name.is_empty() { &last.1.recipient } else { &last.1.name };
    let keys = if count == 1 { "1 key that is".to_owned() } else { format!("{count} keys that are") };
    let text =
        format!("`{}` opens profile `{name}` no more, and has seen {keys} still in use", crate::ui::escaped(who));
    let rotate = format!("byok -p {name} rotate {}", profile.display(first));
    Some(Finding::warning("seen-by-others", text).fix("replace them, such as by", rotate))
}

/// For whom a profile is sealed; pure.
fn recipients(name: &str, own: &[String], profile: &Profile) -> Vec<Finding> {
    /// More than these fill the line.
    const SHOWN: usize = 3;
    let named = profile.recipients();
    let others: Vec<&String> = named.iter().filter(|one| !own.contains(one)).collect();
    let mut findings = Vec::new();
    if others.len() == named.len() {
        let text = format!(
            "profile `{name}` opens now, but is not to be sealed for your identity: the next change would shut you out"
        );
        let copy = format!("byok profile copy {name} {name}-2");
        findings.push(Finding::problem("not-for-you", text).fix("take its keys into one of your own", copy));
    } else if !others.is_empty() {
        let called = |one: &&String| {
            let known = profile.opener(one).filter(|known| !known.name.is_empty());
            known.map_or_else(|| format!("`{one}`"), |known| format!("`{}`", crate::ui::escaped(&known.name)))
        };
        let shown = others.iter().take(SHOWN).map(called).collect::<Vec<_>>().join(", ");
        let more = others.len().saturating_sub(SHOWN);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let who = if others.len() == 1 { "1 other".to_owned() } else { format!("{} others", others.len()) };
        let text = format!("profile `{name}` opens for {who} as well: {shown}{more}");
        let look = format!("byok -p {name} recipient list");
        findings.push(Finding::new("other-recipients", Severity::Note, text).fix("see who they are", look));
    }
    findings
}

#[cfg(test)]
mod tests {
    use byok::secret::Secret;

    use super::*;

    #[test]
    fn others_who_can_open_a_profile_are_counted_and_shown() {
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let of = |names: &[&str]| {
            let vault = Secret::new(zeroize::Zeroizing::new("00".repeat(32))).unwrap();
            Profile::new(vault, list(names))
        };
        assert!(recipients("p", &list(&["a"]), &of(&["a"])).is_empty());
        let found = recipients("p", &list(&["a"]), &of(&["a", "b", "c", "d", "e"]));
        assert_eq!(found[0].text, "profile `p` opens for 4 others as well: `b`, `c`, `d` and 1 more");
        assert_eq!(recipients("p", &list(&["a"]), &of(&["b"]))[0].id, "not-for-you");
    }
}
