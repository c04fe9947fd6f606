//! `byok test --stdin`: one key that is piped in, and not stored.

use anyhow::Result;
use byok::probe::{self, Candidate};
use byok::secret::Secret;
use byok::store::Store;

use super::report::{self, Row};
use super::{exit_code, options, say_cost};
use crate::cli::testing::Test;
use crate::commands::trial::agreed;
use crate::commands::{detail, given};
use crate::fault::{Fault, code};
use crate::session::Session;

pub(super) fn run(session: &Session<'_>, args: &Test) -> Result<u8> {
    let [typed] = args.keys.as_slice() else {
        return Err(Fault::misused("`--stdin` tests one key of one provider")
            .hint("name it: `byok test openai --stdin`")
            .into());
    };
    let name = session.key(typed)?;
    let registry = session.registry()?;
    // A new key for a stored one lives where that one does, unless something else is said.
    let stored = session.store().read(&session.profile).ok().flatten();
    let old = stored.as_ref().and_then(|(profile, _)| profile.find(&name));
    let mut fields = old.map(|key| key.fields.clone()).unwrap_or_default();
    for (field, value) in detail::fields(args.endpoint.as_deref(), &args.fields)? {
        match value {
            Some(value) => drop(fields.insert(field, value)),
            None => drop(fields.remove(&field)),
        }
    }
    let secret = Secret::from_bytes(&given::standard_input(byok::secret::LIMIT as u64 + 2)?)?;
    let secret = Secret::new(byok::import::paste::clean(secret.expose(), |_| false).value)?;
    let candidate = Candidate { provider: registry.get(&name.provider), secret, fields };
    let shown = name.to_string();
    if !(args.offline || session.is_offline())
        && let Err(tested) = agreed(session, &name, &candidate, old.and_then(|key| key.host.as_deref()))?
    {
        report::print(session, args, &mut [Row { key: name.clone(), shown, tested, fresh: true }], 0)?;
        return Ok(code::REFUSED);
    }
    let held = session.hold_signals();
    let tested = if args.offline || session.is_offline() {
        Some(probe::offline(registry, &candidate, session.now))
    } else {
        let options = options(session, args)?;
        if args.allow_cost {
            say_cost(session, &shown, &candidate);
        }
        session.probe(std::slice::from_ref(&shown), &[candidate], &options)?.pop().flatten()
    };
    drop(held);
    let mut rows: Vec<Row> =
        tested.into_iter().map(|tested| Row { key: name.clone(), shown: shown.clone(), tested, fresh: true }).collect();
    report::print(session, args, &mut rows, 0)?;
    Ok(exit_code(args, &rows))
}
