//! What a merge promises, whichever changes are merged.

use byok::name::{EnvName, KeyRef, Label, ProviderId};
use byok::profile::merge::{Conflict, MergeError, Side};
use byok::profile::{Deadline, Key, Kind, Opener, Profile};
use byok::secret::Secret;
use byok::verdict::{Facts, Tested, Verdict};
use jiff::Timestamp;
use zeroize::Zeroizing;

const PROVIDERS: [&str; 4] = ["anthropic", "groq", "mistral", "openai"];

fn secret(text: &str) -> Secret {
    Secret::new(Zeroizing::new(text.to_owned())).unwrap()
}

fn at(second: u64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + i64::try_from(second).unwrap()).unwrap()
}

fn key(name: &str, value: &str, second: u64) -> Key {
    let name = KeyRef::parse(name).unwrap();
    Key::new(name.provider, name.label.unwrap_or_default(), secret(value), at(second))
}

/// Twelve keys under four providers.
fn base() -> Profile {
    let mut profile = Profile::new(secret("00ff00ff00ff00ff00ff"), vec!["age1a".into(), "age1b".into()]);
    for number in 0..12 {
        let name = format!("{}:l{}", PROVIDERS[number % 4], number / 4);
        let mut key = key(&name, &format!("sk-base-{number}"), 0);
        key.tags = vec!["kept".into(), "old".into()];
        key.note = Some("a remark".into());
        profile.put(key);
    }
    profile.advance();
    profile
}

/// The same with another text in its TOML form: what has no setter, and what no byok knows yet.
fn with(profile: &Profile, old: &str, new: &str) -> Profile {
    let text = profile.to_toml();
    assert!(text.contains(old), "{old} is not in {}", *text);
    Profile::parse(&text.replacen(old, new, 1)).unwrap()
}

fn merge(base: &Profile, ours: &Profile, theirs: &Profile) -> Result<Profile, MergeError> {
    decided(Some(base), ours, theirs, None)
}

/// The merge of two copies where whatever contradicts is decided so.
fn decided(
    base: Option<&Profile>,
    ours: &Profile,
    theirs: &Profile,
    side: Option<Side>,
) -> Result<Profile, MergeError> {
    Profile::merge(base, ours, theirs, &secret("ffff0000ffff0000ffff"), &|_| side)
}

/// The merge of two copies, which must not depend on which is which.
#[track_caller]
fn merged(base: &Profile, ours: &Profile, theirs: &Profile) -> Profile {
    let merged = merge(base, ours, theirs).unwrap();
    assert_eq!(*merge(base, theirs, ours).unwrap().to_toml(), *merged.to_toml());
    assert_eq!(merged.generation(), ours.generation().max(theirs.generation()) + 1);
    merged
}

/// The conflicts of two copies, in words.
#[track_caller]
fn conflicts(base: &Profile, ours: &Profile, theirs: &Profile) -> Vec<String> {
    let told = |result: Result<Profile, MergeError>| match result.map(|merged| merged.to_toml()) {
        Err(MergeError::Conflicts(all)) => all.iter().map(Conflict::to_string).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    let all = told(merge(base, ours, theirs));
    assert_eq!(told(merge(base, theirs, ours)), all);
    all
}

fn changed(profile: &Profile, name: &str, change: impl FnOnce(&mut Key)) -> Profile {
    let mut next = profile.clone();
    let name = KeyRef::parse(name).unwrap();
    change(next.get_mut(&name.provider, &name.label.unwrap_or_default()).unwrap());
    next.advance();
    next
}

fn tested(second: u64, says: &str) -> Tested {
    Tested {
        verdict: Verdict::Valid,
        cause: None,
        at: at(second),
        ms: None,
        says: Some(says.to_owned()),
        facts: Facts::default(),
        since: None,
    }
}

/// Numbers that look random, and are always the same.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// One change to one key, or a new one under `fresh`.
fn edit(profile: &mut Profile, name: &KeyRef, dice: &mut Dice, fresh: &str) {
    let label = name.label.clone().unwrap_or_default();
    let number = dice.roll(1_000_000);
    let now = at(1000 + number);
    let Some(key) = profile.get_mut(&name.provider, &label) else { return };
    match dice.roll(14) {
        0 => drop(profile.remove(&name.provider, &label)),
        1 => key.rotate(
            secret(&format!("sk-new-{number}")),
            Deadline::after(std::time::Duration::from_secs(60), now, None),
            now,
        ),
        2 => key.note = Some(format!("note {number}")),
        3 => key.tags = vec![format!("t{number}")],
        4 => drop(key.fields.insert("organisation".into(), format!("o{number}"))),
        5 => key.expires = Some(now),
        6 => key.set_tested(Some(&tested(number, "x"))),
        7 => key.exported = false,
        8 => key.env = vec![EnvName::parse(&format!("V{number}")).unwrap()],
        9 => key.wiped = Some(Deadline::after(std::time::Duration::from_secs(60), now, None)),
        10 => drop(key.fields.insert("endpoint".into(), format!("https://{number}.example"))),
        11 => key.disabled = true,
        12 => key.note = None,
        _ => profile.put(self::key(&format!("{}:{fresh}{number}", name.provider), &format!("sk-{number}"), number)),
    }
}

#[test]
fn changes_to_different_keys_never_contradict_each_other() {
    let names: Vec<KeyRef> = base().keys().iter().map(Key::name).collect();
    for seed in 0..2000 {
        let (mut dice, base) = (Dice(seed), base());
        let (mut ours, mut theirs, mut both) = (base.clone(), base.clone(), base.clone());
        let mut steps: Vec<(bool, usize, u64)> = Vec::new();
        for number in 0..names.len() {
            // Each key is one side's to change, or nobody's.
            match dice.roll(3) {
                0 => steps.push((true, number, dice.roll(u64::MAX >> 40))),
                1 => steps.push((false, number, dice.roll(u64::MAX >> 40))),
                _ => {}
            }
        }
        for (is_ours, number, seed) in steps {
            let one = if is_ours { &mut ours } else { &mut theirs };
            let fresh = if is_ours { "o" } else { "t" };
            edit(one, &names[number], &mut Dice(seed), fresh);
            edit(&mut both, &names[number], &mut Dice(seed), fresh);
        }
        ours.advance();
        theirs.advance();
        let merged = merged(&base, &ours, &theirs);
        // What came in is sorted by its time; all else stands as it stood.
        let sorted = |profile: &Profile| {
            let mut copy = profile.clone();
            let (mut old, mut new): (Vec<Key>, Vec<Key>) =
                profile.keys().iter().cloned().partition(|key| names.contains(&key.name()));
            new.sort_by_key(|key| (key.added, key.name()));
            for key in profile.keys() {
                copy.remove(&key.provider, &key.label);
            }
            old.append(&mut new);
            for key in old {
                copy.put(key);
            }
            copy.to_toml().replace("generation = 1\n", "").replace("generation = 3\n", "")
        };
        assert_eq!(sorted(&merged), sorted(&both), "seed {seed}");
    }
}

#[test]
fn a_side_that_did_nothing_changes_nothing() {
    for seed in 0..200 {
        let (base, mut dice) = (base(), Dice(seed));
        let mut ours = base.clone();
        for _ in 0..6 {
            let keys = ours.keys();
            let number = usize::try_from(dice.roll(keys.len() as u64)).unwrap();
            let name = keys[number].name();
            edit(&mut ours, &name, &mut dice, "n");
        }
        let merged = merged(&base, &ours, &base);
        let same = merged.keys().iter().all(|key| ours.find(&key.name()).is_some());
        assert!(same && merged.keys().len() == ours.keys().len(), "seed {seed}");
        // Both made the same changes: nothing contradicts itself.
        assert_eq!(merge(&base, &ours, &ours).unwrap().keys().len(), ours.keys().len(), "seed {seed}");
    }
}

#[test]
fn fields_of_one_key_are_merged_each_by_itself() {
    let base = base();
    let ours = changed(&base, "openai:l0", |key| {
        key.note = Some("ours".into());
        key.tags = vec!["kept".into(), "new".into(), "old".into()];
        key.fields.insert("organisation".into(), "acme".into());
        key.updated = at(5);
    });
    let theirs = changed(&base, "openai:l0", |key| {
        key.rotate(secret("sk-new"), Deadline::after(std::time::Duration::from_secs(60), at(9), None), at(9));
        key.tags = vec!["kept".into(), "red".into()];
        key.fields.insert("region".into(), "eu".into());
    });
    let merged = merged(&base, &ours, &theirs);
    let key = merged.find(&KeyRef::parse("openai:l0").unwrap()).unwrap();
    assert_eq!((key.secret.expose(), key.note.as_deref()), ("sk-new", Some("ours")));
    assert_eq!(key.tags, ["kept", "new", "red"]);
    assert_eq!(key.fields.keys().collect::<Vec<_>>(), ["organisation", "region"]);
    assert_eq!((key.updated, key.since, key.previous.len()), (at(9), at(9), 1));
}

#[test]
fn what_both_changed_is_told_by_name_and_never_by_value() {
    let base = base();
    let rotated = |value: &str, second| {
        changed(&base, "openai:l1", |key| {
            key.rotate(
                secret(value),
                Deadline::after(std::time::Duration::from_secs(60), at(second), None),
                at(second),
            );
        })
    };
    assert_eq!(conflicts(&base, &rotated("sk-a", 1), &rotated("sk-b", 2)), ["openai:l1: secret"]);
    let noted = |text: &str| changed(&base, "groq:l0", |key| key.note = Some(text.into()));
    assert_eq!(conflicts(&base, &noted("one"), &noted("two")), ["groq:l0: note"]);
    let named = |text: &str| changed(&base, "groq:l0", |key| drop(key.fields.insert("region".into(), text.into())));
    assert_eq!(conflicts(&base, &named("one"), &named("two")), ["groq:l0: region"]);
    let mut removed = base.clone();
    removed.remove(&ProviderId::parse("groq").unwrap(), &Label::parse("l0").unwrap());
    assert_eq!(conflicts(&base, &removed, &noted("one")), ["groq:l0: removed on one side, changed on the other"]);
    let both = changed(&noted("one"), "openai:l1", |key| key.disabled = true);
    let other = changed(&removed, "openai:l1", |key| key.secret = secret("sk-c"));
    assert_eq!(conflicts(&base, &both, &other), ["groq:l0: removed on one side, changed on the other"]);
}

#[test]
fn a_test_is_no_change_that_contradicts_anything() {
    let base = base();
    let tried = |second, says| changed(&base, "openai:l0", |key| key.set_tested(Some(&tested(second, says))));
    let key = |profile: &Profile| profile.find(&KeyRef::parse("openai:l0").unwrap()).unwrap().clone();
    let (early, late) = (tried(1, "early"), tried(2, "late"));
    assert_eq!(key(&merged(&base, &early, &late)).tested().unwrap().says.as_deref(), Some("late"));
    // Neither is it in the way of a removal, nor said of a secret that it was not made with.
    let mut removed = base.clone();
    let name = KeyRef::parse("openai:l0").unwrap();
    removed.remove(&name.provider, &name.label.clone().unwrap());
    assert!(merged(&base, &removed, &late).find(&name).is_none());
    let rotated = changed(&base, "openai:l0", |key| {
        key.rotate(secret("sk-n"), Deadline::after(std::time::Duration::from_secs(60), at(1), None), at(1));
    });
    assert!(key(&merged(&base, &rotated, &late)).tested().is_none());
    let moved = changed(&base, "openai:l0", |key| drop(key.fields.insert("organisation".into(), "acme".into())));
    assert!(key(&merged(&base, &moved, &late)).tested().is_none());
}

#[test]
fn a_new_secret_does_not_go_where_the_old_one_was_sent_by_somebody_else() {
    let base = base();
    let rotated = changed(&base, "openai:l0", |key| {
        key.rotate(secret("sk-n"), Deadline::after(std::time::Duration::from_secs(60), at(1), None), at(1));
    });
    let led = changed(&base, "openai:l0", |key| drop(key.fields.insert("endpoint".into(), "https://e.example".into())));
    assert_eq!(conflicts(&base, &rotated, &led), ["openai:l0: endpoint"]);
    let dated = changed(&base, "openai:l0", |key| key.expires = Some(at(99)));
    assert_eq!(conflicts(&base, &rotated, &dated), ["openai:l0: expires"]);
}

#[test]
fn a_key_that_both_made_is_one_where_it_is_the_same() {
    let empty = Profile::new(secret("00ff00ff00ff00ff00ff"), vec!["age1a".into()]);
    let made = |value: &str, second, note: Option<&str>| {
        let mut profile = empty.clone();
        let mut key = key("groq", value, second);
        key.note = note.map(Into::into);
        profile.put(key);
        profile.advance();
        profile
    };
    let merged = merged(&empty, &made("sk-a", 5, None), &made("sk-a", 3, Some("x")));
    assert_eq!((merged.keys().len(), merged.keys()[0].added, merged.keys()[0].note.as_deref()), (1, at(3), Some("x")));
    assert_eq!(conflicts(&empty, &made("sk-a", 5, None), &made("sk-b", 3, None)), ["groq:default: secret"]);
    // Without any base, as git gives it where both sides made the file.
    let both = decided(None, &made("sk-a", 5, None), &made("sk-a", 5, None), None).unwrap();
    assert_eq!((both.keys().len(), both.recipients()), (1, &["age1a".to_owned()][..]));
}

#[test]
fn the_active_key_recipients_and_what_a_newer_byok_wrote_are_merged_as_well() {
    let base = with(&base(), "generation = 1", "generation = 1\njournal = \"on\"");
    let openai = ProviderId::parse("openai").unwrap();
    let chosen = |label: &str| {
        let mut next = base.clone();
        assert!(next.activate(&openai, &Label::parse(label).unwrap()));
        next
    };
    assert_eq!(merged(&base, &chosen("l1"), &base).active(&openai).unwrap().label.as_str(), "l1");
    assert_eq!(conflicts(&base, &chosen("l1"), &chosen("l2")), ["openai: active key"]);
    let mut removed = base.clone();
    removed.remove(&openai, &Label::parse("l1").unwrap());
    let told = conflicts(&base, &chosen("l1"), &removed);
    assert_eq!(told, ["openai: active key, which the other side removed"]);
    let list = "recipients = [\"age1a\", \"age1b\"]";
    let (one, other) = (
        with(&base, list, "recipients = [\"age1a\", \"age1c\", \"age1b\"]"),
        with(&base, list, "recipients = [\"age1b\"]"),
    );
    assert_eq!(merged(&base, &one, &other).recipients(), ["age1b", "age1c"]);
    let none = |left: &str| with(&base, list, &format!("recipients = [\"{left}\"]"));
    assert_eq!(merge(&base, &none("age1a"), &none("age1b")).unwrap_err(), MergeError::NoRecipients);
    // Nothing of what a newer byok wrote is lost, and nothing is guessed.
    let (off, quota) = (with(&base, "\"on\"", "\"off\""), with(&base, "[[key]]", "[[key]]\nquota = { usd = 5 }"));
    let text = merged(&base, &off, &quota).to_toml();
    assert!(text.contains("journal = \"off\"") && text.contains("usd = 5"), "{}", *text);
    let dear = with(&base, "[[key]]", "[[key]]\nquota = { usd = 6 }");
    assert_eq!(conflicts(&base, &quota, &dear), ["anthropic:l0: quota"]);
    assert_eq!(conflicts(&base, &off, &with(&base, "\"on\"", "\"x\"")), ["the profile: journal"]);
}

#[test]
fn a_conflict_that_is_decided_is_none() {
    let base = base();
    let rotated = |value: &str, second| {
        changed(&base, "openai:l1", |key| {
            key.rotate(
                secret(value),
                Deadline::after(std::time::Duration::from_secs(60), at(second), None),
                at(second),
            );
        })
    };
    let (ours, theirs) = (rotated("sk-a", 1), rotated("sk-b", 2));
    for (side, value) in [(Side::Ours, "sk-a"), (Side::Theirs, "sk-b")] {
        let merged = decided(Some(&base), &ours, &theirs, Some(side)).unwrap();
        let key = merged.find(&KeyRef::parse("openai:l1").unwrap()).unwrap();
        assert_eq!((key.secret.expose(), key.previous.len()), (value, 1));
    }
    let mut removed = base.clone();
    removed.remove(&ProviderId::parse("openai").unwrap(), &Label::parse("l1").unwrap());
    for (side, count) in [(Side::Ours, 11), (Side::Theirs, 12)] {
        assert_eq!(decided(Some(&base), &removed, &theirs, Some(side)).unwrap().keys().len(), count);
    }
}

#[test]
fn two_profiles_are_not_merged() {
    let (one, other) = (base(), with(&base(), "00ff00ff00ff00ff00ff", "11ff00ff00ff00ff00ff"));
    assert_eq!(merge(&one, &one, &other).unwrap_err(), MergeError::Strangers);
    assert_eq!(merge(&other, &one, &one).unwrap_err(), MergeError::Strangers);
}

#[test]
fn who_was_taken_out_on_one_side_has_seen_what_the_other_side_put_in_meanwhile() {
    let mut base = base();
    for (recipient, name) in [("age1a", "ann"), ("age1b", "bob")] {
        base.admit(Opener::new(recipient.into(), name.into(), Kind::Person, at(1)));
    }
    let mut ours = base.clone();
    assert!(ours.dismiss("age1b", at(10)));
    ours.put(key("openai:after", "sk-after", 30));
    let mut theirs = base.clone();
    theirs.admit(Opener::new("age1c".into(), "cy".into(), Kind::Machine, at(15)));
    theirs.put(key("groq:meanwhile", "sk-meanwhile-0123456789abcdef", 20));
    let merged = merged(&base, &ours, &theirs);
    assert_eq!(merged.recipients(), ["age1a", "age1c"]);
    let gone: Vec<_> = merged.gone().collect();
    assert_eq!((gone.len(), gone[0].name.as_str(), gone[0].removed), (1, "bob", Some(at(10))));
    let seen: Vec<_> = merged.seen_by(gone[0]).map(|key| key.name().to_string()).collect();
    assert!(seen.contains(&"groq:meanwhile".to_owned()) && !seen.contains(&"openai:after".to_owned()), "{seen:?}");
    // It is not forgotten, whatever the other side makes of it.
    let text = base.to_toml();
    let (head, rest) = text.split_once("[[opener]]").unwrap();
    let mut forgetful = Profile::parse(&format!("{head}{}", &rest[rest.find("[[key]]").unwrap()..])).unwrap();
    forgetful.put(key("groq:late", "sk-late-0123456789abcdef", 40));
    assert_eq!(self::merged(&base, &merged, &forgetful).gone().count(), 1);
}

#[test]
fn a_vault_secret_that_was_renewed_on_one_side_is_the_merged_ones_and_on_both_sides_a_new_one() {
    let base = base();
    let renewed = |fresh: &str| {
        let mut side = base.clone();
        side.renew(secret(fresh));
        side
    };
    let (ours, mut theirs) = (renewed("11ff11ff11ff11ff11ff"), base.clone());
    theirs.put(key("groq:new", "sk-new", 20));
    let one = merged(&base, &ours, &theirs);
    assert!(one.vault().same_as(ours.vault()) && one.descends_from(&theirs) && !theirs.descends_from(&one));
    // One that was made from the merged one goes on from there.
    assert!(merged(&theirs, &one, &theirs).descends_from(&ours));
    // Whoever was taken out on one side still knows what the other one had.
    let other = renewed("22ff22ff22ff22ff22ff");
    let both = merged(&base, &ours, &other);
    assert_eq!(both.vault().expose(), "ffff0000ffff0000ffff");
    assert!(both.descends_from(&ours) && both.descends_from(&other) && both.descends_from(&base));
    assert!(decided(None, &ours, &other, None).is_ok(), "they have a past in common");
    let stranger = Profile::new(secret("33ff33ff33ff33ff33ff"), vec!["age1a".into()]);
    assert!(matches!(decided(None, &ours, &stranger, None), Err(MergeError::Strangers)));
    // Whoever knows neither is a stranger, whatever it says of the past.
    let forged = with(&base, "vault = \"00ff00ff00ff00ff00ff\"", "vault = \"aa\"\nformer_vaults = [\"bb\"]");
    assert!(matches!(merge(&base, &ours, &forged), Err(MergeError::Strangers)));
}

#[test]
fn a_rename_on_one_side_carries_what_the_other_side_did() {
    let base = base();
    let find = |profile: &Profile, name: &str| profile.find(&KeyRef::parse(name).unwrap()).cloned();
    // The first of its provider, which is the active one without a word.
    let ours = renamed(&base, "openai:l0", "openai:prod");
    let edited = changed(&base, "openai:l0", |key| key.note = Some("hello".into()));
    let mut theirs = changed(&edited, "openai:l1", |key| key.note = Some("other".into()));
    theirs.put(key("openai:later", "sk-later", 40));
    let one = merged(&base, &ours, &theirs);
    assert!(find(&one, "openai:l0").is_none());
    assert_eq!(find(&one, "openai:prod").unwrap().note.as_deref(), Some("hello"));
    let openai = ProviderId::parse("openai").unwrap();
    assert_eq!(one.active(&openai).unwrap().label.as_str(), "prod");
    assert_eq!(one.keys().len(), 13);
    // A rotation on the other side is done to it as well, whichever side it is on.
    let rotated = changed(&base, "openai:l0", |key| {
        key.rotate(secret("sk-rotated"), Deadline::after(std::time::Duration::from_secs(60), at(50), None), at(50));
    });
    assert_eq!(find(&merged(&base, &ours, &rotated), "openai:prod").unwrap().secret.expose(), "sk-rotated");
    // One name is one rename; two names are a conflict; a removal leaves the renamed one.
    let same = renamed(&base, "openai:l0", "openai:prod");
    assert_eq!(merged(&base, &ours, &same).keys().len(), 12);
    let other = renamed(&base, "openai:l0", "openai:live");
    assert_eq!(conflicts(&base, &ours, &other), ["openai:l0: renamed on both sides"]);
    let one = decided(Some(&base), &ours, &other, Some(Side::Theirs)).unwrap();
    assert!(find(&one, "openai:live").is_some() && one.keys().len() == 12);
    let mut gone = base.clone();
    gone.remove(&openai, &Label::parse("l0").unwrap());
    assert_eq!(conflicts(&base, &ours, &gone), ["openai:l0: removed on one side, renamed on the other"]);
    for (side, count) in [(Side::Ours, 12), (Side::Theirs, 11)] {
        assert_eq!(decided(Some(&base), &ours, &gone, Some(side)).unwrap().keys().len(), count);
    }
}

#[test]
fn names_that_were_swapped_or_given_twice_lose_no_key() {
    let base = base();
    let find = |profile: &Profile, name: &str| profile.find(&KeyRef::parse(name).unwrap()).cloned();
    let first = renamed(&base, "openai:l0", "openai:t");
    let swapped = renamed(&renamed(&first, "openai:l1", "openai:l0"), "openai:t", "openai:l1");
    let hidden = changed(&base, "openai:l0", |key| key.exported = false);
    let one = merged(&base, &swapped, &hidden);
    let state = |label: &str| find(&one, label).map(|key| (key.secret.expose().to_owned(), key.exported)).unwrap();
    let was = |label: &str| find(&base, label).unwrap().secret.expose().to_owned();
    assert_eq!((state("openai:l1"), state("openai:l0")), ((was("openai:l0"), false), (was("openai:l1"), true)));
    // Whichever is taken, no key that was there goes.
    let taken = "two keys have this name, one of them a new one";
    let ours = renamed(&base, "openai:l0", "openai:prod");
    let mut added = base.clone();
    added.put(key("openai:prod", "sk-another", 60));
    assert_eq!(conflicts(&base, &ours, &added), [format!("openai:prod: {taken}")]);
    let kept = decided(Some(&base), &ours, &added, Some(Side::Theirs)).unwrap();
    assert!(find(&kept, "openai:l0").is_some() && kept.keys().len() == 13);
    let crossed = renamed(&base, "openai:l1", "openai:prod");
    assert_eq!(conflicts(&base, &ours, &crossed), [format!("openai:prod: {taken}")]);
    for side in [Side::Ours, Side::Theirs] {
        assert_eq!(decided(Some(&base), &ours, &crossed, Some(side)).unwrap().keys().len(), 12);
    }
}

/// The same profile with a key under another label.
fn renamed(profile: &Profile, old: &str, new: &str) -> Profile {
    let mut next = profile.clone();
    let (old, new) = (KeyRef::parse(old).unwrap(), KeyRef::parse(new).unwrap());
    next.relabel(&old.provider, &old.label.unwrap(), &new.label.unwrap());
    next.advance();
    next
}

#[test]
fn a_merge_that_nobody_would_open_is_refused_from_either_side() {
    let base = base();
    let list = "recipients = [\"age1a\", \"age1b\"]";
    let (none, one) = (with(&base, list, "recipients = []"), with(&base, list, "recipients = [\"age1a\"]"));
    for (ours, theirs) in [(&none, &one), (&one, &none)] {
        let refused = merge(&base, ours, theirs);
        assert!(matches!(refused, Err(MergeError::NoRecipients)), "{refused:?}");
    }
    // Each knows the other's secret, and one more besides.
    let knows = |vault: &str, former: &str| {
        let text = format!("vault = \"{vault}\"\nformer_vaults = [{former}]");
        with(&base, "vault = \"00ff00ff00ff00ff00ff\"", &text)
    };
    merged(
        &base,
        &knows("aa", "\"bb\", \"cc\", \"00ff00ff00ff00ff00ff\""),
        &knows("bb", "\"dd\", \"aa\", \"00ff00ff00ff00ff00ff\""),
    );
}
