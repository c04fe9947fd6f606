//! One provider's entry: what a file in `registry/` or a table of one's own `providers.toml` may say.
//!
//! Every field may be left out; the comments name what holds then.
//!
//! ```toml
//! name = "My Service"                         # for people; the id in words
//! kind = "llm"                                # llm gateway cloud local search speech media embedding vectors tooling
//! aliases = ["mine"]                          # other names that people type
//! status = "retired"                          # still recognised, no longer offered
//! note = "…"                                  # shown with the provider
//! notice = "…"                                # shown where exporting its variable changes what another program bills
//! console = "https://my.service/keys"         # where keys are made and revoked
//! new_key = "Create API key"                  # what to press there for a new one
//! revoke = "Delete, in the key's own menu"    # and to be rid of an old one
//! docs = "https://my.service/docs"
//! base_url = "https://{MY_SERVICE_REGION}.my.service/v1"
//! openai_compatible = true
//! untestable = "why no request proves a key"  # instead of [test]
//!
//! [env]
//! key = ["MY_SERVICE_API_KEY"]                # the first is exported, all are read; no other provider may own one
//! shared = ["OPENAI_API_KEY"]                 # another provider's, read here too; exported if `key` is empty
//! [env.fields]                                # what belongs to a key and is no secret
//! region = ["MY_SERVICE_REGION"]              # the first is set
//!
//! [shape]                                     # what its keys look like
//! pattern = '^my-[a-z0-9]{32}$'               # the whole key; no look-around
//! certain = ["my-"]                           # opens the keys of nobody else
//! marks = ["MySvc"]                           # stands somewhere in the keys of nobody else
//! possible = ["sk-"]                          # opens the keys of others as well
//! [[shape.other]]                             # looks like a key and is none
//! prefix = "my-session-"
//! what = "a browser session, not an API key"
//!
//! [auth]                                      # a bearer token
//! style = "header"                            # bearer · header (header, prefix) · basic (login) · query (parameter) · none
//! header = "x-api-key"
//! prefix = "Key "
//! headers = { x-version = "2" }               # sent as well, in any style
//!
//! [test]                                      # one cheap request that proves a key
//! method = "GET"
//! url = "https://my.service/v1/me"            # under `base_url`, it follows the key's own `endpoint`
//! retry_url = "https://my.service/v1/team"    # asked where the first one calls a key invalid
//! headers = { Accept = "application/json" }
//! body = '{"key":"{KEY}"}'
//! timeout = 30                                # seconds; the client's own limit
//! unproven = true                             # may answer without a key: valid only if it refuses an invented one;
//!                                             # in `providers.toml` this holds unless `false` is said
//! costs = "one search"                        # what it may be billed as: sent only where the cost is allowed
//! holds = "/data"                             # a good answer has this, and not null, false or empty
//! plain = true                                # a good answer is no JSON
//! note = "…"                                  # shown with the verdict
//! [test.auth]                                 # where the test needs another than the provider
//! style = "basic"
//! login = "api:{KEY}"
//! [test.status]                               # HTTP status → verdict; for others see `Test::verdict`
//! 200 = "valid"
//! 401 = "invalid"
//! [[test.when]]                               # read before `status`, the first that fits
//! status = 401                                # any
//! contains = '"code":"expired"'               # in the body, white space left out of both
//! verdict = "expired"
//! says = "the key has expired"                # the verdict's own words
//! [test.tells]                                # JSON pointers into the body, or names of headers
//! credit = "/data/balance"                    # see `Tells` for all of them
//! unit = "USD"
//! models = "/data"
//! ```
//!
//! What can be done with keys that make and revoke others stands in `[admin]`, which only the registry's own entries
//! have; see [`super::admin`].
//!
//! `{NAME}` stands for the value of one of the entry's own variables, `{KEY}` for the key (in a login, a header or a body,
//! never in a URL), `{UUID}` for a fresh one.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::name::{EnvName, ProviderId};

use super::admin::Admin;
use super::auth::Auth;
use super::proof::Test;
use super::{Exports, address, check};

/// Why an entry cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EntryError {
    /// It is not the TOML that an entry is.
    #[error("{0}")]
    Form(String),
    /// A field says what it may not.
    #[error("`{field}`: {why}")]
    Rule {
        /// The field at fault, dotted.
        field: String,
        /// What is wrong with it.
        why: String,
    },
}

/// A provider, as its entry describes it; the schema stands at the top of this module.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// Its id: the file's or the table's name, never a field.
    #[serde(skip, default = "no_id_yet")]
    pub id: ProviderId,
    /// Its name for people.
    #[serde(default)]
    pub name: String,
    /// What it is mostly used for.
    #[serde(default)]
    pub kind: Kind,
    /// Other names that people type.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Whether it still works.
    #[serde(default)]
    pub status: Status,
    /// A word to the person who uses it.
    pub note: Option<String>,
    /// What exporting its variable changes in the bills of other programs.
    pub notice: Option<String>,
    /// Where keys are made and revoked.
    pub console: Option<String>,
    /// What to press there for a new key.
    pub new_key: Option<String>,
    /// What to press there to be rid of an old key.
    pub revoke: Option<String>,
    /// Its documentation.
    pub docs: Option<String>,
    /// Where its API lives; may hold `{NAME}`.
    pub base_url: Option<String>,
    /// Whether that address speaks the chat API of `openai`.
    #[serde(default)]
    pub openai_compatible: bool,
    /// Why no test is possible. Given exactly if there is no `test`.
    pub untestable: Option<String>,
    /// Its environment variables.
    #[serde(default)]
    pub env: Env,
    /// What its keys look like.
    #[serde(default)]
    pub shape: Shape,
    /// How a key is sent.
    #[serde(default)]
    pub auth: Auth,
    /// The request that proves a key.
    pub test: Option<Test>,
    /// Its admin keys, and what can be done with them.
    pub admin: Option<Box<Admin>>,
}

impl Provider {
    /// Reads and checks an entry.
    pub fn parse(id: &ProviderId, text: &str) -> Result<Self, EntryError> {
        let provider: Self = toml::from_str(text).map_err(|error| EntryError::Form(error.to_string()))?;
        provider.complete(id)
    }

    /// Reads and checks an entry that is parsed TOML already.
    pub(super) fn from_table(id: &ProviderId, table: toml::Table) -> Result<Self, EntryError> {
        let provider: Self = table
            .try_into()
            .map_err(|error: toml::de::Error| EntryError::Form(crate::wash::untold(error.message())))?;
        provider.complete(id)
    }

    /// What holds of a provider without an entry.
    pub(super) fn without_entry(id: &ProviderId) -> Self {
        Self {
            id: id.clone(),
            name: id.in_words(),
            kind: Kind::default(),
            aliases: Vec::new(),
            status: Status::default(),
            note: None,
            notice: None,
            console: None,
            new_key: None,
            revoke: None,
            docs: None,
            base_url: None,
            openai_compatible: false,
            untestable: Some(NO_TEST.to_owned()),
            env: Env { key: vec![id.default_env()], ..Env::default() },
            shape: Shape::default(),
            auth: Auth::default(),
            test: None,
            admin: None,
        }
    }

    fn complete(mut self, id: &ProviderId) -> Result<Self, EntryError> {
        self.id = id.clone();
        if self.name.is_empty() {
            self.name = id.in_words();
        }
        if self.env.key.is_empty() && self.env.shared.is_empty() {
            self.env.key.push(id.default_env());
        }
        if self.test.is_none() {
            self.untestable.get_or_insert_with(|| NO_TEST.to_owned());
        }
        self.check()?;
        Ok(self)
    }

    /// Holds the entry against the rules that its types cannot express.
    pub fn check(&self) -> Result<(), EntryError> {
        check::provider(self)
    }

    /// Whether its keys are tried as those of a server that speaks as OpenAI does, for want of a test of its own.
    pub fn is_tried_as_compatible(&self) -> bool {
        self.test.is_none() && self.untestable.as_deref() == Some(NO_TEST)
    }

    /// The variables that its key and the key's fields are exported as, and the host of `base_url`.
    pub fn exports(&self) -> Exports {
        let key = self.env.key.first().or(self.env.shared.first()).cloned();
        let fields = self.env.fields.iter();
        Exports {
            key: key.unwrap_or_else(|| self.id.default_env()),
            fields: fields.filter_map(|(field, names)| Some((field.clone().into(), names.first()?.clone()))).collect(),
            host: self.base_url.as_deref().and_then(address::host).map(|host| host.to_owned().into()),
        }
    }
}

const NO_TEST: &str = "no test is described for it";

/// Stands in until the entry's name is known; no entry carries its own.
fn no_id_yet() -> ProviderId {
    ProviderId::parse("unnamed").expect("an id")
}

/// What a provider is mostly used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Kind {
    /// Its own models of language.
    #[default]
    Llm,
    /// Models of many providers behind one key.
    Gateway,
    /// A cloud with models among other things.
    Cloud,
    /// A server of one's own, mostly without a key.
    Local,
    /// Search for programs.
    Search,
    /// Speech to text, text to speech, calls.
    Speech,
    /// Images, video, music.
    Media,
    /// Embeddings and reranking.
    Embedding,
    /// Vector databases.
    Vectors,
    /// What stands around models: tracing, memory, sandboxes, agents.
    Tooling,
}

impl Kind {
    /// The word that entries use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Llm => "llm",
            Self::Gateway => "gateway",
            Self::Cloud => "cloud",
            Self::Local => "local",
            Self::Search => "search",
            Self::Speech => "speech",
            Self::Media => "media",
            Self::Embedding => "embedding",
            Self::Vectors => "vectors",
            Self::Tooling => "tooling",
        }
    }
}

/// Whether a provider still works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It does.
    #[default]
    Active,
    /// It was shut down: recognised, never offered.
    Retired,
}

/// The environment variables of a provider.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Env {
    /// Its own names for the key; the first is exported.
    #[serde(default)]
    pub key: Vec<EnvName>,
    /// Names for the key that another provider owns.
    #[serde(default)]
    pub shared: Vec<EnvName>,
    /// What belongs to a key and is no secret: field → names, the first is set.
    #[serde(default)]
    pub fields: BTreeMap<String, Vec<EnvName>>,
}

/// What keys look like.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// A regular expression over the whole key.
    pub pattern: Option<String>,
    /// Prefixes that nobody else uses.
    #[serde(default)]
    pub certain: Vec<String>,
    /// Texts inside a key that nobody else uses.
    #[serde(default)]
    pub marks: Vec<String>,
    /// Prefixes that others use as well.
    #[serde(default)]
    pub possible: Vec<String>,
    /// What looks like a key and is none.
    #[serde(default)]
    pub other: Vec<Lookalike>,
}

/// What looks like a key and is none.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lookalike {
    /// How it begins.
    pub prefix: String,
    /// What it is, with its article.
    pub what: String,
}
