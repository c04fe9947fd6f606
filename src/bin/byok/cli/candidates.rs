//! What a shell may offer when it completes an argument. Nothing here opens a profile, asks, or reads the environment.

use byok::provider::{Consumer, Registry};
use clap_complete::engine::CompletionCandidate;

/// The providers that are built in, without those that are retired.
pub(crate) fn providers() -> Vec<CompletionCandidate> {
    Registry::builtin().offered().iter().map(|id| CompletionCandidate::new(id.as_str())).collect()
}

/// The tools whose names of variables are known.
pub(crate) fn consumers() -> Vec<CompletionCandidate> {
    Consumer::all().map(|consumer| CompletionCandidate::new(consumer.name)).collect()
}
