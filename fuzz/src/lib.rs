//! What the fuzzer calls, one module a target: each takes any bytes and panics where a promise of byok's does not hold.
//!
//! `fuzz_targets/` hands them to libFuzzer; `tests/fuzzing.rs` of byok runs them over `corpus/`, without it.

pub mod answer;
pub mod credentials;
pub mod document;
pub mod dotenv;
pub mod endpoint;
pub mod journal;
pub mod merge;
pub mod project;
pub mod registry;
pub mod settings;
pub mod setup;
pub mod shell;

/// What stands in the corpora where a key would: no error may repeat it.
pub const CANARY: &str = "sk-canary-0123456789abcdefghijkl";

/// Panics if an error shows the key that the corpora hold.
fn silent(error: &dyn std::fmt::Display) {
    let said = error.to_string();
    assert!(!said.contains(CANARY), "an error repeats a key");
    assert!(!said.contains('\n'), "an error of several lines: {said}");
}

/// The input as text, if it is some.
fn text(input: &[u8]) -> Option<&str> {
    std::str::from_utf8(input).ok()
}

/// Whether one list of bytes is another one with some of them left out.
fn is_cut_from(left: &[u8], whole: &[u8]) -> bool {
    let mut rest = whole.iter();
    left.iter().all(|byte| rest.any(|other| other == byte))
}
