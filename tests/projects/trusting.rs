//! Who agrees to a project, to what exactly, and how it is remembered.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::{ASKS, home, project, trusted, untrusted};
use crate::terminal::{Terminal, have_tools};
use crate::world::World;

#[test]
fn what_nobody_agreed_to_changes_nothing_and_says_so_once() {
    let world = home();
    let path = project(&world, "app", ASKS);
    world.byok("get openai").within("app").stdout("sk-home-1").stderr(untrusted(&path)).check();
    world.byok("get openai").within("app").stdout("sk-home-1").check();
    world.byok("has openai").within("app").check();
    // Another content is news again.
    fs::write(&path, "requires = [\"groq\"]\n").unwrap();
    world.byok("run -- true").within("app").stderr(untrusted(&path)).check();
    world.byok("run -- true").within("app").check();
}

#[test]
fn one_changed_byte_or_another_place_is_not_what_was_agreed_to() {
    // J04, J05
    let world = home();
    let path = trusted(&world, "app", ASKS);
    world.byok("get openai").within("app").stdout("sk-work-2").check();
    fs::write(&path, format!("{ASKS} ")).unwrap();
    world.byok("get openai").within("app").stdout("sk-home-1").stderr(untrusted(&path)).check();
    fs::write(&path, ASKS).unwrap();
    world.byok("get openai").within("app").stdout("sk-work-2").check();
    let copy = project(&world, "copy", ASKS);
    world.byok("get openai").within("copy").stdout("sk-home-1").stderr(untrusted(&copy)).check();
    // Moved, it is another path; moved back, it is the same again.
    fs::rename(world.path("app"), world.path("moved")).unwrap();
    world
        .byok("get openai")
        .within("moved")
        .stdout("sk-home-1")
        .stderr(untrusted(&world.path("moved/.byok.toml")))
        .check();
    fs::rename(world.path("moved"), world.path("app")).unwrap();
    world.byok("get openai").within("app").stdout("sk-work-2").check();
}

#[test]
fn without_a_terminal_only_a_flag_agrees_and_ci_stops_where_nobody_did() {
    // J07
    let world = home();
    let path = project(&world, "app", ASKS);
    let start = Instant::now();
    let asks = format!("`{}` asks for\n  key      openai:work\n  key      anthropic\n", path.display());
    let refused = format!(
        "{asks}byok: error: it is not trusted, and nobody is here to ask\nbyok: hint: agree to it: `byok trust --yes`\n"
    );
    world.byok("trust").within("app").code(4).stderr(refused).check();
    let not = format!("byok: error: `{}` is not trusted\n", path.display());
    for verb in ["run -- true", "env", "get openai", "has openai"] {
        let hints = "byok: hint: agree to what it asks for: `byok trust --yes`\nbyok: hint: or go without: `export BYOK_NO_PROJECT=1`\n";
        world.byok(verb).within("app").env("CI", "true").code(4).stderr(format!("{not}{hints}")).check();
    }
    let check = "byok: hint: agree to what it asks for: `byok trust --yes`\n";
    world.byok("check").within("app").env("CI", "true").code(4).stderr(format!("{not}{check}")).check();
    assert!(start.elapsed() < Duration::from_secs(10), "nothing waits for an answer");
    world.byok("get openai").within("app").env("CI", "true").env("BYOK_NO_PROJECT", "1").stdout("sk-home-1").check();
    let done = format!("{asks}trusted `{}`, until it changes\n", path.display());
    world.byok("trust --yes").within("app").env("CI", "true").stderr(done).check();
    world.byok("run -- true").within("app").env("CI", "true").check();
    world.byok("trust").within("app").stderr(format!("`{}` is trusted already\n", path.display())).check();
}

#[test]
fn at_a_terminal_no_is_the_answer_unless_somebody_says_yes() {
    // J11
    if !have_tools() {
        return;
    }
    let world = home();
    let path = project(&world, "app", ASKS);
    let path = path.to_str().unwrap();
    for (answer, code) in [("\r", 4), ("n\r", 4), ("x\r", 4), ("y\r", 0)] {
        let mut terminal = Terminal::new(&world, &["trust", path], &[], 120);
        terminal.until("openai:work").until("trust it? [y/N]").type_in(answer);
        terminal.ends(code, &[if code == 0 { "until it changes" } else { "nothing was changed" }]);
    }
    world.byok("get openai").within("app").stdout("sk-work-2").check();
}

#[test]
fn what_is_new_is_marked() {
    let world = home();
    let path = trusted(&world, "app", "profile = \"default\"\nrequires = [\"openai:work\"]\n");
    fs::write(&path, "requires = [\"openai:work\", \"groq\"]\nany = [[\"mistral\", \"anthropic\"]]\n").unwrap();
    let shown = path.display();
    world
        .byok("trust --yes")
        .arg("app")
        .stderr(format!(
            "`{shown}` has changed, and asks for\n  key      openai:work\n  key      groq  (new)\n  one of   mistral, anthropic  (new)\n  profile  default  (no more)\ntrusted `{shown}`, until it changes\n"
        ))
        .check();
}

#[test]
fn nothing_in_a_file_or_a_path_steers_the_terminal_that_shows_it() {
    // J11
    let world = home();
    for bad in ["\u{1b}[2J", "\u{202e}", "оpenai", "a\\u001b[31m", &"x".repeat(5000)] {
        project(&world, "app", &format!("requires = [\"{bad}\"]\n"));
        let output = world.byok("trust --yes").within("app").code(1).stderr_holds(&["cannot read", "(line 1)"]).check();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.len() < 400 && !said.contains(['\u{1b}', '\u{202e}', 'о']), "{said:?}");
        project(&world, "app", &format!("\"{bad}\" = 1\n"));
        let said = String::from_utf8(world.byok("trust --yes").within("app").output().stderr).unwrap();
        assert!(!said.contains(['\u{1b}', '\u{202e}']), "{said:?}");
    }
    project(&world, "e\u{1b}[2Jvil\u{202e}", ASKS);
    let output = world.byok("trust --yes").within("e\u{1b}[2Jvil\u{202e}").go();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("openai:work") && !said.contains(['\u{1b}', '\u{202e}']), "{said:?}");
    let list = world.byok("trust --list").go();
    let listed = String::from_utf8(list.stdout).unwrap();
    assert!(!listed.contains(['\u{1b}', '\u{202e}']), "{listed:?}");
}

#[test]
fn the_record_is_private_and_twenty_at_once_lose_nothing() {
    // J13
    let world = home();
    let start = |folder: String| {
        project(&world, &folder, ASKS);
        let mut command = world.command();
        command.args(["trust", "--yes"]).arg(world.path(&folder));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let all: Vec<_> = (0..20).map(|at| start(format!("app{at}"))).collect();
    for one in all {
        let output = one.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let listed = world.byok("trust --list --json").stdout_holds(&["\"version\": 1"]).check();
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    let projects = listed["projects"].as_array().unwrap();
    assert_eq!(projects.len(), 20);
    assert!(projects.iter().all(|one| one["state"] == "trusted"), "{listed}");
    let folder = world.home().join("trust");
    assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    for entry in fs::read_dir(&folder).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{entry:?}");
        assert!(!entry.file_name().to_string_lossy().ends_with(".tmp"), "{entry:?}");
    }
    // A record that others can write to is no agreement.
    for entry in fs::read_dir(&folder).unwrap() {
        fs::set_permissions(entry.unwrap().path(), fs::Permissions::from_mode(0o666)).unwrap();
    }
    world.byok("get openai").within("app3").code(4).stderr_holds(&["open to other users", "chmod 600"]).check();
}

#[test]
fn trust_is_listed_and_taken_back() {
    let world = home();
    world.byok("trust --list").stderr("no project is trusted\n").check();
    let app = trusted(&world, "app", ASKS);
    let other = trusted(&world, "other", "");
    let gone = trusted(&world, "gone", "");
    fs::write(&other, "\n").unwrap();
    fs::remove_dir_all(world.path("gone")).unwrap();
    let output = world.byok("trust --list").go();
    let list = String::from_utf8(output.stdout).unwrap();
    let states: Vec<(&str, &str)> = list
        .lines()
        .skip(1)
        .map(|line| line.split_once("  ").unwrap())
        .map(|(path, rest)| (path, rest.trim()))
        .collect();
    for (path, state) in [(&app, "trusted"), (&other, "changed since"), (&gone, "not there")] {
        let found = states.iter().any(|(shown, rest)| *shown == path.to_str().unwrap() && rest.starts_with(state));
        assert!(found, "{path:?} {state}: {list}");
    }
    world.byok("untrust").within("app").stderr(format!("`{}` is trusted no more\n", app.display())).check();
    world.byok("untrust app").stderr(format!("`{}` was not trusted\n", app.display())).check();
    world.byok("untrust gone/.byok.toml").stderr(format!("`{}` is trusted no more\n", gone.display())).check();
    world.byok("get openai").within("app").stdout("sk-home-1").stderr(untrusted(&app)).check();
    world
        .byok("untrust elsewhere.toml")
        .code(2)
        .stderr("byok: error: a project's file is called `.byok.toml`\n")
        .check();
}

#[test]
fn where_there_is_no_project_it_is_said() {
    let world = World::new();
    for verb in ["trust", "untrust", "check"] {
        world
            .byok(verb)
            .code(1)
            .stderr("byok: error: there is no `.byok.toml` in this folder, nor above it in its repository\nbyok: hint: make one: `echo 'requires = [\"openai\"]' > .byok.toml`\n")
            .check();
    }
}
