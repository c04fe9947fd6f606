//! Before keys are stored: which of them their providers know.

use std::collections::BTreeMap;

use anyhow::Result;
use byok::name::KeyRef;
use byok::probe::Candidate;
use byok::verdict::Tested;

use super::found::All;
use super::row::{Outcome, Row};
use crate::commands::trial::agreed;
use crate::fault::Fault;
use crate::session::Session;

/// What the providers said, by the number of the key.
#[derive(Default)]
pub(super) struct Tried {
    said: Vec<(Option<Tested>, Option<String>)>,
    /// The keys that their providers turn down, which are not stored.
    pub(super) refused: Vec<Row>,
}

impl Tried {
    /// What was said of this key.
    pub(super) fn known(&self, at: usize) -> Option<&Tested> {
        self.said.get(at)?.0.as_ref()
    }

    /// The host that this key is bound to from now on.
    pub(super) fn host(&self, at: usize) -> Option<String> {
        self.said.get(at)?.1.clone()
    }
}

/// Tries all keys that were found, and takes those out that are turned down.
pub(super) fn all(session: &Session<'_>, found: &mut All) -> Result<Tried> {
    if session.is_offline() {
        return Err(Fault::misused("`--test` asks the network, and byok is offline")
            .hint("`unset BYOK_OFFLINE`, or take `offline` out of `config.toml`")
            .into());
    }
    let registry = session.registry()?;
    let (mut names, mut candidates, mut sent) = (Vec::new(), Vec::new(), Vec::new());
    for one in &found.keys {
        let name = KeyRef { provider: one.provider.clone(), label: None };
        let (provider, secret) = (registry.get(&one.provider), one.secret.clone());
        let candidate = Candidate { provider, secret, fields: BTreeMap::new() };
        let host = agreed(session, &name, &candidate, None)?.ok();
        if host.is_some() {
            names.push(name.to_string());
            candidates.push(candidate);
        }
        sent.push(host);
    }
    let held = session.hold_signals();
    let mut verdicts = session.probe(&names, &candidates, &session.usual())?.into_iter();
    drop(held);
    let mut tried = Tried::default();
    let mut kept = Vec::new();
    for (one, host) in std::mem::take(&mut found.keys).into_iter().zip(sent) {
        let Some(host) = host else {
            tried.said.push((None, None));
            kept.push(one);
            continue;
        };
        let Some(tested) = verdicts.next().flatten() else {
            return Err(Fault::failed("the test was stopped; nothing was stored").into());
        };
        if tested.verdict.is_refused() {
            let (provider, mask) = (one.provider.to_string(), one.secret.mask());
            let (key, from, outcome) = (provider.clone(), one.origins, Outcome::Refused);
            tried.refused.push(Row { provider, key, mask, from, outcome, tested: Some(tested) });
        } else {
            tried.said.push((Some(tested), host));
            kept.push(one);
        }
    }
    found.keys = kept;
    Ok(tried)
}
