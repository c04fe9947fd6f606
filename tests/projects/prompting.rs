//! The hook at a real prompt, on a pseudo-terminal: loaded twice, beside another hook, and with a locked identity.

use std::fs;
use std::path::Path;
use std::process::Command;

use rexpect::session::{PtySession, spawn_command};

use super::{ASKS, home, project, trusted};
use crate::tools::tool;
use crate::world::World;

/// A shell at a terminal; `None` where it is not installed.
fn at_a_prompt(world: &World, shell: &str, more: &str) -> Option<PtySession> {
    let program = tool(&[shell])?;
    let byok = env!("CARGO_BIN_EXE_byok");
    let load = match shell {
        "fish" => format!("{byok} hook fish | source\n"),
        _ => format!("eval \"$({byok} hook {shell})\"\n"),
    };
    let start = world.file(&format!("{shell}/.{shell}rc"), format!("{more}\n{load}{load}"));
    let mut command = Command::new(program);
    match shell {
        "bash" => drop(command.arg("--rcfile").arg(&start).arg("-i")),
        "zsh" => drop(command.env("ZDOTDIR", start.parent().unwrap()).args(["-i", "-d"])),
        _ => drop(command.args(["--no-config", "-i", "-C"]).arg(format!("source {}", start.display()))),
    }
    let zdotdir = start.parent().map(Path::to_owned).unwrap();
    let base = world.command();
    command.env_clear().current_dir(world.root()).env("TERM", "dumb").env("HOME", world.path("me"));
    command.env("ZDOTDIR", zdotdir).env("B", byok);
    command.envs(base.get_envs().filter_map(|(name, value)| Some((name, value?))));
    Some(spawn_command(command, Some(20_000)).unwrap())
}

/// Types a line, and waits for what it prints.
#[track_caller]
fn types(session: &mut PtySession, line: &str, prints: &str) {
    session.send_line(line).unwrap();
    if let Err(error) = session.exp_string(prints) {
        panic!("{line:?} did not print {prints:?}: {error}");
    }
}

const SHOWN: &str = "echo \"<$OPENAI_API_KEY><$ANTHROPIC_API_KEY>\"";

#[test]
fn keys_come_and_go_with_the_folder_at_a_prompt() {
    for (shell, more) in [
        ("bash", "PROMPT_COMMAND='seen=1'; OPENAI_API_KEY=before"),
        ("bash", "PROMPT_COMMAND=('seen=1'); OPENAI_API_KEY=before; ANTHROPIC_API_KEY=; set -u"),
        ("zsh", "precmd() { seen=1 }; OPENAI_API_KEY=before"),
        ("fish", "function other --on-event fish_prompt; set -g seen 1; end; set -g OPENAI_API_KEY before"),
    ] {
        let world = home();
        fs::create_dir_all(world.path("me")).unwrap();
        trusted(&world, "app", ASKS);
        project(&world, "strange", ASKS);
        let Some(mut session) = at_a_prompt(&world, shell, more) else { continue };
        types(&mut session, SHOWN, "<before><>");
        types(&mut session, "cd app", "byok: app: openai:work, anthropic");
        types(&mut session, SHOWN, "<sk-work-2><ant-3>");
        let status = if shell == "fish" { "echo \"st=$status seen=$seen\"" } else { "echo \"st=$? seen=$seen\"" };
        session.send_line("sh -c 'exit 7'").unwrap();
        types(&mut session, status, "st=7 seen=1");
        types(&mut session, "cd ..", "");
        types(&mut session, SHOWN, "<before><>");
        types(&mut session, "cd strange", "is not trusted");
        types(&mut session, SHOWN, "<before><>");
        types(&mut session, "$B trust --yes 2>/dev/null", "");
        types(&mut session, SHOWN, "<sk-work-2><ant-3>");
        types(&mut session, "cd ../app", "byok: app:");
        types(&mut session, "exit", "exit");
    }
}

#[test]
fn a_locked_identity_is_told_of_once_and_nobody_is_asked() {
    let world = World::new();
    let pass = world.file("pass", "correct horse battery staple\n");
    fs::set_permissions(&pass, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let open = |line: &str| world.byok(line).env("BYOK_PASSPHRASE_FILE", &pass);
    open("init --identity passphrase").go();
    open("add openai --stdin --as-is").stdin("sk-1").go();
    fs::create_dir_all(world.path("me")).unwrap();
    trusted(&world, "app", "requires = [\"openai\"]\n");
    world.byok("lock").go();
    let locked = "byok: error: the keys of this project are locked\nbyok: hint: open them: `byok unlock`\n";
    let ask = || world.byok("--no-input hook-env bash").within("app");
    ask().code(4).stdout_holds(&["__byok_watch=("]).stderr(locked).check();
    if let Some(mut session) = at_a_prompt(&world, "bash", "") {
        types(&mut session, "cd app", "are locked");
        types(&mut session, "echo again=\"<$OPENAI_API_KEY>\"", "again=<>");
        let unlock = format!("BYOK_PASSPHRASE_FILE={} $B unlock --for 30s; echo un=\"locked\"", pass.display());
        session.send_line(&unlock).unwrap();
        let before = session.exp_string("un=locked").unwrap();
        assert!(!before.contains("the keys of this project"), "{before:?}");
        let holds = before.contains("open for");
        types(&mut session, "echo now=\"<$OPENAI_API_KEY>\"", if holds { "now=<sk-1>" } else { "now=<>" });
    }
    world.byok("lock").go();
}
