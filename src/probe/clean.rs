//! What comes back is washed of what could steer a terminal, and of the key itself, before anyone sees it.

use std::fmt::Write as _;

use base64::Engine as _;
use zeroize::Zeroizing;

use super::fill::percent;
use crate::secret::Secret;
use crate::verdict::Facts;
use crate::wash::steers;

/// The shortest part of a key that is taken out, in bytes: providers echo the start of a key, and a mask shows four.
const PART: usize = 8;

/// The longest sentence that is kept, in characters.
const LONG: usize = 160;

/// What must not come back.
pub(crate) struct Cleaner {
    /// In lower case, sorted.
    parts: Zeroizing<Vec<[u8; PART]>>,
    short: Option<Zeroizing<String>>,
}

impl Cleaner {
    /// For a key, and what it was made into on its way, such as a login in base64.
    pub(crate) fn new(secret: &Secret, derived: &[Zeroizing<String>]) -> Self {
        let plain = secret.expose();
        let pairs = |before: &str| {
            plain.bytes().fold(Zeroizing::new(String::new()), |mut text, byte| {
                let _ = write!(text, "{before}{byte:02x}");
                text
            })
        };
        let mut parts: Zeroizing<Vec<[u8; PART]>> = Zeroizing::new(Vec::new());
        let mut forms = vec![Zeroizing::new(plain.to_owned()), pairs(""), pairs("%"), percent(plain)];
        for before in 0..3 {
            let coded = base64_after(before, plain);
            forms.push(Zeroizing::new(coded.replace('+', "-").replace('/', "_")));
            forms.push(coded);
        }
        forms.extend_from_slice(derived);
        for form in forms {
            let lower = Zeroizing::new(form.to_lowercase());
            parts.extend(lower.as_bytes().windows(PART).filter_map(|part| <[u8; PART]>::try_from(part).ok()));
        }
        parts.sort_unstable();
        let short = (plain.len() < PART && plain.len() > 2).then(|| Zeroizing::new(plain.to_owned()));
        Self { parts, short }
    }

    /// One line, without the key and without what could steer a terminal.
    pub(crate) fn line(&self, text: &str) -> String {
        let text = match &self.short {
            Some(short) => text.replace(short.as_str(), "…"),
            None => text.to_owned(),
        };
        let bytes = text.as_bytes();
        let mut hidden = vec![false; bytes.len()];
        for (at, part) in bytes.windows(PART).enumerate() {
            let lower = Zeroizing::new(part.to_ascii_lowercase());
            if self.parts.binary_search_by(|known| known.as_slice().cmp(&lower)).is_ok() {
                hidden[at..at + PART].fill(true);
            }
        }
        let mut shown = String::with_capacity(text.len());
        for (at, c) in text.char_indices() {
            if !hidden[at] {
                shown.push(if steers(c) { ' ' } else { c });
            } else if !shown.ends_with('…') {
                shown.push('…');
            }
        }
        let words: Vec<&str> = shown.split_whitespace().collect();
        let line = words.join(" ");
        if line.chars().count() <= LONG { line } else { line.chars().take(LONG - 1).chain(['…']).collect() }
    }

    /// The facts, so cleaned.
    pub(super) fn facts(&self, mut facts: Facts) -> Facts {
        let texts = [&mut facts.unit, &mut facts.owner, &mut facts.organisation, &mut facts.project, &mut facts.plan];
        for text in texts.into_iter().flatten().chain(&mut facts.scopes) {
            *text = self.line(text);
        }
        facts
    }
}

/// A key in base64 where so many bytes stand before it, without the signs that tell of those, too: modulo three, that
/// settles how it is written.
fn base64_after(before: usize, key: &str) -> Zeroizing<String> {
    let bytes = Zeroizing::new([&[0; 3][..before], key.as_bytes()].concat());
    let coded = Zeroizing::new(base64::engine::general_purpose::STANDARD.encode(&*bytes));
    Zeroizing::new(coded[(before * 8).div_ceil(6)..].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaner(secret: &str, derived: &[&str]) -> Cleaner {
        let derived: Vec<_> = derived.iter().map(|one| Zeroizing::new((*one).to_owned())).collect();
        Cleaner::new(&Secret::new(Zeroizing::new(secret.to_owned())).unwrap(), &derived)
    }

    #[test]
    fn no_form_of_the_key_comes_back() {
        let clean = cleaner("sk-proj-0123456789abcdefXYZ", &["YXBpOnNrLXByb2otMDEyMw=="]);
        for (text, shown) in [
            ("Incorrect key: sk-proj-0123456789abcdefXYZ.", "Incorrect key: …."),
            ("key 0123456789ABCDEFxyz is bad", "key … is bad"),
            ("sk-proj-****fXYZ", "…****fXYZ"),
            ("Basic YXBpOnNrLXByb2otMDEyMw==", "Basic …"),
            ("c2stcHJvai0wMTIzNDU2Nzg5YWJjZGVmWFla", "…"),
            ("736b2d70726f6a2d3031323334353637383961626364656658595a", "…"),
            ("nothing of it", "nothing of it"),
        ] {
            assert_eq!(clean.line(text), shown);
        }
        assert_eq!(cleaner("short1", &[]).line("is short1 right"), "is … right");
    }

    #[test]
    fn nothing_steers_the_terminal() {
        let clean = cleaner("0123456789", &[]);
        assert_eq!(clean.line("a\u{1b}[31mb\r\nc\u{202e}d\u{9b}e"), "a [31mb c d e");
        assert_eq!(clean.line(&"x".repeat(5000)).chars().count(), LONG);
    }
}
