//! aider: `.aider.conf.yml`, its options by their long names (aider 0.86, `aider/args.py` and `aider/main.py`).

use zeroize::Zeroizing;

use super::yaml::{self, Node, Spot};
use super::{Broken, Entry, Form, Holding};
use crate::name::ProviderId;
use crate::provider::Registry;

/// `openai-api-key:`, `api-key: [provider=key]`, `set-env: [NAME=value]`.
pub(super) struct Aider;

impl Form for Aider {
    fn read(&self, registry: &Registry, bytes: &[u8]) -> Result<Vec<Entry>, Broken> {
        yaml::entries(bytes, |node| spots(registry, node))
    }

    fn without(&self, bytes: &[u8], names: &[&str]) -> Result<Zeroizing<Vec<u8>>, Broken> {
        yaml::without(bytes, names, |node| spots(&Registry::builtin(), node))
    }
}

fn spots(registry: &Registry, node: &Node) -> Vec<Spot> {
    let mut all = Vec::new();
    for (at, option, value) in node.members() {
        match option {
            "openai-api-key" | "anthropic-api-key" => {
                let provider = ProviderId::parse(option.trim_end_matches("-api-key")).ok();
                let address = node.says("openai-api-base").filter(|_| option == "openai-api-key");
                let entry = value.holding(|_| false).map(|holds| Entry {
                    name: option.to_owned(),
                    line: Some(value.line),
                    holds,
                    provider,
                    address,
                    label: None,
                });
                all.extend(entry.map(|entry| Spot { entry, way: vec![at] }));
            }
            // One, or a list of them.
            "api-key" | "set-env" => {
                all.extend(pair(registry, option, option.to_owned(), value).map(|entry| Spot { entry, way: vec![at] }));
                for (number, item) in value.items().iter().enumerate() {
                    let entry = pair(registry, option, format!("{option}[{number}]"), item);
                    all.extend(entry.map(|entry| Spot { entry, way: vec![at, number] }));
                }
            }
            _ => {}
        }
    }
    all
}

/// `provider=key` or `NAME=value`. aider makes the first the variable `PROVIDER_API_KEY`.
fn pair(registry: &Registry, option: &str, name: String, value: &Node) -> Option<Entry> {
    let (left, right) = value.text()?.split_once('=')?;
    let right = Zeroizing::new(right.to_owned());
    let left = left.trim();
    let variable = if option == "api-key" { format!("{}_API_KEY", left.to_uppercase()) } else { left.to_owned() };
    let claim = registry.claims(&variable).into_iter().find(|claim| claim.role.is_key());
    if claim.is_none() && option == "set-env" {
        return None;
    }
    let holds = Holding::of(right, |_| false)?;
    let provider = claim.map(|claim| claim.provider).or_else(|| registry.find(left).ok());
    Some(Entry { name, line: Some(value.line), holds, provider, address: None, label: None })
}
