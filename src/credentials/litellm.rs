//! The proxy of `LiteLLM`: the `config.yaml` that it is started with (litellm 1.x, `litellm/proxy/proxy_server.py`).

use zeroize::Zeroizing;

use super::yaml::{self, Node, Spot};
use super::{Broken, Entry, Form};
use crate::provider::Registry;

/// `model_list: [{litellm_params: {model: openai/gpt-5, api_key: …}}]` and `environment_variables:`. The proxy's own
/// `master_key` is no provider's.
pub(super) struct Litellm;

/// What stands before the slash of a model, where byok calls it otherwise.
const NAMES: &[(&str, &str)] = &[
    ("gemini", "google"),
    ("together_ai", "togetherai"),
    ("fireworks_ai", "fireworks-ai"),
    ("moonshot", "moonshotai"),
    ("cohere_chat", "cohere"),
    ("text-completion-openai", "openai"),
    ("azure_ai", "azure-cognitive-services"),
    ("nvidia_nim", "nvidia"),
    ("dashscope", "alibaba"),
    ("vercel_ai_gateway", "vercel"),
];

impl Form for Litellm {
    fn read(&self, registry: &Registry, bytes: &[u8]) -> Result<Vec<Entry>, Broken> {
        yaml::entries(bytes, |node| spots(registry, node))
    }

    fn without(&self, bytes: &[u8], names: &[&str]) -> Result<Zeroizing<Vec<u8>>, Broken> {
        yaml::without(bytes, names, |node| spots(&Registry::builtin(), node))
    }
}

fn is_reference(text: &str) -> bool {
    text.starts_with("os.environ/")
}

fn spots(registry: &Registry, node: &Node) -> Vec<Spot> {
    let mut all = Vec::new();
    for (list, name, value) in node.members() {
        match name {
            "model_list" => {
                for (at, model) in value.items().iter().enumerate() {
                    all.extend(of_model(registry, list, at, model));
                }
            }
            "environment_variables" => {
                let spot = |(at, name, value): (usize, &str, &Node)| {
                    let claim = registry.claims(name).into_iter().find(|claim| claim.role.is_key())?;
                    let entry = Entry {
                        name: format!("environment_variables.{name}"),
                        line: Some(value.line),
                        holds: value.holding(is_reference)?,
                        provider: Some(claim.provider),
                        address: None,
                        label: None,
                    };
                    Some(Spot { entry, way: vec![list, at] })
                };
                all.extend(value.members().filter_map(spot));
            }
            _ => {}
        }
    }
    all
}

fn of_model(registry: &Registry, list: usize, at: usize, model: &Node) -> Vec<Spot> {
    let Some((within, params)) = model.get("litellm_params") else { return Vec::new() };
    let called = params.says("custom_llm_provider").or_else(|| {
        let whole = params.says("model")?;
        Some(whole.split_once('/')?.0.to_owned())
    });
    let provider = called.and_then(|called| {
        let ours = NAMES.iter().find(|(theirs, _)| *theirs == called).map_or(called.as_str(), |(_, ours)| ours);
        registry.find(ours).ok()
    });
    let keys = params.members().filter(|(_, member, _)| *member == "api_key");
    let spot = |(member, _, value): (usize, &str, &Node)| {
        let entry = Entry {
            name: format!("model_list[{at}].api_key"),
            line: Some(value.line),
            holds: value.holding(is_reference)?,
            provider: provider.clone(),
            address: params.says("api_base").filter(|base| !is_reference(base)),
            label: model.says("model_name"),
        };
        Some(Spot { entry, way: vec![list, at, within, member] })
    };
    keys.filter_map(spot).collect()
}
