//! The rules of an entry that its types cannot express.

use crate::name::ProviderId;

use super::address;
use super::admin::Make;
use super::auth::{Auth, Scheme};
use super::entry::{EntryError, Provider};
use super::proof::{Method, Tells, Test};
use crate::verdict::Verdict;

/// The shortest prefix that may tell a provider by itself.
const TELLING: usize = 3;

type Outcome = Result<(), EntryError>;

fn rule(good: bool, field: impl Into<String>, why: impl Into<String>) -> Outcome {
    if good { Ok(()) } else { Err(EntryError::Rule { field: field.into(), why: why.into() }) }
}

/// Holds an entry against all rules.
pub(super) fn provider(provider: &Provider) -> Outcome {
    words(provider)?;
    for alias in &provider.aliases {
        if let Err(error) = ProviderId::parse(alias) {
            return rule(false, "aliases", format!("`{alias}`: {error}"));
        }
        rule(alias != provider.id.as_str(), "aliases", format!("`{alias}` is the provider itself"))?;
    }
    for (field, url) in [("console", &provider.console), ("docs", &provider.docs)] {
        if let Some(url) = url {
            rule(url.starts_with("https://") && is_url(url), field, "is not an https address")?;
        }
    }
    for (field, click) in [("new_key", &provider.new_key), ("revoke", &provider.revoke)] {
        rule(click.is_none() || provider.console.is_some(), field, "says what to press, and no `console` says where")?;
    }
    if let Some(url) = &provider.base_url {
        endpoint(provider, "base_url", url)?;
    }
    env(provider)?;
    shape(provider)?;
    auth(provider, "auth", &provider.auth)?;
    rule(provider.untestable.is_none() || provider.test.is_none(), "untestable", "cannot stand beside a `test`")?;
    provider.test.as_ref().map_or(Ok(()), |one| test(provider, one))?;
    admin(provider)
}

/// Text for people is one line.
fn words(provider: &Provider) -> Outcome {
    let test = provider.test.as_ref();
    let others = provider.shape.other.iter().map(|other| ("shape.other.what", Some(&other.what)));
    let says = test.into_iter().flat_map(|test| &test.when).map(|when| ("test.when.says", when.says.as_ref()));
    let fields = [
        ("name", Some(&provider.name)),
        ("note", provider.note.as_ref()),
        ("notice", provider.notice.as_ref()),
        ("new_key", provider.new_key.as_ref()),
        ("revoke", provider.revoke.as_ref()),
        ("untestable", provider.untestable.as_ref()),
        ("test.note", test.and_then(|test| test.note.as_ref())),
        ("test.costs", test.and_then(|test| test.costs.as_ref())),
    ];
    for (field, text) in fields.into_iter().chain(others).chain(says) {
        if let Some(text) = text {
            let plain = !text.trim().is_empty() && !text.chars().any(char::is_control);
            rule(plain && text.len() <= 200, field, "is not one line of at most 200 characters")?;
        }
    }
    Ok(())
}

fn env(provider: &Provider) -> Outcome {
    let env = &provider.env;
    for (field, names) in &env.fields {
        let letters = field.starts_with(|c: char| c.is_ascii_lowercase())
            && field.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        rule(letters, "env.fields", format!("`{field}` may hold only lower-case letters, digits and `-`"))?;
        rule(!names.is_empty(), "env.fields", format!("`{field}` names no variable"))?;
        for name in names {
            let secret = env.key.contains(name) || env.shared.contains(name);
            rule(!secret, "env.fields", format!("`{name}` holds the key, and a field is no secret"))?;
        }
    }
    for name in &env.shared {
        rule(!env.key.contains(name), "env.shared", format!("`{name}` is one of the provider's own"))?;
    }
    Ok(())
}

fn shape(provider: &Provider) -> Outcome {
    let shape = &provider.shape;
    if let Some(pattern) = &shape.pattern {
        let whole = pattern.starts_with('^') && pattern.ends_with('$');
        rule(whole, "shape.pattern", "must describe the whole key, from `^` to `$`")?;
        if let Err(error) = regex_lite::Regex::new(pattern) {
            return rule(false, "shape.pattern", error.to_string());
        }
    }
    let others = shape.other.iter().map(|other| ("shape.other.prefix", &other.prefix));
    let certain = shape.certain.iter().map(|text| ("shape.certain", text));
    let marks = shape.marks.iter().map(|text| ("shape.marks", text));
    let possible = shape.possible.iter().map(|text| ("shape.possible", text));
    for (field, text) in certain.chain(marks).chain(possible).chain(others) {
        let telling = text.len() >= TELLING && text.chars().all(|c| c.is_ascii_graphic());
        rule(telling, field, format!("`{text}` is shorter than {TELLING} characters, or holds a blank"))?;
    }
    Ok(())
}

fn auth(provider: &Provider, field: &str, auth: &Auth) -> Outcome {
    match &auth.scheme {
        Scheme::Header { name, prefix } => header(provider, field, name, prefix)?,
        Scheme::Basic { login } => {
            rule(
                login.contains("{KEY}") && login.contains(':'),
                field,
                "`login` is `user:password` with `{KEY}` in it",
            )?;
            placeholders(provider, field, login, true)?;
        }
        Scheme::Query { parameter } => rule(is_token(parameter), field, "`parameter` is no name")?,
        Scheme::Open => {}
    }
    auth.headers.iter().try_for_each(|(name, value)| header(provider, field, name, value))
}

fn header(provider: &Provider, field: &str, name: &str, value: &str) -> Outcome {
    const OURS: [&str; 5] = ["host", "content-length", "transfer-encoding", "connection", "proxy-authorization"];
    let free = is_token(name) && !OURS.contains(&name.to_lowercase().as_str());
    rule(free, field, format!("`{name}` is no name of a header that an entry may set"))?;
    let printable = value.chars().all(|c| c.is_ascii_graphic() || c == ' ');
    rule(printable, field, format!("the header `{name}` holds what no header can"))?;
    placeholders(provider, field, value, true)
}

fn test(provider: &Provider, test: &Test) -> Outcome {
    rule(test.method != Method::Delete, "test.method", "takes something away")?;
    endpoint(provider, "test.url", &test.url)?;
    if let Some(url) = &test.retry_url {
        endpoint(provider, "test.retry_url", url)?;
    }
    for (name, value) in &test.headers {
        header(provider, "test.headers", name, value)?;
    }
    if let Some(body) = &test.body {
        placeholders(provider, "test.body", body, true)?;
    }
    if let Some(own) = &test.auth {
        auth(provider, "test.auth", own)?;
    }
    rule(test.timeout.is_none_or(|seconds| (1..=120).contains(&seconds)), "test.timeout", "is not 1 to 120 seconds")?;
    rule(test.when.iter().all(|when| !when.contains.trim().is_empty()), "test.when", "looks for nothing")?;
    let said = test.when.iter().all(|when| !matches!(when.verdict, Verdict::Unreachable | Verdict::Untestable));
    rule(said, "test.when", "has a verdict that no answer gives")?;
    rule(test.holds.as_deref().is_none_or(is_pointer), "test.holds", "is no JSON pointer")?;
    tells(&test.tells)
}

fn tells(tells: &Tells) -> Outcome {
    let Tells { credit, limit, used, divisor, unit, expires, .. } = tells;
    let Tells { owner, organisation, project, plan, scopes, models, requests_left, admin, .. } = tells;
    rule(*divisor != Some(0), "test.tells", "nothing can be divided by 0")?;
    let all = [credit, limit, used, unit, expires, owner, organisation, project, plan, scopes, models, requests_left];
    let known = |place: &str| is_pointer(place) || is_token(place);
    for place in all.into_iter().flatten().chain(admin) {
        rule(known(place), "test.tells", format!("`{place}` is neither a JSON pointer nor the name of a header"))?;
    }
    rule(models.as_deref().is_none_or(is_pointer), "test.tells", "`models` is a list in the body")
}

/// An admin key goes to one host of the provider's own, which no field steers.
fn admin(provider: &Provider) -> Outcome {
    let Some(admin) = provider.admin.as_deref() else { return Ok(()) };
    rule(!admin.what.trim().is_empty() && !admin.what.contains('\n'), "admin.what", "is not one line")?;
    for (field, url) in [("admin.console", &admin.console), ("admin.docs", &admin.docs)] {
        rule(url.starts_with("https://") && is_url(url), field, "is not an https address")?;
    }
    rule(admin.prefixes.iter().all(|text| text.len() >= TELLING), "admin.prefixes", "has one that tells nothing")?;
    let header = matches!(provider.auth.scheme, Scheme::Header { .. });
    rule(header, "admin", "wants a key that is sent in a header")?;
    let mut hosts = Vec::new();
    for (field, url) in admin.addresses() {
        let host = address::host(url).filter(|_| url.starts_with("https://") && is_url(url));
        rule(host.is_some(), field, "is not an https address of a known host")?;
        hosts.extend(host);
        let known = |name: &str| name == "SCOPE" && admin.scopes.is_some() || name == "ID";
        rule(names_in(url).all(known), field, "holds a name that nothing fills in")?;
    }
    rule(hosts.windows(2).all(|pair| pair[0] == pair[1]), "admin", "leads to several hosts")?;
    let (list, make) = (admin.list.as_ref(), admin.make.as_ref());
    let deeds = make.is_some() || admin.revoke.is_some() || admin.revoke_owner.is_some();
    rule(list.is_some() || !deeds, "admin.list", "is missing: what is not found cannot be revoked")?;
    let revocable = |make: &Make| match (&make.id, &make.owner) {
        (Some(_), None) => admin.revoke.is_some(),
        (None, Some(_)) => admin.revoke_owner.is_some(),
        _ => false,
    };
    rule(make.is_none_or(revocable), "admin.make", "makes a key that could not be revoked")?;
    let listed = list.iter().flat_map(|list| [&list.items, &list.id, &list.hint, &list.name]);
    let named = make.iter().flat_map(|make| [Some(&make.secret), make.id.as_ref(), make.owner.as_ref()]).flatten();
    let scopes = admin.scopes.iter().flat_map(|scopes| [&scopes.items, &scopes.id]);
    let pages = [list.and_then(|list| list.page.as_ref()), admin.scopes.as_ref().and_then(|one| one.page.as_ref())];
    let pages = pages.into_iter().flatten().flat_map(|page| [&page.next, &page.more]).flatten();
    let all = listed.chain(named).chain(scopes).chain(pages);
    all.chain(list.and_then(|list| list.owner.as_ref()))
        .try_for_each(|place| rule(is_pointer(place), "admin", format!("`{place}` is no JSON pointer")))?;
    admin.test.as_ref().map_or(Ok(()), |one| test(provider, one))
}

/// Whether this is a JSON pointer (RFC 6901); the empty one is the whole body.
fn is_pointer(text: &str) -> bool {
    text.is_empty() || (text.starts_with('/') && text.chars().all(|c| c.is_ascii_graphic()))
}

/// A key travels to https addresses only, or to this very machine.
fn endpoint(provider: &Provider, field: &str, url: &str) -> Outcome {
    placeholders(provider, field, url, false)?;
    // An address that is wholly a person's own is checked when it is known.
    let known = match url.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
        Some((_, rest)) => format!("https://a{rest}"),
        None => url.to_owned(),
    };
    let local = known.starts_with("http://") && address::host(&known).is_some_and(is_loopback);
    let safe = (known.starts_with("https://") || local) && is_url(&known);
    rule(safe, field, "is neither an https address nor an http one of this machine")
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn is_url(url: &str) -> bool {
    let authority = url.split_once("://").and_then(|(_, rest)| rest.split(['/', '?', '#']).next());
    let whole = authority.is_some_and(|authority| !authority.is_empty() && !authority.contains('@'));
    whole && url.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '"' | '\'' | '<' | '>' | '\\' | '`'))
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

/// Every `{NAME}` must be one of the provider's own variables; where a `secret` may stand, the key too.
fn placeholders(provider: &Provider, field: &str, text: &str, secret: bool) -> Outcome {
    for name in names_in(text) {
        let env = &provider.env;
        let known = match name {
            "KEY" => secret,
            "UUID" => true,
            _ => {
                let keys = env.key.iter().chain(&env.shared).filter(|_| secret);
                keys.chain(env.fields.values().flatten()).any(|own| own.as_str() == name)
            }
        };
        rule(known, field, format!("`{{{name}}}` cannot stand here: it is no field of this provider"))?;
    }
    Ok(())
}

/// The `NAME` of every `{NAME}`; braces around anything else are text, as in a JSON body.
pub(crate) fn names_in(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).filter(|name| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    })
}
