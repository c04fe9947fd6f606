//! `byok has`: are there keys? Silent; the exit code answers.

use anyhow::Result;
use byok::keys::KeyError;

use super::explain::Explained;
use super::pick;
use crate::cli::handing::Has;
use crate::fault::code;
use crate::session::Session;

pub(crate) fn run(session: &Session<'_>, args: &Has) -> Result<u8> {
    let names = session.keys(&args.keys)?;
    let profiles = match pick::silent_profiles(session) {
        Err(error) if !args.explain && matches!(error.downcast_ref(), Some(KeyError::NoProfile { .. })) => {
            return Ok(code::MISSING);
        }
        profiles => profiles?,
    };
    let mut exit = code::DONE;
    let mut explained = Explained::new();
    for name in &names {
        let trail = pick::walk(session, &profiles, name)?;
        if trail.key().is_err() {
            exit = code::MISSING;
        }
        match args.explain {
            true => explained.add(session, &trail, None)?,
            false if exit == code::DONE => {}
            false => break,
        }
    }
    if args.explain {
        explained.print(session, args.json)?;
    }
    Ok(exit)
}
