//! Simon Willison's `llm`: `keys.json`, one flat object of names and keys.

use zeroize::Zeroizing;

use super::json::{self, Document};
use super::source::Source;
use super::{Broken, Entry, Form, Target};
use crate::name::ProviderId;
use crate::provider::Registry;
use crate::secret::Secret;

/// What `llm keys set` writes.
pub(super) struct Llm;

/// What `llm` puts into every fresh file, under the name of a comment.
const NOTE: (&str, &str) = ("// Note", "This file stores secret API credentials. Do not share!");

/// The providers that `llm` or a plugin of its author calls otherwise than byok, and those that it calls the same.
const NAMES: &[(&str, &str)] = &[
    ("openai", "openai"),
    ("anthropic", "anthropic"),
    ("google", "gemini"),
    ("groq", "groq"),
    ("mistral", "mistral"),
    ("openrouter", "openrouter"),
    ("deepseek", "deepseek"),
];

impl Form for Llm {
    fn read(&self, registry: &Registry, bytes: &[u8]) -> Result<Vec<Entry>, Broken> {
        let source = Source::read(super::text(bytes)?)?;
        let keys = source.members().filter(|(name, _)| *name != NOTE.0);
        let entries = keys.filter_map(|(name, node)| {
            let provider = NAMES.iter().find(|(_, theirs)| *theirs == name).map_or(name, |(ours, _)| ours);
            Some(Entry::at(name.to_owned(), node, node.holding(|_| false)?, registry.find(provider).ok()))
        });
        Ok(entries.collect())
    }

    fn without(&self, bytes: &[u8], names: &[&str]) -> Result<Zeroizing<Vec<u8>>, Broken> {
        json::without(bytes, names)
    }
}

impl Target for Llm {
    fn entry(&self, provider: &ProviderId) -> Option<String> {
        let found = NAMES.iter().find(|(ours, _)| *ours == provider.as_str());
        found.map(|(_, theirs)| (*theirs).to_owned())
    }

    fn write(&self, text: &str, keys: &[(String, &Secret)]) -> Result<Zeroizing<String>, Broken> {
        let mut document = Document::read(text)?;
        if text.trim().is_empty() {
            document.set(NOTE.0, NOTE.1.into());
        }
        for (name, secret) in keys {
            if document.get(name).is_some_and(|old| !old.is_string()) {
                return Err(Broken::Entry { entry: name.clone() });
            }
            document.set(name, json::text(secret));
        }
        Ok(document.write(text))
    }
}
