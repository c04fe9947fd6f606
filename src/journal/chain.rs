//! The chain: each line carries its number and the hash of the line before, so that one that was changed, removed or
//! moved is found. Pure: text in, flaws out.
//!
//! It shows what happened to the file, not who wrote it: whoever may write there can write a whole new chain.

use std::collections::HashMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::hex::hex;

/// The hash that stands in the first line of all.
const NOTHING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The last line of a log: what the next one builds on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    /// Its number, from 1; none is 0.
    pub n: u64,
    /// Its hash.
    pub hash: String,
}

impl Default for Head {
    fn default() -> Self {
        Self { n: 0, hash: NOTHING.to_owned() }
    }
}

/// What every line has, whatever its version.
#[derive(Debug, Serialize)]
struct Link {
    v: u32,
    n: u64,
    prev: String,
}

/// The same, with the one verb that means something here.
#[derive(Debug, Deserialize)]
struct Seen {
    n: u64,
    prev: String,
    #[serde(default, rename = "do")]
    verb: String,
}

/// The verb of the line that a log begins with after an older part of it was let go.
pub(super) const CONTINUED: &str = "continued";

/// The version of the lines that this byok writes.
const VERSION: u32 = 1;

impl Head {
    /// The head that a line is, as text without its line feed; none if it is no line of a log.
    pub(super) fn of(line: &str) -> Option<Self> {
        let seen: Seen = serde_json::from_str(line).ok()?;
        Some(Self { n: seen.n, hash: hash(line) })
    }

    /// The line after this one, with its line feed; it is the head from now on.
    pub(super) fn add(&mut self, fields: &impl Serialize) -> String {
        #[derive(Serialize)]
        struct Whole<'a, T> {
            #[serde(flatten)]
            link: Link,
            #[serde(flatten)]
            fields: &'a T,
        }
        let n = self.n.saturating_add(1);
        let link = Link { v: VERSION, n, prev: std::mem::take(&mut self.hash) };
        let mut text = serde_json::to_string(&Whole { link, fields }).unwrap_or_default();
        *self = Self { n, hash: hash(&text) };
        text.push('\n');
        text
    }
}

fn hash(line: &str) -> String {
    hex(&Sha256::digest(line.as_bytes()))
}

/// Something that is wrong with a log.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Flaw {
    /// The line is not one that byok wrote.
    Unreadable {
        /// The line of the file, from 1.
        line: usize,
    },
    /// The entry of this number is not what it was when the next one was written.
    Changed {
        /// Its number.
        n: u64,
    },
    /// Entries are gone.
    Removed {
        /// The first that is gone.
        from: u64,
        /// The last that is gone.
        to: u64,
    },
    /// The entry of this number stands at another place.
    Moved {
        /// Its number.
        n: u64,
    },
}

impl fmt::Display for Flaw {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { line } => write!(out, "line {line} is no entry"),
            Self::Changed { n } => write!(out, "entry {n} was changed"),
            Self::Removed { from, to } if from == to => write!(out, "entry {from} was removed"),
            Self::Removed { from, to } => write!(out, "entries {from} to {to} were removed"),
            Self::Moved { n } => write!(out, "entry {n} was moved"),
        }
    }
}

/// Follows the chain through a log's lines. `known` is the last head that is remembered apart from the file.
pub(super) fn verify<'a>(lines: impl Iterator<Item = &'a str>, known: Option<&Head>) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    let mut chain = Vec::new();
    for (at, line) in lines.enumerate() {
        match serde_json::from_str::<Seen>(line) {
            Ok(link) => chain.push((link, hash(line))),
            Err(_) => flaws.push(Flaw::Unreadable { line: at + 1 }),
        }
    }
    // Where the hash goes on and the number does not, the number was changed.
    for at in 1..chain.len() {
        let n = chain[at - 1].0.n.saturating_add(1);
        if chain[at].0.n != n && chain[at].0.prev == chain[at - 1].1 {
            chain[at].0.n = n;
            flaws.push(Flaw::Changed { n });
        }
    }
    let places: HashMap<u64, usize> = chain.iter().enumerate().map(|(at, (link, _))| (link.n, at)).collect();
    if let Some((first, _)) = chain.first().filter(|(first, _)| first.n > 1 && first.verb != CONTINUED) {
        let earliest = places.keys().min().copied().unwrap_or(first.n);
        if earliest > 1 {
            flaws.push(Flaw::Removed { from: 1, to: earliest - 1 });
        }
    }
    let mut moved = Vec::new();
    for (at, (link, _)) in chain.iter().enumerate().skip(1) {
        let before = &chain[at - 1];
        match link.n.checked_sub(before.0.n) {
            Some(1) => {
                let flaw = Flaw::Changed { n: before.0.n };
                if link.prev != before.1 && !flaws.contains(&flaw) {
                    flaws.push(flaw);
                }
            }
            // A number that stands elsewhere is not gone.
            Some(gap) if gap > 1 => {
                // Each number that is there is stepped over once: however wide the gap, that is soon done.
                let is_there = |n: &u64| places.contains_key(n);
                let (mut from, mut to) = (before.0.n + 1, link.n - 1);
                while from <= to && is_there(&from) {
                    from += 1;
                }
                while to > from && is_there(&to) {
                    to -= 1;
                }
                if from <= to {
                    flaws.push(Flaw::Removed { from, to });
                }
            }
            _ => moved.push(link.n),
        }
    }
    flaws.extend(moved.into_iter().map(|n| Flaw::Moved { n }));
    let last = chain.last().map_or(0, |(link, _)| link.n);
    if let Some(known) = known {
        match places.get(&known.n) {
            Some(&at) if chain[at].1 != known.hash => {
                let flaw = Flaw::Changed { n: known.n };
                if !flaws.contains(&flaw) {
                    flaws.push(flaw);
                }
            }
            None if known.n > last => {
                flaws.push(Flaw::Removed { from: last.saturating_add(1), to: known.n });
            }
            _ => {}
        }
    }
    flaws
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(count: usize) -> (Vec<String>, Head) {
        let mut head = Head::default();
        let mut lines = Vec::new();
        for at in 0..count {
            lines.push(head.add(&serde_json::json!({ "do": format!("verb-{at}") })).trim_end().to_owned());
        }
        (lines, head)
    }

    #[track_caller]
    fn flaws(lines: &[String], head: &Head, expected: &[Flaw]) {
        assert_eq!(verify(lines.iter().map(String::as_str), Some(head)), expected);
    }

    #[test]
    fn a_number_that_was_changed_is_named_however_far_off_it_is() {
        let (lines, head) = log(6);
        for (at, other) in [(3, u64::MAX), (3, 4_000_000_000), (2, 0), (5, u64::MAX), (4, 2)] {
            let mut changed = lines.clone();
            changed[at] = changed[at].replace(&format!("\"n\":{},", at + 1), &format!("\"n\":{other},"));
            assert_ne!(changed, lines);
            flaws(&changed, &head, &[Flaw::Changed { n: at as u64 + 1 }]);
            Head::of(&changed[at]).unwrap().add(&serde_json::json!({ "do": "next" }));
        }
    }

    #[test]
    fn whatever_is_done_to_a_line_is_found_and_named() {
        let (lines, head) = log(9);
        flaws(&lines, &head, &[]);
        for at in 0..9 {
            let n = at as u64 + 1;
            let mut changed = lines.clone();
            changed[at] = changed[at].replace("verb", "vorb");
            flaws(&changed, &head, &[Flaw::Changed { n }]);
            let mut removed = lines.clone();
            removed.remove(at);
            flaws(&removed, &head, &[Flaw::Removed { from: n, to: n }]);
            let mut broken = lines.clone();
            broken[at].pop();
            assert!(
                verify(broken.iter().map(String::as_str), Some(&head)).contains(&Flaw::Unreadable { line: at + 1 })
            );
        }
        let mut swapped = lines.clone();
        swapped.swap(3, 4);
        flaws(&swapped, &head, &[Flaw::Moved { n: 4 }]);
        flaws(&lines[..6], &head, &[Flaw::Removed { from: 7, to: 9 }]);
        let (other, _) = log(3);
        flaws(&[other, lines[5..].to_vec()].concat(), &head, &[Flaw::Removed { from: 4, to: 5 }]);
    }

    #[test]
    fn a_line_of_a_newer_byok_is_a_link_like_any_other() {
        let line = r#"{"v":7,"n":1,"prev":"x","do":"dance","with":{"a":[1]}}"#;
        let next = Head::of(line).unwrap().add(&serde_json::json!({}));
        assert_eq!(verify([line, next.trim_end()].into_iter(), None), []);
    }
}
