//! The specification: the library and the binary, run against the real programs that they serve.
#![allow(clippy::disallowed_methods, missing_docs)]

mod adding;
mod answers;
mod corpus;
mod evaluating;
mod exporting;
mod faults;
mod files;
mod formats;
mod generated;
mod handing;
mod identity;
mod importing;
#[cfg(target_os = "linux")]
mod keyring;
mod leaks;
mod litellm;
mod looking;
mod managing;
mod naming;
mod owning;
mod probing;
mod projects;
mod running;
mod samples;
mod shells;
mod stores;
mod terminal;
mod tidy;
mod tools;
mod trying;
mod upstream;
mod vectors;
mod workflows;
mod world;
mod writers;
