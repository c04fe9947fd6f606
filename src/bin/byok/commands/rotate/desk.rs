//! Who makes and revokes keys at a provider: the admin key that is at hand, and the API that it opens.

use anyhow::Result;
use byok::admin::{Api, ApiError, OpenError, Watch, abilities};
use byok::keys::{ADMIN_LABEL, KeyError};
use byok::name::KeyRef;
use byok::probe::Trace;
use byok::profile::Key;
use byok::provider::{Provider, Registry};
use byok::resolve::{self, is_admin};
use byok::secret::Secret;
use byok::verdict::Verdict;

use super::Standing;
use crate::commands::pick;
use crate::fault::Fault;
use crate::session::Session;
use crate::session::network::said;

/// A provider, and the key that makes and revokes others there.
pub(super) struct Desk {
    /// As the registry has it, whatever a person's own entry says.
    pub(super) home: Provider,
    /// The admin key's full name.
    pub(super) admin: KeyRef,
    secret: Secret,
    /// Which project or workspace the key says that it belongs to.
    pub(super) scope: Option<String>,
}

impl Desk {
    /// Where keys of this one's provider are made, with the admin key that is meant; `None` if none is at hand, or the
    /// provider has no such API.
    pub(super) fn at_hand(session: &Session<'_>, standing: &Standing, with: Option<&str>) -> Result<Option<Self>> {
        let id = &standing.key.provider;
        let home = Registry::builtin().get(id);
        if !abilities(id).1 || !lives_at_home(session, standing, &home)? {
            return Ok(None);
        }
        let profiles = pick::profiles(session)?;
        let with = with.map(|typed| meant(session, standing, typed)).transpose()?;
        let mut found: Option<Key> = None;
        for profile in profiles.each() {
            let profile = profile?;
            let mut admins = profile.keys_of(id).filter(|key| {
                let elsewhere = key.fields.get("endpoint").is_some_and(|endpoint| !is_home(endpoint, &home));
                is_admin(key)
                    && with.as_ref().is_none_or(|with| resolve::means(with, key))
                    && !key.disabled
                    && !elsewhere
            });
            let Some(first) = admins.next() else { continue };
            let others: Vec<KeyRef> = admins.map(Key::name).collect();
            if let Some(other) = others.first() {
                let fault = Fault::misused(format!("there are several admin keys of {}", home.name));
                let hint = |name: &KeyRef| format!("say which: `--with {name}`");
                return Err(fault.hint(hint(&first.name())).hint(hint(other)).into());
            }
            let name = KeyRef { provider: id.clone(), label: Some(first.label.clone()) };
            resolve::find(profile, &name, session.now)?;
            found = Some(first.clone());
            break;
        }
        let Some(admin) = found else {
            return match with {
                Some(wanted) if standing.profile.find(&wanted).is_some() => {
                    let fault = Fault::misused(format!("`{wanted}` is no admin key"));
                    Err(fault.hint(format!("mark it as one, if it is: `byok edit {wanted} --admin`")).into())
                }
                Some(wanted) => Err(KeyError::NoSuchKey { wanted, there: Vec::new() }.into()),
                None => Ok(None),
            };
        };
        let what = home.admin.as_ref().and_then(|admin| admin.scopes.as_ref()).map(|scopes| scopes.what.clone());
        let scope = what.and_then(|what| standing.key.fields.get(&what).cloned());
        Ok(Some(Self { admin: admin.name(), secret: admin.secret, home, scope }))
    }

    /// The same, where it must be there.
    pub(super) fn of(session: &Session<'_>, standing: &Standing, with: Option<&str>) -> Result<Self> {
        let (id, home) = (&standing.key.provider, Registry::builtin().get(&standing.key.provider));
        let by_hand = format!("make the new key by hand: `byok rotate {}`", standing.shown);
        if is_admin(&standing.key) {
            let fault = Fault::refused(format!("`{}` is an admin key itself, which no API replaces", standing.shown));
            return Err(fault.hint(by_hand).into());
        }
        if session.is_offline() {
            return Err(Fault::misused("`--auto` asks the network, and byok is offline")
                .hint("`unset BYOK_OFFLINE`, or take `offline` out of `config.toml`")
                .into());
        }
        if !lives_at_home(session, standing, &home)? {
            let fault =
                format!("`{}` has an address of its own, and {} knows nothing of it", standing.shown, home.name);
            return Err(Fault::refused(fault).hint(by_hand).into());
        }
        match (abilities(id), Self::at_hand(session, standing, with)?) {
            ((true, _), Some(desk)) => Ok(desk),
            ((true, _), None) => {
                let console = home.admin.map(|admin| admin.console).unwrap_or_default();
                let fault =
                    Fault::missing(format!("there is no admin key of {}, which makes and revokes others", home.name));
                let add = format!("make one at {console}, then `byok add {id}:{ADMIN_LABEL} --admin`");
                Err(fault.hint(add).hint(by_hand).into())
            }
            ((false, revokes), _) => {
                let what = format!("the API of {} makes no keys", home.name);
                let fault = Fault::failed(if revokes { what + ", and only revokes them" } else { what });
                Err(fault.hint(by_hand).into())
            }
        }
    }

    /// Does something with the API open.
    pub(super) fn open<T>(&self, session: &Session<'_>, work: impl FnOnce(&Api<'_>) -> Result<T>) -> Result<T> {
        let name = self.admin.to_string();
        let tell = |trace: &Trace| {
            if session.verbose.get() {
                session.ui.say(&said(&name, trace));
            }
        };
        let watch = Watch { stop: session.stop(), tell: &tell };
        match Api::open(&self.home.id, &self.secret, &session.way(true), watch) {
            Ok(api) => work(&api),
            Err(error @ OpenError::Setup(_)) => Err(Fault::failed("nobody can be asked").cause(error).into()),
            Err(error) => Err(Fault::failed(error.to_string()).into()),
        }
    }

    /// An answer that is none, as a fault.
    pub(super) fn fault(&self, error: &ApiError) -> Fault {
        let (admin, console) = (&self.admin, self.home.admin.as_ref().map(|admin| admin.console.as_str()));
        match error.verdict {
            Verdict::Invalid | Verdict::Expired | Verdict::Revoked => {
                Fault::tested(error.to_string()).hint(format!("put a new one in its place with `byok rotate {admin}`"))
            }
            Verdict::Restricted => Fault::failed(error.to_string())
                .hint(format!("see what it may do at {}", console.unwrap_or("the provider's page"))),
            _ => Fault::failed(error.to_string()).hint("try again later"),
        }
    }

    /// Where a person looks after keys.
    pub(super) fn console(&self) -> &str {
        self.home.console.as_deref().unwrap_or(&self.home.name)
    }
}

/// The other key that has this secret as well, and would be gone with it.
pub(super) fn needed_by(standing: &Standing, old: &Secret) -> Option<KeyRef> {
    let profile = &standing.profile;
    let other = |key: &&Key| key.secret.same_as(old);
    profile.keys().iter().filter(|key| key.name() != standing.key.name()).find(other).map(|key| profile.display(key))
}

/// The admin key that `--with` names, with or without its provider.
fn meant(session: &Session<'_>, standing: &Standing, typed: &str) -> Result<KeyRef> {
    let provider = &standing.key.provider;
    let full = if typed.contains(':') { typed.to_owned() } else { format!("{provider}:{typed}") };
    let name = session.key(&full)?;
    if name.provider != *provider {
        let what = format!("`{name}` is no key of `{provider}`");
        return Err(Fault::misused(what).hint(format!("name one with `--with {provider}:LABEL`")).into());
    }
    Ok(name)
}

/// Whether an address is the provider's own.
fn is_home(address: &str, home: &Provider) -> bool {
    let trimmed = |url: &str| url.trim_end_matches('/').to_owned();
    home.base_url.as_deref().is_some_and(|base| trimmed(base) == trimmed(address))
}

/// Whether a key belongs to the provider itself, and not to an address of a person's own.
fn lives_at_home(session: &Session<'_>, standing: &Standing, home: &Provider) -> Result<bool> {
    let own = session.registry()?.get(&home.id).base_url;
    let endpoint = standing.key.fields.get("endpoint");
    Ok(own == home.base_url && endpoint.is_none_or(|endpoint| is_home(endpoint, home)))
}
