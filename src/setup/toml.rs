//! A choice at the top of TOML and the table that it chooses. What is around them is not written anew.

use std::ops::Range;

use toml_edit::{Document, Item, Table};

use super::Broken;
use super::edit::{Edit, line_end};

/// Where things stand in a text.
struct Places {
    /// The value of the choice.
    chosen: Option<Range<usize>>,
    /// The end of the last line that belongs to no table.
    top: Option<usize>,
    /// The lines of the table and of those below it.
    own: Option<Range<usize>>,
}

fn read(text: &str, key: &str, table: &str, name: &str) -> Result<Places, Broken> {
    // The error's own words repeat what stands there.
    let document = Document::parse(text)
        .map_err(|error: toml_edit::TomlError| Broken::at(text, error.span().map_or(0, |span| span.start)))?;
    let root = document.as_table();
    let chosen = match root.get(key) {
        None => None,
        Some(item) if item.is_str() => item.span(),
        Some(_) => return Err(Broken::Entry { entry: key.to_owned() }),
    };
    let own = match root.get(table).map(|all| all.as_table().map(|all| all.get(name))) {
        None | Some(Some(None)) => None,
        Some(Some(Some(Item::Table(own)))) if !own.is_dotted() => extent(own),
        // An inline table is nobody's but the person's own.
        Some(_) => return Err(Broken::Entry { entry: format!("{table}.{name}") }),
    };
    let own = own.map(|own| line_of(text, own.start)..next_line(text, own.end));
    let top = root.iter().filter_map(|(_, item)| top_end(item)).max();
    Ok(Places { chosen, top: top.map(|end| next_line(text, end)), own })
}

/// From the first to the last byte of a table and those below it, its comments aside.
fn extent(table: &Table) -> Option<Range<usize>> {
    let below = table.iter().filter_map(|(_, item)| match item {
        Item::Table(inner) => extent(inner),
        other => other.span(),
    });
    let own = table.span().filter(|_| !table.is_implicit());
    own.into_iter().chain(below).reduce(|a, b| a.start.min(b.start)..a.end.max(b.end))
}

/// The end of an item that stands before every table: a value, or one below a dotted name.
fn top_end(item: &Item) -> Option<usize> {
    match item {
        Item::Value(_) => item.span().map(|span| span.end),
        Item::Table(table) if table.is_dotted() => table.iter().filter_map(|(_, item)| top_end(item)).max(),
        _ => None,
    }
}

fn line_of(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |at| at + 1)
}

fn next_line(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |end| at + end + 1)
}

/// The lines of the table that byok writes, if it is the chosen one; else what is chosen.
pub(super) fn value(text: &str, key: &str, table: &str) -> Result<Option<String>, Broken> {
    const OWN: &str = "byok";
    let places = read(text, key, table, OWN)?;
    let lines = |range: Range<usize>| text[range].lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    Ok(match (places.chosen, places.own) {
        (None, None) => None,
        (None, Some(_)) => Some(format!("[{table}.{OWN}]")),
        (Some(chosen), own) => match (text[chosen.clone()].trim_matches(['"', '\'']), own) {
            (OWN, Some(own)) => Some(lines(own)),
            _ => Some(text[chosen].to_owned()),
        },
    })
}

/// Chooses a table and writes its lines: in the place of those that are there, or at the end.
pub(super) fn set(text: &str, key: &str, value: &str, table: &str, lines: &[String]) -> Result<Edit, Broken> {
    let places = read(text, key, table, value)?;
    let nl = line_end(text);
    let mut edit = Edit::default();
    let chosen = format!("{key} = \"{value}\"");
    match (places.chosen, places.top) {
        (Some(range), _) => {
            let (start, new) = (line_of(text, range.start), format!("\"{value}\""));
            let name = text[start..range.start].to_owned();
            let (old, shown) = (format!("{name}{}", &text[range.clone()]), format!("{name}{new}"));
            edit.cut(text, range, &new, (&old, &shown));
        }
        (None, Some(top)) => {
            let new = if text[..top].ends_with('\n') { format!("{chosen}{nl}") } else { format!("{nl}{chosen}") };
            edit.cut(text, top..top, &new, ("", &chosen));
        }
        (None, None) => {
            let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
            let gap = if text.is_empty() { "" } else { nl };
            edit.cut(text, at..at, &format!("{chosen}{nl}{gap}"), ("", &chosen));
        }
    }
    let new = lines.join(nl);
    if let Some(own) = places.own {
        let old = text[own.clone()].trim_end().to_owned();
        edit.cut(text, own.start..own.start + old.len(), &new, (&old, &new));
        return Ok(edit);
    }
    let (before, after) = match text {
        "" => (nl, nl),
        text if text.ends_with(&format!("{nl}{nl}")) => ("", nl),
        text if text.ends_with('\n') => (nl, nl),
        _ => (&*format!("{nl}{nl}"), ""),
    };
    edit.cut(text, text.len()..text.len(), &format!("{before}{new}{after}"), ("", &new));
    Ok(edit)
}

/// Takes the table out, and the choice of it, or puts back what was chosen.
pub(super) fn unset(text: &str, key: &str, table: &str, name: &str, before: Option<&str>) -> Result<Edit, Broken> {
    let places = read(text, key, table, name)?;
    let mut edit = Edit::default();
    if let Some(range) = places.chosen {
        let line = line_of(text, range.start);
        let head = text[line..range.start].to_owned();
        let old = format!("{head}{}", &text[range.clone()]);
        match before {
            Some(before) => edit.cut(text, range, before, (&old, &format!("{head}{before}"))),
            None => edit.cut(text, line..next_line(text, range.end), "", (&old, "")),
        }
    }
    if let Some(own) = places.own {
        let shown = text[own.clone()].trim_end().to_owned();
        let nl = line_end(text);
        // The empty line before it came with it.
        let from = text[..own.start].strip_suffix(&format!("{nl}{nl}")).map_or(own.start, |rest| rest.len() + nl.len());
        edit.cut(text, from..own.end, "", (&shown, ""));
    }
    Ok(edit)
}
