//! Copies of keys that lie in the clear. Where they are looked for is `.env` files, in this folder and above.

use std::path::{Path, PathBuf};

use byok::disk;
use byok::import::dotenv;
use byok::name::ProfileName;
use byok::profile::Profile;
use byok::provider::{Registry, Role, placeholder};

use super::finding::Finding;
use super::scene::{Found, Scene};
use crate::fault::quoted;

/// A file is read up to this size, in bytes.
const LIMIT: u64 = 1024 * 1024;

/// The names that tools give such files.
const NAMES: [&str; 6] =
    [".env", ".env.local", ".env.development", ".env.development.local", ".env.production", ".envrc"];

/// A key that lies in a file in the clear. Holds no value.
pub(super) struct Copied {
    /// The file.
    pub(super) path: PathBuf,
    /// The line, from 1, where the file has lines.
    pub(super) line: Option<usize>,
    /// What the file calls it.
    pub(super) name: String,
    /// The stored key that has the same value; else only the name tells whose it is.
    pub(super) stored: Option<String>,
    /// A command that takes it away from there, once it is stored.
    pub(super) removal: String,
}

pub(super) fn examine(scene: &Scene<'_>) -> Found {
    let session = scene.safe()?;
    let builtin = Registry::builtin();
    let registry = session.registry().unwrap_or(&builtin);
    let profiles = scene.open_profiles().unwrap_or_default();
    let Ok(here) = std::env::current_dir() else { return Ok(Vec::new()) };
    let files = files(&here, scene.vars.user_home.as_deref());
    let copies: Vec<Copied> =
        files.iter().flat_map(|file| copies(file, registry, &profiles, &session.profile)).collect();
    Ok(judge(&copies))
}

/// The files in `from` and above it, as far as the repository or a person's home.
fn files(from: &Path, home: Option<&Path>) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for folder in from.ancestors() {
        let is_last = home == Some(folder) || folder.join(".git").symlink_metadata().is_ok();
        // A pipe would keep whoever reads it waiting.
        files.extend(NAMES.iter().map(|name| folder.join(name)).filter(|path| path.is_file()));
        if is_last {
            break;
        }
    }
    files
}

fn copies(path: &Path, registry: &Registry, profiles: &[(&ProfileName, &Profile)], meant: &ProfileName) -> Vec<Copied> {
    let Ok(Some(bytes)) = disk::read_public(path, LIMIT) else { return Vec::new() };
    let Ok(read) = dotenv::read(&bytes) else { return Vec::new() };
    let stored = |value: &str| {
        profiles.iter().find_map(|(name, profile)| {
            let key = profile.keys().iter().find(|key| key.secret.expose() == value)?;
            let shown = profile.display(key);
            Some(if *name == meant { shown.to_string() } else { format!("{shown} of profile {name}") })
        })
    };
    let mut copies = Vec::new();
    for one in read.found.iter().filter(|one| !one.value.is_empty() && !placeholder(&one.value)) {
        let stored = stored(&one.value);
        if stored.is_none() && !registry.claims(&one.name).iter().any(|claim| claim.role == Role::Key) {
            continue;
        }
        // By name rather than by number: pasted twice, it takes no other line away.
        let edit = if cfg!(target_vendor = "apple") { "sed -i ''" } else { "sed -i" };
        let name = &one.name;
        let removal = format!("{edit} -E '/^[[:blank:]]*(export[[:blank:]]+)?{name}[[:blank:]]*=/d' {}", quoted(path));
        copies.push(Copied { path: path.to_owned(), line: Some(one.line), name: name.clone(), stored, removal });
    }
    copies
}

/// What is to be said of these copies, wherever they were found; pure.
pub(super) fn judge(copies: &[Copied]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for copy in copies {
        let line = copy.line.map(|line| format!(":{line}")).unwrap_or_default();
        let place = format!("`{}{line}`", copy.path.display());
        let finding = match &copy.stored {
            Some(key) => Finding::warning("plaintext-copy", format!("{place} holds `{key}` in the clear"))
                .fix("it is sealed here: take it away from there", copy.removal.clone()),
            None => Finding::note("plaintext-key", format!("{place} holds a key in the clear, `{}`", copy.name))
                .fix("seal it", format!("byok import-env --file {}", quoted(&copy.path))),
        };
        findings.push(finding);
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_copy_is_a_warning_and_another_a_note() {
        let copied = |stored: Option<&str>| Copied {
            path: PathBuf::from("/p/.env"),
            line: Some(3),
            name: "OPENAI_API_KEY".to_owned(),
            stored: stored.map(str::to_owned),
            removal: "true".to_owned(),
        };
        let found = judge(&[copied(Some("openai")), copied(None)]);
        assert_eq!((found[0].id, found[1].id), ("plaintext-copy", "plaintext-key"));
        assert_eq!(found[0].text, "`/p/.env:3` holds `openai` in the clear");
        assert_eq!(found[1].command.as_deref(), Some("byok import-env --file '/p/.env'"));
    }
}
