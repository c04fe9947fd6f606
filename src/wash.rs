//! What text from outside must not bring along: controls, and marks of direction and no width, with which a name can
//! steer a terminal or look like another.

/// Whether a character steers rather than shows. A line break does, too.
pub fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        // Blanks without a name, fillers, and what only annotates.
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}')
        || matches!(c, '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{e0000}'..='\u{e01ef}')
}

/// Whether a name has a part that people do not write: long, without a break, letters and digits mixed.
pub fn dense(typed: &str) -> bool {
    const RUN: usize = 16;
    let hex = |part: &str, length| part.len() == length && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let parts: Vec<&str> = typed.rsplit(['/', ':', '=']).next().unwrap_or_default().split('-').collect();
    let uuid = parts.len() == 5 && [8, 4, 4, 4, 12].iter().zip(&parts).all(|(length, part)| hex(part, *length));
    uuid || typed.split(|c: char| !c.is_ascii_alphanumeric()).any(|run| {
        run.len() >= RUN
            && run.bytes().any(|byte| byte.is_ascii_digit())
            && run.bytes().any(|byte| byte.is_ascii_alphabetic())
    })
}

/// The message of a parser of a person's own text, without what it repeats of the text if that may be a secret: what is
/// quoted and longer than a word, or does not look like one.
pub fn untold(message: &str) -> String {
    /// The longest word that is repeated, in bytes.
    const WORD: usize = 16;
    // What it would have liked better is not from the text.
    let (mut rest, wanted) = message.split_at(message.rfind(", expected ").unwrap_or(message.len()));
    let mut told = String::with_capacity(message.len());
    while let Some(at) = rest.find(['"', '`']) {
        told.push_str(&rest[..at]);
        let quote = &rest[at..=at];
        let inner = &rest[at + 1..];
        // No way to tell where an open one ends.
        let length = end(inner, quote).unwrap_or(inner.len());
        let text = &inner[..length];
        let is_told = text.len() <= WORD && !dense(text) && !text.contains('\n');
        told = told + quote + if is_told { text } else { "…" } + quote;
        rest = inner.get(length + 1..).unwrap_or_default();
    }
    told.push_str(rest);
    let words: Vec<&str> = told.split(' ').map(|word| if dense(word) { "…" } else { word }).collect();
    words.join(" ") + wanted
}

/// Where a quoted text ends.
fn end(text: &str, quote: &str) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().find_map(|(at, c)| {
        let ends = !escaped && quote.starts_with(c);
        escaped = !escaped && c == '\\';
        ends.then_some(at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_secret_is_not_repeated() {
        for (message, told) in [
            (
                "invalid type: string \"gsk_abcdefghij0123456789\", expected a boolean",
                "invalid type: string \"…\", expected a boolean",
            ),
            (
                "invalid type: string \"a\\\"gsk_abcdefghij0123456789\", expected u8",
                "invalid type: string \"…\", expected u8",
            ),
            ("unknown field `sk-a`b0123456789abcdef`, expected `profile`", "unknown field …, expected `profile`"),
            (
                "unknown field `fallbak`, expected one of `a_very_long_name_of_a_field`",
                "unknown field `fallbak`, expected one of `a_very_long_name_of_a_field`",
            ),
            ("expected `=`", "expected `=`"),
            ("a gsk_abcdefghij0123456789 b", "a … b"),
        ] {
            assert_eq!(untold(message), told);
        }
    }
}
