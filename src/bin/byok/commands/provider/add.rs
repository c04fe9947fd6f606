//! `byok provider add`: a provider of one's own, asked for where a person is there, and tried.

use anyhow::{Context, Result};
use byok::endpoint::Endpoint;
use byok::name::{EnvName, ProviderId};
use byok::probe::Candidate;
use byok::provider::Registry;
use byok::secret::Secret;
use byok::verdict::{Verdict, Worth};
use zeroize::Zeroizing;

use super::edit;
use crate::cli::manage::ProviderAdd;
use crate::fault::{Fault, code};
use crate::session::{Session, dense, refuse_secret, secret_argument};
use crate::words;

pub(super) fn run(session: &Session<'_>, mut args: ProviderAdd) -> Result<u8> {
    refuse_secret(session.registry()?, &args.provider)?;
    let id = ProviderId::parse(&args.provider).context("cannot use this name")?;
    if session.registry()?.is_known(&id) && !Registry::builtin().is_known(&id) {
        return Err(Fault::failed(format!("`{id}` is one of your providers already"))
            .hint(format!("take it out with `byok provider rm {id}`, or edit the file"))
            .into());
    }
    if Registry::builtin().is_known(&id) {
        session.ui.say(&format!("`{id}` is built in: what you give lies over that, the rest stays"));
    }
    ask(session, &id, &mut args)?;
    for (name, value) in [("--base-url", &args.base_url), ("--console", &args.console)] {
        if let Some(value) = value {
            Endpoint::parse(value).with_context(|| format!("cannot use `{name}`"))?;
        }
    }
    if args.env.as_ref().is_some_and(|env| dense(env)) {
        return Err(secret_argument());
    }
    let env = args.env.as_ref().map(|env| EnvName::parse(env)).transpose().context("cannot use `--env`")?;
    let texts = [("name", &args.name), ("base_url", &args.base_url), ("console", &args.console)];
    edit(session, |document| {
        let mut table = toml_edit::Table::new();
        for (name, value) in texts {
            if let Some(value) = value {
                table[name] = toml_edit::value(value.as_str());
            }
        }
        if let Some(env) = &env {
            let mut names = toml_edit::Table::new();
            names["key"] = toml_edit::value(toml_edit::Array::from_iter([env.as_str()]));
            table["env"] = toml_edit::Item::Table(names);
        }
        document[id.as_str()] = toml_edit::Item::Table(table);
        Ok(())
    })?;
    session.ui.say(&format!("added provider `{id}` to `{}`", session.overlay_path().display()));
    if args.base_url.is_some() && !args.no_test && !session.is_offline() {
        attempt(session, &id)?;
    }
    session.ui.hint(&format!("add its key with `byok add {id}`"));
    Ok(code::DONE)
}

/// Asks for what was not given, where it was given nothing and a person is there.
fn ask(session: &Session<'_>, id: &ProviderId, args: &mut ProviderAdd) -> Result<()> {
    let given = [&args.name, &args.env, &args.base_url, &args.console];
    if !session.ui.may_ask() || given.iter().any(|one| one.is_some()) {
        return Ok(());
    }
    session.ui.say("press Enter to leave an answer out");
    let builtin = Registry::builtin().is_known(id);
    let usual = |text: String| if builtin { String::new() } else { text };
    args.name = session.ui.ask("name in words", &usual(id.in_words()))?;
    let address = |text: &str| Endpoint::parse(text).map(drop).map_err(|error| error.to_string());
    args.base_url = ask_until(session, "address of its API, such as https://llm.example.com/v1", "", address)?;
    let variable = |text: &str| EnvName::parse(text).map(drop).map_err(|error| error.to_string());
    let name = usual(id.default_env().to_string());
    args.env = ask_until(session, "variable that its key is exported as", &name, variable)?;
    args.console = ask_until(session, "page where its keys are made", "", address)?;
    Ok(())
}

/// Asks until the answer can be used, or is left out.
fn ask_until(
    session: &Session<'_>,
    question: &str,
    usual: &str,
    fits: impl Fn(&str) -> Result<(), String>,
) -> Result<Option<String>> {
    loop {
        let answer = session.ui.ask(question, usual)?;
        match answer.as_deref().map(&fits) {
            Some(Err(why)) => session.ui.say(&why),
            _ => return Ok(answer),
        }
    }
}

/// Asks the new provider's address with a key that nobody issued, to see how keys will be tested there.
fn attempt(session: &Session<'_>, id: &ProviderId) -> Result<()> {
    // The entry was written a moment ago: what this session read before does not know it.
    let registry = session.fresh_registry()?;
    let secret = Secret::new(Zeroizing::new("sk-byok-nobody-issued-this-key".to_owned()))?;
    let candidate = Candidate { provider: registry.get(id), secret, fields: std::collections::BTreeMap::new() };
    let held = session.hold_signals();
    let tested = session.probe(&[id.to_string()], &[candidate], &session.usual())?.pop().flatten();
    drop(held);
    let Some(tested) = tested else { return Ok(()) };
    match (tested.verdict, tested.verdict.worth()) {
        (Verdict::Invalid, _) => session.ui.say("it answers, and refuses a key that nobody issued: keys can be tested"),
        (Verdict::Untestable, _) if tested.facts.models.is_some() => {
            session.ui.say("it answers whatever the key: whether one works cannot be tested");
        }
        (_, Worth::Untested) => session.ui.say(&format!("not tried: {}", words::says(&tested, session.now))),
        (Verdict::Unexpected, _) => {
            session.ui.warn(&format!("it did not answer as expected: {}", words::sentence(&tested, session.now)));
            session.ui.hint(&format!("if the address is wrong: `byok provider rm {id}`, then add it again"));
        }
        _ => session.ui.warn(&format!("it could not be tried: {}", words::sentence(&tested, session.now))),
    }
    Ok(())
}
