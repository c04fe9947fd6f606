//! Paper and stock age alone: no byok is left.

use std::fs;
use std::process::Command;

use super::home;
use crate::samples::{GROQ, OPENAI, OPENAI_2};
use crate::terminal::{Terminal, have_tools};
use crate::tools::tool;

/// The secrets in a text of byok's, as a person with an editor finds them.
fn secrets(text: &str) -> Vec<String> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("secret = "));
    lines.map(|line| line.trim_matches(['"', '\'']).to_owned()).collect()
}

#[test]
fn the_sheet_and_stock_age_give_every_key_back() {
    if !have_tools() {
        return;
    }
    let world = home();
    let Some(age) = tool(&["age"]) else { return };
    world.byok("backup home.age").go();
    // What is printed is what somebody types off: the screen's text, and nothing of the home but sealed files.
    let screen = Terminal::new(&world, &["identity", "backup"], &[], 200).ends(0, &["AGE-SECRET-KEY-1"]);
    let line = screen.lines().find(|line| line.starts_with("AGE-SECRET-KEY-1")).unwrap();
    let typed = format!("{}\n", line.trim());
    let paper = world.file("paper.txt", &typed);
    for name in ["default.age", "work.age"] {
        fs::copy(world.home().join("profiles").join(name), world.path(name)).unwrap();
    }
    fs::remove_dir_all(world.home()).unwrap();
    let opened = |file: &str| {
        let output = Command::new(&age).arg("-d").arg("-i").arg(&paper).arg(world.path(file)).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        secrets(&String::from_utf8(output.stdout).unwrap())
    };
    assert_eq!(opened("default.age"), [OPENAI, OPENAI_2]);
    assert_eq!(opened("work.age"), [GROQ]);
    assert_eq!(opened("home.age"), [OPENAI, OPENAI_2, GROQ]);
    // And byok itself, from the same paper.
    world.byok("identity restore paper.txt").go();
    world.byok("restore home.age --yes").go();
    world.byok("get openai").stdout(OPENAI_2).check();
}
