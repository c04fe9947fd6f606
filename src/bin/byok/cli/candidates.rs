//! What a shell may offer when it completes an argument. Nothing here opens a profile, asks, or reads the environment.

use byok::provider::Registry;
use clap_complete::engine::CompletionCandidate;

/// The providers that are built in, without those that are retired.
pub(crate) fn providers() -> Vec<CompletionCandidate> {
    Registry::builtin().offered().iter().map(|id| CompletionCandidate::new(id.as_str())).collect()
}
