//! `byok get`: one raw secret, to a pipe.

use std::io::IsTerminal;

use anyhow::Result;
use byok::provider::Naming;
use byok::resolve::Answer;

use super::pick;
use crate::cli::handing::Get;
use crate::fault::code;
use crate::session::Session;

pub(crate) fn run(session: &Session<'_>, args: &Get) -> Result<u8> {
    // A tool that calls byok for its key shows neither output, and a question would break its screen.
    if !std::io::stdout().is_terminal() && !std::io::stderr().is_terminal() {
        session.ui.hush();
    }
    let name = session.key(&args.key)?;
    session.ui.refuse_terminal(args.reveal, &format!("pipe it: `byok get {name} | …`"))?;
    let profiles = pick::profiles_if_any(session)?;
    let trail = pick::walk_on(session, &profiles, Naming::Usual, &name)?;
    let secret = match trail.answer() {
        Ok(Answer::Key { key, .. }) => {
            session.note_read([key]);
            key.secret.clone()
        }
        Ok(Answer::Environment(variable)) => pick::system(&variable)?,
        // Where nothing was ever stored, that is what keeps it from answering.
        Err(error) => return pick::first(session, &profiles).and_then(|_| Err(error.into())),
    };
    session.ui.data(secret.expose().as_bytes())?;
    if std::io::stdout().is_terminal() {
        session.ui.data(b"\n")?;
    }
    Ok(code::DONE)
}
