//! Signals at the two moments when dying at once would leave something behind: a write, and a prompt without echo.

use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rustix::termios::{LocalModes, OptionalActions, QueueSelector, Termios, tcflush, tcgetattr, tcsetattr};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGXFSZ};
use signal_hook::low_level;

const ENDING: [i32; 3] = [SIGINT, SIGTERM, SIGHUP];

/// Those that end a prompt: Ctrl-\ is for whoever wants it to end at once, not for a terminal without echo.
const ENDING_PROMPTS: [i32; 4] = [SIGINT, SIGTERM, SIGHUP, SIGQUIT];

/// Has a write over the limit of file sizes fail as any other, where it would end the process and leave a part behind. A
/// handler, for a program that is started would inherit that it is ignored.
pub(crate) fn survive_file_limits() {
    let _ = signal_hook::flag::register(SIGXFSZ, Arc::default());
}

/// How many of them live.
static HOLDS: AtomicUsize = AtomicUsize::new(0);

/// While this lives, an ending signal is only noted; when it is dropped, the signal takes effect, unless it is held back
/// further out as well.
pub(crate) struct Held {
    noted: Vec<(i32, Arc<AtomicBool>)>,
    registered: Vec<signal_hook::SigId>,
}

impl Held {
    /// Holds the ending signals back; `stop` is set as well, so that waiting can end early.
    pub(crate) fn new(stop: &Arc<AtomicBool>) -> Self {
        let mut held = Self { noted: Vec::new(), registered: Vec::new() };
        HOLDS.fetch_add(1, Ordering::Relaxed);
        for signal in ENDING {
            let noted = Arc::new(AtomicBool::new(false));
            for flag in [&noted, stop] {
                held.registered.extend(signal_hook::flag::register(signal, Arc::clone(flag)));
            }
            held.noted.push((signal, noted));
        }
        held
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        for id in self.registered.drain(..) {
            low_level::unregister(id);
        }
        // Whoever holds it further out has noted it, too.
        let last = HOLDS.fetch_sub(1, Ordering::Relaxed) == 1;
        let noted = self.noted.iter().find(|(_, noted)| noted.load(Ordering::Relaxed));
        if let Some((signal, _)) = noted.filter(|_| last) {
            let _ = low_level::emulate_default_handler(*signal);
        }
    }
}

/// Which signals came while we asked.
#[derive(Clone)]
struct Noted([(i32, Arc<AtomicBool>); ENDING_PROMPTS.len()]);

impl Noted {
    /// The one to end by. Whoever reads keys takes each for Ctrl-C, and raises that one behind it.
    fn first(&self) -> Option<i32> {
        let came = self.0.iter().filter(|(_, came)| came.load(Ordering::Relaxed)).map(|(signal, _)| *signal);
        came.max_by_key(|signal| *signal != SIGINT)
    }
}

/// While this lives, an ending signal first gives the terminal its echo and cursor back.
pub(crate) struct TerminalGuard {
    handle: signal_hook::iterator::Handle,
    noted: Noted,
    registered: Vec<signal_hook::SigId>,
    terminal: File,
    /// What the terminal gets back at the end.
    before: Option<Termios>,
}

impl TerminalGuard {
    /// `last` is said when a signal ends byok meanwhile.
    pub(crate) fn new(last: String) -> Option<Self> {
        // The controlling terminal, whatever the streams lead to.
        let terminal = File::options().read(true).write(true).open("/dev/tty").ok()?;
        let before = tcgetattr(&terminal).ok()?;
        let shown = terminal.try_clone().ok()?;
        // What was typed before the question is no answer to it.
        let _ = tcflush(&terminal, QueueSelector::IFlush);
        let mut signals = signal_hook::iterator::Signals::new(ENDING_PROMPTS).ok()?;
        let handle = signals.handle();
        // A program that comes back from Ctrl-Z finds the shell's terminal, with echo: while we ask, it does nothing.
        let mut registered = Vec::from_iter(signal_hook::flag::register(SIGTSTP, Arc::default()));
        let noted = Noted(ENDING_PROMPTS.map(|signal| {
            let came = Arc::new(AtomicBool::new(false));
            registered.extend(signal_hook::flag::register(signal, Arc::clone(&came)));
            (signal, came)
        }));
        let seen = noted.clone();
        std::thread::spawn(move || {
            if let Some(signal) = signals.forever().next() {
                let _ = tcsetattr(&terminal, OptionalActions::Now, &before);
                part(&last);
                let _ = low_level::emulate_default_handler(seen.first().unwrap_or(signal));
            }
        });
        Some(Self { handle, noted, registered, terminal: shown, before: None })
    }

    /// The same, and the terminal shows nothing of what is typed, between questions as well.
    pub(crate) fn unseen() -> Option<Self> {
        let mut guard = Self::new(String::new())?;
        let before = tcgetattr(&guard.terminal).ok()?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO);
        tcsetattr(&guard.terminal, OptionalActions::Now, &quiet).ok()?;
        guard.before = Some(before);
        Some(guard)
    }

    /// Forgets what was typed before the next question.
    pub(crate) fn flush(&self) {
        let _ = tcflush(&self.terminal, QueueSelector::IFlush);
    }
}

/// Ends byok as the signal at a question does, where the guard's thread may come too late; as Ctrl-C does where a menu
/// read that as a key.
pub(crate) fn interrupted(guard: Option<&TerminalGuard>, last: &str) {
    part(last);
    let _ = low_level::emulate_default_handler(guard.and_then(|guard| guard.noted.first()).unwrap_or(SIGINT));
}

/// Gives the terminal its cursor and a line of its own, and says the last there is to say.
fn part(last: &str) {
    let line = if last.is_empty() { String::new() } else { format!("{last}\n") };
    let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("\x1b[?25h\n{line}").as_bytes());
}

impl Drop for TerminalGuard {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            let _ = tcsetattr(&self.terminal, OptionalActions::Now, before);
        }
        self.handle.close();
        for id in self.registered.drain(..) {
            low_level::unregister(id);
        }
    }
}
