//! A person's keys for a program of one's own: the same order of answer as `byok get`, and the same errors.
//!
//! Nobody is asked and nothing is changed. A profile whose identity only a passphrase opens answers while `byok unlock`
//! has it open, and else with [`IdentityError::Locked`](crate::identity::IdentityError::Locked). What is written is what
//! every reading writes: the newest generation that was seen, and a line in the log. A project's `.byok.toml` means
//! nothing here, for a program has no working folder that is its own.
//!
//! ```
//! use std::time::SystemTime;
//! # mod env {
//! #     /// A world of its own, in place of the one that the tests run in.
//! #     pub fn var_os(name: &str) -> Option<std::ffi::OsString> {
//! #         (name == "BYOK_HOME").then(|| "/nonexistent/byok".into())
//! #     }
//! # }
//!
//! let keys = byok::Keys::open(|name| env::var_os(name), SystemTime::now)?;
//! match keys.resolve("openai:work") {
//!     Ok(key) => println!("{} answers, for {}", key.source, key.base_url.unwrap_or_default()),
//!     Err(error) if error.is_locked() => println!("locked: `byok unlock` opens it for a while"),
//!     Err(error) if error.is_missing() => println!("{error}: `byok add openai:work`"),
//!     Err(error) => return Err(error),
//! }
//! # assert!(keys.resolve("openai:work").unwrap_err().is_missing());
//! # Ok::<(), byok::AccessError>(())
//! ```

mod home;
mod opened;
mod resolved;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::SystemTime;

use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::disk::DiskError;
use crate::keychain::KeychainError;
use crate::keys::KeyError;
use crate::name::{EnvName, KeyRef, NameError, ProfileName, ProviderId};
use crate::provider::{Naming, Registry, RegistryError};
use crate::resolve::{self, Answer, Chain, ResolveError, Trail};
use crate::secret::{Secret, SecretError};
use crate::settings::{Settings, SettingsError};
use crate::store::StoreError;
use opened::Opened;

pub use home::{Home, TEXT_LIMIT};
pub use resolved::{Listed, Resolved, Source};

/// Why there is no key to be had. Holds no value.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccessError {
    /// `BYOK_HOME` makes no sense.
    #[error("`BYOK_HOME` is not an absolute path")]
    NotAbsolute,
    /// Nothing tells where byok keeps things.
    #[error("there is no home folder: `HOME` is not set to an absolute path")]
    NoHome,
    /// A text of the user's own is none.
    #[error("cannot read `{}`", path.display())]
    Text {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::str::Utf8Error,
    },
    /// `config.toml` is wrong.
    #[error("cannot read `{}`", path.display())]
    Settings {
        /// The file.
        path: PathBuf,
        /// Why.
        source: SettingsError,
    },
    /// `providers.toml` is wrong.
    #[error("cannot read `{}`", path.display())]
    Providers {
        /// The file.
        path: PathBuf,
        /// Why.
        source: RegistryError,
    },
    /// The file system.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// A profile does not open.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The profile is not there.
    #[error(transparent)]
    Profile(#[from] KeyError),
    /// No key answers.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// What was asked for is no name.
    #[error("cannot use this name")]
    Name(#[from] NameError),
    /// The variable that answers holds what is no key.
    #[error("cannot use the value of `{variable}`")]
    Variable {
        /// The variable.
        variable: String,
        /// Why.
        source: SecretError,
    },
}

impl AccessError {
    /// Whether nothing is wrong but that there is no such key, or none that may answer: where `byok get` exits with 3.
    pub fn is_missing(&self) -> bool {
        match self {
            Self::Resolve(error) => !matches!(error, ResolveError::Admin { .. }),
            error => matches!(error, Self::Profile(KeyError::NoProfile { .. })),
        }
    }

    /// Whether the identity is locked, behind a passphrase or in a locked keychain, and `byok unlock` opens it for a while.
    pub fn is_locked(&self) -> bool {
        use crate::identity::IdentityError as Identity;
        let Self::Store(StoreError::Locked(error)) = self else { return false };
        matches!(error.0.downcast_ref(), Some(Identity::Locked | Identity::Keychain(KeychainError::Locked)))
    }
}

type Var = dyn Fn(&str) -> Option<OsString> + Send + Sync;
type Clock = dyn Fn() -> SystemTime + Send + Sync;

/// A person's keys. Every question reads the profile anew, in about a millisecond: a key that was rotated or disabled is
/// so from the next question on.
pub struct Keys {
    var: Box<Var>,
    clock: Box<Clock>,
    home: Home,
    settings: Settings,
    registry: Registry,
    profile: ProfileName,
    program: Option<String>,
}

impl Keys {
    /// The keys of the home that the variables name (see [`Home::find`]), and of the profile that `BYOK_PROFILE` or the
    /// settings name.
    ///
    /// The library reads neither the environment nor the clock by itself: `var` and `clock` are how it may.
    pub fn open(
        var: impl Fn(&str) -> Option<OsString> + Send + Sync + 'static,
        clock: impl Fn() -> SystemTime + Send + Sync + 'static,
    ) -> Result<Self, AccessError> {
        let home = Home::find(&var)?;
        home.check()?;
        let (settings, registry) = (home.settings()?, home.registry()?);
        let named = var("BYOK_PROFILE").filter(|name| !name.is_empty());
        let named = named.map(|name| ProfileName::parse(&name.to_string_lossy())).transpose()?;
        let profile = named.or_else(|| settings.profile.clone()).unwrap_or_default();
        Ok(Self { var: Box::new(var), clock: Box::new(clock), home, settings, registry, profile, program: None })
    }

    /// The same keys, of another profile.
    pub fn with_profile(self, name: &str) -> Result<Self, AccessError> {
        Ok(Self { profile: ProfileName::parse(name)?, ..self })
    }

    /// The same keys, for a program that the log is to call so.
    #[must_use]
    pub fn for_program(self, name: &str) -> Self {
        let shown = name.chars().filter(char::is_ascii_graphic).take(40).collect();
        Self { program: Some(shown), ..self }
    }

    /// The key that answers to a name, `openai` or `openai:work`: that of the profile, of those in `fallback` in their
    /// order, or the system's own in the environment. A key that is disabled or whose time is over never answers, and the
    /// error says so.
    ///
    /// # Errors
    /// See [`AccessError::is_missing`] and [`AccessError::is_locked`].
    pub fn resolve(&self, name: &str) -> Result<Resolved, AccessError> {
        let name = self.name(name)?;
        let (opened, now) = (self.opened(), self.now());
        let chain = self.chain(&opened, true)?;
        let trail = self.walk(&chain, &name, now)?;
        match trail.answer() {
            Ok(Answer::Key { profile, is_fallback, key }) => {
                opened.note(key);
                Ok(Resolved::of_key(&self.registry, profile, is_fallback, key))
            }
            Ok(Answer::Environment(variable)) => {
                let secret = Secret::new(self.variable(&variable).unwrap_or_default())
                    .map_err(|source| AccessError::Variable { variable: variable.to_string(), source })?;
                Ok(Resolved::of_system(&self.registry, &name.provider, variable, secret))
            }
            Err(_) if chain.first().is_none() => Err(KeyError::NoProfile { name: self.profile.clone() }.into()),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether some profile has a key that answers to this name, as `byok has` tells: the environment does not count.
    pub fn has(&self, name: &str) -> Result<bool, AccessError> {
        let name = self.name(name)?;
        let opened = self.opened();
        match self.chain(&opened, true) {
            Err(AccessError::Profile(KeyError::NoProfile { .. })) => Ok(false),
            chain => Ok(resolve::walk(&chain?, &name, &[], self.now())?.key().is_ok()),
        }
    }

    /// The profile's keys, oldest first, and no value.
    ///
    /// # Errors
    /// [`KeyError::NoProfile`] where the profile is not there.
    pub fn list(&self) -> Result<Vec<Listed>, AccessError> {
        let opened = self.opened();
        let chain = self.chain(&opened, false)?;
        let Some(profile) = chain.first() else { return Ok(Vec::new()) };
        let shown = profile.display_all();
        let now = self.now();
        Ok(profile.keys().iter().zip(shown).map(|(key, name)| Listed::of(profile, key, name, now)).collect())
    }

    /// Reads a name of a key, `grok` as `xai`.
    fn name(&self, typed: &str) -> Result<KeyRef, AccessError> {
        let (provider, label) = typed.split_once(':').map_or((typed, None), |(id, label)| (id, Some(label)));
        let provider: ProviderId = self.registry.find(provider)?;
        Ok(KeyRef { provider, label: label.map(str::parse).transpose()? })
    }

    /// What a variable that may hold a key holds.
    fn variable(&self, name: &EnvName) -> Option<Zeroizing<String>> {
        (self.var)(name.as_str())?.into_string().ok().map(Zeroizing::new)
    }

    fn now(&self) -> Timestamp {
        Timestamp::try_from((self.clock)()).unwrap_or(Timestamp::MAX)
    }

    fn opened(&self) -> Opened<'_> {
        Opened::new(self)
    }

    /// The profiles that answer. Where nothing was ever stored there is none, and every key may be in the environment.
    fn chain<'o>(&self, opened: &'o Opened<'_>, may_be_unused: bool) -> Result<Chain<'o, AccessError>, AccessError> {
        let first = opened.read(&self.profile)?;
        let unused = || Ok::<_, AccessError>(self.profile == ProfileName::default() && opened.is_empty()?);
        if first.is_none() && !(may_be_unused && unused()?) {
            return Err(KeyError::NoProfile { name: self.profile.clone() }.into());
        }
        let after = self.settings.fallback(&self.profile).cloned().collect::<Vec<_>>();
        Ok(Chain::new(self.profile.clone(), first, after, Box::new(|name| opened.read(name))))
    }

    fn walk<'c>(
        &self,
        chain: &'c Chain<'_, AccessError>,
        name: &KeyRef,
        now: Timestamp,
    ) -> Result<Trail<'c>, AccessError> {
        let usual = self.registry.exports(&name.provider).key;
        let variables = Naming::Usual.key(&self.registry, &name.provider, &[], &usual);
        let is_set = |name: &EnvName| self.variable(name).is_some_and(|value| !value.trim().is_empty());
        Ok(resolve::walk(chain, name, &[], now)?.or_environment(&variables, is_set))
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Keys").field("home", &self.home).field("profile", &self.profile).finish_non_exhaustive()
    }
}
