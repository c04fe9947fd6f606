//! Where and how a key is tried: the provider's test with this key's own address and fields filled in.

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine as _;
use zeroize::Zeroizing;

use super::Candidate;
use super::fill::{json, method, percent, plain, uuid};
use crate::endpoint::Endpoint;
use crate::http::Request;
use crate::provider::{Auth, Fit, Provider, Registry, Scheme, Test};
use crate::secret::Secret;

/// A key's test, ready to be sent.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) test: Test,
    /// Where to ask.
    url: String,
    /// Where to ask again.
    pub(super) second: Option<Second>,
    auth: Auth,
    fields: BTreeMap<String, String>,
    provider: Provider,
    /// The host that the key goes to, and `:port` if it is not the usual one; two of them if the second address is
    /// elsewhere.
    pub(super) host: String,
}

/// Another address, and when it is asked.
#[derive(Debug, Clone)]
pub(super) struct Second {
    url: String,
    /// Asked when there is nothing at the first one, rather than when that refuses the key.
    pub(super) if_missing: bool,
}

/// Why a key is not sent anywhere, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kept {
    /// No request proves it.
    Untestable(String),
    /// It cannot be a key at all.
    Hopeless(String),
}

impl Target {
    /// Finds out where a key would be tried.
    pub(super) fn of(candidate: &Candidate, allow_cost: bool) -> Result<Self, Kept> {
        let provider = &candidate.provider;
        let endpoint = candidate.fields.get("endpoint").map(|endpoint| endpoint.trim_end_matches('/'));
        let home = Registry::is_admin(&provider.id, &candidate.secret).then(|| Registry::builtin().get(&provider.id));
        let (test, second) = match &home {
            Some(home) => admin_test(home, endpoint)?,
            None => test_of(provider, endpoint)?,
        };
        let provider = home.as_ref().unwrap_or(provider);
        if let Some(costs) = test.costs.as_ref().filter(|_| !allow_cost) {
            let id = &provider.id;
            let says = format!("a test may be billed as {costs}: `byok test {id} --allow-cost` sends it");
            return Err(Kept::Untestable(says));
        }
        let filled = |url: &str| fill(provider, &candidate.fields, url);
        let url = filled(&test.url)?;
        let retry = test.retry_url.as_deref().and_then(|url| filled(url).ok());
        let second = second.or_else(|| Some(Second { url: retry?, if_missing: false }));
        let host = host_of(&url)?;
        let other = second.as_ref().map(|second| host_of(&second.url)).transpose()?.filter(|other| *other != host);
        Ok(Self {
            url,
            second,
            auth: test.auth.clone().unwrap_or_else(|| provider.auth.clone()),
            test: test.into_owned(),
            fields: candidate.fields.clone(),
            provider: provider.clone(),
            host: other.map_or(host.clone(), |other| format!("{host}, {other}")),
        })
    }

    /// Whether it is all plain http, to this machine.
    pub(super) fn is_plain(&self) -> bool {
        let second = self.second.iter().map(|second| &second.url);
        std::iter::once(&self.url).chain(second).all(|url| url.starts_with("http://"))
    }

    /// The request that carries this secret, at the first address or the second.
    pub(super) fn request(&self, secret: &Secret, second: bool) -> Result<(Request, Vec<Zeroizing<String>>), Kept> {
        let key = secret.expose();
        if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Kept::Hopeless("it holds a character that no header carries".to_owned()));
        }
        let mut url = Zeroizing::new(match &self.second {
            Some(other) if second => other.url.clone(),
            _ => self.url.clone(),
        });
        let mut headers: Vec<(String, Zeroizing<String>)> = Vec::new();
        let mut derived = Vec::new();
        match &self.auth.scheme {
            Scheme::Header { name, prefix } => headers.push((name.clone(), Zeroizing::new(format!("{prefix}{key}")))),
            Scheme::Basic { login } => {
                let login = self.text(login, secret, plain)?;
                let coded = Zeroizing::new(base64::engine::general_purpose::STANDARD.encode(login.as_bytes()));
                headers.push(("Authorization".to_owned(), Zeroizing::new(format!("Basic {}", *coded))));
                derived.push(coded);
            }
            Scheme::Query { parameter } => {
                let coded = percent(key);
                let mark = if url.contains('?') { '&' } else { '?' };
                url = Zeroizing::new(format!("{}{mark}{parameter}={}", *url, *coded));
                derived.push(coded);
            }
            Scheme::Open => {}
        }
        for (name, value) in self.auth.headers.iter().chain(&self.test.headers) {
            headers.push((name.clone(), self.text(value, secret, plain)?));
        }
        let form = self.test.headers.values().any(|value| value.contains("form-urlencoded"));
        let escape = if form { percent } else { json };
        let body = self.test.body.as_ref().map(|body| self.text(body, secret, escape)).transpose()?;
        if let Some(body) = &body {
            derived.push(body.clone());
        }
        Ok((Request { method: method(self.test.method), url, headers, body }, derived))
    }

    /// A header, a login or a body with the key, the fields and a fresh UUID filled in.
    fn text(
        &self,
        text: &str,
        secret: &Secret,
        escape: fn(&str) -> Zeroizing<String>,
    ) -> Result<Zeroizing<String>, Kept> {
        let env = &self.provider.env;
        let mut out = Zeroizing::new(text.to_owned());
        for name in names_in(text) {
            let own = || env.key.iter().chain(&env.shared).any(|variable| variable.as_str() == name);
            let value = match name {
                "UUID" => Zeroizing::new(uuid()),
                "KEY" => escape(secret.expose()),
                _ if own() => escape(secret.expose()),
                _ => escape(&value_of(&self.provider, &self.fields, name)?),
            };
            out = Zeroizing::new(out.replace(&format!("{{{name}}}"), &value));
        }
        Ok(out)
    }
}

/// The host of an address that a key may be sent to, and `:port` if it is not the usual one.
fn host_of(url: &str) -> Result<String, Kept> {
    let address = url.split(['?', '#']).next().unwrap_or_default();
    let at = Endpoint::parse(address).map_err(|error| Kept::Untestable(error.to_string()))?;
    let port = if at.port() == 443 { String::new() } else { format!(":{}", at.port()) };
    Ok(format!("{}{port}", at.host()))
}

/// The test that a key of this provider is put to, at the key's own endpoint if it has one.
fn test_of<'a>(provider: &'a Provider, endpoint: Option<&str>) -> Result<(Cow<'a, Test>, Option<Second>), Kept> {
    let base = provider.base_url.as_deref().unwrap_or_default().trim_end_matches('/');
    let untestable = || {
        let reason = provider.untestable.clone();
        Kept::Untestable(reason.unwrap_or_else(|| "its test asks another address than the key's endpoint".to_owned()))
    };
    let endpoint = endpoint.filter(|endpoint| *endpoint != base);
    let Some(endpoint) = endpoint else {
        return match &provider.test {
            Some(test) => Ok((Cow::Borrowed(test), None)),
            None if provider.is_tried_as_compatible() && !base.is_empty() => Ok(compatible(base)),
            None => Err(untestable()),
        };
    };
    let own = |test: &Test| -> Option<Cow<'_, Test>> {
        // An address of the person's own is what this field is for.
        if names_in(&test.url).any(|name| field_of(provider, name) == Some("endpoint")) {
            return Some(Cow::Owned(test.clone()));
        }
        let url = test.url_at(base, endpoint).or_else(|| at_host(base, &test.url, endpoint))?;
        // Whatever answers there, it need not be as strict as the provider.
        Some(Cow::Owned(Test { url, retry_url: None, unproven: true, ..test.clone() }))
    };
    if let Some(test) = provider.test.as_ref().and_then(own) {
        let list = test.url == format!("{endpoint}/models") && !endpoint.ends_with("/v1");
        let second = list.then(|| Second { url: format!("{endpoint}/v1/models"), if_missing: true });
        return Ok((test, second));
    }
    let speaks = provider.openai_compatible || provider.is_tried_as_compatible();
    if speaks { Ok(compatible(endpoint)) } else { Err(untestable()) }
}

/// What an admin key is asked, at the provider's own address only: neither a person's entry nor an endpoint moves it.
fn admin_test<'a>(home: &'a Provider, endpoint: Option<&str>) -> Result<(Cow<'a, Test>, Option<Second>), Kept> {
    let admin = home.admin.as_deref();
    let what = admin.map_or("an admin key", |admin| admin.what.as_str());
    let base = home.base_url.as_deref().unwrap_or_default().trim_end_matches('/');
    if endpoint.is_some_and(|endpoint| endpoint != base) {
        return Err(Kept::Untestable(format!("it is {what}, and goes to {} alone", home.name)));
    }
    let test = admin.and_then(|admin| admin.test.as_ref());
    let test = test.ok_or_else(|| Kept::Untestable(format!("no request proves {what}")))?;
    Ok((Cow::Borrowed(test), None))
}

/// The test's path on the endpoint's host, where the provider lives wherever its customer says, as Azure does.
fn at_host(base: &str, url: &str, endpoint: &str) -> Option<String> {
    let parts = |url: &str| {
        let (scheme, rest) = url.split_once("://")?;
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        Some((scheme.to_owned(), host.to_owned(), path.to_owned()))
    };
    let ((_, home, _), (_, asked, path)) = (parts(base)?, parts(url)?);
    let (scheme, host, _) = parts(endpoint)?;
    (home.contains('{') && home == asked).then(|| format!("{scheme}://{host}{path}"))
}

/// The list of models of a server that speaks as OpenAI does. People give its address with `/v1` and without.
fn compatible(base: &str) -> (Cow<'static, Test>, Option<Second>) {
    let second = Second { url: format!("{base}/v1/models"), if_missing: true };
    (Cow::Owned(Test::of_models(&format!("{base}/models"))), (!base.ends_with("/v1")).then_some(second))
}

/// Where a key's API is: its own `endpoint`, else its provider's address with the key's fields filled in. None where one
/// of those is missing, or leads to where no key may go.
pub fn address(provider: &Provider, fields: &BTreeMap<String, String>) -> Option<String> {
    let own = fields.get("endpoint").cloned();
    let address = own.or_else(|| fill(provider, fields, provider.base_url.as_deref()?).ok())?;
    Endpoint::parse(&address).is_ok().then_some(address)
}

/// Fills `{NAME}` in an address. What is filled in may be a whole address where the template begins with it, else only
/// what stands in one part of a host or a path.
fn fill(provider: &Provider, fields: &BTreeMap<String, String>, url: &str) -> Result<String, Kept> {
    let mut filled = url.to_owned();
    for name in names_in(url) {
        let value = match name {
            "UUID" => uuid(),
            _ => value_of(provider, fields, name)?,
        };
        let whole = url.starts_with(&format!("{{{name}}}"));
        let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if !whole && !value.chars().all(part) {
            let field = field_of(provider, name).unwrap_or(name);
            return Err(Kept::Untestable(format!("its `{field}` cannot be part of an address")));
        }
        let value = value.trim_end_matches('/');
        let value = if whole && !value.contains("://") { format!("https://{value}") } else { value.to_owned() };
        filled = filled.replace(&format!("{{{name}}}"), &value);
    }
    Ok(filled)
}

/// The field that a variable stands for.
fn field_of<'a>(provider: &'a Provider, variable: &str) -> Option<&'a str> {
    let mut fields = provider.env.fields.iter();
    fields.find(|(_, names)| names.iter().any(|name| name.as_str() == variable)).map(|(field, _)| field.as_str())
}

fn value_of(provider: &Provider, fields: &BTreeMap<String, String>, variable: &str) -> Result<String, Kept> {
    let field = field_of(provider, variable).unwrap_or(variable);
    let missing = || Kept::Untestable(format!("its `{field}` is not known: give it with `--field {field}=…`"));
    fields.get(field).filter(|value| !value.is_empty()).cloned().ok_or_else(missing)
}

/// The `NAME` of every `{NAME}`, each once.
fn names_in(text: &str) -> impl Iterator<Item = &str> {
    let mut seen = Vec::new();
    crate::provider::names_in(text).filter(move |name| {
        let new = !seen.contains(name);
        seen.push(*name);
        new
    })
}

/// Why the shape of a key speaks against sending it to this provider, if it does: a key never goes to one that did
/// not issue it.
pub(super) fn stranger(registry: &Registry, candidate: &Candidate) -> Option<Kept> {
    if candidate.fields.contains_key("endpoint") {
        return None;
    }
    let name = &candidate.provider.name;
    match registry.fit(&candidate.provider.id, &candidate.secret) {
        Fit::Belongs(owner) => {
            let owner = registry.get(&owner).name;
            Some(Kept::Untestable(format!("it looks like a key of {owner}, and was not sent to {name}")))
        }
        Fit::NotAKey(what) => Some(Kept::Untestable(format!("it is {what}, and was not sent to {name}"))),
        Fit::Fits | Fit::Unknown | Fit::Unusual => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::ProviderId;

    /// The addresses that a key of this provider would be sent to.
    fn asked(id: &str, fields: &[(&str, &str)]) -> Result<Vec<String>, Kept> {
        let provider = Registry::builtin().get(&ProviderId::parse(id).unwrap());
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let secret = Secret::new(Zeroizing::new("key".to_owned())).unwrap();
        let target = Target::of(&Candidate { provider, secret, fields }, false)?;
        Ok(std::iter::once(target.url).chain(target.second.map(|second| second.url)).collect())
    }

    #[test]
    fn a_key_is_asked_about_where_it_lives() {
        const AZURE: &str = "/openai/models?api-version=2024-10-21";
        for (id, fields, urls) in [
            ("openai", &[][..], vec!["https://api.openai.com/v1/models".to_owned()]),
            (
                "openai",
                &[("endpoint", "http://localhost:4000")],
                vec!["http://localhost:4000/models".to_owned(), "http://localhost:4000/v1/models".to_owned()],
            ),
            ("openai", &[("endpoint", "https://h/v1/")], vec!["https://h/v1/models".to_owned()]),
            ("anthropic", &[("endpoint", "https://h/x")], vec!["https://h/x/v1/models?limit=1".to_owned()]),
            ("azure", &[("resource", "mine")], vec![format!("https://mine.openai.azure.com{AZURE}")]),
            (
                "azure",
                &[("endpoint", "https://mine.openai.azure.com/")],
                vec![format!("https://mine.openai.azure.com{AZURE}")],
            ),
            ("no-such-provider", &[("endpoint", "https://h/v1")], vec!["https://h/v1/models".to_owned()]),
        ] {
            assert_eq!(asked(id, fields).as_deref(), Ok(&urls[..]), "{id} {fields:?}");
        }
    }

    #[test]
    fn nothing_steers_a_key_to_another_host() {
        for (id, fields) in [
            ("azure", &[][..]),
            ("azure", &[("resource", "evil.example/")]),
            ("azure", &[("resource", "a@evil.example")]),
            ("azure", &[("resource", "evil.example?x=")]),
            ("databricks", &[("host", "http://evil.example")]),
            ("openai", &[("endpoint", "https://169.254.169.254")]),
            ("elevenlabs", &[("endpoint", "ftp://h")]),
            ("no-such-provider", &[]),
        ] {
            assert!(asked(id, fields).is_err(), "{id} {fields:?}: {:?}", asked(id, fields));
        }
    }
}
