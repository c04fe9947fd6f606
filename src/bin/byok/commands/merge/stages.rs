//! The three copies of a file that git left in conflict, out of its index.

use std::ffi::OsStr;
use std::path::Path;

use anyhow::Result;
use byok::disk;

use super::copies::{Copies, LIMIT};
use crate::commands::scan::git::Git;
use crate::fault::{Fault, quoted};
use crate::ui::escaped;

/// What both sides had, and what each has, of a file of a work tree.
pub(super) fn of(file: &Path) -> Result<Copies> {
    let shown = escaped(&file.display().to_string());
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = file.file_name().ok_or_else(|| Fault::misused(format!("`{shown}` is no file's name")))?;
    if !folder.is_dir() {
        return Err(Fault::misused(format!("there is no folder `{}`", escaped(&folder.display().to_string()))).into());
    }
    let whole = std::path::absolute(folder).unwrap_or_default();
    if !whole.ancestors().any(|folder| folder.join(".git").symlink_metadata().is_ok()) {
        return Err(Fault::failed(format!("`{shown}` lies in no git repository"))
            .hint("merge three files of your own: `byok merge BASE OURS THEIRS -o FILE`")
            .into());
    }
    let git = Git::find()?.within(folder);
    let listed = git.output(&[OsStr::new("ls-files"), OsStr::new("-uz"), OsStr::new("--"), name])?;
    let [base, ours, theirs] = [b'1', b'2', b'3'].map(|stage| object(&listed, stage));
    if base.is_none() && ours.is_none() && theirs.is_none() {
        let fault = Fault::failed(format!("git has no conflict in `{shown}`"));
        return Err(fault.hint("see where it has: `git status`").into());
    }
    let (Some(ours), Some(theirs)) = (ours, theirs) else {
        return Err(Fault::failed(format!("one side removed `{shown}`"))
            .hint(format!("keep it: `git add {}`", quoted(file)))
            .hint(format!("or remove it: `git rm {}`", quoted(file)))
            .into());
    };
    let blob = |id: &str| git.output(&["cat-file", "blob", id]);
    let copies = Copies {
        base: base.map_or_else(|| Ok(Vec::new()), |id| blob(&id))?,
        ours: blob(&ours)?,
        theirs: blob(&theirs)?,
    };
    // What was changed since git stopped is in neither of the three.
    if disk::read_plain(file, LIMIT)?.is_some_and(|there| *there != copies.ours) {
        return Err(Fault::refused(format!("`{shown}` has changed since git left it in conflict"))
            .hint(format!("keep it as it is: `git add {}`", quoted(file)))
            .hint(format!("or put our side back, without that change: `git checkout --ours -- {}`", quoted(file)))
            .into());
    }
    Ok(copies)
}

/// The object of a stage, in `MODE OBJECT STAGE\tPATH\0…`.
fn object(listed: &[u8], stage: u8) -> Option<String> {
    listed.split(|byte| *byte == 0).find_map(|entry| {
        let about = entry.split(|byte| *byte == b'\t').next()?;
        let mut words = about.split(|byte| *byte == b' ').skip(1);
        let (id, found) = (words.next()?, words.next()?);
        (found == [stage]).then(|| String::from_utf8_lossy(id).into_owned())
    })
}
