//! Whether a file's text is in a repository's history: whether git's index names it. Read as bytes; git itself is never
//! started, since a repository's settings may name programs.

use std::fs;
use std::path::{Path, PathBuf};

use crate::disk;

/// The largest index that is read, in bytes.
const LIMIT: u64 = 64 * 1024 * 1024;

/// Whether git keeps versions of this file.
pub fn is_tracked(path: &Path) -> bool {
    find(path).unwrap_or(false)
}

fn find(path: &Path) -> Option<bool> {
    let path = fs::canonicalize(path).ok()?;
    let root = path.ancestors().skip(1).find(|folder| folder.join(".git").symlink_metadata().is_ok())?;
    let inside = path.strip_prefix(root).ok()?.to_str()?.replace('\\', "/");
    let index = disk::read_public(&folder(root)?.join("index"), LIMIT).ok()??;
    names(&index, inside.as_bytes())
}

/// The repository's own folder; a worktree's `.git` is a file that names it.
fn folder(root: &Path) -> Option<PathBuf> {
    let git = root.join(".git");
    if git.is_dir() {
        return Some(git);
    }
    let text = fs::read_to_string(&git).ok()?;
    Some(root.join(text.strip_prefix("gitdir:")?.trim()))
}

/// Whether an index of version 2, 3 or 4 names this path.
fn names(index: &[u8], wanted: &[u8]) -> Option<bool> {
    const FIXED: usize = 62;
    let number = |at: usize| Some(u32::from_be_bytes(index.get(at..at + 4)?.try_into().ok()?));
    if index.get(..4)? != b"DIRC" {
        return None;
    }
    let (version, count) = (number(4)?, number(8)?);
    let mut at = 12;
    let mut path: Vec<u8> = Vec::new();
    for _ in 0..count {
        let flags = u16::from_be_bytes(index.get(at + 60..at + FIXED)?.try_into().ok()?);
        let mut start = at + FIXED + if flags & 0x4000 != 0 && version >= 3 { 2 } else { 0 };
        if version == 4 {
            let (cut, length) = varint(index.get(start..)?)?;
            path.truncate(path.len().checked_sub(cut)?);
            start += length;
        } else {
            path.clear();
        }
        let length = index.get(start..)?.iter().position(|byte| *byte == 0)?;
        path.extend_from_slice(&index[start..start + length]);
        if path == wanted {
            return Some(true);
        }
        let end = start + length;
        // Entries are padded with one to eight NULs to a multiple of eight bytes.
        at = if version == 4 { end + 1 } else { at + (end - at) / 8 * 8 + 8 };
    }
    Some(false)
}

/// A number as git writes offsets, and how many bytes it takes.
fn varint(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = usize::from(bytes.first()? & 0x7f);
    let mut at = 0;
    while bytes.get(at)? & 0x80 != 0 {
        at += 1;
        value = value.checked_add(1)?.checked_mul(128)?.checked_add(usize::from(bytes.get(at)? & 0x7f))?;
    }
    Some((value, at + 1))
}
