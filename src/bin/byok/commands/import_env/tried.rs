//! Before keys are stored: which of them their providers know.

use std::collections::BTreeMap;

use anyhow::Result;
use byok::import::plan::{Plan, Proposal};
use byok::name::ProviderId;
use byok::probe::Candidate;
use byok::verdict::Tested;

use super::report::{Outcome, Row, origins};
use crate::fault::Fault;
use crate::session::Session;

/// What the providers said.
#[derive(Default)]
pub(super) struct Tried {
    known: BTreeMap<ProviderId, Tested>,
    /// The keys that their providers turn down, which are not stored.
    pub(super) refused: Vec<Row>,
}

impl Tried {
    /// What was said of this provider's key.
    pub(super) fn known(&self, provider: &ProviderId) -> Option<&Tested> {
        self.known.get(provider)
    }
}

/// Tries all keys that were found, and takes those out that are turned down.
pub(super) fn all(session: &Session<'_>, found: &mut Plan) -> Result<Tried> {
    if session.is_offline() {
        return Err(Fault::misused("`--test` asks the network, and byok is offline")
            .hint("`unset BYOK_OFFLINE`, or take `offline` out of `config.toml`")
            .into());
    }
    let registry = session.registry()?;
    let candidate = |one: &Proposal| Candidate {
        provider: registry.get(&one.provider),
        secret: one.secret.clone(),
        fields: one.fields.clone(),
    };
    let names: Vec<String> = found.keys.iter().map(|one| one.provider.to_string()).collect();
    let candidates: Vec<Candidate> = found.keys.iter().map(candidate).collect();
    let held = session.hold_signals();
    let verdicts = session.probe(&names, &candidates, &session.usual())?;
    drop(held);
    let mut tried = Tried::default();
    for (one, tested) in std::mem::take(&mut found.keys).into_iter().zip(verdicts) {
        let Some(tested) = tested else { return Err(Fault::failed("the test was stopped; nothing was stored").into()) };
        if tested.verdict.is_refused() {
            tried.refused.push(Row {
                key: one.provider.to_string(),
                mask: one.secret.mask(),
                from: origins(&one.origins),
                provider: one.provider,
                outcome: Outcome::Refused,
                tested: Some(tested),
            });
        } else {
            tried.known.insert(one.provider.clone(), tested);
            found.keys.push(one);
        }
    }
    Ok(tried)
}
