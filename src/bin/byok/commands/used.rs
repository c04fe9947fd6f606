//! When keys were handed out last, as the log tells, for the verbs that show it.

use anyhow::Result;
use byok::journal::{Use, Uses};
use byok::profile::Key;
use byok::settings::Logged;
use jiff::SignedDuration;

use crate::fault::Fault;
use crate::session::Session;
use crate::time;

/// What the log tells; where keys are asked for that were not used within `reach`, it must be able to tell.
pub(super) fn uses(session: &Session<'_>, reach: Option<SignedDuration>) -> Result<Uses> {
    if session.settings.log != Logged::All {
        return match reach {
            None => Ok(Uses::default()),
            Some(_) => Err(Fault::failed("the log does not tell what is handed out: `config.toml` turns that off")
                .hint("take `log` out of `config.toml`, and wait")
                .into()),
        };
    }
    let uses = match session.journal().peek() {
        Err(error) if reach.is_none() => {
            session.ui.warn(&format!("the log was not read: {:#}", anyhow::Error::from(error)));
            return Ok(Uses::default());
        }
        read => read?.uses(&session.profile),
    };
    if let Some(reach) = reach {
        let since = uses.since.unwrap_or(session.now);
        if session.now.duration_since(since) < reach {
            session.ui.warn(&format!(
                "the log goes back to {} only: what was used before is not known",
                byok::resolve::day(since)
            ));
        }
    }
    Ok(uses)
}

/// The last time that a key of the meant profile went out.
pub(super) fn last<'u>(uses: &'u Uses, key: &Key) -> Option<&'u Use> {
    uses.last(&key.provider, &key.label, key.secret.fingerprint().as_deref())
}

/// Whether a key was not handed out within this time, nor came in.
pub(super) fn is_stale(session: &Session<'_>, uses: &Uses, key: &Key, reach: SignedDuration) -> bool {
    let last = last(uses, key).map_or(key.added, |last| last.at.max(key.added));
    session.now.duration_since(last) >= reach
}

/// When a key went out last and to whom, in words.
pub(super) fn in_words(session: &Session<'_>, key: &Key) -> Option<String> {
    let uses = uses(session, None).ok()?;
    let last = last(&uses, key)?;
    let program = last.program.as_ref().map(|program| format!(", to {program}")).unwrap_or_default();
    Some(format!("{} by `byok {}`{program}", time::in_words(last.at, session.now), last.verb))
}
