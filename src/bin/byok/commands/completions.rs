//! `byok completions`: the script that lets a shell ask byok what could follow.

use anyhow::{Context, Result};
use clap_complete::env::EnvCompleter;
use clap_complete::env::{Bash, Elvish, Fish, Powershell, Zsh};

use crate::cli::manage::{CompletionShell, Completions};
use crate::complete::VARIABLE;
use crate::fault::code;
use crate::session::Session;

pub(crate) fn run(session: &Session<'_>, args: &Completions) -> Result<u8> {
    let shell: &dyn EnvCompleter = match args.shell {
        CompletionShell::Bash => &Bash,
        CompletionShell::Zsh => &Zsh,
        CompletionShell::Fish => &Fish,
        CompletionShell::Elvish => &Elvish,
        CompletionShell::Powershell => &Powershell,
    };
    let mut script = Vec::new();
    shell.write_registration(VARIABLE, "byok", "byok", "byok", &mut script).context("cannot write the script")?;
    session.ui.data(&script)?;
    Ok(code::DONE)
}
