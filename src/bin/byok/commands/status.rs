//! `byok status`: how the keys are doing, at a glance and without asking anybody.

use anyhow::Result;
use byok::keys::KeyError;
use byok::settings::Place;
use byok::verdict::{Verdict, Worth};
use serde_json::json;

use super::glance::{Glance, listed};
use crate::cli::testing::Status;
use crate::fault::code;
use crate::session::Session;
use crate::table;
use crate::time::{in_words, span_in_words};

pub(crate) fn run(session: &Session<'_>, args: &Status) -> Result<u8> {
    if args.short {
        // It stands in a shell's prompt: nobody is asked to unlock anything for it.
        session.ui.hush();
    }
    let profile = match session.read() {
        Err(error) if matches!(error.downcast_ref(), Some(KeyError::NoProfile { .. })) && session.is_unused()? => None,
        read => Some(read?),
    };
    let glance = profile.map_or_else(Glance::default, |profile| {
        Glance::of_profile(&profile, session.now, |key| session.rotate_after(key))
    });
    if args.short {
        let line = glance.short();
        return session.ui.data(line.as_bytes()).map(|()| code::DONE);
    }
    if args.json {
        return session.ui.data(crate::ui::json(&glance.report(session)).as_bytes()).map(|()| code::DONE);
    }
    if glance.keys == 0 {
        session.ui.say(&format!("profile `{}` has no keys yet", session.profile));
        session.ui.hint("take in those of this shell with `byok import-env`, or one with `byok add PROVIDER`");
        return Ok(code::DONE);
    }
    session.ui.data(table::facts(&glance.lines(session)).as_bytes())?;
    for hint in glance.hints() {
        session.ui.hint(&hint);
    }
    Ok(code::DONE)
}

impl Glance {
    /// What is wrong, in a few words: nothing where nothing is.
    fn short(&self) -> String {
        let dead: usize = self.of(Worth::Dead).map(|(_, names)| names.len()).sum();
        let counts = [
            (dead, "not working"),
            (self.expired.len(), "expired"),
            (self.expiring.len(), "expiring"),
            (self.due.len(), "due for rotation"),
        ];
        let parts: Vec<String> =
            counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
        if parts.is_empty() { String::new() } else { format!("keys: {}\n", parts.join(", ")) }
    }

    fn lines(&self, session: &Session<'_>) -> Vec<(String, String)> {
        let mut lines =
            vec![("profile".to_owned(), session.profile.to_string()), ("keys".to_owned(), self.keys.to_string())];
        let mut line = |name: &str, count: usize, names: String| {
            if count > 0 {
                lines.push((name.to_owned(), format!("{count}{names}")));
            }
        };
        for worth in [Worth::Dead, Worth::Unknown, Worth::Untested, Worth::Usable] {
            for (verdict, names) in self.of(worth) {
                let named = if verdict == Verdict::Valid { String::new() } else { listed(names) };
                line(verdict.as_str(), names.len(), named);
            }
        }
        line("never tested", self.never.len(), listed(&self.never));
        line("no answer lately", self.silent.len(), listed(&self.silent));
        line("tested long ago", self.stale.len(), listed(&self.stale));
        let ends: Vec<String> =
            self.expiring.iter().map(|(end, name)| format!("{name} {}", in_words(*end, session.now))).collect();
        line("expiring", ends.len(), listed(&ends));
        line("expired", self.expired.len(), listed(&self.expired));
        line("due for rotation", self.due.len(), listed(&self.due));
        line("old secret kept", self.kept.len(), listed(&self.kept));
        line("disabled", self.disabled.len(), listed(&self.disabled));
        line("older than a year", self.old.len(), listed(&self.old));
        if let Some(last) = self.last {
            lines.push(("last test".to_owned(), in_words(last, session.now)));
        }
        // A private file is always open: only what can be locked is told of.
        if let Some(place) = lockable(session) {
            let left = session.opener.held().left();
            let open = left.map_or("locked".to_owned(), |left| format!("open for {}", span_in_words(left)));
            lines.push(("identity".to_owned(), format!("{}, {open}", place.as_str())));
        }
        lines
    }

    /// What to do next, each a command.
    fn hints(&self) -> Vec<String> {
        let refused = |(verdict, names): (Verdict, &Vec<String>)| verdict.is_refused().then(|| names.first().cloned());
        let dead = self.of(Worth::Dead).filter_map(refused).flatten().next();
        let expired = self.expired.first().cloned().or_else(|| self.expiring.first().map(|(_, name)| name.clone()));
        let mut hints = Vec::new();
        if let Some(name) = dead.or(expired) {
            hints.push(format!("put a new key in the place of `{name}` with `byok rotate {name}`"));
        } else if let Some(name) = self.due.first() {
            hints.push(format!("replace the secret of `{name}` with `byok rotate {name}`"));
        }
        if let Some(name) = self.kept.first() {
            hints.push(format!("see whether the old secret of `{name}` is dead with `byok rotate --finish {name}`"));
        }
        if !self.never.is_empty() || !self.stale.is_empty() {
            // Where some were tested lately, those need not be asked again.
            let rest = if self.never.len() == self.keys { "" } else { " --max-age 7d" };
            hints.push(format!("see which keys work with `byok test{rest}`"));
        }
        hints
    }

    fn report(&self, session: &Session<'_>) -> serde_json::Value {
        let verdicts: serde_json::Map<String, serde_json::Value> = self
            .verdicts
            .iter()
            .filter_map(|(rank, names)| Some((Verdict::ALL.get(*rank)?.as_str().to_owned(), json!(names))))
            .collect();
        let expiring: Vec<serde_json::Value> =
            self.expiring.iter().map(|(end, name)| json!({ "key": name, "expires": end.to_string() })).collect();
        json!({
            "version": 1,
            "profile": session.profile.as_str(),
            "store": session.store().place(&session.profile).as_str(),
            "keys": self.keys,
            "verdicts": verdicts,
            "never_tested": self.never,
            "no_answer_lately": self.silent,
            "tested_long_ago": self.stale,
            "expiring": expiring,
            "expired": self.expired,
            "old": self.old,
            "due_for_rotation": self.due,
            "old_secret_kept": self.kept,
            "disabled": self.disabled,
            "last_test": self.last.map(|last| last.to_string()),
            "identity": lockable(session).map_or("file", |place| place.as_str()),
            "open_for_seconds": lockable(session).and_then(|_| session.opener.held().left()).map(|left| left.as_secs()),
        })
    }
}

/// The place of an identity that can be locked, if it is in one.
fn lockable(session: &Session<'_>) -> Option<Place> {
    session.opener.place().filter(|place| *place != Place::File && !session.opener.is_given())
}
