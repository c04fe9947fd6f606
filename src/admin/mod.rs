//! Makes, finds and revokes keys through a provider's own API, with an admin key.
//!
//! What is asked of whom stands in the registry's `[admin]`; neither a person's own entry nor a key's endpoint leads an
//! admin key anywhere else. Nothing that makes a key is sent twice, and what nobody answered is said to have perhaps
//! been done.

mod ask;
mod hint;

use std::fmt;
use std::sync::atomic::AtomicBool;

use serde_json::Value;
use zeroize::Zeroizing;

use crate::http::{Client, Setup, SetupError};
use crate::name::ProviderId;
use crate::probe::{Cleaner, Trace, json};
use crate::provider::{Fit, Provider, Registry, admin};
use crate::secret::Secret;
use crate::verdict::{Cause, Verdict};

/// A provider's API for its keys, opened with an admin key.
pub struct Api<'a> {
    /// The built-in entry.
    home: Provider,
    secret: Secret,
    cleaner: Cleaner,
    client: Client,
    runtime: tokio::runtime::Runtime,
    watch: Watch<'a>,
}

/// Who looks on.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    /// Set when somebody wants to stop: then nothing more is read; what is being made or revoked is waited for.
    pub stop: &'a AtomicBool,
    /// Hears of every request.
    pub tell: &'a dyn Fn(&Trace),
}

/// Why an answer is none, in the words of a test. Holds nothing of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// Who was asked.
    provider: String,
    /// What the answer says of the admin key, or of the provider.
    pub verdict: Verdict,
    /// What kept it from coming.
    pub cause: Option<Cause>,
    /// The same for people, washed.
    pub says: String,
    /// Whether what was asked may have been done all the same.
    pub perhaps: bool,
    status: Option<u16>,
    passing: bool,
}

impl fmt::Display for ApiError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { provider, verdict, says, .. } = self;
        match (verdict, self.cause) {
            (Verdict::Invalid, _) => write!(out, "{provider} turns the admin key down: {says}"),
            (Verdict::Restricted, _) => write!(out, "{provider} does not let the admin key do this: {says}"),
            (_, Some(cause)) => write!(out, "{provider} is {verdict}, {}: {says}", cause.as_str()),
            (_, None) => write!(out, "{provider}: {verdict}, {says}"),
        }
    }
}

impl std::error::Error for ApiError {}

/// Why there is no API to ask.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// None is known.
    #[error("it is not known how keys of {0} are made and revoked but by hand")]
    Unknown(String),
    /// There is no client.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// It is no key of this provider's by its shape, and goes to nobody who did not issue it.
    #[error("it does not look like a key of {0}, and was not sent there")]
    Stranger(String),
    /// The admin key is none that a header carries.
    #[error("the admin key holds a character that no header carries")]
    Unfit,
}

/// What names a key to its provider. No secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handle {
    scope: Option<String>,
    id: String,
    /// Whether the id is that of its owner, which goes with it.
    owner: bool,
}

/// A key as its provider lists it.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// What it is called there, washed.
    pub name: String,
    /// What it belongs to, where keys belong to something.
    pub scope: Option<String>,
    /// What revokes it; `None` where that would revoke others with it.
    pub handle: Option<Handle>,
    item: Value,
}

/// Where a key is among those that its provider lists.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// Here, and nowhere else.
    One(Box<Listed>),
    /// Here, and it works no more.
    Ended,
    /// Nowhere.
    Nowhere,
    /// Several look like it, so many.
    Several(usize),
}

/// What came of a search.
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    /// Where the key is.
    pub found: Found,
    /// What was looked through, where keys belong to something.
    pub scopes: Vec<String>,
}

/// A key that was made just now. Its secret is nowhere else.
#[derive(Debug)]
pub struct Made {
    /// The value.
    pub secret: Secret,
    /// What revokes it; `None` where the answer did not say.
    pub handle: Option<Handle>,
}

/// Whether a provider's keys can be made through its API, and whether they can be revoked.
pub fn abilities(id: &ProviderId) -> (bool, bool) {
    let admin = Registry::builtin().get(id).admin;
    let revokes = |admin: &admin::Admin| admin.list.is_some() && admin.revoke.is_some();
    admin.map_or((false, false), |admin| (admin.make.is_some(), revokes(&admin)))
}

impl<'a> Api<'a> {
    /// Opens a provider's API. Only the built-in entry says where it is.
    pub fn open(id: &ProviderId, admin: &Secret, setup: &Setup, watch: Watch<'a>) -> Result<Self, OpenError> {
        let home = Registry::builtin().get(id);
        if home.admin.as_ref().is_none_or(|admin| admin.list.is_none()) {
            return Err(OpenError::Unknown(home.name));
        }
        if matches!(Registry::builtin().fit(id, admin), Fit::Belongs(_) | Fit::NotAKey(_)) {
            return Err(OpenError::Stranger(home.name));
        }
        if !admin.expose().bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(OpenError::Unfit);
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| SetupError::Tls(error.to_string()))?;
        let (secret, cleaner) = (admin.clone(), Cleaner::new(admin, &[]));
        Ok(Self { home, secret, cleaner, client: Client::new(setup)?, runtime, watch })
    }

    fn entry(&self) -> &admin::Admin {
        self.home.admin.as_deref().expect("looked at when it was opened")
    }

    /// Looks for a key, in one scope or in all.
    ///
    /// # Errors
    /// Where a list does not come: then nothing is known.
    pub fn find(&self, key: &Secret, scope: Option<&str>) -> Result<Search, ApiError> {
        let shape = &self.home.shape;
        let openings = || shape.certain.iter().chain(&shape.possible).map(String::as_str);
        let (scopes, listed) = self.listed(scope, &|list: &admin::List, item: &Value| {
            let hint = item.pointer(&list.hint).and_then(Value::as_str);
            hint.is_some_and(|hint| hint::fits(hint, key.expose(), openings()))
        })?;
        let (mut live, ended): (Vec<_>, Vec<_>) = listed.into_iter().partition(|(_, live)| *live);
        let found = match (live.len(), ended.len()) {
            (1, _) => Found::One(Box::new(live.remove(0).0)),
            (0, 0) => Found::Nowhere,
            (0, _) => Found::Ended,
            (several, _) => Found::Several(several),
        };
        Ok(Search { found, scopes: scopes.into_iter().flatten().collect() })
    }

    /// Looks for a key by the name that it was made under: for one that may have been made without an answer.
    ///
    /// # Errors
    /// Where a list does not come: then nothing is known.
    pub fn named(&self, name: &str, scope: Option<&str>) -> Result<Option<Handle>, ApiError> {
        let (_, listed) = self.listed(scope, &|list: &admin::List, item: &Value| {
            item.pointer(&list.name).and_then(Value::as_str) == Some(name)
        })?;
        Ok(listed.into_iter().find_map(|(one, _)| one.handle))
    }

    /// The keys of all scopes that fit, each with whether it still works; and the scopes.
    #[expect(clippy::type_complexity, reason = "two lists side by side")]
    fn listed(
        &self,
        scope: Option<&str>,
        fits: &dyn Fn(&admin::List, &Value) -> bool,
    ) -> Result<(Vec<Option<String>>, Vec<(Listed, bool)>), ApiError> {
        let Some(list) = &self.entry().list else { return Ok((Vec::new(), Vec::new())) };
        let scopes = self.scopes(scope)?;
        let mut listed = Vec::new();
        for scope in &scopes {
            let url = filled(&list.url, scope.as_deref(), None);
            let items = self.items(&url, &list.items, list.page.as_ref())?;
            for item in items.iter().filter(|item| fits(list, item)) {
                let word = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                let live = list
                    .live
                    .as_ref()
                    .is_none_or(|live| item.pointer(&live.at).is_none_or(|value| live.is.contains(&word(value))));
                let name = item.pointer(&list.name).and_then(Value::as_str).unwrap_or_default();
                let (name, handle) = (self.cleaner.line(name), handle(list, scope.as_deref(), item, &items));
                listed.push((Listed { name, scope: scope.clone(), handle, item: item.clone() }, live));
            }
        }
        Ok((scopes, listed))
    }

    /// What keys belong to: the one that is given, all there are, or nothing.
    fn scopes(&self, scope: Option<&str>) -> Result<Vec<Option<String>>, ApiError> {
        let Some(scopes) = &self.entry().scopes else { return Ok(vec![None]) };
        if let Some(scope) = scope {
            let id = plain(scope).ok_or_else(|| self.unexpected("this is no id of the provider's", false))?;
            return Ok(vec![Some(id)]);
        }
        let items = self.items(&scopes.url, &scopes.items, scopes.page.as_ref())?;
        Ok(items.iter().filter_map(|item| id_at(item, &scopes.id)).map(Some).collect())
    }

    /// Makes a key of this name, in one scope where keys have one, as near to `like` as the provider lets it be.
    ///
    /// # Errors
    /// One that says `perhaps` may have made a key all the same: look for its name.
    pub fn make(&self, name: &str, scope: Option<&str>, like: Option<&Listed>) -> Result<Made, ApiError> {
        let Some(make) = &self.entry().make else {
            return Err(self.unexpected("its API makes no keys", false));
        };
        let scope =
            scope.map(|scope| plain(scope).ok_or_else(|| self.unexpected("this is no id", false))).transpose()?;
        let mut body: Value = serde_json::from_str(&make.body.replace("{NAME}", &json(name))).unwrap_or_default();
        for (field, place) in &make.keep {
            if let Some(value) = like.and_then(|like| like.item.pointer(place)).filter(|value| !value.is_null()) {
                body[field] = value.clone();
            }
        }
        let url = filled(&make.url, scope.as_deref(), None);
        let answer = self.asked(crate::http::Method::Post, &url, Some(&body.to_string()))?;
        let strange = |says: &str| self.unexpected(says, true);
        let mut answer = answer.ok_or_else(|| strange("an answer that is no JSON"))?;
        let id = |place: &Option<String>| place.as_deref().and_then(|place| id_at(&answer, place));
        let handle = id(&make.id).map(|id| (id, false)).or_else(|| Some((id(&make.owner)?, true)));
        let handle = handle.map(|(id, owner)| Handle { scope, id, owner });
        let Some(Value::String(text)) = answer.pointer_mut(&make.secret) else {
            return Err(strange("an answer without a key"));
        };
        let secret = Secret::new(Zeroizing::new(std::mem::take(text))).map_err(|_| strange("a key that is none"))?;
        Ok(Made { secret, handle })
    }

    /// Revokes a key. One that is not there any more is revoked already.
    ///
    /// # Errors
    /// Where it is not sure that the key is gone.
    pub fn revoke(&self, handle: &Handle) -> Result<(), ApiError> {
        let entry = self.entry();
        let how = if handle.owner { &entry.revoke_owner } else { &entry.revoke };
        let how = how.as_ref().ok_or_else(|| self.unexpected("its API revokes no keys", false))?;
        let url = filled(&how.url, handle.scope.as_deref(), Some(&handle.id));
        match self.taken(how, &url) {
            Err(ApiError { status: Some(404), .. }) => Ok(()),
            Err(error) => Err(error),
            Ok(answer) if answer.as_ref().and_then(|json| json.pointer("/deleted")) == Some(&Value::Bool(false)) => {
                Err(self.unexpected("it was not deleted", false))
            }
            Ok(_) => Ok(()),
        }
    }
}

/// What revokes a listed key, and no other.
fn handle(list: &admin::List, scope: Option<&str>, item: &Value, all: &[Value]) -> Option<Handle> {
    let owner = list.owner.as_deref().and_then(|place| id_at(item, place));
    let handle = |id, owner| Handle { scope: scope.map(str::to_owned), id, owner };
    match owner {
        Some(owner) => {
            let same =
                |other: &&Value| list.owner.as_deref().and_then(|place| id_at(other, place)) == Some(owner.clone());
            (all.iter().filter(same).count() == 1).then(|| handle(owner, true))
        }
        None => Some(handle(id_at(item, &list.id)?, false)),
    }
}

/// An address with what it names filled in. Both are plain, so that they can be nothing but one part of a path.
fn filled(url: &str, scope: Option<&str>, id: Option<&str>) -> String {
    url.replace("{SCOPE}", scope.unwrap_or_default()).replace("{ID}", id.unwrap_or_default())
}

/// An id as it may stand in a path; none where it could be more than one part of it.
fn plain(id: &str) -> Option<String> {
    /// No id is longer, in bytes.
    const LONG: usize = 200;
    let sign = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    (!id.is_empty() && id.len() <= LONG && id.bytes().all(sign)).then(|| id.to_owned())
}

fn id_at(item: &Value, place: &str) -> Option<String> {
    match item.pointer(place)? {
        Value::String(id) => plain(id),
        Value::Number(number) => plain(&number.to_string()),
        _ => None,
    }
}
