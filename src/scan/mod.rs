//! Keys in text that nobody meant to hold any: in a tree, in what is about to be committed, in a stream.
//!
//! A key is a long run of certain letters; [`runs`] finds those without looking at most bytes. A run is a finding if it
//! begins as the registry says that keys begin, which one automaton over all beginnings tells, or if its line gives it
//! to a variable that a provider reads, or if it is one of the keys that the finder knows. So a checksum is none, and
//! `COHERE_API_KEY=…` is.
//!
//! [`Finder`] and [`read`] are pure; [`walk`] opens the files of a tree. A [`Finding`] holds places, never a value.
//!
//! Deliberately not here: showing what was found, and git.

mod assigned;
mod likely;
mod reader;
mod runs;
mod shapes;
#[cfg(test)]
mod tests;
mod walk;

use std::ops::Range;

use memchr::memmem;

use crate::name::ProviderId;
use crate::provider::Registry;
use crate::secret::Secret;

pub use reader::{Buffer, Place, Scanned, read};
pub use runs::SHORTEST;
pub use walk::{Walked, walk};

use assigned::Names;
use runs::runs;
use shapes::Shapes;

/// Leaves its line out of a scan.
pub const ALLOW: &[u8] = b"byok:allow";

/// The longest key that is looked for, in bytes.
pub const LONGEST: usize = 8 * 1024;

/// Whose a finding is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// A key of this provider.
    Provider(ProviderId),
    /// A key of one of these, sorted: theirs look alike.
    OneOf(Vec<ProviderId>),
    /// A secret, but no API key: what it is, with its article.
    Other(String),
}

/// Something that looks like a key, by its place in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Whose key it is.
    pub whose: Whose,
    /// Where it stands.
    pub range: Range<usize>,
    /// Whether only the name before it tells of it.
    pub named: bool,
}

/// Looks for the keys of all providers of a registry.
#[derive(Debug)]
pub struct Finder {
    shapes: Shapes,
    names: Names,
    private: memmem::Finder<'static>,
    allow: memmem::Finder<'static>,
    own: Vec<(ProviderId, Secret)>,
}

impl Finder {
    /// Builds what is needed to look for the keys of these providers.
    pub fn new(registry: &Registry) -> Self {
        Self {
            shapes: Shapes::new(registry),
            names: Names::new(registry),
            private: memmem::Finder::new(b" PRIVATE KEY-----"),
            allow: memmem::Finder::new(ALLOW),
            own: Vec::new(),
        }
    }

    /// The same, which knows these keys whatever they look like.
    #[must_use]
    pub fn knowing(mut self, own: impl IntoIterator<Item = (ProviderId, Secret)>) -> Self {
        self.own = own.into_iter().filter(|(_, secret)| secret.expose().len() >= SHORTEST).collect();
        self
    }

    /// Hands over what `text` holds, in order; lines that say `byok:allow` are left out.
    pub fn find(&self, text: &[u8], mut found: impl FnMut(Finding)) {
        self.find_all(text, |finding| {
            if !self.allowed(text, &finding) {
                found(finding);
            }
        });
    }

    /// Hands over what `text` holds, in order.
    pub fn find_all(&self, text: &[u8], mut found: impl FnMut(Finding)) {
        let mut private = self.private.find_iter(text).filter_map(|at| private_key(text, at)).peekable();
        let mut behind = 0;
        for (start, end) in runs(text) {
            while let Some(finding) = private.next_if(|finding| finding.range.start <= start) {
                behind = finding.range.end;
                found(finding);
            }
            // The text of a private key itself.
            if start < behind {
                continue;
            }
            if let Some(finding) = self.look(text, start, end) {
                behind = finding.range.end;
                found(finding);
            }
        }
        for finding in private {
            found(finding);
        }
    }

    /// Whether the text that ends here may go on to be a key: what a stream has to hold back. Gives where it starts.
    pub fn pending(&self, text: &[u8]) -> Option<usize> {
        let whole = |byte: &u8| runs::is_token(*byte) || shapes::joins(*byte) || *byte == b'=';
        let start = text.iter().rposition(|byte| !whole(byte)).map_or(0, |at| at + 1);
        if start == text.len() || text.len() - start > LONGEST {
            return None;
        }
        // Every place in it where a key could begin.
        let mut begins = (start..text.len()).filter(|&at| at == start || !runs::is_token(text[at - 1]));
        begins.find(|&at| {
            let escaped = (at + escape(&text[at.saturating_sub(12)..], at.min(12))).min(text.len());
            self.shapes.may_open(&text[escaped..]) || self.names.before(text, at).is_some()
        })
    }

    /// Whether a finding's first line says that it may be there.
    fn allowed(&self, text: &[u8], finding: &Finding) -> bool {
        let start = memchr::memrchr(b'\n', &text[..finding.range.start]).map_or(0, |at| at + 1);
        let end = memchr::memchr(b'\n', &text[finding.range.end..]).map_or(text.len(), |at| finding.range.end + at);
        self.allow.find(&text[start..end]).is_some()
    }

    /// One of the keys that are known, if it stands here.
    fn own(&self, text: &[u8], start: usize) -> Option<Finding> {
        let rest = &text[start..];
        let is_here = |secret: &Secret| {
            let value = secret.expose().as_bytes();
            rest.starts_with(value) && !rest.get(value.len()).copied().is_some_and(runs::is_token)
        };
        let (provider, secret) = self.own.iter().find(|(_, secret)| is_here(secret))?;
        let range = start..start + secret.expose().len();
        Some(Finding { whose: Whose::Provider(provider.clone()), range, named: false })
    }

    /// What a run is.
    fn look(&self, text: &[u8], run: usize, end: usize) -> Option<Finding> {
        if end - run > LONGEST {
            return None;
        }
        let start = run + escape(&text[run.saturating_sub(12)..end], run.min(12));
        if let Some(own) = self.own(text, start) {
            return Some(own);
        }
        // `AQ.Ab8…`, `AstraCS:…`: the beginning stands before the run.
        let joined = || {
            let before = start.checked_sub(1).filter(|&before| start == run && shapes::joins(text[before]))?;
            let first = text[..before].iter().rposition(|&byte| !runs::is_token(byte)).map_or(0, |at| at + 1);
            (first < before && end - first <= LONGEST).then_some(first)
        };
        let joined = joined();
        for start in joined.into_iter().chain([start]) {
            if let Some((whose, end)) = self.shapes.telling(text, start, end) {
                return Some(Finding { whose, range: start..end, named: false });
            }
        }
        if !likely::random(&text[start..end]) {
            return None;
        }
        joined.into_iter().chain([start]).find_map(|start| {
            let owners = self.names.before(text, start)?;
            let (whose, end) = self.shapes.named(owners, text, start, end)?;
            Some(Finding { whose, range: start..end, named: true })
        })
    }
}

/// A private key in PEM, by the end of its first line: from there to the end of its last.
fn private_key(text: &[u8], at: usize) -> Option<Finding> {
    const BEGIN: &[u8] = b"-----BEGIN";
    /// `ENCRYPTED`, `OPENSSH` and the like are short.
    const KIND: usize = 24;
    let before = &text[at.saturating_sub(KIND + BEGIN.len())..at];
    let back = memmem::rfind(before, BEGIN)?;
    let kind = &before[back + BEGIN.len()..];
    let start = at - before.len() + back;
    let rest = &text[at..text.len().min(at + LONGEST)];
    let end = memmem::find(rest, b"-----END ").map(|end| at + end)?;
    // Text that only tells of such keys has no body.
    let body = &text[at + b" PRIVATE KEY-----".len()..end];
    let dense = body.iter().filter(|byte| byte.is_ascii_alphanumeric()).count();
    if dense < 32
        || body.windows(3).any(|three| three == b"...")
        || !kind.iter().all(|byte| matches!(byte, b'A'..=b'Z' | b' '))
    {
        return None;
    }
    let end = end + text[end + 9..].iter().position(|byte| matches!(byte, b'\n' | b'"' | b'\'')).map_or(9, |at| at + 9);
    let what = if kind.starts_with(b" ENCRYPTED") { "an encrypted private key" } else { "a private key" };
    Some(Finding { whose: Whose::Other(what.to_owned()), range: start..end.min(text.len()), named: false })
}

/// How many letters at the start of a run belong to an escape before it: `\n`, `\u0022`, `%22`, `ESC[31m`.
fn escape(text: &[u8], run: usize) -> usize {
    let (before, run) = text.split_at(run);
    let hex = |range: Range<usize>| run.get(range).is_some_and(|some| some.iter().all(u8::is_ascii_hexdigit));
    match (before.last(), run[0]) {
        (Some(b'\\'), b'n' | b'r' | b't' | b'b' | b'f') => 1,
        (Some(b'\\'), b'u') if hex(1..5) => 5,
        (Some(b'\\'), b'x') if hex(1..3) => 3,
        (Some(b'%'), _) if hex(0..2) => 2,
        (Some(b'[' | b';'), _) if before.contains(&0x1b) => {
            let digits = run.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if run.get(digits) == Some(&b'm') { digits + 1 } else { 0 }
        }
        _ => 0,
    }
}
