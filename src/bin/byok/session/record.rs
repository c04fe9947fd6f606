//! What goes into the log, and who did it. The log is never in the way: what keeps it from being written is a warning.

use byok::journal::{Actor, Entry, Journal};
use byok::keys::{changes, people, subject};
use byok::name::ProfileName;
use byok::profile::{Key, Profile};
use byok::resolve::Chain;
use byok::settings::Logged;

use crate::caller;
use crate::session::Session;
use crate::vars;

impl Session<'_> {
    /// The log of this user on this machine.
    pub(crate) fn journal(&self) -> Journal {
        Journal::new(self.folders.state.join("log"), Actor { user: user(), machine: machine(), ..Actor::default() })
    }

    /// Writes down that keys are handed out, each under the profile that it came from.
    pub(crate) fn note_read<E>(&self, profiles: &Chain<'_, E>, keys: &[&Key]) {
        for (name, profile) in profiles.opened() {
            let own = profile.keys().as_ptr_range();
            let mut own = keys.iter().copied().filter(|key| own.contains(&std::ptr::from_ref(*key))).peekable();
            // An empty answer of the meant profile's is one, too.
            if own.peek().is_some() || (keys.is_empty() && *name == self.profile) {
                self.note_read_of(name, own);
            }
        }
    }

    /// Writes down that keys of a profile are handed out.
    pub(crate) fn note_read_of<'k>(&self, profile: &ProfileName, keys: impl IntoIterator<Item = &'k Key>) {
        if self.settings.log != Logged::All {
            return;
        }
        // `env` runs at every shell's start: what has to be asked for is filled in later, and nobody is asked for the program.
        let program = if self.verb.get() == "env" { caller::known_program() } else { caller::program() };
        let actor = Actor { program, user: vars::user(), agent: vars::agent(), ..Actor::default() };
        let entry = Entry {
            at: crate::time::clock(),
            verb: self.verb.get().to_owned(),
            profile: Some(profile.clone()),
            actor,
            ..Entry::default()
        };
        let entry = entry.with(keys.into_iter().map(|key| subject(key, None)));
        let journal = Journal::new(self.folders.state.join("log"), Actor::default());
        let settled = || if self.verb.get() == "env" { Ok(()) } else { self.journal().settle(self.stop()) };
        if let Err(error) = journal.note(&entry).and_then(|()| settled()) {
            self.ui.warn(&format!("the log was not written: {:#}", anyhow::Error::from(error)));
        }
    }

    /// Writes down what a merge made of our side of a profile.
    pub(crate) fn note_merge(&self, name: &ProfileName, ours: &Profile, merged: &Profile) {
        self.note(name, Some(ours), Some(merged), merged.generation());
    }

    /// Writes down what became of a profile.
    pub(crate) fn note_change(&self, name: &ProfileName, old: Option<&Profile>, new: Option<&Profile>) {
        self.note(name, old, new, new.map_or(0, |new| new.generation() + 1));
    }

    fn note(&self, name: &ProfileName, old: Option<&Profile>, new: Option<&Profile>, generation: u64) {
        if self.settings.log == Logged::Off {
            return;
        }
        let entry = Entry {
            at: crate::time::clock(),
            verb: self.verb.get().to_owned(),
            profile: Some(name.clone()),
            generation: new.map(|_| generation),
            actor: Actor { program: caller::program(), user: user(), machine: machine(), agent: vars::agent() },
            people: old.zip(new).map(|(old, new)| people(old, new)).unwrap_or_default(),
            ..Entry::default()
        };
        let entry = entry.with(new.map(|new| changes(old, new)).unwrap_or_default());
        if let Err(error) = self.journal().record(&entry, self.stop()) {
            self.ui.warn(&format!("the log was not written: {:#}", anyhow::Error::from(error)));
        }
    }
}

/// The name of the user, or the number that the system knows the user by.
fn user() -> Option<String> {
    #[cfg(unix)]
    return vars::user().or_else(|| Some(format!("uid {}", rustix::process::getuid().as_raw())));
    #[cfg(not(unix))]
    vars::user().or_else(|| vars::value("USERNAME"))
}

#[cfg(unix)]
pub(crate) fn machine() -> Option<String> {
    rustix::system::uname().nodename().to_str().ok().map(ToOwned::to_owned)
}

#[cfg(not(unix))]
pub(crate) fn machine() -> Option<String> {
    vars::value("COMPUTERNAME")
}
