//! Passphrases: asked for on the terminal or read from a file, and chosen.

use std::fs::File;
use std::path::Path;

use anyhow::{Context, Result};
use byok::disk::{self, DiskError};
use byok::seal::{self, SealError};
use byok::secret::Secret;
use zeroize::Zeroizing;

use crate::fault::Fault;
use crate::ui::Ui;
use crate::vars::{self, Given};

/// How often a person may mistype.
const TRIES: u8 = 3;

/// The longest passphrase that is read from a file, in bytes.
const LONG: u64 = 4096;

/// Words in a made-up passphrase: 77 bits, out of reach of whoever steals the file.
const WORDS: usize = 6;

/// Whether a file or descriptor gives the passphrase.
pub(crate) fn is_given() -> bool {
    !matches!(vars::passphrase(), Given::Nothing)
}

/// Nobody is there to type it.
pub(crate) fn nobody() -> Fault {
    Fault::refused("the identity is locked, and nobody is there to type its passphrase")
        .hint("unlock it for a while in a terminal: `byok unlock`")
        .hint("or name a file that holds the passphrase: `export BYOK_PASSPHRASE_FILE=/path/to/it`")
}

/// The passphrase that a file or descriptor gives.
fn given(by: Given) -> Result<Option<Secret>> {
    let read = match by {
        Given::Nothing => return Ok(None),
        Given::Open(Some(file)) => read_open(file)?,
        Given::Open(None) => {
            return Err(Fault::misused("`BYOK_PASSPHRASE_FD` is not the number of an open file")
                .hint("open one: `BYOK_PASSPHRASE_FD=3 byok list 3</path/to/it`")
                .into());
        }
        Given::File(name, path) => disk::read_trusted(&path, LONG)
            .map_err(|error| unfit(name, error))?
            .ok_or_else(|| Fault::refused(format!("there is no file `{}`, which `{name}` names", path.display())))?,
    };
    let text = std::str::from_utf8(&read).ok().map(|text| text.trim_start_matches('\u{feff}'));
    let text = text.map(|text| text.trim_end_matches(['\r', '\n']));
    let text = text
        .filter(|text| !text.is_empty())
        .ok_or_else(|| Fault::refused("the passphrase given is empty, or no text"))?;
    Ok(Some(Secret::new(Zeroizing::new(text.to_owned()))?))
}

/// A file that holds no passphrase: what the disk says of it, without advice for byok's own files.
fn unfit(name: &str, error: DiskError) -> anyhow::Error {
    match error {
        DiskError::NotAFile { .. } | DiskError::TooLarge { .. } => {
            Fault::refused(format!("cannot read the passphrase that `{name}` names")).cause(error).into()
        }
        error => error.into(),
    }
}

fn read_open(mut file: &File) -> Result<Zeroizing<Vec<u8>>> {
    use std::io::Read;
    let mut bytes = Zeroizing::new(Vec::with_capacity(512));
    file.by_ref().take(LONG).read_to_end(&mut bytes).context("cannot read the passphrase")?;
    Ok(bytes)
}

/// Opens a wrapped identity with the passphrase that is given or typed.
pub(crate) fn open(ui: &Ui, wrapped: &[u8], path: &Path) -> Result<Zeroizing<String>> {
    let broken = |error: SealError| {
        let memory = matches!(error, SealError::Memory { .. });
        let fault = Fault::refused(format!("cannot open the identity in `{}`", path.display())).cause(error);
        if memory {
            return fault.hint("give byok more memory: `ulimit -v unlimited`");
        }
        fault.hint("byok has not touched it: put it back from your recovery sheet: `byok identity restore SHEET`")
    };
    if let Some(passphrase) = given(vars::passphrase())? {
        let opened = seal::unwrap(wrapped, &passphrase).map_err(|error| match error {
            SealError::WrongPassphrase => Fault::refused("what is given is not the passphrase")
                .hint("see what the file holds that `BYOK_PASSPHRASE_FILE` or `BYOK_PASSPHRASE_FD` names")
                .hint("or type it in a terminal: `env -u BYOK_PASSPHRASE_FILE -u BYOK_PASSPHRASE_FD byok unlock`"),
            error => broken(error),
        });
        return Ok(opened?);
    }
    let opened = typed(ui, wrapped, "passphrase for byok's identity", nobody)?;
    let wrong = || Fault::refused("that was not the passphrase").hint("try again with `byok unlock`");
    Ok(opened.map_err(broken)?.ok_or_else(wrong)?)
}

/// Opens a backup with the passphrase that is typed.
pub(crate) fn open_backup(ui: &Ui, sealed: &[u8], path: &Path) -> Result<Zeroizing<String>> {
    let nobody = || {
        Fault::refused("a passphrase opens this backup, and nobody is there to type it")
            .hint("name a file that holds it: `byok restore FILE --passphrase-file /path/to/it`")
    };
    let opened = typed(ui, sealed, "passphrase of the backup", nobody)?;
    let broken = |error| Fault::refused(format!("cannot open `{}`", path.display())).cause(error);
    Ok(opened.map_err(broken)?.ok_or_else(|| Fault::refused("that was not the passphrase"))?)
}

/// Opens what a passphrase sealed with one that is typed; `None` where that was not it.
fn typed(
    ui: &Ui,
    sealed: &[u8],
    prompt: &str,
    nobody: impl Fn() -> Fault,
) -> Result<Result<Option<Zeroizing<String>>, SealError>> {
    // From the first prompt until an answer is judged: scrypt takes its time, and people type ahead.
    let unseen = ui.unseen().ok_or_else(nobody)?;
    for _ in 0..TRIES {
        let typed = ui.passphrase(&unseen, prompt)?;
        let Ok(passphrase) = Secret::new(typed) else { continue };
        match seal::unwrap(sealed, &passphrase) {
            Err(SealError::WrongPassphrase) => ui.say("that is not the passphrase"),
            opened => return Ok(opened.map(Some)),
        }
    }
    Ok(Ok(None))
}

/// The passphrase in the file that a flag names.
pub(crate) fn in_file(flag: &'static str, path: &Path) -> Result<Secret> {
    let read = given(Given::File(flag, path.to_owned()))?;
    Ok(read.ok_or_else(|| Fault::refused("the passphrase given is empty, or no text"))?)
}

/// Shows a passphrase that was made up.
pub(crate) fn tell(ui: &Ui, made: &Secret) {
    ui.say("a passphrase was made up; write it down now, for it is shown once:");
    ui.say(made.expose());
}

/// A new passphrase: made up, given, or typed twice and strong enough.
pub(crate) fn choose(ui: &Ui, generate: bool) -> Result<Secret> {
    if generate {
        return made_up();
    }
    let new = vars::new_passphrase_file().map(|path| Given::File("BYOK_NEW_PASSPHRASE_FILE", path));
    if let Some(given) = given(new.unwrap_or_else(vars::passphrase))? {
        if let Some(why) = weakness(given.expose()) {
            ui.warn(&format!("this passphrase is easy to guess: {why}"));
        }
        return Ok(given);
    }
    fresh(ui, generate, "BYOK_PASSPHRASE_FILE")
}

/// A new passphrase that no variable gives: made up, or typed twice and strong enough.
pub(crate) fn fresh(ui: &Ui, generate: bool, from_file: &str) -> Result<Secret> {
    if generate {
        return made_up();
    }
    loop {
        let unseen = ui.unseen().ok_or_else(|| {
            Fault::misused("nobody is there to type a new passphrase")
                .hint(format!("have one made up with `--generate`, or name a file that holds it with `{from_file}`"))
        })?;
        let Ok(passphrase) = Secret::new(ui.passphrase(&unseen, "new passphrase")?) else {
            ui.say("an empty passphrase protects nothing");
            continue;
        };
        // Before any question that shows its answer: fingers type the same again by themselves.
        let again = ui.passphrase(&unseen, "the same again")?;
        drop(unseen);
        if again.as_str() != passphrase.expose() {
            ui.say("the two are not the same");
            continue;
        }
        if let Some(why) = weakness(passphrase.expose()) {
            ui.warn(&format!("this passphrase is easy to guess: {why}"));
            if ui.confirm("take it all the same?")? != Some(true) {
                continue;
            }
        }
        return Ok(passphrase);
    }
}

/// Why a passphrase is weak, if it is: whoever has the file may guess for as long as they like.
///
/// A length and a little variety, in place of a dictionary of bad ones: those are shorter than what is asked for here, and
/// the tables of a library that holds them (zxcvbn's regular expressions) would be relocated at every start of byok,
/// a tenth of a millisecond for a question that is put once in a home's life.
fn weakness(passphrase: &str) -> Option<String> {
    /// The least that NIST SP 800-63B (revision 4, 3.1.1) asks of a password that stands alone, in characters.
    const LEAST: usize = 15;
    /// With fewer different characters it is a word over and over.
    const VARIED: usize = 8;
    /// So many must not simply follow from the one before.
    const FREE: usize = 10;
    const ROWS: &str = "qwertyuiop asdfghjkl zxcvbnm qwertzuiop azertyuiop abcdefghijklmnopqrstuvwxyz 01234567890";
    let chars: Vec<char> = passphrase.to_lowercase().chars().collect();
    let follows = |pair: &&[char]| {
        let (there, back): (String, String) = (pair.iter().collect(), pair.iter().rev().collect());
        pair[0] == pair[1] || ROWS.contains(&there) || ROWS.contains(&back)
    };
    let different: std::collections::BTreeSet<&char> = chars.iter().collect();
    if chars.len() < LEAST {
        Some(format!("it is shorter than {LEAST} characters; six words make a good one"))
    } else if different.len() < VARIED {
        Some("it repeats the same few characters".to_owned())
    } else if chars.len() - chars.windows(2).filter(follows).count() < FREE {
        Some("it follows the keyboard, the alphabet or the digits".to_owned())
    } else {
        None
    }
}

/// Words drawn from the long list of the EFF, which is made for this: 12.9 bits each.
fn made_up() -> Result<Secret> {
    let all: Vec<&str> = include_str!(concat!(env!("OUT_DIR"), "/words")).lines().collect();
    let mut text = Zeroizing::new(String::with_capacity(WORDS * 12));
    let mut drawn = 0;
    while drawn < WORDS {
        let mut random = [0; 2];
        getrandom::fill(&mut random).map_err(|_| Fault::failed("the system gives no random bytes"))?;
        // What lies past the last whole multiple would favour the first words.
        let number = usize::from(u16::from_ne_bytes(random));
        if number >= usize::from(u16::MAX) / all.len() * all.len() {
            continue;
        }
        if drawn > 0 {
            text.push('-');
        }
        text.push_str(all[number % all.len()]);
        drawn += 1;
    }
    Ok(Secret::new(text)?)
}

#[cfg(test)]
mod tests {
    use super::weakness;

    #[test]
    fn what_people_think_of_first_is_weak() {
        for weak in [
            "p",
            "password1",
            "Tr0ub4dor&3",
            "passwordpassword",
            "iloveyouiloveyou",
            "qwertyuiopasdfgh",
            "123456789012345",
            "password12345678",
            "aaaaaaaaaaaaaaaaaaaa",
            "abcdefghijklmnopqrstuvwxyz",
            "zyxwvutsrqponmlkjihgf",
        ] {
            assert!(weakness(weak).is_some(), "{weak}");
        }
    }

    #[test]
    fn what_nobody_guesses_is_taken() {
        let made = super::made_up().unwrap();
        for good in ["correct horse battery staple", "Gr8 dane eats 4 shoes", "kQ9v-mm2X_w7pLz0t", made.expose()] {
            assert_eq!(weakness(good), None, "{good}");
        }
    }
}
