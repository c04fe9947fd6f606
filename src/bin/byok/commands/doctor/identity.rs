//! The identity: whether it is there and opens, where copies of it lie, and whether a recovery sheet was ever made.

use std::path::Path;

use byok::seal;
use byok::settings::Place;
use byok::store::Place as Shelf;

use super::finding::{Finding, Severity};
use super::git;
use super::scene::{Access, Found, Scene};
use crate::fault::quoted;
use crate::identity::{self, sheet, turn};
use crate::session::Session;

pub(super) fn examine(scene: &Scene<'_>) -> Found {
    let session = scene.safe()?;
    let opener = &session.opener;
    let mut findings = Vec::new();
    match scene.access()? {
        Access::Locked => findings.push(*scene.locked()),
        Access::OutOfReach => findings.push(*scene.shut()?),
        Access::Broken(error) => {
            let shown = format!("ls -l {}", quoted(opener.path()));
            findings.push(Finding::of("identity-broken", error).or_fix("see what is there", shown));
        }
        Access::Absent if session.has_sealed().unwrap_or(false) => {
            let error = identity::missing(opener.path());
            findings.push(Finding::of("identity-missing", &error.into()));
        }
        Access::Open(_) | Access::Absent => {}
    }
    if opener.is_given() {
        // Whoever gives it looks after it; CI systems do it so.
        return Ok(findings);
    }
    let places = &opener.places;
    if opener.last_copy().is_some() {
        let finding = Finding::problem("identity-gone", identity::last_copy(&places.wrapped));
        findings.push(
            finding
                .fix("write it down while it is open", "byok identity backup --output sheet.txt")
                .fix("and put it back", "byok identity restore sheet.txt"),
        );
    }
    if let Some(place @ (Place::Passphrase | Place::Keychain)) = opener.place()
        && places.file.symlink_metadata().is_ok()
    {
        let text = format!("`{}` holds an identity in the clear, although it lives elsewhere", places.file.display());
        let end = format!("byok identity move --to {}", place.as_str());
        findings.push(Finding::problem("identity-in-the-clear", text).fix("if a move left it there, end that", end));
    }
    if opener.place() == Some(Place::Passphrase) {
        let sealed = byok::disk::read_private(&places.wrapped, byok::identity::LIMIT).ok().flatten();
        let cheap = sealed.is_some_and(|bytes| seal::work_factor(&bytes).is_ok_and(|factor| factor < identity::CHEAP));
        if cheap {
            let text = format!("a stolen copy of `{}` is cheap to guess at", places.wrapped.display());
            findings.push(Finding::warning("cheap-passphrase", text).fix("wrap it anew", "byok identity passphrase"));
        }
    }
    if let (Access::Open(own), Ok(Some(turn))) = (scene.access()?, turn::read(&places.folder))
        && own.contains(&turn.new)
    {
        let text = "a new identity is not in the place of the old one everywhere yet: both are in use";
        findings.push(Finding::warning("identity-rotating", text).fix("go on with it", "byok identity rotate"));
    }
    if places.file.is_file() {
        findings.extend(in_git(&places.file));
    }
    findings.extend(backup(scene, session)?);
    Ok(findings)
}

/// An identity in a work tree goes wherever that is pushed to.
fn in_git(file: &Path) -> Option<Finding> {
    let found = git::exposed(file)?;
    let (folder, name) = (file.parent()?, file.file_name()?.to_str()?);
    let (shown, tree) = (file.display(), found.tree.display());
    Some(if found.tracked {
        let text =
            format!("`{shown}` is in the index of the git work tree `{tree}`: whoever has the repository has it");
        let finding = Finding::problem("identity-in-git", text);
        finding
            .fix("take it out", format!("git -C {} rm --cached -q {name}", quoted(folder)))
            .fix("if it was ever pushed, a new identity is needed, and so are new keys", "git log --all -- .")
    } else {
        let text = format!("`{shown}` lies in the git work tree `{tree}`, which does not ignore it");
        let ignore = format!("echo /{name} >>{}", quoted(&folder.join(".gitignore")));
        Finding::problem("identity-in-git", text).fix("have it ignored", ignore)
    })
}

/// Without a sheet, one broken disk takes all keys along.
fn backup(scene: &Scene<'_>, session: &Session<'_>) -> Result<Option<Finding>, Box<Finding>> {
    let own: &[String] = match scene.access()? {
        Access::Open(recipients) => recipients,
        _ => &[],
    };
    if sheet::is_noted(&session.folders.state, own) {
        return Ok(None);
    }
    let sealed = scene.profiles()?.iter().filter(|one| one.shelf == Shelf::File);
    let keys: Option<usize> = sealed.map(|one| Some(one.read.as_ref()?.as_ref().ok()?.keys().len())).sum();
    if keys == Some(0) || !session.has_sealed().unwrap_or(false) {
        return Ok(None);
    }
    let what = match keys {
        Some(1) => "1 key is".to_owned(),
        Some(count) => format!("{count} keys are"),
        None => "your keys are".to_owned(),
    };
    let text = format!("no recovery sheet was made of this identity: if it is lost, {what} lost");
    let finding = Finding::new("no-backup", Severity::Warning, text);
    Ok(Some(finding.fix("make one, and keep it off this machine", "byok identity backup --output sheet.txt")))
}
