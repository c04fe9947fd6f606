//! The only printer and asker.
//!
//! Data goes to standard output and nothing else does. Sentences go to standard error, begin with `byok:` where they
//! tell of trouble, start in lower case and end without a period. Questions go to the terminal, and are asked only
//! where both standard input and standard error are one. Text from outside is washed before a terminal sees it.

use std::cell::{Cell, RefCell};
use std::io::{self, IsTerminal, Write};

use anyhow::Result;
use byok::name::ProfileName;
use zeroize::Zeroizing;

use crate::fault::{self, Fault, for_profile};
use crate::session::dense;
use crate::signals::TerminalGuard;
use crate::vars::Vars;

/// The terminal, or what stands in its place.
#[derive(Debug)]
pub(crate) struct Ui {
    may_ask: Cell<bool>,
    /// Whether nobody is to be asked, whatever terminal there is.
    mute: Cell<bool>,
    /// What is said when a signal ends byok at a question.
    last: RefCell<String>,
    colour: bool,
    live: bool,
    /// The profile that was named on the command line.
    profile: Option<String>,
}

/// While this lives, the terminal shows nothing of what is typed.
pub(crate) struct Unseen(Option<TerminalGuard>);

#[expect(clippy::unused_self, reason = "whoever prints has been handed the printer")]
impl Ui {
    pub(crate) fn new(vars: &Vars, no_input: bool) -> Self {
        let (stdin, stderr) = (io::stdin().is_terminal(), io::stderr().is_terminal());
        let mute = no_input || vars.ci;
        Self {
            may_ask: Cell::new(stdin && stderr && !mute),
            mute: Cell::new(mute),
            last: RefCell::default(),
            colour: stderr && !vars.no_color,
            live: stderr && !vars.dumb && !vars.ci,
            profile: None,
        }
    }

    /// The same, whose hints are for this profile.
    pub(crate) fn meaning(self, profile: Option<&String>) -> Self {
        // What is no name, or may be a key, is refused elsewhere and repeated nowhere.
        let is_name = |name: &&String| ProfileName::parse(name).is_ok() && !dense(name);
        Self { profile: profile.filter(is_name).cloned(), ..self }
    }

    /// Whether a person is there to ask.
    pub(crate) fn may_ask(&self) -> bool {
        self.may_ask.get()
    }

    /// Whether nobody is to be asked anything, not by another program either.
    pub(crate) fn is_mute(&self) -> bool {
        self.mute.get()
    }

    /// Asks nobody from now on.
    pub(crate) fn hush(&self) {
        self.may_ask.set(false);
        self.mute.set(true);
    }

    /// What is said when a signal ends byok at a question from now on.
    pub(crate) fn at_interrupt(&self, sentence: Option<String>) {
        self.last.replace(washed(&sentence.unwrap_or_default()));
    }

    fn guard(&self) -> Option<TerminalGuard> {
        TerminalGuard::new(self.last.borrow().clone())
    }

    /// Whether standard error is a terminal that can be drawn on.
    pub(crate) fn is_live(&self) -> bool {
        self.live
    }

    /// Writes data to standard output, all of it or an error.
    pub(crate) fn data(&self, bytes: &[u8]) -> Result<()> {
        let mut stdout = open_stdout()?;
        stdout.write_all(bytes).and_then(|()| stdout.flush()).map_err(|error| Fault::stdout(error).into())
    }

    /// Writes a part of a stream to standard output, at once and past every buffer.
    pub(crate) fn stream(&self, bytes: &[u8]) -> Result<()> {
        let stdout = open_stdout()?;
        #[cfg(unix)]
        {
            use rustix::io::{Errno, write};
            let mut rest = bytes;
            while !rest.is_empty() {
                match write(&stdout, rest) {
                    Ok(written) => rest = &rest[written..],
                    Err(Errno::INTR) => {}
                    Err(error) => return Err(Fault::stdout(error.into()).into()),
                }
            }
            Ok(())
        }
        #[cfg(not(unix))]
        {
            let mut stdout = stdout;
            stdout.write_all(bytes).and_then(|()| stdout.flush()).map_err(|error| Fault::stdout(error).into())
        }
    }

    /// Writes commands for another program to standard error, as they are.
    pub(crate) fn raw(&self, text: &str) -> Result<()> {
        Ok(io::stderr().write_all(text.as_bytes())?)
    }

    /// A sentence.
    pub(crate) fn say(&self, sentence: &str) {
        self.line("", sentence);
    }

    /// Something that is not as it should be, but stops nothing.
    pub(crate) fn warn(&self, sentence: &str) {
        self.line(&format!("byok: {}: ", self.paint("33", "warning")), sentence);
    }

    /// Advice: a command that works when pasted.
    pub(crate) fn hint(&self, sentence: &str) {
        let meant = self.profile.as_ref().map(|profile| for_profile(sentence, profile));
        let sentence = meant.as_deref().unwrap_or(sentence);
        self.line(&format!("byok: {}: ", self.paint("36", "hint")), sentence);
    }

    /// What stopped byok, and what to do about it; answers with the exit code. A closed pipe is quiet.
    pub(crate) fn fault(&self, error: &anyhow::Error) -> u8 {
        let report = fault::report(error);
        if report.code != fault::code::CLOSED_PIPE {
            self.line(&format!("byok: {}: ", self.paint("31", "error")), &report.sentence);
            for hint in &report.hints {
                self.hint(hint);
            }
        }
        report.code
    }

    fn line(&self, start: &str, sentence: &str) {
        // Nobody is left to be told where standard error is closed.
        let _ = writeln!(io::stderr(), "{start}{}", washed(sentence));
    }

    fn paint(&self, colour: &str, word: &str) -> String {
        if self.colour { format!("\x1b[1;{colour}m{word}\x1b[0m") } else { word.to_owned() }
    }

    /// Asks for a secret, unseen. `None` where nobody can be asked.
    pub(crate) fn password(&self, prompt: &str) -> Result<Option<Zeroizing<String>>> {
        if !self.may_ask.get() {
            return Ok(None);
        }
        let guard = self.guard();
        let typed = dialoguer::Password::new().with_prompt(washed(prompt)).allow_empty_password(true).interact();
        typed.map(|typed| Some(Zeroizing::new(typed))).map_err(|error| self.asked(guard.as_ref(), error))
    }

    /// Whether a person can be asked for a passphrase: there is a terminal, wherever the streams lead.
    pub(crate) fn may_ask_passphrase(&self) -> bool {
        if cfg!(unix) {
            !self.mute.get() && std::fs::OpenOptions::new().read(true).write(true).open("/dev/tty").is_ok()
        } else {
            self.may_ask.get()
        }
    }

    /// Turns the terminal's echo off, so that a passphrase can be asked for; `None` where nobody can be asked.
    pub(crate) fn unseen(&self) -> Option<Unseen> {
        if !self.may_ask_passphrase() {
            return None;
        }
        Some(Unseen(TerminalGuard::unseen()))
    }

    /// Asks for a passphrase on the controlling terminal, so that it can be asked for wherever the streams lead, as in
    /// `eval "$(byok env)"`.
    pub(crate) fn passphrase(&self, unseen: &Unseen, prompt: &str) -> Result<Zeroizing<String>> {
        if let Some(guard) = &unseen.0 {
            guard.flush();
        }
        let asking = dialoguer::Password::new().with_prompt(washed(prompt)).allow_empty_password(true);
        #[cfg(unix)]
        let typed = {
            let tty = std::fs::OpenOptions::new().read(true).write(true).open("/dev/tty");
            let pair = tty.and_then(|tty| tty.try_clone().map(|writer| (tty, writer)));
            let (tty, writer) = pair.map_err(|error| self.asked(unseen.0.as_ref(), error.into()))?;
            asking.interact_on(&dialoguer::console::Term::read_write_pair(tty, writer))
        };
        #[cfg(not(unix))]
        let typed = asking.interact();
        typed.map(Zeroizing::new).map_err(|error| self.asked(unseen.0.as_ref(), error))
    }

    /// Asks a question whose answer is no unless said otherwise. `None` where nobody can be asked.
    pub(crate) fn confirm(&self, question: &str) -> Result<Option<bool>> {
        if !self.may_ask.get() {
            return Ok(None);
        }
        let guard = self.guard();
        // A whole line, and one that was typed after the question: a stray key must not mean yes.
        let typed: Result<String, _> =
            dialoguer::Input::new().with_prompt(washed(question) + " [y/N]").allow_empty(true).interact();
        let answer = typed.map_err(|error| self.asked(guard.as_ref(), error))?.trim().to_lowercase();
        Ok(Some(answer == "y" || answer == "yes"))
    }

    /// Asks for a line of text; `None` where nobody can be asked, or nothing was typed.
    pub(crate) fn ask(&self, question: &str, usual: &str) -> Result<Option<String>> {
        if !self.may_ask.get() {
            return Ok(None);
        }
        let guard = self.guard();
        let input = dialoguer::Input::<String>::new().with_prompt(washed(question)).allow_empty(true);
        let input = if usual.is_empty() { input } else { input.default(usual.to_owned()) };
        let typed = input.interact_text().map_err(|error| self.asked(guard.as_ref(), error))?;
        Ok(Some(typed.trim().to_owned()).filter(|typed| !typed.is_empty()))
    }

    /// Asks to choose one of `items`. `None` where nobody can be asked, or nothing was chosen.
    pub(crate) fn choose(&self, question: &str, items: &[String]) -> Result<Option<usize>> {
        if !self.may_ask.get() {
            return Ok(None);
        }
        let guard = self.guard();
        let items = items.iter().map(|item| washed(item));
        dialoguer::Select::new()
            .with_prompt(washed(question))
            .items(items)
            .default(0)
            .interact_opt()
            .map_err(|error| self.asked(guard.as_ref(), error))
    }

    fn asked(&self, guard: Option<&TerminalGuard>, error: dialoguer::Error) -> anyhow::Error {
        let dialoguer::Error::IO(error) = error;
        if error.kind() == io::ErrorKind::Interrupted {
            crate::signals::interrupted(guard, &self.last.borrow());
        }
        Fault::failed("the question was not answered").cause(error).into()
    }

    /// Refuses to show secrets to whoever looks at the screen.
    pub(crate) fn refuse_terminal(&self, reveal: bool, instead: &str) -> Result<()> {
        if reveal || !io::stdout().is_terminal() {
            return Ok(());
        }
        Err(Fault::refused("standard output is a terminal: the secret would stay in its history")
            .hint(instead)
            .hint("add `--reveal` to show it")
            .into())
    }
}

/// Standard output, unless the caller closed it.
///
/// The standard library opens `/dev/null` in a closed one's place, for reading and writing; what a shell opens there is
/// for writing only. Without this check, data for a closed standard output would be lost and called done.
fn open_stdout() -> Result<io::Stdout> {
    let stdout = io::stdout();
    #[cfg(unix)]
    {
        use rustix::fs::{OFlags, fcntl_getfl, fstat};
        use std::os::unix::fs::MetadataExt;
        let both_ways = fcntl_getfl(&stdout).is_ok_and(|flags| flags & OFlags::RWMODE == OFlags::RDWR);
        if both_ways && !stdout.is_terminal() {
            let null = std::fs::metadata("/dev/null").map(|null| null.rdev());
            if fstat(&stdout).is_ok_and(|out| null.is_ok_and(|null| null == out.st_rdev)) {
                return Err(Fault::failed("standard output is closed").into());
            }
        }
    }
    Ok(stdout)
}

/// Whether a character steers a terminal; a line break may stay.
fn steers(c: char) -> bool {
    c != '\n' && byok::wash::steers(c)
}

/// A document for programs, in which what could steer a terminal or a CI system is escaped: JSON itself leaves C1,
/// marks and `##vso[` alone.
pub(crate) fn json(document: &serde_json::Value) -> String {
    use std::fmt::Write as _;
    let mut out = String::new();
    // Outside its texts, JSON has no `#`.
    for c in format!("{document:#}\n").replace("##", "#\\u0023").chars() {
        if steers(c) {
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

/// The text on one line, with what steers a terminal escaped.
pub(crate) fn escaped(text: &str) -> String {
    let whole = |c: char| if c == '\n' || steers(c) { c.escape_unicode().to_string() } else { c.to_string() };
    text.chars().map(whole).collect()
}

/// The text with [`steers`] replaced, and without what a CI system would take for a command to itself: `::` at the start
/// of a line, `##vso[` and `##[` anywhere.
pub(crate) fn washed(text: &str) -> String {
    let plain: String = text.chars().map(|c| if steers(c) { '\u{fffd}' } else { c }).collect();
    if !plain.contains("##") && !plain.contains("::") {
        return plain;
    }
    let plain = plain.replace("##", "# #");
    let mut lines: Vec<String> = plain.split('\n').map(str::to_owned).collect();
    for line in lines.iter_mut().filter(|line| line.trim_start().starts_with("::")) {
        *line = line.replacen("::", ": :", 1);
    }
    lines.join("\n")
}
