//! A JSON file of one's own: variables or providers by name, each with a key or an object that has one.

use zeroize::Zeroizing;

use super::source::{Node, Source, below};
use super::{Broken, Entry, Form, json, text};
use crate::provider::Registry;

/// `{"OPENAI_API_KEY": "…"}`, `{"openai": "…"}` or `{"openai": {"api_key": "…", "base_url": "…"}}`.
pub(super) struct Flat;

/// What the members are called that hold a key, and those that hold an address.
const KEYS: &[&str] = &["api_key", "apiKey", "key", "token"];
const ADDRESSES: &[&str] = &["base_url", "baseURL", "baseUrl", "api_base", "endpoint"];

impl Form for Flat {
    fn read(&self, registry: &Registry, bytes: &[u8]) -> Result<Vec<Entry>, Broken> {
        let source = Source::read(text(bytes)?)?;
        let entry = |(name, node): (&str, Node<'_>)| {
            let claim = registry.claims(name).into_iter().next();
            if claim.as_ref().is_some_and(|claim| !claim.role.is_key()) {
                return None;
            }
            let provider = claim.map(|claim| claim.provider).or_else(|| registry.find(name).ok());
            let within = KEYS.iter().find_map(|key| Some((below(name, key), node.member(key)?)));
            let (name, key) = within.unwrap_or_else(|| (below("", name), node));
            let address = ADDRESSES.iter().find_map(|name| node.member(name)?.text()).map(str::to_owned);
            Some(Entry { address, ..Entry::at(name, key, key.holding(|_| false)?, provider) })
        };
        Ok(source.members().filter_map(entry).collect())
    }

    fn without(&self, bytes: &[u8], names: &[&str]) -> Result<Zeroizing<Vec<u8>>, Broken> {
        json::without(bytes, names)
    }
}
