//! Before a key is stored: whether its provider knows it.

use std::collections::BTreeMap;

use anyhow::Result;
use byok::name::{KeyRef, ProviderId};
use byok::probe::{self, Candidate};
use byok::provider::Registry;
use byok::secret::Secret;
use byok::verdict::{Facts, Tested, Verdict, Worth};

use crate::fault::Fault;
use crate::session::Session;
use crate::session::network::{Bond, bond};
use crate::words;

/// What is known of a key when it is stored.
#[derive(Default)]
pub(crate) struct Known {
    /// What the provider said of it, if it could be asked.
    pub(crate) tested: Option<Tested>,
    /// The host that it is bound to, where the provider is a person's own.
    pub(crate) host: Option<String>,
}

/// Asks the provider, unless that is not wanted. A key that it disowns is an error, unless a person wants it all the
/// same; where nothing can be learnt, that is said, and the key counts as untested.
/// `bound` is the host of the key that is stored under this name; `done` is what would come of it: `stored` or `changed`.
pub(crate) fn before(
    session: &Session<'_>,
    name: &KeyRef,
    candidate: Candidate,
    bound: Option<&str>,
    skip: bool,
    done: &str,
) -> Result<Known> {
    let issuer = candidate.provider.name.clone();
    let Known { tested, host } = asked(session, name, candidate, bound, skip, done)?;
    let Some(tested) = tested else { return Ok(Known { tested, host }) };
    let sentence = words::sentence(&tested, session.now);
    if tested.verdict.is_refused() {
        let question = format!("{issuer} turns this key down: {sentence}\nshall it be {done} all the same?");
        if session.ui.confirm(&question)? != Some(true) {
            return Err(Fault::tested(format!("{issuer} turns this key down: {sentence}"))
                .hint(format!("nothing was {done}; `--no-test` does it all the same"))
                .into());
        }
    }
    match tested.verdict.worth() {
        Worth::Usable => session.ui.say(&format!("tested: {sentence}")),
        Worth::Dead => session.ui.warn(&format!("tested: {sentence}")),
        Worth::Untested => session.ui.say(&format!("not tested: {}", words::says(&tested, session.now))),
        Worth::Unknown => {
            session.ui.warn(&format!("not tested: {sentence}"));
            session.ui.hint(&format!("try again with `byok test {name}`"));
            return Ok(Known { tested: None, host });
        }
    }
    Ok(Known { tested: Some(tested), host })
}

/// What the provider says of a key, unless that is not wanted, and the host that the key is bound to from now on.
pub(crate) fn asked(
    session: &Session<'_>,
    name: &KeyRef,
    candidate: Candidate,
    bound: Option<&str>,
    skip: bool,
    done: &str,
) -> Result<Known> {
    let host = match bond(&candidate, bound) {
        Bond::New(host) => Some(host),
        Bond::Kept => None,
        // Untested, it goes nowhere yet: the question comes with the first test.
        Bond::Moved { .. } if skip || session.is_offline() => None,
        Bond::Moved { .. } => agreed(session, name, &candidate, bound)?.map_err(|_| {
            Fault::refused(format!("nothing was {done}: its address is not the one of {}", candidate.provider.name))
                .hint("say that it is right with `--endpoint URL`, or store it untested with `--no-test`")
        })?,
    };
    if skip || session.is_offline() {
        return Ok(Known { tested: None, host });
    }
    let held = session.hold_signals();
    let tested = session.probe(&[name.to_string()], &[candidate], &session.usual())?.pop().flatten();
    if tested.is_none() {
        // The signal that stopped it takes effect when it is no longer held.
        session.ui.say(&format!("stopped; nothing was {done}"));
        drop(held);
        return Err(Fault::failed("the test was stopped").into());
    }
    drop(held);
    Ok(Known { tested, host })
}

/// Whether a key may go where its entry leads, and the host that it is bound to from now on; a person is asked where the
/// entry leads elsewhere than before.
pub(crate) fn agreed(
    session: &Session<'_>,
    name: &KeyRef,
    candidate: &Candidate,
    host: Option<&str>,
) -> Result<Result<Option<String>, Tested>> {
    Ok(match bond(candidate, host) {
        Bond::Kept => Ok(None),
        Bond::New(host) => Ok(Some(host)),
        Bond::Moved { from, to } => {
            let moved = format!("the address of `{}` has changed from {from} to {to}", candidate.provider.id);
            if session.ui.confirm(&format!("{moved}; send `{name}` there?"))? == Some(true) {
                Ok(Some(to))
            } else {
                session.ui.warn(&format!("{moved}: `{name}` was not sent there"));
                session.ui.hint(&format!("if that is right, agree to it in a terminal: `byok test {name}`"));
                let says = Some(format!("not sent: the address has changed from {from} to {to}"));
                let at = session.now;
                let facts = Facts::default();
                Err(Tested { verdict: Verdict::Untestable, cause: None, at, ms: None, says, facts, since: None })
            }
        }
    })
}

/// Sends a key to each of several providers, with a person's consent, to see which one knows it.
pub(crate) fn whose(
    session: &Session<'_>,
    registry: &Registry,
    several: &[ProviderId],
    secret: &Secret,
) -> Result<ProviderId> {
    let candidate =
        |id: &ProviderId| Candidate { provider: registry.get(id), secret: secret.clone(), fields: BTreeMap::new() };
    // Neither to where an entry of one's own leads, nor to whatever listens on this machine.
    let strange = |candidate: &Candidate| {
        let local = probe::host(candidate).is_some_and(|host| is_local(&host));
        local || matches!(bond(candidate, None), Bond::Moved { .. })
    };
    let (several, candidates): (Vec<&ProviderId>, Vec<Candidate>) =
        several.iter().map(|id| (id, candidate(id))).filter(|(_, candidate)| !strange(candidate)).unzip();
    let names: Vec<String> = several.iter().map(ToString::to_string).collect();
    let held = session.hold_signals();
    let verdicts = session.probe(&names, &candidates, &session.usual())?;
    drop(held);
    let (mut knowing, mut answered) = (Vec::new(), false);
    for (&id, tested) in several.iter().zip(verdicts) {
        let Some(tested) = tested else { continue };
        session.ui.say(&format!("{}: {}", registry.get(id).name, words::sentence(&tested, session.now)));
        answered |= tested.verdict.worth() != Worth::Unknown;
        if tested.verdict.is_accepted() {
            knowing.push(id.clone());
        }
    }
    if !answered {
        return Err(Fault::failed("none of them could be asked whose key this is")
            .hint("try again later, or name the provider: `byok add PROVIDER`")
            .into());
    }
    match knowing.as_slice() {
        [one] => Ok(one.clone()),
        none_or_many => {
            let what =
                if none_or_many.is_empty() { "nobody says that it is theirs" } else { "several of them take it" };
            let shown: Vec<&ProviderId> = if none_or_many.is_empty() { several } else { none_or_many.iter().collect() };
            let fault = Fault::misused(format!("cannot tell whose key this is: {what}"));
            Err(shown.into_iter().fold(fault, |fault, id| fault.hint(format!("`byok add {id} --stdin`"))).into())
        }
    }
}

/// Whether a host, with or without port, is this machine.
fn is_local(host: &str) -> bool {
    byok::endpoint::Endpoint::parse(&format!("http://{host}")).is_ok()
}
