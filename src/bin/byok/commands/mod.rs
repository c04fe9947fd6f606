//! One verb a file: what was typed in, deeds called, what came of it told.

mod add;
mod backup;
mod carry;
mod check;
mod completions;
mod detail;
mod differs;
mod doctor;
mod edit;
mod env;
mod explain;
mod export;
mod get;
mod given;
mod glance;
mod has;
mod hook;
mod identity;
mod import;
mod import_env;
mod list;
mod log;
mod merge;
mod near;
mod needs;
mod next;
mod pick;
mod places;
mod profile;
mod provider;
mod recipient;
mod redact;
mod rename;
mod restore;
mod rm;
mod rotate;
mod run;
mod scan;
mod setup;
mod show;
mod status;
mod test;
mod trial;
mod trust;
mod update;
mod used;

use anyhow::Result;

use crate::cli::{Cli, Verb};
use crate::harden::CoreLimit;
use crate::session::Session;
use crate::ui::Ui;
use crate::vars::Vars;

/// Does what was asked; answers with the exit code.
pub(crate) fn run(ui: &Ui, vars: &Vars, cli: Cli, core_limit: CoreLimit) -> Result<u8> {
    if let Verb::Doctor(args) = &cli.verb {
        // It must run also where a session is refused.
        return doctor::run(ui, vars, args, cli.globals.profile.as_deref(), core_limit);
    }
    if let Verb::Lock = &cli.verb {
        // Settings with a slip in them keep nothing open.
        let (session, _) = Session::gentle(ui, vars, cli.globals.profile.as_deref(), core_limit)?;
        return identity::lock(&session);
    }
    let mut session = Session::new(ui, vars, cli.globals.profile.as_deref(), core_limit)?;
    enter(&mut session, cli.verb)
}

fn enter(session: &mut Session<'_>, verb: Verb) -> Result<u8> {
    session.verb.set(verb.name());
    session.verbose.set(verb.is_verbose());
    if verb.obeys_project() {
        crate::project::enter(session)?;
    } else if let Verb::Check(_) = verb {
        check::enter(session)?;
    }
    let may_notice = verb.may_notice();
    let done = dispatch(session, verb).map_err(|error| near::explain(session, error));
    if may_notice && done.is_ok() {
        session.tell_notice();
    }
    done
}

fn dispatch(session: &Session<'_>, verb: Verb) -> Result<u8> {
    match verb {
        Verb::Env(args) => env::run(session, &args),
        Verb::Run(args) => run::run(session, &args),
        Verb::Get(args) => get::run(session, &args),
        Verb::Has(args) => has::run(session, &args),
        Verb::Add(args) => add::run(session, &args),
        Verb::Import(args) => import::run(session, &args),
        Verb::ImportEnv(args) => import_env::run(session, &args),
        Verb::Test(args) => test::run(session, &args),
        Verb::Status(args) => status::run(session, &args),
        Verb::Where(args) => places::run(session, &args),
        Verb::List(args) => list::run(session, &args),
        Verb::Log(args) => log::run(session, &args),
        Verb::Show(args) => show::run(session, &args),
        Verb::Use(args) => edit::activate(session, &args),
        Verb::Edit(args) => edit::run(session, &args),
        Verb::Rotate(args) => rotate::run(session, &args),
        Verb::Rename(args) => rename::run(session, &args),
        Verb::Copy(args) => carry::copy(session, &args),
        Verb::Move(args) => carry::relocate(session, &args),
        Verb::Rm(args) => rm::run(session, &args),
        Verb::Export(args) => export::run(session, &args),
        Verb::Setup(args) => setup::run(session, &args),
        Verb::Merge(args) => merge::run(session, &args),
        Verb::Profile(verb) => profile::run(session, verb),
        Verb::Recipient(verb) => recipient::run(session, verb),
        Verb::Provider(verb) => provider::run(session, verb),
        Verb::Init(args) => identity::init(session, &args),
        Verb::Identity(verb) => identity::run(session, verb),
        Verb::Backup(args) => backup::run(session, &args),
        Verb::Restore(args) => restore::run(session, &args),
        Verb::Unlock(args) => identity::unlock(session, &args),
        Verb::Trust(args) => trust::run(session, &args),
        Verb::Untrust(args) => trust::take_back(session, &args),
        Verb::Check(args) => check::run(session, &args),
        Verb::Hook(args) => hook::script(session, &args),
        Verb::HookEnv(args) => hook::env(session, &args),
        Verb::Scan(args) => scan::run(session, &args),
        Verb::Redact(args) => redact::run(session, &args),
        Verb::Completions(args) => completions::run(session, &args),
        // Answered before there is a session: they are there also where the settings are broken.
        Verb::Help(_) | Verb::Doctor(_) | Verb::Lock => Ok(crate::fault::code::DONE),
    }
}
