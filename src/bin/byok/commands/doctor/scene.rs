//! What all groups look at: folders, the identity, the keychain and the profiles, each looked at once and only if needed.

use std::cell::OnceCell;

use anyhow::Error;
use byok::keychain::KeychainError;
use byok::name::ProfileName;
use byok::profile::Profile;
use byok::seal::Unlock as _;
use byok::settings::Place;
use byok::store::{Place as Shelf, Store as _};
use jiff::Timestamp;

use super::finding::{Finding, Severity};
use crate::session::{Session, Troubles};
use crate::vars::Vars;

/// What a group found, or why it could not look.
pub(super) type Found = Result<Vec<Finding>, Box<Finding>>;

/// The state of things.
pub(super) struct Scene<'s> {
    /// The session, or why there is none.
    session: Result<(&'s Session<'s>, &'s Troubles), &'s Error>,
    pub(super) vars: &'s Vars,
    pub(super) now: Timestamp,
    keychain: OnceCell<Option<Result<bool, KeychainError>>>,
    access: OnceCell<Access>,
    profiles: OnceCell<Vec<Opened>>,
}

/// What comes of opening the identity without asking anybody.
pub(super) enum Access {
    /// It is open; these are its recipients.
    Open(Vec<String>),
    /// There is none.
    Absent,
    /// A person has to open it.
    Locked,
    /// The keychain that holds it is out of reach.
    OutOfReach,
    /// It cannot be used.
    Broken(Error),
}

/// One profile, as far as it opens.
pub(super) struct Opened {
    pub(super) name: ProfileName,
    pub(super) shelf: Shelf,
    /// `None` where nobody can look without a person or a keychain that answers.
    pub(super) read: Option<Result<Profile, Error>>,
    /// Whether the document is newer than what is remembered of it, or nothing is.
    pub(super) unseen: bool,
}

impl<'s> Scene<'s> {
    pub(super) fn new(session: Result<(&'s Session<'s>, &'s Troubles), &'s Error>, vars: &'s Vars) -> Self {
        let (keychain, access, profiles) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        Self { session, vars, now: crate::time::clock(), keychain, access, profiles }
    }

    /// The session, as far as byok knows its folders at all.
    pub(super) fn session(&self) -> Result<(&'s Session<'s>, &'s Troubles), Box<Finding>> {
        self.session.map_err(|_| aside("byok does not know its folders", "byok doctor permissions"))
    }

    /// Why byok does not know its folders.
    pub(super) fn lost(&self) -> Option<&'s Error> {
        self.session.err()
    }

    /// The session, where nobody else can write into its folders.
    pub(super) fn safe(&self) -> Result<&'s Session<'s>, Box<Finding>> {
        let (session, troubles) = self.session()?;
        if troubles.folders {
            return Err(aside("byok's folders are not yours alone", "byok doctor permissions"));
        }
        Ok(session)
    }

    /// That only a person can open it; in CI there is none.
    pub(super) fn locked(&self) -> Box<Finding> {
        let severity = if self.vars.ci { Severity::Warning } else { Severity::Note };
        let finding = Finding::new("locked", severity, "not looked at: the identity is locked");
        Box::new(finding.fix("open it for a while", "byok unlock"))
    }

    /// What the keychain says, where something lives in it: whether the identity does.
    pub(super) fn keychain(&self) -> Result<Option<&Result<bool, KeychainError>>, Box<Finding>> {
        let session = self.safe()?;
        let asked = self.keychain.get_or_init(|| {
            let opener = &session.opener;
            let holds_identity = !opener.is_given() && opener.place() == Some(Place::Keychain);
            let store = session.store();
            let holds = |name: &ProfileName| store.place(name) == Shelf::Keychain;
            if !holds_identity && !store.profiles().unwrap_or_default().iter().any(holds) {
                return None;
            }
            let places = &opener.places;
            Some(places.door().and_then(|(keychain, _)| Ok(keychain.get(&places.item())?.is_some())))
        });
        Ok(asked.as_ref())
    }

    /// The identity, opened if that takes nobody.
    pub(super) fn access(&self) -> Result<&Access, Box<Finding>> {
        let session = self.safe()?;
        if let Some(access) = self.access.get() {
            return Ok(access);
        }
        let opener = &session.opener;
        let in_keychain = !opener.is_given() && opener.place() == Some(Place::Keychain);
        let keychain = if in_keychain && opener.at_hand().is_none() { self.keychain()? } else { None };
        let access = match keychain {
            Some(Err(KeychainError::Locked)) => Access::Locked,
            Some(Err(_)) => Access::OutOfReach,
            _ if opener.is_locked() => Access::Locked,
            _ if !opener.is_given() && opener.place().is_none() => Access::Absent,
            _ => match opener.identities() {
                Ok(identities) => Access::Open(identities.recipients()),
                Err(error) => Access::Broken(error.into()),
            },
        };
        Ok(self.access.get_or_init(|| access))
    }

    /// Every profile, opened if that takes nobody.
    pub(super) fn profiles(&self) -> Result<&[Opened], Box<Finding>> {
        let session = self.safe()?;
        if let Some(profiles) = self.profiles.get() {
            return Ok(profiles);
        }
        let store = session.store();
        let names = store.profiles().map_err(|error| Box::new(Finding::of("profiles-unreadable", &error.into())))?;
        let mut all = Vec::new();
        for name in names {
            let place = store.place(&name);
            let can = match place {
                Shelf::Keychain => matches!(self.keychain()?, Some(Ok(_))),
                // Without an identity, or with a broken one, a profile says so itself.
                Shelf::File => !matches!(self.access()?, Access::Locked | Access::OutOfReach),
            };
            let read = can.then(|| store.inspect(&name).map_err(Error::from));
            let unseen = matches!(&read, Some(Ok(Some((_, true)))));
            let read = match read {
                // Removed since.
                Some(Ok(None)) => continue,
                Some(Ok(Some((profile, _)))) => Some(Ok(profile)),
                Some(Err(error)) => Some(Err(error)),
                None => None,
            };
            all.push(Opened { name, shelf: place, read, unseen });
        }
        Ok(self.profiles.get_or_init(|| all))
    }

    /// The profiles that are open.
    pub(super) fn open_profiles(&self) -> Result<Vec<(&ProfileName, &Profile)>, Box<Finding>> {
        let open = |one: &'_ Opened| one.read.as_ref().is_some_and(Result::is_ok);
        let all = self.profiles()?;
        if all.iter().any(|one| one.read.is_none()) && !all.iter().any(open) {
            return Err(self.shut()?);
        }
        Ok(all.iter().filter_map(|one| Some((&one.name, one.read.as_ref()?.as_ref().ok()?))).collect())
    }

    /// Why the profiles that could not be looked at could not be.
    pub(super) fn shut(&self) -> Result<Box<Finding>, Box<Finding>> {
        Ok(match self.access()? {
            Access::Locked if self.keychain()?.is_none() => self.locked(),
            _ => aside("the keychain is out of reach", "byok doctor keychain"),
        })
    }
}

/// That something was not looked at, and how to see why.
/// That a group could not look, and where it is told why.
pub(super) fn aside(why: &str, command: &str) -> Box<Finding> {
    Box::new(Finding::note("not-looked-at", format!("not looked at: {why}")).fix("see why", command))
}
