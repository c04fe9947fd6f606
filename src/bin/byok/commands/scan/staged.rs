//! What the next commit would add: the lines of each staged file that its last commit does not have.
//!
//! git's lists are read with NULs between names, and the contents by their ids: no patch is parsed, no name quoted, and
//! nothing that a repository configures is run.

use std::collections::HashSet;
use std::io::{self, BufRead as _, BufReader, Read, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout};

use anyhow::Result;
use byok::scan::{self, Buffer, Finder, Scanned};

use super::git::Git;
use super::known::Known;
use super::report::{Item, Report};
use crate::fault::Fault;

const LIST: [&str; 11] = [
    "diff",
    "--cached",
    "--raw",
    "-z",
    "--no-abbrev",
    "--find-renames",
    "--no-relative",
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "--ignore-submodules=all",
];

/// A file that is staged.
struct Staged {
    path: PathBuf,
    /// The content that it had; none where it is new.
    old: Option<String>,
    new: String,
}

pub(crate) fn scan(finder: &Finder, known: &Known) -> Result<Report> {
    let git = Git::find()?;
    // Outside a repository, `git diff` compares folders instead.
    git.output(&["rev-parse", "--git-dir"])?;
    let staged = files(&git.output(&LIST)?);
    let mut report = Report::default();
    if staged.is_empty() {
        return Ok(report);
    }
    let mut blobs = Blobs::open(&git)?;
    let mut buffer = Buffer::default();
    for file in staged {
        let mut found = Vec::new();
        let mut keep = |finding, place, value: &[u8]| found.push((place, known.look(finding, value)));
        let scanned = blobs.with(&file.new, |content| scan::read(finder, content, false, &mut buffer, &mut keep))?;
        if scanned == Scanned::Binary {
            continue;
        }
        report.files += 1;
        if let Some(old) = file.old.as_ref().filter(|_| !found.is_empty()) {
            let (old, new) = (blobs.whole(old)?, blobs.whole(&file.new)?);
            let there: HashSet<&[u8]> = old.split(|&byte| byte == b'\n').collect();
            let lines: Vec<&[u8]> = new.split(|&byte| byte == b'\n').collect();
            found.retain(|(place, _)| lines.get(place.line - 1).is_none_or(|line| !there.contains(line)));
        }
        report.found.extend(found.into_iter().map(|(place, look)| Item::new(file.path.clone(), place, look)));
    }
    Ok(report)
}

/// The files in git's list: `:MODE MODE ID ID STATUS NUL PATH NUL`, with a second path for what was renamed or copied.
fn files(list: &[u8]) -> Vec<Staged> {
    let mut parts = list.split(|&byte| byte == 0);
    let mut files = Vec::new();
    while let Some(head) = parts.next().and_then(|head| std::str::from_utf8(head).ok()?.strip_prefix(':')) {
        let mut words = head.split(' ');
        let (_, mode, old, new, status) = (words.next(), words.next(), words.next(), words.next(), words.next());
        let Some(mut path) = parts.next() else { break };
        if status.is_some_and(|status| status.starts_with(['R', 'C'])) {
            path = parts.next().unwrap_or(path);
        }
        let real = |id: &&str| id.bytes().any(|byte| byte != b'0');
        // A submodule's is another repository; what a link names stands in its blob.
        if let (Some("100644" | "100755" | "120000"), Some(new)) = (mode, new.filter(real)) {
            let old = old.filter(real).map(str::to_owned);
            files.push(Staged { path: path_of(path), old, new: new.to_owned() });
        }
    }
    files
}

fn path_of(bytes: &[u8]) -> PathBuf {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        std::ffi::OsStr::from_bytes(bytes).into()
    }
    #[cfg(not(unix))]
    String::from_utf8_lossy(bytes).into_owned().into()
}

/// The contents of a repository, by id, from one `git cat-file`.
struct Blobs {
    child: Child,
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Blobs {
    fn open(git: &Git) -> Result<Self> {
        let mut child = git.spoken(&["cat-file", "--batch"])?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(ask), Some(answers)) => {
                Ok(Self { child, ask, answers: BufReader::with_capacity(64 * 1024, answers) })
            }
            _ => Err(Fault::failed("git cannot be spoken with").into()),
        }
    }

    /// Reads a content, which is then read to its end.
    fn with<T>(&mut self, id: &str, read: impl FnOnce(&mut dyn Read) -> io::Result<T>) -> Result<T> {
        let broken = |error| Fault::failed("cannot read what is staged").cause(error);
        self.ask.write_all(format!("{id}\n").as_bytes()).and_then(|()| self.ask.flush()).map_err(broken)?;
        let mut head = String::new();
        self.answers.read_line(&mut head).map_err(broken)?;
        // `ID blob SIZE`
        let mut words = head.split_whitespace().skip(1);
        let size: u64 = (words.next() == Some("blob"))
            .then(|| words.next())
            .flatten()
            .and_then(|size| size.parse().ok())
            .ok_or_else(|| Fault::failed("git does not have what is staged").hint("see `git fsck`"))?;
        let mut content = (&mut self.answers).take(size);
        let done = read(&mut content).map_err(broken)?;
        io::copy(&mut content, &mut io::sink()).map_err(broken)?;
        self.answers.read_exact(&mut [0]).map_err(broken)?;
        Ok(done)
    }

    fn whole(&mut self, id: &str) -> Result<Vec<u8>> {
        self.with(id, |content| {
            let mut bytes = Vec::new();
            content.read_to_end(&mut bytes).map(|_| bytes)
        })
    }
}

impl Drop for Blobs {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
