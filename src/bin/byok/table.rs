//! Tables that fit the terminal: no lines, two blanks between columns, as narrow as their content.

use comfy_table::{ContentArrangement, Table};

use crate::ui::washed;

/// The width of the terminal in columns; `None` where the output is no terminal, and no table is cut.
fn width() -> Option<u16> {
    #[cfg(unix)]
    return rustix::termios::tcgetwinsize(std::io::stdout()).ok().map(|size| size.ws_col).filter(|width| *width > 0);
    #[cfg(not(unix))]
    None
}

/// Lays out rows under a header. Columns whose every cell is empty are left out; on a narrow terminal, so are the
/// columns from the end that do not fit, but never the first `kept`.
pub(crate) fn render(header: &[&str], rows: &[Vec<String>], kept: usize) -> String {
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| washed(cell)).collect()).collect();
    let mut columns: Vec<usize> = (0..header.len()).filter(|at| rows.iter().any(|row| !row[*at].is_empty())).collect();
    let wide = |at: usize| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0).max(header[at].len()) + 2;
    let limit = width();
    while let Some(limit) = limit {
        let total: usize = columns.iter().map(|at| wide(*at)).sum();
        if total <= usize::from(limit) + 2 || columns.len() <= kept {
            break;
        }
        columns.pop();
    }
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    if let Some(limit) = limit {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(limit);
    }
    table.set_header(columns.iter().map(|at| header[*at]));
    for row in &rows {
        table.add_row(columns.iter().map(|at| row[*at].as_str()));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let mut text: String = table.to_string().lines().map(|line| line.trim_end().to_owned() + "\n").collect();
    if rows.is_empty() {
        text.clear();
    }
    text
}

/// Lays out what is known of one thing: a name and a value a line.
pub(crate) fn facts(facts: &[(String, String)]) -> String {
    let wide = facts.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    facts.iter().fold(String::new(), |text, (name, value)| text + &format!("{name:wide$}  {}\n", washed(value)))
}
