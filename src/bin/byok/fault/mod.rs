//! The only place that maps what went wrong to an exit code and to hints that work when pasted.

mod keys;
mod meant;
mod openers;
mod places;

use std::fmt::Write as _;
use std::io;

use byok::disk::DiskError;
use byok::keys::KeyError;
use byok::resolve::ResolveError;
use byok::seal::{SealError, UnlockError};
use byok::store::StoreError;
use byok::trust::Refusal;

use keys::{of_keys, of_resolve};
pub(crate) use meant::for_profile;
pub(crate) use openers::of_opener;
pub(crate) use places::of_setting;
use places::{of_disk, of_refusal, of_seal, of_store, of_unlock};

/// Exit codes, as the manual lists them.
pub(crate) mod code {
    pub(crate) const DONE: u8 = 0;
    pub(crate) const FAILED: u8 = 1;
    pub(crate) const MISUSED: u8 = 2;
    pub(crate) const MISSING: u8 = 3;
    pub(crate) const REFUSED: u8 = 4;
    pub(crate) const TESTED: u8 = 5;
    /// 128 + SIGPIPE, as a program that a closed pipe ends.
    pub(crate) const CLOSED_PIPE: u8 = 141;
}

/// What went wrong in the shell's own words.
#[derive(Debug)]
pub(crate) struct Fault {
    code: u8,
    message: String,
    cause: Option<Box<dyn std::error::Error + Send + Sync>>,
    hints: Vec<String>,
}

impl Fault {
    fn new(code: u8, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), cause: None, hints: Vec::new() }
    }

    /// A code that another convention gives.
    pub(crate) fn with_code(code: u8, message: impl Into<String>) -> Self {
        Self::new(code, message)
    }

    /// It did not work.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::new(code::FAILED, message)
    }

    /// It was asked for in a way that cannot be right.
    pub(crate) fn misused(message: impl Into<String>) -> Self {
        Self::new(code::MISUSED, message)
    }

    /// There is no such key, profile or provider.
    pub(crate) fn missing(message: impl Into<String>) -> Self {
        Self::new(code::MISSING, message)
    }

    /// It is locked, or byok will not do it.
    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self::new(code::REFUSED, message)
    }

    /// Standard output did not take the data.
    pub(crate) fn stdout(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::new(code::CLOSED_PIPE, "");
        }
        Self::failed("cannot write to standard output").cause(error)
    }

    /// A key was tested and does not work.
    pub(crate) fn tested(message: impl Into<String>) -> Self {
        Self::new(code::TESTED, message)
    }

    pub(crate) fn cause(mut self, cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.cause = Some(Box::new(cause));
        self
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Fault {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}

/// What went wrong, why, and what to do about it.
pub(crate) struct Report {
    /// The exit code.
    pub(crate) code: u8,
    /// What happened and its causes, in one line.
    pub(crate) sentence: String,
    /// Commands that work when pasted.
    pub(crate) hints: Vec<String>,
}

/// Puts an error into words.
pub(crate) fn report(error: &anyhow::Error) -> Report {
    let (code, hints) = judge(error);
    let mut sentence = String::new();
    for (at, part) in error.chain().map(ToString::to_string).filter(|part| !part.is_empty()).enumerate() {
        // A transparent error and its source say the same.
        if !sentence.ends_with(&part) {
            let _ = write!(sentence, "{}{part}", if at == 0 { "" } else { ": " });
        }
    }
    Report { code, sentence, hints }
}

/// The exit code and the hints of the first error in the chain that has any.
fn judge(error: &anyhow::Error) -> (u8, Vec<String>) {
    for cause in error.chain() {
        if let Some(fault) = cause.downcast_ref::<Fault>() {
            return (fault.code, fault.hints.clone());
        }
        let known = None
            .or_else(|| cause.downcast_ref::<KeyError>().and_then(of_keys))
            .or_else(|| cause.downcast_ref::<ResolveError>().map(of_resolve))
            .or_else(|| cause.downcast_ref::<StoreError>().and_then(of_store))
            .or_else(|| cause.downcast_ref::<UnlockError>().map(of_unlock))
            .or_else(|| cause.downcast_ref::<Refusal>().map(of_refusal))
            .or_else(|| cause.downcast_ref::<DiskError>().map(of_disk))
            .or_else(|| cause.downcast_ref::<SealError>().map(of_seal))
            .or_else(|| cause.downcast_ref::<byok::name::NameError>().map(|_| (code::MISUSED, Vec::new())))
            .or_else(|| cause.downcast_ref::<byok::endpoint::EndpointError>().map(|_| (code::MISUSED, Vec::new())))
            .or_else(|| cause.downcast_ref::<byok::secret::SecretError>().map(|_| (code::MISUSED, Vec::new())));
        if let Some(known) = known {
            return known;
        }
    }
    (code::FAILED, Vec::new())
}

/// A path as a shell takes it, for hints that are pasted.
pub(crate) fn quoted(path: &std::path::Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}
