//! `byok provider`: what is known of providers, and a person's own ones.

mod add;

use std::str::FromStr;

use anyhow::{Context, Result};
use byok::name::{EnvName, ProviderId};
use byok::provider::{Provider, Registry, Status};
use serde_json::{Value, json};
use toml_edit::DocumentMut;

use crate::cli::manage::ProviderVerb;
use crate::fault::{Fault, code};
use crate::session::{Session, refuse_secret};
use crate::table;

pub(crate) fn run(session: &Session<'_>, verb: ProviderVerb) -> Result<u8> {
    match verb {
        ProviderVerb::List { search, json } => list(session, search.as_deref(), json),
        ProviderVerb::Show { provider, json } => show(session, &provider, json),
        ProviderVerb::Add(args) => add::run(session, args),
        ProviderVerb::Rm { provider } => remove(session, &provider),
    }
}

fn list(session: &Session<'_>, search: Option<&str>, json: bool) -> Result<u8> {
    let registry = session.registry()?;
    let wanted = search.unwrap_or_default().to_lowercase();
    let holds = |provider: &Provider| {
        let names = [provider.id.as_str(), &provider.name].map(str::to_lowercase);
        let variables = provider.env.key.iter().chain(&provider.env.shared).map(|name| name.as_str().to_lowercase());
        let aliases = provider.aliases.iter().map(|alias| alias.to_lowercase());
        names.into_iter().chain(variables).chain(aliases).any(|text| text.contains(&wanted))
    };
    let all: Vec<Provider> = registry.ids().iter().map(|id| registry.get(id)).filter(holds).collect();
    if json {
        let providers: Vec<Value> = all.iter().map(|provider| report(registry, provider)).collect();
        session.ui.data(format!("{:#}\n", json!({ "version": 1, "providers": providers })).as_bytes())?;
        return Ok(code::DONE);
    }
    if all.is_empty() {
        return Err(Fault::missing("no provider matches").hint("any name works: `byok add my-service`").into());
    }
    let row = |provider: &Provider| {
        let state = if provider.status == Status::Retired { "retired" } else { "" };
        vec![
            provider.id.to_string(),
            provider.name.clone(),
            registry.exports(&provider.id).key.to_string(),
            state.to_owned(),
        ]
    };
    let rows: Vec<Vec<String>> = all.iter().map(row).collect();
    session.ui.data(table::render(&["PROVIDER", "NAME", "VARIABLE", "STATE"], &rows, 3).as_bytes())?;
    Ok(code::DONE)
}

fn report(registry: &Registry, provider: &Provider) -> Value {
    let exports = registry.exports(&provider.id);
    let fields: Value =
        exports.fields.iter().map(|(field, name)| (field.to_string(), Value::from(name.as_str()))).collect();
    json!({
        "provider": provider.id.as_str(),
        "name": provider.name,
        "known": registry.is_known(&provider.id),
        "retired": (provider.status == Status::Retired),
        "aliases": provider.aliases,
        "variable": exports.key.as_str(),
        "variables": provider.env.key.iter().chain(&provider.env.shared).map(EnvName::as_str).collect::<Vec<_>>(),
        "fields": fields,
        "base_url": provider.base_url,
        "console": provider.console,
        "new_key": provider.new_key,
        "revoke": provider.revoke,
        "docs": provider.docs,
        "note": provider.note,
        "test": provider.test.as_ref().map(|test| json!({ "url": test.url, "costs": test.costs, "note": test.note })),
        "untestable": provider.untestable,
        "admin": provider.admin.as_ref().map(|admin| json!({
            "what": admin.what,
            "variables": admin.env.iter().map(EnvName::as_str).collect::<Vec<_>>(),
            "console": admin.console,
            "docs": admin.docs,
            "makes_keys": admin.make.is_some(),
            "revokes_keys": admin.revoke.is_some(),
        })),
    })
}

fn show(session: &Session<'_>, typed: &str, json: bool) -> Result<u8> {
    let registry = session.registry()?;
    let id = session.provider(typed)?;
    if !registry.is_known(&id)
        && let Some(near) = registry.suggest(id.as_str()).first()
    {
        return Err(Fault::missing(format!("there is no provider `{id}`"))
            .hint(format!("did you mean `{near}`? `byok provider show {near}`"))
            .into());
    }
    let provider = registry.get(&id);
    if json {
        let mut document = report(registry, &provider);
        document["version"] = 1.into();
        session.ui.data(crate::ui::json(&document).as_bytes())?;
        return Ok(code::DONE);
    }
    let exports = registry.exports(&id);
    let also: Vec<&str> = provider
        .env
        .key
        .iter()
        .chain(&provider.env.shared)
        .filter(|name| **name != exports.key)
        .map(EnvName::as_str)
        .collect();
    let mut lines = vec![("provider".to_owned(), id.to_string()), ("name".to_owned(), provider.name.clone())];
    let mut line = |name: &str, value: Option<String>| lines.extend(value.map(|value| (name.to_owned(), value)));
    line("state", (provider.status == Status::Retired).then(|| "retired".to_owned()));
    line("entry", (!registry.is_known(&id)).then(|| "none: any name works as a provider".to_owned()));
    line("variable", Some(exports.key.to_string()));
    line("also read", (!also.is_empty()).then(|| also.join(", ")));
    line("aliases", (!provider.aliases.is_empty()).then(|| provider.aliases.join(", ")));
    for (field, name) in &exports.fields {
        line(field, Some(name.to_string()));
    }
    line("base url", provider.base_url.clone());
    line("console", provider.console.clone());
    line("new key", provider.new_key.clone());
    line("revoke", provider.revoke.clone());
    line("docs", provider.docs.clone());
    line(
        "admin keys",
        provider.admin.as_ref().map(|admin| {
            let deeds = match (admin.make.is_some(), admin.revoke.is_some()) {
                (true, _) => "make and revoke keys: `byok rotate --auto`",
                (false, true) => "revoke keys: `byok rotate --finish`",
                _ => "are only known as such",
            };
            format!("{}, {deeds}", admin.console)
        }),
    );
    line("test", provider.test.as_ref().map(|test| test.url.clone()));
    line("costs", provider.test.as_ref().and_then(|test| test.costs.clone()));
    line("test note", provider.test.as_ref().and_then(|test| test.note.clone()));
    let like_openai =
        provider.is_tried_as_compatible().then(|| "the list of models at its address, as OpenAI has it".to_owned());
    line("test", like_openai.clone().filter(|_| provider.base_url.is_some()));
    line("untestable", provider.untestable.clone().filter(|_| like_openai.is_none() || provider.base_url.is_none()));
    line("note", provider.note.clone());
    session.ui.data(table::facts(&lines).as_bytes())?;
    Ok(code::DONE)
}

fn remove(session: &Session<'_>, typed: &str) -> Result<u8> {
    refuse_secret(session.registry()?, typed)?;
    let id = ProviderId::parse(typed).context("cannot use this name")?;
    edit(session, |document| match document.remove(id.as_str()) {
        Some(_) => Ok(()),
        None => Err(Fault::missing(format!("`{id}` is not one of your own providers"))
            .hint("see `byok provider list`")
            .into()),
    })?;
    session.ui.say(&format!("took provider `{id}` out of `{}`", session.overlay_path().display()));
    Ok(code::DONE)
}

/// Changes `providers.toml` and keeps what a person wrote around it. What would not read as a registry is not written.
fn edit(session: &Session<'_>, change: impl FnOnce(&mut DocumentMut) -> Result<()>) -> Result<()> {
    let path = session.overlay_path();
    session.rewrite(&path, |old| {
        let mut document = DocumentMut::from_str(old).with_context(|| format!("cannot read `{}`", path.display()))?;
        change(&mut document)?;
        let text = document.to_string();
        Registry::with_overlay(&text).context("this provider cannot be added")?;
        Ok(text)
    })
}
