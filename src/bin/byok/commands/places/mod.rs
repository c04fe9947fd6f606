//! `byok where`: every place where a key lies now, whether it is one that is stored, and which of them each tool uses.

mod report;
pub(super) mod shown;

use std::collections::BTreeSet;

use anyhow::Result;
use byok::copies::{Copy, Place, Survey, Trouble, Use, survey};
use byok::credentials::{Around, Holding};
use byok::keys::KeyError;
use byok::name::{KeyRef, ProviderId};
use byok::profile::{Key, Profile};
use byok::secret::Secret;
use zeroize::Zeroizing;

use crate::around;
use crate::cli::places::Where;
use crate::fault::{self, Fault, code};
use crate::session::Session;
use crate::ui::escaped;
use crate::{table, vars};
use shown::{pasted, path};

/// All that is shown.
struct View<'a> {
    around: &'a Around,
    survey: &'a Survey,
    /// The stored keys, if the profile opens.
    profile: Option<Profile>,
    /// The copies that were asked for, grouped by provider.
    chosen: Vec<usize>,
    uses: Vec<Use>,
}

pub(crate) fn run(session: &Session<'_>, args: &Where) -> Result<u8> {
    let wanted: Vec<ProviderId> = args.providers.iter().map(|typed| session.provider(typed)).collect::<Result<_>>()?;
    let around = around::here(session)
        .ok_or_else(|| Fault::failed("there is no home folder: `HOME` is not set to an absolute path"))?;
    let variables = vars::all().into_iter().map(|(name, value)| (name, Zeroizing::new(value))).collect();
    let survey = survey(session.registry()?, &around, variables);
    let is_meant = |copy: &Copy| wanted.is_empty() || wanted.iter().any(|id| copy.may_be_of(id));
    let mut chosen: Vec<usize> = (0..survey.copies.len()).filter(|at| is_meant(&survey.copies[*at])).collect();
    chosen.sort_by_key(|at| survey.copies[*at].provider().map_or((true, None), |id| (false, Some(id.clone()))));
    let mut uses = survey.uses();
    uses.retain(|one| chosen.contains(&one.copy));
    let profile = if chosen.is_empty() { None } else { stored(session)? };
    if chosen.is_empty()
        && let Some(strange) = wanted.iter().find(|id| !session.registry().is_ok_and(|registry| registry.is_known(id)))
        && !profile_has(session, strange)
    {
        return Err(KeyError::NoSuchKey {
            wanted: KeyRef { provider: strange.clone(), label: None },
            there: Vec::new(),
        }
        .into());
    }
    let view = View { around: &around, survey: &survey, profile, chosen, uses };
    if args.json {
        session.ui.data(crate::ui::json(&report::document(session, &view)).as_bytes())?;
        return Ok(code::DONE);
    }
    session.ui.data(table::render(&shown::HEADER, &view.rows(), 4).as_bytes())?;
    if !view.uses.is_empty() {
        session.ui.data(format!("\n{}", table::render(&shown::USES, &view.choices(), 3)).as_bytes())?;
    }
    if view.chosen.is_empty() {
        let whose = if wanted.is_empty() { "no key" } else { "no such key" };
        session.ui.say(&format!("{whose} lies in this environment, or in a file that byok knows"));
    }
    for (file, trouble) in survey.unreadable.iter().filter(|(_, trouble)| !matches!(trouble, Trouble::Empty)) {
        session.ui.warn(&format!(
            "cannot tell what is in `{}`: {}",
            path(&around, file),
            escaped(&trouble.to_string())
        ));
    }
    for hint in view.hints() {
        session.ui.hint(&hint);
    }
    Ok(code::DONE)
}

/// Whether a key of a provider that nobody knows is stored, as far as that can be told without asking.
fn profile_has(session: &Session<'_>, provider: &ProviderId) -> bool {
    session.glance().ok().flatten().is_some_and(|profile| profile.keys_of(provider).next().is_some())
}

/// The profile, if there is one and it opens; says so once if not.
fn stored(session: &Session<'_>) -> Result<Option<Profile>> {
    match session.read() {
        Ok(profile) => return Ok(Some(profile)),
        Err(error) if matches!(error.downcast_ref(), Some(KeyError::NoProfile { .. })) && session.is_unused()? => {
            session.ui.say("nothing is stored yet, so nothing is compared");
        }
        Err(error) => {
            let report = fault::report(&error);
            session.ui.warn(&format!("nothing is compared with the stored keys: {}", report.sentence));
            report.hints.iter().for_each(|hint| session.ui.hint(hint));
        }
    }
    Ok(None)
}

impl View<'_> {
    fn copies(&self) -> impl Iterator<Item = &Copy> {
        self.chosen.iter().map(|at| &self.survey.copies[*at])
    }

    /// What is stored of the same value, in words; `other` where other keys of its provider are stored.
    fn same_as(&self, copy: &Copy) -> Option<String> {
        let (profile, _) = (self.profile.as_ref()?, copy.holds.key()?);
        let is_other = || copy.provider().is_some_and(|id| profile.keys_of(id).next().is_some());
        let old = || self.old_of(copy).map(|name| format!("{name}, the old one"));
        let found = self.stored_as(copy).or_else(old);
        Some(found.unwrap_or_else(|| if is_other() { "other" } else { "-" }.to_owned()))
    }

    /// The stored key of the same value, by its name.
    fn stored_as(&self, copy: &Copy) -> Option<String> {
        self.named(copy, |key, secret| key.secret.same_as(secret))
    }

    /// The stored key whose old secret it is, by its name.
    fn old_of(&self, copy: &Copy) -> Option<String> {
        self.named(copy, |key, secret| key.previous.iter().any(|old| old.secret.same_as(secret)))
    }

    fn named(&self, copy: &Copy, is_meant: impl Fn(&Key, &Secret) -> bool) -> Option<String> {
        let (profile, secret) = (self.profile.as_ref()?, copy.holds.key()?);
        let key = profile.keys().iter().find(|key| is_meant(key, secret))?;
        Some(profile.display(key).to_string())
    }

    /// The commands that clean the plaintext places up, each once.
    fn hints(&self) -> Vec<String> {
        let plain = || self.copies().filter(|copy| matches!(copy.holds, Holding::Key(_)));
        let mut hints: Vec<String> = Vec::new();
        let mut told = BTreeSet::new();
        for copy in plain() {
            if let Some((what, command)) = cleaning(self.around, copy)
                && told.insert(command.clone())
            {
                hints.push(format!("{what} is plaintext: store the keys in it and take them out with `{command}`"));
            }
        }
        let names: Vec<&str> = plain()
            .filter_map(|copy| if let Place::Variable(name) = &copy.place { Some(name.as_str()) } else { None })
            .collect();
        if !names.is_empty() {
            hints.push(format!("take the variables out of this shell with `unset {}`", names.join(" ")));
        }
        hints
    }
}

/// What is cleaned up, and the command that does it; none for a variable.
pub(super) fn cleaning(around: &Around, copy: &Copy) -> Option<(String, String)> {
    let Place::File { path: file, .. } = &copy.place else { return None };
    let shown = path(around, file);
    let command = match copy.tools.as_slice() {
        ["dotenv", ..] => format!("byok import dotenv --file {} --delete-source", pasted(&shown)),
        [tool, ..] => format!("byok import {tool} --delete-source"),
        [] => return None,
    };
    let what = if copy.tools.contains(&"shell") { "what shells start with".to_owned() } else { format!("`{shown}`") };
    Some((what, command))
}
