//! `byok profile list`: what profiles there are, where, and whether they open.

use anyhow::Result;
use byok::store::Store;
use serde_json::json;

use crate::fault::code;
use crate::session::Session;
use crate::table;

pub(super) fn run(session: &Session<'_>, json: bool) -> Result<u8> {
    let store = session.store();
    let (mut rows, mut reports, mut worst) = (Vec::new(), Vec::new(), code::DONE);
    for name in store.profiles()? {
        let (chosen, place) = (name == session.profile, store.place(&name));
        // One that does not open is listed all the same: it is there.
        let (keys, openers, trouble) = match store.read(&name) {
            Ok(Some((profile, _))) => (Some(profile.keys().len()), Some(profile.recipients().len()), None),
            Ok(None) => continue,
            Err(error) => (None, None, Some(crate::fault::report(&error.into()).sentence)),
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
            place.to_string(),
            openers.filter(|openers| *openers > 1).map(|openers| openers.to_string()).unwrap_or_default(),
            store.own_path(&name).map(|path| path.display().to_string()).unwrap_or_default(),
            words,
        ]);
        reports.push(json!({ "profile": name.as_str(), "in_use": chosen, "keys": keys, "store": place.as_str(), "path": store.path(&name), "openers": openers, "trouble": trouble }));
    }
    if json {
        session.ui.data(format!("{:#}\n", json!({ "version": 1, "profiles": reports })).as_bytes())?;
    } else if rows.is_empty() {
        session.ui.say("there are no profiles yet");
        session.ui.hint("`byok import-env` and `byok add` make the first one");
    } else {
        session.ui.data(
            table::render(&["PROFILE", "STATE", "KEYS", "STORE", "OPENERS", "FILE", "TROUBLE"], &rows, 4).as_bytes(),
        )?;
    }
    Ok(worst)
}
