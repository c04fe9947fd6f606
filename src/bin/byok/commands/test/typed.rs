//! `byok test --stdin`: one key that is piped in, and not stored.

use anyhow::Result;
use byok::probe::{self, Candidate};
use byok::secret::Secret;

use super::report::{self, Row};
use super::{exit_code, options, say_cost};
use crate::cli::testing::Test;
use crate::commands::trial::say_moved;
use crate::commands::{detail, given};
use crate::fault::Fault;
use crate::session::Session;

pub(super) fn run(session: &Session<'_>, args: &Test) -> Result<u8> {
    let [typed] = args.keys.as_slice() else {
        return Err(Fault::misused("`--stdin` tests one key of one provider")
            .hint("name it: `byok test openai --stdin`")
            .into());
    };
    let name = session.key(typed)?;
    let registry = session.registry()?;
    let fields = detail::fields(args.endpoint.as_deref(), &args.fields)?;
    let fields = fields.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    let secret = Secret::from_bytes(&given::standard_input(byok::secret::LIMIT as u64 + 2)?)?;
    let secret = Secret::new(byok::import::paste::clean(secret.expose(), |_| false).value)?;
    let candidate = Candidate { provider: registry.get(&name.provider), secret, fields };
    let shown = name.to_string();
    let held = session.hold_signals();
    let tested = if args.offline || session.is_offline() {
        Some(probe::offline(registry, &candidate, session.now))
    } else {
        let options = options(session, args)?;
        if args.allow_cost {
            say_cost(session, &shown, &candidate);
        }
        say_moved(session, &candidate);
        session.probe(std::slice::from_ref(&shown), &[candidate], &options)?.pop().flatten()
    };
    drop(held);
    let mut rows: Vec<Row> =
        tested.into_iter().map(|tested| Row { key: name.clone(), shown: shown.clone(), tested, fresh: true }).collect();
    report::print(session, args, &mut rows)?;
    Ok(exit_code(args, &rows))
}
