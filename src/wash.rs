//! What text from outside must not bring along: controls, and marks of direction and no width, with which a name can
//! steer a terminal or look like another.

/// Whether a character steers rather than shows. A line break does, too.
pub fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}')
        || c == '\u{feff}'
}
