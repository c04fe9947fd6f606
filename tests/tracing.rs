//! Every verb once under strace: none opens a socket to the network, and none but `run` starts another program.

use std::collections::BTreeSet;

use crate::leaks::{canary, holds, traced_output};
use crate::tools::tool;
use crate::world::World;

/// A command line of each verb; where one may fail, it is the calls before that count.
const LINES: &[&str] = &[
    "init",
    "add openai --stdin --as-is",
    "add openai:b --stdin --as-is --duplicate",
    "import-env --file keys.env",
    "import --dry-run",
    "list",
    "show openai",
    "get openai",
    "has openai",
    "test --offline",
    "status",
    "where",
    "log",
    "use openai:b",
    "edit openai --note n",
    "rotate --list",
    "rename openai:b openai:c",
    "copy openai:c openai:d",
    "profile create work",
    "profile list",
    "profile describe home/profiles/work.age",
    "move openai:d --to-profile work -y",
    "rm openai:c -y",
    "env",
    "env --explain",
    "run -- true",
    "export",
    "setup",
    "trust --list",
    "untrust",
    "check",
    "doctor",
    "hook bash",
    "scan keys.env",
    "redact keys.env",
    "merge a b c",
    "recipient list",
    "provider list",
    "identity show",
    "identity backup --output sheet.txt",
    "backup everything.byok --to age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p",
    "restore everything.byok --dry-run",
    "unlock",
    "lock",
    "completions bash",
    "help ci",
];

/// The verbs that `byok --help` lists.
fn verbs(help: &str) -> BTreeSet<String> {
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let named = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    named.filter_map(|line| line.split_whitespace().next().map(ToOwned::to_owned)).collect()
}

#[test]
fn each_verb_stays_off_the_network_and_starts_nothing_but_what_run_is_told_to() {
    let Some(strace) = tool(&["strace"]) else { return };
    let (world, canary) = (World::new(), canary());
    world.file("keys.env", "DEEPSEEK_API_KEY=sk-0123456789abcdef0123456789abcdef\n");
    let listed = verbs(&String::from_utf8_lossy(&world.byok("--help").go().stdout));
    let sampled = LINES.iter().map(|line| line.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(listed, sampled, "a verb is not looked at, or is none");
    for line in LINES {
        let run = world.byok(line).stdin(&canary).env("HOME", world.root()).env("TMPDIR", world.root());
        let options = ["-e", "trace=execve,execveat,/socket|connect|sendto|sendmsg"];
        let (output, calls) = traced_output(&world, &strace, &options, run);
        assert!(!calls.contains("AF_INET"), "{line}: {calls}");
        assert!(!holds(calls.as_bytes(), &canary), "{line}: {calls}");
        let started = calls.lines().filter(|call| call.contains("exec") && call.ends_with("= 0")).count();
        let target = usize::from(*line == "run -- true" && output.status.success());
        assert_eq!(started, 1 + target, "{line}: {calls}");
        assert!(matches!(output.status.code(), Some(0..=4)), "{line}: {}", output.status);
    }
}

/// The streams and files that a line of `strace -y` writes to.
fn written_to(call: &str) -> &str {
    call.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map_or("", |(target, _)| target)
}

#[test]
fn a_key_is_written_to_standard_output_of_what_hands_it_out_and_nowhere_else() {
    let Some(strace) = tool(&["strace"]) else { return };
    let (world, canary) = (World::new(), canary());
    let out = world.path("given.env").display().to_string();
    // A line, and where it writes the key: nowhere, to its standard output, into a file that it was told.
    let lines = [
        ("add openai --stdin --as-is", None),
        ("rotate openai --stdin --as-is", None),
        ("edit openai --note n", None),
        ("list", None),
        ("list --json", None),
        ("show openai", None),
        ("rename openai openai:b", None),
        ("copy openai:b openai:c", None),
        ("profile copy default work", None),
        ("backup all.age", None),
        ("identity backup -o sheet.txt", None),
        ("identity rotate", None),
        ("get openai:b", Some("pipe:")),
        ("env", Some("pipe:")),
        ("export --format json", Some("pipe:")),
        ("export --output given.env", Some(out.as_str())),
        ("run -- true", None),
        ("rm openai:c --yes", None),
        ("doctor", None),
    ];
    for (line, allowed) in lines {
        let options =
            ["-y", "-e", "trace=/^p?writev?(64)?$|^pwritev2?$|^send(to|msg|mmsg)$|splice|sendfile|copy_file_range"];
        let secret = if line.starts_with("rotate") { format!("{canary}-2") } else { canary.clone() };
        let run = world.byok(line).stdin(&secret).env("HOME", world.root()).env("TMPDIR", world.root());
        let (output, calls) = traced_output(&world, &strace, &options, run);
        assert!(output.status.success() || line == "doctor", "{line}: {}", String::from_utf8_lossy(&output.stderr));
        let holding: Vec<&str> = calls.lines().filter(|call| holds(call.as_bytes(), &canary)).collect();
        // An export is written beside the file that it becomes.
        let fits = |call: &&str| {
            allowed.is_some_and(|to| {
                let target = written_to(call);
                target.starts_with(to) || to.ends_with("given.env") && target.contains("/.given.env.")
            })
        };
        assert!(holding.iter().all(fits), "{line}: {holding:#?}");
        assert_eq!(holding.is_empty(), allowed.is_none(), "{line}: {calls}");
    }
}
