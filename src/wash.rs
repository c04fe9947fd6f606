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
