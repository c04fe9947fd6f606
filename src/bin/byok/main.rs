//! The `byok` command: the shell around the library. It reads the environment, prints, asks and exits.
#![expect(clippy::disallowed_methods, reason = "the shell is where the terminal, the environment and the clock are")]

mod around;
mod between;
mod caller;
mod cli;
mod commands;
mod complete;
mod fault;
mod fill;
mod harden;
mod help;
mod identity;
mod live;
mod parse;
mod project;
mod session;
mod signals;
mod table;
mod time;
mod ui;
mod vars;
mod words;

use std::process::ExitCode;

fn main() -> ExitCode {
    let core_limit = harden::process();
    if complete::answer(core_limit) {
        return ExitCode::SUCCESS;
    }
    let cli = match parse::arguments() {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    let vars = vars::Vars::read();
    let ui = ui::Ui::new(&vars, cli.globals.no_input || vars.no_input).meaning(cli.globals.profile.as_ref());
    commands::run(&ui, &vars, cli, core_limit).unwrap_or_else(|error| ui.fault(&error)).into()
}
