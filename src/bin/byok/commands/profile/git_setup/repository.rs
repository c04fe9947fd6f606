//! The repository that a profile's file lies in: what is set there, and what is to be set.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Result;
use byok::disk;

use super::attributes;
use crate::commands::scan::git::Git;
use crate::fault::{Fault, quoted};
use crate::session::Session;
use crate::ui::escaped;

/// What byok sets in a clone, and to what. git quotes the names that it puts in.
const SETTINGS: [(&str, &str); 3] = [
    ("merge.byok.name", "byok: key by key"),
    ("merge.byok.driver", "byok merge -- %O %A %B %P"),
    ("diff.byok.textconv", "byok profile describe --git --"),
];

/// The largest `.gitattributes` that is read, in bytes; git's own limit is larger.
const LIMIT: u64 = 1024 * 1024;

/// One step of the setup.
pub(super) enum Change {
    /// The new text of `.gitattributes`.
    Attributes(String),
    /// A setting of the clone gets this value, or none.
    Setting(&'static str, Option<&'static str>),
}

/// A clone, and the file in it.
pub(super) struct Repository {
    git: Git,
    /// The top of the work tree.
    pub(super) tree: PathBuf,
    /// The file, from there.
    pub(super) inside: PathBuf,
    /// The line of `.gitattributes` for the file.
    line: String,
}

impl Repository {
    pub(super) fn of(file: &Path) -> Result<Self> {
        let shown = escaped(&file.display().to_string());
        let folder = file.parent().unwrap_or(Path::new("/"));
        if !folder.ancestors().any(|folder| folder.join(".git").symlink_metadata().is_ok()) {
            return Err(Fault::failed(format!("`{shown}` lies in no git repository"))
                .hint(format!("make one: `git -C {} init`", quoted(folder)))
                .into());
        }
        let git = Git::find()?.within(folder);
        let mut top = git.output(&["rev-parse", "--path-format=absolute", "--show-toplevel"])?;
        top.pop_if(|last| *last == b'\n');
        let odd = || Fault::failed(format!("the path of `{shown}` is not one that `.gitattributes` can name"));
        let tree = fs::canonicalize(String::from_utf8(top).map_err(|_| odd())?).map_err(|error| odd().cause(error))?;
        let inside = file.strip_prefix(&tree).map_err(|_| odd())?.to_owned();
        let parts: Option<Vec<&str>> = inside.iter().map(OsStr::to_str).collect();
        let line = attributes::line(&parts.ok_or_else(odd)?.join("/"));
        Ok(Self { git, tree, inside, line })
    }

    pub(super) fn attributes(&self) -> PathBuf {
        self.tree.join(".gitattributes")
    }

    /// What is to be done so that git merges the file with byok.
    pub(super) fn changes(&self) -> Result<Vec<Change>> {
        let mut changes = Vec::new();
        if !self.is_attributed()? {
            changes.push(Change::Attributes(attributes::with(&self.text()?, &self.line)));
        }
        for (name, value) in SETTINGS {
            if self.setting(name)?.as_deref() != Some(value) {
                changes.push(Change::Setting(name, Some(value)));
            }
        }
        Ok(changes)
    }

    /// What is to be done to take it back. Settings stay while another file needs them, or where they are somebody's own.
    pub(super) fn undoing(&self) -> Result<Vec<Change>> {
        let mut changes = Vec::new();
        let text = self.text()?;
        let left = attributes::without(&text, &self.line);
        let is_needed = attributes::has_driver(left.as_ref().unwrap_or(&text));
        changes.extend(left.map(Change::Attributes));
        for (name, value) in SETTINGS {
            if !is_needed && self.setting(name)?.as_deref() == Some(value) {
                changes.push(Change::Setting(name, None));
            }
        }
        Ok(changes)
    }

    pub(super) fn in_words(&self, change: &Change) -> String {
        let attributes = self.attributes();
        match change {
            Change::Attributes(text) if text.contains(&self.line) => {
                format!("{}: add the line `{}`", attributes.display(), self.line)
            }
            Change::Attributes(text) if text.is_empty() => format!("{}: remove it", attributes.display()),
            Change::Attributes(_) => format!("{}: take out the line `{}`", attributes.display(), self.line),
            Change::Setting(name, Some(value)) => format!("git config of this clone: set `{name}` to `{value}`"),
            Change::Setting(name, None) => format!("git config of this clone: unset `{name}`"),
        }
    }

    pub(super) fn make(&self, change: &Change) -> Result<()> {
        match change {
            Change::Attributes(text) => self.write(text),
            Change::Setting(name, Some(value)) => self.git.output(&["config", "--local", name, value]).map(drop),
            Change::Setting(name, None) => self.git.output(&["config", "--local", "--unset", name]).map(drop),
        }
    }

    /// Warns where another rule of the repository wins over the line.
    pub(super) fn prove(&self, session: &Session<'_>) -> Result<()> {
        if !self.is_attributed()? {
            session.ui.warn("another rule says otherwise of this file, and wins");
            let inside = quoted(&self.inside);
            session.ui.hint(&format!("look for it: `git -C {} check-attr -a -- {inside}`", quoted(&self.tree)));
        }
        Ok(())
    }

    /// Whether git merges and shows the file with byok, and leaves its bytes alone.
    fn is_attributed(&self) -> Result<bool> {
        let command = ["check-attr", "-z", "merge", "diff", "text", "--"].map(OsStr::new);
        let path = self.tree.join(&self.inside);
        let told = self.git.output(&[&command[..], &[path.as_os_str()]].concat())?;
        let told: Vec<&[u8]> = told.split(|byte| *byte == 0).collect();
        let values: Vec<&[u8]> = told.chunks_exact(3).map(|one| one[2]).collect();
        Ok(values == [&b"byok"[..], b"byok", b"unset"] && !self.is_ghost()?)
    }

    /// Whether `.gitattributes` was removed from the work tree and is still in the index: git believes that one until then.
    fn is_ghost(&self) -> Result<bool> {
        let path = self.attributes();
        let command = ["ls-files", "--error-unmatch", "--"].map(OsStr::new);
        Ok(!path.exists() && self.git.asked(&[&command[..], &[path.as_os_str()]].concat())?.is_some())
    }

    fn setting(&self, name: &str) -> Result<Option<String>> {
        let value = self.git.asked(&["config", "--local", "--get", name])?;
        Ok(value.map(|value| String::from_utf8_lossy(&value).trim_end_matches('\n').to_owned()))
    }

    fn text(&self) -> Result<String> {
        let path = self.attributes();
        let read = disk::read_plain(&path, LIMIT)?;
        let text = read.map(|bytes| String::from_utf8(bytes.to_vec())).transpose();
        let odd = || Fault::failed(format!("`{}` is no text", escaped(&path.display().to_string())));
        Ok(text.map_err(|_| odd())?.unwrap_or_default())
    }

    fn write(&self, text: &str) -> Result<()> {
        let path = self.attributes();
        let failed = |error: io::Error| {
            Fault::failed(format!("cannot write `{}`", escaped(&path.display().to_string()))).cause(error)
        };
        if text.is_empty() {
            return Ok(fs::remove_file(&path).map_err(failed)?);
        }
        // A new one is of the mode that any other file of the work tree would have.
        match File::options().write(true).create_new(true).open(&path) {
            Ok(mut file) => Ok(file.write_all(text.as_bytes()).map_err(failed)?),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Ok(disk::amend(&path, None, text.as_bytes())?)
            }
            Err(error) => Err(failed(error).into()),
        }
    }
}
