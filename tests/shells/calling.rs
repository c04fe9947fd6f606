//! Which shell `byok env` prints for where nobody says so: the real shells start the real binary. Case S16.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use super::dialects::OTHERS;
use super::shell::Shell;
use crate::tools::tool;
use crate::world::World;

const KEY: &str = "a-key of two words; and $more";

/// A world with one key, whose `bin` holds byok.
fn world() -> World {
    let world = World::new().with_keys(&[("openai", KEY)]);
    std::fs::create_dir(world.path("bin")).unwrap();
    symlink(world.command().get_program(), world.path("bin/byok")).unwrap();
    world
}

/// A program in this world, which finds `byok` and whose `SHELL` is `shell`.
fn command(world: &World, program: &Path, shell: &str) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("BYOK_HOME", world.home()).env("HOME", world.root()).current_dir(world.root());
    command.env("PATH", format!("{}:/usr/bin:/bin", world.path("bin").display()));
    if !shell.is_empty() {
        command.env("SHELL", shell);
    }
    command
}

#[track_caller]
fn check(mut command: Command, expected: &str) {
    let output = command.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected, "{command:?}: {stderr}");
    assert!(stderr.is_empty(), "{command:?}: {stderr}");
}

#[test]
fn what_the_manual_says_works_in_every_shell_also_without_naming_it() {
    let world = world();
    for shell in Shell::all(super::SHELLS).chain(Shell::all(OTHERS)) {
        let load = shell.dialect().load();
        let flag = format!(" --shell {}", shell.dialect().name());
        for load in [load.to_owned(), load.replace(&flag, ""), load.replace("byok env", "byok env --quoted")] {
            // SHELL says otherwise, and is not asked.
            let mut command = command(&world, shell.program(), "/usr/bin/tcsh");
            command.args(shell.options()).arg("-c").arg(format!("{load}; printenv OPENAI_API_KEY"));
            check(command, &format!("{KEY}\n"));
        }
    }
}

#[test]
fn a_failure_sets_nothing_and_is_told() {
    let world = world();
    for shell in Shell::all(OTHERS) {
        let load = shell.dialect().load().replace("byok env", "byok env nothing");
        let mut command = command(&world, shell.program(), "");
        let run = command.args(shell.options()).arg("-c").arg(format!("{load}; printenv OPENAI_API_KEY"));
        let run = run.output().unwrap();
        assert!(run.stdout.is_empty(), "{shell:?}: {run:?}");
        assert!(String::from_utf8_lossy(&run.stderr).contains("no provider or key"), "{shell:?}: {run:?}");
    }
}

#[test]
fn what_this_shell_cannot_be_told_keeps_everything_from_being_printed() {
    let world = World::new().with_keys(&[("openai", KEY), ("mistral", "one\nand two")]);
    let says = "the value of `MISTRAL_API_KEY` cannot be set in this shell: tcsh loses a line break";
    let hint = "leave it out: `eval \"`byok env --except mistral --shell tcsh`\"`";
    for flags in ["--shell tcsh", "--shell csh --quoted"] {
        world.byok(&format!("env {flags}")).stderr_holds(&[says, hint]).code(4).check();
    }
    world.byok("env --shell tcsh --except mistral").stdout(format!("setenv OPENAI_API_KEY '{KEY}';\n")).check();
    world.byok("env --shell cmd").stderr_holds(&["cannot be set in this shell: cmd has no way"]).code(4).check();
    // Nushell takes it, line break and all.
    let json = "{\"OPENAI_API_KEY\":\"a-key\\u0020of\\u0020two\\u0020words\\u003b\\u0020and\\u0020\\u0024more\",\n\
                \"MISTRAL_API_KEY\":\"one\\u000aand\\u0020two\"}\n";
    world.byok("env --shell nu").stdout(json).check();
    world.byok("env --shell nu --unset").stdout("{\"OPENAI_API_KEY\":null,\n\"MISTRAL_API_KEY\":null}\n").check();
}

/// What a program that is no shell gets: what `SHELL` says, or POSIX.
#[test]
fn another_program_gets_what_the_login_shell_is() {
    let world = world();
    let Some(env) = tool(&["env"]) else { return };
    let Some(python) = tool(&["/usr/bin/python3", "python3"]) else { return };
    let posix = format!("export OPENAI_API_KEY='{KEY}';\n");
    let fish = format!("set -gx OPENAI_API_KEY '{KEY}';\n");
    for (shell, expected) in [("", &posix), ("/bin/zsh", &posix), ("/usr/bin/fish", &fish), ("/opt/odd", &posix)] {
        // env takes its own place, so that the parent is this test.
        let mut through = command(&world, &env, shell);
        through.args(["byok", "env"]);
        check(through, expected);
        let mut started = command(&world, &python, shell);
        started.args(["-c", "import subprocess; subprocess.run(['byok', 'env'])"]);
        check(started, expected);
    }
}

/// A script is called like its file, but run by its interpreter.
#[test]
fn a_script_gets_its_interpreters_language() {
    let world = world();
    for shell in Shell::all(&["bash", "dash", "fish"]) {
        let text = format!("#!{}\nbyok env\ntrue\n", shell.program().display());
        // Not even the name of another shell deceives.
        for name in ["deploy", "nu"] {
            let script = world.file(name, &text);
            std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
            let start = if shell.is_fish() { "set -gx OPENAI_API_KEY" } else { "export OPENAI_API_KEY=" };
            let output = command(&world, &script, "/usr/bin/elvish").output().unwrap();
            let text = String::from_utf8_lossy(&output.stdout);
            assert!(text.starts_with(start), "{shell:?} {name}: {text}");
        }
    }
}

#[test]
fn a_shell_within_a_shell_is_the_one_that_asks() {
    let world = world();
    let (Some(fish), Some(_)) = (Shell::find("fish", &[]), tool(&["sh"])) else { return };
    for inner in ["sh -c 'byok env; true'", "sh -c 'byok env | cat'", "sh -c 'echo \"$(byok env)\"'"] {
        let mut command = command(&world, fish.program(), "/usr/bin/fish");
        command.args(["--no-config", "-c", inner]);
        check(command, &format!("export OPENAI_API_KEY='{KEY}';\n"));
    }
}
