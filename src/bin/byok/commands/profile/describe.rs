//! `byok profile describe`: what a sealed file holds, one thing a line, so that `git diff` can compare two of them.

use std::path::Path;

use anyhow::Result;
use byok::disk;
use byok::name::EnvName;
use byok::profile::{FormError, Key, Profile};
use byok::seal::{self, Unlock};
use byok::store::StoreError;
use sha2::{Digest as _, Sha256};

use crate::cli::merging::Describe;
use crate::fault::{Fault, code};
use crate::session::Session;
use crate::ui::escaped;

/// The largest sealed file that is read, in bytes.
const LIMIT: u64 = 16 * 1024 * 1024;

pub(super) fn run(session: &Session<'_>, args: &Describe) -> Result<u8> {
    if args.git {
        // Its pager has the terminal.
        session.ui.hush();
    }
    let path = &args.file;
    let absent = || Fault::misused(format!("there is no file `{}`", escaped(&path.display().to_string())));
    let sealed = disk::read_public(path, LIMIT)?.ok_or_else(absent)?;
    match open(session, path, &sealed) {
        Ok(profile) => session.ui.data(lines(&profile).as_bytes())?,
        // One revision that does not open would end all of `git log -p`; two of them must not look the same.
        Err(error) if args.git => {
            let hash = Sha256::digest(&*sealed);
            let hash = u64::from_be_bytes(hash[..8].try_into().unwrap_or_default());
            let why = escaped(&error.root_cause().to_string());
            session.ui.data(format!("sealed, SHA-256 {hash:016x}…: {why}\n").as_bytes())?;
        }
        Err(error) => return Err(error),
    }
    Ok(code::DONE)
}

fn open(session: &Session<'_>, path: &Path, sealed: &[u8]) -> Result<Profile> {
    let identities = session.opener.identities()?;
    let content =
        seal::open(sealed, identities).map_err(|source| StoreError::Seal { path: path.to_owned(), source })?;
    let text = std::str::from_utf8(&content).map_err(|_| FormError::Foreign);
    Ok(text.and_then(Profile::parse).map_err(|source| StoreError::Form { path: path.to_owned(), source })?)
}

fn lines(profile: &Profile) -> String {
    let mut all = vec![format!("generation: {}", profile.generation())];
    all.extend(profile.recipients().iter().map(|recipient| format!("recipient: {recipient}")));
    all.extend(profile.unknown_fields().map(|name| format!("of a newer byok: {name}")));
    for (name, key) in profile.display_all().iter().zip(profile.keys()) {
        let is_active = profile.active(&key.provider).is_some_and(|active| active.label == key.label);
        all.extend(facts(key, is_active).into_iter().map(|(what, value)| format!("{name}: {what}: {value}")));
    }
    all.iter().map(|line| escaped(line) + "\n").collect()
}

fn facts(key: &Key, is_active: bool) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut line = |what: &str, value: Option<String>| all.extend(value.map(|value| (what.to_owned(), value)));
    let fingerprint = key.secret.fingerprint().map(|print| format!(" {print}")).unwrap_or_default();
    let yes = |is: bool| is.then(|| "yes".to_owned());
    line("secret", Some(key.secret.mask() + &fingerprint));
    line("active", yes(is_active));
    line("added", Some(key.added.to_string()));
    line("secret since", (key.since != key.added).then(|| key.since.to_string()));
    line("expires", key.expires.map(|end| end.to_string()));
    line("ends at its provider", key.provider_expires.map(|end| end.to_string()));
    line("wiped", key.wiped.as_ref().map(|wiped| wiped.at.to_string()));
    line("rotate after", key.rotate_after.map(|days| format!("{days}d")));
    let names: Vec<&str> = key.env.iter().map(EnvName::as_str).collect();
    line("variables", (!names.is_empty()).then(|| names.join(", ")));
    line("exported", (!key.exported).then(|| "only if asked for by name".to_owned()));
    line("disabled", yes(key.disabled));
    line("admin", yes(key.admin));
    line("note", key.note.clone());
    line("tags", (!key.tags.is_empty()).then(|| key.tags.join(" ")));
    for (field, value) in &key.fields {
        line(field, Some(value.clone()));
    }
    line("host", key.host.clone());
    line("verdict", key.tested().map(|tested| format!("{} at {}", tested.verdict, tested.at)));
    for old in &key.previous {
        line("old one", Some(format!("{}, kept until {}", old.secret.mask(), old.kept.at)));
    }
    for name in key.unknown_fields() {
        line("of a newer byok", Some(name.to_owned()));
    }
    all
}
