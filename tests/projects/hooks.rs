//! The hook in the real shells: what is set on entering is put back on leaving, and nobody is started for nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{ASKS, home, project, trusted};
use crate::tools::{NUSHELL, tool};
use crate::world::World;

/// A shell, and how a script of this test is written in it.
struct Shell {
    name: &'static str,
    program: PathBuf,
    start: &'static [&'static str],
    /// What comes before and after the hook in a script; `go FOLDER` goes there, runs the hook and shows what is set.
    before: String,
    after: &'static str,
    set: fn(&str, &str) -> String,
}

const POSIX: &str = r#"
go() { cd "$1"; (exit 7); __byok_hook; echo "$?|${PWD##*/}|${OPENAI_API_KEY-}|${ANTHROPIC_API_KEY-}|${GROQ_API_KEY-}|${OPENAI_BASE_URL-}|${BYOK_HOOKED-}|"; }
"#;

const FISH: &str = r#"
function go; cd $argv[1]; sh -c 'exit 7'; __byok_hook; set -l st $status; echo "$st|"(path basename $PWD)"|$OPENAI_API_KEY|$ANTHROPIC_API_KEY|$GROQ_API_KEY|$OPENAI_BASE_URL|$BYOK_HOOKED|"; end
"#;

const ELVISH: &str = r"
fn go {|to| cd $to; hook; echo '7|'(path:base $pwd)'|'$E:OPENAI_API_KEY'|'$E:ANTHROPIC_API_KEY'|'$E:GROQ_API_KEY'|'$E:OPENAI_BASE_URL'|'$E:BYOK_HOOKED'|' }
";

const NU: &str = r"
def --env go [to] { cd $to; __byok_hook; print ([7 ($env.PWD | path basename) $env.OPENAI_API_KEY? $env.ANTHROPIC_API_KEY? $env.GROQ_API_KEY? $env.OPENAI_BASE_URL? $env.BYOK_HOOKED? ''] | str join '|') }
";

/// The shells that are here.
fn shells() -> Vec<Shell> {
    let here = |name, programs: &[&str], start, after, set| {
        Some(Shell { name, program: tool(programs)?, start, before: String::new(), after, set })
    };
    let posix: fn(&str, &str) -> String = |name, value| format!("export {name}='{value}'");
    let all = [
        here("bash", &["bash"], &["--norc", "-u"], POSIX, posix),
        here("zsh", &["zsh"], &["-f", "-u"], POSIX, posix),
        here("fish", &["fish"], &["--no-config"], FISH, |name, value| format!("set -gx {name} '{value}'")),
        here("elvish", &["elvish"], &["-norc"], ELVISH, |name, value| format!("set-env {name} '{value}'")),
        here("nu", &[NUSHELL], &["--no-config-file"], NU, |name, value| format!("$env.{name} = '{value}'")),
    ];
    all.into_iter().flatten().collect()
}

/// A run of a shell in the world, with the hook and these lines.
struct Told {
    lines: Vec<String>,
    stderr: String,
    calls: String,
}

impl Shell {
    fn run(&self, world: &World, lines: &[String], trace: Option<&Path>) -> Told {
        let hook = String::from_utf8(world.byok("hook").arg(self.name).go().stdout).unwrap();
        // Elvish knows its editor, and with it the prompt, at a terminal only.
        let hook: String =
            hook.lines().filter(|line| !line.starts_with("set edit:")).map(|line| line.to_owned() + "\n").collect();
        let script = world.file(
            &format!("script.{}", self.name),
            [&self.before, &hook, self.after, &lines.join("\n"), "\n"].concat(),
        );
        let log = world.path("calls.log");
        let mut command = match trace {
            None => Command::new(&self.program),
            Some(strace) => {
                let mut command = Command::new(strace);
                command
                    .args(["-f", "-qq", "-e", "trace=execve,clone,clone3,fork,vfork", "-o"])
                    .arg(&log)
                    .arg(&self.program);
                command
            }
        };
        let byok = world.command();
        command.args(self.start).arg(&script).env_clear().current_dir(world.root());
        command.envs(byok.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.env("HOME", world.path("me")).env("T", world.root()).env("B", env!("CARGO_BIN_EXE_byok"));
        let output = command.stdin(Stdio::null()).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let lines = text(&output.stdout).lines().map(str::to_owned).collect();
        Told { lines, stderr: text(&output.stderr), calls: fs::read_to_string(log).unwrap_or_default() }
    }

    fn set(&self, name: &str, value: &str) -> String {
        (self.set)(name, value)
    }
}

/// A world with two projects and a folder that is none.
fn world() -> World {
    let world = home();
    fs::create_dir_all(world.path("me")).unwrap();
    trusted(&world, "app", ASKS);
    trusted(&world, "other", "requires = [\"groq\", \"openai\"]\n");
    for folder in ["app/sub", "plain"] {
        fs::create_dir_all(world.path(folder)).unwrap();
    }
    world
}

fn go(world: &World, folder: &str) -> String {
    format!("go '{}'", world.path(folder).display())
}

const OUT: &str = "|mine $x|||https://evil.test/v1||";
const APP: &str = "|sk-work-2|ant-3|||OPENAI_BASE_URL OPENAI_API_KEY ANTHROPIC_API_KEY|";

#[test]
fn what_was_there_comes_back_and_what_somebody_changed_stays() {
    for shell in shells() {
        let world = world();
        let told = shell.run(
            &world,
            &[
                shell.set("OPENAI_API_KEY", "mine $x"),
                // It would lead the key of OpenAI astray.
                shell.set("OPENAI_BASE_URL", "https://evil.test/v1"),
                go(&world, "plain"),
                go(&world, "app"),
                go(&world, "app/sub"),
                go(&world, "plain"),
                go(&world, "app"),
                // From one project straight into another, and somebody sets a variable there.
                go(&world, "other"),
                shell.set("GROQ_API_KEY", "changed"),
                go(&world, "plain"),
            ],
            None,
        );
        let lines: Vec<String> = told.lines.iter().map(|line| line.trim_start_matches(['7', '0']).to_owned()).collect();
        let other: Vec<&str> = lines[5].split('|').collect();
        assert_eq!(other[..6], ["", "other", "sk-home-1", "", "gr-4", ""], "{}: {:?}", shell.name, told.lines);
        assert!(sorted(&lines[5]).ends_with("|GROQ_API_KEY OPENAI_API_KEY OPENAI_BASE_URL|"), "{}", lines[5]);
        let plain = |line: &str, folder: &str, rest: &str| {
            assert_eq!(line, format!("|{folder}{rest}"), "{}: {}", shell.name, told.stderr);
        };
        plain(&lines[0], "plain", OUT);
        plain(&sorted(&lines[1]), "app", &sorted(APP));
        plain(&sorted(&lines[2]), "sub", &sorted(APP));
        plain(&lines[3], "plain", OUT);
        plain(&sorted(&lines[4]), "app", &sorted(APP));
        plain(&lines[6], "plain", "|mine $x||changed|https://evil.test/v1||");
        assert_eq!(lines.len(), 7, "nothing else on standard output: {:?}", told.lines);
        if ["bash", "fish"].contains(&shell.name) {
            assert!(told.lines.iter().all(|line| line.starts_with("7|")), "the status stays: {:?}", told.lines);
        }
    }
}

/// A line with the words of its last part in order: an object of JSON has none.
fn sorted(line: &str) -> String {
    let (start, names) = line.trim_end_matches('|').rsplit_once('|').unwrap();
    let mut names: Vec<&str> = names.split(' ').collect();
    names.sort_unstable();
    format!("{start}|{}|", names.join(" "))
}

#[test]
fn trust_and_changes_are_seen_at_the_next_prompt() {
    for shell in shells() {
        let world = world();
        let external = |arguments: &str| match shell.name {
            "fish" => format!("$B {arguments} 2>/dev/null"),
            "elvish" => format!("(external $E:B) {arguments} 2>/dev/null"),
            "nu" => format!("^$env.B {arguments} e> /dev/null"),
            _ => format!("\"$B\" {arguments} 2>/dev/null"),
        };
        let append = match shell.name {
            "nu" => "\"# x\\n\" | save --append ./.byok.toml",
            _ => "echo '# x' >> .byok.toml",
        };
        let app = go(&world, "app");
        let told = shell.run(
            &world,
            &[
                app.clone(),
                append.to_owned(),
                app.clone(),
                app.clone(),
                external("trust --yes"),
                app.clone(),
                external("untrust"),
                app.clone(),
                external("trust --yes"),
                app.clone(),
                external("use openai:work"),
                external("rm anthropic --yes"),
                app.clone(),
            ],
            None,
        );
        let keys: Vec<String> =
            told.lines.iter().map(|line| line.split('|').skip(2).take(2).collect::<Vec<_>>().join(" ")).collect();
        let expected = ["sk-work-2 ant-3", " ", " ", "sk-work-2 ant-3", " ", "sk-work-2 ant-3", "sk-work-2 "];
        assert_eq!(keys, expected, "{}: {}", shell.name, told.stderr);
        assert_eq!(told.stderr.matches("is not trusted").count(), 2, "{}: {}", shell.name, told.stderr);
        assert_eq!(told.stderr.matches("`anthropic` is missing").count(), 1, "{}: {}", shell.name, told.stderr);
    }
}

#[test]
fn a_prompt_at_which_nothing_changed_starts_nothing() {
    let Some(strace) = tool(&["strace"]) else { return };
    for shell in shells() {
        let world = world();
        let hook = if shell.name == "elvish" { "hook" } else { "__byok_hook" };
        let prompts = |count: usize| {
            let cd = |folder: &str| format!("cd '{}'", world.path(folder).display());
            let mut lines = vec![cd("app"), hook.to_owned()];
            // Within the project, and outside of any.
            lines.extend((0..count).flat_map(|_| [cd("app/sub"), hook.to_owned(), cd("app"), hook.to_owned()]));
            lines.extend([cd("plain"), hook.to_owned()]);
            lines.extend((0..count).map(|_| hook.to_owned()));
            let told = shell.run(&world, &lines, Some(&strace));
            assert!(told.lines.is_empty() && told.stderr.is_empty(), "{}: {}", shell.name, told.stderr);
            let starts = |line: &&str| line.contains("exec") || line.contains("fork") || !line.contains("CLONE_THREAD");
            let calls = told.calls.lines().filter(|line| !line.contains("resumed>") && line.contains('('));
            calls.filter(starts).map(str::to_owned).collect::<Vec<_>>()
        };
        let (entering, staying) = (prompts(0), prompts(20));
        let asked = |calls: &[String]| calls.iter().filter(|line| line.contains("hook-env")).count();
        assert_eq!((asked(&entering), asked(&staying)), (1, 1), "{}", shell.name);
        let more = format!("{}: only entering starts a process\n{}", shell.name, staying.join("\n"));
        assert_eq!(entering.len(), staying.len(), "{more}");
    }
}

#[test]
fn no_program_and_no_trace_sees_what_the_hook_remembers() {
    for shell in shells() {
        let world = world();
        let show = match shell.name {
            "elvish" => "e:env",
            "nu" => "^env | print",
            _ => "env",
        };
        let (on, off) = match shell.name {
            "bash" | "zsh" => ("set -a; set -x; set -v", "set +xva"),
            "fish" => ("set fish_trace 1", "set fish_trace"),
            _ => ("", ""),
        };
        let lines = [
            shell.set("OPENAI_API_KEY", "what-was-there"),
            on.to_owned(),
            format!("cd '{}'", world.path("app").display()),
            if shell.name == "elvish" { "hook" } else { "__byok_hook" }.to_owned(),
            off.to_owned(),
            show.to_owned(),
        ];
        let told = shell.run(&world, &lines, None);
        let seen = told.lines.join("\n");
        assert!(seen.contains("OPENAI_API_KEY=sk-work-2"), "{}: {seen} {}", shell.name, told.stderr);
        assert!(!seen.contains("what-was-there") && !seen.contains("__byok"), "{}: {seen}", shell.name);
        assert!(
            !told.stderr.contains("sk-work-2") && !told.stderr.contains("ant-3"),
            "{}: {}",
            shell.name,
            told.stderr
        );
    }
}

#[test]
fn a_value_that_is_code_in_some_shell_arrives_as_it_is() {
    let hostile = "a'b\"c\\d$(touch PWN)`touch PWN`;touch PWN\n!x %s {a,b} *~|&<>#é";
    for shell in shells() {
        let world = home();
        fs::create_dir_all(world.path("me")).unwrap();
        world.byok("add mistral --stdin --as-is").stdin(hostile).go();
        trusted(&world, "app", "requires = [\"mistral\"]\n");
        let show = match shell.name {
            "elvish" => "e:printenv MISTRAL_API_KEY",
            "nu" => "^printenv MISTRAL_API_KEY | print --no-newline",
            _ => "printenv MISTRAL_API_KEY",
        };
        let told = shell.run(&world, &[go(&world, "app"), show.to_owned()], None);
        assert_eq!(told.lines[1..].join("\n"), hostile, "{}: {}", shell.name, told.stderr);
        assert!(!world.path("app/PWN").exists() && !world.path("PWN").exists());
    }
}

#[test]
fn a_shell_below_one_with_keys_forgets_them_on_leaving() {
    for shell in shells() {
        let world = world();
        let inherited = [
            shell.set("OPENAI_API_KEY", "sk-work-2"),
            shell.set("GROQ_API_KEY", "my-own"),
            go(&world, "app"),
            go(&world, "plain"),
        ];
        // As a shell finds it whose parent's hook has set the key.
        let told = shell.run(&world, &inherited, None);
        assert!(told.lines[1].contains("|plain|sk-work-2||my-own|"), "{}: {:?}", shell.name, told.lines);
        let before = shell.set("BYOK_HOOKED", "OPENAI_API_KEY ANTHROPIC_API_KEY") + "\n";
        let child = Shell { before, ..shell };
        let told = child.run(&world, &inherited, None);
        assert!(told.lines[1].contains("|plain|||my-own|"), "{}: {:?} {}", child.name, told.lines, told.stderr);
    }
    let world = world();
    world.byok("env openai").env("BYOK_HOOKED", "OPENAI_API_KEY").stdout("export OPENAI_API_KEY=sk-home-1;\n").check();
    world.byok("env --except openai,groq,anthropic").env("BYOK_HOOKED", "x").stdout("unset BYOK_HOOKED;\n").check();
}

#[test]
fn powershells_script_names_the_program_and_is_whole() {
    // PowerShell itself cannot be had here: its script is looked at as text.
    let world = World::new();
    let script = String::from_utf8(world.byok("hook pwsh").go().stdout).unwrap();
    assert!(script.contains(env!("CARGO_BIN_EXE_byok")) && !script.contains("@BYOK@"));
    assert_eq!(script.matches('{').count(), script.matches('}').count());
    assert_eq!(script.matches('(').count(), script.matches(')').count());
    project(&world, "app", "profile = \"x\"\n");
    let answer = world
        .byok("--no-input hook-env pwsh")
        .within("app")
        .stderr_holds(&["not trusted"])
        .stdout_holds(&["\"watch\""]);
    let answer: serde_json::Value = serde_json::from_slice(&answer.check().stdout).unwrap();
    assert_eq!((answer["version"].as_i64(), answer["set"].as_object().unwrap().len()), (Some(1), 0));
}
