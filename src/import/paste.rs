//! What people paste where a key is asked for: the key with quotes, `export X=`, `Bearer `, line breaks around it.

use zeroize::{Zeroize, Zeroizing};

/// A pasted text with what surrounds the key taken off.
pub struct Pasted {
    /// The key, as far as can be told.
    pub value: Zeroizing<String>,
    /// The variable of a pasted assignment: `OPENAI_API_KEY=…`.
    pub variable: Option<String>,
    /// What was taken off, in words that follow "took off ": never the key or a part of it.
    pub removed: Vec<&'static str>,
}

/// Takes off whatever cannot belong to a key. `whole` tells whether a text without its line breaks looks like a key;
/// only then are breaks inside it taken for a terminal's.
pub fn clean(pasted: &str, whole: impl Fn(&str) -> bool) -> Pasted {
    let mut out = Pasted { value: Zeroizing::new(pasted.to_owned()), variable: None, removed: Vec::new() };
    out.invisible();
    // Each round may uncover the next layer: `export X="Bearer sk-…";` has four.
    while out.blanks() | out.assignment() | out.quotes() | out.header() {}
    out.line_breaks(whole);
    out.removed.sort_unstable();
    out.removed.dedup();
    out
}

impl Pasted {
    fn keep(&mut self, value: String, removed: &'static str) -> bool {
        self.value.zeroize();
        self.value = Zeroizing::new(value);
        if !removed.is_empty() {
            self.removed.push(removed);
        }
        true
    }

    /// The marks of a bracketed paste, byte-order marks and characters of no width.
    fn invisible(&mut self) {
        let text = self.value.replace("\u{1b}[200~", "").replace("\u{1b}[201~", "");
        let zero_width = |c| matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{feff}');
        let text = Zeroizing::new(text);
        let clean: String = text.chars().filter(|c| !zero_width(*c)).collect();
        if clean.len() < self.value.len() {
            self.keep(clean, "invisible characters");
        }
    }

    /// Blanks and line breaks around the value; nobody needs to be told of these.
    fn blanks(&mut self) -> bool {
        let trimmed = self.value.trim();
        trimmed.len() < self.value.len() && self.keep(trimmed.to_owned(), "")
    }

    /// `export NAME=value;`, `set -gx NAME value` and `$env:NAME = "value"`.
    fn assignment(&mut self) -> bool {
        let text = self.value.as_str();
        let (rest, told) = match () {
            () if text.starts_with("export ") => (&text[7..], true),
            () if text.starts_with("set -gx ") => (&text[8..], true),
            () if text.starts_with("$env:") => (&text[5..], true),
            () => (text, false),
        };
        let rest = rest.trim_start();
        let Some(end) = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')) else { return false };
        let (name, rest) = rest.split_at(end);
        let value = match rest.trim_start().strip_prefix('=') {
            Some(value) => value,
            None if text.starts_with("set -gx ") => rest,
            None => return false,
        };
        // `ABCDEF==` is a key with padding; an assignment that nothing announces has a name in capitals with a `_`.
        let shouted =
            name.contains('_') && name.bytes().all(|b| b == b'_' || b.is_ascii_uppercase() || b.is_ascii_digit());
        if name.is_empty() || !(told || shouted) {
            return false;
        }
        let (name, value) = (name.to_owned(), value.trim().trim_end_matches(';').to_owned());
        self.variable = Some(name);
        self.keep(value, "the assignment around it")
    }

    fn quotes(&mut self) -> bool {
        const PAIRS: [(char, char); 6] =
            [('"', '"'), ('\'', '\''), ('`', '`'), ('\u{201c}', '\u{201d}'), ('\u{2018}', '\u{2019}'), ('«', '»')];
        let text = self.value.trim_end_matches([';', ',']);
        let inner = PAIRS.iter().find_map(|(open, close)| text.strip_prefix(*open)?.strip_suffix(*close));
        inner.map(str::to_owned).is_some_and(|inner| self.keep(inner, "the quotes around it"))
    }

    /// `Authorization: Bearer …`, `x-api-key: …`, `Bearer …`.
    fn header(&mut self) -> bool {
        const NAMES: [&str; 7] =
            ["authorization:", "x-api-key:", "api-key:", "x-goog-api-key:", "bearer ", "token ", "basic "];
        let text = self.value.as_str();
        let after = |name: &&str| text.get(..name.len()).filter(|start| start.eq_ignore_ascii_case(name));
        let Some(start) = NAMES.iter().find_map(after) else { return false };
        let rest = text[start.len()..].trim().to_owned();
        !rest.is_empty() && self.keep(rest, "the header around it")
    }

    fn line_breaks(&mut self, whole: impl Fn(&str) -> bool) {
        if self.value.contains(['\n', '\r']) {
            let joined = Zeroizing::new(self.value.split_whitespace().collect::<String>());
            if whole(&joined) {
                self.keep(joined.to_string(), "line breaks inside it");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pasted: &str, value: &str, variable: Option<&str>, removed: &[&str]) {
        let out = clean(pasted, |joined| joined.starts_with("sk-"));
        assert_eq!((out.value.as_str(), out.variable.as_deref()), (value, variable), "{pasted:?}");
        assert_eq!(out.removed, removed, "{pasted:?}");
    }

    #[test]
    fn what_surrounds_a_key_is_taken_off_and_named() {
        check("sk-abc\n", "sk-abc", None, &[]);
        check("  sk-abc \r\n", "sk-abc", None, &[]);
        check("\"sk-abc\"", "sk-abc", None, &["the quotes around it"]);
        check("\u{201c}sk-abc\u{201d}", "sk-abc", None, &["the quotes around it"]);
        check("Bearer sk-abc", "sk-abc", None, &["the header around it"]);
        check("Authorization: Bearer sk-abc", "sk-abc", None, &["the header around it"]);
        check("X-API-Key: sk-abc", "sk-abc", None, &["the header around it"]);
        let both = ["the assignment around it", "the quotes around it"];
        check("export OPENAI_API_KEY='sk-abc';", "sk-abc", Some("OPENAI_API_KEY"), &both);
        check("OPENAI_API_KEY=sk-abc", "sk-abc", Some("OPENAI_API_KEY"), &both[..1]);
        check("set -gx OPENAI_API_KEY sk-abc", "sk-abc", Some("OPENAI_API_KEY"), &both[..1]);
        check("$env:OPENAI_API_KEY = \"sk-abc\"", "sk-abc", Some("OPENAI_API_KEY"), &both);
        check("\u{1b}[200~sk-abc\u{1b}[201~", "sk-abc", None, &["invisible characters"]);
        check("sk-ab\u{200b}c", "sk-abc", None, &["invisible characters"]);
        check("sk-abc\ndef\n", "sk-abcdef", None, &["line breaks inside it"]);
    }

    #[test]
    fn what_may_be_the_key_itself_stays() {
        for key in
            ["ABCDEF==", "a=b", "ABSKQmVkcm9jaw==", "it's", "a\"b", "sk abc", "{\n\"type\": 1\n}", "a;b", "Bearer"]
        {
            check(key, key, None, &[]);
        }
    }
}
