//! What the verbs that hand keys out have in common: choosing them, and what is said of the choice.

use std::collections::BTreeSet;

use anyhow::Result;
use byok::keys::KeyError;
use byok::name::{EnvName, KeyRef, ProfileName};
use byok::profile::{Key, Profile};
use byok::provider::{Consumer, Naming, Registry};
use byok::resolve::{self, Chain, ResolveError, Selection, Settings, Trail};
use byok::secret::Secret;
use byok::store::{Place, Store};
use zeroize::Zeroizing;

use crate::between::{self, Between};
use crate::cli::handing::Select;
use crate::fault::Fault;
use crate::session::{Session, dense};
use crate::vars;

/// The profiles that answer in this run.
pub(crate) type Profiles<'a> = Chain<'a, anyhow::Error>;

/// Chooses the keys that were meant, from the profile and then from those in `fallback`.
pub(crate) fn keys<'p>(session: &Session<'_>, profiles: &'p Profiles<'_>, select: &Select) -> Result<Selection<'p>> {
    let (wanted, except) = (session.keys(&select.keys)?, session.keys(&select.except)?);
    let mut selection = if wanted.is_empty() {
        resolve::select(first(session, profiles)?, &[], session.now)
    } else {
        Selection::default()
    };
    for name in &wanted {
        selection.take(&walk(session, profiles, name)?)?;
    }
    // A slip in `--except` would hand out what was to be kept back.
    for name in &except {
        let known = session.registry()?.is_known(&name.provider);
        if !known && !profiles.opened().any(|(_, profile)| profile.keys_of(&name.provider).next().is_some()) {
            return Err(ResolveError::NoSuchKey { wanted: name.clone(), there: Vec::new() }.into());
        }
    }
    Ok(selection.without(&except))
}

/// The way to the key that answers to a name, as the project, if there is one, means it.
pub(crate) fn walk<'p>(session: &Session<'_>, profiles: &'p Profiles<'_>, name: &KeyRef) -> Result<Trail<'p>> {
    let labels = session.project.as_ref().map(|project| project.labels(&name.provider)).unwrap_or_default();
    resolve::walk(profiles, name, &labels, session.now)
}

/// The same, and on to the environment: `naming` says which variables the key's reader looks for.
pub(crate) fn walk_on<'p>(
    session: &Session<'_>,
    profiles: &'p Profiles<'_>,
    naming: Naming,
    name: &KeyRef,
) -> Result<Trail<'p>> {
    let registry = session.registry()?;
    let usual = registry.exports(&name.provider).key;
    let variables = naming.key(registry, &name.provider, &[], &usual);
    let is_set = |name: &EnvName| vars::value(name.as_str()).is_some_and(|value| !value.trim().is_empty());
    Ok(walk(session, profiles, name)?.or_environment(&variables, is_set))
}

/// Under which names the keys are to go out.
pub(crate) fn naming(select: &Select) -> Result<Naming> {
    let Some(typed) = &select.consumer else {
        return Ok(if select.all_names { Naming::All } else { Naming::Usual });
    };
    if let Some(consumer) = Consumer::find(typed) {
        return Ok(Naming::For(consumer));
    }
    let shown: String = typed.chars().take(24).collect();
    let fault = Fault::misused(if dense(typed) {
        "it is not known which names that tool reads".to_owned()
    } else {
        format!("it is not known which names `{shown}` reads")
    });
    let known = Consumer::all().map(|consumer| format!("`{}`", consumer.name)).collect::<Vec<_>>().join(", ");
    let fault =
        Consumer::suggest(typed).map(|name| format!("did you mean `{name}`?")).into_iter().fold(fault, Fault::hint);
    Err(fault.hint(format!("known are {known}")).hint("or set all names of each key with `--all-names`").into())
}

/// The meant profile, which must be there, and those that answer after it.
pub(crate) fn profiles<'a>(session: &'a Session<'_>) -> Result<Profiles<'a>> {
    Ok(chain(session, Some(session.read()?), true))
}

/// The same, where nothing is said of a profile in `fallback` that is not there: by a verb that is silent, or tells of it
/// otherwise.
pub(crate) fn silent_profiles<'a>(session: &'a Session<'_>) -> Result<Profiles<'a>> {
    Ok(chain(session, Some(session.read()?), false))
}

/// The same, also where nothing was ever stored: in CI every key may be in the environment.
pub(crate) fn profiles_if_any<'a>(session: &'a Session<'_>, is_told: bool) -> Result<Profiles<'a>> {
    match session.read() {
        Err(error) if matches!(error.downcast_ref(), Some(KeyError::NoProfile { .. })) && session.is_unused()? => {
            Ok(chain(session, None, is_told))
        }
        read => Ok(chain(session, Some(read?), is_told)),
    }
}

fn chain<'a>(session: &'a Session<'_>, first: Option<Profile>, is_told: bool) -> Profiles<'a> {
    let aim = |mut profile: Profile| {
        if let Some(project) = &session.project {
            project.aim(&mut profile);
        }
        profile
    };
    let open = move |name: &ProfileName| -> Result<Option<Profile>> {
        let read = session.store().read(name)?;
        if read.is_none() && is_told {
            session.ui.warn(&format!("there is no profile `{name}`, which `fallback` names"));
            session.ui.hint(&format!("make it with `byok profile create {name}`, or see `byok doctor`"));
        }
        Ok(read.map(|(profile, _)| aim(profile)))
    };
    let after = session.settings.fallback(&session.profile).cloned().collect::<Vec<_>>();
    Chain::new(session.profile.clone(), first.map(aim), after, Box::new(open))
}

/// The system's own key.
pub(crate) fn system(variable: &EnvName) -> Result<Secret> {
    Ok(Secret::new(Zeroizing::new(vars::value(variable.as_str()).unwrap_or_default()))?)
}

/// The meant profile.
pub(crate) fn first<'p>(session: &Session<'_>, profiles: &'p Profiles<'_>) -> Result<&'p Profile> {
    Ok(profiles.first().ok_or_else(|| KeyError::NoProfile { name: session.profile.clone() })?)
}

/// The variables of the selection. Two keys for one variable are a contradiction where they were asked for by name,
/// else the older one goes out and the other is told of.
pub(crate) fn settings<'p>(
    session: &Session<'_>,
    profile: &Profile,
    keys: &[&'p Key],
    naming: Naming,
    by_name: bool,
) -> Result<Settings<'p>> {
    let registry = session.registry()?;
    if by_name {
        let settings = resolve::exact_settings(registry, naming, profile, keys)?;
        tell_astray(session, profile, &settings);
        if let Naming::For(consumer) = naming {
            for key in &settings.unread {
                session.ui.warn(&format!(
                    "`{}` is left out: `{}` reads no key of this provider",
                    profile.display(key),
                    consumer.name
                ));
            }
        }
        return Ok(settings);
    }
    let settings = resolve::settings(registry, naming, keys);
    tell_astray(session, profile, &settings);
    for (variable, first, second) in &settings.crowded {
        let (first, second) = (profile.display(first), profile.display(second));
        session.ui.warn(&format!("`{first}` and `{second}` both set `{variable}`: it is set from `{first}`"));
        session.ui.hint(&format!("`byok edit {second} --env OTHER_NAME` or `byok edit {second} --no-export`"));
    }
    Ok(settings)
}

/// Tells of the names that a key was given, and that lead other keys astray.
fn tell_astray(session: &Session<'_>, profile: &Profile, settings: &Settings<'_>) {
    for (variable, key) in &settings.astray {
        let key = profile.display(key);
        session.ui.warn(&format!("`{variable}` is not set from `{key}`: programs look for a provider's address there"));
        session
            .ui
            .hint(&format!("`byok edit {key} --env OTHER_NAME`, or `byok edit {key} --env ''` for its usual name"));
    }
}

/// The keys that go out, each once.
pub(crate) fn handed<'p>(settings: &Settings<'p>) -> Vec<&'p Key> {
    let mut keys: Vec<&Key> = Vec::with_capacity(settings.settings.len());
    for setting in &settings.settings {
        // A key's variables stand side by side.
        if !keys.last().is_some_and(|last| std::ptr::eq(*last, setting.key)) {
            keys.push(setting.key);
        }
    }
    keys
}

/// Tells of the keys that were left out because their time is over; `daily`, of those of which it was not told today.
pub(crate) fn tell_expired(session: &Session<'_>, profile: &Profile, selection: &Selection<'_>, daily: bool) {
    let left_out = |key: &&Key| {
        let (name, end) = (profile.display(key), key.ends().map(resolve::day).unwrap_or_default());
        format!("`{name}` is left out: it expired on {end}")
    };
    let sentences: Vec<String> = selection.expired.iter().map(left_out).collect();
    if sentences.is_empty()
        || (daily && !session.is_news(&format!("expired-{}", session.profile), &sentences.join("\n")))
    {
        return;
    }
    for sentence in sentences {
        session.ui.warn(&sentence);
    }
}

/// Adds to what is taken out of the environment whatever would lead a key astray, and tells of it: an address of a
/// foreign host, and a switch that turns the checking of certificates off. What byok itself set, and is among `gone`
/// already, goes without a word. `keep` is what a flag said to keep, where there is such a flag.
pub(crate) fn add_foreign(
    session: &Session<'_>,
    settings: &Settings<'_>,
    keep: Option<&[String]>,
    gone: &mut Vec<EnvName>,
) -> Result<()> {
    let environment = vars::all();
    let foreign = resolve::foreign_endpoints(session.registry()?, settings, &environment).into_iter();
    let unchecked = environment.iter().filter(|(name, value)| between::of(name, value) == Some(Between::Anybody));
    let unchecked = unchecked.filter_map(|(name, _)| EnvName::parse_to_unset(name).ok());
    let led = foreign.map(|name| (name, "led to another host than the provider's"));
    for (name, what) in led.chain(unchecked.map(|name| (name, "turned the checking of certificates off"))) {
        if gone.contains(&name) || keep.unwrap_or_default().iter().any(|kept| kept == name.as_str()) {
            continue;
        }
        session.ui.warn(&format!("`{name}` {what}, and is taken out"));
        if keep.is_some() {
            session.ui.hint(&format!("keep it with `--keep-env {name}`"));
        }
        gone.push(name);
    }
    tell_interposed(session, &environment);
    Ok(())
}

/// Tells once, and again when it changes, who stands between a program that is handed keys and their providers: a
/// proxy elsewhere, or other certificates that are believed. They may well be the person's own, and are left.
fn tell_interposed(session: &Session<'_>, environment: &[(String, String)]) {
    for (name, value) in environment {
        let sentence = match between::of(name, value) {
            Some(Between::Certificates) => {
                format!("`{name}` says whose certificates are believed: whoever wrote `{value}` may read the keys")
            }
            Some(Between::Proxy(host)) => format!("`{name}` leads through the proxy `{host}`"),
            Some(Between::Anybody) | None => continue,
        };
        if session.is_new(&format!("between-{name}"), &sentence) {
            session.ui.warn(&sentence);
        }
    }
}

/// The variables of the environment that byok set earlier, from this profile or another, and that are not meant now.
/// `ending`: nothing stays set.
pub(crate) fn stale(
    session: &Session<'_>,
    profiles: &Profiles<'_>,
    settings: &Settings<'_>,
    ending: bool,
) -> Result<Vec<EnvName>> {
    let registry = session.registry()?;
    let environment: Vec<(String, String)> = vars::all()
        .into_iter()
        .filter(|(name, value)| !value.is_empty() && !settings.sets(name) && could_be_ours(registry, name))
        .collect();
    if environment.is_empty() {
        return Ok(Vec::new());
    }
    let store = session.store();
    let (read, opened): (BTreeSet<_>, Vec<_>) = profiles.opened().unzip();
    // The keychain is not opened, nor anybody asked to unlock it, for a profile that is a file.
    let opens = || read.iter().any(|name| store.place(name) == Place::Keychain);
    let mut others = Vec::new();
    for name in store.profiles()?.iter().filter(|name| !read.contains(name)) {
        if store.place(name) == Place::Keychain && !opens() {
            continue;
        }
        // A profile that does not open has set nothing.
        others.extend(store.read(name).ok().flatten().map(|(profile, _)| profile));
    }
    let all: Vec<&Profile> = opened.into_iter().chain(&others).collect();
    Ok(resolve::stale(registry, &all, settings, ending, &environment))
}

/// Spares the opening of other profiles where no variable could come from one.
fn could_be_ours(registry: &Registry, name: &str) -> bool {
    const ENDS: [&str; 6] = ["_KEY", "_TOKEN", "_SECRET", "_URL", "_ID", "_ENDPOINT"];
    ENDS.iter().any(|end| name.ends_with(end)) || registry.is_claimed(name)
}

/// What is to be said where a key sets a variable that an older one sets already.
pub(crate) fn crowded(registry: &Registry, profile: &Profile, name: &KeyRef) -> Option<String> {
    let key = profile.find(name)?;
    let active: Vec<&Key> =
        profile.active_keys().into_iter().filter(|key| key.exported && !resolve::is_admin(key)).collect();
    let settings = resolve::settings(registry, Naming::Usual, &active);
    let (variable, first, second) = settings.crowded.iter().find(|(_, _, second)| std::ptr::eq(*second, key))?;
    let (first, second) = (profile.display(first), profile.display(second));
    Some(format!("`{first}` sets `{variable}` already; `byok edit {second} --env OTHER_NAME` gives this one another"))
}

/// Tells once, when a key comes in, that its variable changes what another tool bills.
pub(crate) fn billing_notice(session: &Session<'_>, registry: &Registry, key: &KeyRef) {
    if let Some(notice) = registry.get(&key.provider).notice {
        session.ui.say(&format!("note: {notice}"));
        session.ui.hint(&format!("keep it out of `byok env` with `byok edit {key} --no-export`"));
    }
}
