//! Which keys lie in a set of variables: every name of the registry is known, aliases are brought together, and what
//! is no key is told apart. Nothing is stored here.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::paste;
use crate::name::{EnvName, ProviderId};
use crate::provider::{Fit, Recognised, Registry, Role, Status, placeholder};
use crate::secret::{Secret, SecretError};

/// A variable that may hold a key.
pub struct Variable {
    /// Its name, as it was found.
    pub name: String,
    /// Its value, as it was found.
    pub value: Zeroizing<String>,
    /// The file and line that it stands in; `None` for the process's own environment.
    pub place: Option<String>,
}

impl Variable {
    /// The file that it stands in.
    fn file(&self) -> Option<&str> {
        self.place.as_deref()?.rsplit_once(':').map(|(file, _)| file)
    }

    /// Where it was found, in the fewest words: its name, or file and line.
    fn origin(&self) -> String {
        self.place.clone().unwrap_or_else(|| self.name.clone())
    }
}

/// A key that was found.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// Who issued it.
    pub provider: ProviderId,
    /// Its value.
    pub secret: Secret,
    /// The names to export it as, where they are not just the provider's own.
    pub env: Vec<EnvName>,
    /// Non-secret companions that were found beside it.
    pub fields: BTreeMap<String, String>,
    /// Where it was found.
    pub origins: Vec<String>,
    /// Whether it makes and revokes other keys.
    pub admin: bool,
}

impl Proposal {
    /// Which of a profile's keys it competes with: an admin key takes no other's place.
    pub fn slot(&self) -> (ProviderId, bool) {
        (self.provider.clone(), self.admin)
    }
}

/// Something that was found and is no key to take.
#[derive(Debug, Clone)]
pub struct Skipped {
    /// Whose name it goes by.
    pub provider: ProviderId,
    /// Where it was found.
    pub origins: Vec<String>,
    /// Why it is not taken.
    pub why: Why,
}

/// Why a value is not taken.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Why {
    /// `YOUR_KEY_HERE` and the like; shown, because it is no secret.
    Placeholder(String),
    /// Nothing in it.
    Empty,
    /// Text that no secret can be.
    Unfit(SecretError),
    /// Words and signs around a key, or no key at all.
    Odd,
    /// A key of the provider by its shape, under a name that nobody reads.
    Unclaimed(Secret),
    /// Another kind of credential, in words.
    NotAKey(String),
    /// The key of another provider under this one's name.
    Belongs(ProviderId),
    /// An address that is not the provider's: whoever wrote it would receive the key.
    OtherHost(String),
    /// The field of this name comes from a file that the key does not stand in.
    Apart(String),
    /// The field of this name is no short, plain text.
    NoCompanion(String),
    /// Names of one provider with different values: the question which one is right.
    Ambiguous(Vec<Proposal>),
}

/// What a set of variables holds.
#[derive(Debug, Default)]
pub struct Plan {
    /// Keys to take, sorted by provider.
    pub keys: Vec<Proposal>,
    /// What is left, sorted by provider.
    pub skipped: Vec<Skipped>,
}

/// Finds the keys. `wanted` limits them to some providers where it is not empty; a variable that starts with `prefix`
/// names its provider by the rest: `API_KEY_` and `API_KEY_GROQ`.
pub fn plan(registry: &Registry, variables: &[Variable], wanted: &[ProviderId], prefix: Option<&str>) -> Plan {
    let mut found: BTreeMap<(ProviderId, bool), Vec<(&Variable, Secret)>> = BTreeMap::new();
    let mut fields: BTreeMap<ProviderId, BTreeMap<String, &Variable>> = BTreeMap::new();
    let mut plan = Plan::default();
    for variable in variables {
        let Some((provider, role)) = meaning(registry, variable, prefix) else {
            plan.skipped.extend(unclaimed(registry, variable, wanted));
            continue;
        };
        // A variable of a retired provider, such as `GITHUB_TOKEN`, lives on for other purposes.
        let passed = if wanted.is_empty() {
            registry.get(&provider).status == Status::Retired
        } else {
            !wanted.contains(&provider)
        };
        if passed {
            continue;
        }
        match role {
            Role::Field(field) => drop(fields.entry(provider).or_default().insert(field, variable)),
            Role::Key | Role::Admin => match take(registry, &provider, &variable.value) {
                Ok(secret) => {
                    let admin = role == Role::Admin || Registry::is_admin(&provider, &secret);
                    found.entry((provider, admin)).or_default().push((variable, secret));
                }
                Err(why) => plan.skipped.push(Skipped { provider, origins: vec![variable.origin()], why }),
            },
        }
    }
    for ((provider, admin), values) in found {
        let mut proposals = together(registry, &provider, admin, &values);
        if proposals.len() > 1 {
            let origins = proposals.iter().flat_map(|one| one.origins.clone()).collect();
            plan.skipped.push(Skipped { provider, origins, why: Why::Ambiguous(proposals) });
            continue;
        }
        if let Some(proposal) = proposals.first_mut().filter(|_| !admin) {
            for (field, variable) in fields.remove(&provider).unwrap_or_default() {
                // A file that comes with a project must not say where a key of the person's own environment goes.
                let file = variable.file();
                let apart = file.is_some() && values.iter().all(|(key, _)| key.file() != file);
                if let Some(skipped) = companion(registry, proposal, field, variable, apart) {
                    plan.skipped.push(skipped);
                }
            }
        }
        plan.keys.append(&mut proposals);
    }
    plan.skipped.sort_by(|a, b| a.provider.cmp(&b.provider));
    plan
}

/// What a variable's name says that its value is.
fn meaning(registry: &Registry, variable: &Variable, prefix: Option<&str>) -> Option<(ProviderId, Role)> {
    if let Some(rest) = prefix.and_then(|prefix| variable.name.strip_prefix(prefix)).filter(|rest| !rest.is_empty()) {
        if let Some(claim) = registry.claims(rest).into_iter().next() {
            return Some((claim.provider, claim.role));
        }
        let ends = ["_API_KEY", "_API_TOKEN", "_KEY", "_TOKEN"];
        let bare = ends.iter().find_map(|end| rest.strip_suffix(end)).unwrap_or(rest);
        let typed = bare.to_ascii_lowercase().replace('_', "-");
        return registry.find(&typed).ok().map(|provider| (provider, Role::Key));
    }
    registry.claims(&variable.name).into_iter().next().map(|claim| (claim.provider, claim.role))
}

/// A key that is known by its shape alone, under a name that nobody reads: told of, never taken unasked.
fn unclaimed(registry: &Registry, variable: &Variable, wanted: &[ProviderId]) -> Option<Skipped> {
    const SHORTEST: usize = 20;
    let value = paste::clean(&variable.value, |_| false).value;
    if value.len() < SHORTEST || value.len() > 1000 || value.contains([' ', '/', '\n', ':']) {
        return None;
    }
    let secret = Secret::new(value).ok()?;
    match registry.recognise(&secret) {
        Recognised::Provider(provider) if wanted.is_empty() || wanted.contains(&provider) => {
            let retired = registry.get(&provider).status == Status::Retired;
            let origins = vec![variable.origin()];
            (!retired).then_some(Skipped { provider, origins, why: Why::Unclaimed(secret) })
        }
        _ => None,
    }
}

fn take(registry: &Registry, provider: &ProviderId, value: &str) -> Result<Secret, Why> {
    let cleaned = paste::clean(value, |_| false);
    if cleaned.value.is_empty() {
        return Err(Why::Empty);
    }
    if placeholder(&cleaned.value) {
        // `<sk-proj-…>` may hold a key in earnest: what is long or has digits is shown as a key is.
        let plain = cleaned.value.len() < 20 && !cleaned.value.contains(|c: char| c.is_ascii_digit());
        let shown = match Secret::new(cleaned.value.clone()) {
            Ok(secret) if !plain => secret.mask(),
            _ => cleaned.value.chars().filter(char::is_ascii_graphic).collect(),
        };
        return Err(Why::Placeholder(shown));
    }
    let secret = Secret::new(cleaned.value).map_err(Why::Unfit)?;
    match registry.fit(provider, &secret) {
        Fit::NotAKey(what) => Err(Why::NotAKey(what)),
        Fit::Belongs(owner) => Err(Why::Belongs(owner)),
        Fit::Unusual if secret.expose().contains([' ', ';', '\t']) => Err(Why::Odd),
        Fit::Fits | Fit::Unknown | Fit::Unusual => Ok(secret),
    }
}

/// Brings the names of one value together.
fn together(registry: &Registry, provider: &ProviderId, admin: bool, values: &[(&Variable, Secret)]) -> Vec<Proposal> {
    let own = registry.exports(provider).key;
    let mut proposals: Vec<Proposal> = Vec::new();
    for (variable, secret) in values {
        let at = proposals.iter().position(|one| one.secret.same_as(secret)).unwrap_or_else(|| {
            let (env, fields, origins) = (Vec::new(), BTreeMap::new(), Vec::new());
            let (provider, secret) = (provider.clone(), secret.clone());
            proposals.push(Proposal { provider, secret, env, fields, origins, admin });
            proposals.len() - 1
        });
        let proposal = &mut proposals[at];
        proposal.origins.push(variable.origin());
        let known = registry.claims(&variable.name).iter().any(|claim| claim.provider == *provider);
        if let Some(name) = EnvName::parse(&variable.name).ok().filter(|name| known && !proposal.env.contains(name)) {
            proposal.env.push(name);
        }
    }
    for proposal in &mut proposals {
        if proposal.env == [own.clone()] {
            proposal.env.clear();
        }
    }
    proposals
}

/// Takes a companion in, or tells why not.
fn companion(
    registry: &Registry,
    proposal: &mut Proposal,
    field: String,
    variable: &Variable,
    apart: bool,
) -> Option<Skipped> {
    /// The longest companion, in bytes.
    const LONG: usize = 1000;
    let value = variable.value.trim();
    if value.is_empty() {
        return None;
    }
    let skipped = |why| Some(Skipped { provider: proposal.provider.clone(), origins: vec![variable.origin()], why });
    if apart {
        return skipped(Why::Apart(field));
    }
    if value.len() > LONG || value.chars().any(char::is_control) {
        return skipped(Why::NoCompanion(field));
    }
    if field == "endpoint" && !registry.exports(&proposal.provider).at_home(value) {
        // Only the host: the rest of an address may hold a password or a key, and a value that is none may be one.
        let host = value.split_once("://").map_or("…", |(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or("…"));
        let host = host.rsplit('@').next().unwrap_or("…");
        let shown: String = host.chars().filter(|c| c.is_ascii_graphic() || *c == '…').take(60).collect();
        return skipped(Why::OtherHost(shown));
    }
    proposal.fields.insert(field, value.to_owned());
    None
}
