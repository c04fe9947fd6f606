//! `byok scan`: keys where none should be, by their place.

pub(super) mod git;
mod hook;
mod known;
mod report;
mod sarif;
mod staged;

use std::io;
use std::path::{Path, PathBuf};

use anyhow::Result;
use byok::scan::{self, Buffer, Finder};

use crate::cli::scanning::Scan;
use crate::fault::{Fault, code};
use crate::session::{Session, dense, secret_argument};
use crate::ui::escaped;
use known::Known;
use report::{Item, Report};

/// What standard input is called in a report.
const STDIN: &str = "-";

pub(crate) fn run(session: &Session<'_>, args: &Scan) -> Result<u8> {
    if args.install_hook {
        return hook::install(session);
    }
    let known = Known::new(session);
    let finder = known.finder(session.registry()?);
    let mut report = if args.staged {
        staged::scan(&finder, &known)?
    } else if args.stdin || args.paths == [Path::new(STDIN)] {
        stdin(&finder, &known)?
    } else {
        tree(&finder, &known, args)?
    };
    let paths =
        report.found.iter_mut().map(|item| &mut item.path).chain(report.unread.iter_mut().map(|(path, _)| path));
    for path in paths {
        veil(&finder, path);
    }
    if args.json {
        session.ui.data(report.json().as_bytes())?;
    } else if args.sarif {
        session.ui.data(sarif::document(&report).as_bytes())?;
    } else {
        session.ui.data(report.lines().as_bytes())?;
    }
    report.tell(session)?;
    Ok(if report.found.is_empty() && report.unread.is_empty() { code::DONE } else { code::FAILED })
}

fn stdin(finder: &Finder, known: &Known) -> Result<Report> {
    let mut report = Report::default();
    let mut found = |finding, place, value: &[u8]| {
        report.found.push(Item::new(PathBuf::from(STDIN), place, known.look(finding, value)));
    };
    let scanned = scan::read(finder, &mut io::stdin().lock(), true, &mut Buffer::default(), &mut found);
    scanned.map_err(|error| Fault::failed("cannot read standard input").cause(error))?;
    report.files = 1;
    Ok(report)
}

fn tree(finder: &Finder, known: &Known, args: &Scan) -> Result<Report> {
    let mut paths = args.paths.clone();
    std::env::current_dir().map_err(|error| Fault::failed("the working folder is gone").cause(error))?;
    if paths.is_empty() {
        paths.push(PathBuf::from("."));
    }
    for path in &paths {
        check(path)?;
    }
    let walked = scan::walk(finder, &paths, args.no_ignore, &|finding, value| known.look(finding, value));
    let tidy = |path: PathBuf| path.strip_prefix("./").map(Path::to_owned).unwrap_or(path);
    let item = |(path, place, look)| Item::new(tidy(path), place, look);
    let unread = walked.unread.into_iter().map(|(path, why)| (tidy(path), why));
    Ok(Report { found: walked.found.into_iter().map(item).collect(), files: walked.files, unread: unread.collect() })
}

/// Leaves out of a path that is to be shown whatever is a key in it.
fn veil(finder: &Finder, path: &mut PathBuf) {
    let text = path.to_string_lossy().into_owned();
    let (mut shown, mut done) = (String::new(), 0);
    finder.find_all(text.as_bytes(), |finding| {
        shown.push_str(text.get(done..finding.range.start).unwrap_or_default());
        shown.push('…');
        done = finding.range.end;
    });
    if done > 0 {
        shown.push_str(text.get(done..).unwrap_or_default());
        *path = shown.into();
    }
}

/// Refuses what is no file and no folder: a pipe might never end.
fn check(path: &Path) -> Result<()> {
    if path == Path::new(STDIN) {
        return Err(Fault::misused("`-` is standard input, and stands alone").into());
    }
    match path.metadata() {
        Ok(there) if there.is_file() || there.is_dir() => Ok(()),
        Ok(_) => {
            Err(Fault::misused(format!("`{}` is neither a file nor a folder", escaped(&path.display().to_string())))
                .hint("look through what it gives with `byok scan --stdin`")
                .into())
        }
        // What was given in the place of a path may be the key itself.
        Err(_) if dense(&path.to_string_lossy()) => Err(secret_argument()),
        Err(error) => {
            Err(Fault::misused(format!("cannot read `{}`", escaped(&path.display().to_string()))).cause(error).into())
        }
    }
}
