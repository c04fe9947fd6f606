//! Tables that fit the terminal: no lines, two blanks between columns, as narrow as their content.

use comfy_table::Table;

use crate::ui::washed;

/// The width of the terminal in columns; `None` where the output is no terminal, and no table is cut.
pub(crate) fn width() -> Option<u16> {
    #[cfg(unix)]
    return rustix::termios::tcgetwinsize(std::io::stdout()).ok().map(|size| size.ws_col).filter(|width| *width > 0);
    #[cfg(not(unix))]
    None
}

/// The blanks between two columns.
const GAP: usize = 2;

/// The narrowest that a last column is cut to before it is left out instead.
const CUT: usize = 12;

/// Lays out rows under a header. Columns whose every cell is empty are left out; on a narrow terminal the last column
/// is cut, or left out if too little of it would remain, and so on, but never the first `kept`.
pub(crate) fn render(header: &[&str], rows: &[Vec<String>], kept: usize) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| washed(cell)).collect()).collect();
    let mut columns: Vec<usize> = (0..header.len()).filter(|at| rows.iter().any(|row| !row[*at].is_empty())).collect();
    if let Some(limit) = width() {
        fit(header, &mut rows, &mut columns, kept, usize::from(limit));
    }
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header(columns.iter().map(|at| header[*at]));
    for row in &rows {
        table.add_row(columns.iter().map(|at| row[*at].as_str()));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.to_string().lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

/// Cuts and leaves out columns until the rest fits into `limit`.
fn fit(header: &[&str], rows: &mut [Vec<String>], columns: &mut Vec<usize>, kept: usize, limit: usize) {
    let wide = |rows: &[Vec<String>], at: usize| {
        rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0).max(header[at].len())
    };
    while let Some((&last, others)) = columns.split_last() {
        let before: usize = others.iter().map(|at| wide(rows, *at) + GAP).sum();
        let room = limit.saturating_sub(before);
        if wide(rows, last) <= room {
            return;
        }
        if room >= CUT {
            return cut(rows, last, room);
        }
        if columns.len() <= kept {
            break;
        }
        columns.pop();
    }
    // Only what must stay is left: the widest gives way.
    for _ in 0..columns.len() {
        let widths: Vec<usize> = columns.iter().map(|at| wide(rows, *at)).collect();
        let excess = (widths.iter().sum::<usize>() + GAP * (columns.len() - 1)).saturating_sub(limit);
        let widest = (0..columns.len()).max_by_key(|at| widths[*at]).unwrap_or(0);
        if excess == 0 || widths[widest] <= header[columns[widest]].len() {
            return;
        }
        cut(rows, columns[widest], widths[widest].saturating_sub(excess).max(header[columns[widest]].len()));
    }
}

fn cut(rows: &mut [Vec<String>], column: usize, room: usize) {
    for row in rows.iter_mut().filter(|row| row[column].chars().count() > room) {
        row[column] = row[column].chars().take(room - 1).chain(['…']).collect();
    }
}

/// Lays out what is known of one thing: a name and a value a line.
pub(crate) fn facts(facts: &[(String, String)]) -> String {
    let wide = facts.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    facts.iter().fold(String::new(), |text, (name, value)| text + &format!("{name:wide$}  {}\n", washed(value)))
}
