//! The library's own way to a verdict: the real client and the real questions, against providers of the tests' own.

mod certificates;
mod doubting;
mod hopeless;
mod patience;
mod providers;
mod proxies;
mod reflecting;
mod way;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use byok::http::{Setup, Trust};
use byok::name::ProviderId;
use byok::probe::{self, Candidate, Event, JOBS, Options, Trace};
use byok::provider::Registry;
use byok::secret::Secret;
use byok::verdict::{Cause, Tested, Verdict};
use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::upstream::{Authority, Reply, Seen, Upstream};

/// A key that is none, of the form of `OpenAI`'s.
const CANARY: &str = "sk-proj-Can4ryVq8ZtW2mXb7KpL3nYd6RfH9sJc5Gv0TuQ";

const OPENAI: &str = "api.openai.com";

/// What it answers to a good key.
const MODELS: &str = r#"{"object":"list","data":[{"id":"m","object":"model"}]}"#;

/// What it answers to a wrong one.
const REFUSAL: &str = r#"{"error":{"message":"Incorrect API key provided.","code":"invalid_api_key"}}"#;

/// An answer that is given again and again.
type Always = fn() -> Reply;

fn secret(key: &str) -> Secret {
    Secret::new(Zeroizing::new(key.to_owned())).unwrap()
}

fn candidate(provider: &str, key: &str, fields: &[(&str, &str)]) -> Candidate {
    let provider = Registry::builtin().get(&ProviderId::parse(provider).unwrap());
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Candidate { provider, secret: secret(key), fields }
}

/// The canary at `OpenAI`.
fn openai() -> Candidate {
    candidate("openai", CANARY, &[])
}

/// The canary at an address of one's own.
fn at(endpoint: &str) -> Candidate {
    candidate("openai", CANARY, &[("endpoint", endpoint)])
}

/// So much time that no busy machine runs out of it.
fn options() -> Options {
    let timeout = Some(Duration::from_secs(60));
    Options { jobs: JOBS, timeout, allow_cost: false, now: Timestamp::UNIX_EPOCH }
}

fn within(seconds: u64) -> Options {
    Options { timeout: Some(Duration::from_secs(seconds)), ..options() }
}

/// Leads these names to these addresses, and believes nobody but the authority.
fn setup(authority: &Authority, names: &[(&str, SocketAddr)]) -> Setup {
    let resolve: BTreeMap<_, _> = names.iter().map(|(name, address)| ((*name).to_owned(), *address)).collect();
    Setup { resolve, trust: Trust::Only(vec![authority.der()]), ..Setup::default() }
}

/// For plain http to this machine.
fn plain() -> Setup {
    Setup { trust: Trust::Nobody, ..Setup::default() }
}

/// `OpenAI` as the test plays it, and the way to it.
fn openai_that(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> (Upstream, Setup) {
    let authority = Authority::new();
    let upstream = Upstream::https(&authority, &[OPENAI], answer);
    let setup = setup(&authority, &[(OPENAI, upstream.address())]);
    (upstream, setup)
}

/// The verdict on one key, and what was asked on the way to it.
#[track_caller]
fn ask(setup: &Setup, candidate: &Candidate, options: &Options) -> (Tested, Vec<Trace>) {
    let mut traces = Vec::new();
    let stop = AtomicBool::new(false);
    let tested =
        probe::run(&Registry::builtin(), setup, std::slice::from_ref(candidate), options, &stop, &mut |event| {
            if let Event::Asked { trace, .. } = event {
                traces.push(trace);
            }
        });
    let [Some(tested)] = <[_; 1]>::try_from(tested).unwrap() else { panic!("no verdict") };
    (tested, traces)
}

/// Asserts verdict, cause and words, and that so many requests were tried.
#[track_caller]
fn comes_to(asked: &(Tested, Vec<Trace>), verdict: Verdict, cause: Option<Cause>, says: &str, requests: usize) {
    let (tested, traces) = asked;
    assert_eq!((tested.verdict, tested.cause, tested.says.as_deref().unwrap_or_default()), (verdict, cause, says));
    assert_eq!(traces.len(), requests, "{traces:?}");
}
