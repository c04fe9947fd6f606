//! What a backup holds beside what is here, for people and for programs.

use anyhow::Result;
use byok::backup::{Compared, Standing};
use byok::profile::Key;
use serde_json::json;

use super::around;
use super::plan::{Here, One, Plan};
use crate::cli::backing::Restore;
use crate::session::Session;
use crate::table;
use crate::time::in_words;
use crate::ui::escaped;
use crate::words::counted;

/// What becomes of a key, in words.
fn told(one: &Compared<'_>, plan: &Plan<'_>) -> String {
    let day = |key: Option<&Key>| key.map(|key| byok::resolve::day(key.since.max(key.updated))).unwrap_or_default();
    let (here, there) = (day(one.here), day(Some(one.key)));
    let keeps = plan.merge && !plan.replace;
    match &one.standing {
        Standing::New => "new".to_owned(),
        Standing::Same => "same".to_owned(),
        Standing::Elsewhere(name) if plan.merge => format!("here already, as `{name}`"),
        Standing::Elsewhere(name) => format!("here as `{name}`"),
        Standing::OlderHere => format!("different: what is here is older ({here}, and {there} in the backup)"),
        Standing::NewerHere if keeps => format!("kept: what is here is newer ({here}, and {there} in the backup)"),
        Standing::NewerHere => format!("different: what is here is NEWER ({here}, and {there} in the backup)"),
        Standing::Different if keeps => "kept: what is here is another".to_owned(),
        Standing::Different => "different".to_owned(),
    }
}

/// Prints what stands where; what is the same is counted.
pub(super) fn print(session: &Session<'_>, args: &Restore, plan: &Plan<'_>) -> Result<()> {
    session.ui.say(&format!("the backup was made {}", in_words(plan.backup.made, session.now)));
    let mut rows = Vec::new();
    for one in &plan.profiles {
        rows.extend(of(one, plan));
    }
    session.ui.data(table::render(&["PROFILE", "KEY", "MASK", "RESULT"], &rows, 4).as_bytes())?;
    for one in &plan.profiles {
        let (name, difference) = (&one.kept.name, one.difference());
        let same = difference.keys.iter().filter(|one| one.standing == Standing::Same).count();
        if same > 0 {
            session.ui.say(&format!(
                "{} of profile `{name}` {} the same here",
                counted(same, "key"),
                if same == 1 { "is" } else { "are" }
            ));
        }
        for key in difference.active.iter().filter(|_| !plan.merge) {
            session.ui.say(&format!("`{}` means `{}` in profile `{name}` of the backup", key.provider, key.name()));
        }
        if !one.is_done(plan.merge, plan.replace) && !plan.merge {
            warn_of_age(session, one);
        }
        if let Here::Broken(why) = &one.here {
            session.ui.warn(&format!("what is here as profile `{name}` cannot be shown: {why}"));
        }
    }
    for file in &plan.around.files {
        let what = if file.is_here { "is another here" } else { "is not here" };
        session.ui.say(&format!("`{}` {what}", file.name));
        if file.name == "providers.toml" {
            for (provider, address) in around::addresses(&file.content) {
                session.ui.say(&format!("  keys of `{}` go to {}", escaped(&provider), escaped(&address)));
            }
        }
    }
    if let (Some(_), false) = (&plan.around.identity, args.json) {
        session.ui.say("the identity is in it, and none is here");
    }
    for (_, text) in &plan.around.trust {
        let path = text.lines().next().and_then(|line| line.strip_prefix("path = ")).unwrap_or_default();
        session.ui.say(&format!("agreement to {}", escaped(path)));
    }
    Ok(())
}

/// Tells of a backup that is older than what was here.
fn warn_of_age(session: &Session<'_>, one: &One<'_>) {
    let (name, found) = (&one.kept.name, one.kept.profile.generation());
    let seen = match &one.here {
        Here::Nothing(seen) => *seen,
        Here::Document(here) if here.vault().same_as(one.kept.profile.vault()) => Some(here.generation()),
        Here::Document(_) => {
            session.ui.warn(&format!("profile `{name}` of the backup is another one than that of this machine"));
            None
        }
        Here::Broken(_) => None,
    };
    if let Some(seen) = seen.filter(|seen| *seen > found) {
        session.ui.say(&format!("profile `{name}` is at generation {found} in the backup; here it was at {seen}"));
    }
}

/// The rows of one profile.
fn of(one: &One<'_>, plan: &Plan<'_>) -> Vec<Vec<String>> {
    let name = one.kept.name.to_string();
    let difference = one.difference();
    let row = |key: &Key, told: String| vec![name.clone(), key.name().to_string(), key.secret.mask(), told];
    let mut rows: Vec<Vec<String>> = difference
        .keys
        .iter()
        .filter(|one| one.standing != Standing::Same)
        .map(|one| row(one.key, told(one, plan)))
        .collect();
    if !plan.merge {
        rows.extend(difference.only_here.iter().map(|key| row(key, "only here: would go".to_owned())));
    }
    if one.kept.profile.keys().is_empty() && rows.is_empty() {
        rows.push(vec![name.clone(), String::new(), String::new(), "no keys".to_owned()]);
    }
    rows
}

/// Prints the same as one document.
pub(super) fn json(session: &Session<'_>, args: &Restore, plan: &Plan<'_>, done: bool) -> Result<()> {
    let profile = |one: &One<'_>| {
        let difference = one.difference();
        let key = |one: &Compared<'_>| json!({ "key": one.key.name().to_string(), "mask": one.key.secret.mask(), "result": one.standing.as_str(), "says": told(one, plan) });
        let only: Vec<String> = difference.only_here.iter().map(|key| key.name().to_string()).collect();
        json!({
            "profile": one.kept.name.as_str(), "store": one.kept.store, "state": one.state(),
            "generation": one.kept.profile.generation(), "generation_here": one.document().map(byok::profile::Profile::generation),
            "keys": difference.keys.iter().map(key).collect::<Vec<_>>(), "only_here": only,
        })
    };
    let file =
        |file: &around::Text| json!({ "file": file.name, "state": if file.is_here { "different" } else { "new" } });
    let document = json!({
        "version": 1, "made": plan.backup.made.to_string(), "dry_run": args.dry_run, "restored": done,
        "profiles": plan.profiles.iter().map(profile).collect::<Vec<_>>(),
        "files": plan.around.files.iter().map(file).collect::<Vec<_>>(),
        "agreements": plan.around.trust.len(), "identity": plan.around.identity.is_some(),
    });
    session.ui.data(crate::ui::json(&document).as_bytes())
}
