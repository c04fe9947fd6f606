//! opencode: `auth.json`, an object a provider by its id of models.dev, which is byok's; and its configuration, in which
//! a key may stand beside a provider's other options.

use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::json::{self, Document};
use super::source::{Node, Source, below};
use super::{Broken, Entry, Form, Holding, Target};
use crate::name::ProviderId;
use crate::provider::{Consumer, Registry};
use crate::secret::Secret;

/// `{"ID": {"type": "api", "key": "…"}}`; other types are sign-ins of accounts.
pub(super) struct Opencode;

fn is_api(value: &Value) -> bool {
    value.get("type").and_then(Value::as_str) == Some("api")
}

impl Form for Opencode {
    fn read(&self, _: &Registry, bytes: &[u8]) -> Result<Vec<Entry>, Broken> {
        let source = Source::read(super::text(bytes)?)?;
        let entry = |(name, node): (&str, Node<'_>)| {
            let (node, holds) = if node.member("type").and_then(Node::text) == Some("api") {
                let key = node.member("key")?;
                (key, key.holding(|_| false)?)
            } else {
                (node, Holding::Account)
            };
            Some(Entry::at(name.to_owned(), node, holds, ProviderId::parse(name).ok()))
        };
        Ok(source.members().filter_map(entry).collect())
    }

    /// An entry goes whole, for without its key opencode could not read it; one that holds more than a key is refused.
    fn without(&self, bytes: &[u8], names: &[&str]) -> Result<Zeroizing<Vec<u8>>, Broken> {
        let source = Source::read(super::text(bytes)?)?;
        let more = |node: Node<'_>| node.members().any(|(name, _)| !matches!(name, "type" | "key"));
        if let Some((name, _)) = source.members().find(|(name, node)| names.contains(name) && more(*node)) {
            return Err(Broken::Entry { entry: name.to_owned() });
        }
        json::without(bytes, names)
    }
}

impl Target for Opencode {
    fn entry(&self, provider: &ProviderId) -> Option<String> {
        let known = Consumer::find("opencode")?.reads_key_of(provider);
        known.then(|| provider.to_string())
    }

    fn write(&self, text: &str, keys: &[(String, &Secret)]) -> Result<Zeroizing<String>, Broken> {
        let mut document = Document::read(text)?;
        for (name, secret) in keys {
            let mut entry = match document.get(name) {
                None => json!({"type": "api"}),
                Some(old) if is_api(old) => old.clone(),
                Some(_) => return Err(Broken::Entry { entry: name.clone() }),
            };
            entry["key"] = json::text(secret);
            document.set(name, entry);
        }
        Ok(document.write(text))
    }
}

/// `opencode.json`, with or without comments: `{"provider": {"ID": {"options": {"apiKey": "…", "baseURL": "…"}}}}`.
pub(super) struct Config;

impl Form for Config {
    fn read(&self, registry: &Registry, bytes: &[u8]) -> Result<Vec<Entry>, Broken> {
        let source = Source::read(super::text(bytes)?)?;
        let providers = source.member("provider").into_iter().flat_map(Node::members);
        let entry = |(id, node): (&str, Node<'_>)| {
            let options = node.member("options")?;
            let key = options.member("apiKey")?;
            let holds = key.holding(|text| text.contains("{env:") || text.contains("{file:"))?;
            let name = below("provider", id) + ".options.apiKey";
            Some(Entry {
                address: options.member("baseURL").and_then(Node::text).map(str::to_owned),
                ..Entry::at(name, key, holds, registry.find(id).ok())
            })
        };
        Ok(providers.filter_map(entry).collect())
    }

    fn without(&self, bytes: &[u8], names: &[&str]) -> Result<Zeroizing<Vec<u8>>, Broken> {
        json::without(bytes, names)
    }
}
