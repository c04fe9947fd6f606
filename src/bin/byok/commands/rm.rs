//! `byok rm`: keys out, after a question.

use anyhow::Result;
use byok::keys;
use byok::name::KeyRef;

use crate::cli::Rm;
use crate::fault::{Fault, code};
use crate::session::Session;

pub(crate) fn run(session: &Session<'_>, args: &Rm) -> Result<u8> {
    let wanted = session.selectors(&args.keys)?;
    let profile = session.read()?;
    let doomed = keys::chosen(&profile, &wanted, args.tag.as_deref(), args.all)?;
    if doomed.is_empty() {
        session.ui.say(&format!("profile `{}` has no keys", session.profile));
        return Ok(code::DONE);
    }
    let shown: Vec<KeyRef> =
        doomed.iter().filter_map(|name| profile.find(name)).map(|key| profile.display(key)).collect();
    let list = shown.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if args.dry_run {
        session.ui.say(&format!("{list} would be removed from profile `{}`; nothing was changed", session.profile));
        return Ok(code::DONE);
    }
    if !args.yes {
        let question = format!("remove {list} from profile `{}`? this cannot be undone", session.profile);
        match session.ui.confirm(&question)? {
            Some(true) => {}
            Some(false) => return Err(Fault::failed("nothing was removed").into()),
            None => {
                return Err(Fault::misused("nobody is here to confirm the removal").hint("say it with `--yes`").into());
            }
        }
    }
    let store = session.store();
    let _held = session.hold_signals();
    keys::remove(&store, &session.profile, &doomed)?;
    session.ui.say(&format!("removed {list} from profile `{}`", session.profile));
    // The removal is done: that the rest cannot be told is no failure of it.
    let Ok(after) = session.read() else { return Ok(code::DONE) };
    for provider in doomed.iter().map(|name| &name.provider).collect::<std::collections::BTreeSet<_>>() {
        let was = profile.active(provider).map(|key| &key.label);
        if let Some(now) = after.active(provider).filter(|now| Some(&now.label) != was) {
            session.ui.say(&format!("`{provider}` means `{}` now", after.display(now)));
        }
    }
    Ok(code::DONE)
}
