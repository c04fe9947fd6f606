//! What people type: names, and secrets where a name should be, which are never repeated.

use anyhow::{Context, Result};
use byok::keys::Selector;
use byok::name::{KeyPattern, KeyRef, ProfileName, ProviderId};
use byok::provider::Registry;
use byok::secret::Secret;
pub(crate) use byok::wash::dense;
use zeroize::Zeroizing;

use super::Session;
use crate::fault::Fault;

impl Session<'_> {
    /// Reads key names, `grok` as `xai`, without repeating what may be a secret.
    pub(crate) fn keys(&self, typed: &[String]) -> Result<Vec<KeyRef>> {
        typed.iter().map(|one| self.key(one)).collect()
    }

    /// Reads key names and patterns of them.
    pub(crate) fn selectors(&self, typed: &[String]) -> Result<Vec<Selector>> {
        typed.iter().map(|one| self.selector(one)).collect()
    }

    fn selector(&self, typed: &str) -> Result<Selector> {
        if !KeyPattern::is_one(typed) {
            return self.key(typed).map(Selector::Key);
        }
        if dense(typed) {
            return Err(secret_argument());
        }
        // `grok:*` means the keys of `xai`.
        let meant = match typed.split_once(':') {
            Some((provider, label)) if !KeyPattern::is_one(provider) => format!("{}:{label}", self.provider(provider)?),
            _ => typed.to_owned(),
        };
        Ok(Selector::Pattern(KeyPattern::parse(&meant).context("cannot use this pattern")?))
    }

    /// Reads one key name.
    pub(crate) fn key(&self, typed: &str) -> Result<KeyRef> {
        let (provider, label) =
            typed.split_once(':').map_or((typed, None), |(provider, label)| (provider, Some(label)));
        let provider = self.provider(provider)?;
        if label.is_some_and(dense) {
            return Err(secret_argument());
        }
        let label = label.map(|label| label.parse().with_context(|| "cannot use this label")).transpose()?;
        Ok(KeyRef { provider, label })
    }

    /// Reads a provider's name.
    pub(crate) fn provider(&self, typed: &str) -> Result<ProviderId> {
        refuse_secret(self.registry()?, typed)?;
        self.registry()?.find(typed).with_context(|| {
            let shown: String = typed.chars().take(24).collect();
            format!("`{shown}` is no provider's name")
        })
    }
}

/// Stops at an argument that is a secret, without repeating it.
pub(crate) fn refuse_secret(registry: &Registry, typed: &str) -> Result<()> {
    use byok::provider::Recognised;
    // No provider has a name this long, and no key is shorter.
    const SHORTEST: usize = 20;
    if typed.len() < SHORTEST || registry.find(typed).is_ok_and(|id| registry.is_known(&id)) {
        return Ok(());
    }
    let secret = Secret::new(Zeroizing::new(typed.to_owned()))?;
    match registry.recognise(&secret) {
        Recognised::Unknown if typed.len() < 40 && !dense(typed) => Ok(()),
        _ => Err(secret_argument()),
    }
}

/// Stops at a remark that is a key: it would be shown for all to see.
pub(crate) fn refuse_secret_note(registry: &Registry, note: &str) -> Result<()> {
    use byok::provider::Recognised;
    let is_key = |word: &str| {
        let secret = Secret::new(Zeroizing::new(word.to_owned()));
        word.len() >= 20 && secret.is_ok_and(|secret| matches!(registry.recognise(&secret), Recognised::Provider(_)))
    };
    if note.split_whitespace().any(is_key) { Err(secret_argument()) } else { Ok(()) }
}

/// Reads a profile's name without repeating what may be a secret.
pub(crate) fn profile_name(typed: &str) -> Result<ProfileName> {
    if dense(typed) {
        return Err(secret_argument());
    }
    Ok(ProfileName::parse(typed)?)
}

/// The refusal of a secret among the arguments.
pub(crate) fn secret_argument() -> anyhow::Error {
    Fault::misused("a key is never an argument: it would stay in the shell's history, and other programs see it")
        .hint("type it unseen with `byok add PROVIDER`, or pipe it to `byok add PROVIDER --stdin`")
        .hint("then clear it from the shell's history, and consider making a new one")
        .into()
}
