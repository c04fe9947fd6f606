//! The providers behind the pages' commands: on loopback, under their real names, with the answers of `tests/answers/`.

use std::fs;
use std::time::Duration;

use crate::generated::top;
use crate::upstream::{Authority, Proxy, Reply, Seen, Upstream};
use crate::world::World;

/// Whose keys are tested, and at which host.
const HOSTS: [(&str, &str); 6] = [
    ("openai", "api.openai.com"),
    ("anthropic", "api.anthropic.com"),
    ("google", "generativelanguage.googleapis.com"),
    ("groq", "api.groq.com"),
    ("openrouter", "openrouter.ai"),
    ("xai", "api.x.ai"),
];

/// The keys of the pages, by the name that the homes know them by, and what their provider says of them.
pub(super) const KEYS: [(&str, &str, &str); 13] = [
    ("OPENAI", "sk-proj-Qm7T2vX9bL4nR8sK1dW6yH3jF5gP0cZaEuIoVtBxN3kJ9f2c", "valid"),
    ("OPENAI_NEW", "sk-proj-b7YcR2mV8xD4sWq1LzK9fT6hN3pG5jE0aUoIiQxBnM4717a0", "valid"),
    ("OPENAI_OLD", "sk-proj-Hd5Vw8Jz2Rk7Mq4Xs1Lb9Ny6Tc3Pf0GaUeIoBtRxK2wZ41d0", "invalid"),
    ("OPENAI_NEXT", "sk-proj-Tn4Xc8Vb2Ws6Rq1Zp9Lk5Jh3Gf7Da0UyEiOoAmNxBtQ8e6b3", "valid"),
    ("ANTHROPIC", "sk-ant-api03-Vb3Kq8Zr1Tm6Wd9Xf2Hs5Jn7Lp4Gc0Ya-EuIoRtQxN8bM5vC2zLkJhGfDsA1pOiUyTrEwQ7x1AA", "valid"),
    (
        "ANTHROPIC_POOR",
        "sk-ant-api03-Gt6Nw2Kd9Zs4Vx7Bq1Mf8Rj3Hc5Lp0Ya-OiUeWqTxR4nB7mK1vZ8cXsDfGhJkL9aPoIuYtR3q8AA",
        "no-credit",
    ),
    ("GOOGLE", "AIzaSyD4w9Qx2Zb7Lk1Vn5Rt8Mf3Hc6Js0Pgk3Qw", "valid"),
    ("GOOGLE_AWAY", "AIzaSyB8r3Kx6Wd1Mz9Tq4Lv7Nf2Hj5Gc0Ysp4Ra", "away"),
    ("GROQ", "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", "valid"),
    ("OPENROUTER", "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", "valid"),
    ("OPENROUTER_DEMO", "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", "valid"),
    ("XAI", "xai-Rm7Xq1Lb9Ns6Tc3WGdyb3FYPf5GaUeIoBtRxK2wZk4Vw8Jd2Hs5Jn7Lp4Gc0YaQx1Tz6Vb3Kq8Zr9Xf", "valid"),
    ("HF", "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", "valid"),
];

/// What the providers of a page are made of; gone with it.
pub(super) struct Net {
    authority: String,
    proxy: Proxy,
    _upstream: Upstream,
}

impl Net {
    pub(super) fn new() -> Self {
        let authority = Authority::new();
        let upstream = Upstream::https(&authority, &HOSTS.map(|(_, host)| host), answer).may_stay_idle();
        let proxy = Proxy::to(upstream.address());
        Self { authority: authority.pem(), proxy, _upstream: upstream }
    }

    /// The variables that lead byok there.
    pub(super) fn environment(&self, world: &World) -> [(&'static str, String); 2] {
        let certificates = world.file("authority.pem", &self.authority);
        [("HTTPS_PROXY", self.proxy.url()), ("SSL_CERT_FILE", certificates.to_str().unwrap().to_owned())]
    }
}

/// Answers as the provider does that is asked, each key as [`KEYS`] says and every other as one that nobody issued.
fn answer(seen: &Seen) -> Reply {
    let host = seen.server_name.as_deref().unwrap_or_default();
    let (provider, _) = HOSTS.iter().find(|(_, name)| *name == host).unwrap_or_else(|| panic!("nobody is at {host}"));
    let raw = String::from_utf8_lossy(&seen.raw);
    let verdict = KEYS.iter().find(|(_, key, _)| raw.contains(key)).map_or("invalid", |(_, _, verdict)| verdict);
    if verdict == "away" {
        return Reply::hang_up();
    }
    let file: toml::Table =
        fs::read_to_string(top("tests/answers").join(format!("{provider}.toml"))).unwrap().parse().unwrap();
    let answers = file["answer"].as_array().unwrap();
    let found = answers.iter().find(|answer| answer["verdict"].as_str() == Some(verdict)).unwrap();
    let status = u16::try_from(found["status"].as_integer().unwrap()).unwrap();
    // How long it is until that day is another answer each day.
    let body = found["body"].as_str().unwrap().replace("\"2027-12-31T23:59:59Z\"", "null");
    let reply = Reply::json(status, &body);
    let headers = found.get("headers").and_then(toml::Value::as_table).into_iter().flatten();
    let reply = headers.fold(reply, |reply, (name, value)| reply.header(name, value.as_str().unwrap()));
    // Each after its own time, so that a picture shows what a person would see.
    let wait = HOSTS.iter().position(|(name, _)| name == provider).unwrap() as u64;
    reply.after(Duration::from_millis(60 + 23 * wait))
}
