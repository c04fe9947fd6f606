//! Shells' start-up files: the lines that give a provider's variable a value that stands there as it is. What a shell
//! would expand is where to find a key, not the key.
//!
//! No shell is run, and what only running it would tell (functions, files that are sourced, here-documents) is not told.

use zeroize::Zeroizing;

use super::dotenv::{called, last_of_name};
use super::{Broken, Entry, Form, Holding, of_variable};
use crate::name::EnvName;
use crate::provider::Registry;

/// A start-up file, by the language that it is written in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shell {
    /// sh, bash, zsh.
    Posix,
    /// fish.
    Fish,
    /// Nushell.
    Nu,
    /// systemd's `environment.d`.
    Systemd,
}

/// One variable that a line sets.
struct Assignment<'a> {
    name: &'a str,
    value: Value,
    /// From 1.
    line: usize,
    /// Whether the line does nothing else.
    is_alone: bool,
    /// How many bytes at the end of the line, its break aside, are a comment.
    comment: usize,
}

enum Value {
    Literal(Zeroizing<String>),
    /// What the shell would expand, as it stands there.
    Expands(String),
}

/// A name, its value, and whether the line does nothing else.
type Set<'a> = (&'a str, Value, bool);

impl Shell {
    fn assignments(self, text: &str) -> Vec<Assignment<'_>> {
        let mut all = Vec::new();
        let mut goes_on = false;
        let within = if matches!(self, Self::Posix | Self::Fish) { within(text, self) } else { Vec::new() };
        for (at, line) in text.lines().enumerate() {
            // Text between quotes, or in a here-document, assigns nothing.
            if within.get(at).copied().unwrap_or_default() {
                goes_on = false;
                continue;
            }
            let continued = std::mem::replace(&mut goes_on, line.ends_with('\\') && self != Self::Nu);
            let (found, comment) = match self {
                _ if !line.contains('=') && !line.contains("set ") => continue,
                Self::Nu => nu(line).map_or_else(Default::default, |(found, comment)| (vec![found], comment)),
                Self::Systemd if line.trim_start().starts_with(['#', ';']) => continue,
                _ => self.statements(line).unwrap_or_default(),
            };
            let whole = !continued && !goes_on;
            all.extend(found.into_iter().map(|(name, value, alone)| Assignment {
                name,
                // What goes on in the next line is only a part of the value.
                value: if whole { value } else { Value::Expands("…".to_owned()) },
                line: at + 1,
                is_alone: alone && whole,
                comment,
            }));
        }
        all
    }

    /// The variables that a line sets, whether that is all that it does, and how many bytes at its end are a comment;
    /// `None` where a quote stays open.
    fn statements(self, line: &str) -> Option<(Vec<Set<'_>>, usize)> {
        let (statements, comment) = split(line, self == Self::Fish)?;
        let only = statements.len() == 1;
        let mut all = Vec::new();
        for words in statements {
            let set = words.iter().position(|word| *word == "set").filter(|_| self == Self::Fish);
            if let Some(set) = set {
                let rest: Vec<&str> =
                    words[set + 1..].iter().copied().skip_while(|word| word.starts_with('-')).collect();
                match rest[..] {
                    [name, value] => all.push((name, self.value(value), only && set == 0)),
                    [name, command, ..] if command.starts_with('(') => {
                        all.push((name, Value::Expands(rest[1..].join(" ")), only && set == 0));
                    }
                    _ => {}
                }
                continue;
            }
            let is_plain = |word: &&&str| !PREFIXES.contains(*word) && !word.starts_with('-');
            let rest: Vec<&str> = words.iter().skip_while(|word| !is_plain(word)).copied().collect();
            let assigned: Vec<(&str, &str)> =
                rest.iter().map_while(|word| word.split_once('=')).take_while(|(name, _)| is_name(name)).collect();
            let alone = only && rest.len() == 1 && words.iter().all(|word| !BLOCKS.contains(word));
            all.extend(assigned.into_iter().map(|(name, value)| (name, self.value(value), alone)));
        }
        Some((all, comment))
    }

    /// What a word is worth once its quotes are taken off.
    fn value(self, word: &str) -> Value {
        let mut text = Zeroizing::new(String::with_capacity(word.len()));
        let mut quote = None;
        let mut rest = word.chars().peekable();
        while let Some(c) = rest.next() {
            match (quote, c) {
                (Some('\''), '\\') if self == Self::Fish && matches!(rest.peek(), Some('\'' | '\\')) => {
                    text.extend(rest.next());
                }
                (Some(open), c) if c == open => quote = None,
                (Some('\''), c) => text.push(c),
                (None, '\'' | '"') => quote = Some(c),
                (_, '$' | '`') | (None, '(' | '*' | '?' | '{' | '<' | '>') => return Value::Expands(word.to_owned()),
                (None, '~') if text.is_empty() => return Value::Expands(word.to_owned()),
                (None, '\\') => text.extend(rest.next()),
                (Some(_), '\\') if matches!(rest.peek(), Some('$' | '`' | '"' | '\\')) => text.extend(rest.next()),
                (_, c) => text.push(c),
            }
        }
        Value::Literal(text)
    }
}

/// What may stand before an assignment.
const PREFIXES: [&str; 13] =
    ["export", "typeset", "declare", "readonly", "local", "builtin", "command", "then", "do", "else", "{", "!", "time"];

/// Those of them that are parts of something larger.
const BLOCKS: [&str; 4] = ["then", "do", "else", "{"];

fn is_name(text: &str) -> bool {
    EnvName::parse(text).is_ok()
}

/// The statements of a line, each as its words with their quotes, and how many bytes at its end are a comment; `None`
/// where a quote stays open.
fn split(line: &str, is_fish: bool) -> Option<(Vec<Vec<&str>>, usize)> {
    let mut statements: Vec<Vec<&str>> = vec![Vec::new()];
    let mut start = None;
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in line.char_indices() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (Some('\''), '\\') if !is_fish => {}
            (_, '\\') => {
                escaped = true;
                start.get_or_insert(at);
            }
            (Some(open), c) => quote = Some(open).filter(|open| *open != c),
            (None, '\'' | '"' | '`') => {
                quote = Some(c);
                start.get_or_insert(at);
            }
            (None, '#') if start.is_none() => {
                statements.retain(|words| !words.is_empty());
                return Some((statements, line.len() - at));
            }
            (None, ' ' | '\t' | '\r' | ';' | '&' | '|') => {
                if let (Some(start), Some(last)) = (start.take(), statements.last_mut()) {
                    last.push(&line[start..at]);
                }
                if matches!(c, ';' | '&' | '|') {
                    statements.push(Vec::new());
                }
            }
            _ => {
                start.get_or_insert(at);
            }
        }
    }
    if quote.is_some() {
        return None;
    }
    if let (Some(start), Some(last)) = (start, statements.last_mut()) {
        last.push(&line[start..]);
    }
    statements.retain(|words| !words.is_empty());
    Some((statements, 0))
}

/// Which lines begin between quotes or in a here-document.
fn within(text: &str, shell: Shell) -> Vec<bool> {
    let (mut all, mut quote, mut ends) = (Vec::new(), None, Vec::<(&str, bool)>::new());
    for line in text.lines() {
        if let Some((end, tabs)) = ends.first() {
            all.push(true);
            if *end == if *tabs { line.trim_start_matches('\t') } else { line } {
                ends.remove(0);
            }
            continue;
        }
        all.push(quote.is_some());
        let (mut escaped, mut blank) = (false, true);
        for (at, c) in line.char_indices() {
            match (quote, c) {
                _ if escaped => escaped = false,
                (Some('\''), '\\') if shell == Shell::Posix => {}
                (_, '\\') => escaped = true,
                (Some(open), c) => quote = Some(open).filter(|open| *open != c),
                (None, '\'' | '"') => quote = Some(c),
                (None, '#') if blank => break,
                (None, '<') if shell == Shell::Posix => ends.extend(here_document(line, at)),
                _ => {}
            }
            blank = matches!(c, ' ' | '\t' | ';');
        }
    }
    all
}

/// The word that ends the here-document that begins at this `<`, and whether tabs may stand before it.
fn here_document(line: &str, at: usize) -> Option<(&str, bool)> {
    let rest = line[at..].strip_prefix("<<").filter(|rest| !rest.starts_with('<') && !line[..at].ends_with('<'))?;
    let (rest, tabs) = rest.strip_prefix('-').map_or((rest, false), |rest| (rest, true));
    let rest = rest.trim_start_matches([' ', '\t', '\\']);
    if let Some(quote) = rest.chars().next().filter(|c| matches!(c, '\'' | '"')) {
        return rest[1..].split_once(quote).map(|(end, _)| (end, tabs));
    }
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '-').unwrap_or(rest.len());
    (end > 0).then_some((&rest[..end], tabs))
}

/// `$env.NAME = "…"`, and how many bytes at its end are a comment.
fn nu(line: &str) -> Option<(Set<'_>, usize)> {
    let mut comment = 0;
    let (name, rest) = line.trim().strip_prefix("$env.")?.split_once('=')?;
    let (name, rest) = (name.trim(), rest.trim());
    if !is_name(name) {
        return None;
    }
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'));
    let literal = quote.and_then(|quote| {
        let (text, behind) = rest[1..].split_once(quote)?;
        let behind = behind.trim_start();
        let whole = behind.is_empty() || behind.starts_with('#');
        if behind.starts_with('#') {
            // Blanks at the end of the line were taken off.
            comment = behind.len() + line.len() - line.trim_end().len();
        }
        (whole && !(quote == '"' && text.contains('\\'))).then(|| Zeroizing::new(text.to_owned()))
    });
    let value = literal.map_or_else(|| Value::Expands(rest.to_owned()), Value::Literal);
    Some(((name, value, true), comment))
}

impl Form for Shell {
    fn read(&self, registry: &Registry, bytes: &[u8]) -> Result<Vec<Entry>, Broken> {
        let all = self.assignments(super::text(bytes)?);
        let last = last_of_name(all.iter().map(|one| one.name));
        let entry = |(one, is_last): (Assignment<'_>, bool)| {
            let holds = match one.value {
                Value::Literal(text) => Holding::of(text, |_| false)?,
                Value::Expands(text) => Holding::Reference(text),
            };
            let provider = of_variable(registry, one.name, &holds).ok()?;
            let (name, line) = (called(one.name, one.line, is_last), Some(one.line));
            Some(Entry { name, line, holds, provider, address: None, label: None })
        };
        Ok(all.into_iter().zip(last).filter_map(entry).collect())
    }

    /// Whole lines go, but for a comment; in a block of sh they become `:`, which keeps it one. A line that does more is
    /// refused.
    fn without(&self, bytes: &[u8], names: &[&str]) -> Result<Zeroizing<Vec<u8>>, Broken> {
        let text = super::text(bytes)?;
        let all = self.assignments(text);
        let last = last_of_name(all.iter().map(|one| one.name));
        let mut going = Vec::new();
        for (one, is_last) in all.iter().zip(last) {
            let entry = called(one.name, one.line, is_last);
            if names.contains(&entry.as_str()) {
                if !one.is_alone {
                    return Err(Broken::Entry { entry });
                }
                going.push((one.line, one.comment));
            }
        }
        let mut left = Zeroizing::new(Vec::with_capacity(bytes.len() + going.len()));
        left.extend_from_slice(&bytes[..bytes.len() - text.len()]);
        let (mut going, mut code) = (going.into_iter().peekable(), "");
        for (at, line) in text.split_inclusive('\n').enumerate() {
            let here = line.trim_start_matches([' ', '\t']);
            let end = line.trim_end_matches(['\r', '\n']).len();
            let Some((_, comment)) = going.next_if(|(number, _)| *number == at + 1) else {
                left.extend_from_slice(line.as_bytes());
                if !here.trim_end().is_empty() && !here.starts_with('#') {
                    code = here.trim_end();
                }
                continue;
            };
            let (blanks, rest) = (&line[..line.len() - here.len()], &line[end - comment..]);
            if *self == Self::Posix && (here.len() < line.len() || opens(code)) {
                let gap = if comment > 0 { " " } else { "" };
                left.extend([blanks, ":", gap, rest].iter().flat_map(|part| part.as_bytes()));
                code = ":";
            } else if comment > 0 {
                left.extend([blanks, rest].iter().flat_map(|part| part.as_bytes()));
            }
        }
        Ok(left)
    }
}

/// Whether something must follow a line of code.
fn opens(code: &str) -> bool {
    let word = code.rsplit([' ', '\t', ';']).next().unwrap_or_default();
    matches!(word, "then" | "do" | "else" | "&&" | "||" | "|") || code.ends_with(['{', '(', ')'])
}
