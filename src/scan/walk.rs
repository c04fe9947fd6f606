//! The files of a tree, as ripgrep walks it: hidden ones too, what is ignored not, and no link followed.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc;

use ignore::{WalkBuilder, WalkState};

use super::{Buffer, Finder, Finding, Place, Scanned, read};

/// What one tree held.
#[derive(Debug, Default)]
pub struct Walked<T> {
    /// What was made of each finding, by path and place.
    pub found: Vec<(PathBuf, Place, T)>,
    /// How many files were looked through.
    pub files: usize,
    /// How many bytes they had.
    pub bytes: u64,
    /// What could not be read, and why.
    pub unread: Vec<(PathBuf, String)>,
}

enum Event<T> {
    Found(PathBuf, Place, T),
    Scanned(u64),
    Unread(PathBuf, String),
}

/// Looks through files and trees, on all processors. `make` turns a finding and its value into what is kept of it.
///
/// Obeyed are `.gitignore`, `.ignore` and `.byokignore`, unless `everything`; `.git` is never entered.
pub fn walk<T: Send>(
    finder: &Finder,
    paths: &[PathBuf],
    everything: bool,
    make: &(dyn Fn(Finding, &[u8]) -> T + Sync),
) -> Walked<T> {
    let mut walked = Walked { found: Vec::new(), files: 0, bytes: 0, unread: Vec::new() };
    let Some((first, others)) = paths.split_first() else { return walked };
    let mut builder = WalkBuilder::new(first);
    for other in others {
        builder.add(other);
    }
    builder.standard_filters(!everything).hidden(false).follow_links(false);
    if !everything {
        builder.add_custom_ignore_filename(".byokignore");
    }
    builder.filter_entry(|entry| entry.depth() == 0 || entry.file_name() != ".git");
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let parallel = builder.threads(threads).build_parallel();
    let (send, receive) = mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let send = send;
            parallel.run(|| {
                let (send, mut buffer) = (send.clone(), Buffer::default());
                Box::new(move |entry| {
                    visit(finder, entry, &mut buffer, make, &mut |event| drop(send.send(event)));
                    WalkState::Continue
                })
            });
        });
        for event in receive {
            match event {
                Event::Found(path, place, what) => walked.found.push((path, place, what)),
                Event::Scanned(bytes) => (walked.files, walked.bytes) = (walked.files + 1, walked.bytes + bytes),
                Event::Unread(path, why) => walked.unread.push((path, why)),
            }
        }
    });
    walked.found.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    walked.unread.sort();
    walked
}

fn visit<T>(
    finder: &Finder,
    entry: Result<ignore::DirEntry, ignore::Error>,
    buffer: &mut Buffer,
    make: &(dyn Fn(Finding, &[u8]) -> T + Sync),
    tell: &mut dyn FnMut(Event<T>),
) {
    let entry = match entry {
        Ok(entry) => entry,
        Err(error) => return tell(unread(&error)),
    };
    let named = entry.depth() == 0;
    // A link that a person named is meant; one in the tree leads elsewhere. Pipes, sockets and devices hold no text.
    let file = if named { entry.path().is_file() } else { entry.file_type().is_some_and(|kind| kind.is_file()) };
    if !file {
        return;
    }
    let path = entry.path();
    let mut found = |finding, place, value: &[u8]| tell(Event::Found(path.to_owned(), place, make(finding, value)));
    let scanned = open(path, named).and_then(|mut file| read(finder, &mut file, named, buffer, &mut found));
    tell(match scanned {
        Ok(Scanned::Whole(bytes)) => Event::Scanned(bytes),
        Ok(Scanned::Binary) => return,
        Err(error) => Event::Unread(path.to_owned(), error.to_string()),
    });
}

/// Opens a file that may have become something else since it was listed.
fn open(path: &Path, named: bool) -> io::Result<File> {
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt as _;
        let link = if named { OFlags::empty() } else { OFlags::NOFOLLOW };
        options.custom_flags(i32::try_from((OFlags::NONBLOCK | OFlags::NOCTTY | link).bits()).unwrap_or(0));
    }
    let file = options.open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is no plain file any more"));
    }
    Ok(file)
}

/// What the walk itself could not read.
fn unread<T>(error: &ignore::Error) -> Event<T> {
    let (mut path, mut inner) = (PathBuf::new(), error);
    loop {
        inner = match inner {
            ignore::Error::WithPath { path: at, err } => {
                path.clone_from(at);
                &**err
            }
            ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => &**err,
            other => return Event::Unread(path, other.to_string()),
        };
    }
}
