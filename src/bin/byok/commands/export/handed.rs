//! `byok export --encrypted`: keys for another person, in a file that only the recipients open.

use anyhow::Result;
use byok::keys;
use byok::name::KeyRef;
use byok::profile::{Key, Profile};
use byok::resolve;
use byok::seal::{self, Unlock as _};

use crate::cli::handing::Export;
use crate::fault::{Fault, code};
use crate::session::Session;
use crate::words::counted;

pub(super) fn run(session: &Session<'_>, args: &Export) -> Result<u8> {
    if args.to.is_empty() {
        return Err(Fault::misused("`--encrypted` needs to be told whom the file opens for")
            .hint("ask for the recipient, which `byok identity show` tells: `byok export --encrypted --to age1…`")
            .into());
    }
    if let Some(tool) = args.to.iter().find(|one| !one.starts_with("age1")) {
        return Err(Fault::misused(format!("`{tool}` is a tool, and no recipient (`age1…`)"))
            .hint(format!("put keys into its file with `byok export --to {tool}`"))
            .into());
    }
    let output = args.output.as_ref().filter(|path| path.as_os_str() != "-");
    output.map_or(Ok(()), |path| super::output::refuse_own(session, path, None))?;
    if output.is_none() {
        session.ui.refuse_terminal(args.reveal, "write a file: `byok export --encrypted --to age1… -o FILE`")?;
    }
    let profile = session.read()?;
    let selectors = session.selectors(&args.select.keys)?;
    let mut names = if selectors.is_empty() && args.tag.is_none() {
        resolve::select(&profile, &[], session.now).keys.iter().map(|key| key.name()).collect()
    } else {
        keys::chosen(&profile, &selectors, args.tag.as_deref(), true)?
    };
    let except = session.keys(&args.select.except)?;
    let left_out = |name: &KeyRef| {
        except.iter().any(|one| one.provider == name.provider && (one.label.is_none() || one.label == name.label))
    };
    names.retain(|name| !left_out(name));
    let handed = keys::handed(&profile, &names, &selectors);
    if handed.is_empty() {
        return Err(Fault::missing("no key is meant").hint("see the keys with `byok list`").into());
    }
    let document = document(session, &profile, &handed)?;
    let sealed = seal::seal(document.to_toml().as_bytes(), &args.to)?;
    session.note_read_of(&session.profile, names.iter().filter_map(|name| profile.find(name)));
    match output {
        None => session.ui.data(&sealed)?,
        Some(path) => super::output::write(session, path, &sealed, args.force)?,
    }
    let shown: Vec<String> = handed.iter().map(|key| format!("`{}`", profile.display(key))).collect();
    let whom = counted(args.to.len(), "recipient");
    let whereto = output.map_or_else(|| "standard output".to_owned(), |path| format!("`{}`", path.display()));
    session.ui.say(&format!("sealed {} for {whom}, to {whereto}", shown.join(", ")));
    let own = session.opener.identities()?.recipients();
    if let (Some(path), true) = (output, args.to.iter().any(|one| !own.contains(one))) {
        let path = crate::fault::quoted(path);
        session.ui.hint(&format!("on the other side: `byok import byok --file {path}`"));
    }
    Ok(code::DONE)
}

/// The keys as a profile of its own, with the active ones among them, which stock age opens as any other.
fn document(session: &Session<'_>, profile: &Profile, keys: &[Key]) -> Result<Profile> {
    let mut document = session.founder()?();
    for key in keys {
        document.put(key.clone());
    }
    for key in profile.active_keys() {
        document.activate(&key.provider, &key.label);
    }
    Ok(document)
}
