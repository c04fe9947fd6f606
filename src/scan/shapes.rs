//! The registry's signs as one automaton over all beginnings, and what must hold besides.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, Anchored, Input, MatchKind, StartKind};
use regex_lite::Regex;

use super::runs::is_token;
use super::{SHORTEST, Whose, likely};
use crate::name::ProviderId;
use crate::provider::{Registry, SignKind};

/// How age's own identities begin, and how long the usual ones are.
const AGE: (&str, &str) = ("AGE-SECRET-KEY-", "an age identity");

/// The one beginning of which every provider that has it says "possible", and that nothing but keys has before 32
/// random letters.
const ANYBODYS: &str = "sk-";

/// One beginning, with everybody who has it.
#[derive(Debug, Default)]
struct Opening {
    text: String,
    certain: Vec<usize>,
    possible: Vec<usize>,
    other: Option<String>,
}

/// A provider as far as its keys have a shape.
#[derive(Debug)]
struct Owner {
    id: ProviderId,
    patterns: Vec<(String, OnceLock<Option<Regex>>)>,
}

impl Owner {
    fn fits(&self, value: &str) -> bool {
        self.patterns.iter().any(|(text, built)| {
            built.get_or_init(|| Regex::new(text).ok()).as_ref().is_some_and(|pattern| pattern.is_match(value))
        })
    }
}

/// What keys look like.
#[derive(Debug)]
pub(super) struct Shapes {
    openings: Vec<Opening>,
    automaton: Option<AhoCorasick>,
    marks: Vec<(String, usize)>,
    owners: Vec<Owner>,
}

impl Shapes {
    pub(super) fn new(registry: &Registry) -> Self {
        let mut shapes = Self { openings: Vec::new(), automaton: None, marks: Vec::new(), owners: Vec::new() };
        for sign in registry.signs() {
            let Some(owner) = shapes.owner(sign.id) else { continue };
            match sign.kind {
                SignKind::Certain => shapes.opening(sign.text).certain.push(owner),
                SignKind::Possible => shapes.opening(sign.text).possible.push(owner),
                SignKind::Mark => shapes.marks.push((sign.text.to_owned(), owner)),
                SignKind::Pattern => shapes.owners[owner].patterns.push((sign.text.to_owned(), OnceLock::new())),
                // What stands before a key (`Bearer `) is none, and what is meant to be public is no leak.
                SignKind::Other if sign.text.ends_with(' ') || sign.what.contains("publi") => {}
                SignKind::Admin | SignKind::Other => shapes.opening(sign.text).other = Some(sign.what.to_owned()),
            }
        }
        shapes.opening(AGE.0).other = Some(AGE.1.to_owned());
        let built = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .start_kind(StartKind::Anchored)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(shapes.openings.iter().map(|opening| &opening.text));
        shapes.automaton = built.ok();
        shapes
    }

    fn owner(&mut self, id: &str) -> Option<usize> {
        if let Some(at) = self.owners.iter().rposition(|owner| owner.id.as_str() == id) {
            return Some(at);
        }
        self.owners.push(Owner { id: ProviderId::parse(id).ok()?, patterns: Vec::new() });
        Some(self.owners.len() - 1)
    }

    fn opening(&mut self, text: &str) -> &mut Opening {
        let at = self.openings.iter().position(|opening| opening.text == text).unwrap_or_else(|| {
            self.openings.push(Opening { text: text.to_owned(), ..Opening::default() });
            self.openings.len() - 1
        });
        &mut self.openings[at]
    }

    /// What begins at `start` and goes on at least to `end`, if its beginning tells; with its end.
    pub(super) fn telling(&self, text: &[u8], start: usize, end: usize) -> Option<(Whose, usize)> {
        let input = Input::new(&text[start..]).anchored(Anchored::Yes);
        let hit = self.automaton.as_ref()?.find(input);
        let Some(hit) = hit else { return self.marked(text, start, end) };
        let opening = &self.openings[hit.pattern().as_usize()];
        let anybodys = opening.certain.is_empty() && opening.other.is_none();
        if anybodys && let Some(marked) = self.marked(text, start, end) {
            return Some(marked);
        }
        for end in ends(text, start, end) {
            let Ok(value) = std::str::from_utf8(&text[start..end]) else { continue };
            let tail = &value.as_bytes()[opening.text.len().min(value.len())..];
            let mut fits = opening.certain.clone();
            fits.extend(&opening.possible);
            fits.retain(|&owner| self.owners[owner].fits(value));
            if !fits.is_empty() && opening.other.is_none() && likely::random(tail) && !likely::example(value) {
                return Some((self.whose(if anybodys { &fits } else { &opening.certain }), end));
            }
        }
        // A form that is not known yet: what can be taken for nothing else.
        let value = std::str::from_utf8(&text[start..end]).ok()?;
        let tail = value.get(opening.text.len()..)?;
        if !strong(tail) || likely::example(value) || !whole(&opening.text, value) {
            return self.marked(text, start, end);
        }
        match (&opening.other, opening.certain.as_slice()) {
            (Some(what), _) => Some((Whose::Other(what.clone()), end)),
            (None, [_, ..]) => Some((self.whose(&opening.certain), end)),
            (None, []) if opening.text == ANYBODYS && tail.len() >= 32 => Some((self.whose(&opening.possible), end)),
            _ => None,
        }
    }

    /// A mark inside a run.
    fn marked(&self, text: &[u8], start: usize, end: usize) -> Option<(Whose, usize)> {
        // Most runs are names: only what is random is searched.
        let run = &text[start..end];
        if self.marks.is_empty() || !likely::random(run) {
            return None;
        }
        let value = std::str::from_utf8(run).ok()?;
        let (_, owner) = self.marks.iter().find(|(mark, _)| memchr::memmem::find(run, mark.as_bytes()).is_some())?;
        let opened = self.openings.iter().any(|opening| value.starts_with(&opening.text));
        (opened && !likely::example(value)).then(|| (self.whose(&[*owner]), end))
    }

    /// What a line gives to a variable of one of `owners`; with its end.
    pub(super) fn named(&self, owners: &[ProviderId], text: &[u8], start: usize, end: usize) -> Option<(Whose, usize)> {
        let whose = || match owners {
            [one] => Whose::Provider(one.clone()),
            several => Whose::OneOf(several.to_vec()),
        };
        let known = |id: &ProviderId| self.owners.iter().find(|owner| owner.id == *id);
        for end in ends(text, start, end) {
            let Ok(value) = std::str::from_utf8(&text[start..end]) else { continue };
            if owners.iter().filter_map(known).any(|owner| owner.fits(value)) && !likely::example(value) {
                return Some((whose(), end));
            }
        }
        let value = std::str::from_utf8(&text[start..end]).ok()?;
        (value.bytes().all(is_token) && !likely::example(value)).then(|| (whose(), end))
    }

    /// Whether a text may begin a key, or go on to.
    pub(super) fn may_open(&self, text: &[u8]) -> bool {
        self.openings.iter().any(|opening| {
            let length = opening.text.len().min(text.len());
            text[..length] == opening.text.as_bytes()[..length]
        })
    }

    fn whose(&self, owners: &[usize]) -> Whose {
        let ids: BTreeSet<&ProviderId> = owners.iter().map(|&owner| &self.owners[owner].id).collect();
        let mut ids: Vec<ProviderId> = ids.into_iter().cloned().collect();
        if ids.len() == 1 { Whose::Provider(ids.remove(0)) } else { Whose::OneOf(ids) }
    }
}

/// What joins the parts of a key: `AQ.…`, `AstraCS:…`, base64.
pub(super) fn joins(byte: u8) -> bool {
    matches!(byte, b'.' | b':' | b'/' | b'+' | b'|')
}

/// Where what starts at `start` may end: the farthest first, the run's own end last.
fn ends(text: &[u8], start: usize, end: usize) -> Vec<usize> {
    let mut ends = vec![end];
    let mut at = end;
    while at - start < super::LONGEST {
        let letters = text[at..].iter().take(super::LONGEST).take_while(|&&byte| is_token(byte)).count();
        let padding = text[at + letters..].iter().take(2).take_while(|&&byte| byte == b'=').count();
        at += letters;
        ends.extend([at, at + padding]);
        if padding > 0 || !text.get(at).is_some_and(|&byte| joins(byte)) {
            break;
        }
        at += 1;
    }
    ends.dedup();
    ends.reverse();
    ends
}

/// Whether what follows a beginning can be taken for nothing but a secret.
fn strong(tail: &str) -> bool {
    let longest = tail.split(|c: char| !c.is_ascii_alphanumeric()).map(str::len).max().unwrap_or(0);
    let digits = tail.bytes().filter(u8::is_ascii_digit).count();
    let mixed = digits > 0 && digits < tail.len();
    longest >= 12 && mixed && likely::random(tail.as_bytes())
}

/// A beginning that no sign ends (`AKIA`, `ABSK`) also opens one run of base64 in some millions: then the length must
/// be right.
fn whole(opening: &str, value: &str) -> bool {
    let plain = opening.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let capital = || value.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    !plain || !opening.bytes().all(|byte| byte.is_ascii_uppercase()) || (value.len() == SHORTEST && capital())
}
