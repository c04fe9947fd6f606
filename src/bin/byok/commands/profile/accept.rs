//! `byok profile accept`: trust what was refused, after a look at it.

use anyhow::Result;
use byok::name::{EnvName, ProfileName};
use byok::seal::Unlock;
use byok::store::{Place, Store};

use super::absent;
use crate::fault::{Fault, code};
use crate::session::Session;

pub(super) fn run(session: &Session<'_>, name: &ProfileName, yes: bool) -> Result<u8> {
    let store = session.store();
    let profile = store.read_unpinned(name)?.ok_or_else(|| absent(name))?;
    if store.read(name).is_ok() {
        session.ui.say(&format!("profile `{name}` is trusted already"));
        return Ok(code::DONE);
    }
    let lies = match store.place(name) {
        Place::File => format!("`{}`", store.path(name).display()),
        Place::Keychain => format!("profile `{name}` in the keychain"),
    };
    session.ui.say(&format!("{lies} is generation {} and holds:", profile.generation()));
    let mine = session.opener.identities()?.recipients();
    for recipient in profile.recipients().iter().filter(|recipient| !mine.contains(recipient)) {
        session.ui.warn(&format!("every key that you add to it will also open for {recipient}"));
    }
    for (shown, key) in profile.display_all().iter().zip(profile.keys()) {
        let endpoint = key.fields.get("endpoint").map(|endpoint| format!(", to {endpoint}")).unwrap_or_default();
        let names: Vec<&str> = key.env.iter().map(EnvName::as_str).collect();
        let variables = if names.is_empty() { String::new() } else { format!(", exported as {}", names.join(", ")) };
        session.ui.say(&format!("  {shown}  {}{endpoint}{variables}", key.secret.mask()));
    }
    if !yes {
        match session.ui.confirm(&format!("trust this as profile `{name}`?"))? {
            Some(true) => {}
            Some(false) => return Err(Fault::refused("nothing was changed").into()),
            None => {
                return Err(Fault::misused("nobody is here to confirm")
                    .hint("look at the list above, then say it with `--yes`")
                    .into());
            }
        }
    }
    let _held = session.hold_signals();
    store.accept(name, &profile)?;
    session.ui.say(&format!("profile `{name}` is trusted from now on"));
    Ok(code::DONE)
}
