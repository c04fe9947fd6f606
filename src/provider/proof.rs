//! The request that proves a key, and how its answer is read.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de};

use super::auth::Auth;

/// One cheap request that proves a key.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Test {
    /// How to ask.
    #[serde(default)]
    pub method: Method,
    /// Where to ask; see [`Test::url_at`] for keys with an endpoint of their own.
    pub url: String,
    /// Where to ask again if the first address calls the key invalid and every variable in this one is known.
    pub retry_url: Option<String>,
    /// Headers beside those of the authentication.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// What is sent.
    pub body: Option<String>,
    /// Seconds until the answer is given up, where the client's own limit is too short.
    pub timeout: Option<u16>,
    /// Whether the address may answer without a key, so that a good answer proves one only where a request
    /// without any is refused.
    #[serde(default)]
    pub unproven: bool,
    /// A word to the person who reads the verdict.
    pub note: Option<String>,
    /// How the key is sent, where the test differs from the provider.
    pub auth: Option<Auth>,
    /// What an HTTP status means.
    #[serde(deserialize_with = "statuses")]
    pub status: BTreeMap<u16, Verdict>,
    /// What to look for in an answer before its status is read; the first that fits holds.
    #[serde(default)]
    pub when: Vec<When>,
}

impl Test {
    /// Where to ask a key that has an endpoint of its own; `None` if this test asks elsewhere than under `base_url`.
    pub fn url_at(&self, base_url: &str, endpoint: &str) -> Option<String> {
        moved(&self.url, base_url, endpoint)
    }

    /// What a status means. One that the entry does not list is read by what all providers agree on.
    pub fn verdict(&self, status: u16) -> Verdict {
        self.status.get(&status).copied().unwrap_or(match status {
            402 => Verdict::NoCredit,
            429 => Verdict::RateLimited,
            500..=599 => Verdict::ProviderDown,
            _ => Verdict::Unexpected,
        })
    }
}

/// The same address under another endpoint; `None` if it is not under the provider's own to begin with, for then
/// the key of that endpoint has no business there.
pub(super) fn moved(url: &str, base_url: &str, endpoint: &str) -> Option<String> {
    let rest = url.strip_prefix(base_url.trim_end_matches('/'))?;
    (rest.is_empty() || rest.starts_with(['/', '?'])).then(|| format!("{}{rest}", endpoint.trim_end_matches('/')))
}

/// How to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Read.
    #[default]
    Get,
    /// Send a body.
    Post,
}

/// A finer reading of some answers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// The status it holds for; any if left out.
    pub status: Option<u16>,
    /// What the body must contain; white space counts on neither side.
    pub contains: String,
    /// What such an answer says of the key.
    pub verdict: Verdict,
    /// The same for people, where the verdict alone is not enough.
    pub says: Option<String>,
}

/// What an answer says of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Verdict {
    /// It works.
    Valid,
    /// It is genuine, and may not do what the test asked for.
    Restricted,
    /// It is genuine, and the account has no credit left.
    NoCredit,
    /// It is genuine, and was used too often just now.
    RateLimited,
    /// It was never one, or is mistyped, or is gone.
    Invalid,
    /// Its time is over.
    Expired,
    /// Somebody ended it.
    Revoked,
    /// The request was turned away for its place or its account; nothing is known of the key.
    Blocked,
    /// The provider is in trouble; nothing is known of the key.
    ProviderDown,
    /// An answer that nobody foresaw; nothing is known of the key.
    Unexpected,
}

/// TOML knows no number as a key.
fn statuses<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<u16, Verdict>, D::Error> {
    let written = BTreeMap::<String, Verdict>::deserialize(from)?;
    let read = |(status, verdict): (String, Verdict)| match status.parse() {
        Ok(number @ 100..=599) => Ok((number, verdict)),
        _ => Err(de::Error::custom(format_args!("`{status}` is no HTTP status"))),
    };
    written.into_iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_moves_by_whole_segments() {
        let at = |url: &str| moved(url, "https://a.example/v1", "http://localhost:1/x/");
        assert_eq!(at("https://a.example/v1/models").as_deref(), Some("http://localhost:1/x/models"));
        assert_eq!(at("https://a.example/v1?a=b").as_deref(), Some("http://localhost:1/x?a=b"));
        for elsewhere in ["https://a.example/v1.1/models", "https://a.example/v2/models", "https://b.example/v1/models"]
        {
            assert_eq!(at(elsewhere), None, "{elsewhere}");
        }
    }

    #[test]
    fn a_status_that_is_not_listed_is_read_by_what_all_agree_on() {
        let test: Test = toml::from_str("url = 'https://a.b'\nstatus = { 200 = 'valid', 529 = 'blocked' }").unwrap();
        for (status, verdict) in [
            (200, Verdict::Valid),
            (529, Verdict::Blocked),
            (402, Verdict::NoCredit),
            (429, Verdict::RateLimited),
            (503, Verdict::ProviderDown),
            (401, Verdict::Unexpected),
            (302, Verdict::Unexpected),
        ] {
            assert_eq!(test.verdict(status), verdict, "{status}");
        }
        for bad in ["{ 20 = 'valid' }", "{ ok = 'valid' }", "{ 200 = 'fine' }"] {
            assert!(toml::from_str::<Test>(&format!("url = 'https://a.b'\nstatus = {bad}")).is_err(), "{bad}");
        }
    }
}
