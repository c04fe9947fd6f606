//! The request that proves a key, and how its answer is read.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de};

use super::auth::Auth;
use crate::verdict::Verdict;

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
    /// What the request may be billed as, if it may: it is sent only where a person allows the cost.
    pub costs: Option<String>,
    /// What a good answer holds, as a JSON pointer: neither missing nor null, false or empty.
    pub holds: Option<String>,
    /// Whether a good answer is no JSON.
    #[serde(default)]
    pub plain: bool,
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
    /// What a good answer tells besides.
    #[serde(default)]
    pub tells: Tells,
}

impl Test {
    /// The list of models at this address, which a server that speaks as OpenAI does gives to whoever has a key; some
    /// give it to anybody.
    pub fn of_models(url: &str) -> Self {
        Self {
            method: Method::Get,
            url: url.to_owned(),
            retry_url: None,
            headers: BTreeMap::new(),
            body: None,
            timeout: None,
            unproven: true,
            costs: None,
            holds: None,
            plain: false,
            note: None,
            auth: None,
            status: [(200, Verdict::Valid), (401, Verdict::Invalid), (403, Verdict::Restricted)].into(),
            // A LiteLLM proxy without a database knows its master key only, and says so of every other.
            when: vec![When {
                status: Some(400),
                contains: "no_db_connection".to_owned(),
                verdict: Verdict::Invalid,
                says: Some("the proxy knows no such key".to_owned()),
            }],
            tells: Tells { models: Some("/data".to_owned()), ..Tells::default() },
        }
    }

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
    let endpoint = endpoint.trim_end_matches('/');
    // People give an address with `/v1` and without; where the rest says it, it is not said twice.
    let endpoint = endpoint.strip_suffix("/v1").filter(|_| rest.starts_with("/v1/")).unwrap_or(endpoint);
    (rest.is_empty() || rest.starts_with(['/', '?'])).then(|| format!("{endpoint}{rest}"))
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
    /// Take away; no test does.
    Delete,
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

/// Where an answer tells what is worth keeping beside the verdict.
///
/// Each is the JSON pointer (RFC 6901) of a value in the body, such as `/data/limit`, or the name of a header.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tells {
    /// What is left to spend.
    pub credit: Option<String>,
    /// What may be spent in all. Without `credit`, what is left is this less `used`.
    pub limit: Option<String>,
    /// What was spent.
    pub used: Option<String>,
    /// What the amounts are to be divided by, where they come in cents or the like.
    pub divisor: Option<u32>,
    /// What the amounts count: a word such as `USD`, `credits` or `characters`, or where the answer says it.
    pub unit: Option<String>,
    /// When the key ends: RFC 3339, a day, or seconds since 1970.
    pub expires: Option<String>,
    /// The person, account or name of the key.
    pub owner: Option<String>,
    /// The organisation, team or workspace.
    pub organisation: Option<String>,
    /// The project.
    pub project: Option<String>,
    /// The plan or tier.
    pub plan: Option<String>,
    /// What the key may do: a list of texts, or one text separated by blanks or commas.
    pub scopes: Option<String>,
    /// The list of models, of which the length counts.
    pub models: Option<String>,
    /// How many requests are left until the limit is set back.
    pub requests_left: Option<String>,
    /// What is true of an admin key: any of these in the body.
    #[serde(default)]
    pub admin: Vec<String>,
}

/// TOML knows no number as a key.
fn statuses<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<u16, Verdict>, D::Error> {
    let written = BTreeMap::<String, Verdict>::deserialize(from)?;
    let read = |(status, verdict): (String, Verdict)| match status.parse() {
        // What no answer can say is no meaning of one.
        Ok(100..=599) if matches!(verdict, Verdict::Unreachable | Verdict::Untestable) => {
            Err(de::Error::custom(format_args!("`{verdict}` is no answer")))
        }
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
        for endpoint in ["http://localhost:1", "http://localhost:1/v1", "http://localhost:1/v1/"] {
            let there = moved("https://a.example/v1/models", "https://a.example", endpoint);
            assert_eq!(there.as_deref(), Some("http://localhost:1/v1/models"), "{endpoint}");
        }
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
        for bad in ["{ 20 = 'valid' }", "{ ok = 'valid' }", "{ 200 = 'fine' }", "{ 200 = 'untestable' }"] {
            assert!(toml::from_str::<Test>(&format!("url = 'https://a.b'\nstatus = {bad}")).is_err(), "{bad}");
        }
    }
}
