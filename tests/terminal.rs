//! What a person at a terminal sees, types and gets back.

use std::fs::File;
use std::process::Command;
use std::time::{Duration, Instant};

use rexpect::reader::ReadUntil;
use rexpect::session::{PtySession, spawn_command};
use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{LocalModes, tcgetattr};

use crate::leaks::{canary, seen_by_the_same_user, wait_until_it_reads};
use crate::tools::tool;
use crate::world::World;

const KEY: &str = "sk-test-0123456789abcdef0123";

/// byok on a pseudo-terminal, started by a shell that tells afterwards how it ended and how it left the terminal.
pub(crate) struct Terminal {
    session: PtySession,
    master: File,
    /// The process that started byok.
    shell: String,
    /// All that was read so far.
    seen: String,
}

impl Terminal {
    pub(crate) fn new(world: &World, arguments: &[&str], environment: &[(&str, &str)], columns: u16) -> Self {
        Self::led(world, "\"$@\"", arguments, environment, columns)
    }

    /// The same, started by a line of a shell's, in which `"$@"` is byok with its arguments.
    pub(crate) fn led(
        world: &World,
        line: &str,
        arguments: &[&str],
        environment: &[(&str, &str)],
        columns: u16,
    ) -> Self {
        let byok = world.command();
        let mut command = Command::new("sh");
        // The shell outlives a Ctrl-C; what it starts does not.
        let script = format!(
            "trap : INT QUIT; stty sane cols {columns}; echo \"shell=$$;\"; {line}; echo \"code=$?\"; stty -a | tr ';' '\\n' | tr ' ' '\\n' | grep -x -- '-*echo'"
        );
        command.args(["-c", &script, "sh"]).arg(byok.get_program()).args(byok.get_args()).args(arguments);
        command.env_clear().current_dir(world.root()).env("TERM", "xterm-256color");
        command
            .envs(byok.get_envs().filter_map(|(name, value)| Some((name, value?))))
            .envs(environment.iter().copied());
        let mut session = spawn_command(command, Some(15_000)).unwrap();
        session.exp_string("shell=").unwrap();
        let shell = session.exp_string(";").unwrap();
        let master = session.process().get_file_handle().unwrap();
        Self { session, master, shell, seen: String::new() }
    }

    fn plain(world: &World, arguments: &str) -> Self {
        Self::new(world, &arguments.split_whitespace().collect::<Vec<_>>(), &[], 120)
    }

    /// Waits for a text.
    #[track_caller]
    pub(crate) fn until(&mut self, text: &str) -> &mut Self {
        match self.session.exp_string(text) {
            Ok(before) => self.seen += &(before + text),
            Err(error) => panic!("{text:?} did not come after {:?}: {error}", self.seen),
        }
        self
    }

    /// Answers each of these questions as often as it comes, until the end; gives everything.
    #[track_caller]
    pub(crate) fn answering(mut self, answers: &[(&str, &str)]) -> String {
        let needles = || {
            let questions = answers.iter().map(|(question, _)| ReadUntil::String((*question).to_owned()));
            questions.chain([ReadUntil::EOF]).collect()
        };
        loop {
            let found = self.session.exp_any(needles());
            let (before, found) = found.unwrap_or_else(|error| panic!("{error}, after {:?}", self.seen));
            self.seen += &before;
            self.seen += &found;
            let Some((question, answer)) = answers.iter().find(|(question, _)| *question == found) else { break };
            if let Some(byok) = self.byok() {
                wait_until_it_reads(byok);
            }
            // The question comes once more, with what was answered.
            self.until_it_listens().type_in(&format!("{answer}\n")).until(question);
        }
        self.end().0
    }

    /// The byok that runs on this terminal now, where the system tells.
    fn byok(&self) -> Option<u32> {
        let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok()).find(|pid| {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            // The session is the fourth word behind the name.
            stat.contains("(byok) ")
                && stat.rsplit(") ").next().and_then(|rest| rest.split(' ').nth(3)) == Some(&self.shell)
        })
    }

    fn echoes(&self) -> bool {
        tcgetattr(&self.master).unwrap().local_modes.contains(LocalModes::ECHO)
    }

    /// Waits until what is typed is not shown, or is read key by key, as a person does who sees the prompt first.
    #[track_caller]
    pub(crate) fn until_it_listens(&mut self) -> &mut Self {
        let start = Instant::now();
        while tcgetattr(&self.master).unwrap().local_modes.contains(LocalModes::ECHO | LocalModes::ICANON) {
            assert!(start.elapsed() < Duration::from_secs(10), "{:?}", self.seen);
            std::thread::sleep(Duration::from_millis(2));
        }
        self
    }

    pub(crate) fn type_in(&mut self, text: &str) -> &mut Self {
        self.session.send(text).unwrap();
        self.session.flush().unwrap();
        self
    }

    /// Reads to the end; gives everything, the exit code, and whether the terminal echoes again.
    #[track_caller]
    pub(crate) fn end(mut self) -> (String, i32, bool) {
        let rest = self.session.exp_eof().unwrap();
        self.seen += &rest;
        // rexpect takes every byte for a character.
        let bytes: Vec<u8> = self.seen.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
        self.seen = String::from_utf8(bytes).unwrap();
        let (text, end) = self.seen.rsplit_once("code=").unwrap_or_else(|| panic!("{:?}", self.seen));
        let mut lines = end.lines();
        let code = lines.next().unwrap().parse().unwrap();
        (text.to_owned(), code, lines.next() == Some("echo"))
    }

    #[track_caller]
    pub(crate) fn ends(self, code: i32, holds: &[&str]) -> String {
        let (text, actual, echo) = self.end();
        for part in holds {
            assert!(text.contains(part), "{part:?} is not in {text:?}");
        }
        assert_eq!((actual, echo), (code, true), "{text:?}");
        text
    }
}

pub(crate) fn have_tools() -> bool {
    tool(&["stty"]).is_some()
}

#[test]
fn a_typed_key_is_never_shown() {
    if !have_tools() {
        return;
    }
    let (world, canary) = (World::new(), canary());
    let mut terminal = Terminal::plain(&world, "add mistral");
    terminal.until("console.mistral.ai").until("API key for mistral").until_it_listens();
    assert!(!terminal.echoes());
    terminal.type_in(&canary[..20]);
    // Corrected with a backspace.
    terminal.type_in(&format!("x\x7f{}\n", &canary[20..]));
    let text = terminal.ends(0, &["added `mistral`"]);
    for part in [&canary[..8], &canary[10..18], &canary[24..]] {
        assert!(!text.contains(part), "{text:?}");
    }
    world.byok("get mistral").stdout(&canary).check();
}

#[test]
fn a_prompt_that_is_interrupted_gives_the_terminal_back() {
    if !have_tools() {
        return;
    }
    for (keys, code) in [("\u{3}", 130), ("sk-half-a-key\u{3}", 130), ("\u{4}", 2), ("sk-half\u{1c}", 131)] {
        let world = World::new();
        let mut terminal = Terminal::plain(&world, "add openai");
        terminal.until("API key for openai").until_it_listens().type_in(keys);
        let (text, actual, echo) = terminal.end();
        assert!(actual == code || (code == 2 && actual == 1), "{keys:?}: {actual} {text:?}");
        assert!(echo, "{keys:?} {text:?}");
        assert!(!text.contains("half"), "{text:?}");
        assert!(!world.sealed().exists());
    }
}

#[test]
fn a_signal_from_elsewhere_at_a_prompt_gives_the_terminal_back() {
    if !have_tools() {
        return;
    }
    let world = World::new().with_keys(&[("mistral", KEY)]);
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::QUIT, 131), (Signal::INT, 130)] {
        let mut secret = Terminal::plain(&world, "add openai");
        secret.until("API key for openai").until_it_listens();
        let mut question = Terminal::plain(&world, "rm mistral");
        question.until("[y/N]");
        let mut menu = Terminal::plain(&world, "add");
        menu.until("API key").until_it_listens().type_in(&format!("sk-{}\n", canary()));
        menu.until("whose key is this").until("DeepSeek").until_it_listens();
        for terminal in [secret, question, menu] {
            let Some(pid) = child_of(&terminal) else { return };
            wait_until_it_reads(pid.unsigned_abs());
            kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
            terminal.ends(code, &[]);
        }
    }
}

/// The byok that the terminal's shell started; `None` where there is no /proc to find it in.
fn child_of(terminal: &Terminal) -> Option<i32> {
    let shell = &terminal.shell;
    let children = std::fs::read_to_string(format!("/proc/{shell}/task/{shell}/children")).ok()?;
    children.split_whitespace().next()?.parse().ok()
}

#[test]
fn nobody_of_the_same_user_looks_into_a_prompt() {
    if !have_tools() || !cfg!(target_os = "linux") {
        return;
    }
    let world = World::ordinary();
    let mut terminal = Terminal::plain(&world, "add openai");
    terminal.until("API key for openai").until_it_listens();
    let Some(pid) = child_of(&terminal) else { return };
    wait_until_it_reads(pid.unsigned_abs());
    for file in ["environ", "mem", "maps"] {
        let output = seen_by_the_same_user(&world, pid.unsigned_abs(), file);
        assert!(!output.status.success() && output.stdout.is_empty(), "{file}: {output:?}");
    }
    terminal.type_in("\u{3}");
    terminal.ends(130, &[]);
}

#[test]
fn the_place_of_a_stored_key_is_taken_only_after_a_yes() {
    if !have_tools() {
        return;
    }
    let world = World::new().with_keys(&[("mistral", KEY)]);
    for (answer, code, kept) in
        [("n\n", 1, KEY), ("\n", 1, KEY), ("maybe\n", 1, KEY), ("y\n", 0, "anewkey0123456789abcdef012345678")]
    {
        let mut terminal = Terminal::plain(&world, "add mistral");
        terminal.until("API key for mistral").until_it_listens().type_in("anewkey0123456789abcdef012345678\n");
        terminal.until("[y/N]").type_in(answer);
        terminal.ends(code, &[if code == 0 { "replaced `mistral`" } else { "byok add mistral --replace" }]);
        world.byok("get mistral").stdout(kept).check();
    }
}

#[test]
fn a_shape_that_several_providers_share_is_asked_about() {
    if !have_tools() {
        return;
    }
    let (world, canary) = (World::new(), canary());
    let mut terminal = Terminal::plain(&world, "add");
    terminal.until("API key").until_it_listens().type_in(&format!("sk-{canary}\n"));
    terminal.until("whose key is this").until("DeepSeek").until_it_listens();
    // Down, and up again: the first of them.
    terminal.type_in("\u{1b}[B").type_in("\u{1b}[A").type_in("\n");
    let text = terminal.ends(0, &["added `alibaba`"]);
    assert!(!text.contains(&canary[..12]));
    let mut terminal = Terminal::plain(&World::new(), "add");
    terminal.until("API key").until_it_listens().type_in(&format!("sk-{canary}\n"));
    terminal.until("whose key is this").until_it_listens().type_in("\u{3}");
    terminal.ends(130, &["\u{1b}[?25h"]);
}

#[test]
fn a_removal_is_asked_about() {
    if !have_tools() {
        return;
    }
    let world = World::new().with_keys(&[("mistral", KEY)]);
    for (answer, code) in [("n\n", 1), ("\n", 1), ("\u{3}", 130), ("yes\n", 0)] {
        world.byok("has mistral").check();
        let mut terminal = Terminal::plain(&world, "rm mistral");
        terminal.until("[y/N]").type_in(answer);
        terminal.ends(code, &[if code == 0 { "removed `mistral`" } else { "" }]);
    }
    world.byok("has mistral").code(3).check();
}

#[test]
fn nothing_is_asked_where_it_was_said_not_to() {
    if !have_tools() {
        return;
    }
    let world = World::new().with_keys(&[("mistral", KEY)]);
    Terminal::plain(&world, "--no-input add openai").ends(2, &["nobody is there to type the key"]);
    Terminal::plain(&world, "--no-input rm mistral").ends(2, &["say it with `--yes`"]);
    Terminal::new(&world, &["rm", "mistral"], &[("CI", "true")], 80).ends(2, &["say it with `--yes`"]);
    world.byok("has mistral").check();
}

#[test]
fn secrets_are_kept_off_the_screen_unless_asked_for() {
    if !have_tools() {
        return;
    }
    let world = World::new().with_keys(&[("openai", KEY)]);
    for verb in ["get openai", "env", "env openai", "export", "export --format json"] {
        let text = Terminal::plain(&world, verb).ends(4, &["standard output is a terminal", "--reveal"]);
        assert!(!text.contains(&KEY[8..]), "{text}");
        Terminal::plain(&world, &format!("{verb} --reveal")).ends(0, &[KEY]);
    }
    Terminal::plain(&world, "env --unset").ends(0, &["unset OPENAI_API_KEY;"]);
    for verb in ["list", "show openai", "list --json", "show openai --json"] {
        let text = Terminal::plain(&world, verb).ends(0, &["openai"]);
        assert!(!text.contains(&KEY[8..]) && !text.contains(&KEY[..12]), "{text}");
    }
}

#[test]
fn colour_is_left_out_where_it_is_not_wanted() {
    if !have_tools() {
        return;
    }
    let world = World::new().with_keys(&[("openai", KEY)]);
    let verbs: [&[&str]; 7] = [
        &["list"],
        &["show", "openai"],
        &["show", "nothing"],
        &["rm", "nothing"],
        &["--help"],
        &["bogus"],
        &["provider", "list", "openai"],
    ];
    let quiet: [&[(&str, &str)]; 3] =
        [&[("NO_COLOR", "1")], &[("TERM", "dumb")], &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "")]];
    for verb in verbs {
        for environment in quiet {
            let (text, ..) = Terminal::new(&world, verb, environment, 80).end();
            assert!(!text.contains('\u{1b}'), "{verb:?} {environment:?}: {text:?}");
        }
    }
    let text = Terminal::plain(&world, "show nothing").ends(3, &["byok: "]);
    assert!(text.contains("\u{1b}[1;31merror\u{1b}[0m"), "{text:?}");
    // An error in a pipe has none either.
    let piped = world.byok("get nothing").env("TERM", "xterm").output();
    assert!(!piped.stderr.contains(&0x1b));
}

/// What steers a terminal: OSC 52 writes to the clipboard, C1 does so without an ESC, the rest makes one name look like
/// another.
const HOSTILE: &str =
    "a\u{1b}[31mb\u{1b}]52;c;ZXZpbA==\u{7}c\u{9b}2Jd\u{202e}e\u{200b}f\u{2066}g\u{8}h\ri\u{feff}j\u{90}k\u{61c}l\u{7f}";

#[track_caller]
fn harmless(text: &str) {
    // The terminal itself turns LF into CR LF.
    let text = text.replace("\r\n", "\n");
    // A colour of byok's own.
    let text = ["\u{1b}[1;31m", "\u{1b}[1;33m", "\u{1b}[1;36m", "\u{1b}[0m"]
        .iter()
        .fold(text, |text, own| text.replace(own, ""));
    let bad = |c: char| {
        c.is_control() && c != '\n'
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}')
            || matches!(c, '\u{61c}' | '\u{feff}')
    };
    assert_eq!(text.chars().find(|c| bad(*c)), None, "{text:?}");
}

#[test]
fn nothing_from_outside_steers_the_terminal() {
    if !have_tools() {
        return;
    }
    let world = World::new();
    world
        .run(["add", "openai", "--stdin", "--as-is", "--note", HOSTILE])
        .stdin(format!("{HOSTILE}{KEY}{HOSTILE}"))
        .go();
    for verb in ["list", "show openai", "list --json", "show openai --json"] {
        let (text, code, _) = Terminal::plain(&world, verb).end();
        assert_eq!(code, 0, "{text:?}");
        harmless(&text);
    }
    world.file(
        "hostile.env",
        format!(
            "OPENAI_API_KEY=<{HOSTILE}>\nOPENAI_BASE_URL=https://{HOSTILE}/\nX{HOSTILE}=1\nGROQ_API_KEY={HOSTILE}\n"
        ),
    );
    let arguments: [&[&str]; 12] = [
        &["get", HOSTILE],
        &["get", "openai", HOSTILE],
        &[HOSTILE],
        &["--bogus", HOSTILE],
        &["list", HOSTILE],
        &["list", "--tag", HOSTILE],
        &["add", "openai", "--from-file", HOSTILE],
        &["add", "openai", "--from-env", HOSTILE],
        &["-p", HOSTILE, "list"],
        &["run", "--", HOSTILE],
        &["import-env", "--dry-run", "--file", "hostile.env"],
        &["provider", "show", HOSTILE],
    ];
    for arguments in arguments {
        let environment = [("GEMINI_API_KEY", HOSTILE), ("ANTHROPIC_BASE_URL", HOSTILE)];
        let (text, ..) = Terminal::new(&world, arguments, &environment, 100).end();
        harmless(&text);
    }
    for content in
        [format!("{HOSTILE} = 1\n"), format!("[openai]\nname = \"{HOSTILE}\"\n"), format!("[\"{HOSTILE}\"]\n")]
    {
        std::fs::write(world.home().join("providers.toml"), content.replace('\u{8}', "")).unwrap();
        let (text, ..) = Terminal::plain(&world, "provider show openai").end();
        harmless(&text);
        let (text, ..) = Terminal::plain(&world, "provider list").end();
        harmless(&text);
    }
}

#[test]
fn a_table_fits_the_terminal() {
    if !have_tools() {
        return;
    }
    let world = World::new();
    for (at, name) in ["openai", "openai:work-laptop-of-2026", "mistral", "google"].into_iter().enumerate() {
        let note = format!("a remark {} that is longer than a narrow terminal is wide", "and on ".repeat(at));
        let arguments = [
            "add",
            name,
            "--stdin",
            "--as-is",
            "--expires",
            "90d",
            "--tag",
            "laptop",
            "--tag",
            "team/one",
            "--note",
            &note,
        ];
        world.run(arguments).stdin(format!("{KEY}{at}{at}")).go();
    }
    let width = |text: &str| text.lines().map(|line| line.trim_end().chars().count()).max().unwrap_or(0);
    for columns in [40, 60, 80, 200] {
        for verb in ["list", "provider list"] {
            let text = Terminal::new(&world, &verb.split(' ').collect::<Vec<_>>(), &[], columns).ends(0, &["openai"]);
            assert!(width(&text) <= usize::from(columns), "{columns}: {verb}\n{text}");
        }
    }
    let narrow = Terminal::new(&world, &["list"], &[], 60).ends(0, &["openai:work-laptop-of-2026", "SECRET"]);
    let wide = Terminal::new(&world, &["list"], &[], 200).ends(0, &["NOTE", "team/one", "in 13 weeks"]);
    assert!(wide.len() > narrow.len());
}
