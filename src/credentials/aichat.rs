//! aichat: `config.yaml`, a list of clients with a key each (aichat 0.30, `src/config/mod.rs` and `src/client/`).

use zeroize::Zeroizing;

use super::yaml::{self, Node, Spot};
use super::{Broken, Entry, Form};
use crate::name::ProviderId;
use crate::provider::Registry;

/// `clients: [{type: openai, api_key: …}, {type: openai-compatible, name: groq, api_base: …, api_key: …}]`.
pub(super) struct Aichat;

/// What aichat calls otherwise than byok; `name` is what tells the compatible ones apart.
const NAMES: &[(&str, &str)] =
    &[("claude", "anthropic"), ("gemini", "google"), ("azure-openai", "azure"), ("qianwen", "alibaba-cn")];

impl Form for Aichat {
    fn read(&self, registry: &Registry, bytes: &[u8]) -> Result<Vec<Entry>, Broken> {
        yaml::entries(bytes, |node| spots(registry, node))
    }

    fn without(&self, bytes: &[u8], names: &[&str]) -> Result<Zeroizing<Vec<u8>>, Broken> {
        yaml::without(bytes, names, |node| spots(&Registry::builtin(), node))
    }
}

fn spots(registry: &Registry, node: &Node) -> Vec<Spot> {
    let Some((list, clients)) = node.get("clients") else { return Vec::new() };
    let of_client = |(at, client): (usize, &Node)| -> Vec<Spot> {
        let kind = client.says("type").unwrap_or_default();
        let name = client.says("name");
        let called = name.as_deref().unwrap_or(&kind);
        let ours = NAMES.iter().find(|(theirs, _)| *theirs == called).map_or(called, |(_, ours)| ours);
        let provider: Option<ProviderId> = registry.find(ours).ok();
        let keys = client.members().filter(|(_, member, _)| *member == "api_key");
        let spot = |(member, _, value): (usize, &str, &Node)| {
            let entry = Entry {
                name: format!("clients[{at}].api_key"),
                line: Some(value.line),
                holds: value.holding(|_| false)?,
                provider: provider.clone(),
                address: client.says("api_base"),
                label: name.clone(),
            };
            Some(Spot { entry, way: vec![list, at, member] })
        };
        keys.filter_map(spot).collect()
    };
    clients.items().iter().enumerate().flat_map(of_client).collect()
}
