//! Let in, at work, taken out: each with stock `age` as the judge.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::{Team, age, stranger};
use crate::samples::{GROQ, OPENAI, OPENAI_2};
use crate::tools::tool;

#[test]
fn whoever_is_let_in_opens_it_with_stock_age_and_whoever_is_taken_out_does_not() {
    let Some(stock) = tool(&["age", "rage"]) else { return };
    let team = Team::new();
    let (alice, bob) = (team.world.path("alice/identity.txt"), team.world.path("bob/identity.txt"));
    assert!(!age(&stock, &bob, &team.file()).status.success());
    team.byok("bob", "profile join team --file repo/team.age --yes")
        .code(4)
        .stderr_holds(&["it is sealed for another identity", "`byok recipient me`"])
        .check();
    team.byok("alice", "-p team recipient add bob")
        .arg(team.recipient("bob"))
        .code(2)
        .stderr_holds(&["`bob` is to open profile `team` and its key", &team.recipient("bob"), "`--yes`"])
        .check();
    assert!(!age(&stock, &bob, &team.file()).status.success(), "without a yes");
    team.byok("alice", "-p team recipient add bob --yes").arg(team.recipient("bob")).go();
    for identity in [&alice, &bob] {
        let opened = age(&stock, identity, &team.file());
        assert!(String::from_utf8_lossy(&opened.stdout).contains(OPENAI), "{}", identity.display());
    }
    team.byok("bob", "profile join team --file repo/team.age")
        .code(2)
        .stderr_holds(&["will also open for age1", "(`alice`)", "openai  sk-", "`--yes`"])
        .check();
    team.byok("bob", "profile join team --file repo/team.age --yes").go();
    team.byok("bob", "-p team get openai").stdout(OPENAI).check();
    team.byok("bob", "-p team add groq --stdin").stdin(GROQ).go();
    team.byok("alice", "-p team get groq").stdout(GROQ).check();

    team.byok("alice", "-p team recipient rm bob")
        .code(2)
        .stderr_holds(&["nobody is here to confirm", "`--yes`"])
        .check();
    team.byok("alice", "-p team recipient rm bob --yes")
        .stderr_holds(&[
            "profile `team` opens for `bob` no more",
            "`bob` has seen 2 keys",
            "`byok -p team rotate openai`",
            "`byok -p team rotate groq`",
        ])
        .check();
    assert!(!age(&stock, &bob, &team.file()).status.success(), "after removal");
    assert!(age(&stock, &alice, &team.file()).status.success());
    team.byok("bob", "-p team get openai").code(4).stderr_holds(&["sealed for another identity"]).check();
}

#[test]
fn the_list_tells_you_from_others_and_what_those_saw_who_left() {
    let team = Team::with_bob();
    let list = |who: &str| -> serde_json::Value {
        serde_json::from_slice(&team.byok(who, "-p team recipient list --json").go().stdout).unwrap()
    };
    let told = |list: &serde_json::Value| -> Vec<(String, bool, bool)> {
        let all = list["recipients"].as_array().unwrap().iter();
        all.map(|one| (one["name"].as_str().unwrap().to_owned(), one["you"] == true, !one["removed"].is_null()))
            .collect()
    };
    assert_eq!(list("bob")["version"], 1);
    assert_eq!(told(&list("bob")), [("alice".to_owned(), false, false), ("bob".to_owned(), true, false)]);
    team.byok("alice", "-p team recipient rm bob --yes").go();
    let after = list("alice");
    assert_eq!(told(&after), [("alice".to_owned(), true, false), ("bob".to_owned(), false, true)]);
    assert_eq!(after["recipients"][1]["seen"], serde_json::json!(["openai"]));
    // `rotate` on its own names them, until they are replaced.
    let hint = "byok: hint: put a new one in its place with `byok -p team rotate openai`\n";
    let rotate = team.byok("alice", "-p team rotate").stdout("KEY     ROTATION\nopenai  seen by bob\n").stderr(hint);
    rotate.check();
    let listed = team.byok("alice", "-p team rotate --json").go();
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!((&listed["seen"][0]["key"], &listed["seen"][0]["by"]), (&"openai".into(), &"bob".into()));
    // As if it were long ago: what was replaced since, they have not seen.
    team.rewrite("alice", &[team.recipient("alice")], |text| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for line in &mut lines {
            for (field, time) in [("added", "2020-01-01T00:00:00Z"), ("removed", "2021-01-01T00:00:00Z")] {
                if line.starts_with(field) {
                    *line = format!("{field} = \"{time}\"");
                }
            }
        }
        lines.join("\n")
    });
    assert_eq!(list("alice")["recipients"][1]["seen"], serde_json::json!(["openai"]));
    team.byok("alice", "-p team rotate openai --stdin").stdin(OPENAI_2).go();
    let rotate = team.byok("alice", "-p team rotate").stdout_holds(&["openai  rotated just now"]);
    let rotate = rotate.stderr_holds(&["`byok -p team rotate --finish openai`"]).check();
    assert!(!String::from_utf8(rotate.stdout).unwrap().contains("seen by"));
    team.byok("alice", "-p team rotate openai --undo").go();
    team.byok("alice", "-p team rotate").stdout_holds(&["seen by bob"]).stderr_holds(&[hint]).check();
    team.byok("alice", "-p team add openai --stdin --replace").stdin("sk-test-0123456789abcdef-new").go();
    assert_eq!(list("alice")["recipients"][1]["seen"], serde_json::json!([]));
    team.byok("alice", "-p team recipient list").stdout_holds(&["NAME", "alice", "you", "removed "]).check();
}

#[test]
fn a_new_recipient_takes_the_place_of_the_old_one() {
    let Some(keygen) = tool(&["age-keygen"]) else { return };
    let team = Team::with_bob();
    let file = team.world.path("bob-2.txt");
    assert!(std::process::Command::new(keygen).arg("-o").arg(&file).output().unwrap().status.success());
    let text = fs::read_to_string(&file).unwrap();
    let new = text.lines().find_map(|line| line.strip_prefix("# public key: ")).unwrap();
    team.byok("alice", "-p team recipient rotate bob --yes").arg(new).go();
    team.byok("bob", "-p team list").code(4).stderr_holds(&["sealed for another identity"]).check();
    team.byok("bob", "-p team list").env("BYOK_IDENTITY_FILE", &file).code(4).stderr_holds(&["accept team"]).check();
    let accepting = team.byok("bob", "profile accept team --yes").env("BYOK_IDENTITY_FILE", &file);
    accepting.stderr_holds(&[&format!("opens no more for {} (`bob`)", team.recipient("bob"))]).check();
    team.byok("bob", "-p team get openai").env("BYOK_IDENTITY_FILE", &file).stdout(OPENAI).check();
    // The same person: nothing was seen by somebody who left.
    let list = team.byok("alice", "-p team recipient list").go();
    assert!(!String::from_utf8_lossy(&list.stdout).contains("removed"), "{list:?}");
}

#[test]
fn what_is_no_recipient_is_refused_and_an_identity_is_never_repeated() {
    let team = Team::with_bob();
    let before = fs::read(team.file()).unwrap();
    let identity = fs::read_to_string(team.world.path("bob/identity.txt")).unwrap();
    let secret = identity.lines().find(|line| line.starts_with("AGE-SECRET-KEY-")).unwrap();
    let file = team.world.file("pasted.txt", &identity);
    for (arguments, last) in [
        ("recipient add eve --yes", secret.to_owned()),
        ("recipient add eve --yes", secret.to_lowercase()),
        ("recipient add --yes", secret.to_owned()),
        ("recipient rm --yes", secret.to_owned()),
        ("recipient rotate bob --yes", secret.to_owned()),
        ("recipient add eve --yes --file", file.to_str().unwrap().to_owned()),
        ("recipient add eve --yes age1x", secret.to_owned()),
    ] {
        let output = team.byok("alice", "-p team").args(arguments).arg(&last).output();
        assert_eq!(output.status.code(), Some(2), "{arguments} {last}");
        let said = String::from_utf8_lossy(&output.stderr).to_lowercase();
        assert!(!said.contains(&secret.to_lowercase()[16..30]), "{arguments}: {said}");
    }
    for (recipient, why) in [
        ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ", "it is an SSH key"),
        ("age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t", "it is a plugin's"),
        ("bob", "one is `age1` and 58 characters"),
        ("", "one is `age1` and 58 characters"),
    ] {
        let run = team.byok("alice", "-p team recipient add eve --yes").arg(recipient);
        run.code(2).stderr_holds(&["is no recipient", why]).check();
    }
    let (bob, own) = (team.recipient("bob"), team.recipient("alice"));
    let twice = team.byok("alice", "-p team recipient add bobby --yes").arg(&bob);
    twice.code(1).stderr_holds(&["already, as `bob`"]).check();
    let named = team.byok("alice", "-p team recipient add bob --yes").arg(stranger());
    named.code(1).stderr_holds(&["it opens for `bob` already, with another recipient"]).check();
    team.byok("alice", "-p team recipient rm --yes")
        .arg(own)
        .code(4)
        .stderr_holds(&["would not open it any more"])
        .check();
    team.byok("alice", "-p team recipient rm carol --yes")
        .code(3)
        .stderr_holds(&["nobody called `carol`", "`byok -p team recipient list`"])
        .check();
    team.byok("alice", "-p nix recipient list").code(3).stderr_holds(&["there is no profile `nix`"]).check();
    assert_eq!(fs::read(team.file()).unwrap(), before);
}

#[test]
fn a_profile_of_ones_own_is_shared_where_it_lies_and_keeps_its_keys() {
    let team = Team::new();
    team.byok("alice", "add openai --stdin").stdin(OPENAI).go();
    let file = team.world.file("safe.txt", format!("# in the safe\n{}\n", stranger()));
    team.byok("alice", "recipient add safe --kind recovery --yes --file").arg(file).go();
    team.byok("alice", "recipient list").stdout_holds(&["alice", "safe", "recovery"]).check();
    team.byok("alice", "get openai").stdout(OPENAI).check();
    team.byok("alice", "profile list").stdout_holds(&["default", "OPENERS", "team.age"]).check();
}

#[test]
fn the_file_may_be_readable_as_git_leaves_it_and_stays_when_the_profile_is_forgotten() {
    let team = Team::with_bob();
    fs::set_permissions(team.file(), fs::Permissions::from_mode(0o644)).unwrap();
    fs::set_permissions(team.world.path("repo"), fs::Permissions::from_mode(0o755)).unwrap();
    team.byok("bob", "-p team get openai").stdout(OPENAI).check();
    team.byok("bob", "-p team add groq --stdin").stdin(GROQ).go();
    team.byok("bob", "profile move team --to keychain").code(4).stderr_holds(&["may be others' as well"]).check();
    let again = team.byok("bob", "profile join other --file repo/team.age --yes");
    again.code(1).stderr_holds(&["this is the file of profile `team` already"]).check();
    let created = team.byok("carol", "profile create other --file repo/team.age");
    created.code(1).stderr_holds(&["is there already"]).check();
    team.byok("bob", "profile rm team").stderr_holds(&["forgot profile `team`; its file stays"]).check();
    team.byok("bob", "-p team list").code(3).stderr_holds(&["there is no profile `team`"]).check();
    team.byok("alice", "-p team get groq").stdout(GROQ).check();
    // As another branch of the repository would have it.
    fs::rename(team.file(), team.world.path("repo/away")).unwrap();
    for verb in ["list", "get openai", "add mistral --stdin"] {
        let run = team.byok("alice", "-p team").args(verb).stdin("sk-test-0123456789abcdef");
        run.code(4).stderr_holds(&["lies at `", "and is not there"]).check();
    }
    team.byok("alice", "profile list").code(4).stdout_holds(&["and is not there"]).check();
    fs::rename(team.world.path("repo/away"), team.file()).unwrap();
    team.byok("alice", "-p team get groq").stdout(GROQ).check();
}

#[test]
fn the_log_says_who_came_and_who_went() {
    let team = Team::with_bob();
    let bob = team.recipient("bob");
    team.byok("alice", "-p team recipient rm bob --yes").go();
    let output = team.byok("alice", "log --json").go();
    let log: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let people: Vec<String> = log["entries"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|entry| entry.get("people"))
        .map(|people| {
            format!("{} {} {}", people[0]["name"], people[0]["what"], people[0]["recipient"]).replace('"', "")
        })
        .collect();
    assert_eq!(people, [format!("bob let in {bob}"), format!("bob taken out {bob}")]);
    team.byok("alice", "log").stdout_holds(&["bob let in", "bob taken out"]).check();
}

#[test]
fn somebody_who_went_twice_is_listed_once() {
    let team = Team::with_bob();
    for _ in 0..2 {
        team.byok("alice", "-p team recipient rm bob --yes").go();
        let gone = team.byok("alice", "-p team recipient list").go();
        assert_eq!(String::from_utf8_lossy(&gone.stdout).matches("removed").count(), 1);
        team.byok("alice", "-p team recipient add bob --yes").arg(team.recipient("bob")).go();
    }
    let here = team.byok("alice", "-p team recipient list").go();
    assert_eq!(String::from_utf8_lossy(&here.stdout).matches("removed").count(), 0);
}
