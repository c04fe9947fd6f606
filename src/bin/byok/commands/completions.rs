//! `byok completions`: the script that lets a shell ask byok what could follow.

use anyhow::Result;

use crate::cli::manage::{CompletionShell, Completions};
use crate::fault::code;
use crate::session::Session;

pub(crate) fn run(session: &Session<'_>, args: &Completions) -> Result<u8> {
    session.ui.data(script(args.shell).as_bytes())?;
    Ok(code::DONE)
}

/// The script, which stands in `completions/` as it is.
fn script(shell: CompletionShell) -> &'static str {
    match shell {
        CompletionShell::Bash => include_str!("../../../../completions/byok.bash"),
        CompletionShell::Zsh => include_str!("../../../../completions/_byok"),
        CompletionShell::Fish => include_str!("../../../../completions/byok.fish"),
        CompletionShell::Elvish => include_str!("../../../../completions/byok.elv"),
        CompletionShell::Powershell => include_str!("../../../../completions/byok.ps1"),
        CompletionShell::Nushell => include_str!("../../../../completions/byok.nu"),
    }
}
