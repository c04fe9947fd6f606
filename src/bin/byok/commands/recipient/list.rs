//! `byok recipient list`: who opens the profile, and what those have seen who do no more.

use anyhow::Result;
use byok::profile::Opener;
use byok::resolve::day;
use byok::seal::Unlock as _;
use serde_json::json;

use crate::fault::code;
use crate::session::Session;
use crate::table;

pub(super) fn run(session: &Session<'_>, json: bool) -> Result<u8> {
    let profile = super::shared(session)?;
    let mine = session.opener.identities()?.recipients();
    let (mut rows, mut reports) = (Vec::new(), Vec::new());
    for recipient in profile.recipients() {
        let (known, is_you) = (profile.opener(recipient), mine.contains(recipient));
        let cell = |of: &dyn Fn(&Opener) -> String| known.map(of).unwrap_or_default();
        rows.push(vec![
            cell(&|one| one.name.clone()),
            cell(&|one| one.kind.as_str().to_owned()),
            recipient.clone(),
            cell(&|one| day(one.added)),
            if is_you { "you" } else { "" }.to_owned(),
        ]);
        reports.push(json!({
            "recipient": recipient, "you": is_you, "name": known.map(|one| &one.name),
            "kind": known.map(|one| one.kind.as_str()), "added": known.map(|one| one.added), "removed": null,
        }));
    }
    for one in profile.gone() {
        let removed = one.removed.unwrap_or_default();
        let seen: Vec<String> = profile.seen_by(one).map(|key| profile.display(key).to_string()).collect();
        let words = match seen.len() {
            0 => String::new(),
            1 => ", has seen 1 key that is still in use".to_owned(),
            count => format!(", has seen {count} keys that are still in use"),
        };
        rows.push(vec![
            one.name.clone(),
            one.kind.as_str().to_owned(),
            one.recipient.clone(),
            day(one.added),
            format!("removed {}{words}", day(removed)),
        ]);
        reports.push(json!({
            "recipient": one.recipient, "you": false, "name": one.name, "kind": one.kind.as_str(), "added": one.added,
            "removed": removed, "seen": seen,
        }));
    }
    if json {
        let document = json!({ "version": 1, "profile": session.profile.as_str(), "recipients": reports });
        session.ui.data(crate::ui::json(&document).as_bytes())?;
    } else {
        session.ui.data(table::render(&["NAME", "KIND", "RECIPIENT", "ADDED", "STATE"], &rows, 3).as_bytes())?;
    }
    Ok(code::DONE)
}
