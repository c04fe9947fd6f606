//! What the YAML files have in common: a tree that knows where every part stands, so that an entry is taken out of the
//! bytes themselves and comments, order and quotes stay. Aliases are not followed, and nothing of a broken file is shown.

use std::collections::BTreeMap;
use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};
use zeroize::Zeroizing;

use super::{Broken, Entry, Holding, text};

/// No tool nests deeper, or keeps more.
const DEEP: usize = 64;
const MANY: usize = 200_000;

/// A part of a document.
pub(super) struct Node {
    what: What,
    /// Where it stands, in bytes.
    at: Range<usize>,
    /// The line that it starts on, from 1.
    pub(super) line: usize,
}

enum What {
    Text {
        value: Zeroizing<String>,
        is_plain: bool,
    },
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
    /// `*name`, in the file's own words.
    Alias(String),
}

/// An entry, and the way to it: the numbers of the members to go through.
pub(super) struct Spot {
    pub(super) entry: Entry,
    pub(super) way: Vec<usize>,
}

impl Node {
    /// What it says; nothing where it is no text, or `null`.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.what {
            What::Text { value, is_plain } => {
                let nothing = *is_plain && matches!(value.as_str(), "" | "~" | "null" | "Null" | "NULL");
                (!nothing).then_some(value.as_str())
            }
            _ => None,
        }
    }

    /// Its members, if it is a map, with their numbers.
    pub(super) fn members(&self) -> impl Iterator<Item = (usize, &str, &Self)> {
        let all: &[(Self, Self)] = if let What::Map(all) = &self.what { all } else { &[] };
        all.iter().enumerate().filter_map(|(at, (name, value))| Some((at, name.text()?, value)))
    }

    /// Its items, if it is a list.
    pub(super) fn items(&self) -> &[Self] {
        if let What::List(items) = &self.what { items } else { &[] }
    }

    /// The member of that name, and its number; the last, where there are several.
    pub(super) fn get(&self, name: &str) -> Option<(usize, &Self)> {
        self.members().filter(|(_, other, _)| *other == name).last().map(|(at, _, value)| (at, value))
    }

    /// What the member of that name says.
    pub(super) fn says(&self, name: &str) -> Option<String> {
        self.get(name)?.1.text().map(str::to_owned)
    }

    pub(super) fn is_map(&self) -> bool {
        matches!(self.what, What::Map(_))
    }

    /// What it holds; none if that is nothing.
    pub(super) fn holding(&self, is_reference: impl Fn(&str) -> bool) -> Option<Holding> {
        match &self.what {
            What::Alias(name) => Some(Holding::Reference(name.clone())),
            What::Text { .. } => Holding::of(Zeroizing::new(self.text()?.to_owned()), is_reference),
            What::List(_) | What::Map(_) => None,
        }
    }

    fn same_as(&self, other: &Self) -> bool {
        match (&self.what, &other.what) {
            (What::Text { value: a, is_plain: b }, What::Text { value: c, is_plain: d }) => a == c && b == d,
            (What::Alias(a), What::Alias(b)) => a == b,
            (What::List(a), What::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same_as(b)),
            (What::Map(a), What::Map(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.0.same_as(&b.0) && a.1.same_as(&b.1))
            }
            _ => false,
        }
    }

    fn child(&self, at: usize) -> Option<&Self> {
        match &self.what {
            What::List(items) => items.get(at),
            What::Map(members) => members.get(at).map(|(_, value)| value),
            _ => None,
        }
    }

    fn child_mut(&mut self, at: usize) -> Option<&mut Self> {
        match &mut self.what {
            What::List(items) => items.get_mut(at),
            What::Map(members) => members.get_mut(at).map(|(_, value)| value),
            _ => None,
        }
    }
}

/// Reads all documents of a file; there are none in an empty one.
pub(super) fn read(text: &str) -> Result<Vec<Node>, Broken> {
    let mut reader = Reader { text, bytes: offsets(text), parser: Parser::new_from_str(text), count: 0 };
    let mut documents = Vec::new();
    loop {
        let (event, span) = reader.next()?;
        match event {
            Event::StreamEnd => return Ok(documents),
            Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing => {}
            event => documents.push(reader.node(event, span, 0)?),
        }
    }
}

/// The one document of a file. A tool's file is a map, or there is nothing in it.
pub(super) fn map(text: &str) -> Result<Option<Node>, Broken> {
    let mut documents = read(text)?;
    if documents.len() > 1 {
        return Err(Broken::Form { line: documents[1].line, column: 1 });
    }
    match documents.pop() {
        Some(node) if node.is_map() => Ok(Some(node)),
        Some(node) if node.text().is_some() || !node.items().is_empty() => {
            Err(Broken::Form { line: node.line, column: 1 })
        }
        _ => Ok(None),
    }
}

/// Where every character starts, in bytes; none where each is one byte.
fn offsets(text: &str) -> Option<Vec<usize>> {
    let all = || text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    (!text.is_ascii()).then(all)
}

struct Reader<'a> {
    text: &'a str,
    bytes: Option<Vec<usize>>,
    parser: Parser<'a, saphyr_parser::StrInput<'a>>,
    count: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Span), Broken> {
        match self.parser.next_event() {
            Some(Ok(event)) => Ok(event),
            // Its own words may hold what stands there.
            Some(Err(error)) => {
                Err(Broken::Form { line: error.marker().line().max(1), column: error.marker().col() + 1 })
            }
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn byte(&self, index: usize) -> usize {
        let at = self.bytes.as_ref().map_or(index, |all| all.get(index).copied().unwrap_or(self.text.len()));
        at.min(self.text.len())
    }

    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<Node, Broken> {
        let line = span.start.line().max(1);
        self.count += 1;
        if depth > DEEP || self.count > MANY {
            return Err(Broken::Form { line, column: span.start.col() + 1 });
        }
        let (start, mut end) = (self.byte(span.start.index()), self.byte(span.end.index()));
        let what = match event {
            Event::Scalar(value, style, ..) => {
                // The scanner's own end may lie behind a comment that follows.
                end = quoted(&self.text[start..end]).map_or(end, |length| start + length);
                let value = Zeroizing::new(value.into_owned());
                What::Text { value, is_plain: style == ScalarStyle::Plain }
            }
            Event::Alias(_) => What::Alias(self.text[start..end].trim().to_owned()),
            Event::SequenceStart(..) => {
                let mut items = Vec::new();
                loop {
                    match self.next()? {
                        (Event::SequenceEnd, span) => {
                            end = end.max(self.byte(span.end.index()));
                            break;
                        }
                        (event, span) => items.push(self.node(event, span, depth + 1)?),
                    }
                }
                What::List(items)
            }
            Event::MappingStart(..) => {
                let mut members = Vec::new();
                loop {
                    let name = match self.next()? {
                        (Event::MappingEnd, span) => {
                            end = end.max(self.byte(span.end.index()));
                            break;
                        }
                        (event, span) => self.node(event, span, depth + 1)?,
                    };
                    let (event, span) = self.next()?;
                    members.push((name, self.node(event, span, depth + 1)?));
                }
                What::Map(members)
            }
            _ => return Err(Broken::Form { line, column: span.start.col() + 1 }),
        };
        Ok(Node { what, at: start..end, line })
    }
}

/// How long the quoted text is that starts here.
fn quoted(text: &str) -> Option<usize> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let mut rest = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = rest.next() {
        if c == '\\' && quote == '"' {
            rest.next();
        } else if c == quote {
            // Two single quotes are one that is meant.
            let is_doubled = quote == '\'' && rest.next_if(|(_, next)| *next == '\'').is_some();
            if !is_doubled {
                return Some(at + 1);
            }
        }
    }
    None
}

/// The entries of a file, as `spots` finds them.
pub(super) fn entries(bytes: &[u8], spots: impl Fn(&Node) -> Vec<Spot>) -> Result<Vec<Entry>, Broken> {
    let tree = map(text(bytes)?)?;
    Ok(tree.map(|tree| named(spots(&tree))).unwrap_or_default().into_iter().map(|spot| spot.entry).collect())
}

/// Every name once: what stands twice is told apart by a number.
fn named(mut spots: Vec<Spot>) -> Vec<Spot> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for spot in &mut spots {
        let count = seen.entry(spot.entry.name.clone()).or_default();
        *count += 1;
        if *count > 1 {
            spot.entry.name = format!("{}#{count}", spot.entry.name);
        }
    }
    spots
}

/// The file without the entries of these names, as `spots` finds them. What is left is read back: unless it is the same
/// tree without them, the file is left alone.
pub(super) fn without(
    bytes: &[u8],
    names: &[&str],
    spots: impl Fn(&Node) -> Vec<Spot>,
) -> Result<Zeroizing<Vec<u8>>, Broken> {
    let whole = text(bytes)?;
    let mark = bytes.len() - whole.len();
    let Some(mut tree) = map(whole)? else { return Ok(Zeroizing::new(bytes.to_vec())) };
    let mut found: Vec<Spot> =
        named(spots(&tree)).into_iter().filter(|spot| names.contains(&spot.entry.name.as_str())).collect();
    // From the end, so that the numbers of what comes before stay right.
    found.sort_by(|a, b| b.way.cmp(&a.way));
    let mut out = Zeroizing::new(whole.to_owned());
    for spot in &found {
        let broken = || Broken::Entry { entry: spot.entry.name.clone() };
        let (last, above) = spot.way.split_last().ok_or_else(broken)?;
        let parent = above.iter().try_fold(&tree, |node, at| node.child(*at)).ok_or_else(broken)?;
        let next = splice(&out, parent, *last).ok_or_else(broken)?;
        let expected = above.iter().try_fold(&mut tree, |node, at| node.child_mut(*at)).ok_or_else(broken)?;
        match &mut expected.what {
            What::List(items) => drop(items.remove(*last)),
            What::Map(members) => drop(members.remove(*last)),
            _ => return Err(broken()),
        }
        let left = map(&next).map_err(|_| broken())?.ok_or_else(broken)?;
        if !left.same_as(&tree) {
            return Err(broken());
        }
        (tree, out) = (left, next);
    }
    let mut all = Zeroizing::new(Vec::with_capacity(mark + out.len()));
    all.extend_from_slice(&bytes[..mark]);
    all.extend_from_slice(out.as_bytes());
    Ok(all)
}

/// The text without one member of a map or list.
fn splice(text: &str, parent: &Node, at: usize) -> Option<Zeroizing<String>> {
    let is_flow = text[parent.at.start..].starts_with(['{', '[']);
    let (all, empty): (Vec<Range<usize>>, &str) = match &parent.what {
        What::Map(members) => (members.iter().map(|(name, value)| name.at.start..value.at.end).collect(), "{}"),
        // The dash belongs to the item.
        What::List(items) if !is_flow => {
            let dash =
                |item: &Node| text[..item.at.start].trim_end_matches([' ', '\t']).strip_suffix('-').map(str::len);
            (items.iter().map(|item| Some(dash(item)?..item.at.end)).collect::<Option<_>>()?, "[]")
        }
        What::List(items) => (items.iter().map(|item| item.at.clone()).collect(), "[]"),
        _ => return None,
    };
    let own = all.get(at)?.clone();
    // A block scalar ends where the next thing starts.
    let own = own.start..own.start + text.get(own.clone())?.trim_end().len();
    let out = |cut: Range<usize>, instead: &str| {
        let mut out = Zeroizing::new(String::with_capacity(text.len() + instead.len()));
        out.push_str(&text[..cut.start]);
        out.push_str(instead);
        out.push_str(&text[cut.end..]);
        Some(out)
    };
    if is_flow {
        return match (at.checked_sub(1).and_then(|at| all.get(at)), all.get(at + 1)) {
            (_, Some(next)) if text[own.end..next.start].trim() == "," => out(own.start..next.start, ""),
            (Some(before), None) => out(before.end..own.end, ""),
            (None, None) => out(own, ""),
            _ => None,
        };
    }
    if all.len() == 1 {
        return out(own, empty);
    }
    let line = text[..own.start].rfind('\n').map_or(0, |at| at + 1);
    let rest = &text[own.end..];
    let full = rest.find('\n').map_or(rest.len(), |at| at + 1);
    let behind = rest[..full].trim_start_matches([' ', '\t']);
    if text[line..own.start].trim().is_empty() {
        // A comment behind it stays, in its place.
        return match behind {
            comment if comment.starts_with('#') => out(own.start..own.end + full - comment.len(), ""),
            "" | "\n" | "\r\n" => out(line..own.end + full, ""),
            _ => None,
        };
    }
    // Something stands before it on its line: the next member comes up to there.
    let next = all.get(at + 1)?;
    let gap = &text[own.end..next.start];
    match gap.trim_start() {
        "" => out(own.start..next.start, ""),
        comments => out(own.start..next.start - comments.len(), ""),
    }
}

#[cfg(test)]
mod tests;
