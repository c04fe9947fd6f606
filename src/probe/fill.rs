//! What is put into a request: values as the place takes them, and keys that nobody issued.

use std::fmt::Write as _;

use zeroize::Zeroizing;

use crate::hex::hex;
use crate::secret::Secret;

/// As part of a header or a login.
pub(super) fn plain(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.to_owned())
}

/// How an entry says to ask, for the client.
pub(crate) const fn method(of: crate::provider::Method) -> crate::http::Method {
    match of {
        crate::provider::Method::Get => crate::http::Method::Get,
        crate::provider::Method::Post => crate::http::Method::Post,
        crate::provider::Method::Delete => crate::http::Method::Delete,
    }
}

/// As part of a text in JSON.
pub(crate) fn json(text: &str) -> Zeroizing<String> {
    let quoted = Zeroizing::new(serde_json::Value::from(text).to_string());
    Zeroizing::new(quoted[1..quoted.len() - 1].to_owned())
}

/// As part of a form or a query.
pub(crate) fn percent(text: &str) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(text.len() * 3));
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// A fresh UUID of version 4.
pub(super) fn uuid() -> String {
    let mut bytes = [0; 16];
    let _ = getrandom::fill(&mut bytes);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = hex(&bytes);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// A key that nobody issued, of the same form as a real one, to see whether a server tells the two apart.
pub(super) fn invented(secret: &Secret) -> Secret {
    /// Longer prefixes than this are part of the key.
    const PREFIX: usize = 12;
    /// Of a short key, so much is not taken for its prefix.
    const REST: usize = 8;
    let key = secret.expose();
    let start: String = key.chars().take(PREFIX.min(key.len().saturating_sub(REST))).collect();
    let kept = start.rfind(['-', '_']).map_or(0, |at| at + 1);
    let mut random = vec![0; key.len()];
    let _ = getrandom::fill(&mut random);
    // Never the same sign: chance alone would now and then make up the key itself, where that is short.
    let turned = |from: u8, many: u8, byte: u8, random: u8| from + (byte - from + 1 + random % (many - 1)) % many;
    let other = |(byte, random): (u8, u8)| {
        char::from(match byte {
            b'0'..=b'9' => turned(b'0', 10, byte, random),
            b'a'..=b'f' => turned(b'a', 6, byte, random),
            b'g'..=b'z' => turned(b'g', 20, byte, random),
            b'A'..=b'F' => turned(b'A', 6, byte, random),
            b'G'..=b'Z' => turned(b'G', 20, byte, random),
            byte => byte,
        })
    };
    let mut made = Zeroizing::new(String::with_capacity(key.len()));
    made.push_str(&key[..kept]);
    made.extend(key[kept..].bytes().zip(random[kept..].iter().copied()).map(other));
    Secret::new(made).unwrap_or_else(|_| secret.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invented_key_has_the_form_of_the_real_one_and_nothing_else_of_it() {
        for (key, prefix) in [
            ("sk-proj-aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bD0fG", "sk-proj-"),
            ("0f8fad5bd9cb469fa16570867728950e", ""),
            ("gsk_aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bD0fG", "gsk_"),
        ] {
            let secret = Secret::new(Zeroizing::new(key.to_owned())).unwrap();
            let made = invented(&secret);
            let made = made.expose();
            assert!(made.starts_with(prefix) && made.len() == key.len() && made != key, "{made}");
            let class = |c: char| match c {
                '0'..='9' => 0,
                'a'..='f' => 1,
                'g'..='z' => 2,
                'A'..='F' => 3,
                'G'..='Z' => 4,
                _ => 5,
            };
            assert!(made.chars().map(class).eq(key.chars().map(class)), "{made}");
            assert_ne!(made, invented(&secret).expose());
        }
    }

    #[test]
    fn a_key_is_written_as_its_place_takes_it() {
        assert_eq!(*json("a\"b\\c"), "a\\\"b\\\\c");
        assert_eq!(*percent("a&b=c+d%~"), "a%26b%3Dc%2Bd%25~");
        let made = uuid();
        assert_eq!((made.len(), &made[14..15]), (36, "4"));
    }
}
