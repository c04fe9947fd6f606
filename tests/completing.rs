//! Completion: what byok offers, and that the shells' own machinery makes of it what a person would.

use std::os::unix::fs::symlink;
use std::process::Command;

use rexpect::session::{PtySession, spawn_command};

use crate::tools::{NUSHELL, tool};
use crate::world::World;

/// Two keys of one provider, one of another, a tag, a second profile and a provider of one's own.
fn furnished() -> World {
    let world = World::new().with_keys(&[
        ("openai:work", "sk-proj-0123456789abcdefghij"),
        ("openai:me@home", "sk-proj-abcdefghij0123456789"),
        ("groq", "gsk_0123456789abcdefghijklmnop"),
    ]);
    world.byok("edit groq --tag trial --no-test").go();
    world.byok("profile create work").go();
    world.byok("-p work add mistral --stdin --as-is").stdin("0123456789abcdefghijklmnopqrstuv").go();
    world.byok("provider add my-llm --base-url http://127.0.0.1:9/v1 --no-test").go();
    std::fs::create_dir(world.path("bin")).unwrap();
    symlink(env!("CARGO_BIN_EXE_byok"), world.path("bin/byok")).unwrap();
    world
}

/// What byok answers to these words, the last of which is being typed.
fn answer(world: &World, words: &[&str], variables: &[(&str, &str)]) -> String {
    let run = world.run(["--", "byok"]).env("BYOK_COMPLETE", words.len().to_string());
    let run = variables.iter().fold(run, |run, (name, value)| run.env(*name, *value));
    let output = words.iter().fold(run, |run, word| run.arg(*word)).output();
    assert!(output.stderr.is_empty() && output.status.success(), "{words:?}: {output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(!said.contains("0123456789"), "a value is shown: {said}");
    said
}

fn values(world: &World, words: &[&str]) -> Vec<String> {
    answer(world, words, &[]).lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect()
}

#[test]
fn it_knows_what_is_stored() {
    let world = furnished();
    assert_eq!(values(&world, &["get", ""]), ["groq", "openai", "openai:me@home", "openai:work"]);
    assert_eq!(values(&world, &["get", "openai:w"]), ["openai:work"]);
    assert_eq!(values(&world, &["use", ""]), ["groq:default", "openai:me@home", "openai:work"]);
    assert_eq!(
        values(&world, &["env", "--except", "groq,op"]),
        ["groq,openai", "groq,openai:me@home", "groq,openai:work"]
    );
    assert_eq!(values(&world, &["env", "--except=gr"]), ["--except=groq"]);
    assert_eq!(values(&world, &["list", "--tag", ""]), ["trial"]);
    assert_eq!(values(&world, &["edit", "groq", "--untag", "t"]), ["trial"]);
    assert_eq!(values(&world, &["-p", ""]), ["default", "work"]);
    assert_eq!(values(&world, &["profile", "rm", "w"]), ["work"]);
    assert_eq!(values(&world, &["-p", "work", "get", ""]), ["mistral"]);
    assert_eq!(values(&world, &["--profile=work", "get", ""]), ["mistral"]);
    assert_eq!(answer(&world, &["get", "mis"], &[("BYOK_PROFILE", "work")]), "mistral\tMistral\n");
    assert_eq!(values(&world, &["provider", "rm", ""]), ["my-llm"]);
    let bob = byok::seal::Identities::generate().recipients().remove(0);
    world.byok("recipient add bob --kind machine --yes").arg(&bob).go();
    assert_eq!(answer(&world, &["recipient", "rm", "b"], &[]), "bob\tmachine\n");
    assert!(values(&world, &["recipient", "rotate", ""]).contains(&"bob".to_owned()));
    assert_eq!(values(&world, &["add", "my-"]), ["my-llm"]);
    assert_eq!(values(&world, &["add", "azure", "--field", "reso"]), ["resource="]);
    assert_eq!(values(&world, &["export", "--format", "doc"]), ["docker"]);
    assert_eq!(values(&world, &["test", "--fail-on", "invalid,rev"]), ["invalid,revoked"]);
    assert_eq!(values(&world, &["imp"]), ["import-env", "import"]);
    assert_eq!(values(&world, &["help", "sec"]), ["security"]);
    assert_eq!(values(&world, &["export", "-o", "x"]), [":files"]);
    assert_eq!(values(&world, &["run", "--", "py"]), [":command"]);
    assert!(answer(&world, &["add", "mistr"], &[]).contains("mistral\tMistral\n"));
    world.byok("profile edit default --fallback work").go();
    assert_eq!(values(&world, &["get", ""]), ["groq", "mistral", "openai", "openai:me@home", "openai:work"]);
    assert_eq!(values(&world, &["edit", ""]), ["groq", "openai", "openai:me@home", "openai:work"]);
    assert_eq!(values(&world, &["profile", "edit", "default", "--fallback", "w"]), ["work"]);
    assert_eq!(values(&world, &["use", "--next-valid", "mistr"]), ["mistral"]);
}

#[test]
fn it_never_unlocks_and_falls_back_to_the_registry() {
    let world = furnished();
    let before = world.tree();
    // A pin that is gone would be written again by any other verb.
    std::fs::remove_file(world.home().join("pins/default.toml")).unwrap();
    assert_eq!(values(&world, &["get", "openai:w"]), ["openai:work"]);
    assert!(!world.home().join("pins/default.toml").exists(), "completion writes nothing");
    std::fs::rename(world.home().join("identity.txt"), world.path("elsewhere.txt")).unwrap();
    assert_eq!(values(&world, &["get", "mistr"]), ["mistral"]);
    let elsewhere = world.path("elsewhere.txt");
    let given = answer(&world, &["get", "openai:w"], &[("BYOK_IDENTITY_FILE", elsewhere.to_str().unwrap())]);
    assert!(given.starts_with("openai:work\t"), "{given}");
    let text = std::fs::read_to_string(&elsewhere).unwrap();
    let given = answer(&world, &["get", "openai:w"], &[("BYOK_IDENTITY", text.lines().last().unwrap())]);
    assert!(given.starts_with("openai:work\t"), "{given}");
    std::fs::rename(&elsewhere, world.home().join("identity.txt")).unwrap();
    std::fs::write(world.sealed(), "broken").unwrap();
    assert_eq!(values(&world, &["get", "mistr"]), ["mistral"]);
    world.file("home/config.toml", "no = [");
    assert_eq!(values(&world, &["get", "mistr"]), ["mistral"]);
    let after: Vec<String> = world.tree().into_iter().filter(|path| path != "config.toml").collect();
    assert_eq!(before.into_iter().filter(|path| path != "pins/default.toml").collect::<Vec<_>>(), after);
}

#[test]
fn an_empty_home_stays_empty() {
    let world = World::new();
    assert_eq!(values(&world, &["add", "mistr"]), ["mistral"]);
    assert!(world.tree().is_empty(), "completion leaves nothing behind");
}

fn script(file: &str) -> String {
    crate::generated::top(&format!("completions/{file}")).display().to_string()
}

/// A shell in the furnished world, with byok found by its name.
fn shell(world: &World, program: &[&str]) -> Option<Command> {
    let mut command = Command::new(tool(&program[..1])?);
    command.args(&program[1..]).env_clear().current_dir(world.root());
    command.env("BYOK_HOME", world.home()).env("HOME", world.root()).env("TERM", "xterm");
    command.env("PATH", format!("{}:/usr/bin:/bin", world.path("bin").display()));
    Some(command)
}

/// Starts an interactive shell and sends it a line that makes it ready.
fn ready(world: &World, program: &[&str], setup: &str) -> Option<PtySession> {
    let mut session = spawn_command(shell(world, program)?, Some(30_000)).unwrap();
    session.send_line(&format!("{setup}; echo re''ady")).unwrap();
    session.exp_string("ready").unwrap();
    Some(session)
}

/// Types each line and a tabulator, and looks at the last word that stands there then.
fn typed(world: &World, program: &[&str], setup: &str, lines: &[(&str, &str)]) {
    let Some(mut session) = ready(world, program, &format!("stty echo; {setup}; PS1='at> '")) else { return };
    for (line, word) in lines {
        // What is typed before there is a prompt is lost.
        session.exp_string("at> ").unwrap();
        session.send(line).unwrap();
        session.send("\t").unwrap();
        session.flush().unwrap();
        // A shell that still has something to read may take the tabulator for text.
        session.exp_string(&word[word.len() - 2..]).unwrap();
        // To the start of the line and back: the shell itself then says what the words are.
        session.send("\x01printf '<%s>' \x05\r").unwrap();
        session.flush().unwrap();
        session.exp_string(&format!("<{word}>")).unwrap_or_else(|error| panic!("{program:?} {line}: {error}"));
    }
    session.send("exit\r").unwrap();
    session.flush().unwrap();
}

const LINES: [(&str, &str); 6] = [
    ("byok get openai:w", "openai:work"),
    ("byok get openai:me@h", "openai:me@home"),
    ("byok get gr", "groq"),
    ("byok env --except=gr", "--except=groq"),
    ("byok -p work get m", "mistral"),
    ("byok export --output=a-f", "--output=a-file.txt"),
];

#[test]
fn bash_completes_although_it_cuts_words_at_colons() {
    let world = furnished();
    world.file("a-file.txt", "");
    let setup = format!("source {}", script("byok.bash"));
    typed(&world, &["bash", "--norc", "--noprofile", "-i"], &setup, &LINES);
}

#[test]
fn zsh_completes() {
    let world = furnished();
    world.file("a-file.txt", "");
    let setup = format!("autoload -U compinit; compinit -D -u; source {}", script("_byok"));
    typed(&world, &["zsh", "-f", "-i"], &setup, &LINES);
}

#[test]
fn fish_completes_and_describes() {
    let world = furnished();
    world.file("a-file.txt", "");
    let setup = format!("source {}", script("byok.fish"));
    for (line, word) in LINES {
        let Some(mut fish) = shell(&world, &["fish", "--no-config", "-c"]) else { return };
        let output = fish.arg(format!("{setup}; complete -C '{line}'")).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.lines().any(|one| one.split('\t').next() == Some(word)), "{line}: {said}");
        assert!(word != "groq" || said.contains("groq\tGroq"), "{said}");
    }
}

#[test]
fn fish_executes_nothing_that_is_only_typed() {
    let world = furnished();
    let setup = format!("source {}", script("byok.fish"));
    for line in [
        "byok run 'x -- (touch PWN)' -- l",
        "byok run \"x -- \\$(touch PWN)/\" -- l",
        "byok run -- (touch PWN) l",
        "byok run -- ls (touch PWN)/",
        "byok get (touch PWN)",
    ] {
        let Some(mut fish) = shell(&world, &["fish", "--no-config", "-c"]) else { return };
        let escaped = line.replace('\\', "\\\\").replace('\'', "\\'");
        let output = fish.arg(format!("{setup}; complete -C '{escaped}'; echo done")).output().unwrap();
        assert!(String::from_utf8_lossy(&output.stdout).contains("done"), "{line}: {output:?}");
        assert!(!world.path("PWN").exists() && !std::path::Path::new("PWN").exists(), "{line}");
    }
    let Some(mut fish) = shell(&world, &["fish", "--no-config", "-c"]) else { return };
    let output = fish.arg(format!("{setup}; complete -C 'byok run groq -- mkdi'")).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("mkdir"), "{output:?}");
}

#[test]
fn elvish_completes() {
    let world = furnished();
    let setup = format!("eval (slurp <{})", script("byok.elv"));
    let Some(mut session) = ready(&world, &["elvish", "-norc"], &setup) else { return };
    session.send_line("$edit:completion:arg-completer[byok] byok get openai:w").unwrap();
    session.exp_string("edit:complex-candidate").unwrap();
    session.exp_string("openai:work").unwrap();
}

#[test]
fn nushell_completes() {
    let world = furnished();
    for (words, offered) in [("byok get 'openai:w'", "openai:work"), ("byok -p work get m", "mistral")] {
        let Some(mut nu) = shell(&world, &[NUSHELL, "--no-config-file", "-c"]) else { return };
        let program = format!(
            "source {}; do $env.config.completions.external.completer [{words}] | get value | to text",
            script("byok.nu")
        );
        let output = nu.arg(program).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert_eq!(said.trim(), offered, "{words}: {}", String::from_utf8_lossy(&output.stderr));
    }
}
