//! `byok rename`: another label for a key.

use anyhow::{Error, Result};
use byok::keys;
use byok::name::{KeyRef, Label};

use crate::cli::carrying::Rename;
use crate::fault::{Fault, code};
use crate::session::Session;

pub(crate) fn run(session: &Session<'_>, args: &Rename) -> Result<u8> {
    let (old, new) = (session.key(&args.old)?, session.key(&args.new)?);
    if old.provider != new.provider {
        return Err(of_another(session, "rename", &old, &new));
    }
    let label = new.label.unwrap_or_default();
    let store = session.store();
    let _held = session.hold_signals();
    let (was, is) = keys::change(&store, &session.profile, None, |profile| {
        let (was, is) = keys::rename(profile, &old, &label, args.replace, session.now)?;
        let changed = was != is;
        Ok(((was, is), changed))
    })?;
    session.ui.say(&if was == is {
        format!("`{is}` is called so already; nothing was changed")
    } else {
        format!("`{was}` is `{is}` now")
    });
    Ok(code::DONE)
}

/// The refusal of a name of another provider, or of a label that was typed without its provider.
pub(super) fn of_another(session: &Session<'_>, verb: &str, old: &KeyRef, new: &KeyRef) -> Error {
    let fault = Fault::misused(format!("a key of `{}` cannot become one of `{}`", old.provider, new.provider));
    let is_known = session.registry().is_ok_and(|registry| registry.is_known(&new.provider))
        || session.read().is_ok_and(|profile| profile.keys_of(&new.provider).next().is_some());
    let label = Label::parse(new.provider.as_str()).ok().filter(|_| new.label.is_none() && !is_known);
    let hint = match label {
        Some(label) => format!("give the provider with the label: `byok {verb} {old} {}:{label}`", old.provider),
        None => format!("take it in as what it is: `byok add {new}`"),
    };
    fault.hint(hint).into()
}
