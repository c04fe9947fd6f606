//! A rotation at a terminal: what a person is told, asked, and left with when they stop.

use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use super::{mask, masks, revocable};
use crate::terminal::{Terminal, have_tools};
use crate::trying::{Net, answer, key, soon};
use crate::world::World;

fn one() -> World {
    let world = World::new();
    world.byok("add openai:work --stdin").stdin(key("valid")).go();
    world
}

fn still() -> String {
    format!("nothing was changed: `openai:work` is still `{}`", mask("valid"))
}

fn terminal(world: &World, net: Option<&Net>, arguments: &str) -> Terminal {
    let environment = net.map(|net| net.environment(world)).into_iter().flatten().collect::<Vec<_>>();
    let environment: Vec<(&str, &str)> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Terminal::new(world, &arguments.split_whitespace().collect::<Vec<_>>(), &environment, 200)
}

#[test]
fn a_person_is_led_to_the_console_and_types_unseen() {
    if !have_tools() {
        return;
    }
    let (world, net) = (one(), Net::new(answer));
    let mut terminal = terminal(&world, Some(&net), "rotate openai:work");
    terminal.until("it stays until a new one was tested");
    terminal.until("make a new key at https://platform.openai.com/api-keys: Create new secret key");
    terminal.until("new API key for openai:work").until_it_listens().type_in(&(key("fine") + "\n"));
    let text = terminal.ends(0, &["tested: valid", "rotated `openai:work`", "--finish openai:work"]);
    assert!(!text.contains("0123456789abcdef"), "{text}");
    world.byok("get openai").stdout(key("fine")).check();
}

#[test]
fn whoever_stops_at_the_prompt_is_told_where_they_stand() {
    if !have_tools() {
        return;
    }
    for (typed, code) in [("\u{3}", 130), ("sk-half\u{3}", 130), ("sk-half\u{1c}", 131), ("\n", 2), ("\u{4}", 2)] {
        let world = one();
        let before = std::fs::read(world.sealed()).unwrap();
        let mut terminal = terminal(&world, None, "rotate openai:work");
        terminal.until("new API key for openai:work").until_it_listens().type_in(typed);
        let (text, actual, echo) = terminal.end();
        // How the end of the input is told depends on the terminal.
        assert!(actual == code || (typed == "\u{4}" && actual == 1), "{typed:?}: {actual} {text:?}");
        assert!(echo && text.contains(&still()), "{typed:?}: {text:?}");
        assert_eq!(std::fs::read(world.sealed()).unwrap(), before);
    }
}

#[test]
fn a_signal_during_the_test_changes_nothing_and_says_so() {
    let (world, net) = (one(), Net::new(answer));
    let mut command = net.command(&world, "rotate openai:work --from-env NEW");
    command.env("NEW", key("silent")).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    soon(|| net.upstream.seen().len() == 1);
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.signal(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("stopped; nothing was changed"), "{said}");
    assert_eq!(masks(&world, "openai"), [mask("valid")]);
}

#[test]
fn a_signal_while_another_byok_writes_changes_nothing_and_says_so() {
    let Some(flock) = crate::tools::tool(&["flock"]) else { return };
    let world = one();
    let lock = world.home().join("profiles/default.lock");
    let mut holder = Command::new(flock).arg("--no-fork").arg(&lock).args(["sleep", "600"]).spawn().unwrap();
    let file = std::fs::File::open(lock).unwrap();
    soon(|| file.try_lock().is_err() || file.unlock().is_err());
    let mut command = world.command();
    command.args(["rotate", "openai", "--from-env", "NEW"]).env("NEW", key("fine"));
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = std::io::BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    // What is said next waits for the lock.
    std::io::BufRead::read_line(&mut stderr, &mut said).unwrap();
    assert_eq!(said, "not tested: byok is to stay offline\n");
    let open = || std::fs::read_dir(format!("/proc/{}/fd", child.id())).unwrap().flatten();
    soon(|| open().any(|file| std::fs::read_link(file.path()).is_ok_and(|to| to.ends_with("default.lock"))));
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    std::io::Read::read_to_string(&mut stderr, &mut said).unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(2), "{said}");
    holder.kill().unwrap();
    holder.wait().unwrap();
    assert!(said.contains(&format!("stopped; {}", still())), "{said}");
    assert_eq!(masks(&world, "openai"), [mask("valid")]);
}

#[test]
fn a_person_decides_about_a_key_that_does_not_work() {
    if !have_tools() {
        return;
    }
    for (typed, code) in [("n\n", 5), ("y\n", 0)] {
        let (world, net) = (one(), Net::new(answer));
        let mut terminal = terminal(&world, Some(&net), "rotate openai:work");
        terminal.until("new API key for").until_it_listens().type_in(&(key("bad") + "\n"));
        terminal.until("the new key does not work: invalid").until("in the place of `openai:work` all the same?");
        terminal.until("[y/N]").type_in(typed);
        let text = terminal.ends(code, &[]);
        assert_eq!(text.contains(&still()), code != 0, "{text}");
        assert_eq!(masks(&world, "openai").last().unwrap(), &mask(if code == 0 { "bad" } else { "valid" }));
    }
}

#[test]
fn a_bad_network_does_not_cost_a_key_that_is_shown_only_once() {
    if !have_tools() {
        return;
    }
    let flaky = std::sync::atomic::AtomicUsize::new(0);
    let net = Net::new(move |seen| {
        // An outage is asked about twice in each test.
        let count = flaky.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        if count < 2 { crate::upstream::Reply::json(503, "{}") } else { answer(seen) }
    });
    let world = one();
    let mut asked = terminal(&world, Some(&net), "rotate openai:work");
    asked.until("new API key for").until_it_listens().type_in(&(key("fine") + "\n"));
    asked.until("cannot tell whether the new key works: provider-down").until("stop, and change nothing");
    asked.until_it_listens().type_in("\r");
    asked.ends(0, &["tested: valid", "rotated `openai:work`"]);
    for (typed, code) in [("\u{1b}[B\r", 0), ("\u{1b}[B\u{1b}[B\r", 1), ("\u{3}", 130)] {
        let (world, net) = (one(), Net::new(answer));
        let mut asked = terminal(&world, Some(&net), "rotate openai:work");
        asked.until("new API key for").until_it_listens().type_in(&(key("down") + "\n"));
        asked.until("stop, and change nothing").until_it_listens().type_in(typed);
        let text = asked.ends(code, &[]);
        assert_eq!(text.contains(&still()), code != 0, "{typed:?} {text}");
        assert_eq!(masks(&world, "openai").len(), if code == 0 { 2 } else { 1 }, "{typed:?}");
    }
}

#[test]
fn what_was_changed_while_the_prompt_waited_is_asked_about() {
    if !have_tools() {
        return;
    }
    for (typed, code, expected) in [("n\n", 1, vec!["other"]), ("y\n", 0, vec!["other", "fine"])] {
        let world = one();
        let mut asked = terminal(&world, None, "rotate openai:work");
        asked.until("new API key for").until_it_listens();
        world.byok("add openai:work --stdin --replace").stdin(key("other")).go();
        asked.type_in(&(key("fine") + "\n"));
        asked.until("was changed meanwhile, and is `").until("in the place of that one?").until("[y/N]").type_in(typed);
        asked.ends(code, &[&format!("is `{}` now", mask("other"))]);
        let expected: Vec<String> = expected.into_iter().map(mask).collect();
        assert_eq!(masks(&world, "openai"), expected);
    }
}

#[test]
fn a_disk_that_is_full_can_be_cleared_before_the_new_key_is_lost() {
    use std::os::unix::fs::PermissionsExt as _;
    if !have_tools() {
        return;
    }
    let world = World::ordinary();
    world.byok("add openai:work --stdin").stdin(key("valid")).go();
    let profiles = world.home().join("profiles");
    let bits = |mode| std::fs::set_permissions(&profiles, std::fs::Permissions::from_mode(mode)).unwrap();
    bits(0o500);
    let mut asked = terminal(&world, None, "rotate openai:work");
    asked.until("new API key for").until_it_listens().type_in(&(key("fine") + "\n"));
    asked.until("Permission denied").until("the new key is not stored yet; try again?").until("[y/N]");
    bits(0o700);
    asked.type_in("y\n");
    asked.ends(0, &["rotated `openai:work`"]);
    assert_eq!(masks(&world, "openai"), [mask("valid"), mask("fine")]);
}

#[test]
fn taking_a_dead_key_back_is_a_persons_decision() {
    if !have_tools() {
        return;
    }
    for (typed, code, last) in [("n\n", 5, "fine"), ("y\n", 0, "valid")] {
        let (world, (net, revoked)) = (super::rotated(), revocable());
        revoked.lock().unwrap().insert("valid".to_owned());
        let mut asked = terminal(&world, Some(&net), "rotate --undo openai:work");
        asked.until("the old one does not work any more").until("take it back all the same?").until("[y/N]");
        asked.type_in(typed);
        asked.ends(code, &[]);
        assert_eq!(masks(&world, "openai").last().unwrap(), &mask(last));
    }
}
