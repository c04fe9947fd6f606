//! `byok show`: all that is known of one key, masked.

use anyhow::Result;
use byok::keys;
use byok::provider::Registry;
use byok::resolve;

use super::{list, used};
use crate::cli::Show;
use crate::fault::code;
use crate::session::Session;
use crate::table;
use crate::time::in_words;
use crate::words;

pub(crate) fn run(session: &Session<'_>, args: &Show) -> Result<u8> {
    let wanted = session.key(&args.key)?;
    let profile = session.read()?;
    let key = keys::find(&profile, &wanted)?;
    let name = profile.display(key).to_string();
    let registry = session.registry()?;
    let active =
        profile.active(&key.provider).is_some_and(|active| active.label == key.label && !resolve::is_admin(active));
    if args.json {
        let mut document = list::report(session, registry, &used::uses(session, None)?, key, &name, active);
        document["version"] = 1.into();
        document["profile"] = session.profile.as_str().into();
        session.ui.data(crate::ui::json(&document).as_bytes())?;
        return Ok(code::DONE);
    }
    let provider = registry.get(&key.provider);
    let variables: Vec<String> = if key.env.is_empty() {
        vec![registry.exports(&key.provider).key.to_string()]
    } else {
        key.env.iter().map(ToString::to_string).collect()
    };
    let moment = |time| format!("{} ({time})", in_words(time, session.now));
    let mut lines: Vec<(String, String)> = vec![
        ("key".into(), name),
        ("provider".into(), provider.name.clone()),
        ("profile".into(), session.profile.to_string()),
        ("secret".into(), key.secret.mask()),
    ];
    let mut line = |name: &str, value: Option<String>| lines.extend(value.map(|value| (name.to_owned(), value)));
    line("fingerprint", key.secret.fingerprint());
    line("variables", Some(variables.join(", ")));
    line("active", Some(if active { "yes" } else { "no" }.into()));
    line("exported", Some(if key.exported { "yes" } else { "only if asked for by name" }.into()));
    line("added", Some(moment(key.added)));
    line("updated", (key.updated != key.added).then(|| moment(key.updated)));
    line("disabled", key.disabled.then(|| format!("yes: it never answers until `byok edit {wanted} --enable`")));
    let marked =
        if Registry::is_admin(&key.provider, &key.secret) { "" } else { "; `byok edit KEY --no-admin` if it is none" };
    line("admin", resolve::is_admin(key).then(|| format!("yes: never handed out to programs{marked}")));
    line("secret since", (key.since != key.added).then(|| moment(key.since)));
    let days = session.rotate_after(key);
    line("rotate", days.map(|days| moment(key.rotation_due(days))));
    line("wiped", key.wiped.as_ref().map(|wiped| moment(wiped.at)));
    for old in &key.previous {
        line("old one", Some(format!("{}, kept until {}", old.secret.mask(), old.kept.at)));
    }
    line("last used", used::in_words(session, key));
    line("expires", key.ends().map(moment));
    let tested = key.tested();
    let verdict = tested.as_ref().map(|tested| words::sentence(tested, session.now));
    line("verdict", Some(verdict.unwrap_or_else(|| "never tested".to_owned())));
    line("since then", tested.as_ref().and_then(|tested| words::since(tested, session.now)));
    line("tested", tested.as_ref().map(|tested| moment(tested.at)));
    line("tags", (!key.tags.is_empty()).then(|| key.tags.join(" ")));
    line("note", key.note.clone());
    for (field, value) in &key.fields {
        line(field, Some(value.clone()));
    }
    let like_openai = provider.is_tried_as_compatible() && key.fields.contains_key("endpoint");
    let test = provider.test.and_then(|test| test.note).or(provider.untestable.filter(|_| !like_openai));
    line("test", test);
    line("console", provider.console);
    session.ui.data(table::facts(&lines).as_bytes())?;
    Ok(code::DONE)
}
