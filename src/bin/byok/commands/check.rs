//! `byok check`: are the keys that this project needs there, and do they work?

use anyhow::Result;
use byok::name::KeyRef;
use byok::profile::Key;
use byok::provider::Naming;
use byok::resolve::{Answer, ResolveError, is_admin};
use byok::verdict::{Tested, Worth};
use serde_json::{Value, json};

use super::{pick, test, trust};
use crate::cli::project::Check;
use crate::fault::{Fault, code};
use crate::project::{self, Standing};
use crate::session::Session;
use crate::ui::escaped;
use crate::{table, words};

/// One line of the report.
struct Row {
    need: String,
    key: Option<KeyRef>,
    /// `there`, `missing`, `in the environment`, or a verdict.
    state: String,
    says: String,
    missing: bool,
    dead: bool,
}

/// Has `run` obey the project, which must be there and trusted: whoever checks wants to know.
pub(crate) fn enter(session: &mut Session<'_>) -> Result<()> {
    match project::standing(session)? {
        Standing::Trusted(project) => project::obey(session, project),
        Standing::Absent => return Err(trust::absent()),
        Standing::Refused(_, refusal) => return Err(refusal.into()),
        Standing::Untrusted(found) => {
            let message = format!("`{}` is not trusted", escaped(&found.path.display().to_string()));
            return Err(Fault::refused(message).hint(project::agree(session)).into());
        }
    }
    Ok(())
}

pub(crate) fn run(session: &Session<'_>, args: &Check) -> Result<u8> {
    let Some(project) = &session.project else { return Err(trust::absent()) };
    let mut profiles = pick::profiles_if_any(session, true)?;
    let mut tested = code::DONE;
    if args.test {
        let keys = rows(session, &profiles)?.into_iter().filter_map(|row| row.key).collect::<Vec<_>>();
        if !keys.is_empty() {
            tested = test::refresh(session, &keys, args.max_age.clone())?;
            profiles = pick::profiles_if_any(session, true)?;
        }
    }
    let rows = rows(session, &profiles)?;
    if args.json {
        let keys: Vec<Value> = rows.iter().map(Row::report).collect();
        let document = json!({ "version": 1, "path": project.path, "profile": session.profile.as_str(), "keys": keys });
        session.ui.data(crate::ui::json(&document).as_bytes())?;
    } else if rows.is_empty() {
        session.ui.say("this project needs no keys");
    } else {
        let cells: Vec<Vec<String>> =
            rows.iter().map(|row| vec![row.need.clone(), row.state.clone(), row.says.clone()]).collect();
        session.ui.data(table::render(&["KEY", "STATE", "WHAT IT SAYS"], &cells, 2).as_bytes())?;
    }
    for row in rows.iter().filter(|row| row.missing && !args.json) {
        session.ui.hint(&format!("add it with `byok add {}`", row.need.split(',').next().unwrap_or_default()));
    }
    Ok(match () {
        () if rows.iter().any(|row| row.missing) => code::MISSING,
        () if rows.iter().any(|row| row.dead) => code::TESTED,
        () => tested,
    })
}

fn rows(session: &Session<'_>, profiles: &pick::Profiles<'_>) -> Result<Vec<Row>> {
    let Some(project) = &session.project else { return Ok(Vec::new()) };
    let mut rows = Vec::new();
    for name in &project.asks.requires {
        rows.push(row(session, &name.to_string(), &pick::walk_on(session, profiles, Naming::Usual, name)?.answer()));
    }
    for any in &project.asks.any {
        // The first that is there is the one that `run` hands out.
        let mut answers = any
            .iter()
            .map(|name| Ok(pick::walk_on(session, profiles, Naming::Usual, name)?.answer()))
            .collect::<Result<Vec<_>>>()?;
        let goes_out = |answer: &std::result::Result<Answer<'_>, _>| match answer {
            Ok(Answer::Key { key, .. }) => !is_admin(key),
            other => other.is_ok(),
        };
        let at = answers.iter().position(goes_out);
        let need = match at {
            Some(at) => any[at].to_string(),
            None => any.iter().map(KeyRef::to_string).collect::<Vec<_>>().join(", "),
        };
        rows.push(row(session, &need, &answers.swap_remove(at.unwrap_or(0))));
    }
    Ok(rows)
}

fn row(session: &Session<'_>, need: &str, answer: &std::result::Result<Answer<'_>, ResolveError>) -> Row {
    let plain = |state: &str, says: String, missing| Row {
        need: need.to_owned(),
        key: None,
        state: state.to_owned(),
        says,
        missing,
        dead: false,
    };
    match answer {
        Err(why) => plain("missing", why.to_string(), true),
        Ok(Answer::Environment(name)) => plain("there", format!("in the environment, as {name}"), false),
        Ok(Answer::Key { key, .. }) if is_admin(key) => {
            plain("missing", ResolveError::Admin { name: key.name() }.to_string(), true)
        }
        Ok(Answer::Key { key, .. }) => of_key(session, plain("there", "never tested".to_owned(), false), key),
    }
}

fn of_key(session: &Session<'_>, row: Row, key: &Key) -> Row {
    let tested: Option<Tested> = key.tested();
    let Some(tested) = tested else { return Row { key: Some(key.name()), ..row } };
    let dead = tested.verdict.worth() == Worth::Dead;
    let state = tested.verdict.to_string();
    Row { key: Some(key.name()), state, says: words::says(&tested, session.now), dead, ..row }
}

impl Row {
    fn report(&self) -> Value {
        let key = self.key.as_ref().map(ToString::to_string);
        json!({ "need": self.need, "key": key, "state": self.state, "says": self.says, "usable": !self.missing && !self.dead })
    }
}
