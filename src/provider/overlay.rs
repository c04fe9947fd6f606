//! A person's own `providers.toml`: providers that byok does not know, and changes to those it does.

use std::collections::BTreeMap;

use toml::{Spanned, Table, Value};

use crate::name::{EnvName, ProviderId};
use crate::wash::{dense, untold};

use super::entry::{EntryError, Provider};
use super::proof::moved;
use super::{Claim, Role, index};

/// Why a `providers.toml` cannot be used. What it repeats of the file is no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct RegistryError {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong there, in one line.
    pub message: String,
}

impl RegistryError {
    fn at(text: &str, offset: usize, message: impl AsRef<str>) -> Self {
        let before = text.get(..offset).unwrap_or_default();
        Self {
            line: before.matches('\n').count() + 1,
            column: before.chars().rev().take_while(|&c| c != '\n').count() + 1,
            message: message.as_ref().lines().collect::<Vec<_>>().join(" "),
        }
    }

    fn toml(text: &str, error: &toml::de::Error) -> Self {
        Self::at(text, error.span().map_or(0, |span| span.start), untold(error.message()))
    }
}

/// The entries of a `providers.toml`, each already laid over the built-in one of its id.
#[derive(Debug, Clone)]
pub(super) struct Overlay {
    pub(super) providers: BTreeMap<ProviderId, Provider>,
}

impl Overlay {
    pub(super) fn parse(text: &str) -> Result<Self, RegistryError> {
        // Read twice: typed, because only then an error knows its place, and as tables, which can be merged.
        let typed: BTreeMap<Spanned<String>, Provider> =
            toml::from_str(text).map_err(|error| RegistryError::toml(text, &error))?;
        let mut tables: Table = toml::from_str(text).map_err(|error| RegistryError::toml(text, &error))?;
        let mut providers = BTreeMap::new();
        let mut places = BTreeMap::new();
        for name in typed.keys() {
            let place = name.span().start;
            let shown = if dense(name.get_ref()) { "…" } else { name.get_ref().as_str() };
            let fail = |message: String| RegistryError::at(text, place, format!("`{shown}`: {message}"));
            let id = ProviderId::parse(name.get_ref()).map_err(|error| fail(untold(&error.to_string())))?;
            let Some(Value::Table(given)) = tables.remove(name.get_ref()) else { continue };
            let provider = merged(&id, given).map_err(|error| fail(error.to_string()))?;
            places.insert(id.clone(), place);
            providers.insert(id, provider);
        }
        let overlay = Self { providers };
        for (id, provider) in &overlay.providers {
            if let Some(message) = overlay.collision(provider) {
                return Err(RegistryError::at(text, places.get(id).copied().unwrap_or_default(), message));
            }
        }
        Ok(overlay)
    }

    pub(super) fn get(&self, id: &str) -> Option<&Provider> {
        // `Borrow<str>` is not implemented for ids; a person has a handful of own entries.
        self.providers.values().find(|own| own.id.as_str() == id)
    }

    /// The entry that goes by this other name.
    pub(super) fn alias(&self, name: &str) -> Option<&ProviderId> {
        self.providers.values().find(|own| answers_to(own, name)).map(|own| &own.id)
    }

    /// What this entry says is its own and is another provider's, in words.
    fn collision(&self, own: &Provider) -> Option<String> {
        self.name_taken(own).or_else(|| self.variable_taken(own)).or_else(|| self.prefix_taken(own))
    }

    fn name_taken(&self, own: &Provider) -> Option<String> {
        let id = own.id.as_str();
        if let Some(other) = self.holder_of_name(id, id) {
            return Some(format!("`{id}` is another name of `{other}`: describe it as `[{other}]`"));
        }
        own.aliases.iter().find_map(|alias| {
            let other = self.holder_of_name(id, alias)?;
            Some(format!("the alias `{alias}` belongs to both `{other}` and `{id}`"))
        })
    }

    /// The other provider whose id or alias this is. An id of the registry is nobody's alias.
    fn holder_of_name<'a>(&'a self, mine: &str, name: &'a str) -> Option<&'a str> {
        if name == mine && index::is_known(mine) {
            return None;
        }
        let entries = || self.providers.values().filter(|entry| entry.id.as_str() != mine);
        let named = |entry: &&Provider| entry.id.as_str() == name || entry.aliases.iter().any(|alias| alias == name);
        let entry = entries().find(named).map(|entry| entry.id.as_str());
        let builtin = || Some(name).filter(|id| index::is_known(id) && *id != mine);
        let alias = || index::alias(name).filter(|id| *id != mine && self.get(id).is_none());
        entry.or_else(builtin).or_else(alias)
    }

    fn variable_taken(&self, own: &Provider) -> Option<String> {
        let env = &own.env;
        let taken = |name: &EnvName, clash: fn(&Claim) -> bool| {
            let builtin = index::readers(name.as_str()).filter(|reader| self.get(reader.id).is_none());
            let entries = self.providers.values().filter_map(|entry| Claim::of_entry(entry, name.as_str()));
            let mut claims =
                builtin.filter_map(Claim::of_reader).chain(entries).filter(|claim| claim.provider != own.id);
            let other = claims.find(clash)?.provider;
            Some(format!("the variable `{name}` belongs to both `{other}` and `{}`", own.id))
        };
        // A key may be shared by those who say so; what one provider shows as a field must be no other's key.
        let key = env.key.iter().find_map(|name| taken(name, |claim| claim.owner || claim.role != Role::Key));
        let shared = || env.shared.iter().find_map(|name| taken(name, |claim| claim.role != Role::Key));
        let fields = || env.fields.values().flatten().find_map(|name| taken(name, |claim| claim.role == Role::Key));
        key.or_else(shared).or_else(fields)
    }

    fn prefix_taken(&self, own: &Provider) -> Option<String> {
        let builtin = || index::signs().filter(|[kind, id, ..]| *kind == "certain" && self.get(id).is_none());
        let entries = || self.providers.values().filter(|entry| entry.id != own.id);
        own.shape.certain.iter().find_map(|prefix| {
            let builtin = builtin().find(|[_, _, text, _]| text == prefix).map(|[_, id, ..]| id);
            let entry = || entries().find(|entry| entry.shape.certain.contains(prefix)).map(|entry| entry.id.as_str());
            let other = builtin.or_else(entry)?;
            Some(format!("the prefix `{prefix}` is certain for both `{other}` and `{}`", own.id))
        })
    }
}

/// Whether an entry goes by this other name, separators aside.
pub(super) fn answers_to(provider: &Provider, name: &str) -> bool {
    let squeezed = |text: &str| text.replace(['.', '-', '_'], "");
    provider.aliases.iter().any(|alias| alias == name || squeezed(alias) == name)
        || squeezed(provider.id.as_str()) == name
}

/// The entry that holds where `given` stands over the built-in one.
fn merged(id: &ProviderId, mut given: Table) -> Result<Provider, EntryError> {
    let builtin = index::provider(id.as_str()).and_then(|line| line.entry.parse::<Table>().ok());
    let mut table = builtin.unwrap_or_default();
    if given.contains_key("admin") {
        let why = "only the registry says where an admin key may go".to_owned();
        return Err(EntryError::Rule { field: "admin".to_owned(), why });
    }
    if let Some(Value::String(endpoint)) = given.get("base_url") {
        move_test(&mut table, endpoint);
        stay_home(&mut table);
    }
    // An entry can be tested or says why it cannot; whoever gives one of them takes the other back.
    for (one, other) in [("test", "untestable"), ("untestable", "test")] {
        if given.contains_key(one) {
            table.remove(other);
        }
    }
    // Whether an address of a person's own looks at the key is not known, unless they say so.
    if let Some(Value::Table(test)) = given.get_mut("test")
        && !test.contains_key("unproven")
    {
        test.insert("unproven".to_owned(), Value::Boolean(true));
    }
    for part in ["env", "shape"] {
        match (table.get_mut(part), given.remove(part)) {
            (Some(Value::Table(old)), Some(Value::Table(new))) => overwrite(old, new),
            (_, Some(new)) => drop(table.insert(part.to_owned(), new)),
            (_, None) => {}
        }
    }
    table.extend(given);
    Provider::from_table(id, table)
}

/// Takes the built-in test along to a person's own address, or away: their key must not go where it used to point.
fn move_test(table: &mut Table, endpoint: &str) {
    let base_url = table.get("base_url").and_then(Value::as_str).unwrap_or_default().to_owned();
    let Some(Value::Table(test)) = table.get_mut("test") else { return };
    test.remove("retry_url");
    if let Some(url) = test.get("url").and_then(Value::as_str).and_then(|url| moved(url, &base_url, endpoint)) {
        test.insert("url".to_owned(), Value::String(url));
    } else {
        table.remove("test");
        let reason = "the test that is built in asks another address";
        table.insert("untestable".to_owned(), Value::String(reason.to_owned()));
    }
}

/// Keys that live at a person's own address are not the provider's to make and revoke; that a key is an admin key, and
/// what it is tested with, stays.
fn stay_home(table: &mut Table) {
    let Some(Value::Table(admin)) = table.get_mut("admin") else { return };
    for deed in ["scopes", "list", "make", "revoke", "revoke_owner"] {
        admin.remove(deed);
    }
}

/// Field by field, into `fields` too.
fn overwrite(old: &mut Table, mut new: Table) {
    if let (Some(Value::Table(old)), Some(Value::Table(fields))) = (old.get_mut("fields"), new.get("fields")) {
        old.extend(fields.clone());
        new.remove("fields");
    }
    old.extend(new);
}
