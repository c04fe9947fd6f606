//! `byok rename`: another label for a key.

use anyhow::Result;
use byok::keys;

use crate::cli::carrying::Rename;
use crate::fault::{Fault, code};
use crate::session::Session;

pub(crate) fn run(session: &Session<'_>, args: &Rename) -> Result<u8> {
    let (old, new) = (session.key(&args.old)?, session.key(&args.new)?);
    if old.provider != new.provider {
        return Err(Fault::misused(format!("a key of `{}` cannot become one of `{}`", old.provider, new.provider))
            .hint(format!("take it in as what it is: `byok add {new}`, then `byok rm {old}`"))
            .into());
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
