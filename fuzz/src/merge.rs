//! Three documents into one: no side matters more than the other, and nothing that no one touched is touched.

use std::time::Duration;

use byok::name::{Label, ProviderId};
use byok::profile::merge::{MergeError, Side};
use byok::profile::{Deadline, Key, Kind, Opener, Profile};
use byok::secret::Secret;
use jiff::Timestamp;
use zeroize::Zeroizing;

fn secret(text: String) -> Secret {
    Secret::new(Zeroizing::new(text)).unwrap()
}

fn at(second: u8) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + i64::from(second)).unwrap()
}

fn base() -> Profile {
    let mut profile =
        Profile::new(secret("00ff00ff00ff00ff00ff".to_owned()), vec!["age1a".to_owned(), "age1b".to_owned()]);
    for number in 0..6u8 {
        let (provider, label) = name(number);
        let mut key = Key::new(provider, label, secret(format!("sk-base-{number}")), at(0));
        key.tags = vec!["kept".to_owned(), "old".to_owned()];
        profile.put(key);
    }
    profile
}

/// One of the names that all sides know.
fn name(number: u8) -> (ProviderId, Label) {
    let provider = ["openai", "groq"][usize::from(number) % 2];
    (ProviderId::parse(provider).unwrap(), Label::parse(&format!("l{}", number / 2 % 4)).unwrap())
}

/// One change, by three bytes.
fn change(profile: &mut Profile, [what, which, value]: [u8; 3]) {
    let (provider, label) = name(which);
    let now = at(value);
    let kept = Deadline::after(Duration::from_secs(60), now, None);
    match what % 16 {
        0 => drop(profile.remove(&provider, &label)),
        1 => drop(profile.activate(&provider, &label)),
        2 => {
            let (_, new) = name(value);
            if profile.keys_of(&provider).all(|key| key.label != new) {
                profile.relabel(&provider, &label, &new);
            }
        }
        3 => profile.put(Key::new(provider, label, secret(format!("sk-new-{value}")), now)),
        4 => profile.admit(Opener::new(format!("age1{}", value % 4), format!("p{}", value % 3), Kind::Person, now)),
        5 => drop(profile.dismiss(["age1a", "age1b", "age10"][usize::from(value) % 3], now)),
        6 => profile.renew(secret(format!("vault-{value}-0123456789"))),
        7 => drop(profile.sweep(now, None)),
        8 => drop(profile.exchange("age1b", &format!("age1{}", value % 4), now)),
        _ => {
            let Some(key) = profile.get_mut(&provider, &label) else { return };
            match what % 16 {
                9 => key.rotate(secret(format!("sk-turned-{value}")), kept, now),
                10 => drop(key.rotate_back(Some(kept), now)),
                11 => key.note = (value > 9).then(|| format!("note {value}")),
                12 => key.tags = vec![format!("t{}", value % 5), "kept".to_owned()],
                13 => drop(key.fields.insert("endpoint".to_owned(), format!("https://{value}.example"))),
                14 => key.disabled = value % 2 == 0,
                _ => key.wiped = Some(kept),
            }
            key.updated = now;
        }
    }
    profile.advance();
}

/// Either three documents between lines of `---`, or changes to three copies of one: each is four bytes, the first of which
/// says whose.
pub fn run(input: &[u8]) {
    if let Some(text) = super::text(input).filter(|text| text.contains("\n---\n")) {
        let documents: Vec<Profile> = text.split("\n---\n").filter_map(|text| Profile::parse(text).ok()).collect();
        if let [base, ours, theirs] = &documents[..] {
            merged(Some(base), ours, theirs);
            merged(None, ours, theirs);
        }
        return;
    }
    let mut all = [base(), base(), base()];
    for deed in input.chunks_exact(4).take(24) {
        let [who, what, which, value] = *deed else { return };
        if who % 3 == 0 {
            // Before they parted.
            for one in &mut all {
                change(one, [what, which, value]);
            }
        } else {
            change(&mut all[usize::from(who % 3)], [what, which, value]);
        }
    }
    let [base, ours, theirs] = &all;
    merged(Some(base), ours, theirs);
    merged(None, ours, theirs);
    if let Ok(same) = Profile::merge(Some(base), ours, base, &fresh(), &|_| None) {
        assert!(
            ours.keys().iter().all(|key| same.find(&key.name()).is_some_and(|one| one.secret.same_as(&key.secret)))
        );
        assert_eq!(same.keys().len(), ours.keys().len(), "a side that did nothing changed something");
    } else {
        let left = Profile::merge(Some(base), ours, base, &fresh(), &|_| None);
        assert!(
            matches!(left, Err(MergeError::NoRecipients | MergeError::Strangers)),
            "it contradicts itself: {left:?}"
        );
    }
}

fn fresh() -> Secret {
    secret("ffff0000ffff0000ffff".to_owned())
}

/// Merges both ways, with nobody to decide and with each side to win.
fn merged(base: Option<&Profile>, ours: &Profile, theirs: &Profile) {
    let told = |result: Result<Profile, MergeError>| result.map(|merged| merged.to_toml().to_string());
    let merge = |ours: &Profile, theirs: &Profile, side: Option<Side>| {
        told(Profile::merge(base, ours, theirs, &fresh(), &|_| side))
    };
    for (side, other) in [(None, None), (Some(Side::Ours), Some(Side::Theirs)), (Some(Side::Theirs), Some(Side::Ours))]
    {
        let one = merge(ours, theirs, side);
        assert_eq!(one, merge(theirs, ours, other), "it depends on which side is which");
        match one {
            Ok(text) => {
                let read = Profile::parse(&text).expect("a merge can be read");
                assert_eq!(*read.to_toml(), text);
                assert_eq!(read.generation(), ours.generation().max(theirs.generation()).saturating_add(1));
            }
            Err(MergeError::Conflicts(_)) => assert!(side.is_none(), "what was decided is open still"),
            Err(_) => {}
        }
    }
}
