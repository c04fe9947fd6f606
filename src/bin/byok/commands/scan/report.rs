//! What was found, in lines, in JSON and in sentences. A finding is told by its place and never by its value.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Result;
use byok::name::ProviderId;
use byok::scan::{Place, Whose};
use serde_json::{Value, json};

use super::known::Look;
use crate::session::Session;
use crate::ui::escaped;

/// More consoles than these are not named.
const CONSOLES: usize = 3;

/// One finding, with its file.
pub(crate) struct Item {
    pub(crate) path: PathBuf,
    pub(crate) place: Place,
    pub(crate) look: Look,
}

/// What a scan found.
#[derive(Default)]
pub(crate) struct Report {
    pub(crate) found: Vec<Item>,
    /// How many files were looked through.
    pub(crate) files: usize,
    /// What could not be, and why.
    pub(crate) unread: Vec<(PathBuf, String)>,
}

impl Item {
    pub(crate) fn new(path: PathBuf, place: Place, look: Look) -> Self {
        Self { path, place, look }
    }

    /// Whose it is, in words.
    pub(crate) fn words(&self) -> String {
        match &self.look.whose {
            Whose::Provider(id) => format!("a key of {id}"),
            Whose::OneOf(ids) => {
                format!("a key of one of {}", ids.iter().map(ProviderId::as_str).collect::<Vec<_>>().join(", "))
            }
            Whose::Other(what) => what.clone(),
        }
    }

    /// The providers that it can be of.
    pub(crate) fn providers(&self) -> &[ProviderId] {
        match &self.look.whose {
            Whose::Provider(id) => std::slice::from_ref(id),
            Whose::OneOf(ids) => ids,
            Whose::Other(_) => &[],
        }
    }
}

impl Report {
    /// A line a finding: `path:line:column: whose (fingerprint), your …`.
    pub(crate) fn lines(&self) -> String {
        self.found.iter().fold(String::new(), |mut text, item| {
            let Item { path, place, look } = item;
            let _ = write!(text, "{}:{}:{}: ", escaped(&path.to_string_lossy()), place.line, place.column);
            let _ = write!(text, "{}", escaped(&item.words()));
            if let Some(fingerprint) = &look.fingerprint {
                let _ = write!(text, " ({fingerprint})");
            }
            if let Some(own) = &look.own {
                let _ = write!(text, ", your `{own}`");
            }
            text + "\n"
        })
    }

    pub(crate) fn json(&self) -> String {
        let found: Vec<Value> = self.found.iter().map(finding).collect();
        let unread: Vec<Value> =
            self.unread.iter().map(|(path, why)| json!({ "path": path.to_string_lossy(), "why": why })).collect();
        crate::ui::json(&json!({ "version": 1, "files": self.files, "findings": found, "unread": unread }))
    }

    /// The count, what could not be read, and what to do.
    pub(crate) fn tell(&self, session: &Session<'_>) -> Result<()> {
        for (path, why) in &self.unread {
            session.ui.warn(&format!("cannot read `{}`: {}", escaped(&path.to_string_lossy()), escaped(why)));
        }
        let files = counted(self.files, "file");
        if self.found.is_empty() {
            session.ui.say(&format!("no keys in {files}"));
            return Ok(());
        }
        let in_files = self.found.iter().map(|item| &item.path).collect::<BTreeSet<_>>().len();
        let keys = if self.found.iter().all(|item| !item.providers().is_empty()) { "key" } else { "secret" };
        let sum = counted(self.found.len(), keys);
        session.ui.say(&format!("{sum} in {in_files} of {files}"));
        self.hints(session)
    }

    fn hints(&self, session: &Session<'_>) -> Result<()> {
        let sure = |item: &&Item| matches!(item.look.whose, Whose::Provider(_));
        let providers: BTreeSet<&ProviderId> = self.found.iter().filter(sure).flat_map(Item::providers).collect();
        let registry = session.registry()?;
        let consoles = providers.iter().filter_map(|id| registry.get(id).console.map(|console| (id, console)));
        for (id, console) in consoles.take(CONSOLES) {
            session.ui.hint(&format!("whoever has read it has the key: revoke it where {id} makes keys, {console}"));
        }
        let foreign = |item: &&Item| item.look.own.is_none() && sure(item);
        if let Some(item) = self.found.iter().find(foreign) {
            let id = &item.providers()[0];
            let dotenv = item.path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(".env"));
            match quoted(&item.path).filter(|_| dotenv) {
                Some(path) => session.ui.hint(&format!("keep it sealed instead: `byok import-env --file {path}`")),
                None => session.ui.hint(&format!("keep it sealed instead: `byok add {id}`")),
            }
        }
        if let Some(id) = providers.first() {
            session.ui.hint(&format!("see where else it lies: `byok where {id}`"));
        }
        session.ui.hint("a line that says `byok:allow` is left out");
        Ok(())
    }
}

fn finding(item: &Item) -> Value {
    let kind = match item.look.whose {
        Whose::Provider(_) | Whose::OneOf(_) => "key",
        Whose::Other(_) => "other",
    };
    json!({
        "path": item.path.to_string_lossy(),
        "line": item.place.line,
        "column": item.place.column,
        "bytes": item.place.length,
        "kind": kind,
        "providers": item.providers().iter().map(ProviderId::as_str).collect::<Vec<_>>(),
        "what": item.words(),
        "by": if item.look.named { "name" } else { "shape" },
        "fingerprint": item.look.fingerprint,
        "key": item.look.own,
    })
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// A path as a shell takes it; `None` for one that would not survive being pasted.
fn quoted(path: &Path) -> Option<String> {
    let text = path.to_str().filter(|text| !text.starts_with('-') && !text.contains(byok::wash::steers))?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    Some(if text.chars().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) })
}
