//! `byok doctor`: each finding produced for real, its fix pasted into a real shell, and the finding gone.

mod around;
mod disks;
mod identities;
mod keyrings;
mod modes;
mod secrets;
mod whole;

use std::process::Command;

use serde_json::Value;

use crate::world::{Run, World};

const SECRET: &str = "sk-test-0123456789abcdef0123";

/// What was found, as JSON tells it.
struct Found(Value);

/// One finding: its id, its severity, its text and the command that mends it.
#[derive(Debug)]
struct One {
    id: String,
    severity: String,
    text: String,
    fix: Option<String>,
    can_fix: bool,
}

/// Runs it for its JSON, whose code must be what its severities come to.
#[track_caller]
fn examined(run: Run<'_>) -> Found {
    let output = run.arg("--json").output();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    let document: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {stderr}"));
    assert_eq!(stderr, "", "{document:#}");
    let found = Found(document);
    assert_eq!(found.0["version"], 1);
    let count = |severity: &str| found.all().iter().filter(|one| one.severity == severity).count();
    for (field, severity) in [("problems", "problem"), ("warnings", "warning"), ("notes", "note")] {
        assert_eq!(found.0[field], count(severity), "{:#}", found.0);
    }
    let wrong = count("problem") + count("warning") > 0;
    assert_eq!((output.status.code(), &found.0["ok"]), (Some(i32::from(wrong)), &Value::Bool(!wrong)), "{:#}", found.0);
    found
}

impl Found {
    fn all(&self) -> Vec<One> {
        let text = |one: &Value, field: &str| one[field].as_str().map(str::to_owned);
        let findings = self.0["findings"].as_array().unwrap().iter();
        findings
            .map(|one| One {
                id: text(one, "id").unwrap(),
                severity: text(one, "severity").unwrap(),
                text: text(one, "text").unwrap(),
                fix: text(one, "fix"),
                can_fix: one["can_fix"].as_bool().unwrap(),
            })
            .collect()
    }

    fn ids(&self) -> Vec<String> {
        self.all().into_iter().map(|one| one.id).collect()
    }

    /// The only finding of this id.
    #[track_caller]
    fn one(&self, id: &str) -> One {
        let mut all: Vec<One> = self.all().into_iter().filter(|one| one.id == id).collect();
        assert_eq!(all.len(), 1, "{id}: {:#}", self.0);
        all.swap_remove(0)
    }
}

/// Some groups of a world.
#[track_caller]
fn groups(world: &World, groups: &str) -> Found {
    examined(world.byok("doctor").args(groups))
}

/// Finds it in a group, pastes its fix into a shell, and finds it no more; answers what it was.
#[track_caller]
fn mended(world: &World, group: &str, id: &str) -> One {
    let one = groups(world, group).one(id);
    paste(world, one.fix.as_ref().unwrap());
    let after = groups(world, group);
    assert!(!after.ids().contains(&id.to_owned()), "{one:?} is still there: {:#}", after.0);
    one
}

#[track_caller]
fn paste(world: &World, command: &str) {
    let output = world.shell(command).output().unwrap();
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A command that must work, for making things as they are to be.
#[track_caller]
fn made(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
