//! One text in JSON that may have comments and trailing commas. What is around it is not written anew.

use std::ops::Range;

use jsonc_parser::ast::{Object, ObjectProp, Value};
use jsonc_parser::common::Ranged;

use super::Broken;
use super::edit::{Edit, line_end};
use crate::jsonc;

/// Reads the outermost object; none in a text of nothing but blanks and comments.
fn read(text: &str) -> Result<Option<Object<'_>>, Broken> {
    match jsonc::parse(text).map_err(|at| Broken::at(text, at))? {
        None if text.trim().trim_start_matches('\u{feff}').is_empty() => Ok(None),
        Some(Value::Object(object)) => Ok(Some(object)),
        Some(other) => Err(Broken::at(text, other.start())),
        None => Err(Broken::at(text, 0)),
    }
}

/// The property of that name that counts: the last one, where there are several.
fn property<'o, 'a>(object: &'o Object<'a>, name: &str) -> Option<&'o ObjectProp<'a>> {
    object.properties.iter().rev().find(|one| one.name.as_str() == name)
}

/// The properties that lead to a place, as far as they are there.
fn chain<'o, 'a>(root: &'o Object<'a>, path: &[String]) -> Result<Vec<&'o ObjectProp<'a>>, Broken> {
    let (mut found, mut object) = (Vec::new(), root);
    for (at, name) in path.iter().enumerate() {
        let Some(one) = property(object, name) else { break };
        found.push(one);
        match &one.value {
            _ if at + 1 == path.len() => {}
            Value::Object(inner) => object = inner,
            _ => return Err(Broken::Entry { entry: path[..=at].join(".") }),
        }
    }
    Ok(found)
}

/// The text at a place, or the JSON of what is no text; none if there is nothing.
pub(super) fn value(text: &str, path: &[String]) -> Result<Option<String>, Broken> {
    let Some(root) = read(text)? else { return Ok(None) };
    let found = chain(&root, path)?;
    let last = found.last().filter(|_| found.len() == path.len());
    Ok(last.map(|one| match &one.value {
        Value::StringLit(text) => text.value.clone().into_owned(),
        other => other.text(text).to_owned(),
    }))
}

/// Puts a text in.
pub(super) fn set(text: &str, path: &[String], value: &str) -> Result<Edit, Broken> {
    let mut edit = Edit::default();
    let nl = line_end(text);
    let value = quoted(value);
    let Some(root) = read(text)? else {
        let new = format!("{{{nl}  {}{nl}}}{nl}", nested(path, &value, "  ", "  ", nl));
        edit.cut(text, 0..text.len(), &new, ("", new.trim_end()));
        return Ok(edit);
    };
    let found = chain(&root, path)?;
    if let Some(one) = found.last().filter(|_| found.len() == path.len()) {
        let name = text[one.start()..one.value.start()].to_owned();
        let (old, new) = (format!("{name}{}", one.value.text(text)), format!("{name}{value}"));
        edit.cut(text, one.value.start()..one.value.end(), &value, (&old, &new));
        return Ok(edit);
    }
    let object = match found.last().map(|one| &one.value) {
        Some(Value::Object(inner)) => inner,
        _ => &root,
    };
    insert(text, object, &path[found.len()..], &value, nl, &mut edit);
    Ok(edit)
}

/// Adds a property after the last one of an object, as its neighbours are written.
fn insert(text: &str, object: &Object<'_>, path: &[String], value: &str, nl: &str, edit: &mut Edit) {
    let close = object.end() - 1;
    let unit = unit(text);
    let last = object.properties.last();
    let gap = last.map_or(object.start() + 1, Ranged::end);
    let comma = comma(&text[gap..close]).map(|at| gap + at);
    // Behind the last comment, for one that ends its line would swallow what follows it.
    let at = gap + text[gap..close].trim_end().len();
    let outer = indent(text, object.start());
    let inner = match last {
        Some(last) if starts_line(text, last.start()) => indent(text, last.start()),
        _ => format!("{outer}{unit}"),
    };
    let spread = last.is_none() || text[object.start()..object.end()].contains('\n');
    if let Some(last) = last.filter(|_| comma.is_none()) {
        edit.quiet(text, last.end()..last.end(), ",");
    }
    let entry = nested(path, value, &inner, &unit, nl);
    let end = if comma.is_some() { "," } else { "" };
    if spread {
        let closing = if text[at..close].contains('\n') { String::new() } else { format!("{nl}{outer}") };
        let new = format!("{nl}{inner}{entry}{end}{closing}");
        edit.cut(text, at..at, &new, ("", &format!("{inner}{entry}{end}")));
    } else {
        edit.cut(text, at..at, &format!(" {entry}{end}"), ("", &entry));
    }
}

/// Takes a property out again, and the objects that held only it; or puts back what it was.
pub(super) fn unset(text: &str, path: &[String], before: Option<&str>) -> Result<Option<Edit>, Broken> {
    let Some(root) = read(text)? else { return Ok(None) };
    let found = chain(&root, path)?;
    let Some(last) = found.last().filter(|_| found.len() == path.len()) else { return Ok(None) };
    let mut edit = Edit::default();
    if let Some(before) = before {
        let name = text[last.start()..last.value.start()].to_owned();
        let (old, new) = (format!("{name}{}", last.value.text(text)), format!("{name}{before}"));
        edit.cut(text, last.value.start()..last.value.end(), before, (&old, &new));
        return Ok(Some(edit));
    }
    let mut depth = found.len() - 1;
    while depth > 0 && found[depth - 1].value.as_object().is_some_and(|object| object.properties.len() == 1) {
        depth -= 1;
    }
    let holder = match depth.checked_sub(1).map(|above| &found[above].value) {
        Some(Value::Object(inner)) => inner,
        _ => &root,
    };
    remove(text, holder, found[depth], &mut edit);
    Ok(Some(edit))
}

/// Cuts a property with its comma, and its line if nothing else stands on it.
fn remove(text: &str, object: &Object<'_>, one: &ObjectProp<'_>, edit: &mut Edit) {
    let at = object.properties.iter().position(|other| other.start() == one.start()).unwrap_or_default();
    let next = object.properties.get(at + 1).map_or(object.end() - 1, Ranged::start);
    let mut end = one.end();
    match comma(&text[end..next]) {
        Some(0) => end += 1,
        // A comment stands between the two.
        Some(behind) => edit.quiet(text, end + behind..end + behind + 1, ""),
        None => {
            let before = at.checked_sub(1).map(|before| object.properties[before].end());
            let place = before.and_then(|from| comma(&text[from..one.start()]).map(|at| from + at));
            if let Some(place) = place {
                edit.quiet(text, place..place + 1, "");
            }
        }
    }
    let line = text[..one.start()].rfind('\n').map_or(0, |at| at + 1);
    let rest = text[end..].find('\n').map_or(text.len(), |at| end + at + 1);
    let alone = text[line..one.start()].trim().is_empty() && text[end..rest].trim().is_empty();
    let range = if alone && rest <= object.end() { line..rest } else { one.start()..end };
    edit.cut(text, range, "", (one.text(text), ""));
}

/// The place of a comma between two values, where there is one; a comment may hold others.
fn comma(gap: &str) -> Option<usize> {
    let mut at = 0;
    while let Some(rest) = gap.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if let Some(inside) = rest.strip_prefix("/*") {
            at += inside.find("*/").map_or(rest.len(), |end| end + 4);
        } else if rest.starts_with(',') {
            return Some(at);
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    None
}

/// `"a": {"b": value}` over several lines.
fn nested(path: &[String], value: &str, indent: &str, unit: &str, nl: &str) -> String {
    let Some((name, rest)) = path.split_first() else { return value.to_owned() };
    let name = quoted(name);
    if rest.is_empty() {
        return format!("{name}: {value}");
    }
    let inner = format!("{indent}{unit}");
    format!("{name}: {{{nl}{inner}{}{nl}{indent}}}", nested(rest, value, &inner, unit, nl))
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The blanks that the line of a place begins with.
fn indent(text: &str, at: usize) -> String {
    let line = text[..at].rfind('\n').map_or(0, |at| at + 1);
    text[line..].chars().take_while(|c| *c == ' ' || *c == '\t').collect()
}

fn starts_line(text: &str, at: usize) -> bool {
    let line: Range<usize> = text[..at].rfind('\n').map_or(0, |at| at + 1)..at;
    text[line].trim().is_empty()
}

/// One step of indentation: that of the first line that has any.
fn unit(text: &str) -> String {
    let mut all = text.lines().map(|line| &line[..line.len() - line.trim_start().len()]);
    all.find(|blanks| !blanks.is_empty()).unwrap_or("  ").to_owned()
}
