//! `byok doctor`: what is wrong, here and around byok, and the command that mends it.
//!
//! Looking and judging are apart: each group's judgement is pure. Nothing is asked, started, sent or, without `--fix`,
//! written; one thing that is broken never hides the others.

mod clock;
mod disk;
mod environment;
mod finding;
mod git;
mod identity;
mod install;
mod keychain;
mod keys;
mod log;
mod memory;
mod mend;
mod permissions;
mod plaintext;
mod profiles;
mod project;
mod report;
mod scene;
mod settings;
mod shell;
mod swap;

use anyhow::Result;
use clap::ValueEnum as _;

use crate::cli::doctor::{Doctor, Group};
use crate::fault::code;
use crate::harden::CoreLimit;
use crate::session::Session;
use crate::ui::Ui;
use crate::vars::Vars;
use finding::{Finding, Severity};
use mend::Mended;
use scene::Scene;

/// A mended thing may let others be looked at that could not be before.
const PASSES: usize = 3;

/// What was found, by group.
type Findings = Vec<(Group, Vec<Finding>)>;

pub(crate) fn run(ui: &Ui, vars: &Vars, args: &Doctor, profile: Option<&str>, core_limit: CoreLimit) -> Result<u8> {
    // Nothing that is looked at may ask anybody, nor may the keychain.
    let mute = Ui::new(vars, true);
    let mut groups = args.groups.clone();
    groups.sort_unstable();
    groups.dedup();
    if groups.is_empty() {
        groups = Group::value_variants().to_vec();
    }
    let examined = || examine(&mute, vars, profile, core_limit, &groups);
    let mut findings = examined();
    let mut mended = Mended::default();
    for _ in 0..PASSES {
        if args.fix {
            mended = mend::all(ui, args.yes, &findings)?;
        }
        if !mended.done {
            break;
        }
        findings = examined();
    }
    report::print(ui, args.json, args.fix, &findings)?;
    let is_wrong = findings.iter().flat_map(|(_, found)| found).any(|one| one.severity != Severity::Note);
    Ok(if is_wrong || mended.failed { code::FAILED } else { code::DONE })
}

/// Looks at everything once.
fn examine(ui: &Ui, vars: &Vars, profile: Option<&str>, core_limit: CoreLimit, groups: &[Group]) -> Findings {
    let gentle = Session::gentle(ui, vars, profile, core_limit);
    let scene = Scene::new(gentle.as_ref().map(|(session, troubles)| (session, troubles)), vars);
    let of = |group| match group {
        Group::Permissions => permissions::examine(&scene),
        Group::Disk => disk::examine(&scene),
        Group::Settings => settings::examine(&scene),
        Group::Identity => identity::examine(&scene),
        Group::Keychain => keychain::examine(&scene),
        Group::Profiles => profiles::examine(&scene),
        Group::Keys => keys::examine(&scene),
        Group::Plaintext => plaintext::examine(&scene),
        Group::Memory => Ok(memory::examine(core_limit)),
        Group::Environment => Ok(environment::examine(&scene)),
        Group::Project => project::examine(&scene),
        Group::Shell => Ok(shell::examine(&scene)),
        Group::Clock => clock::examine(&scene),
        Group::Log => log::examine(&scene),
    };
    groups.iter().map(|group| (*group, of(*group).unwrap_or_else(|one| vec![*one]))).collect()
}
