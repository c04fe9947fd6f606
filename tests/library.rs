//! The library as a program of one's own uses it, on homes that the real binary made: it answers as `byok get`, `has` and
//! `list` do.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::time::{Duration, SystemTime};

use byok::keys::KeyError;
use byok::resolve::ResolveError;
use byok::{AccessError, Keys, Source};

use crate::samples::{ANTHROPIC, GOOGLE, GROQ, OPENAI, OPENAI_2};
use crate::world::World;

/// The keys of a world, as a program finds them that runs in an environment like byok's, and with these variables.
fn keys(world: &World, variables: &[(&str, &str)]) -> Keys {
    open(world, variables).unwrap()
}

fn open(world: &World, variables: &[(&str, &str)]) -> Result<Keys, AccessError> {
    let mut all: BTreeMap<String, OsString> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), value.into())).collect();
    all.insert("BYOK_HOME".to_owned(), world.home().into());
    Keys::open(move |name| all.get(name).cloned(), SystemTime::now)
}

/// A world with a key in each of the places that answer, and some that do not.
fn world() -> World {
    let world = World::new().with_keys(&[("openai:home", OPENAI), ("openai:work", OPENAI_2), ("groq", GROQ)]);
    world.byok("add xai --stdin --as-is --expires 2020-01-01").stdin("an-expired-key-of-some-length").go();
    world.byok("add mistral --stdin --as-is").stdin("a-disabled-key-of-some-length").go();
    world.byok("edit mistral --disable").go();
    world.byok("add cohere:admin --stdin --as-is --admin").stdin("an-admin-key-of-some-length").go();
    world.byok("-p team add google --stdin").stdin(GOOGLE).go();
    world.byok("-p team add xai --stdin --as-is").stdin("the-teams-key-of-some-length").go();
    world.byok("-p last add google --stdin --as-is").stdin("never-asked-for-it").go();
    world.byok("-p last add anthropic --stdin").stdin(ANTHROPIC).go();
    world.file("home/config.toml", "[profiles.default]\nfallback = [\"gone\", \"team\", \"last\"]\n");
    world
}

#[test]
fn it_answers_as_the_program_does() {
    let world = world();
    let environment = [
        ("DEEPSEEK_API_KEY", "the-systems-own-key"),
        ("GROQ_API_KEY", "not-this-one"),
        ("MISTRAL_API_KEY", "nor-this"),
    ];
    let keys = keys(&world, &environment);
    for (name, source) in [
        ("openai", Some("profile")),
        ("openai:work", Some("profile")),
        ("OpenAI", Some("profile")),
        ("groq", Some("profile")),
        ("grok", Some("fallback")),
        ("google", Some("fallback")),
        ("anthropic", Some("fallback")),
        ("deepseek", Some("environment")),
        ("cohere:admin", Some("profile")),
        ("deepseek:work", None),
        ("openai:none", None),
        ("mistral", None),
        ("xai:default", Some("fallback")),
        ("cohere", None),
        ("fireworks", None),
    ] {
        let with = |run: crate::world::Run<'_>| {
            environment.iter().fold(run, |run, (name, value)| run.env(name, value)).output()
        };
        let got = with(world.byok("get").arg(name));
        let has = with(world.byok("has").arg(name));
        let said = String::from_utf8_lossy(&got.stderr);
        assert_eq!(keys.has(name).unwrap(), has.status.success(), "{name}");
        match (keys.resolve(name), source) {
            (Ok(key), Some(source)) => {
                assert_eq!(key.secret.expose().as_bytes(), got.stdout, "{name}: {said}");
                assert_eq!(key.source.as_str(), source, "{name}");
                assert!(!format!("{key:?}").contains(key.secret.expose()), "{name}");
            }
            (Err(error), None) => {
                let code = if error.is_missing() { 3 } else { 4 };
                assert_eq!(got.status.code(), Some(code), "{name}: {error} {said}");
                assert!(said.contains(&error.to_string()), "{name}: {error} {said}");
            }
            (outcome, _) => panic!("{name}: {outcome:?}, but byok said {said}"),
        }
    }
    assert!(matches!(keys.resolve("mistral"), Err(AccessError::Resolve(ResolveError::Disabled { .. }))));
    assert!(matches!(keys.resolve("cohere"), Err(AccessError::Resolve(ResolveError::Admin { .. }))));
    assert!(matches!(keys.resolve("a/b"), Err(AccessError::Name(_))));
}

#[test]
fn it_lists_what_the_program_lists() {
    let world = world();
    let listed = keys(&world, &[]).list().unwrap();
    let said: serde_json::Value = serde_json::from_slice(&world.byok("list --json").go().stdout).unwrap();
    let mut names: Vec<String> = listed.iter().map(|key| key.name.to_string()).collect();
    names.sort();
    let theirs = said["keys"].as_array().unwrap();
    assert_eq!(names, theirs.iter().map(|key| key["key"].as_str().unwrap().to_owned()).collect::<Vec<_>>());
    for key in &listed {
        let their = theirs.iter().find(|one| one["key"] == key.name.to_string()).unwrap();
        let flags = (key.active, key.expired, key.disabled, key.admin);
        assert_eq!(
            serde_json::json!(flags),
            serde_json::json!([their["active"], their["expired"], their["disabled"], their["admin"]])
        );
        assert_eq!(
            (Some(key.mask.as_str()), key.fingerprint.as_deref()),
            (their["mask"].as_str(), their["fingerprint"].as_str())
        );
    }
}

#[test]
fn what_changes_is_seen_by_the_next_question() {
    let world = World::new().with_keys(&[("openai", OPENAI)]);
    let keys = keys(&world, &[]);
    assert_eq!(keys.resolve("openai").unwrap().secret.expose(), OPENAI);
    world.byok("add openai --stdin --replace").stdin(OPENAI_2).go();
    assert_eq!(keys.resolve("openai").unwrap().secret.expose(), OPENAI_2);
    world.byok("edit openai --disable").go();
    assert!(keys.resolve("openai").unwrap_err().is_missing());
}

#[test]
fn threads_may_share_it() {
    fn shared<T: Send + Sync + std::fmt::Debug>(keys: &T) -> String {
        format!("{keys:?}")
    }
    let world = World::new().with_keys(&[("openai", OPENAI)]);
    let keys = keys(&world, &[("OPENAI_API_KEY", OPENAI)]);
    assert!(!shared(&keys).contains(OPENAI));
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..4).map(|_| scope.spawn(|| keys.resolve("openai").unwrap())).collect();
        assert!(all.into_iter().all(|one| one.join().unwrap().secret.expose() == OPENAI));
    });
}

#[test]
fn time_is_the_callers() {
    let world = World::new().with_keys(&[("openai", OPENAI)]);
    world.byok("edit openai --expires 30d").go();
    let home = world.home();
    let later = || SystemTime::now() + Duration::from_secs(31 * 24 * 3600);
    let keys = Keys::open(move |name| (name == "BYOK_HOME").then(|| home.clone().into()), later).unwrap();
    assert!(matches!(keys.resolve("openai"), Err(AccessError::Resolve(ResolveError::Expired { .. }))));
    assert!(keys.list().unwrap()[0].expired);
}

#[test]
fn a_key_comes_with_what_it_takes_to_use_it() {
    let world = World::new().with_keys(&[("openai", OPENAI), ("azure", "0123456789abcdef0123456789abcdef")]);
    world.byok("edit openai --endpoint https://llm.example.com/v1 --field organisation=acme --expires 2099-01-01 --no-test").go();
    let keys = keys(&world, &[("GROQ_API_KEY", GROQ)]);
    let key = keys.resolve("openai").unwrap();
    assert_eq!(
        (key.provider.as_str(), key.label.unwrap().as_str(), key.variable.as_str()),
        ("openai", "default", "OPENAI_API_KEY")
    );
    assert_eq!(key.base_url.as_deref(), Some("https://llm.example.com/v1"));
    assert_eq!(key.fields["organisation"], "acme");
    assert_eq!(key.expires.unwrap().to_string(), "2099-01-01T00:00:00Z");
    let systems = keys.resolve("groq").unwrap();
    assert_eq!((systems.label, systems.source), (None, Source::Environment));
    assert_eq!(systems.base_url.as_deref(), Some("https://api.groq.com/openai/v1"));
    assert_eq!(keys.resolve("azure").unwrap().base_url, None);
    world.byok("edit azure --field resource=mine --no-test").go();
    assert_eq!(keys.resolve("azure").unwrap().base_url.as_deref(), Some("https://mine.openai.azure.com/openai/v1"));
}

#[test]
fn where_nothing_was_ever_stored_the_environment_answers() {
    let world = World::new();
    let keys = keys(&world, &[("OPENAI_API_KEY", OPENAI)]);
    assert_eq!(keys.resolve("openai").unwrap().source, Source::Environment);
    assert!(matches!(keys.resolve("groq"), Err(AccessError::Profile(KeyError::NoProfile { .. }))));
    assert!(!keys.has("openai").unwrap());
    world.byok("get openai").env("OPENAI_API_KEY", OPENAI).stdout(OPENAI).check();
    assert!(!world.home().exists(), "reading makes no home");
    // A name that somebody gave is no slip to be passed over.
    let named = keys.with_profile("wrok").unwrap();
    assert!(matches!(named.resolve("openai"), Err(AccessError::Profile(KeyError::NoProfile { .. }))));
    world.byok("-p wrok get openai").env("OPENAI_API_KEY", OPENAI).code(3).stderr_holds(&["no profile `wrok`"]).check();
}

#[test]
fn nobody_is_asked_for_a_passphrase() {
    let world = World::new();
    world.file("given", "a passphrase of some length\n");
    private(&world.path("given"));
    let given = world.path("given");
    let unlocked = |arguments: &str| world.byok(arguments).env("BYOK_PASSPHRASE_FILE", &given);
    unlocked("init --identity passphrase").go();
    unlocked("add openai --stdin").stdin(OPENAI).go();
    world.byok("lock").go();
    let keys = keys(&world, &[]);
    let error = keys.resolve("openai").unwrap_err();
    assert!(error.is_locked() && !error.is_missing(), "{error}");
    assert!(error.to_string().contains("`byok unlock`"), "{error}");
    assert!(keys.has("openai").unwrap_err().is_locked());
    // What the environment holds is no way around a lock.
    assert!(open(&world, &[("OPENAI_API_KEY", OPENAI_2)]).unwrap().resolve("openai").unwrap_err().is_locked());
}

fn private(path: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn what_is_handed_out_is_in_the_log_and_nothing_else_is_written() {
    let world = World::new().with_keys(&[("openai", OPENAI)]);
    let before = world.tree();
    keys(&world, &[("USER", "ada")]).for_program("my-service").resolve("openai").unwrap();
    let log = String::from_utf8(world.byok("log --json").go().stdout).unwrap();
    assert!(log.contains("\"resolve\"") && log.contains("my-service") && log.contains("ada"), "{log}");
    assert!(!log.contains(OPENAI));
    let new: Vec<String> = world.tree().into_iter().filter(|path| !before.contains(path)).collect();
    assert!(new.iter().all(|path| path.starts_with("log/")), "{new:?}");
}

#[test]
fn what_is_wrong_with_a_home_is_said_as_the_program_says_it() {
    let world = World::new().with_keys(&[("openai", OPENAI)]);
    let relative = Keys::open(|name| (name == "BYOK_HOME").then(|| "home".into()), SystemTime::now);
    assert!(matches!(relative, Err(AccessError::NotAbsolute)));
    assert!(matches!(Keys::open(|_| None, SystemTime::now), Err(AccessError::NoHome)));
    world.file("home/config.toml", "fallbak = []\n");
    let error = open(&world, &[]).unwrap_err();
    let said = String::from_utf8(world.byok("env").output().stderr).unwrap();
    assert!(said.contains(&error.to_string()), "{error} {said}");
    world.file("home/config.toml", "");
    std::fs::write(world.sealed(), "no age file").unwrap();
    let error = open(&world, &[]).unwrap().resolve("openai").unwrap_err();
    assert!(matches!(error, AccessError::Store(_)), "{error}");
}
