//! Passphrases: asked for on the terminal or read from a file, and chosen.

use std::path::Path;

use anyhow::{Context, Result};
use byok::disk;
use byok::seal::{self, SealError};
use byok::secret::Secret;
use zeroize::Zeroizing;

use crate::fault::Fault;
use crate::ui::Ui;
use crate::vars;

/// How often a person may mistype.
const TRIES: u8 = 3;

/// The longest passphrase that is read from a file, in bytes.
const LONG: u64 = 4096;

/// Words in a made-up passphrase: 77 bits, out of reach of whoever steals the file.
const WORDS: usize = 6;

/// Whether a file or descriptor gives the passphrase.
pub(crate) fn is_given() -> bool {
    vars::passphrase_file().is_some()
}

/// Nobody is there to type it.
pub(crate) fn nobody() -> Fault {
    Fault::refused("the identity is locked, and nobody is there to type its passphrase")
        .hint("unlock it for a while in a terminal: `byok unlock`")
        .hint("or name a file that holds the passphrase: `export BYOK_PASSPHRASE_FILE=/path/to/it`")
}

/// The passphrase that a file or descriptor gives.
fn given() -> Result<Option<Secret>> {
    let Some(path) = vars::passphrase_file() else { return Ok(None) };
    let read = if path.starts_with("/dev/fd") {
        read_open(&path)?
    } else {
        disk::read_trusted(&path, LONG)?.ok_or_else(|| {
            Fault::refused(format!("there is no file `{}`, which should hold the passphrase", path.display()))
        })?
    };
    let text = std::str::from_utf8(&read).ok().map(|text| text.trim_end_matches(['\r', '\n']));
    let text = text
        .filter(|text| !text.is_empty())
        .ok_or_else(|| Fault::refused("the passphrase given is empty, or no text"))?;
    Ok(Some(Secret::new(Zeroizing::new(text.to_owned()))?))
}

fn read_open(path: &Path) -> Result<Zeroizing<Vec<u8>>> {
    use std::io::Read;
    let mut bytes = Zeroizing::new(Vec::with_capacity(512));
    let file =
        std::fs::File::open(path).with_context(|| format!("cannot read the passphrase from `{}`", path.display()))?;
    file.take(LONG).read_to_end(&mut bytes).context("cannot read the passphrase")?;
    Ok(bytes)
}

/// Opens a wrapped identity with the passphrase that is given or typed.
pub(super) fn open(ui: &Ui, wrapped: &[u8], path: &Path) -> Result<Zeroizing<String>> {
    let broken = |error: SealError| {
        Fault::refused(format!("cannot open the identity in `{}`", path.display()))
            .cause(error)
            .hint("byok has not touched it: put your recovery sheet to use with `byok identity restore`")
    };
    if let Some(passphrase) = given()? {
        return Ok(seal::unwrap(wrapped, &passphrase).map_err(broken)?);
    }
    for _ in 0..TRIES {
        let typed = ui.passphrase("passphrase for byok's identity")?.ok_or_else(nobody)?;
        let Ok(passphrase) = Secret::new(typed) else { continue };
        match seal::unwrap(wrapped, &passphrase) {
            Err(SealError::WrongPassphrase) => ui.say("that is not the passphrase"),
            opened => return Ok(opened.map_err(broken)?),
        }
    }
    Err(Fault::refused("that was not the passphrase").hint("try again with `byok unlock`").into())
}

/// A new passphrase: made up, given, or typed twice and strong enough.
pub(crate) fn choose(ui: &Ui, generate: bool) -> Result<Secret> {
    if generate {
        let made = made_up()?;
        ui.say("a passphrase was made up; write it down now, for it is shown once:");
        ui.say(made.expose());
        return Ok(made);
    }
    if let Some(given) = given()? {
        return Ok(given);
    }
    loop {
        let typed = ui.passphrase("new passphrase")?.ok_or_else(|| {
            Fault::misused("nobody is there to type a new passphrase")
                .hint("have one made up with `--generate`, or name a file that holds it with `BYOK_PASSPHRASE_FILE`")
        })?;
        let Ok(passphrase) = Secret::new(typed) else {
            ui.say("an empty passphrase protects nothing");
            continue;
        };
        if let Some(why) = weakness(passphrase.expose()) {
            ui.warn(&format!("this passphrase is easy to guess: {why}"));
            if ui.confirm("take it all the same?")? != Some(true) {
                continue;
            }
        }
        let again = ui.passphrase("the same again")?.unwrap_or_default();
        if again.as_str() == passphrase.expose() {
            return Ok(passphrase);
        }
        ui.say("the two are not the same");
    }
}

/// Why a passphrase is weak, if it is.
fn weakness(passphrase: &str) -> Option<String> {
    let estimate = zxcvbn::zxcvbn(passphrase, &["byok"]);
    if estimate.score() >= zxcvbn::Score::Three {
        return None;
    }
    let feedback = estimate.feedback()?;
    let advice = feedback.suggestions().first().map(ToString::to_string);
    let words = feedback.warning().map(|warning| warning.to_string()).or(advice);
    Some(words.unwrap_or_else(|| "use a few more words".to_owned()).trim_end_matches('.').to_lowercase())
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
