//! Hugging Face: `token`, one bare line, and `stored_tokens` beside it, which keeps several of them by name.
//!
//! `utils/_auth.py` of `huggingface_hub` 2.4: Python's `configparser` reads and writes the second one. A section without
//! its token would stop it, so a token is taken out with its section.

use std::collections::BTreeSet;

use zeroize::Zeroizing;

use super::{Broken, Entry, Form, Holding};
use crate::name::ProviderId;
use crate::provider::Registry;

/// The token in use.
pub(super) struct Token;

/// The tokens to choose from.
pub(super) struct Stored;

/// What the token of an account that signed in with a browser begins with; it lasts a month and is renewed.
const ACCOUNT: &str = "hf_oauth";

fn entry(name: &str, line: usize, holds: Holding, label: Option<String>) -> Entry {
    let provider = ProviderId::parse("huggingface").ok();
    Entry { name: name.to_owned(), line: Some(line), holds, provider, address: None, label }
}

impl Form for Token {
    fn read(&self, _: &Registry, bytes: &[u8]) -> Result<Vec<Entry>, Broken> {
        let text = super::text(bytes)?;
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let mut lines = lines.map(|(at, line)| (at + 1, line.trim()));
        let Some((line, token)) = lines.next() else { return Ok(Vec::new()) };
        if let Some((line, _)) = lines.next() {
            return Err(Broken::Form { line, column: 1 });
        }
        let holds = if token.starts_with(ACCOUNT) {
            Some(Holding::Account)
        } else {
            Holding::of(Zeroizing::new(token.to_owned()), |_| false)
        };
        Ok(holds.map(|holds| entry("token", line, holds, None)).into_iter().collect())
    }

    fn without(&self, bytes: &[u8], names: &[&str]) -> Result<Zeroizing<Vec<u8>>, Broken> {
        let left = if names.contains(&"token") { &[] } else { bytes };
        Ok(Zeroizing::new(left.to_vec()))
    }
}

/// A section: its name, and its lines with the number of the first.
struct Section<'a> {
    name: &'a str,
    first: usize,
    lines: Vec<&'a str>,
}

/// What stands before the first section, and the sections.
fn sections(text: &str) -> Result<(&str, Vec<Section<'_>>), Broken> {
    let mut all: Vec<Section<'_>> = Vec::new();
    let mut head = 0;
    for (at, line) in text.split_inclusive('\n').enumerate() {
        let name = line.trim_end().strip_prefix('[').and_then(|line| line.strip_suffix(']'));
        match (name, all.last_mut()) {
            (Some(name), _) => all.push(Section { name, first: at + 1, lines: vec![line] }),
            (None, Some(section)) => section.lines.push(line),
            (None, None) if line.trim().is_empty() || line.starts_with(['#', ';']) => head += line.len(),
            (None, None) => return Err(Broken::Form { line: at + 1, column: 1 }),
        }
    }
    // Python refuses a name that comes twice. Of two tokens behind one name, the other one would go unseen.
    let mut names = BTreeSet::new();
    for section in &all {
        let tokens = section.lines.iter().enumerate().filter(|(_, line)| value(line, "hf_token").is_some());
        let again = (!names.insert(section.name)).then_some(section.first);
        if let Some(line) = again.or(tokens.map(|(at, _)| section.first + at).nth(1)) {
            return Err(Broken::Form { line, column: 1 });
        }
    }
    Ok((&text[..head], all))
}

/// A setting of a section, with the line that it stands on.
fn setting<'a>(section: &Section<'a>, wanted: &str) -> Option<(usize, &'a str)> {
    section.lines.iter().enumerate().find_map(|(at, line)| Some((section.first + at, value(line, wanted)?)))
}

/// What a line sets, if it is this setting's.
fn value<'a>(line: &'a str, wanted: &str) -> Option<&'a str> {
    let (name, value) = line.split_once(['=', ':'])?;
    name.trim().eq_ignore_ascii_case(wanted).then(|| value.trim())
}

impl Form for Stored {
    fn read(&self, _: &Registry, bytes: &[u8]) -> Result<Vec<Entry>, Broken> {
        let (_, sections) = sections(super::text(bytes)?)?;
        let read = |section: &Section<'_>| {
            let (line, token) = setting(section, "hf_token")?;
            let holds = match setting(section, "refresh_token") {
                Some(_) => Holding::Account,
                None => Holding::of(Zeroizing::new(token.to_owned()), |_| false)?,
            };
            Some(entry(section.name, line, holds, Some(section.name.to_owned())))
        };
        Ok(sections.iter().filter_map(read).collect())
    }

    /// A section goes whole; one that holds more than a token is refused.
    fn without(&self, bytes: &[u8], names: &[&str]) -> Result<Zeroizing<Vec<u8>>, Broken> {
        let text = super::text(bytes)?;
        let (head, sections) = sections(text)?;
        let more = |section: &Section<'_>| {
            let rest = section.lines.iter().skip(1).filter(|line| value(line, "hf_token").is_none());
            rest.into_iter().any(|line| !line.trim().is_empty())
        };
        if let Some(section) = sections.iter().find(|section| names.contains(&section.name) && more(section)) {
            return Err(Broken::Entry { entry: section.name.to_owned() });
        }
        let mut left = Zeroizing::new(Vec::with_capacity(bytes.len()));
        left.extend_from_slice(&bytes[..bytes.len() - text.len()]);
        left.extend_from_slice(head.as_bytes());
        for section in sections.iter().filter(|section| !names.contains(&section.name)) {
            section.lines.iter().for_each(|line| left.extend_from_slice(line.as_bytes()));
        }
        Ok(left)
    }
}
