//! Claude Code: the variables that its `settings.json` sets, and the command that it asks for a key.
//!
//! <https://code.claude.com/docs/en/settings>: `env` goes over the variables of the shell; `ANTHROPIC_BASE_URL` in it says
//! whose key the others are. Signing in is another file (`~/.claude/.credentials.json`), and `~/.claude.json` holds only
//! the ends of keys: neither is byok's to touch.

use zeroize::Zeroizing;

use super::source::{Node, Source, below};
use super::{Broken, Entry, Form, Holding, json};
use crate::name::ProviderId;
use crate::provider::Registry;

/// `{"env": {"ANTHROPIC_API_KEY": "…"}, "apiKeyHelper": "…"}`.
pub(super) struct Settings;

/// What goes to the address of `ANTHROPIC_BASE_URL`.
const ITS_OWN: [&str; 2] = ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"];

impl Form for Settings {
    fn read(&self, registry: &Registry, bytes: &[u8]) -> Result<Vec<Entry>, Broken> {
        let source = Source::read(super::text(bytes)?)?;
        let variables = source.member("env");
        let address = variables.and_then(|env| env.member("ANTHROPIC_BASE_URL")?.text());
        let anthropic = || ProviderId::parse("anthropic").ok();
        let entry = |(name, node): (&str, Node<'_>)| {
            let path = below("env", name);
            if ITS_OWN.contains(&name) {
                // At another address it is another provider's, and the address says whose.
                let provider = if address.is_some() { None } else { anthropic() };
                let address = address.map(str::to_owned);
                return Some(Entry { address, ..Entry::at(path, node, node.holding(|_| false)?, provider) });
            }
            let key = registry.claims(name).into_iter().find(|claim| claim.role.is_key())?;
            Some(Entry::at(path, node, node.holding(|_| false)?, Some(key.provider)))
        };
        let mut all: Vec<Entry> = variables.into_iter().flat_map(Node::members).filter_map(entry).collect();
        if let Some(helper) = source.member("apiKeyHelper")
            && let Some(command) = helper.text().filter(|command| !command.trim().is_empty())
        {
            let holds = Holding::Reference(command.to_owned());
            all.push(Entry::at("apiKeyHelper".to_owned(), helper, holds, anthropic()));
        }
        Ok(all)
    }

    fn without(&self, bytes: &[u8], names: &[&str]) -> Result<Zeroizing<Vec<u8>>, Broken> {
        json::without(bytes, names)
    }
}

/// `.credentials.json`, which is nothing but sign-ins.
pub(super) struct SignIn;

impl Form for SignIn {
    fn read(&self, _: &Registry, bytes: &[u8]) -> Result<Vec<Entry>, Broken> {
        let source = Source::read(super::text(bytes)?)?;
        let anthropic = ProviderId::parse("anthropic").ok();
        let account = source.member("claudeAiOauth");
        let entry = |node| Entry::at("claudeAiOauth".to_owned(), node, Holding::Account, anthropic);
        Ok(account.map(entry).into_iter().collect())
    }

    fn without(&self, bytes: &[u8], names: &[&str]) -> Result<Zeroizing<Vec<u8>>, Broken> {
        match names {
            [] => Ok(Zeroizing::new(bytes.to_vec())),
            [name, ..] => Err(Broken::Entry { entry: (*name).to_owned() }),
        }
    }
}
