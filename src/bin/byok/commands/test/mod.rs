//! `byok test`: which keys work, asked of the providers.

mod report;
mod typed;

use std::sync::atomic::Ordering;

use anyhow::Result;
use byok::keys::{self, Outcome};
use byok::name::KeyRef;
use byok::probe::{self, Candidate};
use byok::profile::Key;
use byok::resolve;
use byok::verdict::Worth;

use super::trial::agreed;
use crate::cli::testing::Test;
use crate::fault::{Fault, code};
use crate::session::Session;
use crate::session::network::candidate;
use crate::time::parse_span;
use report::Row;
pub(crate) use report::tested;

pub(crate) fn run(session: &Session<'_>, args: &Test) -> Result<u8> {
    if args.stdin {
        return typed::run(session, args);
    }
    let wanted = session.keys(&args.keys)?;
    let (mut rows, left, refused, stopped) = gather(session, args, &wanted)?;
    report::print(session, args, &mut rows, left)?;
    drop(stopped);
    let exit = exit_code(args, &rows);
    Ok(if refused && exit != code::TESTED { code::REFUSED } else { exit })
}

/// Asks for these keys and keeps the verdicts, for another verb to report; answers with the exit code.
pub(crate) fn refresh(session: &Session<'_>, wanted: &[KeyRef], max_age: Option<String>) -> Result<u8> {
    let args = Test { max_age, ..Test::default() };
    let (rows, left, refused, _) = gather(session, &args, wanted)?;
    let exit = if left > 0 { code::FAILED } else { exit_code(&args, &rows) };
    Ok(if refused && exit != code::TESTED { code::REFUSED } else { exit })
}

/// The verdicts on these keys, or on all: kept ones that are young enough, and fresh ones. Answers as well how many keys
/// were left out because somebody stopped byok, and whether some key was not sent.
fn gather(
    session: &Session<'_>,
    args: &Test,
    wanted: &[KeyRef],
) -> Result<(Vec<Row>, usize, bool, crate::signals::Held)> {
    let registry = session.registry()?;
    let profile = session.read()?;
    for name in wanted {
        keys::find(&profile, name)?;
    }
    let shown = profile.display_all();
    let meant = |key: &Key| wanted.is_empty() || wanted.iter().any(|name| resolve::means(name, key));
    let all: Vec<(&Key, &KeyRef)> = profile.keys().iter().zip(&shown).filter(|(key, _)| meant(key)).collect();
    if all.is_empty() {
        return Err(Fault::failed(format!("profile `{}` has no keys to test", session.profile))
            .hint("take keys in with `byok import-env` or `byok add PROVIDER`")
            .into());
    }
    let young = args.max_age.as_deref().map(|text| parse_span("--max-age", text)).transpose()?;
    let mut rows: Vec<Row> = Vec::new();
    let mut asked: Vec<Asked> = Vec::new();
    let mut refused = false;
    for (key, name) in all {
        let row = |tested, fresh| Row { key: key.name(), shown: name.to_string(), tested, fresh };
        let kept = key.tested().filter(|tested| tested.verdict.worth() != Worth::Unknown);
        let recent = kept.filter(|tested| {
            young.is_some_and(|young| session.now.duration_since(tested.at).abs() <= young && tested.at <= session.now)
        });
        if let Some(tested) = recent {
            rows.push(row(tested, false));
            continue;
        }
        let candidate = candidate(registry, key);
        if args.offline || session.is_offline() {
            rows.push(row(probe::offline(registry, &candidate, session.now), true));
            continue;
        }
        match agreed(session, name, &candidate, key.host.as_deref())? {
            Ok(host) => asked.push(Asked { name: key.name(), shown: name.to_string(), candidate, host }),
            Err(tested) => {
                refused = true;
                rows.push(row(tested, true));
            }
        }
    }
    let all = rows.len() + asked.len();
    let stopped = ask(session, args, asked, &mut rows)?;
    let left = all - rows.len();
    Ok((rows, left, refused, stopped))
}

/// A key that is asked for.
struct Asked {
    name: KeyRef,
    shown: String,
    candidate: Candidate,
    host: Option<String>,
}

/// Asks for all keys and keeps the verdicts in one update. What somebody stopped is left out; the signal that did it
/// takes effect when what is answered here is dropped.
fn ask(session: &Session<'_>, args: &Test, asked: Vec<Asked>, rows: &mut Vec<Row>) -> Result<crate::signals::Held> {
    let held = session.hold_signals();
    if asked.is_empty() {
        return Ok(held);
    }
    let options = options(session, args)?;
    for one in asked.iter().filter(|_| args.allow_cost) {
        say_cost(session, &one.shown, &one.candidate);
    }
    let names: Vec<String> = asked.iter().map(|one| one.shown.clone()).collect();
    let candidates: Vec<Candidate> = asked.iter().map(|one| one.candidate.clone()).collect();
    let verdicts = session.probe(&names, &candidates, &options)?;
    let mut outcomes = Vec::new();
    for (one, tested) in asked.into_iter().zip(verdicts) {
        let Some(tested) = tested else { continue };
        let Candidate { secret, fields, .. } = one.candidate;
        let outcome = Outcome { name: one.name.clone(), secret, fields, tested: tested.clone(), host: one.host };
        outcomes.push(outcome);
        rows.push(Row { key: one.name, shown: one.shown, tested, fresh: true });
    }
    // The first signal ended the asking; only a second one ends the wait for another byok that writes just now.
    session.stop().store(false, Ordering::Relaxed);
    if let Err(error) = keys::record(&session.store(), &session.profile, &outcomes) {
        let error = anyhow::Error::from(error);
        session.ui.warn(&format!("the verdicts could not be kept: {error:#}"));
    }
    Ok(held)
}

/// How the keys are asked for.
fn options(session: &Session<'_>, args: &Test) -> Result<probe::Options> {
    let mut options = session.usual();
    options.jobs = args.jobs.map_or(options.jobs, usize::from);
    let timeout = args.timeout.as_deref().map(|text| parse_span("--timeout", text)).transpose()?;
    options.timeout = timeout.map(jiff::SignedDuration::unsigned_abs);
    options.allow_cost = args.allow_cost;
    Ok(options)
}

/// Says what a test may be billed as, before it is sent.
fn say_cost(session: &Session<'_>, shown: &str, candidate: &Candidate) {
    if let Some(costs) = candidate.provider.test.as_ref().and_then(|test| test.costs.as_ref()) {
        session.ui.say(&format!("the test of `{shown}` may be billed as {costs}"));
    }
}

/// 5 if a key does not work, 1 if of one nothing could be learnt, else 0; with `--fail-on`, 5 exactly for what it
/// names, and 1 where nothing was learnt of any.
fn exit_code(args: &Test, rows: &[Row]) -> u8 {
    if !args.fail_on.is_empty() {
        let named = rows.iter().any(|row| args.fail_on.iter().any(|word| word == row.tested.verdict.as_str()));
        // A gate that saw nothing is not open.
        let blind = rows.iter().all(|row| row.tested.verdict.worth() == Worth::Unknown);
        return if named {
            code::TESTED
        } else if blind {
            code::FAILED
        } else {
            code::DONE
        };
    }
    let worth = |wanted: Worth| rows.iter().any(|row| row.tested.verdict.worth() == wanted);
    if worth(Worth::Dead) {
        return code::TESTED;
    }
    // A look at the form is all that was asked for; a setting that keeps byok offline must not make CI green.
    let learnt = worth(Worth::Usable) || args.offline;
    if worth(Worth::Unknown) || !learnt { code::FAILED } else { code::DONE }
}
