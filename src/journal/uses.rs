//! When keys were handed out last, as the log tells.

use std::borrow::Cow;
use std::collections::HashMap;

use jiff::Timestamp;
use serde::Deserialize;

use super::Log;
use crate::name::{Label, ProfileName, ProviderId};

/// The last time of each key of a profile, and how far back the log goes.
#[derive(Debug, Default)]
pub struct Uses {
    /// The first entry of the log; none where it is empty.
    pub since: Option<Timestamp>,
    named: HashMap<ProviderId, HashMap<Label, Use>>,
    /// By the fingerprint of what went out, whatever its name was then.
    secrets: HashMap<String, Use>,
    /// The last time that more keys went out than an entry names.
    unnamed: Option<Use>,
}

/// One time that a key was handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// When.
    pub at: Timestamp,
    /// By which verb: `env`, `get`.
    pub verb: String,
    /// To which program, as far as the system told.
    pub program: Option<String>,
}

impl Uses {
    /// When this key went out last, under its name or, by the fingerprint of its secret, under another one that it had.
    /// Where an entry does not name all of its keys, this one counts as one of them.
    pub fn last(&self, provider: &ProviderId, label: &Label, fingerprint: Option<&str>) -> Option<&Use> {
        let named = self.named.get(provider).and_then(|labels| labels.get(label));
        let renamed = fingerprint.and_then(|one| self.secrets.get(one));
        named.into_iter().chain(renamed).chain(&self.unnamed).max_by_key(|one| one.at)
    }
}

/// What a line tells of a use: the same as [`super::Entry`], borrowed, for there may be 100,000 of them.
#[derive(Deserialize)]
struct Line<'l> {
    at: Timestamp,
    #[serde(borrow, rename = "do", default)]
    verb: Cow<'l, str>,
    #[serde(borrow, default)]
    profile: Option<Cow<'l, str>>,
    #[serde(default)]
    generation: Option<u64>,
    #[serde(borrow, default)]
    keys: Vec<Name<'l>>,
    #[serde(default)]
    more: usize,
    #[serde(borrow, default)]
    program: Option<Cow<'l, str>>,
    #[serde(borrow, default)]
    agent: Option<Cow<'l, str>>,
}

/// Which key.
#[derive(Deserialize, PartialEq, Eq, Hash)]
struct Name<'l> {
    #[serde(borrow)]
    provider: Cow<'l, str>,
    #[serde(borrow, default)]
    label: Option<Cow<'l, str>>,
    #[serde(borrow, default)]
    fingerprint: Option<Cow<'l, str>>,
}

impl Log {
    /// When keys of this profile were handed out last.
    pub fn uses(&self, profile: &ProfileName) -> Uses {
        let mut uses = Uses::default();
        for text in self.lines() {
            let Ok(line) = serde_json::from_str::<Line<'_>>(text) else { continue };
            uses.since = uses.since.or(Some(line.at));
            if line.generation.is_some() || line.profile.as_deref() != Some(profile.as_str()) {
                continue;
            }
            let last = || Use {
                at: line.at,
                verb: line.verb.clone().into_owned(),
                program: line.agent.as_ref().or(line.program.as_ref()).map(|name| name.clone().into_owned()),
            };
            // The order of the lines is not that of their times: reads come in late.
            let is_later = |old: Option<&Use>| old.is_none_or(|old| old.at <= line.at);
            for key in &line.keys {
                let (Ok(provider), Ok(label)) = (ProviderId::parse(&key.provider), label(key.label.as_deref())) else {
                    continue;
                };
                let of_provider = uses.named.entry(provider).or_default();
                if is_later(of_provider.get(&label)) {
                    of_provider.insert(label, last());
                }
                if let Some(one) = key.fingerprint.as_deref()
                    && is_later(uses.secrets.get(one))
                {
                    uses.secrets.insert(one.to_owned(), last());
                }
            }
            if line.more > 0 && is_later(uses.unnamed.as_ref()) {
                uses.unnamed = Some(last());
            }
        }
        uses
    }
}

fn label(text: Option<&str>) -> Result<Label, crate::name::NameError> {
    text.map_or_else(|| Ok(Label::default()), Label::parse)
}
