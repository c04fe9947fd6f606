//! The real binary against providers of the tests' own: under real hosts' names, by way of a proxy, and on loopback.

mod asking;
mod auto;
mod binding;
mod choosing;
mod ci;
mod glancing;
mod keeping;
mod leaking;
mod minding;
mod next;
mod office;
mod reaching;
mod stopping;
mod storing;

use std::process::{Command, Output};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::upstream::{Authority, Proxy, Reply, Seen, Upstream};
use crate::world::{Run, World};

/// The hosts that the tests' provider answers for.
const HOSTS: [&str; 7] = [
    "api.openai.com",
    "api.anthropic.com",
    "api.deepseek.com",
    "dashscope-intl.aliyuncs.com",
    "dashscope.aliyuncs.com",
    "api.inceptionlabs.ai",
    "openrouter.ai",
];

/// A key of OpenAI's form that [`answer`] answers as the word says.
pub(crate) fn key(word: &str) -> String {
    format!("sk-proj-{word}0123456789abcdefghijklmnopqrstuvwxyz0123456789{word}")
}

/// The same in a form that is no known provider's.
pub(crate) fn own(word: &str) -> String {
    format!("tk-{word}0123456789abcdefghijklmnopqrstuvwxyz")
}

/// The word of the key in a request; empty where there is none.
pub(crate) fn word(seen: &Seen) -> String {
    let bearer = seen.header("authorization").unwrap_or_default();
    let key = bearer.trim_start_matches("Bearer ");
    key.trim_start_matches("sk-proj-").trim_start_matches("tk-").split('0').next().unwrap_or_default().to_owned()
}

/// Answers as OpenAI does, each key as its word says, and every other as one that nobody issued.
pub(crate) fn answer(seen: &Seen) -> Reply {
    let error = |status, code: &str, says: &str| {
        Reply::json(status, &format!("{{\"error\":{{\"message\":\"{says}\",\"code\":\"{code}\"}}}}"))
    };
    match word(seen).as_str() {
        "valid" | "fine" => Reply::json(200, "{\"data\":[{\"id\":\"a\"},{\"id\":\"b\"}]}"),
        "scoped" => error(403, "", "Missing scopes: api.model.read"),
        "busy" => error(429, "rate_limit_exceeded", "slow down"),
        "poor" => error(429, "insufficient_quota", "check your plan"),
        "revoked" => error(401, "account_deactivated", "deactivated"),
        "blocked" => error(403, "", "Country, region, or territory not supported"),
        "page" => Reply::text(200, "text/html", "<html>Welcome to the airport</html>"),
        "down" => Reply::json(503, "{}"),
        "gone" => Reply::hang_up(),
        "silent" => Reply::silence(),
        _ => error(401, "invalid_api_key", "Incorrect API key provided"),
    }
}

/// What leads byok to an upstream under real hosts' names.
pub(crate) struct Net {
    pub(crate) upstream: Upstream,
    pub(crate) proxy: Proxy,
    authority: String,
}

impl Net {
    pub(crate) fn new(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let authority = Authority::new();
        let upstream = Upstream::https(&authority, &HOSTS, answer);
        let proxy = Proxy::to(upstream.address());
        Self { upstream, proxy, authority: authority.pem() }
    }

    pub(crate) fn idle(self) -> Self {
        Self { upstream: self.upstream.may_stay_idle(), ..self }
    }

    /// The variables that lead byok there.
    pub(crate) fn environment(&self, world: &World) -> [(&'static str, String); 3] {
        let certificates = world.file("authority.pem", &self.authority);
        [
            ("HTTPS_PROXY", self.proxy.url()),
            ("SSL_CERT_FILE", certificates.to_str().unwrap().to_owned()),
            ("BYOK_OFFLINE", String::new()),
        ]
    }

    /// A run that is led there.
    pub(crate) fn byok<'a>(&self, world: &'a World, arguments: &str) -> Run<'a> {
        self.lead(world, world.byok(arguments))
    }

    pub(crate) fn lead<'a>(&self, world: &World, run: Run<'a>) -> Run<'a> {
        let run = run.without("BYOK_OFFLINE");
        self.environment(world).into_iter().fold(run, |run, (name, value)| run.env(name, value))
    }

    /// byok for a program that starts it itself.
    pub(crate) fn command(&self, world: &World, arguments: &str) -> Command {
        let mut command = world.command();
        command.envs(self.environment(world)).args(arguments.split_whitespace());
        command
    }
}

/// What byok says of the certificates that a [`Net`] makes it believe.
pub(crate) fn believing(world: &World) -> String {
    format!("believing the certificates of `{}` (SSL_CERT_FILE)\n", world.path("authority.pem").display())
}

/// A world whose keys of OpenAI are answered as their words say; each is labelled with its word.
pub(crate) fn keys(words: &[&str]) -> World {
    let world = World::new();
    add(&world, words);
    world
}

fn add(world: &World, words: &[&str]) {
    for word in words {
        world.byok(&format!("add openai:{word} --stdin --duplicate")).stdin(key(word)).go();
    }
}

/// A table with one blank-free mark between its cells, and `N` for the time that a test took.
pub(crate) fn cells(table: &[u8]) -> String {
    let text = std::str::from_utf8(table).unwrap();
    let line = |line: &str| {
        let cells = line.split("  ").map(str::trim).filter(|cell| !cell.is_empty());
        let timed = |cell: &str| match cell.strip_suffix(" ms") {
            Some(number) if number.bytes().all(|byte| byte.is_ascii_digit()) => "N ms".to_owned(),
            _ => cell.to_owned(),
        };
        cells.map(timed).collect::<Vec<_>>().join("|")
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

pub(crate) fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The verdict that is stored with each key, by its name.
fn stored(world: &World) -> Vec<(String, Option<String>)> {
    let listed = json(&world.byok("list --json").go());
    let keys = listed["keys"].as_array().unwrap().iter();
    keys.map(|key| {
        let verdict = key["tested"]["verdict"].as_str().map(str::to_owned);
        (key["key"].as_str().unwrap().to_owned(), verdict)
    })
    .collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, Option<String>)> {
    let verdict = |word: &str| (!word.is_empty()).then(|| word.to_owned());
    expected.iter().map(|(name, word)| ((*name).to_owned(), verdict(word))).collect()
}

/// Waits for a fact.
#[track_caller]
pub(crate) fn soon(fact: impl Fn() -> bool) {
    let start = Instant::now();
    while !fact() {
        assert!(start.elapsed() < Duration::from_secs(20), "it never came about");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// What answers wait at until it is opened.
#[derive(Clone, Default)]
pub(crate) struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    pub(crate) fn pass(&self) {
        let (open, turned) = &*self.0;
        let waits = turned.wait_timeout_while(open.lock().unwrap(), Duration::from_secs(8), |open| !*open);
        drop(waits.unwrap());
    }

    pub(crate) fn open(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }
}

/// What stock age reads in the sealed profile.
fn opened(world: &World) -> Option<String> {
    let age = crate::tools::tool(&["age"])?;
    let identity = world.home().join("identity.txt");
    let output = Command::new(age).args(["-d", "-i"]).arg(identity).arg(world.sealed()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    Some(String::from_utf8(output.stdout).unwrap())
}
