//! `.env` files, which have no standard: read as python-dotenv and node do where they agree.
//!
//! Where they do not, the value is the one that a shell would see, and marked [`Doubt`]ful.

use std::collections::HashMap;

use zeroize::Zeroizing;

use super::{Doubt, Found, ImportError, Reading, text};
use crate::name::{EnvName, NameError};

const BLANKS: [char; 2] = [' ', '\t'];

/// Reads a `.env` file.
///
/// Of several lines for one name the last counts. A name that no variable can have makes its line an ignored one, and
/// so does a value of nothing but `=`: that is the end of wrapped base64, and the "name" before it is a piece of a key.
pub fn read(bytes: &[u8]) -> Result<Reading, ImportError> {
    let Reading { found: all, ignored } = every(bytes)?;
    let mut reading = Reading { found: Vec::with_capacity(all.len()), ignored };
    let mut known: HashMap<String, usize> = HashMap::new();
    for mut found in all {
        if let Some(&index) = known.get(&found.name) {
            // Readers who see another end of the earlier value see other lines behind it, too.
            let earlier = &reading.found[index];
            found.doubtful = found.doubtful.or(earlier.doubtful);
            found.repeated = earlier.repeated || earlier.value != found.value;
            reading.found[index] = found;
        } else {
            known.insert(found.name.clone(), reading.found.len());
            reading.found.push(found);
        }
    }
    Ok(reading)
}

/// Reads a `.env` file with every line that assigns something, those of one name included.
pub fn every(bytes: &[u8]) -> Result<Reading, ImportError> {
    let mut rest = Cursor { text: text(bytes)?, line: 1 };
    let mut reading = Reading::default();
    // To some readers a lone carriage return ends a line and to others it is nothing, so all of the file is in doubt.
    let returns = rest.text.matches('\r').count() > rest.text.matches("\r\n").count();

    while !rest.text.is_empty() {
        let line = rest.line;
        let head = rest.line().trim_start_matches(BLANKS);
        if head.is_empty() || head.starts_with('#') {
            rest.skip_line();
            continue;
        }
        let Some((left, _)) = rest.line().split_once('=') else {
            reading.ignored.push(line);
            rest.skip_line();
            continue;
        };
        let (name, name_blanks) = name(left);
        rest.skip(left.len() + 1);
        let value = match (value(&mut rest), name) {
            (Ok(value), Some(name)) if !is_padding(&value.text) => Some((name, value)),
            (Err(_), Some(_)) => return Err(ImportError::Unterminated { line }),
            _ => None,
        };
        let end = rest.line;
        rest.skip_line();
        let Some((name, value)) = value else {
            reading.ignored.push(line);
            continue;
        };
        let doubtful = value
            .doubtful
            .or_else(|| value.text.contains("${").then_some(Doubt::Expansion))
            .or_else(|| name_blanks.then_some(Doubt::Blanks))
            .or_else(|| returns.then_some(Doubt::CarriageReturn));
        let name = name.to_owned();
        reading.found.push(Found {
            name,
            value: value.text,
            line,
            end,
            comment: value.comment,
            doubtful,
            repeated: false,
        });
    }
    Ok(reading)
}

/// What is left of the text, and the line that it starts on.
struct Cursor<'a> {
    text: &'a str,
    line: usize,
}

impl<'a> Cursor<'a> {
    /// The rest of this line, without its end.
    fn line(&self) -> &'a str {
        let line = self.text.split_once('\n').map_or(self.text, |(line, _)| line);
        line.strip_suffix('\r').unwrap_or(line)
    }

    fn skip(&mut self, bytes: usize) {
        let (gone, rest) = self.text.split_at(bytes);
        self.line += gone.bytes().filter(|&byte| byte == b'\n').count();
        self.text = rest;
    }

    fn skip_line(&mut self) {
        self.skip(self.text.find('\n').map_or(self.text.len(), |at| at + 1));
    }
}

/// The name in what stands before `=`, and whether blanks in it are more than some readers take.
fn name(left: &str) -> (Option<&str>, bool) {
    let trimmed = left.trim_matches(BLANKS);
    let (name, gap) = match trimmed.strip_prefix("export") {
        Some(rest) if rest.starts_with(BLANKS) => (rest.trim_start_matches(BLANKS), rest),
        _ => (trimmed, ""),
    };
    let is_name = matches!(EnvName::parse(name), Ok(_) | Err(NameError::Reserved { .. }));
    (is_name.then_some(name), left.contains('\t') || gap.starts_with("  "))
}

fn is_padding(value: &str) -> bool {
    !value.is_empty() && value.bytes().all(|byte| byte == b'=')
}

struct Value {
    text: Zeroizing<String>,
    comment: usize,
    doubtful: Option<Doubt>,
}

struct Unterminated;

/// Takes the value that `rest` starts with, up to somewhere in its last line.
fn value(rest: &mut Cursor<'_>) -> Result<Value, Unterminated> {
    let line = rest.line();
    let trimmed = line.trim_start_matches(BLANKS);
    let gap = &line[..line.len() - trimmed.len()];
    let Some(quote @ ('\'' | '"' | '`')) = trimmed.chars().next() else {
        return Ok(bare(line));
    };
    let body = &rest.text[gap.len() + 1..];
    let end = closing(body, quote).ok_or(Unterminated)?;
    let (text, escaped) = if quote == '"' { unescape(&body[..end]) } else { literal(&body[..end]) };
    rest.skip(gap.len() + end + 2);

    let behind = rest.line().trim_start_matches(BLANKS);
    let doubtful = if !behind.is_empty() && !behind.starts_with('#') {
        Some(Doubt::Trailing)
    } else if quote == '`' {
        Some(Doubt::Backtick)
    } else if escaped {
        Some(Doubt::Escape)
    } else {
        gap.contains('\t').then_some(Doubt::Blanks)
    };
    let comment = if behind.starts_with('#') { behind.len() } else { 0 };
    Ok(Value { text, comment, doubtful })
}

/// An unquoted value: up to a `#` behind a blank or the end of the line.
fn bare(line: &str) -> Value {
    let comment = line.match_indices('#').find(|&(at, _)| line[..at].ends_with(BLANKS));
    let kept = comment.map_or(line, |(at, _)| &line[..at]);
    let text = kept.trim_matches(BLANKS);
    // node ends the value at any `#`; python-dotenv takes the `#` of `A= # b` for a part of it.
    let doubtful = if text.contains('#') || (text.is_empty() && comment.is_some()) {
        Some(Doubt::Hash)
    } else if text.trim_matches(is_edge) != text || kept.trim_matches(' ') != text {
        Some(Doubt::Blanks)
    } else {
        None
    };
    let comment = comment.map_or(0, |(at, _)| line.len() - at);
    Value { text: Zeroizing::new(text.to_owned()), comment, doubtful }
}

/// Whether some reader takes it for a blank at the edge of a value.
fn is_edge(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}

/// Where the quote that opened before `body` is closed.
fn closing(body: &str, quote: char) -> Option<usize> {
    if quote != '"' {
        return body.find(quote);
    }
    let mut escaped = false;
    body.bytes().position(|byte| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    })
}

/// The text between single quotes or backticks, and whether some readers see escapes in it.
fn literal(body: &str) -> (Zeroizing<String>, bool) {
    let mut text = Zeroizing::new(String::with_capacity(body.len()));
    push(body, &mut text);
    (text, body.contains("\\\\") || body.ends_with('\\'))
}

/// The text between double quotes, and whether it has escapes other than the `\n` that all readers know.
fn unescape(body: &str) -> (Zeroizing<String>, bool) {
    let mut text = Zeroizing::new(String::with_capacity(body.len()));
    let mut escaped = false;
    let mut rest = body;
    while let Some(at) = rest.find('\\') {
        push(&rest[..at], &mut text);
        let plain = match rest.as_bytes().get(at + 1) {
            Some(b'n') => Some('\n'),
            Some(b'r') => Some('\r'),
            Some(b't') => Some('\t'),
            Some(&byte @ (b'"' | b'\\' | b'\'' | b'$' | b'`')) => Some(char::from(byte)),
            _ => None,
        };
        escaped |= plain != Some('\n');
        text.push(plain.unwrap_or('\\'));
        rest = &rest[at + 1 + usize::from(plain.is_some())..];
    }
    push(rest, &mut text);
    (text, escaped)
}

/// Appends with every line ended by `\n` alone.
fn push(body: &str, text: &mut String) {
    for (index, line) in body.split("\r\n").enumerate() {
        if index > 0 {
            text.push('\n');
        }
        text.push_str(line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::LIMIT;

    #[track_caller]
    fn check(file: &str, expected: &[(&str, &str, usize, Option<Doubt>)], ignored: &[usize]) {
        let reading = read(file.as_bytes()).unwrap();
        let found: Vec<_> =
            reading.found.iter().map(|f| (f.name.as_str(), f.value.as_str(), f.line, f.doubtful)).collect();
        assert_eq!((found.as_slice(), reading.ignored.as_slice()), (expected, ignored), "{file:?}");
    }

    #[test]
    fn what_every_reader_agrees_on() {
        check("A=1\nB=two words\n", &[("A", "1", 1, None), ("B", "two words", 2, None)], &[]);
        check("\u{feff}A=1\r\nB=2\r\n", &[("A", "1", 1, None), ("B", "2", 2, None)], &[]);
        check("\n# A=0\n  #\nexport A = 1  \n", &[("A", "1", 4, None)], &[]);
        check(
            "A=\nB=''\nC=\"\"\nD=  ",
            &[("A", "", 1, None), ("B", "", 2, None), ("C", "", 3, None), ("D", "", 4, None)],
            &[],
        );
        check(
            "A=b # c\nB='d # e' # f\nC=\"g\"# h",
            &[("A", "b", 1, None), ("B", "d # e", 2, None), ("C", "g", 3, None)],
            &[],
        );
        check(
            "A='x\ny'\nB=\"1\\n2\r\n3\"\nC=4",
            &[("A", "x\ny", 1, None), ("B", "1\n2\n3", 3, None), ("C", "4", 5, None)],
            &[],
        );
        check("A=1\nB=2\nA=3\n", &[("A", "3", 3, None), ("B", "2", 2, None)], &[]);
        check("A=a=b==\nB=x\"y\"'z'", &[("A", "a=b==", 1, None), ("B", "x\"y\"'z'", 2, None)], &[]);
        check("A='a\\nb'\nB=a\\nb", &[("A", "a\\nb", 1, None), ("B", "a\\nb", 2, None)], &[]);
        check("", &[], &[]);
    }

    #[test]
    fn nothing_is_expanded_or_executed() {
        check("A=$(touch PWN)\nB=$HOME", &[("A", "$(touch PWN)", 1, None), ("B", "$HOME", 2, None)], &[]);
        check("A=${X:-$(touch PWN)}", &[("A", "${X:-$(touch PWN)}", 1, Some(Doubt::Expansion))], &[]);
        check("A=\"${HOME}\"", &[("A", "${HOME}", 1, Some(Doubt::Expansion))], &[]);
        check("A=x`touch PWN`", &[("A", "x`touch PWN`", 1, None)], &[]);
    }

    #[test]
    fn what_readers_see_differently_is_marked() {
        for (file, value, doubt) in [
            ("A=b#c", "b#c", Doubt::Hash),
            ("A=#c", "#c", Doubt::Hash),
            ("A= # c", "", Doubt::Hash),
            ("A=b#c # d", "b#c", Doubt::Hash),
            ("A=\"b\\\"c\"", "b\"c", Doubt::Escape),
            ("A=\"b\\\\\"", "b\\", Doubt::Escape),
            ("A=\"b\\tc\\qd\"", "b\tc\\qd", Doubt::Escape),
            ("A='b\\\\c'", "b\\\\c", Doubt::Escape),
            ("A='b\\'", "b\\", Doubt::Escape),
            ("A=`b`", "b", Doubt::Backtick),
            ("A=\"b\"c", "b", Doubt::Trailing),
            ("A=\tb", "b", Doubt::Blanks),
            ("\tA=b", "b", Doubt::Blanks),
            ("export  A=b", "b", Doubt::Blanks),
            ("A=b\u{a0}", "b\u{a0}", Doubt::Blanks),
            ("A=\t'b'", "b", Doubt::Blanks),
            ("A=b\rc", "b\rc", Doubt::CarriageReturn),
        ] {
            check(file, &[("A", value, 1, Some(doubt))], &[]);
        }
    }

    #[test]
    fn lines_that_assign_nothing_are_counted_out() {
        check("hello\nA=1\nexport B\n-----END-----", &[("A", "1", 2, None)], &[1, 3, 4]);
        check("A B=1\n=2\n1A=3\nÉ=4\n'A'=5\na-b=6\nA=7", &[("A", "7", 7, None)], &[1, 2, 3, 4, 5, 6]);
        check("c2VjcmV0==\nA=1", &[("A", "1", 2, None)], &[1]);
        check("PATH=/x", &[("PATH", "/x", 1, None)], &[]);
        check("a b='1\nB=evil\n'\nC=2", &[("C", "2", 4, None)], &[1]);
        check("rock 'n=' roll\nC=2", &[("C", "2", 2, None)], &[1]);
    }

    #[test]
    fn a_broken_file_is_an_error_with_its_line_and_nothing_else() {
        let check = |file: &[u8], expected: ImportError| {
            let error = read(file).unwrap_err();
            assert_eq!(error, expected);
            assert!(!format!("{error} {error:?}").contains("sk-"));
        };
        check(b"A=1\nB=\"sk-1\nC=2\n", ImportError::Unterminated { line: 2 });
        check(b"B='sk-1", ImportError::Unterminated { line: 1 });
        check(b"B=`sk-1", ImportError::Unterminated { line: 1 });
        check(b"A=1\n\nB=sk-\x00", ImportError::Nul { line: 3 });
        check(b"A=1\nB=sk-\xff", ImportError::NotText { line: 2 });
        check(&vec![b'a'; LIMIT + 1], ImportError::TooLong);
    }

    #[test]
    fn debug_shows_no_value() {
        let shown = format!("{:?}", read(b"A=sk-secret\nsk-secret\n").unwrap());
        assert!(!shown.contains("sk-") && shown.contains("\"A\""));
    }

    #[test]
    fn the_time_grows_with_the_size_alone() {
        for piece in ["a b='\n", "a b=\"\\\"\n", "A=\"\\\n", "'\n", "=", "#", "\r", "A=1 #\n", "A= # #\n"] {
            let file = piece.repeat(LIMIT / 32 / piece.len());
            let start = std::time::Instant::now();
            let _ = read(file.as_bytes());
            assert!(start.elapsed().as_secs() < 10, "{piece:?}");
        }
    }
}
