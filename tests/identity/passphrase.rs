//! A passphrase from a file, from a descriptor, made up; and stock age.

use std::fs;
use std::time::{Duration, Instant};

use super::{NOBODY, SECRET, WORDS, Wrapped, private};
use crate::terminal::{Terminal, have_tools};
use crate::tools::tool;

#[test]
fn a_file_gives_the_passphrase_to_init_and_stock_age_opens_what_was_made() {
    // A09, A21
    let Some(age) = tool(&["age"]).filter(|_| have_tools()) else { return };
    let home = Wrapped::new();
    assert_eq!(fs::read_to_string(home.home().join("config.toml")).unwrap(), "identity = \"passphrase\"\n");
    assert!(!home.home().join("identity.txt").exists());
    let line = format!("{} -d home/identity.age > out", age.display());
    let mut terminal = Terminal::led(&home, &line, &[], &[], 100);
    terminal.until("Enter passphrase").until_it_listens().type_in(&format!("{WORDS}\n"));
    terminal.ends(0, &[]);
    assert!(fs::read_to_string(home.path("out")).unwrap().contains("AGE-SECRET-KEY-1"));
    let opened = std::process::Command::new(age).arg("-d").arg("-i").arg(home.path("out")).arg(home.sealed()).output();
    assert!(String::from_utf8(opened.unwrap().stdout).unwrap().contains(SECRET));
    let armored = fs::read(home.wrapped()).unwrap();
    let mut reader = std::io::BufReader::new(age::armor::ArmoredReader::new(&*armored));
    let (mut first, mut stanza) = (String::new(), String::new());
    std::io::BufRead::read_line(&mut reader, &mut first).unwrap();
    std::io::BufRead::read_line(&mut reader, &mut stanza).unwrap();
    assert_eq!(first, "age-encryption.org/v1\n");
    assert!(stanza.starts_with("-> scrypt ") && stanza.ends_with(" 18\n"), "{stanza:?}");
}

#[test]
fn a_descriptor_gives_the_passphrase() {
    let home = Wrapped::new();
    let get = home.byok("get openai").env("BYOK_PASSPHRASE_FD", "9").env("PASS", &home.pass);
    get.through(["sh", "-c", "exec \"$@\" 9<pass", "sh"]).stdout(SECRET).check();
}

#[test]
fn a_program_that_is_started_finds_no_passphrase_behind_the_number() {
    let home = Wrapped::new();
    // Read by byok, and not even read: it is open already.
    for _ in 0..2 {
        let run =
            home.byok("run -- sh -c").arg("cat /proc/self/fd/9; cat <&9; echo end").env("BYOK_PASSPHRASE_FD", "9");
        run.through(["sh", "-c", "exec \"$@\" 9<pass", "sh"]).stdout("end\n").check();
        let run = home.byok("run -- sh -c").arg("head -c 9 <&9; echo end").env("BYOK_PASSPHRASE_FD", "9");
        run.through(["bash", "-c", "exec \"$@\" 9< <(cat pass)", "bash"]).stdout("end\n").check();
        home.byok("run -- cat").env("BYOK_PASSPHRASE_FD", "0").stdin(WORDS).stdout("").check();
    }
    // Others stay as they are.
    let run = home.byok("run -- sh -c").arg("cat <&8").env("BYOK_PASSPHRASE_FD", "9");
    run.through(["sh", "-c", "exec \"$@\" 9<pass 8<pass", "sh"]).stdout(format!("{WORDS}\n")).check();
}

#[test]
fn only_a_number_that_was_open_is_one() {
    let home = Wrapped::new();
    for number in ["abc", "-1", "1", "2", "3", "4", "33", "99999999999", "0x3", "3 "] {
        let get = home.byok("get openai").env("BYOK_PASSPHRASE_FD", number).code(2);
        get.stderr_holds(&["`BYOK_PASSPHRASE_FD` is not the number of an open file", "byok: hint: "]).check();
    }
    home.byok("get openai").env("BYOK_PASSPHRASE_FD", "0").stdin(WORDS).stdout(SECRET).check();
}

#[test]
fn a_socket_gives_the_passphrase() {
    let Some(python) = tool(&["python3"]) else { return };
    let home = Wrapped::new();
    let script = "import os,socket,sys\na,b=socket.socketpair()\nb.send(b'correct horse battery staple')\nb.close()\nos.dup2(a.fileno(),9)\nos.execv(sys.argv[1],sys.argv[1:])";
    let get = home.byok("get openai").env("BYOK_PASSPHRASE_FD", "9");
    get.through([python.to_str().unwrap(), "-c", script]).stdout(SECRET).check();
}

#[test]
fn words_are_made_up_for_a_passphrase_only() {
    let home = Wrapped::empty();
    for deed in ["init --identity file --generate", "identity restore - --to keychain --generate"] {
        home.byok(deed).code(2).stderr_holds(&["`--generate` makes up a passphrase"]).check();
    }
    home.byok("init --generate").stderr_holds(&["a passphrase was made up"]).check();
    assert!(home.wrapped().exists());
    home.byok("identity move --to file --generate").code(2).stderr_holds(&["`--generate` makes up"]).check();
}

#[test]
fn the_environment_gives_one_identity_and_not_an_empty_one() {
    let home = Wrapped::empty();
    let empty = home.byok("add openai --stdin --as-is").stdin(SECRET).env("BYOK_IDENTITY_FILE", "");
    empty.code(4).stderr_holds(&["`BYOK_IDENTITY_FILE` is set, but empty", "unset BYOK_IDENTITY_FILE"]).check();
    assert!(home.tree().is_empty(), "{:?}", home.tree());
    let both = home.byok("identity show").env("BYOK_IDENTITY_FILE", "/nowhere").env("BYOK_IDENTITY", "x").code(2);
    both.stderr_holds(&["`BYOK_IDENTITY` and `BYOK_IDENTITY_FILE` are both set"]).check();
}

#[test]
fn words_are_made_up_and_open_what_they_wrapped() {
    let home = Wrapped::empty();
    let output = home.byok("init --identity passphrase --generate").go();
    let said = String::from_utf8(output.stderr).unwrap();
    let mut lines = said.lines();
    assert_eq!(lines.next(), Some("a passphrase was made up; write it down now, for it is shown once:"));
    let words = lines.next().unwrap();
    // Some of the words have a hyphen of their own.
    assert!((6..=12).contains(&words.split('-').filter(|word| !word.is_empty()).count()), "{words}");
    home.byok("lock").go();
    let pass = private(&home.path("made"), words);
    let shown = home.byok("identity show").env("BYOK_PASSPHRASE_FILE", pass);
    shown.stdout_holds(&["passphrase", "age1"]).check();
}

#[test]
fn a_wrong_passphrase_is_tried_once_and_nothing_is_written() {
    // A07
    let home = Wrapped::new();
    let (before, tree) = (fs::read(home.sealed()).unwrap(), home.tree());
    let wrong = private(&home.path("wrong"), "correct horse battery stapler\n");
    let add = home.byok("add groq --stdin --as-is").stdin(SECRET).env("BYOK_PASSPHRASE_FILE", wrong);
    let output = add.code(4).stderr_holds(&["what is given is not the passphrase\n", "byok unlock`"]).check();
    assert_eq!(String::from_utf8_lossy(&output.stderr).matches("not the passphrase").count(), 1);
    assert_eq!((fs::read(home.sealed()).unwrap(), home.tree()), (before, tree));
}

#[test]
fn an_empty_passphrase_and_a_file_for_everybody_are_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = Wrapped::empty();
    for content in ["", "\n", "\r\n"] {
        let empty = private(&home.path("empty"), content);
        let init = home.byok("init --identity passphrase").env("BYOK_PASSPHRASE_FILE", empty);
        init.code(4).stderr("byok: error: the passphrase given is empty, or no text\n").check();
    }
    fs::set_permissions(&home.pass, fs::Permissions::from_mode(0o666)).unwrap();
    home.opened("init --identity passphrase").code(4).stderr_holds(&["pass"]).check();
    let gone = home.byok("init --identity passphrase").env("BYOK_PASSPHRASE_FILE", "gone");
    gone.code(4).stderr_holds(&["there is no file `gone`"]).check();
    assert!(!home.wrapped().exists() && !home.home().join("config.toml").exists());
}

#[test]
fn a_header_that_asks_for_too_much_is_refused_at_once() {
    // A11
    let home = Wrapped::new();
    for factor in [23, 30, 63] {
        let stanza = format!("-> scrypt bBjlhJVYZeE4aqUdmtRHfw {factor}\n{}\n--- {}\n", "A".repeat(43), "A".repeat(43));
        private(&home.wrapped(), format!("age-encryption.org/v1\n{stanza}{}", "x".repeat(64)));
        let start = Instant::now();
        home.opened("list").code(4).stderr_holds(&["cannot open the identity", &factor.to_string()]).check();
        assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    }
}

#[test]
fn a_wrapping_that_is_cheap_to_guess_is_told_and_mended() {
    // A12
    let home = Wrapped::new();
    let text = home.opened("identity backup --output").arg(home.path("sheet")).stderr_holds(&["sheet"]).check();
    drop(text);
    let identity = fs::read_to_string(home.path("sheet")).unwrap();
    let mut cheap = age::scrypt::Recipient::new(WORDS.to_owned().into());
    cheap.set_work_factor(1);
    let mut wrapped = Vec::new();
    let encryptor = age::Encryptor::with_recipients(std::iter::once(&cheap as &dyn age::Recipient)).unwrap();
    let mut out = encryptor.wrap_output(&mut wrapped).unwrap();
    std::io::Write::write_all(&mut out, identity.as_bytes()).unwrap();
    out.finish().unwrap();
    private(&home.wrapped(), wrapped);
    home.byok("lock").stderr_holds(&[""]).check();
    let get = home.opened("get openai").stdout(SECRET);
    get.stderr_holds(&["is cheap to guess at", "`byok identity passphrase`"]).check();
    home.byok("lock").go();
    home.opened("identity passphrase").stderr_holds(&["is cheap to guess at", "the passphrase is changed"]).check();
    let armored = fs::read(home.wrapped()).unwrap();
    assert_eq!(byok::seal::work_factor(&armored), Ok(18));
    home.byok("lock").go();
    home.opened("get openai").stdout(SECRET).check();
}

#[test]
fn a_weak_passphrase_from_a_file_is_told() {
    let home = Wrapped::empty();
    private(&home.pass, "password1");
    home.opened("init --identity passphrase").stderr_holds(&["this passphrase is easy to guess: "]).check();
}

/// Arguments and variables.
type Way<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)]);

#[test]
fn nobody_is_asked_where_nobody_is() {
    if !have_tools() {
        return;
    }
    let home = Wrapped::new();
    // No terminal at all.
    home.byok("list").through(["setsid", "-w"]).code(4).stderr(NOBODY).check();
    let quiet: [Way<'_>; 3] =
        [(&["list", "--no-input"], &[]), (&["list"], &[("BYOK_NO_INPUT", "1")]), (&["list"], &[("CI", "1")])];
    for (arguments, environment) in quiet {
        let start = Instant::now();
        let text = Terminal::new(&home, arguments, environment, 120).ends(4, &["nobody is there to type"]);
        assert!(!text.contains("passphrase for") && start.elapsed() < Duration::from_secs(3), "{text:?}");
    }
}

#[test]
fn an_identity_from_elsewhere_may_be_behind_a_passphrase() {
    let home = Wrapped::new();
    let elsewhere = private(&home.path("mine.age"), fs::read(home.wrapped()).unwrap());
    fs::remove_file(home.wrapped()).unwrap();
    home.opened("get openai").env("BYOK_IDENTITY_FILE", &elsewhere).stdout(SECRET).check();
    let mut held = home.byok("lock").env("BYOK_IDENTITY_FILE", &elsewhere);
    held = held.stderr("locked\n");
    held.check();
    let elsewhere = |arguments: &str| home.byok(arguments).env("BYOK_IDENTITY_FILE", &elsewhere);
    elsewhere("get openai").through(["setsid", "-w"]).code(4).stderr(NOBODY).check();
    // What the hint says works.
    elsewhere("unlock --for 1h").env("BYOK_PASSPHRASE_FILE", &home.pass).stderr("open for 1 hour\n").check();
    elsewhere("get openai").through(["setsid", "-w"]).stdout(SECRET).check();
    elsewhere("lock").stderr("locked\n").check();
}
