//! `byok get` as another tool's helper: silent, without a line break, and never in the way.

use std::process::Command;

use super::world;
use crate::samples::ANTHROPIC;
use crate::terminal::{Terminal, have_tools};
use crate::world::World;

#[test]
fn a_helper_prints_the_key_and_nothing_else() {
    let world = world();
    world.byok("get anthropic").stdout(ANTHROPIC).check();
    // As Claude Code and Codex start it: no input, and both outputs in pipes.
    let line = "cd gone && rmdir ../gone && exec \"$@\" </dev/null";
    std::fs::create_dir(world.path("gone")).unwrap();
    world.byok("get anthropic").through(["sh", "-c", line, "sh"]).stdout(ANTHROPIC).check();
    world.byok("get anthropic").without("HOME").without("PATH").stdout(ANTHROPIC).check();
    let lines = "two\nlines\n";
    world.byok("add many --stdin --as-is").stdin(lines).go();
    world.byok("get many").stdout(lines).check();
    world.byok("get gone").code(3).stderr_holds(&["no provider or key is called `gone`"]).check();
}

#[test]
fn an_untrusted_project_does_not_keep_the_key_back() {
    let world = world();
    world.file("app/.byok.toml", "profile = \"evil\"\n");
    world.byok("get anthropic").within("app").stdout(ANTHROPIC).stderr_holds(&["is not trusted"]).check();
    world.byok("get anthropic").within("app").stdout(ANTHROPIC).check();
}

/// A tool draws on the terminal that the helper would ask on.
#[test]
fn a_helper_never_asks_on_its_tools_terminal() {
    if !have_tools() {
        return;
    }
    let world = World::new();
    let pass = world.file("pass", "correct horse battery staple\n");
    Command::new("chmod").arg("600").arg(&pass).status().unwrap();
    world.byok("init --identity passphrase").env("BYOK_PASSPHRASE_FILE", &pass).go();
    world.byok("add anthropic --stdin --as-is").stdin(ANTHROPIC).env("BYOK_PASSPHRASE_FILE", &pass).go();
    world.byok("lock").go();
    let line = "\"$@\" </dev/tty >out 2>err; code=$?; cat err; echo \"out=$(wc -c <out);\"; (exit $code)";
    let terminal = Terminal::led(&world, line, &["get", "anthropic"], &[], 120);
    terminal.ends(4, &["the identity is locked", "`byok unlock`", "out=0;"]);
    // With one of its outputs on the terminal, a person is there.
    let mut terminal = Terminal::led(&world, "\"$@\" >out", &["get", "anthropic"], &[], 120);
    terminal.until("passphrase").until_it_listens().type_in("correct horse battery staple\r");
    terminal.ends(0, &[]);
    assert_eq!(std::fs::read_to_string(world.path("out")).unwrap(), ANTHROPIC);
    world.byok("lock").go();
}
