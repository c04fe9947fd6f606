//! What a backup holds beside what is here, for people and for programs.

use anyhow::Result;
use byok::backup::{Compared, Standing};
use byok::name::{KeyRef, ProfileName};
use byok::profile::Key;
use serde_json::json;

use super::around;
use super::plan::{Here, One, Plan};
use super::words::{lines, told};
use crate::cli::backing::Restore;
use crate::commands::differs;
use crate::commands::profile::called;
use crate::fault::quoted;
use crate::session::Session;
use crate::table;
use crate::time::in_words;
use crate::ui::escaped;
use crate::words::counted;

/// Two clocks may differ by so much, in seconds.
const MINUTE: i64 = 60;

/// Prints what stands where; what is the same is counted.
pub(super) fn print(session: &Session<'_>, args: &Restore, plan: &Plan<'_>) -> Result<()> {
    let (made, now) = (plan.backup.made, session.now);
    if made.duration_since(now).as_secs() > MINUTE {
        let day = made.strftime("%Y-%m-%d %H:%M");
        session.ui.warn(&format!("the backup says that it was made on {day} UTC, {}", in_words(made, now)));
    } else {
        session.ui.say(&format!("the backup was made {}", in_words(made, now)));
    }
    let mut rows = Vec::new();
    for one in &plan.profiles {
        rows.extend(of(one, plan));
    }
    session.ui.data(table::render(&["PROFILE", "KEY", "MASK", "RESULT"], &rows, 4).as_bytes())?;
    for (name, folder) in plan.left_out() {
        let why = format!("there is no folder `{}`, and profile `{name}` is left out", folder.display());
        session.ui.warn(&why);
        session
            .ui
            .hint(&format!("make it: `mkdir -p {}`; or forget the path: `byok profile rm {name}`", quoted(folder)));
    }
    for one in plan.profiles.iter().filter(|one| !matches!(one.here, Here::NoFolder(_))) {
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
        // What is here stays open to those whom it is open to.
        if one.document().is_none() {
            for recipient in one.kept.profile.recipients().iter().filter(|recipient| !plan.mine.contains(recipient)) {
                session.ui.warn(&format!(
                    "every key that you add to profile `{name}` will also open for {}",
                    called(&one.kept.profile, recipient)
                ));
            }
        }
        if let Here::Broken(why) = &one.here {
            session.ui.warn(&format!("what is here as profile `{name}` cannot be shown: {why}"));
        }
    }
    let is_new = |name: &ProfileName| {
        plan.profiles.iter().any(|one| one.kept.name == *name && matches!(one.here, Here::Nothing(_)))
    };
    for (name, path) in plan.around.strayed.iter().filter(|(name, _)| is_new(name)) {
        session.ui.say(&format!(
            "profile `{name}` lay at `{}`: here it goes into byok's own folder",
            escaped(&path.display().to_string())
        ));
        session.ui.hint(&format!(
            "to work with that file again: `byok profile rm {name}`, then `byok profile join {name} --file {}`",
            quoted(path)
        ));
    }
    for file in &plan.around.files {
        let what = if file.old.is_some() { "would change" } else { "is not here, and would be written" };
        session.ui.say(&format!("`{}` {what}", file.name));
        for line in lines(file.old.as_deref().unwrap_or_default(), &file.content) {
            session.ui.say(&line);
        }
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
        Here::Document(here) if here.is_kin(&one.kept.profile) => Some(here.generation()),
        Here::Document(_) => {
            session.ui.warn(&format!("profile `{name}` of the backup is another one than that of this machine"));
            None
        }
        Here::Broken(_) | Here::NoFolder(_) => None,
    };
    if let Some(seen) = seen.filter(|seen| *seen > found) {
        session.ui.say(&format!("profile `{name}` is at generation {found} in the backup; here it was at {seen}"));
    }
}

/// The rows of one profile.
fn of(one: &One<'_>, plan: &Plan<'_>) -> Vec<Vec<String>> {
    let name = one.kept.name.to_string();
    let difference = one.difference();
    if let Here::NoFolder(_) = one.here {
        return vec![vec![name, String::new(), String::new(), "left out".to_owned()]];
    }
    let row = |shown: KeyRef, key: &Key, told: String| vec![name.clone(), shown.to_string(), key.secret.mask(), told];
    let backup = &one.kept.profile;
    let mut rows: Vec<Vec<String>> = difference
        .keys
        .iter()
        .filter(|one| one.standing != Standing::Same)
        .map(|one| row(backup.display(one.key), one.key, says(one, plan)))
        .collect();
    if !plan.merge {
        let shown = |key: &Key| one.document().map_or_else(|| key.name(), |here| here.display(key));
        rows.extend(difference.only_here.iter().map(|key| row(shown(key), key, "only here: would go".to_owned())));
    }
    if one.kept.profile.keys().is_empty() && rows.is_empty() {
        rows.push(vec![name.clone(), String::new(), String::new(), "no keys".to_owned()]);
    }
    rows
}

/// What becomes of a key, what it does, and in what it differs.
fn says(one: &Compared<'_>, plan: &Plan<'_>) -> String {
    told(one, plan) + &differs::leads(one) + &differs::in_words(one)
}

/// Prints the same as one document.
pub(super) fn json(session: &Session<'_>, args: &Restore, plan: &Plan<'_>, done: bool) -> Result<()> {
    let profile = |one: &One<'_>| {
        let difference = one.difference();
        let key = |one: &Compared<'_>| json!({ "key": one.key.name().to_string(), "mask": one.key.secret.mask(), "result": one.standing.as_str(), "says": says(one, plan), "differs": differs::fields(one) });
        let only: Vec<String> = difference.only_here.iter().map(|key| key.name().to_string()).collect();
        json!({
            "profile": one.kept.name.as_str(), "store": one.kept.store, "state": one.state(),
            "opens_for": one.document().unwrap_or(&one.kept.profile).recipients(),
            "generation": one.kept.profile.generation(), "generation_here": one.document().map(byok::profile::Profile::generation),
            "keys": difference.keys.iter().map(key).collect::<Vec<_>>(), "only_here": only,
        })
    };
    let file = |file: &around::Text| json!({ "file": file.name, "state": if file.old.is_some() { "different" } else { "new" }, "lines": lines(file.old.as_deref().unwrap_or_default(), &file.content) });
    let document = json!({
        "version": 1, "made": plan.backup.made.to_string(), "dry_run": args.dry_run, "restored": done,
        "profiles": plan.profiles.iter().map(profile).collect::<Vec<_>>(),
        "files": plan.around.files.iter().map(file).collect::<Vec<_>>(),
        "agreements": plan.around.trust.len(), "identity": plan.around.identity.is_some(),
    });
    session.ui.data(crate::ui::json(&document).as_bytes())
}
