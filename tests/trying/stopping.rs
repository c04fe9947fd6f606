//! A test that somebody stops, and what is to be seen while it runs.

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::{Gate, Net, answer, cells, key, keys, pairs, soon, stored};
use crate::terminal::{Terminal, have_tools};
use crate::world::World;

/// The promise is 200 ms; a machine that is busy with other tests has longer.
const PROMPTLY: Duration = Duration::from_secs(3);

/// Starts a test of which one key has its verdict and another waits.
fn halfway(world: &World, net: &Net) -> (Child, BufReader<std::process::ChildStderr>) {
    let mut command = net.command(world, "test --verbose --timeout 60s");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("openai:valid: GET api.openai.com 200") {
        line.clear();
        assert!(stderr.read_line(&mut line).unwrap() > 0, "it ended before");
    }
    soon(|| net.upstream.seen().len() == 2);
    (child, stderr)
}

#[test]
fn a_signal_ends_it_at_once_and_what_came_in_is_printed_and_kept() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let (world, net) = (keys(&["valid", "silent"]), Net::new(answer));
        let (mut child, mut stderr) = halfway(&world, &net);
        let start = Instant::now();
        kill_process(Pid::from_child(&child), signal).unwrap();
        let status = child.wait().unwrap();
        assert!(start.elapsed() < PROMPTLY, "{:?}", start.elapsed());
        assert_eq!(status.signal(), Some(signal.as_raw()));
        let (mut out, mut rest) = (Vec::new(), String::new());
        child.stdout.take().unwrap().read_to_end(&mut out).unwrap();
        stderr.read_to_string(&mut rest).unwrap();
        assert_eq!(cells(&out), "KEY|VERDICT|TIME|WHAT IT SAYS\nopenai:valid|valid|N ms|2 models");
        assert_eq!(rest, "1 of 1 keys work\nstopped: 1 more was not tested\n");
        assert_eq!(stored(&world), pairs(&[("openai:silent", ""), ("openai:valid", "valid")]));
    }
}

#[test]
fn a_signal_ends_the_wait_for_a_connection_too() {
    // N08: a host that takes the connection and never says a word.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let world = World::new();
    let endpoint = format!("https://{}/v1", listener.local_addr().unwrap());
    world.byok("add mine --stdin --no-test --endpoint").arg(endpoint).stdin("a-key-of-some-length").go();
    let mut command = world.command();
    command.env_remove("BYOK_OFFLINE").args(["test", "--timeout", "60s"]);
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let _socket = listener.accept().unwrap();
    let start = Instant::now();
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(start.elapsed() < PROMPTLY, "{:?}", start.elapsed());
    assert_eq!((output.status.signal(), output.stdout.as_slice()), (Some(2), &b""[..]), "{output:?}");
}

/// A test on a terminal, its standard output in a file, which has come as far as to wait for the last key.
fn drawn<'a>(world: &'a World, net: &Net, more: &[(&'a str, &'a str)]) -> Terminal {
    let environment = net.environment(world);
    let environment: Vec<(&str, &str)> =
        environment.iter().map(|(name, value)| (*name, value.as_str())).chain(more.iter().copied()).collect();
    let terminal = Terminal::led(world, "\"$@\" > out", &["test", "--timeout", "60s"], &environment, 100);
    soon(|| net.upstream.seen().len() == 2);
    terminal
}

/// A network in which one key is answered when the gate opens.
fn gated() -> (Net, Gate) {
    let gate = Gate::default();
    let waiting = gate.clone();
    let net = Net::new(move |seen| {
        if super::word(seen) == "fine" {
            waiting.pass();
        }
        answer(seen)
    });
    (net, gate)
}

#[test]
fn a_terminal_shows_what_is_waited_for_and_standard_output_has_the_table_only() {
    if !have_tools() {
        return;
    }
    let ((net, gate), world) = (gated(), keys(&["valid", "fine"]));
    let mut terminal = drawn(&world, &net, &[]);
    terminal.until("openai:fine").until("1 of 2 tested");
    gate.open();
    terminal.ends(0, &["2 of 2 keys work"]);
    let out = std::fs::read(world.path("out")).unwrap();
    let table = "KEY|VERDICT|TIME|WHAT IT SAYS\nopenai:fine|valid|N ms|2 models\nopenai:valid|valid|N ms|2 models";
    assert_eq!(cells(&out), table);
}

#[test]
fn colour_and_drawing_are_left_out_where_they_are_not_wanted() {
    // U04
    if !have_tools() {
        return;
    }
    for (variable, value, drawn_on) in [("TERM", "dumb", false), ("CI", "true", false), ("NO_COLOR", "1", true)] {
        let ((net, gate), world) = (gated(), keys(&["valid", "fine"]));
        let terminal = drawn(&world, &net, &[(variable, value)]);
        gate.open();
        let text = terminal.ends(0, &["2 of 2 keys work"]);
        assert_eq!(text.contains("of 2 tested"), drawn_on, "{variable}: {text:?}");
        // `ESC [ … m` is colour; drawing moves the cursor and clears lines.
        let codes: Vec<&str> = text.split("\u{1b}[").skip(1).collect();
        assert_eq!(!codes.is_empty(), drawn_on, "{variable}: {text:?}");
        for code in codes {
            let end = code.find(|c: char| c.is_ascii_alphabetic()).unwrap();
            assert!(!code[end..].starts_with('m'), "{variable}: {text:?}");
        }
    }
    let (world, net) = (keys(&["valid", "bad"]), Net::new(answer));
    let run = net.byok(&world, "test").env("TERM", "xterm").code(5);
    let piped = run.stdout_holds(&["valid"]).stderr_holds(&["1 of 2 keys work"]).check();
    assert!(!piped.stderr.contains(&0x1b) && !piped.stdout.contains(&0x1b));
}

#[test]
fn ctrl_c_gives_the_terminal_back_and_keeps_what_came_in() {
    if !have_tools() {
        return;
    }
    let (world, net) = (keys(&["valid", "silent"]), Net::new(answer));
    let mut terminal = drawn(&world, &net, &[]);
    terminal.until("1 of 2 tested");
    let start = Instant::now();
    terminal.type_in("\u{3}");
    // The shell says 130, and that the terminal echoes again.
    let text = terminal.ends(130, &[]);
    assert!(start.elapsed() < PROMPTLY, "{:?}", start.elapsed());
    assert!(text.rfind("\u{1b}[?25l") <= text.rfind("\u{1b}[?25h"), "the cursor stays hidden: {text:?}");
    assert_eq!(stored(&world), pairs(&[("openai:silent", ""), ("openai:valid", "valid")]));
    let out = std::fs::read(world.path("out")).unwrap();
    assert_eq!(cells(&out), "KEY|VERDICT|TIME|WHAT IT SAYS\nopenai:valid|valid|N ms|2 models");
}

#[test]
fn a_name_cannot_steer_the_live_display_and_no_key_is_in_it() {
    if !have_tools() {
        return;
    }
    let ((net, gate), world) = (gated(), keys(&["valid", "fine"]));
    let mut terminal = drawn(&world, &net, &[]);
    terminal.until("1 of 2 tested");
    gate.open();
    let text = terminal.ends(0, &[]);
    for word in ["valid", "fine"] {
        assert!(!text.contains(&key(word)[8..20]), "{text:?}");
    }
}

#[test]
fn what_came_in_is_kept_although_another_byok_writes_just_then() {
    // The lock is free again in a moment; a test that was stopped waits for it as any other.
    let (world, net) = (keys(&["valid", "silent"]), Net::new(answer));
    let (mut child, _stderr) = halfway(&world, &net);
    let lock = std::fs::OpenOptions::new().write(true).open(world.home().join("profiles/default.lock")).unwrap();
    lock.lock().unwrap();
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    // Time to come to the lock. Nothing tells from outside when byok has; on a slow machine this proves less.
    std::thread::sleep(Duration::from_millis(300));
    assert!(child.try_wait().unwrap().is_none(), "it did not wait");
    lock.unlock().unwrap();
    let status = child.wait().unwrap();
    assert_eq!(status.signal(), Some(Signal::INT.as_raw()));
    assert_eq!(stored(&world), pairs(&[("openai:silent", ""), ("openai:valid", "valid")]));
}
