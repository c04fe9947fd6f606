//! What a backup would change here.

use std::path::PathBuf;

use anyhow::Result;
use byok::backup::{self, Backup, Difference, Kept, Standing};
use byok::name::ProfileName;
use byok::profile::Profile;
use byok::seal::{Identities, SealError, Unlock as _};
use byok::store::{Store as _, StoreError, Stores};

use super::around::{self, Around};
use crate::cli::backing::Restore;
use crate::session::Session;
use crate::words::counted;

/// What a backup holds, beside what is here.
pub(super) struct Plan<'b> {
    pub(super) backup: &'b Backup,
    pub(super) profiles: Vec<One<'b>>,
    pub(super) around: Around,
    /// The recipients of the identity that will be here.
    pub(super) mine: Vec<String>,
    pub(super) merge: bool,
    pub(super) replace: bool,
}

/// One profile of it.
pub(super) struct One<'b> {
    pub(super) kept: &'b Kept,
    pub(super) here: Here,
}

/// What is here under its name.
pub(super) enum Here {
    /// Nothing; and the newest generation that was seen here, where there was one once.
    Nothing(Option<u64>),
    Document(Box<Profile>),
    /// Something that does not open, for this reason.
    Broken(String),
    /// No folder for the path at which it is to lie: it is left out.
    NoFolder(PathBuf),
}

impl One<'_> {
    pub(super) fn document(&self) -> Option<&Profile> {
        match &self.here {
            Here::Document(profile) => Some(profile),
            Here::Nothing(_) | Here::Broken(_) | Here::NoFolder(_) => None,
        }
    }

    pub(super) fn difference(&self) -> Difference<'_> {
        backup::compare(self.document(), &self.kept.profile)
    }

    /// Whether it is here as it is in the backup, or with what the backup may not touch.
    pub(super) fn is_done(&self, merge: bool, replace: bool) -> bool {
        match &self.here {
            Here::Document(here) if merge => !backup::merge(&mut here.as_ref().clone(), &self.kept.profile, replace),
            Here::Document(_) => self.difference().is_none(),
            Here::NoFolder(_) => true,
            Here::Nothing(_) | Here::Broken(_) => false,
        }
    }

    /// The word for how it stands, for programs.
    pub(super) fn state(&self) -> &'static str {
        match &self.here {
            Here::Nothing(_) => "new",
            Here::Broken(_) => "unreadable",
            Here::NoFolder(_) => "left-out",
            Here::Document(_) if self.difference().is_none() => "same",
            Here::Document(_) => "different",
        }
    }
}

impl<'b> Plan<'b> {
    pub(super) fn new(session: &Session<'_>, args: &Restore, backup: &'b Backup) -> Result<Self> {
        let store = session.store();
        let mut profiles = Vec::new();
        for kept in &backup.profiles {
            let here = look(&store, kept, args.merge)?;
            profiles.push(One { kept, here });
        }
        let around = around::look(session, args, backup)?;
        let mine = match &around.identity {
            Some(text) => Identities::parse(text)?.recipients(),
            None if session.opener.is_there()? => session.opener.identities()?.recipients(),
            None => Vec::new(),
        };
        Ok(Self { backup, profiles, around, mine, merge: args.merge, replace: args.replace })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.around.is_empty() && self.changed().next().is_none()
    }

    /// The profiles that are to be written.
    pub(super) fn changed(&self) -> impl Iterator<Item = &One<'b>> {
        self.profiles.iter().filter(|one| !one.is_done(self.merge, self.replace))
    }

    /// The profiles for whose paths there is no folder.
    pub(super) fn left_out(&self) -> impl Iterator<Item = (&ProfileName, &PathBuf)> {
        self.profiles.iter().filter_map(|one| match &one.here {
            Here::NoFolder(folder) => Some((&one.kept.name, folder)),
            _ => None,
        })
    }

    /// How many keys that are newer here, or only here, would give way.
    pub(super) fn lost(&self) -> usize {
        let newer = |one: &backup::Compared<'_>| matches!(one.standing, Standing::NewerHere | Standing::Different);
        let of = |one: &One<'_>| {
            let difference = one.difference();
            let newer = difference.keys.iter().filter(|one| newer(one)).count();
            if self.merge { if self.replace { newer } else { 0 } } else { newer + difference.only_here.len() }
        };
        self.changed().map(of).sum()
    }

    /// What is to be done, in words.
    pub(super) fn in_words(&self) -> String {
        let mut parts = Vec::new();
        let count = self.changed().count();
        if count > 0 {
            parts.push(counted(count, "profile"));
        }
        parts.extend(self.around.in_words());
        parts.join(", ")
    }
}

/// What is here under a name. One by one, keys go only into a profile that is trusted.
fn look(store: &Stores<'_>, kept: &Kept, merge: bool) -> Result<Here> {
    let name = &kept.name;
    if let Some(folder) = store.own_path(name).and_then(|path| path.parent()).filter(|folder| !folder.is_dir()) {
        return Ok(Here::NoFolder(folder.to_owned()));
    }
    let read = if merge && !store.is_lost(name)? {
        store.read(name).map(|read| read.map(|(profile, _)| profile))
    } else {
        store.read_unpinned(name)
    };
    Ok(match read {
        Ok(Some(profile)) => Here::Document(Box::new(profile)),
        Ok(None) => Here::Nothing(store.seen(name)?),
        // At a path of somebody's own, something else than a profile, which byok has no business to replace.
        Err(error @ StoreError::Seal { source: SealError::NotAge, .. }) if store.own_path(name).is_some() => {
            return Err(error.into());
        }
        Err(error @ (StoreError::Seal { .. } | StoreError::Form { .. })) if !merge => {
            Here::Broken(crate::fault::report(&error.into()).sentence)
        }
        Err(error) => return Err(error.into()),
    })
}
