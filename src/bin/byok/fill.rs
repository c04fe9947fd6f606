//! The longer texts of the help, filled to the width of the terminal: paragraphs, and lines of two columns, the second of
//! which hangs. What a command's own line holds is never broken: it is there to be copied.

/// The narrowest second column that stands beside the first one.
const NARROWEST: usize = 24;

/// How far the second column is set in where it stands below the first one.
const BELOW: usize = 6;

/// What a text is made of; see `cli/manual/mod.rs`.
enum Block<'t> {
    Blank,
    Heading(&'t str),
    /// Prose, and how far it is set in.
    Prose(usize, String),
    /// Something that is not broken, what is said of it, and the column in which that stands.
    Item(&'t str, String, usize),
}

/// The text, in lines of at most this many characters where that can be.
pub(crate) fn fill(text: &str, width: usize) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for block in blocks(text) {
        match block {
            Block::Blank => out.push('\n'),
            Block::Heading(line) => out.extend([line, "\n"]),
            Block::Prose(indent, words) => put(&mut out, &words, indent, indent, width),
            Block::Item(left, right, _) if right.is_empty() => out.extend(["  ", left, "\n"]),
            Block::Item(left, right, column) => {
                let fits = width.saturating_sub(column) >= NARROWEST;
                if fits && left.chars().count() + 4 <= column {
                    out.extend(["  ", left]);
                    out.extend(std::iter::repeat_n(' ', column - 2 - left.chars().count()));
                    put(&mut out, &right, column, column, width);
                } else {
                    out.extend(["  ", left, "\n"]);
                    let indent = if fits { column } else { BELOW };
                    put(&mut out, &right, indent, indent, width);
                }
            }
        }
    }
    out
}

/// Takes a text apart. What stands on several lines, for the sake of whoever reads the source, is one block.
fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut all = Vec::new();
    let mut section = "";
    for line in text.lines() {
        let inner = line.trim_start();
        let depth = line.len() - inner.len();
        if inner.is_empty() {
            all.push(Block::Blank);
        } else if depth == 0 && line.ends_with(':') && line.starts_with(char::is_uppercase) {
            section = line;
            all.push(Block::Heading(line));
        } else if let Some((left, right)) = inner.split_once("  ").filter(|_| depth == 2) {
            let right = right.trim_start();
            all.push(Block::Item(left, right.to_owned(), line.len() - right.len()));
        } else if depth == 2 && is_kept(section, inner) {
            all.push(Block::Item(inner, String::new(), 0));
        } else {
            go_on(&mut all, depth, inner);
        }
    }
    all
}

/// Whether a line alone is something to be copied, and no prose.
fn is_kept(section: &str, line: &str) -> bool {
    let is_variables = || line.chars().all(|c| c.is_ascii_uppercase() || matches!(c, '_' | ',' | ' '));
    match section {
        "Examples:" => true,
        "Environment:" => is_variables(),
        _ => line.starts_with(['~', '/']) || line.starts_with("byok ") || line.starts_with("age"),
    }
}

/// Adds a line to what it goes on with, or begins a paragraph.
fn go_on(all: &mut Vec<Block<'_>>, depth: usize, line: &str) {
    match all.last_mut() {
        Some(Block::Prose(indent, words)) if *indent == depth => words.extend([" ", line]),
        Some(Block::Item(_, right, column)) if depth > 2 => {
            if right.is_empty() {
                *column = depth;
            } else {
                right.push(' ');
            }
            right.push_str(line);
        }
        _ => all.push(Block::Prose(depth, line.to_owned())),
    }
}

/// Writes words from the column `at` on, and each further line from `indent` on.
fn put(out: &mut String, words: &str, indent: usize, at: usize, width: usize) {
    let mut column = at;
    let mut is_first = true;
    for word in units(words) {
        let length = word.chars().count();
        if !is_first && column + 1 + length > width {
            out.push('\n');
            (column, is_first) = (indent, true);
        } else if !is_first {
            out.push(' ');
            column += 1;
        }
        if is_first && out.ends_with('\n') {
            out.extend(std::iter::repeat_n(' ', column));
        }
        out.push_str(word);
        column += length;
        is_first = false;
    }
    out.push('\n');
}

/// The words, of which a short command between backticks is one.
fn units(words: &str) -> Vec<&str> {
    const LONGEST: usize = 32;
    let mut all = Vec::new();
    let mut rest = words.trim();
    while !rest.is_empty() {
        let plain = rest.find(' ').unwrap_or(rest.len());
        let quoted = rest[..plain].find('`').and_then(|start| {
            let end = start + 1 + rest[start + 1..].find('`')? + 1;
            let end = end + rest[end..].find(' ').unwrap_or(rest.len() - end);
            (end <= LONGEST).then_some(end)
        });
        let end = quoted.unwrap_or(plain).max(plain);
        all.push(&rest[..end]);
        rest = rest[end..].trim_start();
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
One paragraph that goes on for a while, says `byok env` and
is two lines in the source.

Examples:
  byok a-command --with arguments   what it does, in as many words as that takes
  byok another-one --which-is-long-enough-to-be-wider-than-the-whole-terminal

Exit codes:
  0  done
  1  it did not work, and this is
     said on two lines

Security:
  Nothing is shown. Nobody
  is told.";

    #[test]
    fn a_text_is_filled_and_what_is_copied_is_not_broken() {
        let wide = "\
One paragraph that goes on for a while, says `byok env` and is two lines in the source.

Examples:
  byok a-command --with arguments   what it does, in as many words as that takes
  byok another-one --which-is-long-enough-to-be-wider-than-the-whole-terminal

Exit codes:
  0  done
  1  it did not work, and this is said on two lines

Security:
  Nothing is shown. Nobody is told.
";
        assert_eq!(fill(TEXT, 100), wide);
        let narrow = "\
One paragraph that goes on for a while,
says `byok env` and is two lines in the
source.

Examples:
  byok a-command --with arguments
      what it does, in as many words as
      that takes
  byok another-one --which-is-long-enough-to-be-wider-than-the-whole-terminal

Exit codes:
  0  done
  1  it did not work, and this is said
     on two lines

Security:
  Nothing is shown. Nobody is told.
";
        assert_eq!(fill(TEXT, 40), narrow);
    }

    #[test]
    fn it_is_filled_only_once() {
        for width in [30, 60, 80, 100, 200] {
            let once = fill(TEXT, width);
            assert!(once.lines().all(|line| line.chars().count() <= width || line.starts_with("  byok ")), "{once}");
            assert_eq!(fill(TEXT, 200), fill(&fill(TEXT, 200), 200));
        }
    }
}
