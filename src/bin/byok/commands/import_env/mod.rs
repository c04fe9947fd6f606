//! `byok import-env`: every key of the environment and of .env files, in one update.

pub(super) mod mask;
mod report;
mod tried;

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result};
use byok::disk;
use byok::import::dotenv;
use byok::import::plan::{Plan, Proposal, Variable, Why, plan};
use byok::keys::{self, Added, KeyError, NewKey};
use byok::name::ProviderId;
use byok::probe;
use byok::profile::{Details, Key, Profile};
use byok::verdict::Worth;
use zeroize::Zeroizing;

use super::{pick, update};
use crate::cli::ImportEnv;
use crate::fault::{Fault, code};
use crate::session::network::candidate;
use crate::session::{Session, dense};
use crate::vars;
use report::{Outcome, Row, origins};
use tried::Tried;

/// A `.env` file is read up to this size, in bytes.
const LIMIT: u64 = 16 * 1024 * 1024;

pub(crate) fn run(session: &Session<'_>, args: &ImportEnv) -> Result<u8> {
    let registry = session.registry()?;
    if let Some(file) = args.providers.iter().find(|typed| typed.contains('/') || typed.starts_with('.')) {
        let fault = Fault::misused("a file is named by `--file`");
        return Err(if dense(file) { fault } else { fault.hint(format!("`byok import-env --file {file}`")) }.into());
    }
    if args.prefix.as_deref() == Some("") {
        return Err(Fault::misused("the prefix is empty: every variable would be taken for a key").into());
    }
    let wanted = args.providers.iter().map(|typed| session.provider(typed)).collect::<Result<Vec<_>>>()?;
    let (variables, lost) = variables(session, args)?;
    let mut found = plan(registry, &variables, &wanted, args.prefix.as_deref());
    if !args.dry_run {
        answer(session, &mut found)?;
    }
    mask::announce(session, args.json, mask::secrets(&found))?;
    let tried = if args.test { tried::all(session, &mut found, args.replace)? } else { Tried::default() };
    let mut replace: Vec<(ProviderId, bool)> = Vec::new();
    let mut rows = store(session, args, &found, &tried, &replace, args.dry_run)?;
    if !args.dry_run && !args.replace {
        for row in &rows {
            if let Outcome::Differs(stored) = &row.outcome {
                let question = format!("`{}` holds another key ({stored}); replace it with {}?", row.key, row.mask);
                if session.ui.confirm(&question)? == Some(true) {
                    replace.push((row.provider.clone(), row.admin));
                }
            }
        }
        if !replace.is_empty() {
            rows = store(session, args, &found, &tried, &replace, false)?;
        }
    }
    rows.extend(found.skipped.iter().map(report::skipped));
    let refused = !tried.refused.is_empty();
    rows.extend(tried.refused);
    rows.sort_by(|a, b| a.provider.cmp(&b.provider));
    report::print(session, args, &rows, &lost)?;
    if !args.dry_run {
        for row in rows.iter().filter(|row| !row.admin && matches!(row.outcome, Outcome::Done(Added::New))) {
            if let Ok(name) = row.key.parse() {
                pick::billing_notice(session, registry, &name);
            }
        }
    }
    let open =
        rows.iter().any(|row| matches!(row.outcome, Outcome::Differs(_) | Outcome::Moved(_) | Outcome::Question));
    if refused {
        return Ok(code::TESTED);
    }
    Ok(if open && !args.dry_run { code::FAILED } else { code::DONE })
}

/// All variables, and the files of which a value is passed over.
fn variables(session: &Session<'_>, args: &ImportEnv) -> Result<(Vec<Variable>, Vec<PathBuf>)> {
    let own = vars::all().into_iter().map(|(name, value)| Variable { name, value: Zeroizing::new(value), place: None });
    let mut all: Vec<Variable> = own.collect();
    let mut lost = Vec::new();
    for path in &args.files {
        let bytes = if path.as_os_str() == "-" {
            super::given::standard_input(LIMIT)?
        } else {
            disk::read_public(path, LIMIT)?.ok_or_else(|| super::given::no_file(path))?
        };
        let read = dotenv::read(&bytes).with_context(|| format!("cannot read `{}`", path.display()))?;
        for line in read.ignored {
            session.ui.warn(&format!("`{}:{line}` is no assignment and is passed over", path.display()));
        }
        for one in read.found {
            let place = format!("{}:{}", path.display(), one.line);
            if session.registry()?.is_claimed(&one.name) {
                if let Some(doubt) = one.doubtful {
                    session.ui.warn(&format!(
                        "other .env readers may see another value of `{}` in `{place}`: {doubt}",
                        one.name
                    ));
                }
                if one.repeated {
                    session.ui.warn(&format!(
                        "`{}` stands on several lines with different values: `{place}` is the last, and counts",
                        one.name
                    ));
                    lost.push(path.clone());
                }
            }
            all.push(Variable { name: one.name, value: one.value, place: Some(place) });
        }
    }
    Ok((all, lost))
}

/// Asks which of several values of one provider is right, where somebody is there to answer.
fn answer(session: &Session<'_>, found: &mut Plan) -> Result<()> {
    let mut left = Vec::new();
    for skipped in std::mem::take(&mut found.skipped) {
        if let Why::Ambiguous(proposals) = &skipped.why {
            let item = |one: &Proposal| format!("{} from {}", one.secret.mask(), one.origins.join(", "));
            let items: Vec<String> = proposals.iter().map(item).collect();
            let question = format!("which key of `{}` is right", skipped.provider);
            if let Some(at) = session.ui.choose(&question, &items)? {
                found.keys.push(proposals[at].clone());
                continue;
            }
        }
        left.push(skipped);
    }
    found.skipped = left;
    Ok(())
}

/// Puts what was found into the profile, or with `dry` into a copy of it that is thrown away.
fn store(
    session: &Session<'_>,
    args: &ImportEnv,
    found: &Plan,
    tried: &Tried,
    replace: &[(ProviderId, bool)],
    dry: bool,
) -> Result<Vec<Row>> {
    let put_all = |profile: &mut Profile| -> Result<(Vec<Row>, bool), KeyError> {
        let mut rows = Vec::new();
        for proposal in &found.keys {
            let replace = args.replace || replace.contains(&proposal.slot());
            rows.push(put(session, profile, proposal, tried, replace)?);
        }
        let changed = rows.iter().any(|row| match row.outcome {
            Outcome::Done(Added::Same) => row.tested.is_some(),
            Outcome::Done(_) => true,
            _ => false,
        });
        Ok((rows, changed))
    };
    update::profile(session, dry || found.keys.is_empty(), put_all)
}

/// What is said where an import would lead a stored key to another host: that takes a person's word, as another secret
/// does.
fn moved(session: &Session<'_>, key: &Key, proposal: &Proposal) -> Option<String> {
    let registry = session.registry().ok()?;
    let old = candidate(registry, key);
    let mut new = old.clone();
    new.fields.extend(proposal.fields.clone());
    let (from, to) = (probe::host(&old), probe::host(&new));
    // A key that went nowhere yet may learn where it lives.
    let from = from.filter(|from| Some(from) != to.as_ref())?;
    Some(format!("would lead the key from {from} to {}", to.unwrap_or_else(|| "nowhere".to_owned())))
}

fn put(
    session: &Session<'_>,
    profile: &mut Profile,
    proposal: &Proposal,
    tried: &Tried,
    replace: bool,
) -> Result<Row, KeyError> {
    let (provider, admin) = (&proposal.provider, proposal.admin);
    let tested = tried.known(proposal);
    let rival = keys::rival(profile, provider, admin);
    let label = rival.map_or_else(|| keys::usual_label(admin), |key| key.label.clone());
    let fields: BTreeMap<String, Option<String>> =
        proposal.fields.iter().map(|(name, value)| (name.clone(), Some(value.clone()))).collect();
    let stored = rival.filter(|key| key.secret.same_as(&proposal.secret));
    let known = stored.is_some();
    if let Some(moved) = stored.filter(|_| !replace).and_then(|key| moved(session, key, proposal)) {
        let (key, mask) = (provider.to_string(), proposal.secret.mask());
        let (from, outcome) = (origins(&proposal.origins), Outcome::Moved(moved));
        return Ok(Row { provider: provider.clone(), key, mask, from, outcome, tested: None, admin });
    }
    // A second import must not undo what was edited since the first.
    let details = Details {
        env: (!known && !proposal.env.is_empty()).then(|| proposal.env.clone()),
        fields,
        admin: admin.then_some(true),
        ..Details::default()
    };
    let new = NewKey {
        provider: provider.clone(),
        label,
        secret: proposal.secret.clone(),
        details,
        replace,
        duplicate: false,
        // What could not be learnt is nothing to keep.
        tested: tested.filter(|tested| tested.verdict.worth() != Worth::Unknown).cloned(),
        host: tried.host(proposal),
    };
    let outcome = match keys::put(profile, &new, session.now) {
        Ok(added) => Outcome::Done(added),
        Err(KeyError::Elsewhere { name }) => Outcome::Elsewhere(name.to_string()),
        Err(KeyError::Taken { mask, .. }) => Outcome::Differs(mask),
        Err(error) => return Err(error),
    };
    let key = keys::rival(profile, provider, admin);
    let key = key.map_or_else(|| provider.to_string(), |key| profile.display(key).to_string());
    let (mask, from) = (proposal.secret.mask(), origins(&proposal.origins));
    Ok(Row { provider: provider.clone(), key, mask, from, outcome, tested: tested.cloned(), admin })
}
