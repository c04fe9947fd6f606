//! Who issues keys: the built-in registry, under the entries of one's own `providers.toml`.
//!
//! `registry/<id>.toml` holds one provider each; [`entry`] says what may stand in one. What a shell's start needs
//! is answered by an index that is made when byok is built (`build.rs`); an entry is parsed only where more of it
//! is asked for.

mod address;
pub mod admin;
mod auth;
mod check;
mod consumer;
pub mod entry;
mod index;
mod overlay;
#[cfg(test)]
mod overlay_tests;
mod placeholder;
mod proof;
mod recognise;
mod slots;
mod suggest;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::endpoint::Endpoint;
use crate::name::{EnvName, NameError, ProviderId};
use crate::secret::Secret;

pub(crate) use address::host;
pub(crate) use check::names_in;

pub use admin::Admin;
pub use auth::{Auth, Scheme};
pub use consumer::{Consumer, Naming};
pub use entry::{EntryError, Env, Kind, Lookalike, Provider, Shape, Status};
pub use overlay::RegistryError;
pub use placeholder::placeholder;
pub use proof::{Method, Tells, Test, When};
pub use recognise::{Fit, Recognised, Sign, SignKind, reference};

use overlay::Overlay;

/// All providers that byok knows: those built in, and a person's own over them.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    overlay: Option<Box<Overlay>>,
}

/// What a provider's key and its fields are called in the environment, and where they go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exports {
    /// The variable that the key is exported as.
    pub key: EnvName,
    /// The key's non-secret companions: field and variable.
    pub fields: Vec<(Cow<'static, str>, EnvName)>,
    /// The host of the provider's address; `None` where it has none, or one that depends on a field.
    pub host: Option<Cow<'static, str>>,
}

/// A provider that reads a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Who.
    pub provider: ProviderId,
    /// As what.
    pub role: Role,
    /// Whether the variable is the provider's own; nobody owns a field's.
    pub owner: bool,
}

/// What a variable holds for the provider that reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// The key.
    Key,
    /// An admin key: read, and never set.
    Admin,
    /// The field of this name.
    Field(String),
}

impl Role {
    /// Whether it is a key of any class, and no companion of one.
    pub fn is_key(&self) -> bool {
        matches!(self, Self::Key | Self::Admin)
    }
}

impl Claim {
    fn of_reader(reader: index::Reader) -> Option<Self> {
        let role = match reader.field {
            None => Role::Key,
            Some(index::ADMIN) => Role::Admin,
            Some(field) => Role::Field(field.to_owned()),
        };
        Some(Self { provider: ProviderId::parse(reader.id).ok()?, role, owner: reader.owner })
    }

    /// The claim of an entry, if it reads the variable.
    fn of_entry(provider: &Provider, variable: &str) -> Option<Self> {
        let env = &provider.env;
        let among = |names: &[EnvName]| names.iter().any(|name| name.as_str() == variable);
        let role = if among(&env.key) || among(&env.shared) {
            Role::Key
        } else if provider.admin.as_ref().is_some_and(|admin| among(&admin.env)) {
            Role::Admin
        } else {
            Role::Field(env.fields.iter().find(|(_, names)| among(names))?.0.clone())
        };
        Some(Self { provider: provider.id.clone(), role, owner: among(&env.key) })
    }
}

impl Registry {
    /// The providers that are built in. Costs nothing.
    pub const fn builtin() -> Self {
        Self { overlay: None }
    }

    /// The built-in providers under a person's own, from the text of a `providers.toml`.
    ///
    /// `[my-llm]` describes `my-llm` by the same fields as a file of the registry. A table with the id of a
    /// built-in provider changes that one: what it gives replaces what was there, and the rest stays. `env`,
    /// `env.fields` and `shape` are replaced field by field, `auth` and `test` as a whole.
    pub fn with_overlay(text: &str) -> Result<Self, RegistryError> {
        let overlay = Overlay::parse(text)?;
        Ok(Self { overlay: (!overlay.providers.is_empty()).then(|| Box::new(overlay)) })
    }

    fn own(&self, id: &str) -> Option<&Provider> {
        self.overlay.as_deref()?.get(id)
    }

    /// Whether this id has an entry.
    pub fn is_known(&self, id: &ProviderId) -> bool {
        self.own(id.as_str()).is_some() || index::is_known(id.as_str())
    }

    /// Whether a person's own file describes it.
    pub fn is_own(&self, id: &ProviderId) -> bool {
        self.own(id.as_str()).is_some()
    }

    /// The provider that a person means: an id, an alias (`Grok`), either with other separators (`Hugging Face`),
    /// or else a well-formed name of their own.
    pub fn find(&self, typed: &str) -> Result<ProviderId, NameError> {
        let name = typed.trim().to_lowercase();
        let squeezed: String = name.chars().filter(|c| !matches!(c, ' ' | '.' | '-' | '_')).collect();
        let known = self.named(&name).or_else(|| self.named(&squeezed));
        ProviderId::parse(known.unwrap_or(&name))
    }

    /// The id that this is, or is another name of.
    fn named<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        if self.own(name).is_some() || index::is_known(name) {
            return Some(name);
        }
        let own = self.overlay.as_deref().and_then(|overlay| overlay.alias(name));
        own.map(ProviderId::as_str).or_else(|| {
            // An entry of one's own may have taken the alias away.
            let id = index::alias(name)?;
            self.own(id).is_none_or(|own| overlay::answers_to(own, name)).then_some(id)
        })
    }

    /// Everything known of a provider. One without an entry gets a name and a variable of its id.
    pub fn get(&self, id: &ProviderId) -> Provider {
        if let Some(own) = self.own(id.as_str()) {
            return own.clone();
        }
        let line = index::provider(id.as_str());
        // The tests parse every built-in entry: a failure here is none that a person could see.
        line.and_then(|line| Provider::parse(id, line.entry).ok()).unwrap_or_else(|| Provider::without_entry(id))
    }

    /// What its key and its fields are called in the environment. Cheap.
    pub fn exports(&self, id: &ProviderId) -> Exports {
        if let Some(own) = self.own(id.as_str()) {
            return own.exports();
        }
        let line = index::provider(id.as_str());
        Exports {
            key: line.map_or_else(|| id.default_env(), |line| EnvName::built_in(line.key)),
            fields: line
                .iter()
                .flat_map(index::Line::fields)
                .map(|(field, variable)| (Cow::Borrowed(field), EnvName::built_in(variable)))
                .collect(),
            host: line.and_then(|line| line.host).map(Cow::Borrowed),
        }
    }

    /// Whether anybody reads this variable. The cheapest of all questions.
    pub fn is_claimed(&self, variable: &str) -> bool {
        match &self.overlay {
            None => index::is_read(variable),
            Some(_) => !self.claims(variable).is_empty(),
        }
    }

    /// Who reads this variable, its owner first; empty if nobody does. Cheap.
    pub fn claims(&self, variable: &str) -> Vec<Claim> {
        // 302.AI calls its variable `302AI_API_KEY`, which files can hold and shells cannot.
        let escaped = variable.starts_with(|c: char| c.is_ascii_digit()).then(|| format!("_{variable}"));
        let variable = escaped.as_deref().unwrap_or(variable);
        let builtin = index::readers(variable).filter(|reader| self.own(reader.id).is_none());
        let mut claims: Vec<Claim> = builtin.filter_map(Claim::of_reader).collect();
        if let Some(overlay) = &self.overlay {
            claims.extend(overlay.providers.values().filter_map(|own| Claim::of_entry(own, variable)));
            claims.sort_by_key(|claim| (!claim.owner, claim.role != Role::Key));
        }
        claims
    }

    /// All ids, sorted, those of retired providers too.
    pub fn ids(&self) -> Vec<ProviderId> {
        let builtin = index::ids().filter_map(|id| ProviderId::parse(id).ok());
        let own = self.overlay.iter().flat_map(|overlay| overlay.providers.keys().cloned());
        builtin.chain(own).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The ids of all providers that still work, sorted. Cheap.
    pub fn offered(&self) -> Vec<ProviderId> {
        self.ids().into_iter().filter(|id| !self.is_retired(id.as_str())).collect()
    }

    fn is_retired(&self, id: &str) -> bool {
        match self.own(id) {
            Some(own) => own.status == Status::Retired,
            None => index::provider(id).is_some_and(|line| line.retired),
        }
    }

    /// The providers that a mistyped name may have meant, the closest first, at most three, none retired.
    pub fn suggest(&self, typed: &str) -> Vec<ProviderId> {
        let name = typed.trim().to_lowercase();
        let own = self.overlay.iter().flat_map(|overlay| overlay.providers.values());
        let names = index::ids()
            .map(|id| (id, id))
            .chain(index::names())
            .chain(own.flat_map(|own| {
                let id = own.id.as_str();
                own.aliases.iter().map(move |alias| (alias.as_str(), id)).chain([(id, id)])
            }))
            .filter(|(_, id)| !self.is_retired(id));
        suggest::closest(&name, names)
    }

    /// Whose key this is by its shape alone.
    pub fn recognise(&self, secret: &Secret) -> Recognised {
        recognise::recognise(&self.signs(), secret.expose().trim())
    }

    /// Whether this can be a key of that provider, by its shape.
    pub fn fit(&self, id: &ProviderId, secret: &Secret) -> Fit {
        recognise::fit(&self.signs(), id.as_str(), secret.expose().trim())
    }

    /// Whether a key that is stored under that provider is known by its beginning to be one that makes and revokes others,
    /// its provider's or another's. Very cheap; no entry of one's own changes it.
    pub fn is_admin(id: &ProviderId, secret: &Secret) -> bool {
        /// What a person made up for a server of their own, `sk-admin-1234`, is shorter than what providers issue.
        const ISSUED: usize = 40;
        let value = secret.expose().trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\''));
        let here = |own: &str| own == id.as_str() || value.len() >= ISSUED;
        index::admin_prefixes().any(|(own, prefix)| value.starts_with(prefix) && here(own))
    }

    /// The variables that hold somebody's key, without those of fields; some more than once.
    pub fn key_variables(&self) -> impl Iterator<Item = &str> {
        let own = self.overlay.iter().flat_map(|overlay| overlay.providers.values());
        let own = own.flat_map(|own| own.env.key.iter().chain(&own.env.shared).map(EnvName::as_str));
        index::key_variables().chain(own)
    }

    /// All that is known of the shapes of keys.
    pub fn signs(&self) -> Vec<Sign<'_>> {
        let builtin = index::signs().filter_map(Sign::of_index).filter(|sign| self.own(sign.id).is_none());
        let own = self.overlay.iter().flat_map(|overlay| overlay.providers.values());
        builtin.chain(own.flat_map(Sign::of_entry)).collect()
    }
}

impl Exports {
    /// Whether an address leads to the provider itself or to this machine, and nowhere else. A provider without a host
    /// of its own, such as Azure, is wherever its customer says.
    pub fn at_home(&self, address: &str) -> bool {
        let host = |address: Endpoint| {
            address.is_loopback()
                || self.host.as_deref().is_none_or(|own| own == address.host() && address.port() == 443)
        };
        Endpoint::parse(address).is_ok_and(host)
    }
}
