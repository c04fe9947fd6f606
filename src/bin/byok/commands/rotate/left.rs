//! Where a secret that was replaced still lies, outside byok and in it.

use byok::copies::survey;
use byok::name::{KeyRef, ProfileName};
use byok::secret::Secret;
use byok::store::{Place, Store};
use zeroize::Zeroizing;

use super::Standing;
use crate::commands::places::shown::place;
use crate::session::Session;
use crate::{around, vars};

/// Tells of every place that is known to hold the old secret.
pub(super) fn tell(session: &Session<'_>, standing: &Standing) {
    let old = &standing.key.secret;
    let is_twin = |key: &&byok::profile::Key| key.name() != standing.key.name() && key.secret.same_as(old);
    for twin in standing.profile.keys().iter().filter(is_twin) {
        let name = standing.profile.display(twin);
        session.ui.warn(&format!("the old one is stored as `{name}` as well"));
        session.ui.hint(&format!("rotate that one, too: `byok rotate {name}`"));
    }
    for (profile, name) in copies(session, old) {
        session.ui.warn(&format!("the old one is stored in profile `{profile}` as well, as `{name}`"));
        session.ui.hint(&format!("rotate that one, too: `byok -p {profile} rotate {name}`"));
    }
    let files = files(session, old);
    if !files.is_empty() {
        session.ui.warn(&format!("the old one still lies in {}", files.join(", ")));
        session.ui.hint(&format!("see what to do about it with `byok where {}`", standing.key.provider));
    }
    // Whatever the variable is called: also one that byok knows no provider by.
    let all = vars::all().into_iter().map(|(name, value)| (name, Zeroizing::new(value)));
    let set: Vec<String> =
        all.filter(|(_, value)| value.as_str() == old.expose()).map(|(name, _)| format!("`{name}`")).collect();
    if !set.is_empty() {
        session.ui.warn(&format!("the old one is still set in this shell, as {}", set.join(", ")));
        session.ui.hint("set the new one there with `eval \"$(byok env)\"`");
    }
}

/// The same in other profiles, as far as these open as the one that was rotated did: nobody is asked to unlock a keychain.
fn copies(session: &Session<'_>, old: &Secret) -> Vec<(ProfileName, KeyRef)> {
    let store = session.store();
    let mut all = Vec::new();
    for name in store.profiles().unwrap_or_default() {
        if name == session.profile || store.place(&name) == Place::Keychain {
            continue;
        }
        let Ok(Some((profile, _))) = store.read(&name) else { continue };
        let same = profile.keys().iter().filter(|key| key.secret.same_as(old));
        all.extend(same.map(|key| (name.clone(), profile.display(key))));
    }
    all
}

/// The places in other tools' files, as a person would write them.
fn files(session: &Session<'_>, old: &Secret) -> Vec<String> {
    let (Some(around), Ok(registry)) = (around::here(session), session.registry()) else { return Vec::new() };
    let mut files = Vec::new();
    for copy in survey(registry, &around, Vec::new()).copies {
        let shown = format!("`{}`", place(&around, &copy.place));
        if copy.holds.key().is_some_and(|key| key.same_as(old)) && !files.contains(&shown) {
            files.push(shown);
        }
    }
    files
}
