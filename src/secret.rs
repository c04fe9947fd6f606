//! A secret with one exit.
//!
//! There is no `Display`, `Deref`, `Serialize` or `PartialEq` on purpose: every way out is a call of
//! [`Secret::expose`], so that all of them can be found by one search.

use std::fmt;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::hex::hex;

/// The largest secret that byok keeps, in bytes.
pub const LIMIT: usize = 1024 * 1024;

/// Secrets shorter than this show neither mask nor fingerprint: both would say too much of them.
const SHORT: usize = 20;

/// Why a value cannot be a secret. Names neither the value nor a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// Nothing, or nothing but blanks.
    #[error("the value is empty")]
    Empty,
    /// No environment variable and no shell can carry a NUL.
    #[error("the value holds a NUL byte")]
    Nul,
    /// Bytes that are no text.
    #[error("the value is not UTF-8 text")]
    NotText,
    /// More than [`LIMIT`] bytes.
    #[error("the value is longer than 1 MiB")]
    TooLong,
}

/// A key's value: wiped on drop, masked in `Debug`.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a value as it is, refusing what no shell could hand on unchanged.
    pub fn new(value: Zeroizing<String>) -> Result<Self, SecretError> {
        if value.trim().is_empty() {
            Err(SecretError::Empty)
        } else if value.len() > LIMIT {
            Err(SecretError::TooLong)
        } else if value.contains('\0') {
            Err(SecretError::Nul)
        } else {
            Ok(Self(value))
        }
    }

    /// Takes bytes as they are; see [`Secret::new`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SecretError> {
        let text = std::str::from_utf8(bytes).map_err(|_| SecretError::NotText)?;
        Self::new(Zeroizing::new(text.to_owned()))
    }

    /// The value itself: the one way out.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether both are the same value, in a time that tells nothing of where they differ.
    pub fn same_as(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }

    /// What a person may see of it: at most 4 + 4 characters and never more than a fifth, `sk-p…9f2c`.
    pub fn mask(&self) -> String {
        let count = self.0.chars().count();
        if count < SHORT {
            return "…".to_owned();
        }
        let shown = (count / 5).min(8);
        let (head, tail) = (shown.div_ceil(2), shown / 2);
        let clean = |c: char| if c.is_ascii_graphic() { c } else { '·' };
        let mut mask: String = self.0.chars().take(head).map(clean).collect();
        mask.push('…');
        mask.extend(self.0.chars().skip(count - tail).map(clean));
        mask
    }

    /// The first 16 hex digits of the value's SHA-256, equal for equal keys on every machine; `None` for one
    /// under 20 characters, which could be guessed from it.
    pub fn fingerprint(&self) -> Option<String> {
        if self.0.chars().count() < SHORT {
            return None;
        }
        Some(hex(&Sha256::digest(self.0.as_bytes())[..8]))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::new(Zeroizing::new(text.to_owned())).unwrap()
    }

    #[test]
    fn a_mask_shows_at_most_a_fifth_and_never_more_than_eight() {
        assert_eq!(secret("sk-proj-abcdefghijklmnopqrstuvwxyz0123459f2c").mask(), "sk-p…9f2c");
        assert_eq!(secret("12345678901234567890").mask(), "12…90");
        assert_eq!(secret("1234567890123456789").mask(), "…");
        let odd = secret("\u{1b}[31mé\u{202e}aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\u{7}");
        assert!(odd.mask().chars().all(|c| c.is_ascii_graphic() || matches!(c, '…' | '·')));
    }

    #[test]
    fn a_fingerprint_is_the_start_of_the_sha256_and_absent_for_short_secrets() {
        // printf %s sk-test-0123456789abcdef | sha256sum
        assert_eq!(secret("sk-test-0123456789abcdef").fingerprint().as_deref(), Some("c871f067542d565c"));
        assert_eq!(secret("sk-short").fingerprint(), None);
    }

    #[test]
    fn debug_shows_nothing_of_it() {
        assert_eq!(format!("{:?}", secret("sk-test-0123456789abcdef")), "Secret(…)");
    }

    #[test]
    fn what_no_shell_can_carry_is_refused() {
        let take = |text: &str| Secret::new(Zeroizing::new(text.to_owned())).map(|_| ());
        assert_eq!(take(" \n"), Err(SecretError::Empty));
        assert_eq!(take("a\0b"), Err(SecretError::Nul));
        assert_eq!(take(&"a".repeat(LIMIT + 1)), Err(SecretError::TooLong));
        assert_eq!(take(&"a".repeat(LIMIT)), Ok(()));
    }
}
