//! Continue: `config.yaml`, a list of models with a key each (Continue 1.x, `packages/config-yaml`). `config.json`, which
//! it replaces, is another file.

use zeroize::Zeroizing;

use super::yaml::{self, Node, Spot};
use super::{Broken, Entry, Form};
use crate::provider::Registry;

/// `models: [{name: …, provider: openai, apiKey: …}]`; `${{ secrets.NAME }}` names a variable.
pub(super) struct Continue;

/// What Continue calls otherwise than byok.
const NAMES: &[(&str, &str)] = &[
    ("gemini", "google"),
    ("together", "togetherai"),
    ("fireworks", "fireworks-ai"),
    ("moonshot", "moonshotai"),
    ("huggingface-inference-api", "huggingface"),
    ("huggingface-tgi", "huggingface"),
    ("azure", "azure"),
];

impl Form for Continue {
    fn read(&self, registry: &Registry, bytes: &[u8]) -> Result<Vec<Entry>, Broken> {
        yaml::entries(bytes, |node| spots(registry, node))
    }

    fn without(&self, bytes: &[u8], names: &[&str]) -> Result<Zeroizing<Vec<u8>>, Broken> {
        yaml::without(bytes, names, |node| spots(&Registry::builtin(), node))
    }
}

fn spots(registry: &Registry, node: &Node) -> Vec<Spot> {
    let Some((list, models)) = node.get("models") else { return Vec::new() };
    let of_model = |(at, model): (usize, &Node)| -> Vec<Spot> {
        let called = model.says("provider").unwrap_or_default();
        let ours = NAMES.iter().find(|(theirs, _)| *theirs == called).map_or(called.as_str(), |(_, ours)| ours);
        let keys = model.members().filter(|(_, member, _)| *member == "apiKey");
        let spot = |(member, _, value): (usize, &str, &Node)| {
            let entry = Entry {
                name: format!("models[{at}].apiKey"),
                line: Some(value.line),
                holds: value.holding(|text| text.contains("${{"))?,
                provider: registry.find(ours).ok(),
                address: model.says("apiBase"),
                label: model.says("name"),
            };
            Some(Spot { entry, way: vec![list, at, member] })
        };
        keys.filter_map(spot).collect()
    };
    models.items().iter().enumerate().flat_map(of_model).collect()
}
