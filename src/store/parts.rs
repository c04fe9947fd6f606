//! One document in several items, for keychains that limit an item's size.
//!
//! The item of the document's own name is then a manifest. It is written last, so that it never names a part that is
//! not there, and tells of the generations whose parts may still have to be removed.

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::hex::hex;
use crate::keychain::{Keychain, KeychainError};

/// How a manifest starts. No TOML does.
const MAGIC: &str = "byok parts";

/// How the last line of a whole item starts.
const SUM: &str = "# sha256 ";

/// The largest document that is put together, in bytes.
const LIMIT: usize = 16 * 1024 * 1024;

/// What the item of a document's own name holds.
pub(super) enum Found {
    /// The document.
    Whole(Zeroizing<Vec<u8>>),
    /// Parts that are missing or not what was written.
    Torn,
}

/// What is known of a document's parts.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Manifest {
    /// The generation whose parts these are.
    generation: u64,
    /// How many there are; none of a document that is being removed.
    count: usize,
    /// The document's length in bytes.
    length: usize,
    /// The document's SHA-256 in hexadecimal.
    sha256: String,
    /// The generation before, whose parts a killed writer may have left.
    before: u64,
}

/// A document of one name in a keychain.
pub(super) struct Parts {
    pub(super) keychain: Keychain,
    /// The item of the document's own name.
    pub(super) item: String,
    /// The largest item, in bytes.
    pub(super) limit: Option<usize>,
}

impl Parts {
    /// Reads the document; `None` if there is none.
    pub(super) fn read(&self) -> Result<Option<Found>, KeychainError> {
        /// A reader this unlucky has met as many writers.
        const TRIES: usize = 16;
        let mut seen = None;
        for _ in 0..TRIES {
            let Some(bytes) = self.keychain.get(&self.item)? else { return Ok(None) };
            let Some(manifest) = Manifest::parse(&bytes) else {
                return Ok(Some(whole(bytes).map_or(Found::Torn, Found::Whole)));
            };
            if manifest.count == 0 {
                return Ok(None);
            }
            if let Some(document) = self.gather(&manifest)? {
                return Ok(Some(Found::Whole(document)));
            }
            // A writer may have put newer parts in the place of these since; not so if the manifest is the same.
            if seen.replace(manifest.clone()) == Some(manifest) {
                break;
            }
        }
        Ok(Some(Found::Torn))
    }

    /// Writes the document of a generation in the place of the one before.
    pub(super) fn write(&self, generation: u64, document: &[u8]) -> Result<(), KeychainError> {
        let stored = self.keychain.get(&self.item)?;
        let old = stored.as_ref().and_then(|bytes| Manifest::parse(bytes));
        let summed = summed(document);
        let fits = self.limit.is_none_or(|limit| summed.len() <= limit);
        if fits {
            self.keychain.set(&self.item, &summed)?;
            let _ = self.sweep(generation, 0);
        } else {
            if stored.is_none() {
                // Whoever removes what a killed writer began must know where to look.
                let begun = Manifest { generation, ..Manifest::default() };
                self.keychain.set(&self.item, begun.text().as_bytes())?;
            }
            let size = self.limit.unwrap_or(document.len()).max(1);
            let count = document.len().div_ceil(size);
            for (at, part) in document.chunks(size).enumerate() {
                self.keychain.set(&self.part(generation, at + 1), part)?;
            }
            let before = old.as_ref().map_or(0, |old| old.generation);
            let sha256 = hash(document);
            let manifest = Manifest { generation, count, length: document.len(), sha256, before };
            self.keychain.set(&self.item, manifest.text().as_bytes())?;
            // A killed writer of this generation may have had more to write.
            let _ = self.sweep(generation, count);
        }
        // The document is in its place: what cannot be tidied up now is tidied up by the next writer.
        if let Some(old) = old {
            let _ = self.sweep(old.before, 0).and_then(|()| self.sweep(old.generation, 0));
        }
        Ok(())
    }

    /// Removes the document and all parts of it; answers whether there was one.
    pub(super) fn remove(&self) -> Result<bool, KeychainError> {
        let Some(bytes) = self.keychain.get(&self.item)? else { return Ok(false) };
        if let Some(manifest) = Manifest::parse(&bytes) {
            // A removal that is cut off leaves no document, and the manifest to go on with.
            let doomed = Manifest { count: 0, ..manifest };
            self.keychain.set(&self.item, doomed.text().as_bytes())?;
            for generation in [doomed.before, doomed.generation, doomed.generation.saturating_add(1)] {
                self.sweep(generation, 0)?;
            }
        }
        self.keychain.remove(&self.item)
    }

    fn gather(&self, manifest: &Manifest) -> Result<Option<Zeroizing<Vec<u8>>>, KeychainError> {
        let mut document = Zeroizing::new(Vec::with_capacity(manifest.length.min(LIMIT)));
        for at in 1..=manifest.count {
            let Some(part) = self.keychain.get(&self.part(manifest.generation, at))? else { return Ok(None) };
            // A buffer that grows would leave copies behind.
            if document.len() + part.len() > manifest.length.min(LIMIT) {
                return Ok(None);
            }
            document.extend_from_slice(&part);
        }
        let whole = document.len() == manifest.length && hash(&document) == manifest.sha256;
        Ok(whole.then_some(document))
    }

    /// Removes the parts of a generation after the first `kept`, the last one first: what is left has no gap then.
    fn sweep(&self, generation: u64, kept: usize) -> Result<(), KeychainError> {
        let mut last = kept;
        while self.limit.is_some() && self.keychain.get(&self.part(generation, last + 1))?.is_some() {
            last += 1;
        }
        for at in (kept + 1..=last).rev() {
            self.keychain.remove(&self.part(generation, at))?;
        }
        Ok(())
    }

    fn part(&self, generation: u64, at: usize) -> String {
        format!("{}/{generation}/{at}", self.item)
    }
}

impl Manifest {
    /// `None` for what is no manifest.
    fn parse(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?.strip_prefix(MAGIC)?;
        let mut manifest = Self::default();
        for line in text.lines() {
            match line.split_once(" = ") {
                Some(("generation", value)) => manifest.generation = value.parse().ok()?,
                Some(("count", value)) => manifest.count = value.parse().ok()?,
                Some(("length", value)) => manifest.length = value.parse().ok()?,
                Some(("sha256", value)) => value.clone_into(&mut manifest.sha256),
                Some(("before", value)) => manifest.before = value.parse().ok()?,
                _ => {}
            }
        }
        Some(manifest)
    }

    fn text(&self) -> String {
        let Self { generation, count, length, sha256, before } = self;
        format!(
            "{MAGIC}\ngeneration = {generation}\ncount = {count}\nlength = {length}\nsha256 = {sha256}\nbefore = {before}\n"
        )
    }
}

/// The document with its hash as a last line, which TOML takes for a comment: a keychain has no seal of its own that would
/// tell byok of a document that was cut or changed.
fn summed(document: &[u8]) -> Zeroizing<Vec<u8>> {
    let sum = format!("{SUM}{}\n", hash(document));
    let mut item = Zeroizing::new(Vec::with_capacity(document.len() + sum.len()));
    item.extend_from_slice(document);
    item.extend_from_slice(sum.as_bytes());
    item
}

/// The document of an item, if the hash at its end is its own.
fn whole(mut item: Zeroizing<Vec<u8>>) -> Option<Zeroizing<Vec<u8>>> {
    let length = item.len().checked_sub(SUM.len() + 64 + 1)?;
    let sum = item[length..].strip_prefix(SUM.as_bytes())?.strip_suffix(b"\n")?;
    if sum != hash(&item[..length]).as_bytes() {
        return None;
    }
    item.truncate(length);
    Some(item)
}

fn hash(document: &[u8]) -> String {
    hex(&Sha256::digest(document))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_that_was_cut_or_changed_is_none() {
        // A03, A04
        let item = summed(b"version = 1\n");
        assert_eq!(whole(item.clone()).as_deref().map(Vec::as_slice), Some(&b"version = 1\n"[..]));
        for at in 0..item.len() {
            assert!(whole(Zeroizing::new(item[..at].to_vec())).is_none(), "cut at {at}");
            for bit in 0..8 {
                let mut other = item.clone();
                other[at] ^= 1 << bit;
                assert!(whole(other).is_none(), "byte {at}, bit {bit}");
            }
        }
        assert!(std::str::from_utf8(&item).unwrap().parse::<toml::Table>().is_ok(), "a person can read it");
    }

    #[test]
    fn a_manifest_reads_back_and_is_no_document() {
        let manifest = Manifest { generation: 7, count: 3, length: 150, sha256: hash(b"x"), before: 6 };
        let text = manifest.text();
        assert_eq!(Manifest::parse(text.as_bytes()), Some(manifest));
        assert!(text.len() <= 256, "it fits into one item of any keychain");
        assert!(Manifest::parse(b"# byok parts").is_none());
        assert!(text.parse::<toml::Table>().is_err());
    }
}
