//! The specification: the library and the binary, run against the real programs that they serve.
#![allow(clippy::disallowed_methods, missing_docs)]

mod adding;
mod corpus;
mod exporting;
mod formats;
mod generated;
mod importing;
mod looking;
mod managing;
mod samples;
mod shells;
mod stores;
mod tidy;
mod tools;
mod world;
