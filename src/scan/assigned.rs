//! Names that a line gives a value to: what alone tells of 32 hexadecimal digits whose key they are.

use std::collections::HashMap;

use crate::name::ProviderId;
use crate::provider::Registry;

/// How far back a name may begin, in bytes.
const REACH: usize = 160;

/// How many words back: `COHERE_API_KEY: Final[str] = "…"`.
const WORDS: usize = 4;

/// The longest name that is looked up.
const LONGEST: usize = 64;

/// The variables that providers read keys from.
#[derive(Debug)]
pub(super) struct Names {
    owners: HashMap<String, Vec<ProviderId>>,
    /// The last three letters of all of them, five bits each: most words are turned away by these.
    ends: Vec<bool>,
}

impl Names {
    pub(super) fn new(registry: &Registry) -> Self {
        let mut names = Self { owners: HashMap::new(), ends: vec![false; 1 << 15] };
        for variable in registry.key_variables() {
            let claims = registry.claims(variable);
            let owned = claims.iter().any(|claim| claim.owner);
            let claims = claims.into_iter().filter(|claim| claim.role.is_key() && (claim.owner || !owned));
            if let Some(end) = end(variable.as_bytes()) {
                names.ends[end] = true;
            }
            names.owners.insert(variable.to_owned(), claims.map(|claim| claim.provider).collect());
        }
        names
    }

    /// Whose variable stands before the value that starts at `start`, on the same line.
    pub(super) fn before(&self, text: &[u8], start: usize) -> Option<&[ProviderId]> {
        let floor = start.saturating_sub(REACH);
        let line = text[floor..start].iter().rposition(|&byte| byte == b'\n').map_or(floor, |at| floor + at + 1);
        let mut rest = &text[line..start];
        // A value stands free: a word that goes on before it is part of it.
        if !rest.last().is_some_and(|&byte| separates(byte)) {
            return None;
        }
        for _ in 0..WORDS {
            let end = rest.iter().rposition(|&byte| is_word(byte))? + 1;
            // A statement ended in between.
            if rest[end..].iter().any(|&byte| matches!(byte, b';' | b'&' | b'|')) {
                return None;
            }
            let begin = rest[..end].iter().rposition(|&byte| !is_word(byte)).map_or(0, |at| at + 1);
            // `--cohere-api-key`
            let dashes = rest[begin..end].iter().take_while(|&&byte| byte == b'-').count();
            let found = self.owners_of(&rest[begin + dashes..end]);
            if found.is_some() {
                return found;
            }
            rest = &rest[..begin];
        }
        None
    }

    fn owners_of(&self, word: &[u8]) -> Option<&[ProviderId]> {
        if word.len() > LONGEST || !self.ends[end(word)?] {
            return None;
        }
        let mut name = String::with_capacity(word.len() + 8);
        let mut last: u8 = 0;
        for &byte in word {
            if last.is_ascii_lowercase() && byte.is_ascii_uppercase() {
                name.push('_');
            }
            name.push(if byte == b'-' { '_' } else { char::from(byte.to_ascii_uppercase()) });
            last = byte;
        }
        self.owners.get(&name).map(Vec::as_slice).filter(|owners| !owners.is_empty())
    }
}

/// The last three letters, whatever their case.
fn end(word: &[u8]) -> Option<usize> {
    let tail = word.last_chunk::<3>()?;
    Some(tail.iter().fold(0, |end, byte| end << 5 | usize::from(byte & 31)))
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

/// What stands between a name and its value.
fn separates(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'"' | b'\'' | b'`' | b'=' | b':' | b'>' | b'(' | b',' | b'[' | b'{')
}
