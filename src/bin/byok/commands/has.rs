//! `byok has`: are there keys? Silent; the exit code answers.

use anyhow::Result;
use byok::keys::KeyError;

use super::pick;
use crate::cli::handing::Has;
use crate::fault::code;
use crate::session::Session;

pub(crate) fn run(session: &Session<'_>, args: &Has) -> Result<u8> {
    let names = session.keys(&args.keys)?;
    let profiles = match pick::silent_profiles(session) {
        Err(error) if matches!(error.downcast_ref(), Some(KeyError::NoProfile { .. })) => return Ok(code::MISSING),
        profiles => profiles?,
    };
    for name in &names {
        if pick::walk(session, &profiles, name)?.key().is_err() {
            return Ok(code::MISSING);
        }
    }
    Ok(code::DONE)
}
