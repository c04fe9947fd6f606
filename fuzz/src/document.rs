//! The sealed document: what is read is written so that it reads the same, with what a newer byok wrote.

use byok::profile::Profile;

/// Reads it, writes it, reads it again.
pub fn run(input: &[u8]) {
    let Some(text) = super::text(input) else { return };
    let profile = match Profile::parse(text) {
        Ok(profile) => profile,
        Err(error) => return super::silent(&error),
    };
    let written = profile.to_toml();
    let again = Profile::parse(&written).expect("what byok writes, it reads");
    assert_eq!(*again.to_toml(), *written, "the form is no fixed point");
    // The names aside, the values too: a table of them is compared as TOML has it.
    let (given, kept): (toml::Table, toml::Table) = (text.parse().unwrap(), written.parse().unwrap());
    for name in profile.unknown_fields() {
        assert!(same(&given[name], &kept[name]), "the unknown field `{name}` was changed");
    }
    let keys = |table: &toml::Table| table.get("key").and_then(toml::Value::as_array).cloned().unwrap_or_default();
    for ((key, given), kept) in profile.keys().iter().zip(keys(&given)).zip(keys(&kept)) {
        for name in key.unknown_fields() {
            assert!(same(&given[name], &kept[name]), "the unknown field `{name}` of a key was changed");
        }
        assert!(kept["secret"].as_str() == Some(key.secret.expose()), "a secret was changed");
    }
    assert_eq!(profile.keys().len(), keys(&kept).len());
    assert_eq!(profile.display_all(), profile.keys().iter().map(|key| profile.display(key)).collect::<Vec<_>>());
    for key in profile.active_keys() {
        assert_eq!(profile.active(&key.provider).map(|one| &one.label), Some(&key.label));
    }
}

/// Whether two values are the same; one that is no number is the same as itself.
fn same(one: &toml::Value, other: &toml::Value) -> bool {
    use toml::Value::{Array, Float, Table};
    match (one, other) {
        (Float(one), Float(other)) => one.to_bits() == other.to_bits() || (one.is_nan() && other.is_nan()),
        (Array(one), Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Table(one), Table(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, one)| other.get(name).is_some_and(|other| same(one, other)))
        }
        (one, other) => one == other,
    }
}
