//! When keys were handed out last, as the log tells.

use std::collections::HashMap;

use jiff::Timestamp;

use super::{Entry, Log};
use crate::name::{Label, ProfileName, ProviderId};

/// The last time of each key, and how far back the log goes.
#[derive(Debug, Default)]
pub struct Uses {
    /// The first entry of the log; none where it is empty.
    pub since: Option<Timestamp>,
    named: HashMap<(ProfileName, ProviderId, Label), Use>,
    /// The last time that more keys of a profile went out than an entry names.
    unnamed: HashMap<ProfileName, Use>,
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
    /// When this key went out last. Where an entry does not name all of its keys, this one counts as one of them.
    pub fn last(&self, profile: &ProfileName, provider: &ProviderId, label: &Label) -> Option<&Use> {
        let named = self.named.get(&(profile.clone(), provider.clone(), label.clone()));
        named.into_iter().chain(self.unnamed.get(profile)).max_by_key(|one| one.at)
    }
}

impl Log {
    /// When keys were handed out last.
    pub fn uses(&self) -> Uses {
        let mut uses = Uses::default();
        for line in self.lines() {
            let Ok(entry) = serde_json::from_str::<Entry>(line) else { continue };
            uses.since = uses.since.or(Some(entry.at));
            let Some(profile) = entry.profile.filter(|_| entry.generation.is_none()) else { continue };
            let one = Use { at: entry.at, verb: entry.verb, program: entry.actor.agent.or(entry.actor.program) };
            // The order of the lines is not that of their times: reads come in late.
            let later = |old: &mut Use| {
                if old.at <= one.at {
                    old.clone_from(&one);
                }
            };
            for key in entry.keys {
                let name = (profile.clone(), key.provider, key.label);
                uses.named.entry(name).and_modify(later).or_insert_with(|| one.clone());
            }
            if entry.more > 0 {
                uses.unnamed.entry(profile).and_modify(later).or_insert_with(|| one.clone());
            }
        }
        uses
    }
}
