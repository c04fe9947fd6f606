//! The forms in which a secret travels: as it is, in base64, in a URL, in a JSON text.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use zeroize::Zeroizing;

/// The letters of base64 that hold bits of what stands before the secret, if it starts so far into a group of three.
const SHARED: [usize; 3] = [0, 2, 3];

/// All forms of a secret, each once.
pub(super) fn forms(secret: &str) -> Vec<Zeroizing<Vec<u8>>> {
    let mut forms = vec![Zeroizing::new(secret.as_bytes().to_vec()), in_json(secret)];
    for shift in 0..SHARED.len() {
        let mut bytes = Zeroizing::new(vec![0; shift + secret.len()]);
        bytes[shift..].copy_from_slice(secret.as_bytes());
        for alphabet in [&STANDARD, &URL_SAFE] {
            let whole = Zeroizing::new(alphabet.encode(&*bytes).into_bytes());
            // Up to where the letters hold bits of what follows, and, where nothing follows, to the end and its padding.
            let ends = [bytes.len() * 8 / 6, (bytes.len() * 8).div_ceil(6), whole.len()];
            forms.extend(ends.map(|end| Zeroizing::new(whole[SHARED[shift]..end].to_vec())));
        }
    }
    forms.extend(["0123456789ABCDEF", "0123456789abcdef"].map(|digits| in_url(secret, digits.as_bytes())));
    forms.sort_by(|a, b| a.as_slice().cmp(b.as_slice()));
    forms.dedup();
    forms
}

/// Percent-encoded, but for what never needs it.
fn in_url(secret: &str, digits: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut text = Zeroizing::new(Vec::with_capacity(secret.len() * 3));
    for byte in secret.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(byte);
        } else {
            text.extend([b'%', digits[usize::from(byte >> 4)], digits[usize::from(byte & 15)]]);
        }
    }
    text
}

/// Between the quotes of a JSON text.
fn in_json(secret: &str) -> Zeroizing<Vec<u8>> {
    // Sized up front: what grows leaves copies behind.
    let mut text = Zeroizing::new(Vec::with_capacity(secret.len() * 6 + 2));
    if serde_json::to_writer(&mut *text, secret).is_err() || text.len() < 2 {
        return Zeroizing::new(secret.as_bytes().to_vec());
    }
    text.pop();
    text.remove(0);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_known_at_every_place_of_base64() {
        let secret = "sk-proj-Zk3uT9xQ/p1+Lw8VbN2cRy?";
        let forms = forms(secret);
        for before in 0..7 {
            for after in 0..4 {
                let text = "é".repeat(before).into_bytes()[..before].to_vec();
                let text = [text, secret.into(), vec![0xff; after]].concat();
                for encoded in [STANDARD.encode(&text), URL_SAFE.encode(&text)] {
                    let hit = forms.iter().filter(|form| memchr::memmem::find(encoded.as_bytes(), form).is_some());
                    let longest = hit.map(|form| form.len()).max().unwrap_or(0);
                    assert!(longest * 3 / 4 >= secret.len() - 2, "{before} before, {after} after: {longest}");
                }
            }
        }
    }

    #[test]
    fn urls_and_json_have_forms_of_their_own() {
        let all = forms("a+b/\"c\"=1234\n");
        for form in
            ["a+b/\"c\"=1234\n", "a%2Bb%2F%22c%22%3D1234%0A", "a%2bb%2f%22c%22%3d1234%0a", r#"a+b/\"c\"=1234\n"#]
        {
            assert!(all.iter().any(|one| one.as_slice() == form.as_bytes()), "{form}");
        }
    }
}
