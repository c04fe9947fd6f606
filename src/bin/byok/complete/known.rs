//! The names that completion offers: what stands in the meant profile, as far as it opens without asking, and in the
//! registry. Read when the first argument needs them, and only names are kept.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::sync::OnceLock;

use byok::name::{KeyRef, ProviderId};
use byok::profile::{Key, Profile};
use byok::provider::Registry;
use byok::store::Store as _;
use clap::CommandFactory;
use clap_complete::engine::CompletionCandidate;

use crate::cli::Cli;
use crate::cli::manual::topics::TOPICS;
use crate::harden::CoreLimit;
use crate::session::Session;
use crate::ui::Ui;
use crate::vars::Vars;

/// What is known, once it is read.
pub(super) struct Known {
    /// The words up to the cursor.
    words: Vec<String>,
    core_limit: CoreLimit,
    names: OnceLock<Names>,
}

/// Names, and no values.
struct Names {
    registry: Registry,
    profiles: Vec<String>,
    /// `None` if the profile does not open without asking.
    keys: Option<Vec<Stored>>,
    /// Those who open it, and what each is for.
    openers: Vec<(String, &'static str)>,
    /// The keys of the profiles that answer after it, as far as those open.
    after: Vec<Stored>,
}

/// One key that is there.
struct Stored {
    provider: ProviderId,
    label: String,
    /// Whether it has its provider to itself, and no label.
    alone: bool,
    active: bool,
    tags: Vec<String>,
}

impl Stored {
    fn all(profile: &Profile) -> Vec<Self> {
        let stored = |(key, shown): (&Key, KeyRef)| Self {
            alone: shown.label.is_none(),
            active: profile.active(&key.provider).is_some_and(|one| one.label == key.label),
            provider: key.provider.clone(),
            label: key.label.to_string(),
            tags: key.tags.clone(),
        };
        profile.keys().iter().zip(profile.display_all()).map(stored).collect()
    }
}

impl Known {
    pub(super) fn new(words: &[OsString], core_limit: CoreLimit) -> Self {
        let words = words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
        Self { words, core_limit, names: OnceLock::new() }
    }

    /// Keys by provider and label; without `labelled`, also by their provider alone.
    pub(super) fn keys(&self, typed: &str, labelled: bool) -> Vec<CompletionCandidate> {
        self.of(typed, labelled, &[])
    }

    /// The same, with those of the profiles in `fallback`.
    pub(super) fn answering(&self, typed: &str) -> Vec<CompletionCandidate> {
        self.of(typed, false, &self.names().after)
    }

    fn of(&self, typed: &str, labelled: bool, after: &[Stored]) -> Vec<CompletionCandidate> {
        let names = self.names();
        let Some(keys) = &names.keys else { return self.providers(typed) };
        let mut found = Vec::new();
        for key in keys.iter().chain(after) {
            let (provider, words) = (key.provider.as_str(), || names.registry.get(&key.provider).name);
            if !labelled && key.active && provider.starts_with(typed) {
                found.push(CompletionCandidate::new(provider).help(Some(words().into())));
            }
            let name = format!("{provider}:{}", key.label);
            if (labelled || !key.alone) && name.starts_with(typed) {
                let active = if key.active { ", active" } else { "" };
                found.push(CompletionCandidate::new(name).help(Some(format!("{}{active}", words()).into())));
            }
        }
        found.sort_by(|a, b| a.get_value().cmp(b.get_value()));
        found.dedup_by(|a, b| a.get_value() == b.get_value());
        found
    }

    /// All providers that still work.
    pub(super) fn providers(&self, typed: &str) -> Vec<CompletionCandidate> {
        let registry = &self.names().registry;
        let meant = registry.offered().into_iter().filter(|id| id.as_str().starts_with(typed));
        meant.map(|id| described(registry, &id)).collect()
    }

    /// The providers of `providers.toml`.
    pub(super) fn own_providers(&self, typed: &str) -> Vec<CompletionCandidate> {
        let registry = &self.names().registry;
        let own = registry.ids().into_iter().filter(|id| registry.is_own(id) && id.as_str().starts_with(typed));
        own.map(|id| described(registry, &id)).collect()
    }

    pub(super) fn profiles(&self, typed: &str) -> Vec<CompletionCandidate> {
        let meant = self.names().profiles.iter().filter(|name| name.starts_with(typed));
        meant.map(CompletionCandidate::new).collect()
    }

    /// The tags of all keys.
    pub(super) fn tags(&self, typed: &str) -> Vec<CompletionCandidate> {
        let keys = self.names().keys.iter().flatten();
        let tags: BTreeSet<&String> = keys.flat_map(|key| &key.tags).filter(|tag| tag.starts_with(typed)).collect();
        tags.into_iter().map(CompletionCandidate::new).collect()
    }

    /// Those who open the profile, by name.
    pub(super) fn openers(&self, typed: &str) -> Vec<CompletionCandidate> {
        let meant = self.names().openers.iter().filter(|(name, _)| name.starts_with(typed));
        meant.map(|(name, kind)| CompletionCandidate::new(name).help(Some((*kind).into()))).collect()
    }

    /// The fields of the provider that is named on the line.
    pub(super) fn fields(&self, typed: &str) -> Vec<CompletionCandidate> {
        let registry = &self.names().registry;
        let named = self.words.iter().skip(2).find_map(|word| {
            let id = registry.find(word.split(':').next()?).ok()?;
            registry.is_known(&id).then_some(id)
        });
        let fields = named.map(|id| registry.exports(&id).fields).unwrap_or_default();
        let fields = fields.iter().map(|(field, _)| format!("{field}=")).filter(|field| field.starts_with(typed));
        fields.map(CompletionCandidate::new).collect()
    }

    /// Topics, and the verbs that stand one level below what is typed already.
    pub(super) fn help_pages(&self, typed: &str) -> Vec<CompletionCandidate> {
        let mut command = Cli::command();
        command.build();
        let mut at = &command;
        let before: Vec<&String> = self.words.iter().skip(2).take(self.words.len().saturating_sub(3)).collect();
        for verb in &before {
            let Some(inner) = at.find_subcommand(verb) else { return Vec::new() };
            at = inner;
        }
        let verbs =
            at.get_subcommands().map(|verb| CompletionCandidate::new(verb.get_name()).help(verb.get_about().cloned()));
        // `identity` is a verb as well, and stands there.
        let topics = TOPICS.iter().filter(|topic| before.is_empty() && at.find_subcommand(topic.name).is_none());
        let topics = topics.map(|topic| CompletionCandidate::new(topic.name).help(Some(topic.about.into())));
        let mut found: Vec<_> = verbs.collect();
        found.extend(topics);
        found.retain(|one| one.get_value().to_string_lossy().starts_with(typed));
        found
    }

    fn names(&self) -> &Names {
        self.names.get_or_init(|| self.read().unwrap_or_default())
    }

    fn read(&self) -> Option<Names> {
        let vars = Vars::read();
        let ui = Ui::new(&vars, true);
        let session = Session::new(&ui, &vars, self.profile(), self.core_limit).ok()?;
        let profiles = session.store().profiles().unwrap_or_default();
        let glance = session.glance().ok();
        let openers = glance.iter().flatten().flat_map(|profile| {
            let known = profile.recipients().iter().filter_map(|one| profile.opener(one));
            known.map(|one| (one.name.clone(), one.kind.as_str()))
        });
        let openers = openers.filter(|(name, _)| !name.is_empty()).collect();
        let keys = glance.map(|profile| profile.as_ref().map(Stored::all).unwrap_or_default());
        let after =
            session.settings.fallback(&session.profile).filter_map(|name| session.glance_at(name).ok().flatten());
        let after = after.flat_map(|profile| Stored::all(&profile)).collect();
        Some(Names {
            registry: session.fresh_registry().unwrap_or_else(|_| Registry::builtin()),
            profiles: profiles.iter().map(ToString::to_string).collect(),
            keys,
            openers,
            after,
        })
    }

    /// The profile that is named before the cursor: the words may not yet make a whole that clap would read.
    fn profile(&self) -> Option<&str> {
        let (_, before) = self.words.split_last()?;
        let mut words = before.iter().skip(1).take_while(|word| *word != "--");
        let mut named = None;
        while let Some(word) = words.next() {
            if word == "-p" || word == "--profile" {
                named = words.next().map(String::as_str);
            } else if let Some(name) = word.strip_prefix("--profile=") {
                named = Some(name);
            } else if let Some(name) = word.strip_prefix("-p") {
                named = Some(name.strip_prefix('=').unwrap_or(name));
            }
        }
        named
    }
}

impl Default for Names {
    fn default() -> Self {
        Self { registry: Registry::builtin(), profiles: Vec::new(), keys: None, openers: Vec::new(), after: Vec::new() }
    }
}

fn described(registry: &Registry, id: &ProviderId) -> CompletionCandidate {
    CompletionCandidate::new(id.as_str()).help(Some(registry.get(id).name.into()))
}
