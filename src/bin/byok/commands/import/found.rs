//! Which keys lie in the files that were looked at, each once, and why the rest is left where it is.

use byok::copies::{self, Look, Trouble};
use byok::credentials::{Around, Entry, File, Holding, Tool, Whose, whose};
use byok::import::paste;
use byok::name::ProviderId;
use byok::provider::{Registry, Role};
use byok::secret::Secret;

use super::row::{Outcome, Row};
use crate::around::short;

/// A file of a tool, and what is in it.
pub(super) struct Source {
    pub(super) tool: &'static Tool,
    pub(super) file: File,
    pub(super) look: Look,
}

impl Source {
    pub(super) fn look(registry: &Registry, tool: &'static Tool, file: File) -> Option<Self> {
        let look = copies::look(registry, &file)?;
        Some(Self { tool, file, look })
    }

    /// What is in it; nothing where that cannot be told.
    pub(super) fn entries(&self) -> &[Entry] {
        self.look.found.as_deref().unwrap_or_default()
    }

    /// Whether there is anything to say of it: a file of the shells or of a project mostly holds no keys.
    pub(super) fn is_telling(&self) -> bool {
        !self.entries().is_empty() || self.look.found.is_err()
    }

    /// Whether it holds something that could not be read.
    pub(super) fn is_broken(&self) -> bool {
        !matches!(self.look.found, Ok(_) | Err(Trouble::Empty))
    }
}

/// A key that was found, in one or more places.
pub(super) struct Found {
    pub(super) provider: ProviderId,
    pub(super) secret: Secret,
    /// The label that tells it from another key of its provider.
    pub(super) label: String,
    /// Where it was found: `llm: openai`.
    pub(super) origins: Vec<String>,
    /// Whether it makes and revokes other keys, by its beginning or by the variable that it was found in.
    pub(super) admin: bool,
}

/// What was found.
#[derive(Default)]
pub(super) struct All {
    pub(super) keys: Vec<Found>,
    /// What is not taken.
    pub(super) left: Vec<Row>,
    /// Keys of which it cannot be told whose they are.
    unclear: Vec<Secret>,
}

impl All {
    /// Every secret, those that are not taken included.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &Secret> {
        self.keys.iter().map(|one| &one.secret).chain(&self.unclear)
    }
}

/// The key that an entry holds, freed of what was pasted around it; none where it is more than one word of plain signs.
pub(super) fn secret(entry: &Entry) -> Option<Secret> {
    let cleaned = paste::clean(entry.holds.key()?.expose(), |_| false).value;
    let plain = cleaned.bytes().all(|byte| byte.is_ascii_graphic());
    Secret::new(cleaned).ok().filter(|_| plain)
}

/// An entry's name as it is shown: who takes a key for a name does not see it.
pub(super) fn called(name: &str) -> &str {
    if crate::session::dense(name) { "…" } else { name }
}

/// Brings together what lies in all files.
pub(super) fn gather(registry: &Registry, around: &Around, sources: &[Source]) -> All {
    let mut all = All::default();
    for source in sources {
        for entry in source.entries() {
            let mut origin = format!("{}: {}", source.tool.name, called(&entry.name));
            let same = |other: &Source| other.tool.name == source.tool.name && other.file.path != source.file.path;
            if sources.iter().any(|other| same(other) && other.entries().iter().any(|twin| twin.name == entry.name)) {
                origin = format!("{origin} in {}", short(around, &source.look.path));
            }
            let Some(secret) = secret(entry) else {
                all.left.extend(left(entry, origin));
                continue;
            };
            let provider = match whose(registry, entry) {
                Whose::Provider(provider) => provider,
                other => {
                    all.left.push(unclear(&other, entry, &secret, origin));
                    all.unclear.push(secret);
                    continue;
                }
            };
            let twin = all.keys.iter_mut().find(|one| one.provider == provider && one.secret.same_as(&secret));
            if let Some(twin) = twin {
                twin.origins.push(origin);
                continue;
            }
            let label = label(entry.label.as_deref()).unwrap_or_else(|| source.tool.name.to_owned());
            let claims = registry.claims(&entry.name);
            let named = claims.iter().any(|claim| claim.role == Role::Admin && claim.provider == provider);
            let admin = named || Registry::is_admin(&provider, &secret);
            all.keys.push(Found { provider, secret, label, origins: vec![origin], admin });
        }
    }
    all
}

/// A name in the person's own words as a label: what no label holds becomes a hyphen.
fn label(words: Option<&str>) -> Option<String> {
    const LONG: usize = 48;
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '@' | '+');
    let parts: Vec<&str> = words?.split(|c| !fits(c)).filter(|part| !part.is_empty()).collect();
    let joined: String = parts.join("-").chars().take(LONG).collect();
    let label = joined.trim_matches(|c: char| !c.is_ascii_alphanumeric()).to_owned();
    // A label stands in the open: a key that somebody typed as a name does not become one.
    (!label.is_empty() && !crate::session::dense(&label)).then_some(label)
}

/// Why something that is no key is left alone; nothing of what is only a companion.
fn left(entry: &Entry, origin: String) -> Option<Row> {
    let (mask, why) = match &entry.holds {
        Holding::Account => (String::new(), "left alone: the sign-in of an account".to_owned()),
        Holding::Reference(to) => (shown(to), "left alone: where the key is to be found".to_owned()),
        Holding::Placeholder(text) => (shown(text), "skipped: a placeholder".to_owned()),
        Holding::Unfit(error) => (String::new(), format!("skipped: {error}")),
        Holding::Unreadable => (String::new(), "skipped: it cannot be read".to_owned()),
        Holding::Key(_) => (String::new(), "skipped: more than a key, or none".to_owned()),
        _ => return None,
    };
    let provider = entry.provider.as_ref().map(ToString::to_string).unwrap_or_default();
    Some(Row { key: provider.clone(), provider, mask, from: vec![origin], outcome: Outcome::Left(why), tested: None })
}

/// A key that cannot be told whose it is.
fn unclear(whose: &Whose, entry: &Entry, secret: &Secret, origin: String) -> Row {
    let provider = entry.provider.as_ref().map(ToString::to_string).unwrap_or_default();
    let outcome = match whose {
        Whose::OneOf(several) => Outcome::OneOf(several.clone()),
        Whose::NotAKey(what) => Outcome::Left(format!("skipped: {what}")),
        Whose::OtherHost(host) => Outcome::OtherHost(host.clone()),
        _ => Outcome::Unknown,
    };
    Row { key: provider.clone(), provider, mask: secret.mask(), from: vec![origin], outcome, tested: None }
}

/// Short, on one line, and never a key: a placeholder or a reference may have one within.
fn shown(text: &str) -> String {
    const LONG: usize = 40;
    if crate::session::dense(text) {
        return "…".to_owned();
    }
    let plain: String = text.chars().filter(|c| !c.is_control()).take(LONG).collect();
    if plain.len() < text.len() { plain + "…" } else { plain }
}
