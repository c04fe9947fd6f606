//! `byok add`: one key, typed unseen, piped, or taken from a variable or a file.

use std::collections::BTreeMap;

use anyhow::Result;
use byok::keys::{self, Added, KeyError, NewKey};
use byok::name::{KeyRef, Label};
use byok::probe::Candidate;
use byok::profile::{Details, Key};
use byok::provider::{Kind, Registry};
use byok::resolve;
use byok::secret::Secret;
use byok::store::Store;
use zeroize::Zeroizing;

use super::{detail, given, trial};
use crate::cli::adding::Add;
use crate::fault::code;
use crate::session::network::refuse_address;
use crate::session::{Session, refuse_secret_note, secret_argument};
use crate::time::span_in_words;

/// What stands in the place of a key where a server needs none.
const NO_KEY: &str = "no-key";

pub(crate) fn run(session: &Session<'_>, args: &Add) -> Result<u8> {
    if !args.extra.is_empty() {
        return Err(secret_argument());
    }
    let typed = args.key.as_ref().map(|key| key.to_str().ok_or_else(secret_argument)).transpose()?;
    let wanted = typed.map(|typed| session.key(typed)).transpose()?;
    let registry = session.registry()?;
    if let Some(wanted) = &wanted {
        // Whoever gives an address has no other provider in mind.
        if args.details.endpoint.is_none() {
            given::question_unknown(session, registry, &wanted.provider)?;
        }
    }
    let mut details = detail::read(session.ui, &args.details, session.now)?;
    detail::refuse_address_name(registry, &details)?;
    if let Some(note) = &args.details.note {
        refuse_secret_note(registry, note)?;
    }
    details.exported = args.no_export.then_some(false);
    details.admin = args.admin.then_some(true);
    let source = given::Source::of(args);
    let raw = given::value(&source, wanted.as_ref(), || given::typed(session, registry, wanted.as_ref()))?;
    let (name, secret) = match wanted {
        Some(wanted) if raw.trim_ascii().is_empty() && registry.get(&wanted.provider).kind == Kind::Local => {
            // The programs that ask it want something in the variable all the same.
            session.ui.say(&format!("no key, as a server of one's own may need none: stored as `{NO_KEY}`"));
            (wanted, Secret::new(Zeroizing::new(NO_KEY.to_owned()))?)
        }
        wanted => given::understand(session, registry, wanted, &raw, &source)?,
    };
    let (mut name, bare) = (name.clone(), name.label.is_none());
    if details.admin == Some(true) || Registry::is_admin(&name.provider, &secret) {
        details.admin = Some(true);
        name.label.get_or_insert_with(|| keys::usual_label(true));
    }
    let (fields, bound) = fields_of(session, &name, &details);
    if details.admin == Some(true) {
        let mut key = Key::new(name.provider.clone(), Label::default(), secret.clone(), session.now);
        (key.admin, key.fields) = (true, fields.clone());
        refuse_address(&key)?;
    }
    let candidate = Candidate { provider: registry.get(&name.provider), secret: secret.clone(), fields };
    let known = trial::before(session, &name, candidate, bound.as_deref(), args.no_test, "stored")?;
    if known.tested.as_ref().is_some_and(|tested| tested.facts.admin) {
        details.admin = Some(true);
        name.label = name.label.filter(|_| !bare).or_else(|| Some(keys::usual_label(true)));
    }
    let new = NewKey {
        provider: name.provider,
        label: name.label.unwrap_or_default(),
        secret,
        details,
        replace: args.replace,
        duplicate: args.duplicate,
        tested: known.tested,
        host: known.host,
    };
    store(session, registry, new)
}

/// What the key will have beside its secret, that of the one whose place it takes and what was given, and the host that
/// the old one is bound to.
fn fields_of(session: &Session<'_>, name: &KeyRef, details: &Details) -> (BTreeMap<String, String>, Option<String>) {
    let stored = session.store().read(&session.profile).ok().flatten();
    let label = name.label.clone().unwrap_or_default();
    let old = stored.as_ref().and_then(|(profile, _)| profile.keys_of(&name.provider).find(|key| key.label == label));
    let mut fields = old.map(|key| key.fields.clone()).unwrap_or_default();
    for (field, value) in &details.fields {
        match value {
            Some(value) => drop(fields.insert(field.clone(), value.clone())),
            None => drop(fields.remove(field)),
        }
    }
    // Whoever gives a field says where the key goes from now on.
    let bound = old.filter(|_| details.fields.is_empty()).and_then(|key| key.host.clone());
    (fields, bound)
}

/// Stores the key, asking for consent where that takes it.
fn store(session: &Session<'_>, registry: &Registry, mut new: NewKey) -> Result<u8> {
    loop {
        let outcome = {
            let store = session.store();
            let fresh = session.founder()?;
            let mut made = false;
            let _held = session.hold_signals();
            let outcome = keys::change(&store, &session.profile, Some(&fresh), |profile| {
                made = profile.generation() == 0;
                let added = keys::put(profile, &new, session.now)?;
                let name = KeyRef { provider: new.provider.clone(), label: Some(new.label.clone()) };
                let shown = keys::find(profile, &name).map(|key| profile.display(key))?;
                let crowded = super::pick::crowded(registry, profile, &name);
                // Only a key that goes out unasked changes what other tools bill.
                let meant = |key: &Key| key.label == new.label && key.exported && !resolve::is_admin(key);
                let goes_out = profile.active(&new.provider).is_some_and(meant);
                Ok(((added, shown, crowded, goes_out), added != Added::Same || new.tested.is_some()))
            });
            if made && outcome.is_ok() {
                session.announce(&session.profile);
            }
            outcome
        };
        match outcome {
            Ok((added, shown, crowded, goes_out)) => {
                tell(session, &new, added, &shown, crowded);
                if added == Added::New && goes_out {
                    super::pick::billing_notice(session, registry, &shown);
                }
                return Ok(code::DONE);
            }
            Err(KeyError::Taken { name, mask }) => {
                let question = format!("`{name}` holds another key already ({mask}); replace it?");
                if session.ui.confirm(&question)? != Some(true) {
                    return Err(KeyError::Taken { name, mask }.into());
                }
                new.replace = true;
            }
            Err(KeyError::Elsewhere { name }) => {
                let question = format!("this key is here already, as `{name}`; store it a second time?");
                if session.ui.confirm(&question)? != Some(true) {
                    return Err(KeyError::Elsewhere { name }.into());
                }
                new.duplicate = true;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

fn tell(session: &Session<'_>, new: &NewKey, added: Added, shown: &KeyRef, crowded: Option<String>) {
    let (name, mask, profile) = (shown, new.secret.mask(), &session.profile);
    session.ui.say(&match added {
        Added::New => format!("added `{name}` ({mask}) to profile `{profile}`"),
        Added::Replaced => format!("replaced `{name}` ({mask}) in profile `{profile}`"),
        Added::Updated => format!("updated `{name}` ({mask}) in profile `{profile}`"),
        Added::Same => format!("`{name}` ({mask}) is already here, unchanged"),
    });
    if let Some(Some(wiped)) = &new.details.wiped {
        let time = wiped.at.duration_since(session.now).unsigned_abs();
        session.ui.say(&format!("it is wiped in {}", span_in_words(time)));
    }
    if new.details.admin == Some(true) {
        session.ui.say("an admin key: it is never handed out to programs");
    }
    if !byok::shell::survives_splitting(new.secret.expose()) {
        session.ui.warn("its value needs the quotes: `eval \"$(byok env --quoted)\"`");
    }
    if let Some(crowded) = crowded {
        session.ui.warn(&crowded);
    }
}
