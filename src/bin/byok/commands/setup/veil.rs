//! A change as a person is shown it, with no key in it.

use anyhow::Result;
use byok::provider::{Recognised, reference};
use byok::secret::Secret;
use byok::setup::Edit;
use zeroize::Zeroizing;

use super::file::Open;
use crate::session::{Session, dense};

/// The change in the form of a diff.
pub(super) fn diff(session: &Session<'_>, edit: &Edit, old: &str, open: &Open) -> Result<String> {
    let registry = session.registry()?;
    let told = |text: &str| {
        let mut out = text.to_owned();
        for word in words(text).filter(|word| is_key(registry, word)) {
            out = out.replace(word, &mask(word));
        }
        out
    };
    let name = if open.is_fresh { "/dev/null" } else { &open.shown };
    // A tab steers a terminal.
    Ok(edit.diff(old, (name, &open.shown), told).replace('\t', "    "))
}

/// Whether a text has a word in it that could be a key.
pub(super) fn holds_key(session: &Session<'_>, text: &str) -> Result<bool> {
    let registry = session.registry()?;
    Ok(words(text).any(|word| is_key(registry, word)))
}

/// Whether a text has a word in it that could be a key, and is none that is stored, as far as nobody needs to be asked.
pub(super) fn holds_stray(session: &Session<'_>, text: &str) -> Result<bool> {
    let registry = session.registry()?;
    let profile = session.glance().ok().flatten();
    let stored =
        |word: &str| profile.iter().flat_map(byok::profile::Profile::keys).any(|key| key.secret.expose() == word);
    Ok(words(text).any(|word| is_key(registry, word) && !stored(word)))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split(|c: char| c.is_whitespace() || "\"'`,;(){}[]<>|&".contains(c));
    parts.flat_map(|part| part.split('=')).filter(|word| !word.is_empty())
}

fn is_key(registry: &byok::provider::Registry, word: &str) -> bool {
    // What is shorter opens nothing that has a price.
    const SHORTEST: usize = 12;
    if word.len() < SHORTEST {
        return false;
    }
    let Ok(secret) = Secret::new(Zeroizing::new(word.to_owned())) else { return false };
    if word.contains("://") {
        return dense(word);
    }
    if reference(word).is_some() {
        return false;
    }
    // The path of a program may have a hash in it.
    !matches!(registry.recognise(&secret), Recognised::Unknown) || (!word.contains('/') && dense(word))
}

fn mask(word: &str) -> String {
    Secret::new(Zeroizing::new(word.to_owned())).map_or_else(|_| "…".to_owned(), |secret| secret.mask())
}
