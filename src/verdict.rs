//! What a test says of a key: one set of words for tables, JSON, exit codes and the sealed document.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What an answer, or none, says of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Verdict {
    /// It works.
    Valid,
    /// It is genuine, and may not do what the test asked for.
    Restricted,
    /// It is genuine, and was used too often just now.
    RateLimited,
    /// It is genuine, and the account has no credit left.
    NoCredit,
    /// It was never one, or is mistyped, or is gone.
    Invalid,
    /// Its time is over.
    Expired,
    /// Somebody ended it.
    Revoked,
    /// The request was turned away for its place or its account; nothing is known of the key.
    Blocked,
    /// No answer came; nothing is known of the key. See [`Cause`].
    Unreachable,
    /// The provider is in trouble; nothing is known of the key.
    ProviderDown,
    /// An answer that nobody foresaw; nothing is known of the key.
    Unexpected,
    /// No free, safe request proves it; no more than its form was looked at.
    Untestable,
}

/// What a verdict comes to for somebody who wants to use the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Worth {
    /// It does not work.
    Dead,
    /// Nothing could be learnt.
    Unknown,
    /// Nothing can be learnt.
    Untested,
    /// It works.
    Usable,
}

impl Verdict {
    /// All of them, the worst first.
    pub const ALL: [Self; 12] = [
        Self::Invalid,
        Self::Revoked,
        Self::Expired,
        Self::NoCredit,
        Self::Blocked,
        Self::Unexpected,
        Self::ProviderDown,
        Self::Unreachable,
        Self::Untestable,
        Self::RateLimited,
        Self::Restricted,
        Self::Valid,
    ];

    /// The word that tables, JSON, the registry and the sealed document use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Restricted => "restricted",
            Self::RateLimited => "rate-limited",
            Self::NoCredit => "no-credit",
            Self::Invalid => "invalid",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Blocked => "blocked",
            Self::Unreachable => "unreachable",
            Self::ProviderDown => "provider-down",
            Self::Unexpected => "unexpected",
            Self::Untestable => "untestable",
        }
    }

    /// What it comes to.
    pub const fn worth(self) -> Worth {
        match self {
            Self::Valid | Self::Restricted | Self::RateLimited => Worth::Usable,
            Self::NoCredit | Self::Invalid | Self::Expired | Self::Revoked | Self::Blocked => Worth::Dead,
            Self::Unreachable | Self::ProviderDown | Self::Unexpected => Worth::Unknown,
            Self::Untestable => Worth::Untested,
        }
    }

    /// Whether the provider took the key for one of its own.
    pub const fn is_accepted(self) -> bool {
        matches!(self, Self::Valid | Self::Restricted | Self::RateLimited | Self::NoCredit)
    }

    /// Whether the provider disowns the key, so that keeping it is of no use.
    pub const fn is_refused(self) -> bool {
        matches!(self, Self::Invalid | Self::Expired | Self::Revoked)
    }

    /// Its place among all, the worst first.
    pub fn rank(self) -> usize {
        Self::ALL.iter().position(|one| *one == self).unwrap_or_default()
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// A word that is no verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no verdict")]
pub struct NoVerdict;

impl FromStr for Verdict {
    type Err = NoVerdict;

    fn from_str(word: &str) -> Result<Self, NoVerdict> {
        Self::ALL.into_iter().find(|verdict| verdict.as_str() == word).ok_or(NoVerdict)
    }
}

/// What kept an answer from coming.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Cause {
    /// The host's name leads nowhere.
    Dns,
    /// Nobody listens there, or the connection broke.
    Connect,
    /// The server could not prove who it is.
    Tls,
    /// It took too long.
    Timeout,
    /// The proxy between.
    Proxy,
}

impl Cause {
    /// The word that tables and JSON use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::Proxy => "proxy",
        }
    }
}

/// What an answer tells of a key besides whether it works.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Facts {
    /// What is left to spend, in `unit`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credit: Option<f64>,
    /// What may be spent in all, in `unit`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<f64>,
    /// What was spent, in `unit`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used: Option<f64>,
    /// What the amounts count: a currency as in ISO 4217, or `credits`, `characters`…
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// When the provider lets the key end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// The person, account or name of the key, as the provider calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The organisation, team or workspace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
    /// The project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The plan or tier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// What the key may do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// How many models it sees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub models: Option<u64>,
    /// How many requests are left until the limit is set back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_left: Option<u64>,
    /// Whether it makes and revokes other keys.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub admin: bool,
}

impl Facts {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The outcome of a key's latest test, as it is kept with the key.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
pub struct Tested {
    /// What came out.
    pub verdict: Verdict,
    /// What kept the answer from coming, where none came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// When.
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ms: Option<u64>,
    /// The verdict in more words, where it needs any: washed, and free of the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub says: Option<String>,
    /// What the answer tells besides.
    #[serde(default, skip_serializing_if = "Facts::is_empty")]
    pub facts: Facts,
    /// The latest test, where it was a later one that learnt nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Attempt>,
}

/// A test that learnt nothing of the key.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Attempt {
    /// What came out instead.
    pub verdict: Verdict,
    /// What kept the answer from coming, where none came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// When.
    pub at: Timestamp,
    /// The same in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub says: Option<String>,
}

impl Tested {
    /// What is known after this test, where `before` was known: a test that learnt nothing takes nothing away.
    #[must_use]
    pub fn over(self, before: Option<Self>) -> Self {
        match before.filter(|before| self.verdict.worth() == Worth::Unknown && before.verdict.worth() != Worth::Unknown)
        {
            Some(known) => {
                let since = Attempt { verdict: self.verdict, cause: self.cause, at: self.at, says: self.says };
                Self { since: Some(since), ..known }
            }
            None => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verdict_has_one_word_everywhere() {
        for verdict in Verdict::ALL {
            assert_eq!(verdict.as_str().parse(), Ok(verdict));
            assert_eq!(serde_json::to_string(&verdict).unwrap(), format!("\"{verdict}\""));
            assert_eq!(Verdict::ALL[verdict.rank()], verdict);
        }
        assert_eq!("Valid".parse::<Verdict>(), Err(NoVerdict));
    }

    #[test]
    fn a_test_that_learns_nothing_takes_nothing_away() {
        let tested = |verdict, at: &str| Tested {
            verdict,
            cause: None,
            at: at.parse().unwrap(),
            ms: None,
            says: None,
            facts: Facts::default(),
            since: None,
        };
        let (first, later) = ("2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z");
        let known = tested(Verdict::Unreachable, later).over(Some(tested(Verdict::Valid, first)));
        assert_eq!((known.verdict, known.at.to_string().as_str()), (Verdict::Valid, first));
        assert_eq!(known.since.as_ref().unwrap().verdict, Verdict::Unreachable);
        // A second one takes the first one's place, and an answer that of both.
        assert_eq!(
            tested(Verdict::ProviderDown, later).over(Some(known.clone())).since.unwrap().verdict,
            Verdict::ProviderDown
        );
        assert_eq!(tested(Verdict::Invalid, later).over(Some(known)), tested(Verdict::Invalid, later));
        let unknown = tested(Verdict::Unreachable, later).over(Some(tested(Verdict::Unexpected, first)));
        assert_eq!(unknown, tested(Verdict::Unreachable, later));
    }

    #[test]
    fn a_fault_of_the_network_or_the_server_is_never_a_bad_key() {
        for verdict in [Verdict::Unreachable, Verdict::ProviderDown, Verdict::Unexpected] {
            assert_eq!(verdict.worth(), Worth::Unknown);
            assert!(!verdict.is_accepted() && !verdict.is_refused());
        }
    }
}
