//! `[admin]`: keys that make and revoke other keys, and the provider's own API to do so.
//!
//! ```toml
//! [admin]
//! what = "an admin key of My Service"        # with its article
//! prefixes = ["my-admin-"]                   # where their beginning tells them from others
//! env = ["MY_SERVICE_ADMIN_KEY"]             # read, and never set
//! console = "https://my.service/admin-keys"  # where they are made
//! docs = "https://my.service/docs/admin"     # where the provider says all this
//! note = "…"                                 # told before a key is made: what it will not have of the old one
//! [admin.test]                               # as `[test]`, for keys that are known by their beginning
//! url = "https://my.service/v1/organisation"
//! status = { 200 = "valid", 401 = "invalid" }
//! [admin.scopes]                             # what keys belong to: `{SCOPE}` in the addresses below
//! what = "project"
//! url = "https://my.service/v1/projects"
//! items = "/data"                            # JSON pointers: the list, and in each item…
//! id = "/id"
//! page = { parameter = "after", next = "/last_id", more = "/has_more" }
//! [admin.list]                               # which keys there are
//! url = "https://my.service/v1/projects/{SCOPE}/keys"
//! items = "/data"
//! id = "/id"
//! hint = "/masked"                           # `my-abc...wxyz`: what is shown of the key
//! name = "/name"
//! owner = "/owner/id"                        # what goes with the key, where `revoke_owner` takes that away
//! live = { at = "/status", is = ["active"] } # others are passed over
//! page = { parameter = "offset" }            # without `next`, it counts the items
//! [admin.make]
//! url = "https://my.service/v1/projects/{SCOPE}/keys"
//! body = '{"name":"{NAME}"}'
//! secret = "/key"
//! id = "/id"                                 # or `owner`
//! keep = { limit = "/limit" }                # fields of the body that are taken over from the old key's item
//! [admin.revoke]
//! method = "DELETE"                          # or POST with a `body`
//! url = "https://my.service/v1/projects/{SCOPE}/keys/{ID}"
//! ```

use std::collections::BTreeMap;

use serde::Deserialize;

use super::proof::{Method, Test};
use crate::name::EnvName;

/// What is known of a provider's admin keys. Only an entry of the registry has it: a person's own file cannot say where
/// such a key goes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Admin {
    /// What such a key is, with its article.
    pub what: String,
    /// How they begin, where that tells them from other keys of the provider.
    #[serde(default)]
    pub prefixes: Vec<String>,
    /// The variables that hold one. They are read, and never set.
    #[serde(default)]
    pub env: Vec<EnvName>,
    /// Where they are made.
    pub console: String,
    /// Where the provider describes what stands here.
    pub docs: String,
    /// What a key that is made will not have of the one that it takes the place of.
    pub note: Option<String>,
    /// The request that proves one that is known by its beginning.
    pub test: Option<Test>,
    /// What keys belong to.
    pub scopes: Option<Scopes>,
    /// Which keys there are.
    pub list: Option<List>,
    /// How a key is made.
    pub make: Option<Make>,
    /// How a key is revoked.
    pub revoke: Option<Revoke>,
    /// How a key is revoked that has an owner of its own, by taking that away.
    pub revoke_owner: Option<Revoke>,
}

/// What keys belong to: projects, workspaces.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scopes {
    /// What one is called; the key's field of this name says which it is.
    pub what: String,
    /// Where they are listed.
    pub url: String,
    /// The list in the answer.
    pub items: String,
    /// What names one of them.
    pub id: String,
    /// How there are more of them.
    pub page: Option<Page>,
}

/// Which keys there are.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// Where they are listed.
    pub url: String,
    /// The list in the answer.
    pub items: String,
    /// What names a key.
    pub id: String,
    /// What is shown of its secret.
    pub hint: String,
    /// What it was called when it was made.
    pub name: String,
    /// What goes with it.
    pub owner: Option<String>,
    /// What tells a key that still works.
    pub live: Option<Live>,
    /// How there are more of them.
    pub page: Option<Page>,
}

/// What tells a key that still works from others in a list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Live {
    /// Where it stands.
    pub at: String,
    /// What stands there.
    pub is: Vec<String>,
}

/// How a list goes on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// The parameter that says from where.
    pub parameter: String,
    /// What it is to be, in the answer before; how many items there were, if nothing is said.
    pub next: Option<String>,
    /// What tells whether there are more.
    pub more: Option<String>,
}

/// How a key is made.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Make {
    /// Where.
    pub url: String,
    /// What is sent: `{NAME}` is the name of the new key.
    pub body: String,
    /// The new secret in the answer.
    pub secret: String,
    /// What names the new key.
    pub id: Option<String>,
    /// What names its owner, where that is to be taken away with it.
    pub owner: Option<String>,
    /// What the new key takes over of the old one as the list tells it: field of the body and place in the item.
    #[serde(default)]
    pub keep: BTreeMap<String, String>,
}

/// How a key is revoked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revoke {
    /// How to ask.
    pub method: Method,
    /// Where: `{ID}` is what names it.
    pub url: String,
    /// What is sent.
    pub body: Option<String>,
}

impl Admin {
    /// Every address that an admin key is sent to, and the field that gives it.
    pub(super) fn addresses(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let test = self.test.iter().map(|test| ("admin.test.url", &test.url));
        let scopes = self.scopes.iter().map(|scopes| ("admin.scopes.url", &scopes.url));
        let list = self.list.iter().map(|list| ("admin.list.url", &list.url));
        let make = self.make.iter().map(|make| ("admin.make.url", &make.url));
        let revoke = self.revoke.iter().map(|revoke| ("admin.revoke.url", &revoke.url));
        let owner = self.revoke_owner.iter().map(|revoke| ("admin.revoke_owner.url", &revoke.url));
        let all = test.chain(scopes).chain(list).chain(make).chain(revoke).chain(owner);
        all.map(|(field, url)| (field, url.as_str()))
    }
}
