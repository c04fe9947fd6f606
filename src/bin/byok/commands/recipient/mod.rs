//! `byok recipient`: who opens the meant profile.

mod given;
mod list;

use anyhow::Result;
use byok::keys::KeyError;
use byok::keys::openers::{self, OpenerError, Own};
use byok::name::KeyRef;
use byok::profile::{Kind, Opener, Profile};
use byok::seal::Unlock as _;
use byok::store::{Place, Store as _};

use crate::cli::recipient::{OpenerKind, RecipientAdd, RecipientRotate, RecipientVerb};
use crate::fault::{Fault, code, of_opener, quoted};
use crate::session::{Session, fresh_vault, machine};
use crate::vars;

pub(crate) fn run(session: &Session<'_>, verb: RecipientVerb) -> Result<u8> {
    match verb {
        RecipientVerb::Me => me(session),
        RecipientVerb::List { json } => list::run(session, json),
        RecipientVerb::Add(args) => add(session, &args),
        RecipientVerb::Rm { who, yes } => rm(session, &who, yes),
        RecipientVerb::Rotate(args) => rotate(session, &args),
    }
}

impl From<OpenerKind> for Kind {
    fn from(kind: OpenerKind) -> Self {
        match kind {
            OpenerKind::Person => Self::Person,
            OpenerKind::Machine => Self::Machine,
            OpenerKind::Recovery => Self::Recovery,
        }
    }
}

/// Who we are to the others: what the system calls the user, or else the machine.
pub(super) fn own(session: &Session<'_>) -> Result<Own> {
    let name = vars::user().or_else(machine).filter(|name| given::is_name(name)).unwrap_or_else(|| "owner".to_owned());
    Ok(Own { recipients: session.opener.identities()?.recipients(), name, vault: fresh_vault()? })
}

fn me(session: &Session<'_>) -> Result<u8> {
    if !session.opener.is_there()? {
        return Err(Fault::missing("there is no identity yet").hint("make one with `byok init`").into());
    }
    let recipients = session.opener.identities()?.recipients();
    session.ui.data((recipients.join("\n") + "\n").as_bytes())?;
    Ok(code::DONE)
}

/// The profile, which must be one that several can open.
fn shared(session: &Session<'_>) -> Result<Profile> {
    let name = &session.profile;
    if session.store().find_place(name)? == Place::Keychain {
        return Err(Fault::refused(format!("profile `{name}` lives in the keychain, which opens for nobody else"))
            .hint(format!("move it into a file: `byok profile move {name} --to file`"))
            .into());
    }
    let read = session.store().read(name)?;
    Ok(read.map(|(profile, _)| profile).ok_or_else(|| KeyError::NoProfile { name: name.clone() })?)
}

fn add(session: &Session<'_>, args: &RecipientAdd) -> Result<u8> {
    let name = given::name(session, &args.name)?;
    let recipient = given::recipient(&args.recipient)?;
    let (profile, own) = (shared(session)?, own(session)?);
    let opener = Opener::new(recipient.clone(), name.clone(), args.kind.into(), session.now);
    // What cannot be done is told before anybody is asked.
    openers::admit(&mut profile.clone(), &own, opener.clone()).map_err(told(session))?;
    let what = &session.profile;
    session.ui.say(&format!("`{name}` is to open profile `{what}`{}, with", count(profile.keys().len())));
    session.ui.say(&format!("  {recipient}"));
    session.ui.say("compare it with them over another way than it came by");
    agreed(session, args.yes, &format!("let `{name}` open profile `{what}`?"))?;
    let _held = session.hold_signals();
    openers::change(&session.store(), what, |profile| openers::admit(profile, &own, opener.clone()))
        .map_err(told(session))?;
    session.ui.say(&format!("profile `{what}` opens for `{name}` as well"));
    if let Some(file) = session.store().own_path(what).and_then(|path| path.file_name()) {
        session.ui.hint(&format!(
            "once they have the file, in its folder: `byok profile join {what} --file {}`",
            quoted(std::path::Path::new(file))
        ));
    }
    Ok(code::DONE)
}

fn rm(session: &Session<'_>, who: &str, yes: bool) -> Result<u8> {
    given::refuse_other(session, who)?;
    let (mut profile, own) = (shared(session)?, own(session)?);
    let what = &session.profile;
    let gone = openers::dismiss(&mut profile, &own, who, session.now).map_err(told(session))?;
    let seen = count(gone.seen.len());
    agreed(session, yes, &format!("seal profile `{what}`{seen} without `{}`?", gone.name))?;
    let gone = {
        let _held = session.hold_signals();
        openers::change(&session.store(), what, |profile| openers::dismiss(profile, &own, who, session.now))
            .map_err(told(session))?
    };
    session.ui.say(&format!("profile `{what}` opens for `{}` no more", gone.name));
    tell_seen(session, &gone.name, &gone.seen);
    Ok(code::DONE)
}

/// Which keys somebody may have kept, and how each is replaced.
fn tell_seen(session: &Session<'_>, name: &str, seen: &[KeyRef]) {
    if seen.is_empty() {
        return;
    }
    let keys = if seen.len() == 1 { "1 key, which is".to_owned() } else { format!("{} keys, which are", seen.len()) };
    session.ui.warn(&format!("`{name}` has seen {keys} still in use; older copies of the file stay open to them"));
    for key in seen {
        session.ui.hint(&format!("replace it: `byok -p {} rotate {key}`", session.profile));
    }
}

fn rotate(session: &Session<'_>, args: &RecipientRotate) -> Result<u8> {
    given::refuse_other(session, &args.who)?;
    let recipient = given::recipient(&args.recipient)?;
    let (profile, own) = (shared(session)?, own(session)?);
    let (what, who) = (&session.profile, &args.who);
    let deed = |profile: &mut Profile| openers::exchange(profile, &own, who, &recipient, session.now);
    deed(&mut profile.clone()).map_err(told(session))?;
    session.ui.say(&format!("`{who}` is to open profile `{what}` with another recipient from now on,"));
    session.ui.say(&format!("  {recipient}"));
    session.ui.say("compare it with them over another way than it came by");
    agreed(session, args.yes, &format!("put it in the place of the old one of `{who}`?"))?;
    let _held = session.hold_signals();
    openers::change(&session.store(), what, deed).map_err(told(session))?;
    session.ui.say(&format!("profile `{what}` opens for the new recipient of `{who}`, and for the old one no more"));
    Ok(code::DONE)
}

/// What went wrong with the meant profile.
fn told<'s>(session: &'s Session<'_>) -> impl Fn(OpenerError) -> anyhow::Error + use<'s> {
    let profile = &session.profile;
    move |error| of_opener(profile, error)
}

fn count(keys: usize) -> String {
    match keys {
        0 => String::new(),
        1 => " and its key".to_owned(),
        keys => format!(" and its {keys} keys"),
    }
}

/// Goes on only where somebody said so.
fn agreed(session: &Session<'_>, yes: bool, question: &str) -> Result<()> {
    if yes {
        return Ok(());
    }
    match session.ui.confirm(question)? {
        Some(true) => Ok(()),
        Some(false) => Err(Fault::refused("nothing was changed").into()),
        None => Err(Fault::misused("nobody is here to confirm").hint("say it with `--yes`").into()),
    }
}
