//! `byok profile`: profiles as a whole.

use anyhow::{Context, Result};
use byok::keys;
use byok::name::{EnvName, ProfileName};
use byok::seal::Unlock;
use byok::settings::Settings;
use byok::store::Store;
use serde_json::json;

use crate::cli::manage::ProfileVerb;
use crate::fault::{Fault, code};
use crate::session::{Session, profile_name};
use crate::table;

pub(crate) fn run(session: &Session<'_>, verb: ProfileVerb) -> Result<u8> {
    let named = |name: &str| profile_name(name).context("cannot use this name");
    match verb {
        ProfileVerb::List { json } => list(session, json),
        ProfileVerb::Create { name } => create(session, &named(&name)?),
        ProfileVerb::Use { name } => choose(session, &named(&name)?),
        ProfileVerb::Copy { from, to } => copy(session, &named(&from)?, &named(&to)?),
        ProfileVerb::Rm { name, yes } => remove(session, &named(&name)?, yes),
        ProfileVerb::Accept { name, yes } => accept(session, &named(&name)?, yes),
    }
}

fn list(session: &Session<'_>, json: bool) -> Result<u8> {
    let store = session.store();
    let (mut rows, mut reports, mut worst) = (Vec::new(), Vec::new(), code::DONE);
    for name in store.profiles()? {
        let chosen = name == session.profile;
        // One that does not open is listed all the same: it is there.
        let (keys, trouble) = match store.read(&name) {
            Ok(Some((profile, _))) => (Some(profile.keys().len()), None),
            Ok(None) => continue,
            Err(error) => (None, Some(error.to_string())),
        };
        if trouble.is_some() {
            worst = code::REFUSED;
        }
        let (count, words) =
            (keys.map(|keys| keys.to_string()).unwrap_or_default(), trouble.clone().unwrap_or_default());
        rows.push(vec![
            name.to_string(),
            if chosen { "in use" } else { "" }.to_owned(),
            count,
            "file".to_owned(),
            words,
        ]);
        reports.push(json!({ "profile": name.as_str(), "in_use": chosen, "keys": keys, "store": "file", "path": store.path(&name), "trouble": trouble }));
    }
    if json {
        session.ui.data(format!("{:#}\n", json!({ "version": 1, "profiles": reports })).as_bytes())?;
    } else if rows.is_empty() {
        session.ui.say("there are no profiles yet");
        session.ui.hint("`byok import-env` and `byok add` make the first one");
    } else {
        session.ui.data(table::render(&["PROFILE", "STATE", "KEYS", "STORE", "TROUBLE"], &rows, 4).as_bytes())?;
    }
    Ok(worst)
}

fn absent(name: &ProfileName) -> Fault {
    Fault::missing(format!("there is no profile `{name}`")).hint("see those that there are with `byok profile list`")
}

fn create(session: &Session<'_>, name: &ProfileName) -> Result<u8> {
    let fresh = session.founder()?;
    let store = session.store();
    let _held = session.hold_signals();
    keys::create(&store, name, &fresh())?;
    session.announce(name);
    Ok(code::DONE)
}

fn choose(session: &Session<'_>, name: &ProfileName) -> Result<u8> {
    if !session.store().profiles()?.contains(name) {
        return Err(absent(name).hint(format!("make it with `byok profile create {name}`")).into());
    }
    let path = session.folders.config.join("config.toml");
    session.rewrite(&path, |old| {
        Settings::with_profile(old, name).with_context(|| format!("cannot change `{}`", path.display()))
    })?;
    session.ui.say(&format!("working on profile `{name}` from now on"));
    Ok(code::DONE)
}

fn copy(session: &Session<'_>, from: &ProfileName, to: &ProfileName) -> Result<u8> {
    let old = session.read_named(from)?;
    let fresh = session.founder()?;
    let made = fresh();
    let copied = old.copied(made.vault().clone(), made.recipients().to_vec());
    let store = session.store();
    let _held = session.hold_signals();
    keys::create(&store, to, &copied)?;
    session.announce(to);
    Ok(code::DONE)
}

fn remove(session: &Session<'_>, name: &ProfileName, yes: bool) -> Result<u8> {
    let store = session.store();
    if !store.profiles()?.contains(name) {
        return Err(absent(name).into());
    }
    let count = store.read(name).ok().flatten().map(|(profile, _)| profile.keys().len());
    let keys = match count {
        Some(0) => String::new(),
        Some(1) => " and its key".to_owned(),
        Some(count) => format!(" and its {count} keys"),
        None => ", which does not open".to_owned(),
    };
    if !yes {
        match session.ui.confirm(&format!("remove profile `{name}`{keys}? this cannot be undone"))? {
            Some(true) => {}
            Some(false) => return Err(Fault::failed("nothing was removed").into()),
            None => {
                return Err(Fault::misused("nobody is here to confirm the removal").hint("say it with `--yes`").into());
            }
        }
    }
    let _held = session.hold_signals();
    store.remove(name)?;
    session.ui.say(&format!("removed profile `{name}`{keys}"));
    Ok(code::DONE)
}

fn accept(session: &Session<'_>, name: &ProfileName, yes: bool) -> Result<u8> {
    let store = session.store();
    let profile = store.read_unpinned(name)?.ok_or_else(|| absent(name))?;
    if store.read(name).is_ok() {
        session.ui.say(&format!("profile `{name}` is trusted already"));
        return Ok(code::DONE);
    }
    session.ui.say(&format!("`{}` is generation {} and holds:", store.path(name).display(), profile.generation()));
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
        match session.ui.confirm(&format!("trust this file as profile `{name}`?"))? {
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
