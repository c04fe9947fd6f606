//! Does a key work? One cheap request a key, all at once, and what the answers say.
//!
//! The only room with a runtime. [`classify`] is pure; what is asked of whom is in `target`, how often in `ask`.

mod ask;
mod classify;
mod clean;
mod facts;
mod fill;
mod target;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::http::{Client, Setup, SetupError, Trust};
use crate::provider::{Fit, Provider, Registry, placeholder};
use crate::secret::Secret;
use crate::verdict::{Cause, Facts, Tested, Verdict};

pub(crate) use clean::Cleaner;
pub(crate) use fill::{json, method, percent};

pub use classify::{Reading, classify, read};
pub use target::address;

use ask::Asker;
use target::{Kept, Target};

/// How long a key may take in all, where neither the person nor the registry says otherwise.
pub const TIMEOUT: Duration = Duration::from_secs(10);

/// How many keys are tried at one time, unless the person says otherwise.
pub const JOBS: usize = 64;

/// How often it is looked whether somebody wants to stop.
const TICK: Duration = Duration::from_millis(50);

/// A key to try.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Who issued it.
    pub provider: Provider,
    /// The value.
    pub secret: Secret,
    /// What belongs to it: endpoint, account, region…
    pub fields: BTreeMap<String, String>,
}

/// How to try.
#[derive(Debug, Clone)]
pub struct Options {
    /// How many at one time; at least one.
    pub jobs: usize,
    /// The time for each key in all; `None` is what the registry says, or [`TIMEOUT`].
    pub timeout: Option<Duration>,
    /// Whether requests may be sent that the provider may bill.
    pub allow_cost: bool,
    /// What time it is.
    pub now: Timestamp,
}

/// What happens while keys are tried. Keys are named by their place in the list.
#[derive(Debug, Clone)]
pub enum Event {
    /// Its turn has come.
    Begun(usize),
    /// One request was answered, or was not.
    Asked {
        /// Whose.
        at: usize,
        /// What it came to.
        trace: Trace,
    },
    /// Its verdict is there.
    Done(usize, Box<Tested>),
}

/// One request, without anything of what was sent.
#[derive(Debug, Clone)]
pub struct Trace {
    /// `GET`, `POST` or `DELETE`.
    pub method: &'static str,
    /// The host, and the port if it is not the usual one.
    pub host: String,
    /// The status of the answer, or what kept it from coming.
    pub outcome: Result<u16, String>,
    /// How long it took.
    pub took: Duration,
    /// Whether an invented key was sent, to see whether the server tells keys apart.
    pub invented: bool,
}

/// Where a key would go: the host, and `:port` if it is not 443. `None` if it would not be sent at all.
pub fn host(candidate: &Candidate) -> Option<String> {
    Target::of(candidate, true).ok().map(|target| target.host)
}

/// Whether asking about this key takes certificates: it goes somewhere, and not in clear to this machine.
pub fn needs_certificates(candidate: &Candidate) -> bool {
    Target::of(candidate, true).is_ok_and(|target| !target.is_plain())
}

/// What can be said of a key without asking anybody.
pub fn offline(registry: &Registry, candidate: &Candidate, now: Timestamp) -> Tested {
    let name = &candidate.provider.name;
    let (verdict, says) = match registry.fit(&candidate.provider.id, &candidate.secret) {
        _ if placeholder(candidate.secret.expose()) => (Verdict::Invalid, "it is a placeholder".to_owned()),
        Fit::Belongs(owner) => {
            (Verdict::Invalid, format!("it looks like a key of {}, not of {name}", registry.get(&owner).name))
        }
        Fit::NotAKey(what) => (Verdict::Invalid, format!("it is {what}")),
        Fit::Unusual => (Verdict::Untestable, format!("it does not look like a usual key of {name}")),
        Fit::Fits => (Verdict::Untestable, format!("it looks like a key of {name}")),
        Fit::Unknown => (Verdict::Untestable, format!("it is not known what keys of {name} look like")),
    };
    kept(verdict, says, now)
}

fn kept(verdict: Verdict, says: String, now: Timestamp) -> Tested {
    Tested { verdict, cause: None, at: now, ms: None, says: Some(says), facts: Facts::default(), since: None }
}

/// Tries all keys, several at one time, and answers with their verdicts in the same order; `None` where `stop` came
/// first. `tell` hears what happens meanwhile. Where there can be no client, as without any certificates, nobody is
/// reachable.
pub fn run(
    registry: &Registry,
    setup: &Setup,
    candidates: &[Candidate],
    options: &Options,
    stop: &AtomicBool,
    tell: &mut dyn FnMut(Event),
) -> Vec<Option<Tested>> {
    let mut verdicts: Vec<Option<Tested>> = vec![None; candidates.len()];
    let mut targets: Vec<(usize, Arc<Target>)> = Vec::new();
    for (at, candidate) in candidates.iter().enumerate() {
        let target =
            target::stranger(registry, candidate).map_or_else(|| Target::of(candidate, options.allow_cost), Err);
        match target.and_then(|target| target.request(&candidate.secret, false).map(|_| target)) {
            Ok(target) => targets.push((at, Arc::new(target))),
            Err(kept_back) => {
                let (verdict, says) = match kept_back {
                    Kept::Untestable(says) => (Verdict::Untestable, says),
                    Kept::Hopeless(says) => (Verdict::Invalid, says),
                };
                let tested = kept(verdict, says, options.now);
                tell(Event::Done(at, Box::new(tested.clone())));
                verdicts[at] = Some(tested);
            }
        }
    }
    if targets.is_empty() {
        return verdicts;
    }
    let mut setup = setup.clone();
    if matches!(setup.trust, Trust::System) && targets.iter().all(|(_, target)| target.is_plain()) {
        setup.trust = Trust::Nobody;
    }
    setup.connect = setup.connect.or_else(|| options.timeout.map(|limit| limit.mul_f64(0.8)));
    let hear = &mut |event: Event| {
        if let Event::Done(at, tested) = &event {
            verdicts[*at] = Some((**tested).clone());
        }
        tell(event);
    };
    match Client::new(&setup).and_then(|client| Ok((client, runtime()?))) {
        Ok((client, runtime)) => {
            runtime.block_on(all(&client, targets, candidates, options, stop, hear));
            // A name that is still being looked up must not hold anybody back.
            runtime.shutdown_background();
        }
        Err(error) => {
            let cause = Some(if matches!(error, SetupError::Proxy) { Cause::Proxy } else { Cause::Tls });
            for (at, _) in targets {
                let tested = kept(Verdict::Unreachable, error.to_string(), options.now);
                hear(Event::Done(at, Box::new(Tested { cause, ..tested })));
            }
        }
    }
    verdicts
}

fn runtime() -> Result<tokio::runtime::Runtime, SetupError> {
    let made = tokio::runtime::Builder::new_current_thread().enable_all().build();
    made.map_err(|error| SetupError::Tls(error.to_string()))
}

async fn all(
    client: &Client,
    targets: Vec<(usize, Arc<Target>)>,
    candidates: &[Candidate],
    options: &Options,
    stop: &AtomicBool,
    tell: &mut dyn FnMut(Event),
) {
    let (events, mut heard) = mpsc::unbounded_channel();
    let mut waiting = targets.into_iter();
    let mut running = JoinSet::new();
    loop {
        while running.len() < options.jobs.max(1)
            && let Some((at, target)) = waiting.next()
        {
            tell(Event::Begun(at));
            let asker = Asker {
                at,
                client: client.clone(),
                secret: candidates[at].secret.clone(),
                limit: options.timeout.unwrap_or_else(|| target.limit()),
                target,
                now: options.now,
                events: events.clone(),
            };
            running.spawn(asker.ask());
        }
        if running.is_empty() || stop.load(Ordering::Relaxed) {
            break;
        }
        tokio::select! {
            _ = running.join_next() => {}
            Some(event) = heard.recv() => tell(event),
            () = tokio::time::sleep(TICK) => {}
        }
    }
    while let Ok(event) = heard.try_recv() {
        tell(event);
    }
}
