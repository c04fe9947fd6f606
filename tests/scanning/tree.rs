//! Trees, standard input, and what is told of them.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::process::Command;

use serde_json::Value;

use super::{fingerprint, groq, hints, letters, silent_about, world};
use crate::tools::tool;
use crate::world::World;

#[test]
fn a_finding_is_a_place_whose_key_it_is_and_which_of_ones_own() {
    let (mine, other) = (groq(1), groq(2));
    let world = world(&[
        ("a.py", &format!("x = 1\nkey = \"é {mine}\"\n")),
        (".env", &format!("GROQ_API_KEY={other}\n")),
        ("b", "none"),
    ]);
    let world = world.with_keys(&[("groq:work", &mine)]);
    let lines = format!(
        ".env:1:14: a key of groq ({})\na.py:2:10: a key of groq ({}), your `groq:work`\n",
        fingerprint(&other),
        fingerprint(&mine)
    );
    let keep = "byok: hint: keep it sealed instead: `byok import-env --file .env`\n";
    let output =
        world.byok("scan").within("tree").stdout(&lines).stderr(hints("2 keys in 2 of 3 files", keep)).code(1).check();
    silent_about(&output, &mine[4..]);
    silent_about(&output, &other[4..]);
    world.byok("scan b").within("tree").stderr("no keys in 1 file\n").check();
}

#[test]
fn a_key_of_ones_own_is_found_whatever_it_looks_like() {
    // No shape of any provider's, and no variable before it.
    let mine = "Zq8vT3nLw0RbYx5KpGd2HsJc7MfAe4Uo";
    let world = world(&[
        ("app.py", &format!("c = Mistral(\"{mine}\")\n")),
        ("longer", &format!("{mine}X {mine}_1 X{mine}\n")),
        ("escaped", &format!("\"a\\n{mine}\"\n")),
    ]);
    world.byok("scan").within("tree").stderr("no keys in 3 files\n").check();
    let world = world.with_keys(&[("mistral:work", mine)]);
    let told = format!("a key of mistral ({}), your `mistral:work`", fingerprint(mine));
    let line = format!("app.py:1:14: {told}\nescaped:1:5: {told}\n");
    let output =
        world.byok("scan").within("tree").stdout(line).stderr_holds(&["2 keys in 2 of 3 files"]).code(1).check();
    silent_about(&output, mine);
    let text = format!("{mine}\n");
    world
        .byok("scan --stdin")
        .stdin(text)
        .stdout_holds(&["your `mistral:work`"])
        .stderr_holds(&["1 key in 1 of 1 file"])
        .code(1)
        .check();
}

#[test]
fn a_profile_that_would_ask_is_not_opened() {
    let key = groq(1);
    let world = world(&[("a", &key)]).with_keys(&[("groq", &key)]);
    std::fs::rename(world.home().join("identity.txt"), world.path("elsewhere")).unwrap();
    world
        .byok("scan tree")
        .stdout(format!("tree/a:1:1: a key of groq ({})\n", fingerprint(&key)))
        .stderr_holds(&[])
        .code(1)
        .check();
}

#[test]
fn what_is_ignored_is_left_out_and_hidden_files_are_not() {
    let key = groq(3);
    let world = world(&[
        (".hidden/.env", &key),
        ("node_modules/x", &key),
        ("by-ignore", &key),
        ("by-byok", &key),
        (".gitignore", "node_modules\n"),
        (".ignore", "by-ignore\n"),
        (".byokignore", "by-byok\n"),
        (".git/config", &key),
        ("sub/.git", &key),
    ]);
    let found = |run: crate::world::Run<'_>| -> Vec<String> {
        let output = run.code(1).stdout_holds(&[]).stderr_holds(&[]).check();
        String::from_utf8(output.stdout)
            .unwrap()
            .lines()
            .map(|line| line.split(':').next().unwrap().to_owned())
            .collect()
    };
    assert_eq!(found(world.byok("scan").within("tree")), [".hidden/.env"]);
    assert_eq!(
        found(world.byok("scan --no-ignore").within("tree")),
        [".hidden/.env", "by-byok", "by-ignore", "node_modules/x"]
    );
    // What is named is meant.
    assert_eq!(found(world.byok("scan by-byok").within("tree")), ["by-byok"]);
}

#[test]
fn odd_files_stop_nothing() {
    let key = groq(4);
    let world = world(&[("a", "none"), ("binary", &format!("\0{key}")), ("target/real", &key)]);
    let tree = world.path("tree");
    std::os::unix::fs::symlink("target/real", tree.join("link")).unwrap();
    std::os::unix::fs::symlink("..", tree.join("loop")).unwrap();
    std::os::unix::fs::symlink("nowhere", tree.join("dangling")).unwrap();
    let _socket = UnixListener::bind(tree.join("socket")).unwrap();
    assert!(Command::new("mkfifo").arg(tree.join("pipe")).status().unwrap().success());
    world
        .byok("scan tree")
        .stdout(format!("tree/target/real:1:1: a key of groq ({})\n", fingerprint(&key)))
        .stderr_holds(&["1 key in 1 of 2 files"])
        .code(1)
        .check();
    // A link and a binary that are named are meant.
    world
        .byok("scan tree/link tree/binary")
        .stdout_holds(&["tree/binary:1:2: ", "tree/link:1:1: "])
        .stderr_holds(&[])
        .code(1)
        .check();
    for (odd, why) in [
        ("pipe", "is neither a file nor a folder"),
        ("socket", "is neither a file nor a folder"),
        ("nothing", "cannot read `tree/nothing`"),
    ] {
        world.byok("scan").arg(format!("tree/{odd}")).stderr_holds(&[why]).code(2).check();
    }
}

#[test]
fn what_cannot_be_read_is_told() {
    let world = World::ordinary();
    let path = world.file("tree/secret", "x");
    world.file("tree/open", "x");
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o000)).unwrap();
    world
        .byok("scan tree")
        .stderr("byok: warning: cannot read `tree/secret`: Permission denied (os error 13)\nno keys in 1 file\n")
        .code(1)
        .check();
}

#[test]
fn a_name_cannot_steer_the_terminal() {
    let key = groq(5);
    let world = world(&[("\u{1b}[31mred\u{9b}\n::set-output\u{202e}", &key)]);
    let output = world
        .byok("scan tree")
        .stdout_holds(&["tree/\\u{1b}[31mred\\u{9b}\\u{a}::set-output\\u{202e}:1:1: "])
        .stderr_holds(&[])
        .code(1)
        .check();
    assert!(!output.stdout[..output.stdout.len() - 1].iter().any(u8::is_ascii_control));
}

#[test]
fn standard_input_is_read_and_a_placeholder_is_no_key() {
    let key = letters(6, 40);
    for argument in ["--stdin", "-"] {
        let run = world(&[]);
        let run = run.byok("scan").arg(argument).stdin(format!("COHERE_API_KEY={key}\n"));
        run.stdout(format!("-:1:16: a key of cohere ({})\n", fingerprint(&key)))
            .stderr_holds(&["1 key in 1 of 1 file\n"])
            .code(1)
            .check();
    }
    world(&[]).byok("scan --stdin").stdin("COHERE_API_KEY=your-key-here\n").stderr("no keys in 1 file\n").check();
}

#[test]
fn json_says_it_for_programs() {
    let key = groq(7);
    let world = world(&[("a", &format!("\n  {key}\n"))]);
    let output = world.byok("scan --json tree").stdout_holds(&[]).stderr_holds(&[]).code(1).check();
    silent_about(&output, &key[4..]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let finding = serde_json::json!({
        "path": "tree/a", "line": 2, "column": 3, "bytes": 56, "kind": "key", "providers": ["groq"], "what": "a key of groq",
        "by": "shape", "fingerprint": fingerprint(&key), "key": null,
    });
    assert_eq!(document, serde_json::json!({ "version": 1, "files": 1, "findings": [finding], "unread": [] }));
}

#[test]
fn sarif_is_what_code_scanning_takes() {
    let key = groq(8);
    let token = format!("sk-ant-oat01-{}", letters(9, 80));
    let world = world(&[("a b/ü.env", &format!("GROQ_API_KEY={key}\nx={token}\n"))]);
    let output = world.byok("scan --sarif tree").stdout_holds(&[]).stderr_holds(&[]).code(1).check();
    silent_about(&output, &key[4..]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["version"], "2.1.0");
    let run = &document["runs"][0];
    let rules: Vec<&str> =
        run["tool"]["driver"]["rules"].as_array().unwrap().iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    assert_eq!(rules, ["key/groq", "secret"]);
    let place = &run["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "tree/a%20b/%C3%BC.env");
    assert_eq!(place["region"], serde_json::json!({ "startLine": 1, "startColumn": 14 }));
    for result in run["results"].as_array().unwrap() {
        assert!(rules.contains(&result["ruleId"].as_str().unwrap()));
        assert!(result["message"]["text"].is_string() && result["level"] == "error");
    }
}

#[test]
fn a_stopped_reader_is_quiet_and_what_makes_no_sense_is_misused() {
    let world = world(&[("a", "x")]);
    for wrong in [
        "scan --staged --stdin",
        "scan --json --sarif",
        "scan --staged tree",
        "scan --install-hook --json",
        "scan - tree",
    ] {
        world.byok(wrong).stderr_holds(&[]).code(2).check();
    }
    if tool(&["bash"]).is_some() {
        let keys: String = (0..20_000).map(|seed| groq(seed) + "\n").collect();
        let run = world.byok("scan --stdin").stdin(keys);
        let output = run
            .through(["bash", "-c", "\"$@\" | head -1; exit ${PIPESTATUS[0]}", "--"])
            .stdout_holds(&["-:1:1: a key of groq"])
            .code(141)
            .check();
        assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 1);
    }
}

#[test]
fn a_key_in_a_files_name_is_not_shown_with_it() {
    let key = groq(1);
    let world = world(&[(&format!("{key}/a"), &format!("k = '{key}'\n"))]);
    for (arguments, path) in [("scan", "…/a"), ("scan --json", "…/a"), ("scan --sarif", "%E2%80%A6/a")] {
        let output =
            world.byok(arguments).within("tree").stdout_holds(&[path]).stderr_holds(&["1 key"]).code(1).check();
        silent_about(&output, &key[4..]);
    }
    for verb in ["scan", "redact"] {
        let output = world.byok(verb).arg(&key).output();
        assert_ne!(output.status.code(), Some(0));
        silent_about(&output, &key[4..]);
    }
}

#[test]
fn a_folder_that_is_gone_is_no_folder_without_keys() {
    let world = world(&[]);
    std::fs::create_dir(world.path("gone")).unwrap();
    let script = "rmdir ../gone && exec \"$@\"";
    world
        .byok("scan")
        .within("gone")
        .through(["sh", "-c", script, "--"])
        .stderr_holds(&["working folder"])
        .code(1)
        .check();
}
