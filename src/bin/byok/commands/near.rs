//! What a person may have meant by the name of a key that is not there.

use anyhow::Error;
use byok::keys::KeyError;
use byok::name::KeyRef;
use byok::profile::Profile;
use byok::resolve::ResolveError;

use crate::fault::Fault;
use crate::session::Session;

/// More names than these help nobody.
const SHOWN: usize = 8;

/// The verbs that take a key away, choose or change one: nobody who types them wants to add it.
const TAKERS: [&str; 6] = ["rm", "use", "rename", "edit", "copy", "move"];

/// Adds to a missing key's error what is there instead; other errors pass.
pub(crate) fn explain(session: &Session<'_>, error: Error) -> Error {
    let adds = !TAKERS.contains(&session.verb.get());
    let wanted = match (error.downcast_ref(), error.downcast_ref()) {
        (Some(KeyError::NoSuchKey { wanted, there }), _) if !there.is_empty() && !adds => {
            let names = there.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            let are = if there.len() == 1 { "is" } else { "are" };
            let hint = format!("there {are} {names}: `byok list {}`", wanted.provider);
            return Fault::missing(error.to_string()).hint(hint).into();
        }
        (Some(KeyError::NoSuchKey { wanted, there }), _) if there.is_empty() => wanted.clone(),
        (_, Some(ResolveError::NoSuchKey { wanted, there })) if there.is_empty() => wanted.clone(),
        _ => return error,
    };
    let (Ok(profile), Ok(registry)) = (session.read(), session.registry()) else { return error };
    let stored = profile.keys().iter().map(|key| key.provider.as_str());
    let stored = stored.filter(|id| *id != wanted.provider.as_str());
    let slip = stored.filter(|id| strsim::damerau_levenshtein(id, wanted.provider.as_str()) <= 2).min();
    let near = slip.map(str::to_owned).or_else(|| {
        let known = registry.is_known(&wanted.provider);
        let mut close = registry.suggest(wanted.provider.as_str()).into_iter();
        close.next().filter(|_| !known).map(|id| id.to_string())
    });
    let known = registry.is_known(&wanted.provider);
    let message =
        if known { format!("there is no key `{wanted}`") } else { format!("no provider or key is called `{wanted}`") };
    // What was said around the missing key, such as that a command was not started, stays.
    let around = error.to_string();
    let mut fault =
        Fault::missing(if around.ends_with(&format!("`{wanted}`")) { message } else { format!("{around}: {message}") });
    if let Some(near) = near {
        let keys = names(&profile, |key| key.provider.as_str() == near);
        fault = match keys.as_slice() {
            [] => fault.hint(format!("did you mean `{near}`? it has no key either: `byok add {near}`")),
            [only] if only.label.is_none() => fault.hint(format!("did you mean `{near}`?")),
            keys => fault.hint(format!("did you mean `{near}`? it has {}", list(&profile, keys))),
        };
    } else if adds {
        fault = fault.hint(format!("add it with `byok add {wanted}`"));
    }
    let all = names(&profile, |_| true);
    let look = if adds { "" } else { ": `byok list`" };
    fault = match all.len() {
        0 => fault.hint(format!("profile `{}` has no keys yet", session.profile)),
        count if count <= SHOWN => fault.hint(format!("there are keys for {}{look}", list(&profile, &all))),
        _ => fault.hint("see the keys that there are with `byok list`"),
    };
    fault.into()
}

fn names(profile: &Profile, wanted: impl Fn(&byok::profile::Key) -> bool) -> Vec<KeyRef> {
    let shown = profile.display_all();
    profile.keys().iter().zip(shown).filter(|(key, _)| wanted(key)).map(|(_, name)| name).collect()
}

fn list(profile: &Profile, names: &[KeyRef]) -> String {
    let one = |name: &KeyRef| {
        let several = profile.keys_of(&name.provider).nth(1).is_some();
        let active =
            several && profile.active(&name.provider).is_some_and(|key| Some(&key.label) == name.label.as_ref());
        format!("`{name}`{}", if active { " (active)" } else { "" })
    };
    names.iter().map(one).collect::<Vec<_>>().join(", ")
}
