//! What was given as a key: read from where it is, freed of what was pasted around it, and known by its shape.

use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result};
use byok::disk;
use byok::import::paste;
use byok::name::{KeyRef, ProviderId};
use byok::provider::{Fit, Recognised, Registry, Status, placeholder};
use byok::secret::{self, Secret};
use zeroize::Zeroizing;

use super::trial;
use crate::cli::adding::Add;
use crate::fault::Fault;
use crate::session::{Session, dense, secret_argument};
use crate::ui::escaped;
use crate::vars;

/// Where a key is read from.
pub(super) enum From<'a> {
    /// Somebody types it.
    Terminal,
    Stdin,
    Variable(&'a str),
    File(&'a Path),
}

/// Where a key is read from, and how it is taken.
pub(super) struct Source<'a> {
    /// The verb that takes it, for hints.
    pub(super) verb: &'static str,
    pub(super) from: From<'a>,
    /// Whether it is stored byte for byte.
    pub(super) as_is: bool,
    /// Whether nobody is to be asked whose key it is.
    pub(super) no_test: bool,
    /// Whether several providers may be asked whose key it is.
    pub(super) ask_providers: bool,
}

impl<'a> From<'a> {
    /// What the arguments say, of which clap lets only one be given.
    pub(super) fn arguments(stdin: bool, variable: Option<&'a str>, file: Option<&'a Path>) -> Self {
        match (stdin, variable, file) {
            (true, ..) => Self::Stdin,
            (_, Some(name), _) => Self::Variable(name),
            (_, _, Some(path)) => Self::File(path),
            _ => Self::Terminal,
        }
    }
}

impl<'a> Source<'a> {
    pub(super) fn of(args: &'a Add) -> Self {
        Self {
            verb: "add",
            from: From::arguments(args.stdin, args.from_env.as_deref(), args.from_file.as_deref()),
            as_is: args.as_is,
            no_test: args.no_test,
            ask_providers: args.ask_providers,
        }
    }
}

/// A name without an entry that is nearly another's is a slip more often than a service of one's own.
pub(super) fn question_unknown(session: &Session<'_>, registry: &Registry, id: &ProviderId) -> Result<()> {
    if registry.is_known(id) {
        let provider = registry.get(id);
        if provider.status == Status::Retired {
            let note = provider.note.map(|note| format!(": {note}")).unwrap_or_default();
            session.ui.warn(&format!("{} is retired{note}", provider.name));
        }
        return Ok(());
    }
    let Some(near) = registry.suggest(id.as_str()).into_iter().next() else { return Ok(()) };
    let stored = session.store();
    let known = byok::store::Store::read(&stored, &session.profile);
    if known.is_ok_and(|read| read.is_some_and(|(profile, _)| profile.keys_of(id).next().is_some())) {
        return Ok(());
    }
    if session.ui.confirm(&format!("`{id}` is not in the registry, `{near}` is; add a key for `{id}` all the same?"))?
        == Some(true)
    {
        return Ok(());
    }
    Err(Fault::missing(format!("there is no provider `{id}`"))
        .hint(format!("did you mean `{near}`? `byok add {near}`"))
        .hint(format!("or make it one of your own: `byok provider add {id}`"))
        .into())
}

/// The value as it came in, wiped when dropped; what a person types comes as `typed` has it.
pub(super) fn value(
    source: &Source<'_>,
    wanted: Option<&KeyRef>,
    typed: impl FnOnce() -> Result<Option<Zeroizing<String>>>,
) -> Result<Zeroizing<Vec<u8>>> {
    const LIMIT: u64 = secret::LIMIT as u64;
    match source.from {
        From::Stdin => return standard_input(LIMIT + 2),
        From::Variable(name) => {
            let value = vars::value(name).ok_or_else(|| {
                if dense(name) {
                    return secret_argument();
                }
                Fault::failed(format!("there is no variable `{name}` in the environment"))
                    .hint("see which there are with `byok import-env --dry-run`")
                    .into()
            })?;
            return Ok(Zeroizing::new(value.into_bytes()));
        }
        From::File(path) => return disk::read_public(path, LIMIT + 2)?.ok_or_else(|| no_file(path)),
        From::Terminal => {}
    }
    let typed = typed()?.ok_or_else(|| {
        let (verb, name) = (source.verb, wanted.map_or_else(|| "PROVIDER".to_owned(), ToString::to_string));
        Fault::misused("nobody is there to type the key")
            .hint(format!("pipe it: `… | byok {verb} {name} --stdin`"))
            .hint(format!("or take it from a variable or a file: `byok {verb} {name} --from-env VAR`, `byok {verb} {name} --from-file FILE`"))
    })?;
    Ok(Zeroizing::new(typed.as_bytes().to_vec()))
}

/// Asks for a key that is to be added, unseen.
pub(super) fn typed(
    session: &Session<'_>,
    registry: &Registry,
    wanted: Option<&KeyRef>,
) -> Result<Option<Zeroizing<String>>> {
    if session.ui.may_ask() {
        match wanted.map(|wanted| registry.get(&wanted.provider)) {
            Some(provider) => {
                if let Some(console) = &provider.console {
                    let click = provider.new_key.map(|click| format!(": {click}")).unwrap_or_default();
                    session.ui.say(&format!("make or find the key at {console}{click}"));
                }
            }
            None => session.ui.say("paste the key: its shape tells whose it is"),
        }
    }
    let prompt = wanted.map_or_else(|| "API key".to_owned(), |wanted| format!("API key for {wanted}"));
    session.ui.password(&prompt)
}

/// Everything that comes in on standard input, up to `limit` bytes.
pub(super) fn standard_input(limit: u64) -> Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(8192));
    std::io::stdin().lock().take(limit).read_to_end(&mut bytes).context("cannot read standard input")?;
    Ok(bytes)
}

/// The file that was to be read is not there; what was given in its place may be the key itself.
pub(super) fn no_file(path: &Path) -> anyhow::Error {
    if dense(&path.to_string_lossy()) {
        return secret_argument();
    }
    Fault::failed(format!("there is no file `{}`", escaped(&path.display().to_string()))).into()
}

/// Finds the key in what was given, and whose it is.
pub(super) fn understand(
    session: &Session<'_>,
    registry: &Registry,
    wanted: Option<KeyRef>,
    raw: &[u8],
    source: &Source<'_>,
) -> Result<(KeyRef, Secret)> {
    let whole = Secret::from_bytes(raw).context("cannot take this as a key")?;
    if source.as_is {
        let name = wanted.ok_or_else(|| {
            Fault::misused("`--as-is` needs to be told whose key it is")
                .hint("name the provider: `byok add PROVIDER --as-is --stdin`")
        })?;
        return Ok((name, whole));
    }
    let fits = |secret: &Secret| match &wanted {
        Some(wanted) => registry.fit(&wanted.provider, secret) == Fit::Fits,
        None => matches!(registry.recognise(secret), Recognised::Provider(_)),
    };
    let line_fits = |line: &str| Secret::new(paste::clean(line, |_| false).value).is_ok_and(|secret| fits(&secret));
    if whole.expose().lines().filter(|line| line_fits(line)).nth(1).is_some() {
        return Err(Fault::misused("this is more than one key")
            .hint("give one at a time, or take a whole file in with `byok import-env --file FILE`")
            .into());
    }
    let joined = |text: &str| Secret::new(Zeroizing::new(text.to_owned())).is_ok_and(|secret| fits(&secret));
    let pasted = paste::clean(whole.expose(), joined);
    if !pasted.removed.is_empty() {
        session.ui.say(&format!("took off {}", pasted.removed.join(", ")));
    }
    if placeholder(&pasted.value) {
        return Err(Fault::misused("this is a placeholder, not a key")
            .hint("copy the key itself from the provider's page")
            .into());
    }
    let secret = Secret::new(pasted.value).context("cannot take this as a key")?;
    let name = match wanted {
        Some(name) => {
            check_fit(session, registry, &name, &secret, source.verb)?;
            name
        }
        None => {
            KeyRef { provider: recognise(session, registry, &secret, pasted.variable.as_deref(), source)?, label: None }
        }
    };
    Ok((name, secret))
}

fn check_fit(session: &Session<'_>, registry: &Registry, name: &KeyRef, secret: &Secret, verb: &str) -> Result<()> {
    let provider = &name.provider;
    match registry.fit(provider, secret) {
        Fit::Fits | Fit::Unknown => Ok(()),
        Fit::Unusual => {
            let question =
                format!("this does not look like a key of {}; store it all the same?", registry.get(provider).name);
            match session.ui.confirm(&question)? {
                Some(true) => return Ok(()),
                Some(false) => return Err(Fault::failed("nothing was stored").into()),
                None => {}
            }
            session.ui.warn(&format!("this does not look like a usual key of {}", registry.get(provider).name));
            Ok(())
        }
        Fit::NotAKey(what) => Err(Fault::misused(format!("this is {what}"))
            .hint(format!("store it all the same with `byok {verb} {name} --as-is --stdin`"))
            .into()),
        Fit::Belongs(owner) => {
            let what = format!(
                "this looks like a key of {}, not of {}",
                registry.get(&owner).name,
                registry.get(provider).name
            );
            if session.ui.confirm(&format!("{what}; store it as `{name}` all the same?"))? == Some(true) {
                return Ok(());
            }
            Err(Fault::misused(what)
                .hint(format!("store it where it belongs: `byok add {owner} --stdin`"))
                .hint(format!("or all the same with `byok {verb} {name} --as-is --stdin`"))
                .into())
        }
    }
}

/// Tells by the shape of a key, or by the variable that it was pasted with, whose it is.
fn recognise(
    session: &Session<'_>,
    registry: &Registry,
    secret: &Secret,
    variable: Option<&str>,
    source: &Source<'_>,
) -> Result<ProviderId> {
    let claimed = variable.and_then(|name| registry.claims(name).into_iter().next());
    let several = match registry.recognise(secret) {
        Recognised::Provider(id) => return Ok(id),
        Recognised::NotAKey(what) => return Err(Fault::misused(format!("this is {what}")).into()),
        Recognised::OneOf(several) => several,
        Recognised::Unknown => Vec::new(),
    };
    if let Some(claim) = claimed {
        return Ok(claim.provider);
    }
    if several.is_empty() {
        return Err(Fault::misused("cannot tell by its shape whose key this is")
            .hint("name the provider: `byok add PROVIDER`")
            .hint("see them with `byok provider list`")
            .into());
    }
    let may_send = !source.no_test && !session.is_offline();
    if source.ask_providers && may_send {
        return trial::whose(session, registry, &several, secret);
    }
    let mut items: Vec<String> = several.iter().map(|id| registry.get(id).name).collect();
    if may_send {
        items.push(format!("ask them: send the key to all {} and see who knows it", several.len()));
    }
    match session.ui.choose("whose key is this", &items)? {
        Some(at) if at < several.len() => return Ok(several[at].clone()),
        Some(_) => return trial::whose(session, registry, &several, secret),
        None => {}
    }
    let fault = Fault::misused("keys of several providers look like this one");
    let fault = several.iter().fold(fault, |fault, id| fault.hint(format!("`byok add {id} --stdin`")));
    Err(fault.hint("or have each of them asked: `byok add --ask-providers --stdin`").into())
}
