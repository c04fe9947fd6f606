//! A profile that several people open: from a file in a shared folder, with stock `age`, and against each other.

mod guarding;
mod members;
mod turning;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use byok::seal::{self, Identities};

use crate::samples::OPENAI;
use crate::world::{Run, World};

/// People with a home each, and a folder that they share.
struct Team {
    world: World,
}

impl Team {
    /// Alice's profile `team` with one key in it, in the shared folder; Bob has an identity, and is not let in yet.
    fn new() -> Self {
        let team = Self { world: World::new() };
        fs::create_dir(team.world.path("repo")).unwrap();
        team.byok("alice", "profile create team --file repo/team.age").go();
        team.byok("alice", "-p team add openai --stdin").stdin(OPENAI).go();
        team.byok("bob", "init --identity file").go();
        team
    }

    /// The same, with Bob in.
    fn with_bob() -> Self {
        let team = Self::new();
        team.byok("alice", "-p team recipient add bob --yes").arg(team.recipient("bob")).go();
        team.byok("bob", "profile join team --file repo/team.age --yes").go();
        team
    }

    fn byok(&self, who: &str, arguments: &str) -> Run<'_> {
        self.world.byok(arguments).env("BYOK_HOME", self.world.path(who)).env("USER", who)
    }

    fn file(&self) -> PathBuf {
        self.world.path("repo/team.age")
    }

    fn recipient(&self, who: &str) -> String {
        String::from_utf8(self.byok(who, "recipient me").go().stdout).unwrap().trim().to_owned()
    }

    fn identities(&self, who: &str) -> Identities {
        Identities::parse(&fs::read_to_string(self.world.path(who).join("identity.txt")).unwrap()).unwrap()
    }

    /// The document, as its text is changed by somebody who opens it, sealed for these.
    fn rewrite(&self, who: &str, recipients: &[String], change: impl FnOnce(&str) -> String) {
        let content = seal::open(&fs::read(self.file()).unwrap(), &self.identities(who)).unwrap();
        let text = change(std::str::from_utf8(&content).unwrap());
        fs::write(self.file(), seal::seal(text.as_bytes(), recipients).unwrap()).unwrap();
    }
}

/// What stock age makes of the shared file.
fn age(age: &std::path::Path, identity: &std::path::Path, file: &std::path::Path) -> Output {
    Command::new(age).arg("-d").arg("-i").arg(identity).arg(file).output().unwrap()
}

/// A recipient of whose identity nobody knows.
fn stranger() -> String {
    Identities::generate().recipients().remove(0)
}
