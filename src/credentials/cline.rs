//! Cline: `secrets.json`, flat names in camel case, and `providers.json` of its command line, one object a provider.
//!
//! `SECRETS_KEYS` in `src/shared/storage/state-keys.ts` of Cline 3.x is where the names come from.

use zeroize::Zeroizing;

use super::source::{Node, Source, below};
use super::{Broken, Entry, Form, Holding, json};
use crate::provider::Registry;

/// `{"openRouterApiKey": "…"}`.
pub(super) struct Secrets;

/// What Cline calls a provider's key, where it is not the provider's name with `ApiKey` behind it.
const NAMES: &[(&str, &str)] = &[
    ("apiKey", "anthropic"),
    ("openAiNativeApiKey", "openai"),
    ("geminiApiKey", "google"),
    ("qwenApiKey", "alibaba"),
    ("doubaoApiKey", "volcengine"),
    ("moonshotApiKey", "moonshotai"),
    ("togetherApiKey", "togetherai"),
    ("fireworksApiKey", "fireworks-ai"),
    ("vercelAiGatewayApiKey", "vercel"),
    ("awsBedrockApiKey", "amazon-bedrock"),
    ("ollamaApiKey", "ollama-cloud"),
    ("remoteLiteLlmApiKey", "litellm"),
];

/// For an address that stands in another file, so that it could be anybody's.
const ANY: &str = "openAiApiKey";

/// The sign-ins of accounts.
const ACCOUNTS: [&str; 5] =
    ["cline:clineAccountId", "clineAccountId", "openai-codex-oauth-credentials", "ocaApiKey", "ocaRefreshToken"];

impl Form for Secrets {
    fn read(&self, registry: &Registry, bytes: &[u8]) -> Result<Vec<Entry>, Broken> {
        let source = Source::read(super::text(bytes)?)?;
        let entry = |(name, node): (&str, Node<'_>)| {
            let holds = node.holding(|_| false)?;
            if ACCOUNTS.contains(&name) {
                return Some(Entry::at(name.to_owned(), node, Holding::Account, None));
            }
            let stem =
                name.strip_suffix("ApiKey").or_else(|| NAMES.iter().find(|(one, _)| *one == name).map(|_| ""))?;
            let provider = match NAMES.iter().find(|(one, _)| *one == name) {
                Some((_, id)) => registry.find(id).ok(),
                None if name == ANY => None,
                None => registry.find(&stem.to_lowercase()).ok().filter(|id| registry.is_known(id)),
            };
            Some(Entry::at(name.to_owned(), node, holds, provider))
        };
        Ok(source.members().filter_map(entry).collect())
    }

    fn without(&self, bytes: &[u8], names: &[&str]) -> Result<Zeroizing<Vec<u8>>, Broken> {
        json::without(bytes, names)
    }
}

/// `{"providers": {"ID": {"settings": {"apiKey": "…", "baseUrl": "…"}, "tokenSource": "manual"}}}`.
pub(super) struct Providers;

impl Form for Providers {
    fn read(&self, registry: &Registry, bytes: &[u8]) -> Result<Vec<Entry>, Broken> {
        let source = Source::read(super::text(bytes)?)?;
        let mut all = Vec::new();
        for (id, node) in source.member("providers").into_iter().flat_map(Node::members) {
            let Some(settings) = node.member("settings") else { continue };
            let account = node.member("tokenSource").and_then(Node::text) == Some("oauth");
            let path = below("providers", id) + ".settings";
            let places = [
                ("apiKey", settings.member("apiKey")),
                ("auth.apiKey", settings.member("auth").and_then(|auth| auth.member("apiKey"))),
            ];
            for (name, key) in places {
                let Some((key, holds)) = key.and_then(|key| Some((key, key.holding(|_| false)?))) else { continue };
                let holds = if account { Holding::Account } else { holds };
                all.push(Entry {
                    address: settings.member("baseUrl").and_then(Node::text).map(str::to_owned),
                    ..Entry::at(
                        format!("{path}.{name}"),
                        key,
                        holds,
                        registry.find(id.trim_end_matches("-native")).ok(),
                    )
                });
            }
        }
        Ok(all)
    }

    fn without(&self, bytes: &[u8], names: &[&str]) -> Result<Zeroizing<Vec<u8>>, Broken> {
        json::without(bytes, names)
    }
}
