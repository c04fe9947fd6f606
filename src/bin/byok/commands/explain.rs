//! `--explain`: which keys were asked for where, which one answers and why the others do not. No value is in it.

use anyhow::Result;
use byok::name::{EnvName, KeyRef};
use byok::profile::Key;
use byok::provider::Naming;
use byok::resolve::{self, ResolveError, Step, Trail};
use serde_json::{Value, json};

use super::pick::{self, Profiles};
use crate::cli::handing::Select;
use crate::session::Session;
use crate::table;

/// One question and its answer.
struct Row {
    /// The name that was asked for, or the key that was looked at.
    key: String,
    source: &'static str,
    /// The profile, or the variable.
    place: String,
    answers: bool,
    /// Why it does not, or under which variables it goes out.
    why: String,
}

/// The trails that led to keys, or to none.
pub(crate) struct Explained(Vec<Row>);

impl Explained {
    pub(crate) fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds the way to one key. `naming` is whom it is for, where it is handed to programs: they get no admin key.
    pub(crate) fn add(&mut self, session: &Session<'_>, trail: &Trail<'_>, naming: Option<Naming>) -> Result<()> {
        for step in &trail.steps {
            let row = match step {
                Step::Profile { profile, is_fallback, name, outcome } => {
                    let outcome = outcome.as_ref().map_err(in_words);
                    let (answers, why) = match (outcome, naming) {
                        (Ok(key), Some(_)) if key.admin => (false, ADMIN.to_owned()),
                        (Ok(key), Some(naming)) => (true, variables(session, key, naming)?),
                        (Ok(_), None) => (true, String::new()),
                        (Err(why), _) => (false, why),
                    };
                    let key = step_name(name, step);
                    Row { key, source: source(*is_fallback), place: profile.to_string(), answers, why }
                }
                Step::Absent { profile, is_fallback } => Row {
                    key: trail.wanted().to_string(),
                    source: source(*is_fallback),
                    place: profile.to_string(),
                    answers: false,
                    why: "there is no such profile".to_owned(),
                },
                Step::Environment { variable, is_set } => Row {
                    key: trail.wanted().to_string(),
                    source: "environment",
                    place: variable.to_string(),
                    answers: *is_set,
                    why: if *is_set { String::new() } else { "not set".to_owned() },
                },
            };
            self.0.push(row);
        }
        Ok(())
    }

    /// Adds the keys that are meant where none is named: all of the profile, of which the active ones go out.
    pub(crate) fn add_all(&mut self, session: &Session<'_>, profiles: &Profiles<'_>, naming: Naming) -> Result<()> {
        let profile = pick::first(session, profiles)?;
        let registry = session.registry()?;
        let active = profile.active_keys();
        let selection = resolve::select(profile, &[], session.now);
        let settings = resolve::settings(registry, naming, &selection.keys);
        for (key, name) in profile.keys().iter().zip(profile.display_all()) {
            let is = |other: &&Key| std::ptr::eq(*other, key);
            let crowded = settings.crowded.iter().find(|(_, _, second)| is(second));
            let why = match key {
                key if key.disabled => "disabled".to_owned(),
                key if key.admin => ADMIN.to_owned(),
                key if key.expired(session.now) => {
                    format!("expired on {}", key.ends().map(resolve::day).unwrap_or_default())
                }
                key if !active.iter().any(is) => format!("`{}` means another", key.provider),
                key if !key.exported => "only if it is asked for by name".to_owned(),
                _ if settings.unread.iter().any(is) => "that tool reads no key of this provider".to_owned(),
                _ => match crowded {
                    Some((variable, first, _)) => format!("`{}` sets `{variable}`", profile.display(first)),
                    None => variables(session, key, naming)?,
                },
            };
            let answers = settings.settings.iter().any(|setting| is(&setting.key));
            let place = session.profile.to_string();
            self.0.push(Row { key: name.to_string(), source: source(false), place, answers, why });
        }
        Ok(())
    }

    /// Adds what a selection means: its names, or all.
    pub(crate) fn add_selected(
        &mut self,
        session: &Session<'_>,
        profiles: &Profiles<'_>,
        select: &Select,
        naming: Naming,
    ) -> Result<()> {
        if select.keys.is_empty() {
            self.add_all(session, profiles, naming)?;
        }
        for name in session.keys(&select.keys)? {
            self.add(session, &pick::walk(session, profiles, &name)?, Some(naming))?;
        }
        let except = session.keys(&select.except)?;
        for row in &mut self.0 {
            let key: Option<KeyRef> = session.key(&row.key).ok();
            let left_out = |name: &KeyRef| {
                key.as_ref().is_some_and(|key| {
                    name.provider == key.provider && (name.label.is_none() || name.label == key.label)
                })
            };
            if row.answers && except.iter().any(left_out) {
                (row.answers, row.why) = (false, "left out with `--except`".to_owned());
            }
        }
        Ok(())
    }

    /// Prints it all.
    pub(crate) fn print(self, session: &Session<'_>, as_json: bool) -> Result<()> {
        if as_json {
            let document = json!({ "version": 1, "trail": self.0.iter().map(Row::report).collect::<Vec<_>>() });
            session.ui.data(crate::ui::json(&document).as_bytes())
        } else {
            let word = |answers| if answers { "yes" } else { "no" }.to_owned();
            let cells = |row: &Row| vec![row.key.clone(), row.place(), word(row.answers), row.why.clone()];
            let rows: Vec<Vec<String>> = self.0.iter().map(cells).collect();
            session.ui.data(table::render(&["KEY", "PLACE", "ANSWERS", "WHY"], &rows, 3).as_bytes())
        }
    }
}

impl Row {
    fn place(&self) -> String {
        match self.source {
            "environment" => format!("variable {}", self.place),
            source => format!("{source} {}", self.place),
        }
    }

    fn report(&self) -> Value {
        let in_profile = self.source != "environment";
        json!({
            "key": self.key,
            "source": self.source,
            "profile": in_profile.then_some(&self.place),
            "variable": (!in_profile).then_some(&self.place),
            "answers": self.answers,
            "why": Some(&self.why).filter(|why| !why.is_empty()),
        })
    }
}

const ADMIN: &str = "an admin key, which no program is handed";

fn source(is_fallback: bool) -> &'static str {
    if is_fallback { "fallback" } else { "profile" }
}

/// The full name of the key that answers, else the name that was asked for.
fn step_name(name: &KeyRef, step: &Step<'_>) -> String {
    match step {
        Step::Profile { outcome: Ok(key), .. } if !key.label.is_default() => key.name().to_string(),
        _ => name.to_string(),
    }
}

fn variables(session: &Session<'_>, key: &Key, naming: Naming) -> Result<String> {
    let registry = session.registry()?;
    let usual = registry.exports(&key.provider).key;
    let names = naming.key(registry, &key.provider, &key.env, &usual);
    let names = names.iter().map(EnvName::as_str).collect::<Vec<_>>().join(", ");
    Ok(if names.is_empty() { "that tool reads no key of this provider".to_owned() } else { format!("as {names}") })
}

fn in_words(why: &ResolveError) -> String {
    match why {
        ResolveError::NoSuchKey { there, .. } if there.is_empty() => "there is none".to_owned(),
        ResolveError::NoSuchKey { there, .. } => {
            let there = there.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            format!("there is none, but {there}")
        }
        ResolveError::Expired { for_a_while: true, day, .. } => format!("was to be wiped on {day}"),
        ResolveError::Expired { day, .. } => format!("expired on {day}"),
        ResolveError::Disabled { .. } => "disabled".to_owned(),
        ResolveError::Admin { name } => format!("an admin key, which only its whole name means: {name}"),
        other => other.to_string(),
    }
}
