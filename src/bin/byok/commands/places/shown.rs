//! The tables of `byok where`, and how places are written.

use std::path::Path;

use byok::copies::{Copy, Place, Readers};
use byok::credentials::{Around, Holding, Whose};

use super::View;
use crate::session::dense;
use crate::ui::escaped;

pub(super) const HEADER: [&str; 6] = ["PROVIDER", "KEY", "SAME AS", "PLACE", "READERS", "NOTE"];
pub(super) const USES: [&str; 4] = ["TOOL", "PROVIDER", "USES", "NOT"];

/// A reference longer than this is not shown whole.
const REFERENCE: usize = 60;

impl View<'_> {
    pub(super) fn rows(&self) -> Vec<Vec<String>> {
        let row = |copy: &Copy| {
            vec![
                copy.provider().map_or_else(|| "?".to_owned(), ToString::to_string),
                key(&copy.holds),
                self.same_as(copy).unwrap_or_default(),
                place(self.around, &copy.place),
                readers(copy.readers).to_owned(),
                note(self.around, copy),
            ]
        };
        self.copies().map(row).collect()
    }

    pub(super) fn choices(&self) -> Vec<Vec<String>> {
        let shown = |at: &usize| place(self.around, &self.survey.copies[*at].place);
        let row = |one: &byok::copies::Use| {
            let over: Vec<String> = one.over.iter().map(shown).collect();
            vec![one.tool.to_owned(), one.provider.to_string(), shown(&one.copy), over.join(", ")]
        };
        self.uses.iter().map(row).collect()
    }
}

/// The key, masked, or what is there instead.
fn key(holds: &Holding) -> String {
    match holds {
        Holding::Key(secret) => secret.mask(),
        Holding::Account => "sign-in".to_owned(),
        Holding::Reference(_) => "reference".to_owned(),
        Holding::Placeholder(_) => "placeholder".to_owned(),
        _ => "unusable".to_owned(),
    }
}

/// Where it is: `OPENAI_API_KEY`, `.env:3`, `~/.claude/settings.json:4`.
pub(in crate::commands) fn place(around: &Around, place: &Place) -> String {
    match place {
        Place::Variable(name) => format!("${name}"),
        Place::File { path: file, line, .. } => {
            path(around, file) + &line.map(|line| format!(":{line}")).unwrap_or_default()
        }
    }
}

/// A path as a person would write it: from here, or from the home folder.
pub(super) fn path(around: &Around, file: &Path) -> String {
    let from_here = around.above.first().and_then(|here| file.strip_prefix(here).ok());
    let from_home = file.strip_prefix(&around.home).ok();
    escaped(&match (from_here, from_home) {
        (Some(rest), _) => rest.display().to_string(),
        (None, Some(rest)) => format!("~/{}", rest.display()),
        (None, None) => file.display().to_string(),
    })
}

/// A path as a shell takes it.
pub(crate) fn pasted(path: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '+' | '@' | ',');
    let (start, rest) = path.strip_prefix("~/").map_or(("", path), |rest| ("~/", rest));
    if rest.chars().all(plain) { path.to_owned() } else { format!("{start}'{}'", rest.replace('\'', r"'\''")) }
}

/// Who may read it, in a word.
pub(super) fn readers(readers: Readers) -> &'static str {
    match readers {
        Readers::Owner => "you",
        Readers::Group => "group",
        Readers::Everyone => "everyone",
    }
}

/// What is to be known of a copy beyond its place.
pub(super) fn note(around: &Around, copy: &Copy) -> String {
    let mut notes = Vec::new();
    match &copy.holds {
        Holding::Account => notes.push("an account's, not byok's to take".to_owned()),
        Holding::Placeholder(text) | Holding::Reference(text) if shows(text) => notes.push(escaped(text)),
        Holding::Reference(_) => notes.push("expanded where it is used".to_owned()),
        Holding::Unfit(error) => notes.push(error.to_string()),
        _ => {}
    }
    match &copy.whose {
        Whose::OneOf(several) => {
            let names: Vec<String> = several.iter().map(ToString::to_string).collect();
            notes.push(format!("of {}", names.join(" or ")));
        }
        Whose::NotAKey(what) => notes.push(what.clone()),
        Whose::OtherHost(host) => notes.push(format!("sent to {}", escaped(host))),
        _ => {}
    }
    if let Place::File { path: file, target, entry, line } = &copy.place {
        if line.is_none() {
            notes.push(escaped(if dense(entry) { "…" } else { entry }));
        } else if entry.contains(" (line ") {
            notes.push("a later line takes its place".to_owned());
        }
        if let Some(target) = target.as_ref().filter(|target| *target != file) {
            notes.push(format!("a link to {}", path(around, target)));
        }
    }
    notes.join("; ")
}

/// Whether the words of a file can be shown: short, and with nothing in them that could be a key.
fn shows(text: &str) -> bool {
    text.chars().count() <= REFERENCE && !dense(text)
}
