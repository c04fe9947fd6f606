//! `byok has`: are there keys? Silent; the exit code answers.

use anyhow::Result;
use byok::keys::KeyError;
use byok::resolve;

use super::pick;
use crate::cli::handing::Has;
use crate::fault::code;
use crate::session::Session;

pub(crate) fn run(session: &Session<'_>, args: &Has) -> Result<u8> {
    let names = session.keys(&args.keys)?;
    let profiles = match pick::profiles(session, true) {
        Err(error) if matches!(error.downcast_ref(), Some(KeyError::NoProfile { .. })) => return Ok(code::MISSING),
        profiles => profiles?,
    };
    let there = |name| resolve::answer(&profiles, &pick::meant(session, &profiles, name), session.now).is_ok();
    Ok(if names.iter().all(there) { code::DONE } else { code::MISSING })
}
