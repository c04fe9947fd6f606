//! What password managers export, as far as it is a key by its shape: 1Password's CSV (1Password 8), Bitwarden's CSV and
//! JSON (Bitwarden 2024 and newer, unencrypted). A website's password is no API key, whatever the entry is called.

use std::ops::Range;

use zeroize::Zeroizing;

use super::source::{Node, Source};
use super::{Broken, Entry, Form, Holding, text};
use crate::provider::{Recognised, Registry};
use crate::secret::Secret;

/// A table with a line of names on top; every cell may hold a key. `title` is the column that names an entry.
pub(super) struct Table {
    pub(super) title: &'static str,
}

/// Bitwarden's: a table, or a document.
pub(super) struct Bitwarden;

/// A key that its shape tells, and what it is called.
fn entry(registry: &Registry, name: String, title: &str, line: Option<usize>, value: &str) -> Option<Entry> {
    const SHORTEST: usize = 20;
    let value = value.trim();
    if value.len() < SHORTEST || value.contains(char::is_whitespace) {
        return None;
    }
    let secret = Secret::new(Zeroizing::new(value.to_owned())).ok()?;
    let known = matches!(registry.recognise(&secret), Recognised::Provider(_) | Recognised::OneOf(_));
    let label = Some(title.to_owned());
    known.then_some(Entry { name, line, holds: Holding::Key(secret), provider: None, address: None, label })
}

impl Form for Table {
    fn read(&self, registry: &Registry, bytes: &[u8]) -> Result<Vec<Entry>, Broken> {
        Ok(self.spots(registry, text(bytes)?)?.into_iter().map(|(entry, _)| entry).collect())
    }

    fn without(&self, bytes: &[u8], names: &[&str]) -> Result<Zeroizing<Vec<u8>>, Broken> {
        let whole = text(bytes)?;
        let mark = bytes.len() - whole.len();
        let mut out = Zeroizing::new(bytes.to_vec());
        let mut spots = self.spots(&Registry::builtin(), whole)?;
        spots.retain(|(entry, _)| names.contains(&entry.name.as_str()));
        for (_, at) in spots.iter().rev() {
            drop(out.drain(mark + at.start..mark + at.end));
        }
        Ok(out)
    }
}

impl Table {
    fn spots(&self, registry: &Registry, text: &str) -> Result<Vec<(Entry, Range<usize>)>, Broken> {
        let rows = rows(text)?;
        let Some((head, rows)) = rows.split_first() else { return Ok(Vec::new()) };
        let column = |at: usize| head.get(at).map_or("", |cell| cell.value(text)).trim();
        let titled = (0..head.len()).find(|at| column(*at).eq_ignore_ascii_case(self.title));
        let Some(titled) = titled else { return Err(Broken::Form { line: 1, column: 1 }) };
        let mut all = Vec::new();
        for (number, row) in rows.iter().enumerate() {
            let title = row.get(titled).map(|cell| cell.unquoted(text)).unwrap_or_default();
            for (at, cell) in row.iter().enumerate() {
                let name = format!("row {}, {}", number + 1, column(at));
                let value = cell.unquoted(text);
                let found = entry(registry, name, &title, Some(cell.line), &value);
                all.extend(found.map(|entry| (entry, cell.at.clone())));
            }
        }
        Ok(all)
    }
}

/// A cell, and where it stands, quotes included.
struct Cell {
    at: Range<usize>,
    line: usize,
}

impl Cell {
    fn value<'a>(&self, text: &'a str) -> &'a str {
        text[self.at.clone()].trim_matches('"')
    }

    fn unquoted(&self, text: &str) -> Zeroizing<String> {
        let whole = &text[self.at.clone()];
        let inner = whole.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        Zeroizing::new(inner.map_or_else(|| whole.to_owned(), |inner| inner.replace("\"\"", "\"")))
    }
}

/// The cells of a table, as RFC 4180 has them.
fn rows(text: &str) -> Result<Vec<Vec<Cell>>, Broken> {
    let bytes = text.as_bytes();
    let (mut rows, mut row, mut at, mut line) = (Vec::new(), Vec::new(), 0, 1);
    while at < bytes.len() {
        let (start, first) = (at, line);
        if bytes[at] == b'"' {
            at += 1;
            loop {
                match bytes.get(at) {
                    Some(b'"') if bytes.get(at + 1) == Some(&b'"') => at += 2,
                    Some(b'"') => break,
                    Some(byte) => {
                        line += usize::from(*byte == b'\n');
                        at += 1;
                    }
                    None => return Err(Broken::Form { line: first, column: 1 }),
                }
            }
            at += 1;
        }
        while bytes.get(at).is_some_and(|byte| !matches!(byte, b',' | b'\n' | b'\r')) {
            at += 1;
        }
        row.push(Cell { at: start..at, line: first });
        if bytes.get(at) == Some(&b',') {
            at += 1;
            continue;
        }
        at += usize::from(bytes.get(at) == Some(&b'\r'));
        at += usize::from(bytes.get(at) == Some(&b'\n'));
        line += 1;
        rows.push(std::mem::take(&mut row));
    }
    if !row.is_empty() {
        rows.push(row);
    }
    Ok(rows)
}

const TABLE: Table = Table { title: "name" };

impl Form for Bitwarden {
    fn read(&self, registry: &Registry, bytes: &[u8]) -> Result<Vec<Entry>, Broken> {
        let whole = text(bytes)?;
        if !whole.trim_start().starts_with('{') {
            return TABLE.read(registry, bytes);
        }
        let source = Source::read(whole)?;
        if source.member("passwordProtected").is_some() || source.member("data").is_some() {
            return Err(Broken::Kind { what: "an export without a password" });
        }
        let mut all = Vec::new();
        for (at, item) in source.member("items").into_iter().flat_map(Node::elements).enumerate() {
            let title = item.member("name").and_then(Node::text).unwrap_or_default();
            let own = format!("items[{at}]");
            let password = item.member("login").and_then(|login| login.member("password"));
            let mut cells =
                vec![(format!("{own}.login.password"), password), (format!("{own}.notes"), item.member("notes"))];
            let fields = item.member("fields").into_iter().flat_map(Node::elements).enumerate();
            cells
                .extend(fields.map(|(number, field)| (format!("{own}.fields[{number}].value"), field.member("value"))));
            for (name, node) in cells {
                let Some(node) = node else { continue };
                all.extend(entry(registry, name, title, Some(node.line()), node.text().unwrap_or_default()));
            }
        }
        Ok(all)
    }

    fn without(&self, bytes: &[u8], names: &[&str]) -> Result<Zeroizing<Vec<u8>>, Broken> {
        if text(bytes)?.trim_start().starts_with('{') {
            return super::json::without(bytes, names);
        }
        TABLE.without(bytes, names)
    }
}
