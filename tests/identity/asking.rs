//! What a person is asked on the terminal.

use std::fs;

use super::{SECRET, WORDS, Wrapped};
use crate::keyring::Keyring;
use crate::terminal::{Terminal, have_tools};

#[test]
fn three_tries_and_no_more() {
    // A07
    if !have_tools() {
        return;
    }
    let home = Wrapped::new();
    let mut terminal = Terminal::new(&home, &["list"], &[], 120);
    for _ in 0..3 {
        terminal.until("passphrase for byok's identity").until_it_listens().type_in("not-this-one\n");
        terminal.until("that is not the passphrase");
    }
    let text = terminal.ends(4, &["that was not the passphrase", "try again with `byok unlock`"]);
    assert_eq!(text.matches("that is not the passphrase").count(), 3, "{text:?}");
    assert!(!text.contains("not-this-one"), "{text:?}");
}

#[test]
fn a_question_that_is_interrupted_gives_the_terminal_back() {
    if !have_tools() {
        return;
    }
    let home = Wrapped::new();
    for (keys, code) in [("\u{3}", 130), ("half\u{3}", 130), ("half\u{1c}", 131)] {
        let mut terminal = Terminal::new(&home, &["list"], &[], 120);
        terminal.until("passphrase for byok's identity").until_it_listens().type_in(keys);
        let text = terminal.ends(code, &[]);
        assert!(!text.contains("half"), "{text:?}");
    }
}

#[test]
fn what_is_typed_while_the_answer_is_judged_is_not_shown() {
    if !have_tools() {
        return;
    }
    let home = Wrapped::new();
    let mut terminal = Terminal::new(&home, &["list"], &[], 120);
    terminal.until("passphrase for byok's identity").until_it_listens().type_in("not-this-one\n");
    // The line has been read when the prompt's end comes back, and scrypt takes a while from there.
    terminal.until("\n").type_in("typed-ahead").until("that is not the passphrase");
    terminal.until("passphrase for byok's identity").until_it_listens().type_in("\u{3}");
    let text = terminal.ends(130, &[]);
    assert!(!text.contains("typed-ahead"), "{text:?}");
}

#[test]
fn a_shell_that_evaluates_env_is_asked_on_its_terminal() {
    if !have_tools() {
        return;
    }
    let home = Wrapped::new();
    let line = "bash -c 'eval \"$(\"$@\")\"; echo \"got=$OPENAI_API_KEY\"' bash \"$@\"";
    let mut terminal = Terminal::led(&home, line, &["env"], &[], 120);
    terminal.until("passphrase for byok's identity").until_it_listens().type_in(&format!("{WORDS}\n"));
    let text = terminal.ends(0, &[&format!("got={SECRET}")]);
    assert!(!text.contains(WORDS), "{text:?}");
}

#[test]
fn a_new_passphrase_is_neither_empty_nor_weak_unasked_nor_mistyped() {
    if !have_tools() {
        return;
    }
    let home = Wrapped::empty();
    let mut terminal = Terminal::new(&home, &["init", "--identity", "passphrase"], &[], 120);
    terminal.until("new passphrase").until_it_listens().type_in("\n").until("an empty passphrase protects nothing");
    terminal.until("new passphrase").until_it_listens().type_in("password1\n");
    terminal.until("the same again").until_it_listens().type_in("password1\n").until("is easy to guess: ");
    terminal.until("take it all the same? [y/N]").type_in("n\n");
    terminal.until("new passphrase").until_it_listens().type_in(&format!("{WORDS}\n"));
    terminal.until("the same again").until_it_listens().type_in("another\n").until("the two are not the same");
    terminal.until("new passphrase").until_it_listens().type_in(&format!("{WORDS}\n"));
    terminal.until("the same again").until_it_listens().type_in(&format!("{WORDS}\n"));
    terminal.ends(0, &["made an age identity"]);
    home.byok("lock").go();
    home.opened("identity show").stdout_holds(&["age1"]).check();
    assert!(fs::read_to_string(home.wrapped()).unwrap().starts_with("-----BEGIN AGE ENCRYPTED FILE-----"));
}

#[test]
fn init_asks_with_what_there_is() {
    let Some(keyring) = Keyring::unlocked().map(Keyring::unused).filter(|_| have_tools()) else { return };
    let bus = keyring.address();
    let here: &[(&str, &str)] = &[("DBUS_SESSION_BUS_ADDRESS", &bus)];
    let mut terminal = Terminal::new(&keyring.world, &["init"], here, 120);
    // The keychain comes first where it answers; one further down is the file.
    terminal.until("where shall the identity that opens your keys live").until("a passphrase:").until_it_listens();
    terminal.type_in("\u{1b}[B\r");
    let text = terminal
        .ends(0, &["the Secret Service: opens while you are logged in", "made an age identity: ", "identity.txt"]);
    assert!(text.contains("a private file: opens without asking"), "{text:?}");
    assert!(keyring.world.home().join("identity.txt").exists() && keyring.items().is_empty());
    fs::remove_dir_all(keyring.world.home()).unwrap();
    let mut terminal = Terminal::new(&keyring.world, &["init"], &[], 120);
    terminal.until("is left out: there is no keychain").until("a passphrase:").until_it_listens().type_in("\u{3}");
    terminal.ends(130, &[]);
    assert!(keyring.world.tree().is_empty(), "{:?}", keyring.world.tree());
}
