//! What a terminal has on its screen, and above it, after all that was written to it.

/// How a character looks.
#[derive(Clone, Copy, PartialEq, Default)]
pub(super) struct Look {
    pub(super) bold: bool,
    pub(super) colour: Option<&'static str>,
}

impl Look {
    /// What a sequence of codes makes of it.
    fn told(self, codes: &str) -> Self {
        codes.split(';').fold(self, |look, code| match code {
            "" | "0" => Self::default(),
            "1" => Self { bold: true, ..look },
            "2" | "90" => Self { colour: Some("#8b949e"), ..look },
            "22" => Self { bold: false, ..look },
            "31" | "91" => Self { colour: Some("#ff7b72"), ..look },
            "32" | "92" => Self { colour: Some("#7ee787"), ..look },
            "33" | "93" => Self { colour: Some("#e3b341"), ..look },
            "34" | "94" => Self { colour: Some("#79c0ff"), ..look },
            "35" | "95" => Self { colour: Some("#d2a8ff"), ..look },
            "36" | "96" => Self { colour: Some("#76e3ea"), ..look },
            "39" => Self { colour: None, ..look },
            _ => look,
        })
    }
}

/// One line, a character a cell.
pub(super) type Line = Vec<(char, Look)>;

/// The lines of a text on a terminal this wide; of what is written over, the last.
pub(super) fn lines(text: &str, columns: usize) -> Vec<Line> {
    let (mut screen, mut row, mut column, mut look) = (vec![Line::new()], 0_usize, 0_usize, Look::default());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '\u{1b}' => {
                // Only sequences of `ESC [` are written.
                rest.next();
                let mut codes = String::new();
                let end = rest.by_ref().find(|c| {
                    let ends = c.is_ascii_alphabetic();
                    codes.extend((!ends).then_some(*c));
                    ends
                });
                let count: usize = codes.parse().unwrap_or(1);
                match end {
                    Some('m') => look = look.told(&codes),
                    Some('A') => row = row.saturating_sub(count),
                    Some('B') => row += count,
                    Some('C') => column += count,
                    Some('D') => column = column.saturating_sub(count),
                    Some('G') => column = count - 1,
                    Some('K') if codes == "2" => screen[row].clear(),
                    Some('K') => screen[row].truncate(column),
                    Some('J') => {
                        screen.truncate(row + 1);
                        screen[row].truncate(column);
                    }
                    _ => {}
                }
            }
            '\n' => (row, column) = (row + 1, 0),
            '\r' => column = 0,
            c => {
                if column == columns {
                    (row, column) = (row + 1, 0);
                }
                screen.resize(screen.len().max(row + 1), Line::new());
                let line = &mut screen[row];
                line.resize(line.len().max(column + 1), (' ', Look::default()));
                line[column] = (c, look);
                column += 1;
            }
        }
        screen.resize(screen.len().max(row + 1), Line::new());
    }
    while screen.last().is_some_and(Vec::is_empty) {
        screen.pop();
    }
    screen
}

/// The same without how it looks.
pub(super) fn plain(text: &str, columns: usize) -> Vec<String> {
    let lines = lines(text, columns).into_iter();
    lines.map(|line| line.iter().map(|(c, _)| *c).collect::<String>().trim_end().to_owned()).collect()
}
