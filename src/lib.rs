//! One sealed home for a person's AI-provider API keys.
//!
//! The user's key, or the system's, for a service in five lines:
//!
//! ```
//! use std::time::SystemTime;
//! # mod env {
//! #     /// A world of its own, in place of the one that the tests run in.
//! #     pub fn var_os(name: &str) -> Option<std::ffi::OsString> {
//! #         match name {
//! #             "BYOK_HOME" => Some("/nonexistent/byok".into()),
//! #             "OPENAI_API_KEY" => Some("sk-the-systems-own".into()),
//! #             _ => None,
//! #         }
//! #     }
//! # }
//!
//! let keys = byok::Keys::open(|name| env::var_os(name), SystemTime::now)?;
//! let key = keys.resolve("openai")?;
//! let header = format!("Authorization: Bearer {}", key.secret.expose());
//! println!("a key from {}", key.source);
//! # assert_eq!((header.as_str(), key.source), ("Authorization: Bearer sk-the-systems-own", byok::Source::Environment));
//! # Ok::<(), byok::AccessError>(())
//! ```
//!
//! # What is where
//!
//! | for | see |
//! |---|---|
//! | a person's keys, as `byok get`, `has` and `list` give them | [`Keys`], [`access`] |
//! | secrets that no log shows | [`secret::Secret`] |
//! | names that are safe once they are read | [`name`] |
//! | providers: their names, variables, addresses and how their keys look | [`provider::Registry`] |
//! | which key answers, and why another does not | [`resolve`] |
//! | whether a key works | [`probe`], [`verdict`] |
//! | sealed profiles, in files and in the keychain | [`profile`], [`store`], [`seal`], [`keychain`], [`identity`] |
//! | a whole home in one text, and what differs from it | [`backup`] |
//! | changes to them, and the log | [`keys`], [`journal`] |
//! | keys that make and revoke others, and the APIs that they open | [`admin`] |
//! | other programs' forms of keys | [`import`], [`export`], [`credentials`], [`shell`], [`setup`] |
//! | keys that lie where they should not | [`scan`], [`redact`], [`copies`] |
//!
//! The library knows no terminal, no environment and no home folder: what it needs arrives as a value or a
//! callback. The `byok` binary (`src/bin/byok/`) is the shell around it: it reads the environment, prints and asks.
//!
//! Every room names only rooms on lower floors; `tests/tidy.rs` holds the table and fails on an upward import.
#![forbid(unsafe_code)]
#![deny(clippy::print_stdout, clippy::print_stderr, clippy::exit, clippy::disallowed_methods)]

// Words.
pub mod endpoint;
mod hex;
mod jsonc;
pub mod name;
pub mod secret;
pub mod verdict;
pub mod wash;

// Forms: pure.
pub mod backup;
pub mod credentials;
pub mod export;
pub mod import;
pub mod profile;
pub mod project;
pub mod provider;
pub mod redact;
pub mod scan;
pub mod settings;
pub mod setup;
pub mod shell;

// Doors: one way to one part of the world each.
pub mod disk;
pub mod held;
pub mod http;
pub mod identity;
pub mod journal;
pub mod keychain;
pub mod seal;
pub mod store;
pub mod trust;

// Deeds.
pub mod access;
pub mod admin;
pub mod copies;
pub mod keys;
pub mod probe;
pub mod resolve;

pub use access::{AccessError, Home, Keys, Listed, Resolved, Source};
