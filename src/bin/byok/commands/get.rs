//! `byok get`: one raw secret, to a pipe.

use std::io::IsTerminal;

use anyhow::Result;
use byok::resolve::{self, ResolveError};

use super::pick;
use crate::cli::handing::Get;
use crate::fault::code;
use crate::session::Session;
use crate::vars;

pub(crate) fn run(session: &Session<'_>, args: &Get) -> Result<u8> {
    // A tool that calls byok for its key shows neither output, and a question would break its screen.
    if !std::io::stdout().is_terminal() && !std::io::stderr().is_terminal() {
        session.ui.hush();
    }
    let name = session.key(&args.key)?;
    session.ui.refuse_terminal(args.reveal, &format!("pipe it: `byok get {name} | …`"))?;
    let profiles = pick::profiles(session, true)?;
    let name = pick::meant(session, &profiles, &name);
    let secret = match resolve::answer(&profiles, &name, session.now) {
        Ok(key) => {
            session.note_read([key]);
            key.secret.expose().to_owned()
        }
        Err(ResolveError::NoSuchKey { wanted, there }) => {
            system(session, &name)?.ok_or(ResolveError::NoSuchKey { wanted, there })?
        }
        Err(error) => return Err(error.into()),
    };
    let secret = zeroize::Zeroizing::new(secret);
    session.ui.data(secret.as_bytes())?;
    if std::io::stdout().is_terminal() {
        session.ui.data(b"\n")?;
    }
    Ok(code::DONE)
}

/// The key that is in the environment anyway, where the profile has none.
fn system(session: &Session<'_>, name: &byok::name::KeyRef) -> Result<Option<String>> {
    let own = session.registry()?.exports(&name.provider).key;
    Ok(vars::value(own.as_str()).filter(|value| name.label.is_none() && !value.trim().is_empty()))
}
