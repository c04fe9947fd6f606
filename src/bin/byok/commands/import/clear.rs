//! `byok import --delete-source`: keys out of the files that they came from. Only what the profile holds goes, after the
//! profile was read again from disk; every change is shown first, and read back after.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result};
use byok::copies;
use byok::credentials::{Around, Entry, Whose, whose};
use byok::disk;
use byok::name::EnvName;
use byok::profile::Profile;
use byok::provider::Registry;
use byok::setup;

use super::found::{self, Source};
use crate::around::short;
use crate::cli::taking::Import;
use crate::commands::export::tool::{take_turn, target};
use crate::session::Session;
use crate::ui::escaped;

/// The tools in whose files an entry's name is a variable's.
const FILES_OF_VARIABLES: [&str; 4] = ["dotenv", "shell", "aider", "gemini-cli"];

/// What was taken out.
#[derive(Default)]
pub(super) struct Cleared {
    /// The names of the entries, by file.
    pub(super) removed: BTreeMap<PathBuf, Vec<String>>,
    /// Whether something that was to go is still there.
    pub(super) is_open: bool,
}

/// Takes the keys that are sealed out of all files, one file after the other.
pub(super) fn all(session: &Session<'_>, args: &Import, around: &Around, sources: &[Source]) -> Result<Cleared> {
    let mut cleared = Cleared::default();
    if !sources.iter().flat_map(Source::entries).any(|entry| entry.holds.key().is_some()) {
        return Ok(cleared);
    }
    let profile = session.read().context("nothing was taken out of any file: the profile cannot be read back")?;
    for source in sources {
        match one(session, args, around, source, &profile) {
            Ok(Some(names)) => drop(cleared.removed.insert(source.look.path.clone(), names)),
            Ok(None) => {}
            Err(error) => {
                let report = crate::fault::report(&error);
                session.ui.warn(&report.sentence);
                report.hints.iter().for_each(|hint| session.ui.hint(hint));
                cleared.is_open = true;
            }
        }
    }
    Ok(cleared)
}

/// The entries whose key the profile holds.
fn safe<'a>(registry: &Registry, profile: &Profile, entries: &'a [Entry]) -> Vec<&'a Entry> {
    let is_here = |entry: &&Entry| {
        let Whose::Provider(provider) = whose(registry, entry) else { return false };
        found::secret(entry).is_some_and(|secret| profile.keys_of(&provider).any(|key| key.secret.same_as(&secret)))
    };
    entries.iter().filter(is_here).collect()
}

/// Takes them out of one file; answers which they were, if the file was written.
fn one(
    session: &Session<'_>,
    args: &Import,
    around: &Around,
    source: &Source,
    profile: &Profile,
) -> Result<Option<Vec<String>>> {
    let (registry, form, path) = (session.registry()?, source.file.form, &source.look.path);
    if source.look.found.is_err() {
        return Ok(None);
    }
    let shown = escaped(&short(around, path));
    let left = || format!("`{shown}` is left as it is");
    let old = copies::read(path).with_context(left)?;
    let entries = form.read(registry, &old).with_context(left)?;
    let doomed = safe(registry, profile, &entries);
    if doomed.is_empty() {
        return Ok(None);
    }
    let names: Vec<&str> = doomed.iter().map(|entry| entry.name.as_str()).collect();
    let new = form.without(&old, &names).with_context(left)?;
    // What is left must be the same entries without these.
    let rest = form.read(registry, &new).with_context(left)?;
    if rest.len() != entries.len() - doomed.len() || doomed.iter().any(|entry| holds(&rest, entry)) {
        anyhow::bail!("{}: what would be left of it does not read as it should", left());
    }
    session.ui.say(&format!("{shown}:"));
    for entry in &doomed {
        let mask = entry.holds.key().map(byok::secret::Secret::mask).unwrap_or_default();
        session.ui.say(&format!("- {}: {mask}", escaped(found::called(&entry.name))));
    }
    if !args.yes {
        let question = format!("take {} out of `{shown}`?", if names.len() == 1 { "it" } else { "them" });
        match session.ui.confirm(&question)? {
            Some(true) => {}
            Some(false) => {
                session.ui.say(&left());
                return Ok(None);
            }
            None => {
                return Err(crate::fault::Fault::misused(format!("{}: it is only edited with your consent", left()))
                    .hint(format!(
                        "give it: `{}`",
                        super::command(session, args, &[source.tool.name], " --delete-source --yes")
                    ))
                    .into());
            }
        }
    }
    let file = target(path).with_context(left)?;
    let _held = session.hold_signals();
    let _lock = take_turn(session)?;
    copies::settled(&source.file).with_context(left)?;
    if *copies::read(path).with_context(left)? != *old {
        anyhow::bail!("{}: it has changed meanwhile", left());
    }
    disk::amend(&file, Some(&old), &new).with_context(left)?;
    if *copies::read(&file).with_context(|| format!("`{shown}` cannot be read back"))? != *new {
        anyhow::bail!("`{shown}` has changed again: see what it holds with `byok import --detect`");
    }
    warn_of_copies(session, &shown, &file, source.look.links);
    session.ui.say(&format!("took {} out of `{shown}`", counted(names.len())));
    tell_who_misses_them(session, source.tool.name, &doomed, profile)?;
    Ok(Some(names.into_iter().map(|name| found::called(name).to_owned()).collect()))
}

/// What found its key there finds it elsewhere now, or not at all.
fn tell_who_misses_them(session: &Session<'_>, tool: &str, gone: &[&Entry], profile: &Profile) -> Result<()> {
    let registry = session.registry()?;
    for entry in gone.iter().filter(|_| FILES_OF_VARIABLES.contains(&tool)) {
        let name = found::called(&entry.name);
        let Some(secret) = found::secret(entry) else { continue };
        let key = profile.keys().iter().find(|key| key.secret.same_as(&secret));
        let Some(key) = key.filter(|_| EnvName::parse(name).is_ok() && registry.claims(name).is_empty()) else {
            continue;
        };
        session.ui.warn(&format!("`{name}` is no name that byok hands a key out under: what reads it finds nothing"));
        session.ui.hint(&format!("hand it over there: `export {name}=\"$(byok get {})\"`", profile.display(key)));
    }
    if tool == "shell" {
        session.ui.hint("new shells have them again with `eval \"$(byok env)\"` in that file: `byok help shells`");
    } else if setup::tool(tool).is_some() {
        session.ui.hint(&format!("have it ask byok instead: `byok setup {tool}`"));
    }
    Ok(())
}

fn holds(entries: &[Entry], wanted: &Entry) -> bool {
    let Some(secret) = wanted.holds.key() else { return false };
    entries.iter().any(|entry| entry.name == wanted.name && entry.holds.key().is_some_and(|key| key.same_as(secret)))
}

/// Where the old bytes are still to be found.
fn warn_of_copies(session: &Session<'_>, shown: &str, file: &std::path::Path, links: u64) {
    if links > 1 {
        session.ui.warn(&format!("`{shown}` has another name on this disk, under which the keys still lie"));
    }
    if copies::is_tracked(file) {
        session.ui.warn(&format!("git keeps versions of `{shown}`: its history still has the keys"));
        session.ui.hint("make new keys in their place, and say so to byok: `byok rotate PROVIDER`");
    }
}

fn counted(keys: usize) -> String {
    format!("{keys} key{}", if keys == 1 { "" } else { "s" })
}
