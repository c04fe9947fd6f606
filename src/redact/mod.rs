//! A stream without the keys in it: what is a known secret, in any of its forms, goes out as its name.
//!
//! Bytes are passed on as soon as they can no longer begin a secret, so that a line of a log is not held back. The
//! automaton holds the first bytes of each form only; the rest is compared in buffers that are wiped.

mod forms;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use zeroize::{Zeroize as _, Zeroizing};

use crate::scan::{Finder, Whose};
use crate::secret::Secret;

/// Secrets shorter than this are left: they would be found in words.
pub const SHORTEST: usize = 8;

/// What the automaton knows of a form.
const HEAD: usize = 4;

/// How much of what has gone out is kept, so that a name before a value is seen, in bytes.
const CONTEXT: usize = 256;

/// One form of a secret, and what is written in its place.
struct Form {
    bytes: Zeroizing<Vec<u8>>,
    name: usize,
}

/// Takes secrets out of a stream.
pub struct Redactor<'f> {
    /// Sorted by their bytes.
    forms: Vec<Form>,
    names: Vec<String>,
    automaton: Option<AhoCorasick>,
    longest: usize,
    shapes: Option<&'f Finder>,
    /// What came in and has not gone out, behind some of what has.
    held: Zeroizing<Vec<u8>>,
    /// How much of it has gone out.
    gone: usize,
}

impl<'f> Redactor<'f> {
    /// Knows these secrets, each by a name; with `shapes`, it also looks for what looks like a key.
    ///
    /// Where several have one value, the first name counts.
    pub fn new(secrets: &[(String, &Secret)], shapes: Option<&'f Finder>) -> Self {
        let names = secrets.iter().map(|(name, _)| format!("‹{name}›")).collect();
        let mut forms: Vec<Form> = Vec::new();
        for (name, (_, secret)) in secrets.iter().enumerate().filter(|(_, (_, one))| one.expose().len() >= SHORTEST) {
            let all = forms::forms(secret.expose()).into_iter().filter(|bytes| bytes.len() >= SHORTEST);
            forms.extend(all.map(|bytes| Form { bytes, name }));
        }
        forms.sort_by(|a, b| a.bytes.as_slice().cmp(b.bytes.as_slice()).then(a.name.cmp(&b.name)));
        forms.dedup_by(|later, first| later.bytes == first.bytes);
        let mut heads: Vec<&[u8]> = forms.iter().map(|form| &form.bytes[..HEAD]).collect();
        heads.dedup();
        // The faster kind takes more memory for more beginnings.
        let kind = (heads.len() < 4000).then_some(AhoCorasickKind::DFA);
        let automaton = (!heads.is_empty()).then(|| AhoCorasick::builder().kind(kind).build(&heads).ok()).flatten();
        let longest = forms.iter().map(|form| form.bytes.len()).max().unwrap_or(0);
        Self { forms, names, automaton, longest, shapes, held: Zeroizing::default(), gone: 0 }
    }

    /// Takes what came in, and appends what can go out to `out`.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        self.take(bytes);
        self.pass(false, out);
    }

    /// Appends what was held back: nothing follows.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        self.pass(true, out);
    }

    /// Puts new bytes behind those that are held; what gets too large for its buffer leaves it wiped.
    fn take(&mut self, bytes: &[u8]) {
        let drop = self.gone.saturating_sub(CONTEXT);
        self.held.copy_within(drop.., 0);
        let left = self.held.len() - drop;
        self.held[left..].zeroize();
        self.held.truncate(left);
        self.gone -= drop;
        if self.held.capacity() - left < bytes.len() {
            let mut larger = Zeroizing::new(Vec::with_capacity((left + bytes.len()) * 2));
            larger.extend_from_slice(&self.held);
            self.held = larger;
        }
        self.held.extend_from_slice(bytes);
    }

    fn pass(&mut self, ended: bool, out: &mut Vec<u8>) {
        let text = &self.held;
        let mut at = self.gone;
        // What may go on with what comes next is no match yet: a longer one may begin there.
        let mut open = if ended { text.len() } else { self.unfinished(at) };
        let mut looks = self.looks(at);
        looks.reverse();
        if let Some(pending) = self.pending(ended) {
            open = open.min(pending.max(at));
        }
        loop {
            let known = self.next(at).filter(|(start, ..)| *start < open);
            while looks.last().is_some_and(|(start, ..)| *start < at) {
                looks.pop();
            }
            let look = looks.last().filter(|(start, ..)| *start < open);
            let (start, end, name) = match (known, look) {
                (Some(known), Some(look)) if look.0 < known.0 => look.clone(),
                (Some((start, end, name)), _) => (start, end, self.names[name].clone()),
                (None, Some(look)) => look.clone(),
                (None, None) => break,
            };
            out.extend_from_slice(&text[at..start]);
            out.extend_from_slice(name.as_bytes());
            at = end;
            if at > open {
                open = if ended { text.len() } else { self.unfinished(at) };
            }
        }
        out.extend_from_slice(&text[at..open.max(at)]);
        self.gone = open.max(at);
    }

    /// The first secret from `from` on, the longest of those that start there: start, end and name.
    fn next(&self, from: usize) -> Option<(usize, usize, usize)> {
        let automaton = self.automaton.as_ref()?;
        let mut at = from;
        while let Some(head) = automaton.find(aho_corasick::Input::new(&*self.held).range(at..)) {
            if let Some(form) = self.form_at(head.start()) {
                return Some((head.start(), head.start() + form.bytes.len(), form.name));
            }
            at = head.start() + 1;
        }
        None
    }

    /// The longest form that stands at a place.
    fn form_at(&self, at: usize) -> Option<&Form> {
        let text = &self.held[at..];
        let head = text.get(..HEAD)?;
        let first = self.forms.partition_point(|form| &form.bytes[..HEAD] < head);
        let alike = self.forms[first..].iter().take_while(|form| &form.bytes[..HEAD] == head);
        alike.filter(|form| text.starts_with(&form.bytes)).max_by_key(|form| form.bytes.len())
    }

    /// Where the text ends in what may be the beginning of a secret.
    fn unfinished(&self, from: usize) -> usize {
        let text = &self.held;
        let begin = from.max((text.len() + 1).saturating_sub(self.longest.max(1)));
        (begin..text.len()).find(|&at| self.begins(&text[at..])).unwrap_or(text.len())
    }

    /// Whether some form begins with this, and is longer.
    fn begins(&self, text: &[u8]) -> bool {
        let first = self.forms.partition_point(|form| form.bytes.as_slice() <= text);
        self.forms.get(first).is_some_and(|form| form.bytes.starts_with(text))
    }

    /// What looks like a key: start, end and name, in order.
    fn looks(&self, from: usize) -> Vec<(usize, usize, String)> {
        let Some(finder) = self.shapes else { return Vec::new() };
        let mut looks = Vec::new();
        finder.find_all(&self.held, |finding| {
            if finding.range.start >= from {
                let name = match finding.whose {
                    Whose::Provider(id) => id.to_string(),
                    Whose::OneOf(_) => "key".to_owned(),
                    Whose::Other(_) => "secret".to_owned(),
                };
                looks.push((finding.range.start, finding.range.end, format!("‹{name}?›")));
            }
        });
        looks
    }

    /// Where what may look like a key goes on to the end.
    fn pending(&self, ended: bool) -> Option<usize> {
        self.shapes.filter(|_| !ended).and_then(|finder| finder.pending(&self.held))
    }
}

#[cfg(test)]
mod tests;
