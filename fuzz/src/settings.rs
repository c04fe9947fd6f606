//! `config.toml`: what byok changes in it is changed, and all else means what it meant.

use byok::name::ProfileName;
use byok::settings::{Place, Settings};

/// Reads it, and makes every change that byok makes to it.
pub fn run(input: &[u8]) {
    let Some(text) = super::text(input) else { return };
    let settings = match Settings::parse(text) {
        Ok(settings) => settings,
        Err(error) => return super::silent(&error),
    };
    let work = ProfileName::parse("work").unwrap();
    let read = |text: Result<String, byok::settings::SettingsError>| match text {
        Ok(text) => Settings::parse(&text).expect("what byok writes, it reads"),
        Err(error) => panic!("what was read cannot be changed: {error}"),
    };
    let changed = read(Settings::with_profile(text, &work));
    assert_eq!(changed, Settings { profile: changed.profile.clone(), ..settings.clone() });
    assert_eq!(changed.profile.as_ref(), Some(&work));
    let changed = read(Settings::with_identity_or_none(text, None));
    assert_eq!(changed, Settings { identity: None, ..settings.clone() });
    let changed = read(Settings::with_identity(text, Place::Passphrase));
    assert_eq!(changed, Settings { identity: Some(Place::Passphrase), ..settings.clone() });
    let other = ProfileName::parse("other").unwrap();
    let changed = read(Settings::with_fallback(text, &work, std::slice::from_ref(&other)));
    assert_eq!(changed.fallback(&work).collect::<Vec<_>>(), [&other]);
    let changed = read(Settings::with_file(text, &work, Some("/a/work.age")));
    assert_eq!(changed.files().get(&work).map(std::path::PathBuf::as_path), Some(std::path::Path::new("/a/work.age")));
    let with = Settings::with_rotate_after(text, &work, Some(30)).expect("what was read can be changed");
    assert_eq!(read(Ok(with.clone())).profiles[&work].rotate_after, Some(30));
    let without = read(Settings::with_rotate_after(&with, &work, None));
    assert!(without.profiles.get(&work).is_none_or(|work| work.rotate_after.is_none()));
}
