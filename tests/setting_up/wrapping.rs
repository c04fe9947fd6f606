//! The function that starts a tool through byok, in the real shells.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use super::{program, setup, text, world};
use crate::samples::OPENAI;
use crate::tools::{NUSHELL, tool};
use crate::world::World;

/// A tool that tells what it was given.
fn llm(world: &World) {
    let path = world.file("bin/llm", "#!/bin/sh\nprintf '%s|' \"$OPENAI_API_KEY\" \"$@\"\n");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn the_wrapper_hands_the_key_and_every_argument_on() {
    for (shell, names, file, options) in [
        ("bash", vec!["bash"], ".bashrc", vec!["-i", "-c"]),
        ("zsh", vec!["zsh"], ".zshrc", vec!["-i", "-c"]),
        ("fish", vec!["fish"], ".config/fish/config.fish", vec!["-i", "-c"]),
        ("nu", vec![NUSHELL], ".config/nushell/config.nu", vec![]),
    ] {
        let Some(path) = tool(&names) else { continue };
        let world = world();
        llm(&world);
        let user = world.path("user");
        let old = if shell == "nu" { "# mine\n" } else { "alias llm=false\n" };
        let old = if shell == "fish" { "# mine\n" } else { old };
        let start_up = world.file(&format!("user/{file}"), old);
        setup(&world, &format!("llm openai --shell {shell} --yes"))
            .stderr_holds(&["it takes effect in every new"])
            .check();
        let mut command = Command::new(&path);
        let line = if shell == "nu" { "llm a 'b c' --flag '*'" } else { "\\llm a 'b c' --flag '*'" };
        let line = if shell == "fish" { "llm a 'b c' --flag '*'" } else { line };
        if shell == "nu" {
            command.arg("--config").arg(&start_up).args(["-c", line]);
        } else {
            command.args(&options).arg(line);
        }
        let byok = world.command();
        command.env_clear().current_dir(world.root());
        command.envs(byok.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.env("HOME", &user).env("PATH", format!("{}:/usr/bin:/bin", world.path("bin").display()));
        command.env("TERM", "dumb").stdin(std::process::Stdio::null());
        let output = command.output().unwrap();
        let out = String::from_utf8_lossy(&output.stdout);
        assert_eq!(out, format!("{OPENAI}|a|b c|--flag|*|"), "{shell}: {}", String::from_utf8_lossy(&output.stderr));
        setup(&world, &format!("llm --shell {shell} --undo --yes")).go();
        assert_eq!(text(&start_up), old, "{shell}");
    }
}

#[test]
fn a_shell_that_is_not_known_is_asked_for() {
    let world = world();
    let run = setup(&world, "llm").env("SHELL", "/bin/tcsh").code(2);
    run.stderr_holds(&["is wrapped by a shell's function", "`byok setup llm --shell bash`", "`byok run -- llm`"])
        .check();
    setup(&world, "llm --yes -p default").go();
    let line = format!("function llm {{ {} -p default run --for llm -- llm \"$@\"; }}\n", program(&world));
    assert!(text(&world.path("user/.bashrc")).contains(&line));
}
