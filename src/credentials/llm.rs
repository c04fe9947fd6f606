//! Simon Willison's `llm`: `keys.json`, one flat object of names and keys.

use zeroize::Zeroizing;

use super::json::{self, Document};
use super::{Broken, Entry, Form, Holding};
use crate::name::ProviderId;
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
    fn read(&self, text: &str) -> Result<Vec<Entry>, Broken> {
        let document = Document::read(text)?;
        let keys = document.object().filter(|(name, _)| *name != NOTE.0);
        let entry = |(name, value): (&String, &serde_json::Value)| {
            let provider = NAMES.iter().find(|(_, theirs)| theirs == name).map_or(name.as_str(), |(ours, _)| ours);
            let holds = Holding::Key(json::secret(value)?);
            Some(Entry { name: name.clone(), provider: ProviderId::parse(provider).ok(), holds })
        };
        Ok(keys.filter_map(entry).collect())
    }

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
