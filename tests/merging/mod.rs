//! Two copies of one profile, merged: the rules by themselves, and the real git.

mod deciding;
mod driver;
mod laws;
mod refusing;
mod setup;

use std::path::PathBuf;
use std::process::{Command, Output};

use byok::seal::{self, Identities};

use crate::tools::tool;
use crate::world::{Run, World};

/// What every secret of these tests holds, and no output may.
const CANARY: &str = "CANARY";

/// A secret.
fn secret(word: &str) -> String {
    format!("sk-{CANARY}-{word}-0123456789abcdef0123")
}

/// One person: an identity, and a clone whose work tree is byok's folder of profiles.
struct Person<'w> {
    world: &'w World,
    name: &'static str,
}

impl<'w> Person<'w> {
    fn new(world: &'w World, name: &'static str) -> Self {
        let person = Self { world, name };
        person.byok("init").go();
        person
    }

    fn home(&self) -> PathBuf {
        self.world.path(self.name)
    }

    fn repo(&self) -> PathBuf {
        self.home().join("profiles")
    }

    fn sealed(&self) -> PathBuf {
        self.repo().join("default.age")
    }

    fn byok(&self, arguments: &str) -> Run<'w> {
        self.world.byok(arguments).env("BYOK_HOME", self.home())
    }

    fn add(&self, key: &str, word: &str) {
        self.byok("add --stdin --as-is --replace --duplicate").arg(key).stdin(secret(word)).go();
    }

    fn identities(&self) -> Identities {
        Identities::parse(&std::fs::read_to_string(self.home().join("identity.txt")).unwrap()).unwrap()
    }

    /// The profile's text.
    fn document(&self) -> String {
        let sealed = std::fs::read(self.sealed()).unwrap();
        String::from_utf8(seal::open(&sealed, &self.identities()).unwrap().to_vec()).unwrap()
    }

    /// Puts another text in the place of the profile's, as the next write, sealed to these.
    fn rewrite(&self, text: &str, recipients: &[String]) {
        let (before, rest) = text.split_once("generation = ").unwrap();
        let (generation, rest) = rest.split_once('\n').unwrap();
        let text = &format!("{before}generation = {}\n{rest}", generation.parse::<u64>().unwrap() + 1);
        let (file, profile) = (self.sealed(), byok::profile::Profile::parse(text));
        assert!(profile.is_ok() || text.contains("byok = 2"), "{text}");
        std::fs::write(file, seal::seal(text.as_bytes(), recipients).unwrap()).unwrap();
    }

    /// A script in the clone. As git gives files the mode that the umask leaves, it leaves nothing to others.
    fn shell(&self, script: &str) -> Command {
        let mut command = self
            .world
            .shell(&format!("umask 077; mkdir -p '{0}'; cd '{0}' || exit 99; {script}", self.repo().display()));
        command.env("BYOK_HOME", self.home()).env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_EDITOR", "true");
        for name in ["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"] {
            command.env(name, self.name);
        }
        command
    }

    /// What a script in the clone prints on both streams, and its code.
    fn outcome(&self, script: &str) -> (String, i32) {
        let Output { stdout, stderr, status } = self.shell(script).output().unwrap();
        let text = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        assert!(!text.contains(CANARY), "{script}: {text}");
        (text, status.code().unwrap())
    }

    /// A script that works.
    #[track_caller]
    fn git(&self, script: &str) -> String {
        let (text, code) = self.outcome(script);
        assert_eq!(code, 0, "{script}: {text}");
        text
    }

    #[track_caller]
    fn commit(&self, message: &str) {
        self.git(&format!("git add -A && git commit -qm '{message}'"));
    }

    /// The keys, as `list` tells of them.
    fn keys(&self) -> Vec<String> {
        let output = self.byok("list --json").go();
        let list: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        list["keys"].as_array().unwrap().iter().map(|key| key["key"].as_str().unwrap().to_owned()).collect()
    }

    /// The secret that a key has.
    fn get(&self, key: &str) -> String {
        String::from_utf8(self.byok("get").arg(key).go().stdout).unwrap().trim_end().to_owned()
    }
}

/// Two people with one profile of three keys, in a clone each, with byok's driver where that is wanted.
fn pair(world: &World, driven: bool) -> Option<[Person<'_>; 2]> {
    tool(&["git"])?;
    let (ann, bob) = (Person::new(world, "ann"), Person::new(world, "bob"));
    for key in ["openai:work", "openai:home", "groq"] {
        ann.add(key, "base");
    }
    let recipient = bob.identities().recipients().remove(0);
    ann.byok("recipient add bob --yes").arg(recipient).go();
    ann.git("git init -q -b main . && echo '*.lock' >.gitignore");
    if driven {
        ann.git("byok profile git-setup --yes");
    }
    ann.commit("one");
    bob.git("git clone -q ../../ann/profiles . 2>&1");
    if driven {
        bob.git("byok profile git-setup --yes");
    }
    assert_eq!(bob.keys(), ["openai:work", "openai:home", "groq"].map(str::to_owned).to_vec().sorted());
    Some([ann, bob])
}

trait Sorted {
    fn sorted(self) -> Self;
}

impl Sorted for Vec<String> {
    fn sorted(mut self) -> Self {
        self.sort();
        self
    }
}
