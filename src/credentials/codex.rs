//! Codex CLI: `auth.json`, one key of OpenAI or the sign-in of an account. Where its `config.toml` says
//! `cli_auth_credentials_store = "keyring"`, the same lies in the system's keychain and the file is not there.

use zeroize::Zeroizing;

use super::json::{self, Document};
use super::source::{Node, Source};
use super::{Broken, Entry, Form, Holding, Target};
use crate::name::ProviderId;
use crate::provider::Registry;
use crate::secret::Secret;

/// What `codex login --with-api-key` writes. Where an account is signed in, a key would take it off its plan.
pub(super) struct Codex;

const KEY: &str = "OPENAI_API_KEY";

impl Form for Codex {
    fn read(&self, _: &Registry, bytes: &[u8]) -> Result<Vec<Entry>, Broken> {
        let source = Source::read(super::text(bytes)?)?;
        let tokens = source.member("tokens").filter(|tokens| !tokens.is_null());
        let mode = source.member("auth_mode").filter(|mode| mode.text().is_some_and(|mode| mode != "apikey"));
        let key = source.member(KEY).and_then(|node| Some((node, node.holding(|_| false)?)));
        let found = tokens.or(mode).map(|node: Node<'_>| (node, Holding::Account)).or(key);
        let openai = ProviderId::parse("openai").ok();
        Ok(found.map(|(node, holds)| Entry::at(KEY.to_owned(), node, holds, openai)).into_iter().collect())
    }

    fn without(&self, bytes: &[u8], names: &[&str]) -> Result<Zeroizing<Vec<u8>>, Broken> {
        json::without(bytes, names)
    }
}

impl Target for Codex {
    fn entry(&self, provider: &ProviderId) -> Option<String> {
        (provider.as_str() == "openai").then(|| KEY.to_owned())
    }

    fn write(&self, text: &str, keys: &[(String, &Secret)]) -> Result<Zeroizing<String>, Broken> {
        let mut document = Document::read(text)?;
        let there = self.read(&Registry::builtin(), text.as_bytes())?;
        let account = there.iter().any(|entry| matches!(entry.holds, Holding::Account));
        for (name, secret) in keys {
            if account || document.get(name).is_some_and(|old| !old.is_string() && !old.is_null()) {
                return Err(Broken::Entry { entry: name.clone() });
            }
            document.set("auth_mode", "apikey".into());
            document.set(name, json::text(secret));
        }
        Ok(document.write(text))
    }
}
