//! JSON as it stands in a file: every value with its place in the text, so that one can be taken out and all else stays
//! byte for byte as it was: order, indentation, line ends, comments, numbers of any length, members that come twice.
//!
//! Comments and commas behind a last member are understood, because some tools take them. Nesting is read to a depth of
//! 512 only, which no tool comes near.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use jsonc_parser::ast::{Object, ObjectProp, Value};
use jsonc_parser::common::Ranged;
use zeroize::{Zeroize, Zeroizing};

use super::{Broken, Holding};
use crate::jsonc;

/// The text of a file, and what stands where in it.
pub(super) struct Source<'a> {
    pub(super) root: Object<'a>,
    /// Where its lines end.
    breaks: Vec<usize>,
}

/// One value of it.
#[derive(Clone, Copy)]
pub(super) struct Node<'s> {
    value: &'s Value<'s>,
    breaks: &'s [usize],
}

impl<'a> Source<'a> {
    /// Reads an object; an empty text is an empty one.
    pub(super) fn read(text: &'a str) -> Result<Self, Broken> {
        let breaks: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
        let broken = |at: usize| {
            let line = line(&breaks, at);
            let start = line.checked_sub(2).map_or(0, |before| breaks[before] + 1);
            Broken::Form { line, column: text.get(start..at).map_or(0, |text| text.chars().count()) + 1 }
        };
        let root = match jsonc::parse(text).map_err(broken)? {
            Some(Value::Object(root)) => root,
            None if text.trim().is_empty() => {
                Object { range: jsonc_parser::common::Range::new(0, 0), properties: Vec::new() }
            }
            other => {
                if let Some(mut other) = other {
                    wipe(&mut other);
                }
                return Err(broken(0));
            }
        };
        Ok(Self { root, breaks })
    }

    /// The members of the outermost object; see [`Node::members`].
    pub(super) fn members(&self) -> impl Iterator<Item = (&str, Node<'_>)> {
        last_ones(&self.root, &self.breaks)
    }

    /// A member of the outermost object.
    pub(super) fn member(&self, name: &str) -> Option<Node<'_>> {
        member(&self.root, name, &self.breaks)
    }
}

impl Drop for Source<'_> {
    fn drop(&mut self) {
        // Texts without escapes are part of the file's own; only the others are copies.
        self.root.properties.iter_mut().for_each(|one| wipe(&mut one.value));
    }
}

fn wipe(value: &mut Value<'_>) {
    match value {
        Value::StringLit(text) => {
            if let Cow::Owned(text) = &mut text.value {
                text.zeroize();
            }
        }
        Value::Object(object) => object.properties.iter_mut().for_each(|one| wipe(&mut one.value)),
        Value::Array(array) => array.elements.iter_mut().for_each(wipe),
        Value::NumberLit(_) | Value::BooleanLit(_) | Value::NullKeyword(_) => {}
    }
}

/// The line that a place lies on, from 1.
fn line(breaks: &[usize], at: usize) -> usize {
    breaks.partition_point(|end| *end < at) + 1
}

fn member<'s>(object: &'s Object<'s>, name: &str, breaks: &'s [usize]) -> Option<Node<'s>> {
    let found = object.properties.iter().rev().find(|one| one.name.as_str() == name)?;
    Some(Node { value: &found.value, breaks })
}

/// Each name once, with the last of its values: that is what the tools' own parsers see.
fn last_ones<'s>(object: &'s Object<'s>, breaks: &'s [usize]) -> impl Iterator<Item = (&'s str, Node<'s>)> {
    let last: HashMap<&str, usize> =
        object.properties.iter().enumerate().map(|(at, one)| (one.name.as_str(), at)).collect();
    let all = object.properties.iter().enumerate();
    all.filter(move |(at, one)| last.get(one.name.as_str()) == Some(at))
        .map(move |(_, one)| (one.name.as_str(), Node { value: &one.value, breaks }))
}

impl<'s> Node<'s> {
    /// The members of an object: each name once, with the last of its values.
    pub(super) fn members(self) -> impl Iterator<Item = (&'s str, Node<'s>)> {
        self.value.as_object().into_iter().flat_map(move |object| last_ones(object, self.breaks))
    }

    /// The member of that name, the last of several.
    pub(super) fn member(self, name: &str) -> Option<Self> {
        member(self.value.as_object()?, name, self.breaks)
    }

    /// The elements of an array.
    pub(super) fn elements(self) -> impl Iterator<Item = Node<'s>> {
        let all = self.value.as_array().into_iter().flat_map(|array| &array.elements);
        all.map(move |value| Node { value, breaks: self.breaks })
    }

    /// The text that it is, if it is one.
    pub(super) fn text(self) -> Option<&'s str> {
        self.value.as_string_lit().map(|text| &*text.value)
    }

    pub(super) fn is_null(self) -> bool {
        self.value.as_null_keyword().is_some()
    }

    /// The line that it starts on, from 1.
    pub(super) fn line(self) -> usize {
        line(self.breaks, self.value.range().start)
    }

    /// What it holds; none if it is empty, or no text.
    pub(super) fn holding(self, is_reference: impl Fn(&str) -> bool) -> Option<Holding> {
        Holding::of(Zeroizing::new(self.text()?.to_owned()), is_reference)
    }
}

/// The name of a member below others: `providers.openai`, and `providers["my.own"]` where the name itself would mislead.
pub(super) fn below(path: &str, name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/' | '@' | ':');
    if path.is_empty() {
        name.to_owned()
    } else if !name.is_empty() && name.chars().all(plain) {
        format!("{path}.{name}")
    } else {
        format!("{path}[{}]", serde_json::Value::from(name))
    }
}

/// The file without the members that `is_named` knows by their path, all else byte for byte as it was.
///
/// A name that comes twice with two values is refused: only one of them can have been seen.
pub(super) fn without(bytes: &[u8], is_named: impl Fn(&str) -> bool) -> Result<Zeroizing<Vec<u8>>, Broken> {
    let text = super::text(bytes)?;
    let source = Source::read(text)?;
    let mut cuts = Vec::new();
    cut_members(text, &source.root, "", &is_named, &mut cuts)?;
    cuts.sort_by_key(|cut: &Range<usize>| cut.start);
    let mark = bytes.len() - text.len();
    let mut left = Zeroizing::new(Vec::with_capacity(bytes.len()));
    left.extend_from_slice(&bytes[..mark]);
    let mut done = 0;
    for cut in cuts {
        left.extend_from_slice(text.get(done..cut.start).unwrap_or_default().as_bytes());
        done = done.max(cut.end);
    }
    left.extend_from_slice(&text.as_bytes()[done..]);
    Ok(left)
}

fn cut_members(
    text: &str,
    object: &Object<'_>,
    path: &str,
    is_named: &impl Fn(&str) -> bool,
    cuts: &mut Vec<Range<usize>>,
) -> Result<(), Broken> {
    let all = &object.properties;
    let mut going: HashMap<&str, &ObjectProp<'_>> = HashMap::new();
    let mut stays = Vec::with_capacity(all.len());
    for one in all {
        let entry = below(path, one.name.as_str());
        let goes = is_named(&entry);
        if goes && let Some(other) = going.insert(one.name.as_str(), one) {
            let value = |one: &ObjectProp<'_>| one.value.range();
            if text[value(other).start..value(other).end] != text[value(one).start..value(one).end] {
                return Err(Broken::Entry { entry });
            }
        }
        if !goes {
            cut_value(text, &one.value, &entry, is_named, cuts)?;
        }
        stays.push(!goes);
    }
    if going.is_empty() {
        return Ok(());
    }
    // The comma behind a member goes with it; if the last one goes, so does the comma that would now be the last.
    let ends = |at: usize| all.get(at + 1).map_or(object.range.end, |next| next.range().start);
    let commas: Vec<Option<usize>> = (0..all.len()).map(|at| comma(text, all[at].range().end..ends(at))).collect();
    let is_bare = commas.last().is_some_and(Option::is_none) && stays.last() == Some(&false);
    let orphan = stays.iter().rposition(|stays| *stays).filter(|_| is_bare);
    if let Some(at) = orphan.and_then(|kept| commas[kept]) {
        cuts.push(at..at + 1);
    }
    for (at, one) in all.iter().enumerate().filter(|(at, _)| !stays[*at]) {
        let (start, end) = (one.range().start, one.range().end);
        match commas[at] {
            // A comment between a value and its comma stays.
            Some(comma) if !text[end..comma].trim().is_empty() => {
                cuts.extend([start..end, comma..comma + 1]);
            }
            Some(comma) => cuts.push(tidied(text, start..comma + 1, true)),
            None => cuts.push(tidied(text, start..end, false)),
        }
    }
    Ok(())
}

fn cut_value(
    text: &str,
    value: &Value<'_>,
    path: &str,
    is_named: &impl Fn(&str) -> bool,
    cuts: &mut Vec<Range<usize>>,
) -> Result<(), Broken> {
    match value {
        Value::Object(object) => cut_members(text, object, path, is_named, cuts),
        Value::Array(array) => {
            let mut all = array.elements.iter().enumerate();
            all.try_for_each(|(at, one)| cut_value(text, one, &format!("{path}[{at}]"), is_named, cuts))
        }
        _ => Ok(()),
    }
}

/// The comma in a stretch of blanks and comments.
fn comma(text: &str, within: Range<usize>) -> Option<usize> {
    let mut at = within.start;
    while at < within.end {
        let rest = &text[at..within.end];
        at += match rest.as_bytes().first()? {
            b',' => return Some(at),
            b'/' if rest.starts_with("//") => rest.find('\n')?,
            b'/' => rest.find("*/")? + 2,
            b'}' | b']' => return None,
            _ => rest.chars().next()?.len_utf8(),
        };
    }
    None
}

/// A cut, widened to whole lines where nothing else stands on them, or else to the blanks that would be left over.
fn tidied(text: &str, cut: Range<usize>, behind: bool) -> Range<usize> {
    const BLANKS: [char; 2] = [' ', '\t'];
    let before = text[..cut.start].trim_end_matches(BLANKS);
    let rest = text[cut.end..].trim_start_matches(BLANKS);
    let after = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n'));
    match after {
        Some(after) if before.ends_with('\n') => before.len()..text.len() - after.len(),
        _ if behind => cut.start..text.len() - rest.len(),
        _ => before.len()..cut.end,
    }
}
