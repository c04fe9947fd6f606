//! Whether a text is likely a secret: random rather than words, and no example.

use crate::provider::placeholder;

/// What stands in examples, and in a random text by no chance that matters.
const EXAMPLES: [&str; 8] =
    ["example", "12345678", "01234567", "abcdefgh", "xxxxxx", "sample", "deadbeef", "placeholder"];

/// No word in small letters is this long.
const NO_WORD: usize = 28;

/// Whether the letters change as they do in random text: between letters and digits, and from small to capital ones.
/// Names of several words do so once a word; random text does at almost every other letter.
pub(super) fn random(text: &[u8]) -> bool {
    let (mut changes, mut capitals, mut letters, mut segment, mut longest) = (0, 0, 0, 0, 0);
    let mut last: u8 = 0;
    for &byte in text {
        if !byte.is_ascii_alphanumeric() {
            (last, segment) = (0, 0);
            continue;
        }
        (letters, segment) = (letters + 1, segment + 1);
        longest = longest.max(segment);
        let digits = byte.is_ascii_digit() != last.is_ascii_digit();
        let capital = last.is_ascii_lowercase() && byte.is_ascii_uppercase();
        changes += usize::from(last != 0 && (digits || capital));
        capitals += usize::from(capital);
        last = byte;
    }
    letters >= 16 && (changes * 5 >= letters || (longest >= NO_WORD && capitals == 0))
}

/// Whether a text only shows what a key looks like: a placeholder, or few or ordered letters.
pub(super) fn example(text: &str) -> bool {
    let small = text.to_ascii_lowercase();
    if EXAMPLES.iter().any(|one| small.contains(one)) || placeholder(text) {
        return true;
    }
    let mut seen = [false; 256];
    for byte in small.bytes() {
        seen[usize::from(byte)] = true;
    }
    // Twenty random hexadecimal digits have eleven different ones.
    seen.iter().filter(|seen| **seen).count() < 8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_random_and_names_are_not() {
        for key in
            ["9f86d081884c7d659a2feaa0c55ad015", "Zk3uT9xQp1Lw8VbN2cRy", "qz8-Fh2_kD0pV7tYw3Lm", "X7QK2M9PL4T8WZ3B"]
        {
            assert!(random(key.as_bytes()), "{key}");
        }
        for name in [
            "hub_download_with_progress_bar",
            "getElementsByTagNameAndAttribute",
            "model-v2-large-2024-finetuned",
            "THIS_IS_A_LONG_CONSTANT_NAME_V2",
            "--------------------------------",
        ] {
            assert!(!random(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn examples_are_none() {
        for text in [
            "AKIAIOSFODNN7EXAMPLE",
            "sk-ant-api03-xxxxxxxxxxxxxxxxxxxxxxxxxx",
            "sk-proj-abcdefghijklmnop1234567890",
            "sk-000000000000000000000000000000000001",
        ] {
            assert!(example(text), "{text}");
        }
        assert!(!example("sk-proj-Zk3uT9xQp1Lw8VbN2cRy"));
    }
}
