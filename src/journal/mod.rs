//! The log: what was done with the keys of this machine's user, as a chain of JSON lines, mode 600.
//!
//! A change is written into the chain under the lock of the log. What only reads keys runs at every shell's start and
//! waits for nobody: it adds its line to a second file, and whoever comes next under the lock takes those lines into the
//! chain. The log is never in the way: every error here is for its caller to tell of, and to go on.
//!
//! `log.jsonl` is the chain, `log.old.jsonl` its part before the last roll-over, `reads.jsonl` what is not yet in it,
//! `head.json` the last entry, so that one that is cut off at the end is missed.

mod chain;
mod entry;
mod uses;

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::disk::{self, DiskError};
pub use chain::Flaw;
use chain::Head;
pub use entry::{Actor, Entry, NAMED, Person, Subject};
use serde::{Deserialize, Serialize};
pub use uses::{Use, Uses};

/// The size at which the log is rolled over, in bytes; one older part of this size is kept.
pub const LIMIT: u64 = 16 * 1024 * 1024;

/// The size from which on what was read lately is taken into the chain without waiting for a change, in bytes.
const MANY: u64 = 1024 * 1024;

/// The most that is read of either file, in bytes: far above what two roll-overs leave.
const READ: u64 = 8 * LIMIT;

/// How much of the end of the chain is looked at when something is added, in bytes: more than what is taken in at once.
const TAIL: u64 = 256 * 1024;

/// How long the log waits for another writer of it: what it writes is never worth a longer wait.
const PATIENCE: Duration = Duration::from_secs(2);

/// The folder of a log.
#[derive(Debug, Clone)]
pub struct Journal {
    folder: PathBuf,
    here: Actor,
    limit: u64,
}

impl Journal {
    /// The log in this folder, which need not be there. What does not say who did it on which machine, `here` did.
    pub fn new(folder: PathBuf, here: Actor) -> Self {
        Self { folder, here, limit: LIMIT }
    }

    /// Adds what was only read: one line in one write, two system calls where the log is there already.
    pub fn note(&self, entry: &Entry) -> Result<(), DiskError> {
        // Behind what a full disk may have left of the line before.
        let mut line = vec![b'\n'];
        line.extend(serde_json::to_vec(entry).unwrap_or_default());
        line.push(b'\n');
        match disk::add_line(&self.reads(), &line) {
            Err(DiskError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
                disk::make_folder(&self.folder)?;
                disk::add_line(&self.reads(), &line)
            }
            done => done,
        }
    }

    /// Takes what was only read into the chain if there is much of it, for those who are not in such a hurry as `env`.
    pub fn settle(&self, stop: &AtomicBool) -> Result<(), DiskError> {
        if disk::tail(&self.reads(), 0)?.1 < MANY {
            return Ok(());
        }
        let _lock = self.lock(stop)?;
        self.write(None)
    }

    /// Adds a change to the chain, behind whatever was read before it.
    pub fn record(&self, entry: &Entry, stop: &AtomicBool) -> Result<(), DiskError> {
        disk::make_folder(&self.folder)?;
        let _lock = self.lock(stop)?;
        self.write(Some(entry))
    }

    /// The whole log, oldest first: the text of its lines, what was read lately among them.
    pub fn read(&self, stop: &AtomicBool) -> Result<Log, DiskError> {
        if !disk::check_folder(&self.folder)? {
            return Ok(Log::default());
        }
        // On a read-only disk, what is in the chain is still told.
        if let Ok(_lock) = self.lock(stop) {
            let _ = self.write(None);
        }
        self.whole()
    }

    fn whole(&self) -> Result<Log, DiskError> {
        // The head first: what is added meanwhile stands behind it.
        let head = self.known()?.map(|known| known.head);
        Ok(Log { text: text(&[self.old(), self.log()])?, head })
    }

    /// The chain as it stands, for those who look whether it is whole and write nothing.
    pub fn chain(&self) -> Result<Log, DiskError> {
        if !disk::check_folder(&self.folder)? {
            return Ok(Log::default());
        }
        self.whole()
    }

    /// What the log says at this moment, for those who only look: nothing is written, and an entry may come twice.
    pub fn peek(&self) -> Result<Log, DiskError> {
        if !disk::check_folder(&self.folder)? {
            return Ok(Log::default());
        }
        Ok(Log { text: text(&[self.old(), self.log(), self.taken(), self.reads()])?, head: None })
    }

    /// Takes what was read into the chain, and then `entry`. The caller holds the lock.
    fn write(&self, entry: Option<&Entry>) -> Result<(), DiskError> {
        let known = self.known()?;
        let (tail, size) = disk::tail(&self.log(), TAIL)?;
        let tail = String::from_utf8_lossy(&tail);
        let read = self.take(known.as_ref())?;
        let last = tail.lines().rev().find_map(Head::of);
        // What a crash kept from being called taken is in the chain already.
        let crashed = last.is_some() && last != known.as_ref().map(|known| known.head.clone());
        let new = |line: &&str| line.len() > 1 && !(crashed && tail.contains(&line[1..line.len() - 1]));
        let lines = read.lines.lines().filter(new).filter_map(|line| {
            let mut entry: Entry = serde_json::from_str(line).ok()?;
            entry.actor.machine = entry.actor.machine.or_else(|| self.here.machine.clone());
            entry.actor.user = entry.actor.user.or_else(|| self.here.user.clone());
            Some(entry)
        });
        let entries: Vec<Entry> = lines.chain(entry.cloned()).collect();
        if !entries.is_empty() {
            // What was remembered and does not stand there was changed or taken away: what comes now builds on it all the
            // same, so that the break stays for all to see.
            let broken =
                |head: &Head| last.is_some() && !tail.lines().rev().any(|line| Head::of(line).as_ref() == Some(head));
            let remembered = known.map(|known| known.head);
            let mut head = remembered.clone().filter(broken).or(last).or(remembered).unwrap_or_default();
            let mut text = String::new();
            if size > self.limit {
                disk::rename(&self.log(), &self.old())?;
                let at = entries[0].at;
                text.push_str(&head.add(&Entry { at, verb: chain::CONTINUED.to_owned(), ..Entry::default() }));
            }
            for entry in &entries {
                text.push_str(&head.add(entry));
            }
            disk::append_lines(&self.log(), text.as_bytes())?;
            return self.remember(&Known { head, taken: read.taken, of: read.of });
        }
        Ok(())
    }

    /// What was read since the last time. A verb that opened the file before it got its other name may still write into
    /// it: what comes late is found the next time.
    fn take(&self, known: Option<&Known>) -> Result<Read, DiskError> {
        let from = |file: &disk::Numbered| {
            let known = known.filter(|known| known.of == file.number).map_or(0, |known| known.taken);
            let start = usize::try_from(known).unwrap_or_default().min(file.bytes.len());
            // The end of a line that a full disk cut off, or that is being written, is no entry.
            let end = file.bytes.iter().rposition(|&byte| byte == b'\n').map_or(start, |at| at + 1).max(start);
            (start, end)
        };
        let mut read = Read::default();
        if let Some(late) = disk::read_numbered(&self.taken(), READ)? {
            let (start, end) = from(&late);
            read.lines.push_str(&String::from_utf8_lossy(&late.bytes[start..end]));
            (read.taken, read.of) = (end as u64, late.number);
        }
        if disk::rename(&self.reads(), &self.taken())?
            && let Some(fresh) = disk::read_numbered(&self.taken(), READ)?
        {
            let (_, end) = from(&fresh);
            read.lines.push_str(&String::from_utf8_lossy(&fresh.bytes[..end]));
            (read.taken, read.of) = (end as u64, fresh.number);
        }
        Ok(read)
    }

    fn known(&self) -> Result<Option<Known>, DiskError> {
        let bytes = disk::read_private(&self.folder.join("head.json"), 4096)?;
        Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }

    fn remember(&self, known: &Known) -> Result<(), DiskError> {
        disk::note(&self.folder.join("head.json"), &serde_json::to_vec(known).unwrap_or_default())
    }

    fn lock(&self, stop: &AtomicBool) -> Result<disk::Lock, DiskError> {
        disk::Lock::take(&self.folder.join("log.lock"), PATIENCE, stop)
    }

    fn log(&self) -> PathBuf {
        self.folder.join("log.jsonl")
    }

    fn old(&self) -> PathBuf {
        self.folder.join("log.old.jsonl")
    }

    fn reads(&self) -> PathBuf {
        self.folder.join("reads.jsonl")
    }

    fn taken(&self) -> PathBuf {
        self.folder.join("reads.taken.jsonl")
    }
}

/// What these files say, one after the other.
fn text(paths: &[PathBuf]) -> Result<String, DiskError> {
    let mut text = String::new();
    for path in paths {
        if let Some(bytes) = disk::read_private(path, READ)? {
            text.push_str(&String::from_utf8_lossy(&bytes));
        }
    }
    Ok(text)
}

/// What is remembered beside the chain.
#[derive(Debug, Serialize, Deserialize)]
struct Known {
    #[serde(flatten)]
    head: Head,
    /// How much of the file of reads is in the chain, in bytes, and the number of that file.
    taken: u64,
    of: u64,
}

/// What was read lately.
#[derive(Debug, Default)]
struct Read {
    lines: String,
    taken: u64,
    of: u64,
}

/// A log, as it was read.
#[derive(Debug, Default)]
pub struct Log {
    text: String,
    head: Option<Head>,
}

impl Log {
    /// Its lines, oldest first.
    pub fn lines(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.text.lines()
    }

    /// What is wrong with it.
    pub fn verify(&self) -> Vec<Flaw> {
        chain::verify(self.lines(), self.head.as_ref())
    }
}

#[cfg(test)]
mod tests;
