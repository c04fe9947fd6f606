//! What was typed of a key's metadata, read into what it means.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use byok::endpoint::Endpoint;
use byok::name::EnvName;
use byok::profile::{Deadline, Details};
use byok::provider::Registry;
use byok::resolve;
use byok::settings;
use jiff::Timestamp;

use crate::cli::adding::DetailArgs;
use crate::fault::Fault;
use crate::session::{dense, secret_argument};
use crate::time::{clock, parse_end, parse_span, uptime};
use crate::ui::Ui;

/// Reads the arguments that `add` and `edit` share. An empty value takes a field or a note away.
pub(crate) fn read(ui: &Ui, args: &DetailArgs, now: Timestamp) -> Result<Details> {
    let fields = fields(args.endpoint.as_deref(), &args.fields)?;
    let endpoint = fields.get("endpoint").cloned().flatten();
    if endpoint.is_some_and(|endpoint| Endpoint::parse(&endpoint).is_ok_and(|endpoint| endpoint.is_private())) {
        ui.warn("this endpoint is in a private network: whoever runs it there will see the key");
    }
    if args.env.iter().any(|name| dense(name)) {
        return Err(secret_argument());
    }
    let env = args.env.iter().filter(|name| !name.is_empty()).map(|name| EnvName::parse(name));
    let env: Vec<EnvName> = env.collect::<Result<_, _>>().context("cannot use `--env`")?;
    for tag in &args.tags {
        check_tag(tag)?;
    }
    let expires = args.expires.as_deref().map(|when| parse_end(when, now)).transpose()?;
    if expires.flatten().is_some_and(|end| end <= now) {
        ui.warn("this time of expiry is over already: the key will not be handed out");
    }
    let rotate_after = args.rotate_after.as_deref().map(rotate_after).transpose()?;
    // An empty value takes a detail away, as with the others.
    let ttl =
        |text: &str| if text == "never" || text.is_empty() { Ok(None) } else { deadline("--ttl", text).map(Some) };
    Ok(Details {
        wiped: args.ttl.as_deref().map(ttl).transpose()?,
        rotate_after,
        env: (!args.env.is_empty()).then_some(env),
        fields,
        expires,
        note: args.note.as_ref().map(|note| (!note.is_empty()).then(|| note.clone())),
        tags: args.tags.clone(),
        ..Details::default()
    })
}

/// Refuses a name under which programs look for the address of a provider: a key there leads other keys astray.
pub(crate) fn refuse_address_name(registry: &Registry, details: &Details) -> Result<()> {
    let names = details.env.as_deref().unwrap_or_default();
    let Some(name) = names.iter().find(|name| resolve::is_address(registry, name.as_str())) else { return Ok(()) };
    let why = format!("cannot use `--env`: programs look for a provider's address in `{name}`, and not for a key");
    Err(Fault::misused(why).hint("give the key its own address with `--endpoint URL`, or choose another name").into())
}

/// Reads after how many days a secret is to be replaced; `never` leaves it to what is said of its provider or profile.
fn rotate_after(text: &str) -> Result<Option<u32>> {
    let wrong = || {
        Fault::misused("cannot use `--rotate-after`: this is no number of days")
            .hint("write `--rotate-after 90d`, or `12w`, `1y`, `never`")
    };
    if text == "never" || text.is_empty() { Ok(None) } else { Ok(Some(settings::whole_days(text).ok_or_else(wrong)?)) }
}

/// Reads the time after which something is wiped.
pub(crate) fn deadline(flag: &str, text: &str) -> Result<Deadline> {
    Ok(Deadline::after(parse_span(flag, text)?.unsigned_abs(), clock(), uptime().as_ref()))
}

/// Reads an endpoint and `NAME=VALUE`s; an empty value takes a field away.
pub(crate) fn fields(endpoint: Option<&str>, typed: &[String]) -> Result<BTreeMap<String, Option<String>>> {
    let mut fields = BTreeMap::new();
    if let Some(endpoint) = endpoint {
        fields.insert("endpoint".to_owned(), field("endpoint", endpoint)?);
    }
    for typed in typed {
        let (name, value) = typed.split_once('=').ok_or_else(|| {
            Fault::misused("a field is written NAME=VALUE").hint("for example `--field organisation=acme`")
        })?;
        let name = field_name(name)?;
        let value = field(&name, value)?;
        fields.insert(name, value);
    }
    Ok(fields)
}

/// A field's name in the registry's spelling.
fn field_name(typed: &str) -> Result<String> {
    let name = typed.trim().to_ascii_lowercase().replace('_', "-");
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || name.len() > 40 || !name.chars().all(plain) {
        return Err(Fault::misused("a field's name may hold only letters, digits and `-`").into());
    }
    Ok(match name.as_str() {
        "org" | "organization" => "organisation".to_owned(),
        "base-url" | "api-base" | "url" => "endpoint".to_owned(),
        _ => name,
    })
}

fn field(name: &str, value: &str) -> Result<Option<String>> {
    if value.is_empty() {
        return Ok(None);
    }
    if value.len() > 1000 || value.chars().any(char::is_control) {
        return Err(Fault::misused(format!("the value of `{name}` is no short, plain text")).into());
    }
    if name == "endpoint" {
        Endpoint::parse(value).context("cannot use this endpoint")?;
    }
    Ok(Some(value.to_owned()))
}

fn check_tag(tag: &str) -> Result<()> {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '@' | '+');
    if tag.is_empty() || tag.chars().count() > 40 || !tag.chars().all(plain) {
        return Err(Fault::misused("a tag is a word of letters, digits and `-` `_` `.` `/` `@` `+`").into());
    }
    Ok(())
}
