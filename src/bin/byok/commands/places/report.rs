//! The report of `byok where` for programs.

use byok::copies::{Copy, Place, Trouble};
use byok::credentials::{Holding, Whose};
use serde_json::{Value, json};

use super::shown::{note, readers};
use super::{View, cleaning};
use crate::session::{Session, dense};

pub(super) fn document(session: &Session<'_>, view: &View<'_>) -> Value {
    let copies: Vec<Value> = view.copies().map(|copy| one(view, copy)).collect();
    let uses: Vec<Value> = view
        .uses
        .iter()
        .map(|one| {
            let shown = |at: &usize| place(&view.survey.copies[*at].place);
            let over: Vec<Value> = one.over.iter().map(shown).collect();
            json!({ "tool": one.tool, "provider": one.provider.as_str(), "uses": shown(&one.copy), "over": over })
        })
        .collect();
    let unreadable: Vec<Value> = view
        .survey
        .unreadable
        .iter()
        .map(|(path, trouble)| {
            let empty = matches!(trouble, Trouble::Empty);
            json!({ "path": path.to_string_lossy(), "empty": empty, "reason": trouble.to_string() })
        })
        .collect();
    json!({
        "version": 1,
        "profile": view.profile.as_ref().map(|_| session.profile.as_str()),
        "copies": copies,
        "uses": uses,
        "unreadable": unreadable,
    })
}

fn one(view: &View<'_>, copy: &Copy) -> Value {
    let candidates: Vec<&str> = match &copy.whose {
        Whose::OneOf(several) => several.iter().map(byok::name::ProviderId::as_str).collect(),
        _ => Vec::new(),
    };
    let secret = copy.holds.key();
    let note = note(view.around, copy);
    json!({
        "provider": copy.provider().map(byok::name::ProviderId::as_str),
        "candidates": candidates,
        "holds": match &copy.holds {
            Holding::Key(_) => "key",
            Holding::Account => "account",
            Holding::Reference(_) => "reference",
            Holding::Placeholder(_) => "placeholder",
            _ => "unusable",
        },
        "mask": secret.map(byok::secret::Secret::mask),
        "fingerprint": secret.and_then(byok::secret::Secret::fingerprint),
        "same_as": view.stored_as(copy),
        "old_of": view.old_of(copy),
        "place": place(&copy.place),
        "readers": readers(copy.readers),
        "tools": copy.tools,
        "note": Some(note).filter(|note| !note.is_empty()),
        "clean": secret.and_then(|_| cleaning(view.around, copy)).map(|(_, command)| command),
    })
}

fn place(place: &Place) -> Value {
    match place {
        Place::Variable(name) => json!({ "variable": name }),
        Place::File { path, target, line, entry } => json!({
            "path": path.to_string_lossy(),
            "target": target.as_ref().map(|target| target.to_string_lossy()),
            "line": line,
            "entry": if dense(entry) { "…" } else { entry },
        }),
    }
}
