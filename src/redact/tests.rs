//! What goes out, however it comes in.

use base64::Engine as _;

use super::*;
use crate::provider::Registry;

const KEYS: [(&str, &str); 3] = [
    ("openai", "sk-proj-Zk3uT9xQp1Lw8VbN2cRy"),
    ("openai:long", "sk-proj-Zk3uT9xQp1Lw8VbN2cRy-and-more"),
    ("x", "aXb aXb aXc"),
];

fn redacted(text: &[u8], chunk: usize, finder: Option<&Finder>) -> Vec<u8> {
    let secrets: Vec<(String, Secret)> =
        KEYS.iter().map(|(name, key)| ((*name).to_owned(), Secret::from_bytes(key.as_bytes()).unwrap())).collect();
    let secrets: Vec<(String, &Secret)> = secrets.iter().map(|(name, key)| (name.clone(), key)).collect();
    let mut redactor = Redactor::new(&secrets, finder);
    let mut out = Vec::new();
    for part in text.chunks(chunk) {
        redactor.push(part, &mut out);
    }
    redactor.finish(&mut out);
    out
}

#[test]
fn keys_are_named_however_the_stream_is_cut() {
    for (text, expected) in [
        ("a sk-proj-Zk3uT9xQp1Lw8VbN2cRy b", "a ‹openai› b"),
        ("a sk-proj-Zk3uT9xQp1Lw8VbN2cRy-and-more b", "a ‹openai:long› b"),
        ("sk-proj-Zk3uT9xQp1Lw8VbN2cRy-and-mor", "‹openai›-and-mor"),
        ("sk-proj-Zk3uT9xQp1Lw8VbN2cRsk-proj-Zk3uT9xQp1Lw8VbN2cRy", "sk-proj-Zk3uT9xQp1Lw8VbN2cR‹openai›"),
        ("aXb aXb aXb aXc", "aXb ‹x›"),
        ("aXb aXb aXcaXb aXb aXc", "‹x›‹x›"),
        ("aXb aXb aX", "aXb aXb aX"),
        ("sk-proj-", "sk-proj-"),
        ("", ""),
    ] {
        for chunk in 1..60 {
            let out = redacted(text.as_bytes(), chunk, None);
            assert_eq!(String::from_utf8_lossy(&out), expected, "by {chunk}");
        }
    }
}

#[test]
fn what_cannot_begin_a_key_goes_out_at_once() {
    let secret = Secret::from_bytes(KEYS[0].1.as_bytes()).unwrap();
    let finder = Finder::new(&Registry::builtin());
    for shapes in [None, Some(&finder)] {
        let mut redactor = Redactor::new(&[("openai".to_owned(), &secret)], shapes);
        for (piece, goes) in [
            ("a line\n", "a line\n"),
            ("a prompt> ", "a prompt> "),
            ("sk-pr", ""),
            ("ecise ", "sk-precise "),
            ("s", ""),
            ("!", "s!"),
        ] {
            let mut out = Vec::new();
            redactor.push(piece.as_bytes(), &mut out);
            assert_eq!(String::from_utf8_lossy(&out), goes, "{piece:?}");
        }
    }
}

#[test]
fn base64_in_any_place_hides_nothing() {
    for before in 0..4 {
        let text = [vec![b'u'; before], KEYS[0].1.into(), b":x".to_vec()].concat();
        let encoded = base64::engine::general_purpose::STANDARD.encode(text);
        for chunk in [1, 7, 1000] {
            let out = String::from_utf8(redacted(encoded.as_bytes(), chunk, None)).unwrap();
            assert!(out.contains("‹openai›") && out.len() < 24, "{out}");
        }
    }
}

#[test]
fn bytes_of_every_kind_pass_unchanged() {
    let text: Vec<u8> = (0..100_000_u32).map(|at| at.wrapping_mul(2_654_435_761).to_le_bytes()[2]).collect();
    for chunk in [1, 4096, 100_000] {
        assert!(redacted(&text, chunk, None) == text);
    }
}

#[test]
fn what_looks_like_a_key_is_named_with_a_question_mark_however_the_stream_is_cut() {
    let finder = Finder::new(&Registry::builtin());
    let text = "a 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 b\n\
                COHERE_API_KEY=Zk3uT9xQp1Lw8VbN2cRyZk3uT9xQp1Lw8VbN2cRy\n\
                sk-proj-Zk3uT9xQp1Lw8VbN2cRy and AQ.Ab8Zk3uT9xQp1Lw8VbN2cRyZk3uT9xQp1Lw8VbN2cRyZk3u.\n";
    let expected = "a ‹groq?› b\nCOHERE_API_KEY=‹cohere?›\n‹openai› and ‹google?›.\n";
    for chunk in 1..200 {
        let out = redacted(text.as_bytes(), chunk, Some(&finder));
        assert_eq!(String::from_utf8_lossy(&out), expected, "by {chunk}");
    }
}
