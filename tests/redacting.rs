//! `byok redact`, as a filter between real programs.

use std::io::{Read as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use base64::Engine as _;
use rustix::process::{Pid, Signal, kill_process};

use crate::scanning::{groq, letters};
use crate::tools::tool;
use crate::world::World;

/// A world with a key of Groq's in it, and another that URLs and JSON write differently.
fn world() -> (World, String) {
    let key = groq(1);
    (World::new().with_keys(&[("groq", &key), ("mine:work", "a+b/\"c\"=0123456789")]), key)
}

#[test]
fn keys_go_out_as_their_names_and_the_rest_byte_for_byte() {
    let (world, key) = world();
    let encoded = base64::engine::general_purpose::STANDARD.encode(format!("user:{key}:x"));
    let text = format!(
        "a {key} b\n\u{e9}\x01 a+b/\"c\"=0123456789 a%2Bb%2F%22c%22%3D0123456789 {{\"k\":\"a+b/\\\"c\\\"=0123456789\"}}\n{encoded}\nend"
    );
    let output = world.byok("redact").stdin(text).stdout_holds(&[]).check();
    let out = String::from_utf8(output.stdout).unwrap();
    assert!(out.starts_with("a ‹groq› b\né\u{1} ‹mine:work› ‹mine:work› {\"k\":\"‹mine:work›\"}\n"), "{out}");
    assert!(out.contains("‹groq›") && out.ends_with("\nend") && out.len() < 150, "{out}");
    let bytes: Vec<u8> = (0..=255).cycle().take(300_000).collect();
    assert_eq!(world.byok("redact").stdin(&bytes).go().stdout, bytes);
}

#[test]
fn files_are_passed_on_one_after_the_other() {
    let (world, key) = world();
    world.file("one", format!("1 {key}\n"));
    // A key that lies in two files, half in each.
    world.file("two", &key[..20]);
    let run = world.byok("redact one two - ").stdin(format!("{}\n3\n", &key[20..]));
    run.stdout("1 ‹groq›\n‹groq›\n3\n").check();
    let run = world.byok("redact one nothing").stdout("1 ‹groq›\n");
    run.stderr("byok: warning: cannot read `nothing`: No such file or directory (os error 2)\n").code(1).check();
}

#[test]
fn where_the_profile_does_not_open_nothing_goes_out() {
    let (world, key) = world();
    world.byok("redact -p other").stdin(&key).stderr_holds(&["error: "]).code(3).check();
    std::fs::remove_file(world.home().join("identity.txt")).unwrap();
    world.byok("redact").stdin(&key).stderr_holds(&["error: "]).code(4).check();
}

#[test]
fn several_profiles_and_what_only_looks_like_a_key() {
    let (world, key) = world();
    let other = groq(2);
    world.byok("profile create work").go();
    world.byok("-p work add groq --stdin --as-is").stdin(&other).go();
    let (foreign, named) = (groq(3), letters(4, 40));
    let text = format!("{key} {other} {foreign}\nCOHERE_API_KEY={named}\n");
    let run = world.byok("redact").stdin(&text);
    run.stdout(format!("‹groq› {other} {foreign}\nCOHERE_API_KEY={named}\n")).check();
    let run = world.byok("redact --all-profiles --shapes").stdin(&text);
    run.stdout("‹default/groq› ‹work/groq› ‹groq?›\nCOHERE_API_KEY=‹cohere?›\n").check();
}

#[test]
fn a_short_key_is_left_and_said() {
    let (world, _) = world();
    world.byok("add tiny --stdin --as-is").stdin("word").go();
    let run = world.byok("redact").stdin("a word\n").stdout("a word\n");
    run.stderr("byok: warning: too short to be told from words, and left as they are: tiny\n").check();
}

/// byok between two pipes.
fn filter(world: &World) -> std::process::Child {
    world.command().arg("redact").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

#[test]
fn a_line_is_passed_on_while_the_stream_goes_on_and_a_key_may_come_byte_by_byte() {
    let (world, key) = world();
    let mut byok = filter(&world);
    let (mut to, mut from) = (byok.stdin.take().unwrap(), byok.stdout.take().unwrap());
    let mut expect = |text: &str| {
        let mut got = vec![0; text.len()];
        from.read_exact(&mut got).unwrap();
        assert_eq!(String::from_utf8_lossy(&got), text);
    };
    to.write_all(b"one line\n").unwrap();
    expect("one line\n");
    to.write_all(b"prompt> ").unwrap();
    expect("prompt> ");
    for byte in key.bytes() {
        to.write_all(&[byte]).unwrap();
        to.flush().unwrap();
    }
    // It is whole: nothing longer begins so.
    expect("‹groq›");
    to.write_all(b"gsk_").unwrap();
    drop(to);
    expect("gsk_");
    assert!(byok.wait().unwrap().success());
}

#[test]
fn a_signal_ends_it_as_any_filter_and_a_closed_pipe_is_quiet() {
    let (world, _) = world();
    for signal in [Signal::INT, Signal::TERM] {
        let mut byok = filter(&world);
        byok.stdin.as_mut().unwrap().write_all(b"x\n").unwrap();
        byok.stdout.as_mut().unwrap().read_exact(&mut [0; 2]).unwrap();
        kill_process(Pid::from_child(&byok), signal).unwrap();
        let start = Instant::now();
        assert_eq!(byok.wait().unwrap().signal(), Some(signal.as_raw()));
        assert!(start.elapsed() < Duration::from_secs(10));
    }
    let Some(bash) = tool(&["bash"]) else { return };
    let lines = "line\n".repeat(200_000);
    let script = "\"$@\" | head -1; exit ${PIPESTATUS[0]}";
    let run = world.byok("redact").stdin(lines).through([bash.to_str().unwrap(), "-c", script, "--"]);
    run.stdout("line\n").code(141).check();
}

#[test]
fn what_is_being_written_is_not_read() {
    let (world, _) = world();
    world.file("self", "text\n");
    let output = world.shell("byok redact self >>self").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("it is what is written to"));
    assert_eq!(std::fs::read_to_string(world.path("self")).unwrap(), "text\n");
}
