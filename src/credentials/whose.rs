//! Whose key an entry holds: by where the tool sends it, by its name, by its shape.

use super::{Entry, Holding};
use crate::endpoint::Endpoint;
use crate::name::ProviderId;
use crate::provider::{Fit, Recognised, Registry, Sign, SignKind};

/// Whose a key is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Whose {
    /// This provider's.
    Provider(ProviderId),
    /// One of these: their keys look alike, and nothing else tells.
    OneOf(Vec<ProviderId>),
    /// Nobody's: it is this, with its article, and no API key.
    NotAKey(String),
    /// The tool sends it to this host, which is no known provider's.
    OtherHost(String),
    /// Nothing tells.
    Unknown,
}

/// Whose key an entry holds.
pub fn whose(registry: &Registry, entry: &Entry) -> Whose {
    let named = entry.provider.as_ref().filter(|id| registry.is_known(id));
    let Holding::Key(secret) = &entry.holds else {
        return named.cloned().map_or(Whose::Unknown, Whose::Provider);
    };
    if let Some(address) = entry.address.as_deref().filter(|address| !address.trim().is_empty()) {
        let Ok(endpoint) = Endpoint::parse(address) else {
            return Whose::OtherHost("an address that is none".to_owned());
        };
        let at = |id: &&ProviderId| {
            let host = registry.exports(id).host;
            host.is_some_and(|host| host == endpoint.host()) && endpoint.port() == 443
        };
        if let Some(id) = named.filter(at) {
            return Whose::Provider(id.clone());
        }
        let all = registry.ids();
        let mut there: Vec<&ProviderId> = all.iter().filter(at).collect();
        // Where several share a host, the shape of the key may tell.
        if there.len() > 1 {
            there.retain(|id| registry.fit(id, secret) == Fit::Fits);
        }
        return match there.as_slice() {
            [] if !all.iter().any(|id| at(&id)) => Whose::OtherHost(endpoint.host().to_owned()),
            [one] => Whose::Provider((*one).clone()),
            several => Whose::OneOf(several.iter().map(|id| (*id).clone()).collect()),
        };
    }
    if let Some(id) = named {
        return match registry.fit(id, secret) {
            Fit::NotAKey(what) => Whose::NotAKey(what),
            Fit::Belongs(other) => Whose::Provider(other),
            _ => Whose::Provider(id.clone()),
        };
    }
    match registry.recognise(secret) {
        Recognised::Provider(id) => Whose::Provider(id),
        Recognised::OneOf(several) => Whose::OneOf(several),
        Recognised::NotAKey(what) => Whose::NotAKey(what),
        Recognised::Unknown => Whose::Unknown,
    }
}

/// A variable that holds no key.
pub(crate) struct NoKey;

/// Whose key a variable holds, by its name; `Ok(None)` where nobody reads the name but the value begins as only keys do.
pub(crate) fn of_variable(registry: &Registry, name: &str, holds: &Holding) -> Result<Option<ProviderId>, NoKey> {
    /// No key with a telling beginning is shorter.
    const SHORTEST: usize = 20;
    let claim = registry.claims(name).into_iter().find(|claim| claim.role.is_key());
    if let Some(claim) = claim {
        return Ok(Some(claim.provider));
    }
    let value = holds.key().ok_or(NoKey)?.expose();
    let dense = value.len() >= SHORTEST && value.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'/');
    let tells = |sign: &Sign<'_>| match sign.kind {
        SignKind::Certain | SignKind::Admin => value.starts_with(sign.text),
        SignKind::Mark => value.contains(sign.text),
        _ => false,
    };
    if dense && registry.signs().iter().any(tells) { Ok(None) } else { Err(NoKey) }
}
