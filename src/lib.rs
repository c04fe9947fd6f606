//! One sealed home for a person's AI-provider API keys.
//!
//! The library knows no terminal, no environment and no home folder: what it needs arrives as a value or a
//! callback. The `byok` binary (`src/bin/byok/`) is the shell around it: it reads the environment, prints and asks.
//!
//! Every room names only rooms on lower floors; `tests/tidy.rs` holds the table and fails on an upward import.
#![forbid(unsafe_code)]
#![deny(clippy::print_stdout, clippy::print_stderr, clippy::exit, clippy::disallowed_methods)]

pub mod disk;
pub mod keys;
pub mod export;
pub mod import;
pub mod name;
pub mod profile;
pub mod seal;
pub mod provider;
pub mod secret;
pub mod settings;
pub mod store;
pub mod shell;
