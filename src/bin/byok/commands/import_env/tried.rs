//! Before keys are stored: which of them their providers know.

use std::collections::BTreeMap;

use anyhow::Result;
use byok::import::plan::{Plan, Proposal};
use byok::keys;
use byok::name::{KeyRef, ProviderId};
use byok::probe::Candidate;
use byok::store::Store as _;
use byok::verdict::Tested;

use super::report::{Outcome, Row, origins};
use crate::commands::trial::agreed;
use crate::fault::Fault;
use crate::session::Session;

/// What the providers said.
#[derive(Default)]
pub(super) struct Tried {
    known: BTreeMap<(ProviderId, bool), Tested>,
    hosts: BTreeMap<(ProviderId, bool), String>,
    /// The keys that their providers turn down, which are not stored.
    pub(super) refused: Vec<Row>,
}

impl Tried {
    /// What was said of this key.
    pub(super) fn known(&self, one: &Proposal) -> Option<&Tested> {
        self.known.get(&one.slot())
    }

    /// The host that this key is bound to from now on.
    pub(super) fn host(&self, one: &Proposal) -> Option<String> {
        self.hosts.get(&one.slot()).cloned()
    }
}

/// Tries all keys that were found, and takes those out that are turned down. One whose entry leads elsewhere than it
/// always did is not tried, unless a person agrees.
pub(super) fn all(session: &Session<'_>, found: &mut Plan, replace: bool) -> Result<Tried> {
    if session.is_offline() {
        return Err(Fault::misused("`--test` asks the network, and byok is offline")
            .hint("`unset BYOK_OFFLINE`, or take `offline` out of `config.toml`")
            .into());
    }
    let registry = session.registry()?;
    let stored = session.store().read(&session.profile)?.map(|(profile, _)| profile);
    let candidate = |one: &Proposal| {
        // It takes the place of the active key, and lives where that one does, unless another address came with it.
        let old = stored.as_ref().and_then(|profile| keys::rival(profile, &one.provider, one.admin));
        let mut fields = old.map(|key| key.fields.clone()).unwrap_or_default();
        fields.extend(one.fields.clone());
        Candidate { provider: registry.get(&one.provider), secret: one.secret.clone(), fields }
    };
    let mut tried = Tried::default();
    let (mut asked, mut candidates): (Vec<Proposal>, Vec<Candidate>) = Default::default();
    let mut kept = Vec::new();
    for one in std::mem::take(&mut found.keys) {
        let candidate = candidate(&one);
        let name = KeyRef { provider: one.provider.clone(), label: None };
        let twin = stored.as_ref().and_then(|profile| keys::rival(profile, &one.provider, one.admin));
        let twin = twin.filter(|key| key.secret.same_as(&one.secret));
        // What would only move a stored key is not stored without consent, and not sent either.
        if twin.is_some_and(|key| !replace && super::moved(session, key, &one).is_some()) {
            kept.push(one);
            continue;
        }
        let Ok(host) = agreed(session, &name, &candidate, twin.and_then(|key| key.host.as_deref()))? else {
            kept.push(one);
            continue;
        };
        tried.hosts.extend(host.map(|host| (one.slot(), host)));
        candidates.push(candidate);
        asked.push(one);
    }
    found.keys = kept;
    let names: Vec<String> = asked.iter().map(|one| one.provider.to_string()).collect();
    let held = session.hold_signals();
    let verdicts = session.probe(&names, &candidates, &session.usual())?;
    drop(held);
    for (one, tested) in asked.into_iter().zip(verdicts) {
        let Some(tested) = tested else { return Err(Fault::failed("the test was stopped; nothing was stored").into()) };
        if tested.verdict.is_refused() {
            tried.refused.push(Row {
                key: one.provider.to_string(),
                mask: one.secret.mask(),
                from: origins(&one.origins),
                provider: one.provider,
                admin: one.admin,
                outcome: Outcome::Refused,
                tested: Some(tested),
            });
        } else {
            tried.known.insert(one.slot(), tested);
            found.keys.push(one);
        }
    }
    Ok(tried)
}
