//! The new secret: taken in, looked at, and tested before it takes anything's place.

use anyhow::Result;
use byok::keys::{self, KeyError};
use byok::probe::Candidate;
use byok::provider::Registry;
use byok::resolve::is_admin;
use byok::secret::Secret;
use byok::verdict::{Tested, Verdict, Worth};

use super::Standing;
use crate::cli::rotating::Rotate;
use crate::commands::given::{self, From, Source};
use crate::commands::trial::{self, Known};
use crate::fault::Fault;
use crate::session::Session;
use crate::session::network::candidate;
use crate::time::in_words;
use crate::words;

/// Takes the new secret in, as `byok add` does, and refuses one that is stored already.
pub(super) fn secret(session: &Session<'_>, standing: &Standing, args: &Rotate) -> Result<Secret> {
    let registry = session.registry()?;
    let source = Source {
        verb: "rotate",
        from: From::arguments(args.stdin, args.from_env.as_deref(), args.from_file.as_deref()),
        as_is: args.as_is,
        no_test: args.no_test,
        ask_providers: false,
    };
    let raw = given::value(&source, Some(&standing.shown), || {
        if session.ui.may_ask() {
            lead(session, standing)?;
        }
        session.ui.password(&format!("new API key for {}", standing.shown))
    })?;
    let (_, secret) = given::understand(session, registry, Some(standing.shown.clone()), &raw, &source)?;
    if Registry::is_admin(&standing.key.provider, &secret) {
        same_class(session, standing)?;
    }
    keys::is_new(&standing.profile, &standing.key, &secret).map_err(refused)?;
    Ok(secret)
}

/// Refuses an admin key in the place of one that programs are handed.
fn same_class(session: &Session<'_>, standing: &Standing) -> Result<()> {
    if is_admin(&standing.key) {
        return Ok(());
    }
    let provider = &standing.key.provider;
    let admin = session.registry()?.get(provider).admin;
    Err(Fault::misused(format!("this is {}", admin.map_or("an admin key".to_owned(), |admin| admin.what)))
        .hint(format!("store it beside the other: `byok add {provider} --stdin`"))
        .into())
}

/// Says where a new key is made, and that nothing happens before it works.
fn lead(session: &Session<'_>, standing: &Standing) -> Result<()> {
    let (key, shown) = (&standing.key, &standing.shown);
    let provider = session.registry()?.get(&key.provider);
    let since = in_words(key.since, session.now);
    session
        .ui
        .say(&format!("`{shown}` is `{}`, stored {since}; it stays until a new one was tested", key.secret.mask()));
    session.ui.say(&match (provider.console, provider.new_key) {
        (Some(console), Some(click)) => format!("make a new key at {console}: {click}"),
        (Some(console), None) => format!("make a new key at {console}"),
        (None, _) => format!("make a new key at {}", provider.name),
    });
    Ok(())
}

/// The refusal of a secret that is no new one; another label's is not to be stored a second time.
pub(super) fn refused(error: KeyError) -> anyhow::Error {
    match error {
        KeyError::Elsewhere { name } => Fault::failed(format!("this key is here already, as `{name}`"))
            .hint(format!("make that one the active one with `byok use {name}`"))
            .hint(format!("or take it out there first: `byok rm {name}`"))
            .into(),
        error => error.into(),
    }
}

/// Asks the provider whether the new secret works. One that does not takes nothing's place, nor does one of which nothing
/// can be learnt, unless a person wants it all the same.
pub(super) fn tried(session: &Session<'_>, standing: &Standing, secret: &Secret, skip: bool) -> Result<Known> {
    let (registry, shown, bound) = (session.registry()?, &standing.shown, standing.key.host.as_deref());
    loop {
        let candidate = Candidate { secret: secret.clone(), ..candidate(registry, &standing.key) };
        let known = trial::asked(session, shown, candidate, bound, skip, "changed")?;
        let Some(tested) = &known.tested else {
            if !skip {
                session.ui.say("not tested: byok is to stay offline");
            }
            return Ok(known);
        };
        if tested.facts.admin {
            same_class(session, standing)?;
        }
        let sentence = words::sentence(tested, session.now);
        match tested.verdict.worth() {
            Worth::Usable => session.ui.say(&format!("tested: {sentence}")),
            Worth::Untested => session.ui.say(&format!("not tested: {}", words::says(tested, session.now))),
            _ if is_dead(tested) => {
                let what = format!("the new key does not work: {sentence}");
                if session.ui.confirm(&format!("{what}\nput it in the place of `{shown}` all the same?"))? != Some(true)
                {
                    return Err(Fault::tested(what)
                        .hint(format!("put it in place all the same with `byok rotate {shown} --no-test`"))
                        .into());
                }
            }
            _ => match unknown(session, standing, &sentence)? {
                Unknown::Again => continue,
                Unknown::Untested => return Ok(Known { tested: None, ..known }),
            },
        }
        return Ok(known);
    }
}

/// Whether what was asked speaks against the key itself, and not against the network, the provider or the place.
pub(super) fn is_dead(tested: &Tested) -> bool {
    tested.verdict.worth() == Worth::Dead && tested.verdict != Verdict::Blocked
}

/// What a person wants where nothing could be learnt.
enum Unknown {
    Again,
    Untested,
}

/// Asks a person how to go on: a provider shows a new key only once, so it is not thrown away for a bad network.
fn unknown(session: &Session<'_>, standing: &Standing, sentence: &str) -> Result<Unknown> {
    let what = format!("cannot tell whether the new key works: {sentence}");
    let items = ["ask again", "put it in place untested", "stop, and change nothing"].map(str::to_owned);
    match session.ui.choose(&what, &items)? {
        Some(0) => return Ok(Unknown::Again),
        Some(1) => return Ok(Unknown::Untested),
        _ => {}
    }
    Err(Fault::failed(what)
        .hint("try again later")
        .hint(format!("or put it in place untested: `byok rotate {} --no-test`", standing.shown))
        .into())
}
