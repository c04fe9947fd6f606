//! N10, N17, N18: every provider that has a test, all tried at once. Each is played by the answers of its own file, and
//! must see its own key, in the one place that its entry names, and nothing else that would tell who asks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use byok::http::Setup;
use byok::probe::{self, Candidate, Options};
use byok::provider::{Auth, Registry, Scheme};
use byok::verdict::Verdict;

use super::{candidate, options, setup};
use crate::answers::{self, Written};
use crate::upstream::{Authority, Reply, Seen, Upstream};

/// One provider, with a key that nobody else has.
struct Played {
    candidate: Candidate,
    key: String,
    /// What is asked, but for the key in a query.
    host: String,
    target: String,
    /// The second address, on the same host.
    again: Option<String>,
    good: Written,
    refusal: Written,
}

/// What is sent to a provider for its key.
enum Presented {
    Own,
    /// A key of the same form that nobody issued.
    Invented,
}

/// 40 letters and digits that look random and are the same in every run.
fn key(number: usize) -> String {
    const SIGNS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789";
    let mut state = 0x9e37_79b9_7f4a_7c15_u64 ^ u64::try_from(number).unwrap();
    let sign = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(SIGNS[usize::try_from(state >> 33).unwrap() % SIGNS.len()])
    };
    (0..40).map(sign).collect()
}

/// Fields as people have them. A server of one's own is where `clear` listens, under a path of its own.
fn fields(provider: &byok::provider::Provider, clear: &Upstream) -> Vec<(String, String)> {
    let url = &provider.test.as_ref().unwrap().url;
    let mut fields: Vec<_> = provider.env.fields.keys().filter(|field| *field != "endpoint").cloned().collect();
    fields.sort();
    let value = |field: &str| if field == "region" { "eu-west-1".to_owned() } else { format!("acme-{field}") };
    let mut fields: Vec<_> = fields.into_iter().map(|field| (value(&field), field)).map(|(v, f)| (f, v)).collect();
    if url.starts_with("http://") {
        fields.push(("endpoint".to_owned(), clear.url(&format!("/{}/v1", provider.id))));
    } else if url.starts_with('{') {
        fields.push(("endpoint".to_owned(), format!("https://{}.acme.example", provider.id)));
    }
    fields
}

/// Fills `{NAME}` in, by the entry's own variables.
fn filled(text: &str, candidate: &Candidate, key: &str) -> String {
    let env = &candidate.provider.env;
    let mut text = text.replace("{KEY}", key);
    for own in env.key.iter().chain(&env.shared) {
        text = text.replace(&format!("{{{}}}", own.as_str()), key);
    }
    for (field, names) in &env.fields {
        let value = candidate.fields.get(field).map_or("", String::as_str);
        for name in names {
            text = text.replace(&format!("{{{}}}", name.as_str()), value);
        }
    }
    text
}

impl Played {
    fn new(number: usize, id: &str, answers: Vec<Written>, clear: &Upstream) -> Self {
        let key = key(number);
        let unfilled = candidate(id, &key, &[]);
        let fields = fields(&unfilled.provider, clear);
        let given: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let candidate = candidate(id, &key, &given);
        let test = candidate.provider.test.as_ref().unwrap();
        let endpoint = candidate.fields.get("endpoint");
        let base = candidate.provider.base_url.as_deref().unwrap_or_default();
        let moved = endpoint.filter(|_| !test.url.starts_with('{')).and_then(|endpoint| test.url_at(base, endpoint));
        let parts = |url: &str| {
            let url = filled(url, &candidate, &key);
            let (_, rest) = url.split_once("://").unwrap();
            let (host, target) = rest.split_at(rest.find('/').unwrap());
            (host.to_owned(), target.to_owned())
        };
        let (host, target) = parts(moved.as_deref().unwrap_or(&test.url));
        let again = test.retry_url.as_deref().map(parts);
        assert!(again.iter().all(|(other, _)| *other == host), "{id} asks two hosts");
        let again = again.map(|(_, target)| target);
        let mut answers: Vec<_> = answers.into_iter().map(Some).collect();
        let mut take = |fits: fn(Verdict) -> bool| {
            let found = answers.iter_mut().find(|one| one.as_ref().is_some_and(|one| fits(one.verdict)));
            found.unwrap().take().unwrap()
        };
        let (good, refusal) = (take(Verdict::is_accepted), take(Verdict::is_refused));
        Self { candidate, key, host, target, again, good, refusal }
    }

    fn id(&self) -> &str {
        self.candidate.provider.id.as_str()
    }

    fn auth(&self) -> &Auth {
        let provider = &self.candidate.provider;
        provider.test.as_ref().unwrap().auth.as_ref().unwrap_or(&provider.auth)
    }

    /// Whether its test sends the key at all: Ollama's does not.
    fn takes_a_key(&self) -> bool {
        let body = self.candidate.provider.test.as_ref().unwrap().body.as_deref().unwrap_or_default();
        self.auth().scheme != Scheme::Open || body.contains("{KEY}")
    }

    /// Whether a good answer there proves nothing by itself.
    fn is_unproven(&self) -> bool {
        self.candidate.provider.test.as_ref().unwrap().unproven
    }

    /// What stands in the key's place; `None` if this is no request to this provider.
    fn presented(&self, seen: &Seen) -> Option<Presented> {
        let known = |target: &String| seen.target.starts_with(target.as_str());
        if seen.header("host") != Some(&self.host) || !(known(&self.target) || self.again.as_ref().is_some_and(known)) {
            return None;
        }
        if self.holds_key(seen) {
            return Some(Presented::Own);
        }
        self.is_unproven().then_some(Presented::Invented)
    }

    /// Whether the key is anywhere in the request, also in a login.
    fn holds_key(&self, seen: &Seen) -> bool {
        let login = seen.header("authorization").and_then(|value| value.strip_prefix("Basic "));
        let login = login.and_then(|coded| STANDARD.decode(coded).ok()).unwrap_or_default();
        let inside = |bytes: &[u8]| bytes.windows(self.key.len()).any(|part| part == self.key.as_bytes());
        inside(&seen.raw) || inside(&login)
    }

    fn expected(&self, key: &str) -> Expected {
        let test = self.candidate.provider.test.as_ref().unwrap();
        let mut headers = BTreeMap::from([
            ("host".to_owned(), self.host.clone()),
            ("accept".to_owned(), "*/*".to_owned()),
            ("user-agent".to_owned(), concat!("byok/", env!("CARGO_PKG_VERSION")).to_owned()),
        ]);
        let mut target = self.target.clone();
        match &self.auth().scheme {
            Scheme::Header { name, prefix } => drop(headers.insert(name.to_lowercase(), format!("{prefix}{key}"))),
            Scheme::Basic { login } => {
                let login = STANDARD.encode(filled(login, &self.candidate, key));
                headers.insert("authorization".to_owned(), format!("Basic {login}"));
            }
            Scheme::Query { parameter } => {
                let mark = if target.contains('?') { '&' } else { '?' };
                target = format!("{target}{mark}{parameter}={key}");
            }
            Scheme::Open => {}
        }
        for (name, value) in self.auth().headers.iter().chain(&test.headers) {
            headers.insert(name.to_lowercase(), filled(value, &self.candidate, key));
        }
        let body = test.body.as_ref().map(|body| filled(body, &self.candidate, key)).unwrap_or_default();
        let method = if test.method == byok::provider::Method::Post { "POST" } else { "GET" };
        Expected { method, target, headers, body }
    }

    fn reply(&self, presented: &Presented, refusing: bool) -> Reply {
        let written = match presented {
            Presented::Own if !refusing => &self.good,
            _ => &self.refusal,
        };
        let json = written.body.trim_start().starts_with(['{', '[']);
        let kind = if json { "application/json" } else { "text/plain" };
        let reply = Reply::text(written.status, kind, &written.body);
        written.headers.iter().fold(reply, |reply, (name, value)| reply.header(name, value))
    }
}

/// A request to the last byte.
#[derive(Debug, PartialEq)]
struct Expected {
    method: &'static str,
    target: String,
    headers: BTreeMap<String, String>,
    body: String,
}

/// All providers, and the two servers that play them.
struct Stage {
    cast: Arc<Vec<Played>>,
    setup: Setup,
    upstreams: [Upstream; 2],
}

impl Stage {
    fn new(refusing: bool) -> Self {
        let book: Arc<Mutex<Arc<Vec<Played>>>> = Arc::default();
        let theirs = Arc::clone(&book);
        let answer = move |seen: &Seen| {
            let cast = Arc::clone(&theirs.lock().unwrap());
            let mut found: Vec<_> = cast.iter().filter_map(|one| Some((one, one.presented(seen)?))).collect();
            // Some providers share an address; the key tells them apart.
            found.sort_by_key(|(_, presented)| matches!(presented, Presented::Invented));
            let (played, presented) = found.first().unwrap_or_else(|| panic!("a request to nobody: {}", seen.target));
            played.reply(presented, refusing)
        };
        let again = answer.clone();
        let clear = Upstream::http(answer);
        let all = answers::all().into_iter().enumerate();
        // A server that takes no key at all tells none apart.
        let cast: Vec<_> = all
            .map(|(number, (id, _, answers))| Played::new(number, &id, answers, &clear))
            .filter(Played::takes_a_key)
            .collect();
        let names: BTreeSet<&str> =
            cast.iter().map(|one| one.host.as_str()).filter(|host| !host.contains(':')).collect();
        let names: Vec<_> = names.into_iter().collect();
        let authority = Authority::new();
        let secure = Upstream::https(&authority, &names, again);
        let led: Vec<_> = names.iter().map(|name| (*name, secure.address())).collect();
        let setup = setup(&authority, &led);
        let cast = Arc::new(cast);
        *book.lock().unwrap() = Arc::clone(&cast);
        Self { cast, setup, upstreams: [secure, clear] }
    }

    /// Tries all keys at once, and asserts that each is called what its answer means.
    fn play(&self, means: fn(&Played) -> &Written) {
        let candidates: Vec<_> = self.cast.iter().map(|one| one.candidate.clone()).collect();
        let options = Options { allow_cost: true, ..options() };
        let stop = std::sync::atomic::AtomicBool::new(false);
        let tested = probe::run(&Registry::builtin(), &self.setup, &candidates, &options, &stop, &mut |_| {});
        let mut wrong = Vec::new();
        for (played, tested) in self.cast.iter().zip(tested) {
            let (tested, written) = (tested.unwrap(), means(played));
            if (tested.verdict, &tested.facts, tested.cause) != (written.verdict, &written.tells, None) {
                wrong.push(format!("{}: expected {} {:?}, {tested:?}", played.id(), written.verdict, written.tells));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    fn seen(&self) -> Vec<Seen> {
        self.upstreams.iter().flat_map(Upstream::seen).collect()
    }
}

/// One test, for the stage is costly: first what they answer, then what they saw.
#[test]
fn every_provider_sees_its_own_key_where_its_entry_says_and_nothing_else() {
    let stage = Stage::new(false);
    assert!(stage.cast.len() >= 240, "{}", stage.cast.len());
    stage.play(|played| &played.good);
    let (mut own, mut invented) = (BTreeMap::new(), 0);
    for seen in stage.seen() {
        let holders: Vec<_> = stage.cast.iter().filter(|one| one.holds_key(&seen)).collect();
        let candidates: Vec<_> = if holders.is_empty() {
            stage.cast.iter().filter(|one| one.is_unproven()).collect()
        } else {
            holders.clone()
        };
        let at_home: Vec<_> = candidates.into_iter().filter(|one| one.presented(&seen).is_some()).collect();
        let [played, ..] = at_home[..] else { panic!("a stranger's key at {:?}{}", seen.server_name, seen.target) };
        assert!(holders.len() <= 1, "{}: the keys of several", played.id());
        let key = if holders.is_empty() {
            invented += 1;
            made_up(played, &seen)
        } else {
            *own.entry(played.id()).or_insert(0) += 1;
            played.key.clone()
        };
        held_against(played, &seen, &key);
    }
    let once = stage.cast.iter().all(|played| own.get(played.id()) == Some(&1));
    assert!(once, "{:?}", own.iter().filter(|(_, count)| **count != 1).collect::<Vec<_>>());
    assert_eq!(invented, stage.cast.iter().filter(|one| one.is_unproven()).count());
}

/// The invented key of a request; all providers that are doubted take theirs in a header.
fn made_up(played: &Played, seen: &Seen) -> String {
    let Scheme::Header { name, prefix } = &played.auth().scheme else { panic!("{}", played.id()) };
    let value = seen.header(&name.to_lowercase()).unwrap_or_else(|| panic!("{}: no key", played.id()));
    let key = value.strip_prefix(prefix.as_str()).unwrap_or_else(|| panic!("{}: {value}", played.id()));
    assert_eq!(key.len(), played.key.len(), "{}", played.id());
    key.to_owned()
}

/// Asserts that the request is the expected one and nothing more.
fn held_against(played: &Played, seen: &Seen, key: &str) {
    let expected = played.expected(key);
    let headers: BTreeMap<_, _> = seen.headers.iter().filter(|(name, _)| name != "content-length").cloned().collect();
    let there = Expected {
        method: if seen.method == "POST" { "POST" } else { "GET" },
        target: seen.target.clone(),
        headers,
        body: String::from_utf8_lossy(&seen.body).into_owned(),
    };
    // A fresh UUID each time.
    let (before, after) = expected.body.split_once("{UUID}").unwrap_or((&expected.body, ""));
    assert!(there.body.starts_with(before) && there.body.ends_with(after), "{}: {}", played.id(), there.body);
    assert!(expected.body.contains("{UUID}") || there.body == expected.body, "{}: {}", played.id(), there.body);
    assert_eq!(there, Expected { body: there.body.clone(), ..expected }, "{}", played.id());
    assert_eq!(seen.method, there.method);
    let length = seen.headers.iter().filter(|(name, _)| name == "content-length").count();
    assert_eq!(seen.headers.len(), there.headers.len() + length, "{}: a header twice", played.id());
    if let Some(name) = &seen.server_name {
        assert_eq!((name, seen.header("host")), (&played.host, Some(name.as_str())));
    } else {
        assert!(played.host.starts_with("127.0.0.1:"), "{}", played.id());
    }
    let query = matches!(played.auth().scheme, Scheme::Query { .. });
    assert_eq!(seen.target.contains(key), query, "{}", played.id());
}

#[test]
fn every_providers_refusal_is_read_as_one() {
    let stage = Stage::new(true);
    stage.play(|played| &played.refusal);
    let (seen, cast) = (stage.seen(), &stage.cast);
    // Who refuses a key is not asked about another one, but asked again where there is a second address.
    let own = seen.iter().filter(|seen| cast.iter().any(|played| played.holds_key(seen))).count();
    assert_eq!(own, seen.len());
    assert!(own >= cast.len(), "{own}");
    for seen in seen {
        let holders: Vec<_> = cast.iter().filter(|played| played.holds_key(&seen)).collect();
        let [played] = holders[..] else { panic!("{}: the keys of several", seen.target) };
        assert!(played.presented(&seen).is_some(), "{} at {:?}", played.id(), seen.server_name);
        assert!(seen.server_name.is_none_or(|name| name == played.host), "{}", played.id());
    }
}
