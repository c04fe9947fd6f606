//! Crush: `crush.json`, in which a provider's `api_key` stands beside its address.
//!
//! `internal/config/{load,config}.go` of Crush 0.2x to 0.9x: `lookupConfigs` and `GlobalConfigData` say where the files
//! lie. A key is expanded by a shell, so whatever has a `$` in it is not the key itself; with `oauth` beside it, it is a
//! token of an account.

use zeroize::Zeroizing;

use super::source::{Node, Source, below};
use super::{Broken, Entry, Form, Holding, json};
use crate::provider::Registry;

/// `{"providers": {"ID": {"api_key": "…", "base_url": "…"}}}`.
pub(super) struct Crush;

impl Form for Crush {
    fn read(&self, registry: &Registry, bytes: &[u8]) -> Result<Vec<Entry>, Broken> {
        let source = Source::read(super::text(bytes)?)?;
        let providers = source.member("providers").into_iter().flat_map(Node::members);
        let entry = |(id, node): (&str, Node<'_>)| {
            let account = node.member("oauth").is_some_and(|oauth| !oauth.is_null());
            let key = node.member("api_key").or(Some(node).filter(|_| account))?;
            let holds = if account { Holding::Account } else { key.holding(|text| text.contains('$'))? };
            Some(Entry {
                address: node.member("base_url").and_then(Node::text).map(str::to_owned),
                ..Entry::at(below("providers", id) + ".api_key", key, holds, registry.find(id).ok())
            })
        };
        Ok(providers.filter_map(entry).collect())
    }

    fn without(&self, bytes: &[u8], names: &[&str]) -> Result<Zeroizing<Vec<u8>>, Broken> {
        json::without(bytes, names)
    }
}
