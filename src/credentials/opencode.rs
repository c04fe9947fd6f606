//! opencode: `auth.json`, an object a provider by its id of models.dev, which is byok's.

use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::json::{self, Document};
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
        let document = Document::read(super::text(bytes)?)?;
        let entry = |(name, value): (&String, &Value)| {
            let holds = if is_api(value) { json::holding(value.get("key")?)? } else { Holding::Account };
            let provider = ProviderId::parse(name).ok();
            Some(Entry { name: name.clone(), line: None, holds, provider, address: None, label: None })
        };
        Ok(document.object().filter_map(entry).collect())
    }

    fn without(&self, bytes: &[u8], names: &[&str]) -> Result<Zeroizing<Vec<u8>>, Broken> {
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
