//! Continue: the `config.json` of before its YAML, which it still reads, with comments.
//!
//! `SerializedContinueConfig` in `core/index.d.ts` of Continue 1.x: models, and what completes, embeds and ranks.

use zeroize::Zeroizing;

use super::source::{Node, Source};
use super::{Broken, Entry, Form, json};
use crate::provider::Registry;

/// `{"models": [{"title": "…", "provider": "…", "apiKey": "…", "apiBase": "…"}]}`.
pub(super) struct Legacy;

/// What holds one model, or a list of them.
const PLACES: [&str; 4] = ["models", "tabAutocompleteModel", "embeddingsProvider", "reranker"];

impl Form for Legacy {
    fn read(&self, registry: &Registry, bytes: &[u8]) -> Result<Vec<Entry>, Broken> {
        let source = Source::read(super::text(bytes)?)?;
        let mut all = Vec::new();
        for place in PLACES {
            let Some(node) = source.member(place) else { continue };
            let many = node.elements().enumerate().map(|(at, one)| (format!("{place}[{at}]"), one));
            for (path, model) in many.chain([(place.to_owned(), node)]) {
                let within = model.member("params").map(|params| (format!("{path}.params"), params));
                for (path, holder) in [(path, model)].into_iter().chain(within) {
                    let Some(key) = holder.member("apiKey") else { continue };
                    let Some(holds) = key.holding(|text| text.starts_with('$')) else { continue };
                    let said = |name: &str| model.member(name).and_then(Node::text);
                    all.push(Entry {
                        address: said("apiBase").map(str::to_owned),
                        label: said("title").map(str::to_owned),
                        ..Entry::at(
                            path + ".apiKey",
                            key,
                            holds,
                            said("provider").or(said("name")).and_then(|name| registry.find(name).ok()),
                        )
                    });
                }
            }
        }
        Ok(all)
    }

    fn without(&self, bytes: &[u8], names: &[&str]) -> Result<Zeroizing<Vec<u8>>, Broken> {
        json::without(bytes, names)
    }
}
