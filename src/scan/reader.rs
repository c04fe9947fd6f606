//! Text of any length, a window at a time, in lines and columns.

use std::io::{self, Read};

use zeroize::Zeroizing;

use super::{Finder, Finding, LONGEST};

/// How much is looked at together, in bytes.
const WINDOW: usize = 4 * 1024 * 1024;

/// How far before the end of a window it may be cut, where no line ends: no key and no name before it is longer.
const OVERLAP: usize = 2 * LONGEST;

/// How much of a UTF-16 file is read, which is read at once. People write such files, not programs.
const WIDE: u64 = 64 * 1024 * 1024;

/// Where a finding stands in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// How many bytes it is long.
    pub length: usize,
}

/// How far a text was looked through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scanned {
    /// To its end: so many bytes.
    Whole(u64),
    /// Not at all: it holds a NUL, as text never does.
    Binary,
}

/// The memory of one reader, for any number of texts.
#[derive(Debug, Default)]
pub struct Buffer(Zeroizing<Vec<u8>>);

/// Looks through a text, and hands over each finding with its place and its value.
///
/// A binary is left out, unless `all`: one that a person named is looked through as it is. UTF-16 is read as the text
/// that it is.
pub fn read(
    finder: &Finder,
    from: &mut dyn Read,
    all: bool,
    buffer: &mut Buffer,
    found: &mut dyn FnMut(Finding, Place, &[u8]),
) -> io::Result<Scanned> {
    let window = &mut buffer.0;
    window.resize(WINDOW, 0);
    let (mut lines, mut columns, mut total, mut held) = (0, 0, 0, 0);
    loop {
        let got = fill(from, &mut window[held..])?;
        let end = held + got;
        let ended = end < WINDOW;
        if total == 0 {
            if let Some(big) = utf16(&window[..end]) {
                let text = decoded(&window[..end], from, big)?;
                let mut place = Counter { text: &text, at: 0, line: 0, start: 0, columns: 0 };
                finder.find(&text, |finding| {
                    let (at, range) = (place.of(&finding), finding.range.clone());
                    found(finding, at, &text[range]);
                });
                return Ok(Scanned::Whole(text.len() as u64));
            }
            if !all && memchr::memchr(0, &window[..end]).is_some() {
                return Ok(Scanned::Binary);
            }
        }
        total += got as u64;
        let text = &window[..end];
        let cut = if ended { end } else { cut(text) };
        let mut place = Counter { text, at: 0, line: lines, start: 0, columns };
        finder.find(text, |finding| {
            if finding.range.start < cut {
                let (at, range) = (place.of(&finding), finding.range.clone());
                found(finding, at, &text[range]);
            }
        });
        if ended {
            return Ok(Scanned::Whole(total));
        }
        lines += memchr::memchr_iter(b'\n', &text[..cut]).count();
        columns = match memchr::memrchr(b'\n', &text[..cut]) {
            Some(at) => characters(&text[at + 1..cut]),
            None => columns + characters(&text[..cut]),
        };
        window.copy_within(cut.., 0);
        held = WINDOW - cut;
    }
}

/// Reads until there is no more room, or no more text.
fn fill(from: &mut dyn Read, room: &mut [u8]) -> io::Result<usize> {
    let mut have = 0;
    while have < room.len() {
        match from.read(&mut room[have..]) {
            Ok(0) => break,
            Ok(got) => have += got,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(have)
}

/// Whether a byte-order mark says UTF-16, and the big end first.
fn utf16(bytes: &[u8]) -> Option<bool> {
    match bytes {
        [0xff, 0xfe, ..] => Some(false),
        [0xfe, 0xff, ..] => Some(true),
        _ => None,
    }
}

/// A UTF-16 file as a text, up to [`WIDE`].
fn decoded(start: &[u8], from: &mut dyn Read, big: bool) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(start.to_vec());
    from.take(WIDE).read_to_end(&mut bytes)?;
    let (pairs, _) = bytes[2..].as_chunks::<2>();
    let units = pairs.iter().map(|pair| if big { u16::from_be_bytes(*pair) } else { u16::from_le_bytes(*pair) });
    let mut text = Zeroizing::new(Vec::with_capacity(bytes.len() * 3 / 2));
    for c in char::decode_utf16(units) {
        text.extend_from_slice(c.unwrap_or(char::REPLACEMENT_CHARACTER).encode_utf8(&mut [0; 4]).as_bytes());
    }
    Ok(text)
}

/// Where the next window begins: behind the last line that is whole, or at least so that nothing is cut in two.
fn cut(window: &[u8]) -> usize {
    let latest = window.len() - OVERLAP;
    memchr::memrchr(b'\n', &window[..latest]).filter(|at| at + OVERLAP > latest / 2).map_or(latest, |at| at + 1)
}

/// How many characters there are; a byte that is of none counts as one.
fn characters(text: &[u8]) -> usize {
    text.utf8_chunks().map(|chunk| chunk.valid().chars().count() + chunk.invalid().len()).sum()
}

/// Turns places in a window into lines and columns, from the start to the end.
struct Counter<'a> {
    text: &'a [u8],
    /// How far lines are counted.
    at: usize,
    line: usize,
    /// Where the line starts.
    start: usize,
    /// The characters of the window's first line that came before the window.
    columns: usize,
}

impl Counter<'_> {
    fn of(&mut self, finding: &Finding) -> Place {
        for at in memchr::memchr_iter(b'\n', &self.text[self.at..finding.range.start]) {
            (self.line, self.start, self.columns) = (self.line + 1, self.at + at + 1, 0);
        }
        self.at = finding.range.start.max(self.at);
        Place {
            line: self.line + 1,
            column: self.columns + characters(&self.text[self.start..finding.range.start]) + 1,
            length: finding.range.len(),
        }
    }
}
