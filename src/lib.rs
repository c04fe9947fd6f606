//! One sealed home for a person's AI-provider API keys.
//!
//! The library knows no terminal, no environment and no home folder: what it needs arrives as a value or a
//! callback. The `byok` binary (`src/bin/byok/`) is the shell around it: it reads the environment, prints and asks.
//!
//! Every room names only rooms on lower floors; `tests/tidy.rs` holds the table and fails on an upward import.
#![forbid(unsafe_code)]
#![deny(clippy::print_stdout, clippy::print_stderr, clippy::exit, clippy::disallowed_methods)]

// Words.
pub mod endpoint;
mod jsonc;
pub mod name;
pub mod secret;
pub mod verdict;
pub mod wash;

// Forms: pure.
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
pub mod journal;
pub mod keychain;
pub mod seal;
pub mod store;
pub mod trust;

// Deeds.
pub mod admin;
pub mod copies;
pub mod keys;
pub mod probe;
pub mod resolve;
