//! `.gitattributes`: the one line for a profile's file; every other line stays as it is.

/// The line that has git merge and show a file by way of byok. Sealed bytes have no line ends to convert.
pub(super) fn line(inside: &str) -> String {
    format!("{} -text merge=byok diff=byok", pattern(inside))
}

/// The pattern that matches this one path, given from the top of the work tree with `/` between its parts.
fn pattern(inside: &str) -> String {
    let mut plain = String::from("/");
    for c in inside.chars() {
        if matches!(c, '*' | '?' | '[' | ']' | '\\') {
            plain.push('\\');
        }
        plain.push(c);
    }
    let is_word = |c: char| !c.is_whitespace() && !c.is_control() && c != '"';
    if plain.chars().all(is_word) {
        return plain;
    }
    // Quoted as C does it.
    let mut quoted = String::from("\"");
    for c in plain.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

/// The text with the line at its end: there, it counts before the others.
pub(super) fn with(text: &str, line: &str) -> String {
    let gap = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    format!("{text}{gap}{line}\n")
}

/// The text without the line, if it has it.
pub(super) fn without(text: &str, line: &str) -> Option<String> {
    let kept: String = text.split_inclusive('\n').filter(|one| one.trim_end() != line).collect();
    (kept.len() < text.len()).then_some(kept)
}

/// Whether a line has some other file merged by byok.
pub(super) fn has_driver(text: &str) -> bool {
    let rules = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    rules.flat_map(str::split_whitespace).any(|word| word == "merge=byok" || word == "diff=byok")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_stays() {
        let ours = line("team.age");
        assert_eq!(ours, "/team.age -text merge=byok diff=byok");
        for text in ["", "# mine\n*.png binary\n", "*.png binary"] {
            let added = with(text, &ours);
            assert!(added.starts_with(text) && added.ends_with(&format!("{ours}\n")) && has_driver(&added), "{added}");
            assert_eq!(without(&added, &ours).unwrap().trim_end(), text.trim_end());
        }
        assert_eq!(without("# /team.age -text merge=byok diff=byok\n", &ours), None);
        assert!(!has_driver("# x merge=byok\n"));
    }

    #[test]
    fn a_pattern_matches_one_path() {
        for (inside, expected) in [
            ("a/b.age", "/a/b.age"),
            ("!a#.age", "/!a#.age"),
            ("a*[b]?.age", "/a\\*\\[b\\]\\?.age"),
            ("my team.age", "\"/my team.age\""),
            ("a \"b\\c\"", "\"/a \\\"b\\\\\\\\c\\\"\""),
        ] {
            assert_eq!(pattern(inside), expected);
        }
    }
}
