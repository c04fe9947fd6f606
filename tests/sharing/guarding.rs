//! Forged, rolled back, and with somebody let in behind one's back: refused, with the way to look and to accept.

use std::fs;

use byok::seal;

use super::{Team, stranger};
use crate::samples::{GROQ, OPENAI, OPENAI_2};

#[test]
fn somebody_let_in_behind_ones_back_is_shown_before_the_profile_is_used() {
    let team = Team::with_bob();
    let (alice, bob, eve) = (team.recipient("alice"), team.recipient("bob"), stranger());
    let all = [alice, bob.clone(), eve.clone()];
    // Bob is a member: he knows the vault's secret, and the generation.
    team.rewrite("bob", &all, |text| text.replace(&format!("\"{bob}\"]"), &format!("\"{bob}\", \"{eve}\"]")));
    for verb in ["get openai", "env", "add groq --stdin", "list", "recipient list"] {
        team.byok("alice", "-p team")
            .args(verb)
            .stdin(GROQ)
            .code(4)
            .stderr(
                "byok: error: profile `team` opens for others than before: somebody else has changed its recipients\n\
                 byok: hint: see who came and who went, and agree to it: `byok profile accept team`\n",
            )
            .check();
    }
    let shown = format!("will also open for {eve}, who is new");
    team.byok("alice", "profile accept team").code(2).stderr_holds(&[&shown, "`--yes`"]).check();
    team.byok("alice", "-p team get openai").code(4).stderr_holds(&["opens for others"]).check();
    team.byok("alice", "profile accept team --yes").stderr_holds(&[&shown]).check();
    team.byok("alice", "-p team get openai").stdout(OPENAI).check();
    // And out again, whoever they are.
    team.byok("alice", "-p team recipient rm --yes").arg(&eve).stderr_holds(&["opens for", "no more"]).check();
    assert!(!fs::read_to_string(team.world.path("alice/pins/team.toml")).unwrap().contains(&eve));
}

#[test]
fn what_a_member_does_with_byok_is_seen_by_the_others_as_well() {
    let team = Team::with_bob();
    team.byok("bob", "-p team add groq --stdin").stdin(GROQ).go();
    team.byok("alice", "-p team get groq").stdout(GROQ).check();
    team.byok("bob", "-p team recipient add carol --yes").arg(stranger()).go();
    team.byok("alice", "-p team get groq").code(4).stderr_holds(&["`byok profile accept team`"]).check();
    team.byok("alice", "profile accept team --yes").stderr_holds(&["(`carol`), who is new"]).check();
    team.byok("alice", "-p team get groq").stdout(GROQ).check();
}

#[test]
fn one_that_an_outsider_sealed_and_an_older_copy_are_refused() {
    let team = Team::with_bob();
    let old = fs::read(team.file()).unwrap();
    team.byok("alice", "-p team add groq --stdin").stdin(GROQ).go();
    let all = [team.recipient("alice"), team.recipient("bob")];
    let new = fs::read(team.file()).unwrap();
    // An outsider knows whom it opens for, and not the vault's secret.
    team.rewrite("alice", &all, |text| {
        let vault = text.lines().find(|line| line.starts_with("vault")).unwrap();
        text.replace(vault, &format!("vault = \"{}\"", "ab".repeat(32))).replace(OPENAI, OPENAI_2)
    });
    let refused = team.byok("alice", "-p team get openai").code(4);
    refused.stderr_holds(&["is not the one that byok wrote", "`byok profile accept team`"]).check();
    fs::write(team.file(), &old).unwrap();
    let refused = team.byok("alice", "-p team list").code(4);
    refused.stderr_holds(&["is an older copy", "`byok profile accept team`"]).check();
    fs::write(team.file(), &new).unwrap();
    team.byok("alice", "-p team get openai").stdout(OPENAI).check();
}

#[test]
fn what_an_older_byok_remembers_and_wrote_is_read_as_before() {
    let team = Team::with_bob();
    let pin = team.world.path("alice/pins/team.toml");
    let before = fs::read_to_string(&pin).unwrap();
    let old: String = before.lines().take(2).flat_map(|line| [line, "\n"]).collect();
    assert!(old.starts_with("vault") && !old.contains("recipients"));
    fs::write(&pin, old).unwrap();
    let all = [team.recipient("alice"), team.recipient("bob")];
    team.rewrite("alice", &all, |text| {
        let (start, rest) = text.split_once("[[opener]]").unwrap();
        format!("{start}{}", &rest[rest.find("[[key]]").unwrap()..])
    });
    team.byok("alice", "-p team get openai").stdout(OPENAI).check();
    assert!(fs::read_to_string(&pin).unwrap().contains("recipients = "), "it is remembered from then on");
    team.byok("alice", "-p team recipient list").stdout_holds(&[&all[1]]).check();
}

#[test]
fn who_was_taken_out_cannot_write_it_any_more() {
    let team = Team::with_bob();
    team.byok("carol", "init --identity file").go();
    let [alice, carol] = ["alice", "carol"].map(|who| team.recipient(who));
    team.byok("alice", "-p team recipient add carol --yes").arg(&carol).go();
    team.byok("bob", "profile accept team --yes").go();
    team.byok("carol", "profile join team --file repo/team.age --yes").go();
    let old = fs::read(team.file()).unwrap();
    team.byok("alice", "-p team recipient rm bob --yes").go();
    // To Carol it is the same profile, which opens for others now.
    team.byok("carol", "-p team get openai").code(4).stderr_holds(&["opens for others than before"]).check();
    team.byok("carol", "profile accept team --yes").stderr_holds(&["opens no more for", "(`bob`)"]).check();
    team.byok("carol", "-p team get openai").stdout(OPENAI).check();
    let new = fs::read(team.file()).unwrap();
    // Bob still knows who opens it, and the vault secret of his time.
    let content = seal::open(&old, &team.identities("bob")).unwrap();
    let text = std::str::from_utf8(&content).unwrap();
    let (head, keys) = text.split_once("[[key]]").unwrap();
    let list: String =
        head.lines().take_while(|line| !line.starts_with("recipients")).flat_map(|line| [line, "\n"]).collect();
    let generation = list.lines().find(|line| line.starts_with("generation")).unwrap();
    for former in ["", "former_vaults = [\"00\"]\n"] {
        let forged = format!(
            "{}{former}recipients = [\"{alice}\", \"{carol}\"]\n\n[[key]]{}",
            list.replace(generation, "generation = 99"),
            keys.replace(OPENAI, OPENAI_2)
        );
        fs::write(team.file(), seal::seal(forged.as_bytes(), &[alice.clone(), carol.clone()]).unwrap()).unwrap();
        for who in ["alice", "carol"] {
            team.byok(who, "-p team get openai").code(4).stderr_holds(&["is not the one that byok wrote"]).check();
        }
    }
    fs::write(team.file(), new).unwrap();
    for who in ["alice", "carol"] {
        team.byok(who, "-p team get openai").stdout(OPENAI).check();
    }
}

#[test]
fn killed_between_the_file_and_what_is_remembered_nobody_who_left_comes_in() {
    let Some(strace) = crate::tools::tool(&["strace"]) else { return };
    let team = Team::with_bob();
    let (alice, bob) = (team.recipient("alice"), team.recipient("bob"));
    let old = seal::open(&fs::read(team.file()).unwrap(), &team.identities("bob")).unwrap();
    let old = std::str::from_utf8(&old).unwrap().to_owned();
    let mut killed = 0;
    for at in 1..8 {
        let before = fs::read(team.file()).unwrap();
        let pins = fs::read(team.world.path("alice/pins/team.toml")).unwrap();
        let inject = format!("inject=rename,renameat,renameat2:signal=KILL:when={at}");
        let status = std::process::Command::new(&strace)
            .args(["-f", "-qq", "-o", "/dev/null", "-e", &inject])
            .arg(env!("CARGO_BIN_EXE_byok"))
            .args(["-p", "team", "recipient", "rm", "bob", "--yes"])
            .env("BYOK_HOME", team.world.path("alice"))
            .env("HOME", team.world.path("alice"))
            .output()
            .unwrap()
            .status;
        killed += usize::from(!status.success());
        let is_out = fs::read(team.file()).unwrap() != before;
        if is_out {
            let good = fs::read(team.file()).unwrap();
            let forged = old.replace(&format!(", \"{bob}\""), "").replace(OPENAI, OPENAI_2);
            let vault = forged.lines().find(|line| line.starts_with("vault")).unwrap();
            let other = format!("vault = \"abab\"\nformer_vaults = [{}]", vault.trim_start_matches("vault = "));
            for text in [forged.clone(), forged.replace(vault, &other)] {
                let text = text.replacen("generation = ", "generation = 9", 1);
                fs::write(team.file(), seal::seal(text.as_bytes(), std::slice::from_ref(&alice)).unwrap()).unwrap();
                team.byok("alice", "-p team get openai").code(4).stderr_holds(&["byok: error"]).check();
            }
            fs::write(team.file(), good).unwrap();
        }
        team.byok("alice", "-p team get openai").stdout(OPENAI).check();
        fs::write(team.file(), before).unwrap();
        fs::write(team.world.path("alice/pins/team.toml"), pins).unwrap();
    }
    assert!(killed > 0, "nothing was killed");
}
