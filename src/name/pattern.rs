//! Several keys by one word: `openai:*`, `*:old`.

use super::{KeyRef, NameError};

/// A name of keys in which `*` stands for any characters and `?` for one. Without a label, all labels are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPattern {
    provider: String,
    label: String,
}

impl KeyPattern {
    /// Whether a text is a pattern rather than a name.
    pub fn is_one(text: &str) -> bool {
        text.contains(['*', '?'])
    }

    /// Reads a pattern.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        const WHAT: &str = "a pattern of keys";
        let allowed = |c: char| c.is_ascii_alphanumeric() || "._@+-:*?".contains(c);
        let (provider, label) = text.split_once(':').unwrap_or((text, "*"));
        match text {
            _ if provider.is_empty() || label.is_empty() => Err(NameError::Empty { what: WHAT }),
            _ if text.len() > 160 => Err(NameError::TooLong { what: WHAT, limit: 160 }),
            _ if !text.chars().all(allowed) || label.contains(':') => Err(NameError::Character {
                what: WHAT,
                allowed: "letters, digits, `.` `_` `@` `+` `-` `*` `?`, and one `:`",
            }),
            _ => Ok(Self { provider: provider.to_owned(), label: label.to_owned() }),
        }
    }

    /// Whether a full name is meant.
    pub fn matches(&self, name: &KeyRef) -> bool {
        let label = name.label.as_ref().map_or("", |label| label.as_str());
        matches(self.provider.as_bytes(), name.provider.as_str().as_bytes())
            && matches(self.label.as_bytes(), label.as_bytes())
    }
}

impl std::fmt::Display for KeyPattern {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}:{}", self.provider, self.label)
    }
}

/// Goes back to the last `*` only, so that no pattern takes long.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut from, mut star) = (0, 0, None);
    while from < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, from));
                at += 1;
            }
            Some(c) if *c == b'?' || *c == text[from] => (at, from) = (at + 1, from + 1),
            _ => match star {
                Some((back, taken)) => {
                    star = Some((back, taken + 1));
                    (at, from) = (back + 1, taken + 1);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|c| *c == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, name, matches) in [
            ("openai:*", "openai:work", true),
            ("openai:*", "openai2:work", false),
            ("*:old", "groq:old", true),
            ("*:old", "groq:older", false),
            ("open*", "openrouter:x", true),
            ("*", "a:b", true),
            ("*:?b*c", "a:abxbc", true),
            ("*:*a*a*a*a*a*a*b", "a:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false),
        ] {
            let (pattern, name) = (KeyPattern::parse(pattern).unwrap(), KeyRef::parse(name).unwrap());
            assert_eq!(pattern.matches(&name), matches, "{pattern} {name}");
        }
        for bad in ["", ":*", "*:", "a:b:*", "a b*", "../*", "*\u{1b}"] {
            assert!(KeyPattern::parse(bad).is_err(), "{bad}");
        }
    }
}
