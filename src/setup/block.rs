//! Lines between two marks, in a shell's start-up file or another script.

use std::ops::Range;

use super::Broken;
use super::edit::{Edit, line_end};

fn start(mark: &str) -> String {
    format!("# >>> byok setup {mark} >>>")
}

fn end(mark: &str) -> String {
    format!("# <<< byok setup {mark} <<<")
}

/// The lines between the marks; none without them.
pub(super) fn lines(text: &str, mark: &str) -> Result<Option<String>, Broken> {
    let Some(range) = find(text, mark)? else { return Ok(None) };
    let lines: Vec<&str> = text[range].lines().collect();
    Ok(Some(lines[1..lines.len() - 1].join("\n")))
}

/// Puts lines between their marks, or at the end of the text with them.
pub(super) fn set(text: &str, mark: &str, lines: &[String]) -> Result<Edit, Broken> {
    let nl = line_end(text);
    let block = [vec![start(mark)], lines.to_vec(), vec![end(mark)]].concat().join(nl);
    let mut edit = Edit::default();
    if let Some(range) = find(text, mark)? {
        let old = text[range.clone()].trim_end_matches(['\r', '\n']).to_owned();
        edit.cut(text, range.start..range.start + old.len(), &block, (&old, &block));
        return Ok(edit);
    }
    // A file whose last line has no end is left without one.
    let (before, after) = match text {
        "" => ("", nl),
        text if text.ends_with(&format!("{nl}{nl}")) => ("", nl),
        text if text.ends_with('\n') => (nl, nl),
        _ => (&*format!("{nl}{nl}"), ""),
    };
    edit.cut(text, text.len()..text.len(), &format!("{before}{block}{after}"), ("", &block));
    Ok(edit)
}

/// Takes the marks and what is between them out, with the empty line before them.
pub(super) fn unset(text: &str, mark: &str) -> Result<Option<Edit>, Broken> {
    let Some(range) = find(text, mark)? else { return Ok(None) };
    let shown = text[range.clone()].trim_end_matches(['\r', '\n']).to_owned();
    let nl = line_end(text);
    let from = match text[..range.start].strip_suffix(&format!("{nl}{nl}")) {
        Some(before) => before.len() + nl.len(),
        None => range.start,
    };
    let mut edit = Edit::default();
    edit.cut(text, from..range.end, "", (&shown, ""));
    Ok(Some(edit))
}

/// Where the block stands, from the start of its first line to the end of its last.
fn find(text: &str, mark: &str) -> Result<Option<Range<usize>>, Broken> {
    let (start, end) = (start(mark), end(mark));
    let (mut from, mut found, mut at) = (None, None, 0);
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let broken = Broken::Marks { line: number + 1 };
        let bare = line.trim_end_matches(['\r', '\n']);
        if bare == start {
            if from.is_some() || found.is_some() {
                return Err(broken);
            }
            from = Some((at, number + 1));
        } else if bare == end {
            let Some((first, _)) = from.take() else { return Err(broken) };
            found = Some(first..at + line.len());
        }
        at += line.len();
    }
    match from {
        Some((_, line)) => Err(Broken::Marks { line }),
        None => Ok(found),
    }
}
