//! What `byok env` prints, evaluated by the shells that people have.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use crate::tools::tool;
use crate::world::World;

const KEY: &str = "sk-test_0123456789.abc/DEF:g@h%i+j,k=l-";

/// The shells that are here; a missing one is a visible skip.
fn shells() -> Vec<PathBuf> {
    [["bash"], ["dash"], ["zsh"], ["fish"]].iter().filter_map(|names| tool(names)).collect()
}

fn is_fish(shell: &std::path::Path) -> bool {
    shell.ends_with("fish")
}

/// Runs a script in a shell where `byok` is the program of this world. No start-up file of this machine is read.
fn script(world: &World, shell: &std::path::Path, script: &str, environment: &[(&str, &str)]) -> Output {
    let byok = world.command();
    let folder = world.path("bin");
    if !folder.exists() {
        std::fs::create_dir(&folder).unwrap();
        std::os::unix::fs::symlink(byok.get_program(), folder.join("byok")).unwrap();
    }
    let mut command = Command::new(shell);
    match shell.file_name().unwrap().to_str().unwrap() {
        "bash" => command.args(["--norc", "--noprofile"]),
        "zsh" => command.arg("-f"),
        "fish" => command.arg("--no-config"),
        _ => &mut command,
    };
    command.arg("-c").arg(script).env_clear().current_dir(world.root()).env("HOME", world.root());
    command.env("BYOK_HOME", world.home()).env("PATH", format!("{}:/usr/bin:/bin", folder.display()));
    command.envs(environment.iter().copied()).stdin(Stdio::null()).output().unwrap()
}

#[track_caller]
fn check(world: &World, shell: &std::path::Path, code: &str, environment: &[(&str, &str)], expected: &str) {
    let output = script(world, shell, code, environment);
    let all = format!("{} {code}: {}", shell.display(), String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected, "{all}");
    assert!(output.stderr.is_empty() && output.status.success(), "{all}");
}

/// Both ways in which people write it. fish joins the lines of a quoted substitution only from 3.4 on, and its unquoted
/// one gives a word a line, which `eval` joins by blanks.
const WAYS: [&str; 2] = ["eval \"$(byok env)\"", "eval $(byok env)"];

#[test]
fn every_shell_takes_the_keys_quoted_and_unquoted() {
    let world = World::new().with_keys(&[("openai", KEY), ("mistral", "two words; and $HOME `id` \"x\"! & > y")]);
    for shell in shells() {
        for way in WAYS {
            for flag in ["", " --shell bash", " --shell fish"] {
                if flag.ends_with("fish") != is_fish(&shell) && !flag.is_empty() {
                    continue;
                }
                let code =
                    format!("{}; printenv OPENAI_API_KEY MISTRAL_API_KEY", way.replace("env)", &format!("env{flag})")));
                check(&world, &shell, &code, &[], &format!("{KEY}\ntwo words; and $HOME `id` \"x\"! & > y\n"));
            }
        }
    }
}

#[test]
fn hostile_values_run_nothing_and_arrive_unchanged_between_quotes() {
    for value in [
        "\\'; touch PWN; #",
        "'; touch PWN; '",
        "$(touch PWN)",
        "`touch PWN`",
        "a\n touch PWN\nb",
        "a  b\tc",
        "*",
        "~",
        "#x",
        "{a,b}",
        "é’‘“”",
        "a\\",
        "'",
        "\"",
        "\\n",
        "!!",
        "$$test",
        "a\r\nb",
        "\u{1b}[31m",
        "-n",
        "%self",
        "=ls",
        "a?[b]",
        "(touch PWN)",
        "\\'$(touch PWN)\\'",
    ] {
        let world = World::new().with_keys(&[("openai", value)]);
        for shell in shells() {
            let code = "eval \"$(byok env --quoted)\"; printenv OPENAI_API_KEY";
            check(&world, &shell, code, &[], &format!("{value}\n"));
            // Without the quotes the value arrives unchanged or not at all.
            for way in WAYS {
                let code = format!("{way}; printenv OPENAI_API_KEY; true");
                let output = script(&world, &shell, &code, &[]);
                let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
                assert!(
                    stdout.is_empty() || stdout == format!("{value}\n"),
                    "{} {way} {value:?}: {stdout:?}",
                    shell.display()
                );
            }
            assert!(!world.path("PWN").exists(), "{} ran {value:?}", shell.display());
        }
    }
}

#[test]
fn a_value_that_does_not_survive_splitting_keeps_everything_from_being_printed() {
    let world = World::new().with_keys(&[("openai", KEY), ("mistral", "two  blanks and a * in it")]);
    let says = "the value of `MISTRAL_API_KEY` would not survive `eval $(byok env)` without quotes";
    let refused =
        world.byok("env").stderr_holds(&[says, "byok env --quoted", "byok env --except mistral"]).code(4).check();
    assert!(!String::from_utf8_lossy(&refused.stderr).contains("two  blanks"));
    world.byok("env --except mistral").stdout_holds(&["export OPENAI_API_KEY="]).check();
    world.byok("env --quoted").stdout_holds(&["export MISTRAL_API_KEY='two  blanks and a * in it';\n"]).check();
    // fish splits at line breaks only, and is told in its own language.
    for shell in shells().iter().filter(|shell| !is_fish(shell)) {
        let output = script(&world, shell, "eval $(byok env); printenv OPENAI_API_KEY MISTRAL_API_KEY; true", &[]);
        assert!(output.stdout.is_empty(), "{}: {output:?}", shell.display());
    }
}

#[test]
fn standard_output_holds_statements_and_nothing_else() {
    let world = World::new().with_keys(&[("openai", KEY), ("mistral", "a-mistral-key-of-some-length")]);
    world.byok("add xai --stdin --as-is --expires 2020-01-01").stdin("an-expired-key-of-some-length").go();
    let run = world.byok("env").env("OPENAI_BASE_URL", "https://evil.example");
    let output =
        run.stdout_holds(&["unset OPENAI_BASE_URL;\n"]).stderr_holds(&["`xai` is left out", "OPENAI_BASE_URL"]).check();
    let text = String::from_utf8(output.stdout).unwrap();
    for line in text.lines() {
        assert!(line.ends_with(';') && (line.starts_with("export ") || line.starts_with("unset ")), "{line}");
    }
    for shell in shells().iter().filter(|shell| !is_fish(shell)) {
        let file = world.file("code", &text);
        let output = Command::new(shell).arg("-n").arg(file).output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    }
}

#[test]
fn a_failure_prints_nothing_and_exports_nothing() {
    let world = World::new().with_keys(&[("openai", KEY), ("mistral", "a-mistral-key-of-some-length")]);
    let failing = [
        "env -p nothing",
        "env openai nothing",
        "env --shell nothing",
        "env --bogus",
        "env openai:nothing",
        "env --except é",
    ];
    for arguments in failing {
        let output = world.byok(arguments).output();
        assert!(!output.status.success() && output.stdout.is_empty() && !output.stderr.is_empty(), "{arguments}");
        for shell in shells() {
            let code =
                format!("eval \"$(byok {arguments} 2>/dev/null)\"; printenv OPENAI_API_KEY MISTRAL_API_KEY; true");
            check(&world, &shell, &code, &[], "");
        }
    }
    let (sealed, aside) = (world.home().join("identity.txt"), world.path("aside"));
    std::fs::rename(&sealed, &aside).unwrap();
    world.byok("env").stderr_holds(&["there is no identity"]).code(4).check();
    std::fs::rename(&aside, &sealed).unwrap();
    let mut bytes = std::fs::read(world.sealed()).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(world.sealed(), bytes).unwrap();
    world.byok("env").stderr_holds(&["byok: error: "]).code(4).check();
    // The way to notice it in a script, since `eval ""` succeeds.
    for shell in shells().iter().filter(|shell| !is_fish(shell)) {
        check(&world, shell, "keys=$(byok env 2>/dev/null) && eval \"$keys\" || echo \"failed $?\"", &[], "failed 4\n");
    }
}

#[test]
fn a_change_of_profile_unsets_what_the_old_one_set_and_nothing_else() {
    let world = World::new();
    let add = |rest: &str, key: &str| world.byok(&format!("{rest} --stdin --as-is")).stdin(key).go();
    let endpoint = "--endpoint https://gateway.example/v1 --field organisation=acme";
    add(&format!("-p work add openai {endpoint}"), "the-key-of-work-and-longer");
    add("-p work add mistral", "mistral-of-work-and-longer");
    add("-p personal add openai", "the-key-of-personal-and-longer");
    let names = "OPENAI_API_KEY OPENAI_BASE_URL OPENAI_ORG_ID MISTRAL_API_KEY GROQ_API_KEY OPENAI_PROJECT_ID";
    let system = [("GROQ_API_KEY", "of-the-system"), ("OPENAI_PROJECT_ID", "mine")];
    for shell in shells() {
        let show = if is_fish(&shell) {
            format!("for name in {names}; printenv $name; or echo unset; end;")
        } else {
            format!("for name in {names}; do printenv $name || echo unset; done;")
        };
        let code = format!("eval $(byok env -p work); {show}");
        let work = "the-key-of-work-and-longer\nhttps://gateway.example/v1\nacme\nmistral-of-work-and-longer\nof-the-system\nmine\n";
        check(&world, &shell, &code, &system, work);
        // fish knows no `unset`, and so wants its own dialect where something is to go.
        let dialect = if is_fish(&shell) { "--shell fish" } else { "" };
        let code = format!("eval $(byok env -p work); eval $(byok env -p personal {dialect}); {show}");
        let personal = "the-key-of-personal-and-longer\nunset\nunset\nunset\nof-the-system\nmine\n";
        check(&world, &shell, &code, &system, personal);
        // A value that is no longer what byok set is somebody else's by now.
        let set = if is_fish(&shell) { "set -gx MISTRAL_API_KEY mine" } else { "export MISTRAL_API_KEY=mine" };
        let code = format!(
            "eval $(byok env -p work); {set}; eval $(byok env -p personal {dialect}); printenv MISTRAL_API_KEY"
        );
        check(&world, &shell, &code, &[], "mine\n");
        // A key that was asked for by name comes on top.
        let code =
            "eval $(byok env -p personal); eval $(byok env -p work mistral); printenv OPENAI_API_KEY MISTRAL_API_KEY";
        check(&world, &shell, code, &[], "the-key-of-personal-and-longer\nmistral-of-work-and-longer\n");
    }
}

#[test]
fn unset_takes_back_exactly_what_env_set() {
    let world = World::new();
    let endpoint = "add openai --endpoint https://gateway.example/v1 --field organisation=acme --stdin --as-is";
    world.byok(endpoint).stdin(KEY).go();
    world.byok("env --unset").stdout("unset OPENAI_API_KEY;\nunset OPENAI_BASE_URL;\nunset OPENAI_ORG_ID;\n").check();
    for shell in shells() {
        // What `_` is differs from one command to the next, by no doing of byok's.
        let look = "env | grep -v '^_=' | grep -v '^SHLVL=' | sort";
        let dialect = if is_fish(&shell) { "fish" } else { "sh" };
        let unset = format!("eval $(byok env --unset --shell {dialect})");
        for unset in [&unset, &format!("eval \"$(byok env --unset --shell {dialect})\"")] {
            let code = format!("{look} >before; eval $(byok env); {unset}; {look} >after; cmp before after");
            check(&world, &shell, &code, &[("KEPT", "1")], "");
        }
        // Where nothing was set, nothing fails.
        check(&world, &shell, &format!("{unset}; echo done"), &[], "done\n");
    }
}

#[test]
fn strict_shells_are_content() {
    let world = World::new();
    let add = |rest: &str, key: &str| world.byok(&format!("{rest} --stdin --as-is")).stdin(key).go();
    add("-p work add openai --field organisation=acme", "the-key-of-work-and-longer");
    add("-p personal add openai", "the-key-of-personal-and-longer");
    for shell in shells().iter().filter(|shell| !is_fish(shell)) {
        let strict = match shell.file_name().unwrap().to_str().unwrap() {
            "bash" => "set -euo pipefail; shopt -s failglob nullglob",
            "zsh" => "setopt err_exit nounset pipe_fail sh_word_split glob_subst",
            _ => "set -eu",
        };
        for way in ["eval \"$(byok env PROFILE)\"", "eval $(byok env PROFILE)"] {
            let one = |profile: &str| way.replace("PROFILE", &format!("-p {profile}"));
            let unset = way.replace("PROFILE", "-p personal --unset");
            let code = format!(
                "{strict}\n{}\n{}\n{}\nprintenv OPENAI_API_KEY\n{unset}\n{unset}\necho done",
                one("work"),
                one("personal"),
                one("personal")
            );
            check(&world, shell, &code, &[], "the-key-of-personal-and-longer\ndone\n");
        }
    }
}

#[test]
fn output_that_cannot_be_written_is_one_clear_error() {
    let world = World::new().with_keys(&[("openai", KEY)]);
    let Some(sh) = tool(&["sh"]) else { return };
    for verb in [
        "env",
        "env --unset",
        "get openai",
        "export",
        "list",
        "list --json",
        "profile list",
        "provider list",
        "completions bash",
        "run --help",
        "run -h",
        "help",
        "--version",
    ] {
        let said = |code: &str| {
            let output = script(&world, &sh, code, &[]);
            (String::from_utf8(output.stderr).unwrap(), output.status.code())
        };
        let closed = "byok: error: standard output is closed\n".to_owned();
        assert_eq!(said(&format!("byok {verb} >&-")), (closed, Some(1)), "{verb}");
        if std::path::Path::new("/dev/full").exists() {
            let (stderr, code) = said(&format!("byok {verb} >/dev/full"));
            assert_eq!((code, stderr.lines().count()), (Some(1), 1), "{verb}: {stderr}");
            assert!(stderr.starts_with("byok: error: cannot write to standard output: "), "{verb}: {stderr}");
        }
        // A reader that wants no more is no error worth a word.
        let (stderr, _) = said(&format!("byok {verb} | head -c 0"));
        assert_eq!(stderr, "", "{verb}");
    }
    // Standard error closed, or both: nothing panics.
    for closed in ["2>&-", "<&- >&- 2>&-", "<&-"] {
        let output = script(&world, &sh, &format!("byok env nothing {closed}; byok list {closed}; true"), &[]);
        assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"), "{output:?}");
    }
    let output = script(&world, &sh, "byok env nothing 2>&-; echo $?", &[]);
    assert_eq!(output.stdout, b"3\n");
    // To /dev/null by the caller's own wish, it is done.
    let output = script(&world, &sh, "byok env >/dev/null; byok get openai >/dev/null; byok list >/dev/null", &[]);
    assert!(output.status.success() && output.stderr.is_empty());
}

#[test]
fn no_variable_that_steers_a_shell_or_a_program_can_be_a_keys() {
    let world = World::new().with_keys(&[("openai", KEY)]);
    let before = std::fs::read(world.sealed()).unwrap();
    for name in [
        "PATH",
        "LD_PRELOAD",
        "LD_LIBRARY_PATH",
        "LD_ANYTHING",
        "DYLD_INSERT_LIBRARIES",
        "BASH_ENV",
        "ENV",
        "PROMPT_COMMAND",
        "PS1",
        "PS4",
        "IFS",
        "SHELLOPTS",
        "BASH_FUNC_x",
        "NODE_OPTIONS",
        "PYTHONPATH",
        "PYTHONSTARTUP",
        "PERL5OPT",
        "RUBYOPT",
        "JAVA_TOOL_OPTIONS",
        "GIT_SSH_COMMAND",
        "GIT_DIR",
        "EDITOR",
        "VISUAL",
        "PAGER",
        "BROWSER",
        "HOME",
        "TMPDIR",
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "NO_PROXY",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "BYOK_HOME",
        "BYOK_IDENTITY",
        "SHELL",
        "FPATH",
        "A;touch PWN",
        "A=1 B",
        "$(touch PWN)",
        "a-b",
        "1A",
        "É",
        "A\nB",
        "BASH_FUNC_x%%",
        " A",
    ] {
        for verb in ["add mistral --stdin --as-is --env", "edit openai --env", "provider add my-service --env"] {
            let output = world.byok(verb).arg(name).stdin(KEY).output();
            assert_eq!(output.status.code(), Some(2), "{verb} {name:?}: {}", String::from_utf8_lossy(&output.stderr));
        }
        // Nor by a file that somebody put there.
        let entry = format!("[openai.env]\nkey = [{name:?}]\n");
        std::fs::write(world.home().join("providers.toml"), entry).unwrap();
        let output = world.byok("env").output();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(
            text.is_empty() || text.lines().all(|line| line.starts_with("export OPENAI_API_KEY=")),
            "{name:?}: {text}"
        );
        std::fs::remove_file(world.home().join("providers.toml")).unwrap();
    }
    assert_eq!(std::fs::read(world.sealed()).unwrap(), before);
    assert!(!world.path("PWN").exists());
}
