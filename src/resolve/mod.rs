//! Which key answers, and under which names it goes out.

mod trail;

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::name::{EnvName, KeyRef, ProviderId};
use crate::profile::{Key, Profile};
use crate::provider::{Claim, Exports, Naming, Registry, Role};

pub use trail::{Answer, Chain, Open, Step, Trail, walk};

/// Why no key answers, or not one alone. Holds no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// No key of this name.
    #[error("there is no key `{wanted}`")]
    NoSuchKey {
        /// What was asked for.
        wanted: KeyRef,
        /// The provider's keys, as they are shown.
        there: Vec<KeyRef>,
    },
    /// The key's time is over.
    #[error("`{name}` {} on {day}", if *for_a_while { "was to be wiped" } else { "expired" })]
    Expired {
        /// Whether it came in for a while only, and is still to be wiped.
        for_a_while: bool,
        /// The key as it is shown.
        name: KeyRef,
        /// The day in UTC, `2026-11-20`.
        day: String,
    },
    /// A person has put the key aside.
    #[error("`{name}` is disabled")]
    Disabled {
        /// The key as it is shown.
        name: KeyRef,
    },
    /// It makes and revokes other keys, and is not handed out to programs.
    #[error("`{name}` is an admin key, which is never handed out to programs")]
    Admin {
        /// The key as it is shown.
        name: KeyRef,
    },
    /// Two keys that were asked for by name would set one variable.
    #[error("`{first}` and `{second}` both set `{variable}`")]
    Collision {
        /// The key that was asked for first.
        first: KeyRef,
        /// The other.
        second: KeyRef,
        /// The variable.
        variable: EnvName,
    },
}

/// The keys that answer.
#[derive(Debug, Default)]
pub struct Selection<'a> {
    /// In the profile's order, or in the order in which they were asked for.
    pub keys: Vec<&'a Key>,
    /// Active keys that were left out because their time is over.
    pub expired: Vec<&'a Key>,
}

/// Whether a key makes and revokes others, and so is never handed out to programs: it is marked as one, or begins as
/// only such keys do.
pub fn is_admin(key: &Key) -> bool {
    key.admin || Registry::is_admin(&key.provider, &key.secret)
}

/// The key that a name means in one profile: the labelled one or the active one, and never one that
/// expired or is disabled. An admin key answers to its full name only.
pub fn find<'a>(profile: &'a Profile, wanted: &KeyRef, now: Timestamp) -> Result<&'a Key, ResolveError> {
    let key = profile.find(wanted).ok_or_else(|| ResolveError::NoSuchKey {
        wanted: wanted.clone(),
        there: profile.keys_of(&wanted.provider).map(|key| profile.display(key)).collect(),
    })?;
    // A bare name means a key for programs; whoever wants the other one says so.
    if wanted.label.is_none() && is_admin(key) {
        return Err(ResolveError::Admin { name: key.name() });
    }
    if key.disabled {
        return Err(ResolveError::Disabled { name: profile.display(key) });
    }
    match key.ends().filter(|_| key.expired(now)) {
        None => Ok(key),
        Some(end) => {
            let for_a_while = key.wiped.as_ref().is_some_and(|wiped| wiped.at == end);
            Err(ResolveError::Expired { for_a_while, name: profile.display(key), day: day(end) })
        }
    }
}

/// The day of a time in UTC, `2026-11-20`.
pub fn day(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d").to_string()
}

/// Every active key of a profile that is handed out unasked.
pub fn select<'a>(profile: &'a Profile, except: &[KeyRef], now: Timestamp) -> Selection<'a> {
    let goes_out = |key: &&Key| key.exported && !key.disabled && !is_admin(key);
    let handed_out = profile.active_keys().into_iter().filter(goes_out);
    let (expired, keys) = handed_out.partition(|key| key.expired(now));
    Selection { keys, expired }.without(except)
}

impl<'a> Selection<'a> {
    /// Puts a key to the others, once.
    pub fn add(&mut self, key: &'a Key) {
        if !self.keys.iter().any(|one| std::ptr::eq(*one, key)) {
            self.keys.push(key);
        }
    }

    /// Puts the key that answers to a name to the others, unless it is one that is not for programs.
    pub fn take(&mut self, trail: &Trail<'a>) -> Result<(), ResolveError> {
        let key = trail.key()?;
        if is_admin(key) {
            return Err(ResolveError::Admin { name: key.name() });
        }
        self.add(key);
        Ok(())
    }

    /// The same, without the keys that these names mean.
    #[must_use]
    pub fn without(mut self, except: &[KeyRef]) -> Self {
        self.keys.retain(|key| !except.iter().any(|name| means(name, key)));
        self.expired.retain(|key| !except.iter().any(|name| means(name, key)));
        self
    }
}

/// Whether a name, with or without a label, means this key or all of its provider's.
pub fn means(name: &KeyRef, key: &Key) -> bool {
    name.provider == key.provider && name.label.as_ref().is_none_or(|label| *label == key.label)
}

/// A variable that goes out.
#[derive(Debug, Clone)]
pub struct Setting<'a> {
    /// Its name.
    pub name: EnvName,
    /// Its value.
    pub value: &'a str,
    /// Whose it is.
    pub key: &'a Key,
}

/// The variables of the selected keys and their companions, and the keys that had to step back because another, older
/// one sets the same variable.
#[derive(Debug, Default)]
pub struct Settings<'a> {
    /// What goes out, no name twice.
    pub settings: Vec<Setting<'a>>,
    /// A variable that two keys set, the key that does, and the one that does not.
    pub crowded: Vec<(EnvName, &'a Key, &'a Key)>,
    /// The keys that the program reads under no name, and that stay here.
    pub unread: Vec<&'a Key>,
    /// Names of a key's own that are addresses to programs: its value would lead the keys of others there.
    pub astray: Vec<(EnvName, &'a Key)>,
    /// What the keys' providers are called and where they live.
    homes: Vec<Exports>,
}

impl Settings<'_> {
    /// Whether a variable of this name goes out.
    pub fn sets(&self, name: &str) -> bool {
        self.settings.iter().any(|setting| setting.name.as_str() == name)
    }

    /// Whether a key of this provider goes out.
    fn hands_out_a_key_of(&self, provider: &ProviderId) -> bool {
        self.settings.iter().any(|setting| setting.key.provider == *provider)
    }

    /// Takes out what would set a variable a second time.
    fn part_crowded(&mut self) {
        // Sorted places rather than a map: at every shell start there are a few dozen names, and hardly ever a twin.
        let mut places: Vec<usize> = (0..self.settings.len()).collect();
        places.sort_by(|a, b| self.settings[*a].name.cmp(&self.settings[*b].name).then(a.cmp(b)));
        let mut late = Vec::new();
        for pair in places.chunk_by(|a, b| self.settings[*a].name == self.settings[*b].name) {
            late.extend(pair[1..].iter().map(|at| (*at, pair[0])));
        }
        late.sort_unstable();
        for (at, first) in &late {
            let (first, second) = (&self.settings[*first], &self.settings[*at]);
            self.crowded.push((second.name.clone(), first.key, second.key));
        }
        for (at, _) in late.iter().rev() {
            self.settings.remove(*at);
        }
    }

    /// Whether a variable belongs to one of the providers whose keys go out.
    pub fn concerns(&self, registry: &Registry, name: &EnvName) -> bool {
        let claims = registry.claims(name.as_str());
        claims.iter().any(|claim| self.hands_out_a_key_of(&claim.provider))
            || self.homes.iter().any(|home| home.key == *name || home.fields.iter().any(|(_, field)| field == name))
    }
}

/// The variables that these keys set.
pub fn settings<'a>(registry: &Registry, naming: Naming, keys: &[&'a Key]) -> Settings<'a> {
    let mut all = Settings::default();
    for &key in keys {
        let exports = registry.exports(&key.provider);
        let secret = key.secret.expose();
        let names = naming.key(registry, &key.provider, &key.env, &exports.key);
        if names.is_empty() {
            all.unread.push(key);
            continue;
        }
        let (astray, names): (Vec<_>, Vec<_>) =
            names.iter().cloned().partition(|name| key.env.contains(name) && is_address(registry, name.as_str()));
        all.astray.extend(astray.into_iter().map(|name| (name, key)));
        all.settings.extend(names.into_iter().map(|name| Setting { name, value: secret, key }));
        let companion = |(field, name): &(_, EnvName)| {
            let value = key.fields.get::<str>(std::borrow::Cow::as_ref(field))?;
            Some(Setting { name: naming.field(&key.provider, field, name).into_owned(), value, key })
        };
        all.settings.extend(exports.fields.iter().filter_map(companion));
        all.homes.push(exports);
    }
    all.part_crowded();
    all
}

/// The same, for keys that were asked for by name: there, two that set one variable are a contradiction.
pub fn exact_settings<'a>(
    registry: &Registry,
    naming: Naming,
    profile: &Profile,
    keys: &[&'a Key],
) -> Result<Settings<'a>, ResolveError> {
    let all = settings(registry, naming, keys);
    match all.crowded.first() {
        None => Ok(all),
        Some((variable, first, second)) => Err(ResolveError::Collision {
            first: profile.display(first),
            second: profile.display(second),
            variable: variable.clone(),
        }),
    }
}

/// How the names end under which programs look for a provider's address, besides the one that byok sets.
const ADDRESS_ENDS: &[&str] = &[
    "_BASE_URL",
    "_API_BASE",
    "_API_BASE_URL",
    "_API_URL",
    "_API_HOST",
    "_HOST",
    "_ENDPOINT",
    "_SERVER_URL",
    "_PROXY",
    "_URL",
];

/// Whether programs look there for the address of a provider whose key they have, and not for a key.
pub fn is_address(registry: &Registry, name: &str) -> bool {
    let claims = registry.claims(name);
    let holds = |role: &Role| matches!(role, Role::Field(field) if field == "endpoint");
    let beside = || kin(name).flat_map(|key| registry.claims(&key)).any(|claim| claim.role == Role::Key);
    claims.iter().all(|claim| !claim.role.is_key()) && (claims.iter().any(|claim| holds(&claim.role)) || beside())
}

/// The variables through which these keys' programs would be led to another host than their provider's: an address in
/// the environment that byok did not set and that does not belong to the provider.
pub fn foreign_endpoints(
    registry: &Registry,
    settings: &Settings<'_>,
    environment: &[(String, String)],
) -> Vec<EnvName> {
    let mut foreign: Vec<EnvName> = Vec::new();
    for (name, value) in environment {
        let known = |home: &Exports| home.fields.iter().any(|(field, own)| field == "endpoint" && own.as_str() == name);
        let ends = ADDRESS_ENDS.iter().any(|end| name.ends_with(end));
        if value.is_empty() || settings.sets(name) || !(ends || settings.homes.iter().any(known)) {
            continue;
        }
        // `OPENAI_API_KEY` makes `OPENAI_API_BASE` and `OPENAI_PROXY` its relatives.
        let relative = |home: &Exports| {
            let key = home.key.as_str();
            let stem = key.find("_API_").or_else(|| key.rfind('_')).map_or(key, |end| &key[..end]);
            ends && name.strip_prefix(stem).is_some_and(|rest| rest.starts_with('_'))
        };
        // Some take a host alone.
        let address = if value.contains("://") { value.clone() } else { format!("https://{value}") };
        let astray = settings.homes.iter().any(|home| (known(home) || relative(home)) && !home.at_home(&address));
        // What stands beside another name of the same key: `HUGGINGFACE_API_BASE` beside `HF_TOKEN`.
        let beside = || {
            let of_key = |claim: &Claim| claim.role == Role::Key && settings.hands_out_a_key_of(&claim.provider);
            let keys = kin(name).flat_map(|key| registry.claims(&key));
            keys.filter(of_key).any(|claim| !registry.exports(&claim.provider).at_home(&address))
        };
        if astray || (ends && beside()) {
            foreign.extend(EnvName::parse_to_unset(name).ok());
        }
    }
    foreign
}

/// The variables of keys that an address of this name would belong to. aider reads every program's name behind its own.
fn kin(address: &str) -> impl Iterator<Item = String> {
    const KEY_ENDS: [&str; 5] = ["_API_KEY", "_KEY", "_TOKEN", "_API_TOKEN", "_SECRET_KEY"];
    let bare = address.strip_prefix("AIDER_").unwrap_or(address);
    let stems = ADDRESS_ENDS.iter().filter_map(move |end| bare.strip_suffix(end));
    stems.flat_map(|stem| KEY_ENDS.map(|end| format!("{stem}{end}")))
}

/// The variables that byok set from one of these profiles and that do not belong to what goes out now: their value is
/// the one that the profile has for them.
///
/// A name that some program reads, such as `GOOGLE_API_KEY`, may be the person's own doing as long as its value goes out
/// under another; if that is not so, or nothing stays (`ending`), it goes with its key.
pub fn stale(
    registry: &Registry,
    profiles: &[&Profile],
    going_out: &Settings<'_>,
    ending: bool,
    environment: &[(String, String)],
) -> Vec<EnvName> {
    let mut names = Vec::new();
    for profile in profiles {
        let keys: Vec<&Key> = profile.keys().iter().collect();
        let mut ours: BTreeMap<EnvName, Vec<&str>> = BTreeMap::new();
        for key in keys {
            let all = settings(registry, Naming::Usual, &[key]);
            // An older byok has set these.
            for (name, key) in all.astray {
                ours.entry(name).or_default().push(key.secret.expose());
            }
            for setting in all.settings {
                let ours = ours.entry(setting.name).or_default();
                if setting.value == key.secret.expose() {
                    // What was set before a rotation was set by byok as well.
                    ours.extend(key.previous.iter().map(|old| old.secret.expose()));
                }
                ours.push(setting.value);
            }
        }
        for (name, value) in environment {
            let stays = going_out.settings.iter().any(|setting| setting.value == value);
            let read = |key: &Key| {
                let claims = registry.claims(name);
                claims.iter().any(|claim| claim.role.is_key() && claim.provider == key.provider)
            };
            if (ending || !stays)
                && profile.keys().iter().any(|key| key.secrets().any(|one| one.expose() == value) && read(key))
                && let Ok(name) = EnvName::parse(name)
            {
                ours.entry(name).or_default().push(value);
            }
        }
        for (name, value) in environment {
            let set = ours.iter().find(|(ours, _)| ours.as_str() == name);
            if let Some((name, _)) = set.filter(|(_, values)| values.contains(&value.as_str()))
                && !going_out.sets(name.as_str())
                && !names.contains(name)
            {
                names.push(name.clone());
            }
        }
    }
    names
}
