//! What providers answer: any status, headers and body have a verdict, and nothing of it repeats the key.

use byok::http::Answer;
use byok::probe;
use byok::provider::Registry;
use byok::secret::Secret;
use byok::verdict::Verdict;
use zeroize::Zeroizing;

/// Three bytes choose the provider and the status; then header lines, an empty line and the body. `%KEY%` is the key.
pub fn run(input: &[u8]) {
    let [first, high, low, rest @ ..] = input else { return };
    let registry = Registry::builtin();
    let ids = registry.ids();
    let provider = registry.get(&ids[usize::from(*first) * ids.len() / 256]);
    let Some(test) = provider.test else { return };
    let status = 100 + (u16::from(*high) << 8 | u16::from(*low)) % 500;
    let (head, body) = split(rest);
    let key = super::CANARY;
    let headers = String::from_utf8_lossy(head).replace("%KEY%", key);
    let headers = headers.lines().filter_map(|line| line.split_once(": "));
    let answer = Answer {
        status,
        headers: headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect(),
        body: String::from_utf8(body.to_vec())
            .map_or_else(std::string::FromUtf8Error::into_bytes, |text| text.replace("%KEY%", key).into_bytes()),
        cut: *high & 0x80 != 0,
    };
    let secret = Secret::new(Zeroizing::new(key.to_owned())).unwrap();
    let reading = probe::read(&test, &answer, &secret);
    if (500..=599).contains(&status) || status == 407 {
        // An entry may say otherwise, and only of what it names.
        assert!(reading.verdict != Verdict::Invalid || !test.when.is_empty() || test.status.contains_key(&status));
    }
    let facts = &reading.facts;
    let texts = [&facts.unit, &facts.owner, &facts.organisation, &facts.project, &facts.plan, &reading.says];
    for said in texts.into_iter().flatten().chain(&facts.scopes) {
        assert!(!said.chars().any(byok::wash::steers), "something steers a terminal");
        assert!(said.chars().count() <= 160, "a sentence without end");
        let lower = said.to_ascii_lowercase();
        let told = key.as_bytes().windows(8).any(|part| lower.contains(std::str::from_utf8(part).unwrap()));
        assert!(!told, "the key is repeated: {said}");
    }
    assert!(reading.verdict.is_accepted() || facts.is_empty(), "facts of a key that was not accepted");
}

/// Headers and body.
fn split(rest: &[u8]) -> (&[u8], &[u8]) {
    match rest.windows(2).position(|pair| pair == b"\n\n") {
        Some(at) => (&rest[..at], &rest[at + 2..]),
        None => (&[], rest),
    }
}
