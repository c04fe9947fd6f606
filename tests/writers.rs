//! Many writers at once: nothing that was acknowledged is lost, and nobody waits for a dead one.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use byok::keys::{self, Added, KeyError, NewKey};
use byok::name::{KeyRef, Label, ProfileName, ProviderId};
use byok::profile::{Details, Profile};
use byok::seal::{Identities, Unlock, UnlockError};
use byok::secret::Secret;
use byok::store::{FileStore, MemoryStore, Store};
use rustix::process::{Pid, Signal, kill_process};
use zeroize::Zeroizing;

use crate::tools::tool;
use crate::world::World;

/// Starts byok without waiting for it.
fn start(world: &World, arguments: &str) -> Child {
    let mut command = world.command();
    command.args(arguments.split_whitespace());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Starts an `add` that has its secret already.
fn start_add(world: &World, key: &str, secret: &str) -> Child {
    let mut child = start(world, &format!("add {key} --stdin --as-is --replace --duplicate"));
    child.stdin.take().unwrap().write_all(secret.as_bytes()).unwrap();
    child
}

#[track_caller]
fn done(child: Child) -> Output {
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    output
}

/// The names of all keys and their fingerprints.
#[track_caller]
fn stored(world: &World) -> BTreeMap<String, String> {
    let output = done(start(world, "list --json"));
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |key: &serde_json::Value, name: &str| key[name].as_str().unwrap().to_owned();
    let keys = document["keys"].as_array().unwrap();
    keys.iter().map(|key| (text(key, "key"), text(key, "fingerprint"))).collect()
}

fn temporary(world: &World) -> Vec<String> {
    world.tree().into_iter().filter(|path| path.contains(".tmp")).collect()
}

/// Another program that holds the lock of the profile `default`, killed at the end of a test however that ends.
struct Holder(Child);

impl Holder {
    fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        self.kill();
    }
}

fn holder(world: &World) -> Option<Holder> {
    let flock = tool(&["flock"])?;
    let lock = world.home().join("profiles/default.lock");
    let held =
        Command::new(flock).arg("--no-fork").arg(&lock).args(["sleep", "600"]).stdout(Stdio::null()).spawn().unwrap();
    let file = File::open(lock).unwrap();
    while file.try_lock().is_ok() {
        file.unlock().unwrap();
        thread::yield_now();
    }
    Some(Holder(held))
}

fn pid(child: &Child) -> Pid {
    Pid::from_child(child)
}

/// A writer that must still be waiting a while later. However slow the machine, a right byok passes.
#[track_caller]
fn still_waits(child: &mut Child) {
    thread::sleep(Duration::from_millis(300));
    assert!(child.try_wait().unwrap().is_none(), "it did not wait for the lock");
}

#[test]
fn fifty_first_writers_at_once_make_one_identity_and_fifty_keys() {
    for _ in 0..3 {
        let world = World::new();
        let all: Vec<Child> = (0..50)
            .map(|at| start_add(&world, &format!("openai:k{at}"), &format!("sk-test-0123456789abcdef-{at}")))
            .collect();
        let said: String = all.into_iter().map(|child| String::from_utf8(done(child).stderr).unwrap()).collect();
        assert_eq!(said.matches("made an age identity").count(), 1, "{said}");
        assert_eq!(said.matches("made profile").count(), 1, "{said}");
        let keys = stored(&world);
        assert_eq!(keys.len(), 50);
        assert!((0..50).all(|at| keys.contains_key(&format!("openai:k{at}"))), "{keys:?}");
        assert_eq!(temporary(&world), [""; 0]);
        let identity = std::fs::read_to_string(world.home().join("identity.txt")).unwrap();
        assert_eq!(Identities::parse(&identity).unwrap().recipients().len(), 1);
    }
}

#[test]
fn readers_see_every_writers_keys_in_order_and_never_fail() {
    const WRITERS: usize = 20;
    const KEYS: usize = 10;
    let world = World::new().with_keys(&[("groq", "sk-test-0123456789abcdef")]);
    let ended = AtomicBool::new(false);
    thread::scope(|scope| {
        let readers: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut before = 0;
                    while !ended.load(Ordering::Relaxed) {
                        let keys = stored(&world);
                        assert!(keys.len() >= before, "{} keys after {before}", keys.len());
                        before = keys.len();
                        for writer in 0..WRITERS {
                            let there = |at: &usize| keys.contains_key(&format!("openai:w{writer}-{at}"));
                            let first = (0..KEYS).take_while(there).count();
                            assert_eq!(first, (0..KEYS).filter(there).count(), "writer {writer} has a gap: {keys:?}");
                        }
                    }
                })
            })
            .collect();
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let world = &world;
                scope.spawn(move || {
                    for at in 0..KEYS {
                        let key = format!("openai:w{writer}-{at}");
                        done(start_add(world, &key, &format!("sk-test-0123456789abcdef-{writer}-{at}")));
                    }
                })
            })
            .collect();
        // The readers end whatever became of the writers, or a failure would hang the test.
        let written: Vec<_> = writers.into_iter().map(thread::ScopedJoinHandle::join).collect();
        ended.store(true, Ordering::Relaxed);
        let read: Vec<_> = readers.into_iter().map(thread::ScopedJoinHandle::join).collect();
        assert!(written.into_iter().chain(read).all(|one| one.is_ok()), "a writer or a reader failed");
    });
    assert_eq!(stored(&world).len(), WRITERS * KEYS + 1);
    assert_eq!(temporary(&world), [""; 0]);
}

#[test]
fn thirty_replacements_at_once_leave_one_of_the_values_whole() {
    let world = World::new().with_keys(&[("openai", "sk-test-0123456789abcdef-old")]);
    let secret = |at: usize| format!("sk-test-{at}-{}", "x".repeat(2000 + at));
    let all: Vec<Child> = (0..30).map(|at| start_add(&world, "openai", &secret(at))).collect();
    for child in all {
        done(child);
    }
    let value = String::from_utf8(done(start(&world, "get openai")).stdout).unwrap();
    assert!((0..30).any(|at| secret(at) == value.trim_end()), "{value}");
    assert_eq!(stored(&world).len(), 1);
}

#[test]
fn a_killed_holder_of_the_lock_is_waited_for_no_longer() {
    let world = World::new().with_keys(&[("openai", "sk-test-0123456789abcdef")]);
    let Some(mut holder) = holder(&world) else { return };
    let mut second = start_add(&world, "groq", "sk-test-0123456789abcdef-2");
    still_waits(&mut second);
    holder.kill();
    let start = Instant::now();
    done(second);
    assert!(start.elapsed() < Duration::from_secs(1), "it took {:?}", start.elapsed());
    assert_eq!(stored(&world).len(), 2);
}

#[test]
fn a_stopped_holder_of_the_lock_is_waited_for_until_somebody_interrupts() {
    let world = World::new().with_keys(&[("openai", "sk-test-0123456789abcdef")]);
    let Some(mut holder) = holder(&world) else { return };
    kill_process(pid(&holder.0), Signal::STOP).unwrap();
    for (signal, number) in [(Signal::INT, 2), (Signal::TERM, 15), (Signal::HUP, 1)] {
        let mut second = start_add(&world, "groq", "sk-test-0123456789abcdef-2");
        still_waits(&mut second);
        kill_process(pid(&second), signal).unwrap();
        let start = Instant::now();
        let output = second.wait_with_output().unwrap();
        assert!(start.elapsed() < Duration::from_secs(1), "it took {:?}", start.elapsed());
        assert_eq!(output.status.signal(), Some(number), "{}", output.status);
        assert!(output.stdout.is_empty());
    }
    // Readers need no lock.
    assert_eq!(stored(&world).len(), 1);
    holder.kill();
    assert_eq!(temporary(&world), [""; 0]);
}

#[test]
fn a_lock_that_is_given_back_lets_the_next_writer_in() {
    let world = World::new().with_keys(&[("openai", "sk-test-0123456789abcdef")]);
    let lock = OpenOptions::new().write(true).open(world.home().join("profiles/default.lock")).unwrap();
    lock.lock().unwrap();
    let mut second = start_add(&world, "groq", "sk-test-0123456789abcdef-2");
    still_waits(&mut second);
    // Another profile has a lock of its own.
    done(start(&world, "profile create work"));
    drop(lock);
    done(second);
    assert_eq!(stored(&world).len(), 2);
}

#[test]
fn an_add_that_waits_for_its_secret_keeps_nobody_waiting() {
    let world = World::new().with_keys(&[("openai", "sk-test-0123456789abcdef")]);
    let mut slow = start(&world, "add groq --stdin --as-is");
    done(start_add(&world, "mistral", "sk-test-0123456789abcdef-2"));
    slow.stdin.take().unwrap().write_all(b"sk-test-0123456789abcdef-3").unwrap();
    done(slow);
    assert_eq!(stored(&world).into_keys().collect::<Vec<_>>(), ["groq", "mistral", "openai"]);
}

/// A small generator of our own: the same numbers on every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

struct Constant(Identities);

impl Unlock for Constant {
    fn identities(&self) -> Result<&Identities, UnlockError> {
        Ok(&self.0)
    }
}

fn secret(text: &str) -> Secret {
    Secret::new(Zeroizing::new(text.to_owned())).unwrap()
}

/// What a profile is to a person: values by name, and the label that each provider's bare name means.
#[derive(Default)]
struct Model {
    /// In the order of their coming.
    keys: Vec<((usize, usize), usize)>,
    chosen: BTreeMap<usize, usize>,
}

impl Model {
    fn value(&mut self, name: (usize, usize)) -> Option<&mut usize> {
        self.keys.iter_mut().find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    fn active(&self, provider: usize) -> Option<usize> {
        let mut labels = self.keys.iter().map(|(name, _)| *name).filter(|name| name.0 == provider).map(|name| name.1);
        self.chosen.get(&provider).copied().or_else(|| labels.next())
    }
}

const PROVIDERS: [&str; 3] = ["openai", "groq", "my-own"];
const LABELS: [&str; 4] = ["default", "work", "home", "l4"];

/// Plays random deeds on a store and on a model of it, and compares them after every single one.
fn plays_like_the_model(store: &dyn Store, fresh: &dyn Fn() -> Profile, seed: u64, deeds: usize) {
    let (mut dice, mut model, mut writes) = (Dice(seed), Model::default(), 0);
    let work = ProfileName::parse("work").unwrap();
    let provider = |at: usize| ProviderId::parse(PROVIDERS[at]).unwrap();
    let label = |at: usize| LABELS[at].parse::<Label>().unwrap();
    let value = |at: usize| secret(&format!("sk-test-0123456789-value-{at}"));
    let now = "2026-11-20T12:00:00Z".parse().unwrap();
    for at in 0..deeds {
        let name = (dice.roll(PROVIDERS.len()), dice.roll(LABELS.len()));
        let wanted = KeyRef { provider: provider(name.0), label: Some(label(name.1)) };
        match dice.roll(5) {
            0 | 1 => {
                let (secret, replace) = (dice.roll(3), dice.roll(2) == 0);
                let new = NewKey {
                    provider: provider(name.0),
                    label: label(name.1),
                    secret: value(secret),
                    details: Details::default(),
                    replace,
                    duplicate: true,
                    tested: None,
                    host: None,
                };
                let done = keys::change(store, &work, Some(fresh), |profile| {
                    let added = keys::put(profile, &new, now)?;
                    Ok((added, added != Added::Same))
                });
                match model.value(name) {
                    None => {
                        assert_eq!(done.unwrap(), Added::New, "{at}");
                        model.keys.push((name, secret));
                    }
                    Some(old) if *old == secret => assert_eq!(done.unwrap(), Added::Same, "{at}"),
                    Some(old) if replace => {
                        assert_eq!(done.unwrap(), Added::Replaced, "{at}");
                        *old = secret;
                    }
                    Some(_) => assert!(matches!(done, Err(KeyError::Taken { .. })), "{at}"),
                }
            }
            2 => {
                let done = keys::remove(store, &work, &[wanted]);
                assert_eq!(done.is_ok(), model.value(name).is_some(), "{at}: {done:?}");
                model.keys.retain(|(key, _)| *key != name);
                if model.chosen.get(&name.0) == Some(&name.1) {
                    model.chosen.remove(&name.0);
                }
            }
            3 => {
                let done = keys::activate(store, &work, &wanted);
                assert_eq!(done.is_ok(), model.value(name).is_some(), "{at}: {done:?}");
                if done.is_ok() && model.active(name.0) != Some(name.1) {
                    model.chosen.insert(name.0, name.1);
                }
            }
            _ if dice.roll(20) == 0 => {
                assert_eq!(store.remove(&work).unwrap(), writes > 0, "{at}");
                (model, writes) = (Model::default(), 0);
            }
            _ => {}
        }
        let stored = store.read(&work).unwrap().map(|(profile, _)| profile);
        assert!(stored.is_some() || model.keys.is_empty(), "{at}");
        let Some(stored) = stored else { continue };
        assert!(stored.generation() >= writes, "{at}: the generation went back");
        writes = stored.generation();
        let found: Vec<_> = stored.keys().iter().map(|key| (key.name(), key.secret.expose().to_owned())).collect();
        let name = |name: (usize, usize)| KeyRef { provider: provider(name.0), label: Some(label(name.1)) };
        let expected: Vec<_> =
            model.keys.iter().map(|(key, secret)| (name(*key), value(*secret).expose().to_owned())).collect();
        assert_eq!(found, expected, "{at}");
        for one in 0..PROVIDERS.len() {
            let active = stored.active(&provider(one)).map(|key| key.label.clone());
            assert_eq!(active, model.active(one).map(label), "{at}");
        }
    }
}

#[test]
fn random_deeds_do_to_a_store_what_they_do_to_a_map() {
    let identities = Constant(Identities::generate());
    let fresh =
        |recipients: Vec<String>| move || Profile::new(secret("a vault secret of some length"), recipients.clone());
    for seed in 1..=20 {
        plays_like_the_model(&MemoryStore::default(), &fresh(Vec::new()), seed, 500);
    }
    for seed in 1..=3 {
        let folder = tempfile::tempdir().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let store = FileStore::new(folder.path().join("profiles"), folder.path().join("pins"), &identities, stop);
        plays_like_the_model(&store, &fresh(identities.0.recipients()), seed, 200);
    }
}

#[test]
fn settings_and_providers_lose_no_change_to_another_writer() {
    let world = World::new();
    thread::scope(|scope| {
        for at in 0..30 {
            let world = &world;
            scope.spawn(move || world.byok(&format!("provider add prov{at}")).go());
        }
    });
    let text = std::fs::read_to_string(world.home().join("providers.toml")).unwrap();
    assert_eq!(text.matches("[prov").count(), 30, "{text}");
}

#[test]
fn files_written_at_once_do_not_sweep_each_others_beginnings() {
    let world = World::new().with_keys(&[("openai", "openai-secret-0123456789")]);
    world.byok("export -o out.env").go();
    thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| world.byok("export -o out.env --force").go());
        }
    });
    let left: Vec<_> = std::fs::read_dir(world.root()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "only the home and the file: {left:?}");
}
