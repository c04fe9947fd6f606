//! The walk to the key that answers: along the profiles, each opened when none before it has the key, and at last to the
//! environment. What it leaves is the trail, which tells who answers and why nobody before did, and holds no value.

use std::cell::OnceCell;

use jiff::Timestamp;

use super::{ResolveError, find};
use crate::name::{EnvName, KeyRef, Label, ProfileName};
use crate::profile::{Key, Profile};

/// What opens a profile, or the profile's store answers with: `None` where there is none of this name.
pub type Open<'a, E> = dyn Fn(&ProfileName) -> Result<Option<Profile>, E> + 'a;

/// The profiles that answer, one after another.
pub struct Chain<'a, E> {
    links: Vec<(ProfileName, OnceCell<Option<Profile>>)>,
    open: Box<Open<'a, E>>,
}

impl<'a, E> Chain<'a, E> {
    /// The meant profile, which is open already, and the names of those that answer after it.
    pub fn new(
        name: ProfileName,
        profile: Option<Profile>,
        after: impl IntoIterator<Item = ProfileName>,
        open: Box<Open<'a, E>>,
    ) -> Self {
        let mut links = vec![(name, OnceCell::from(profile))];
        links.extend(after.into_iter().map(|name| (name, OnceCell::new())));
        Self { links, open }
    }

    /// The meant profile, where it is there.
    pub fn first(&self) -> Option<&Profile> {
        self.links.first()?.1.get()?.as_ref()
    }

    /// The profiles that are open by now.
    pub fn opened(&self) -> impl Iterator<Item = (&ProfileName, &Profile)> {
        self.links.iter().filter_map(|(name, link)| Some((name, link.get()?.as_ref()?)))
    }

    /// The profiles that are there, each opened when its turn comes.
    pub fn each(&self) -> impl Iterator<Item = Result<&Profile, E>> {
        (0..self.links.len()).filter_map(|at| self.link(at).transpose())
    }

    /// The names of all of them.
    pub fn names(&self) -> impl Iterator<Item = &ProfileName> {
        self.links.iter().map(|(name, _)| name)
    }

    /// One of them, opened now if it was not before.
    fn link(&self, at: usize) -> Result<Option<&Profile>, E> {
        let (name, link) = &self.links[at];
        if let Some(open) = link.get() {
            return Ok(open.as_ref());
        }
        let opened = (self.open)(name)?;
        Ok(link.get_or_init(|| opened).as_ref())
    }
}

/// One question and what came of it.
#[derive(Debug, Clone)]
pub enum Step<'c> {
    /// A profile was asked for a key.
    Profile {
        /// The profile.
        profile: &'c ProfileName,
        /// Whether it answers after another only.
        is_fallback: bool,
        /// The name that it was asked for.
        name: KeyRef,
        /// The key, or why it does not answer.
        outcome: Result<&'c Key, ResolveError>,
    },
    /// A profile that was to be asked is not there.
    Absent {
        /// The profile.
        profile: &'c ProfileName,
        /// Whether it answers after another only.
        is_fallback: bool,
    },
    /// The environment was looked into.
    Environment {
        /// The variable.
        variable: EnvName,
        /// Whether it holds anything.
        is_set: bool,
    },
}

/// Who answers.
#[derive(Debug, Clone)]
pub enum Answer<'c> {
    /// A key of a profile.
    Key {
        /// The profile.
        profile: &'c ProfileName,
        /// Whether it answers after another only.
        is_fallback: bool,
        /// The key.
        key: &'c Key,
    },
    /// The system's own key: a variable of the environment.
    Environment(EnvName),
}

/// The way to an answer, or to none.
#[derive(Debug, Clone)]
pub struct Trail<'c> {
    /// What was asked for first.
    wanted: KeyRef,
    /// Every question, in the order in which it was put.
    pub steps: Vec<Step<'c>>,
}

/// Looks for a key in each of the profiles, until one answers. `labels` is what a project says of a bare provider: which
/// of its labels it takes, the first one first; empty means the active key.
///
/// A profile that is not there is passed over. One that is there and does not open ends the walk: who answers must not
/// depend on what happens to be unlocked.
pub fn walk<'c, E>(chain: &'c Chain<'_, E>, wanted: &KeyRef, labels: &[Label], now: Timestamp) -> Result<Trail<'c>, E> {
    let labelled = |label: &Label| KeyRef { provider: wanted.provider.clone(), label: Some(label.clone()) };
    let mut names: Vec<KeyRef> = labels.iter().filter(|_| wanted.label.is_none()).map(labelled).collect();
    if names.is_empty() {
        names.push(wanted.clone());
    }
    let mut trail = Trail { wanted: names[0].clone(), steps: Vec::with_capacity(names.len()) };
    for name in names {
        for (at, (profile, _)) in chain.links.iter().enumerate() {
            let is_fallback = at > 0;
            let Some(open) = chain.link(at)? else {
                trail.steps.push(Step::Absent { profile, is_fallback });
                continue;
            };
            let outcome = find(open, &name, now);
            let found = outcome.is_ok();
            trail.steps.push(Step::Profile { profile, is_fallback, name: name.clone(), outcome });
            if found {
                return Ok(trail);
            }
        }
    }
    Ok(trail)
}

impl<'c> Trail<'c> {
    /// Goes on to the environment, where no profile has such a key at all: a key that is disabled or whose time is over is
    /// not to be had by another way. Nor is one of a label, which no variable tells.
    #[must_use]
    pub fn or_environment(mut self, variables: &[EnvName], is_set: impl Fn(&EnvName) -> bool) -> Self {
        let nowhere = matches!(self.answer(), Err(ResolveError::NoSuchKey { .. }));
        if nowhere && self.wanted.label.is_none() {
            for variable in variables {
                let is_set = is_set(variable);
                self.steps.push(Step::Environment { variable: variable.clone(), is_set });
                if is_set {
                    break;
                }
            }
        }
        self
    }

    /// Who answers, or why nobody does: what keeps a key that is there from answering says more than that none is there,
    /// and the meant profile's word counts before that of the others.
    pub fn answer(&self) -> Result<Answer<'c>, ResolveError> {
        let mut missing = None;
        let mut refused = None;
        for step in &self.steps {
            match step {
                Step::Profile { profile, is_fallback, outcome: Ok(key), .. } => {
                    return Ok(Answer::Key { profile, is_fallback: *is_fallback, key });
                }
                Step::Environment { variable, is_set: true } => return Ok(Answer::Environment(variable.clone())),
                Step::Profile { outcome: Err(error @ ResolveError::NoSuchKey { .. }), .. } => {
                    missing = missing.or(Some(error));
                }
                Step::Profile { outcome: Err(error), .. } => refused = refused.or(Some(error)),
                Step::Absent { .. } | Step::Environment { .. } => {}
            }
        }
        let none = || ResolveError::NoSuchKey { wanted: self.wanted.clone(), there: Vec::new() };
        Err(refused.or(missing).cloned().unwrap_or_else(none))
    }

    /// The name that was asked for first.
    pub fn wanted(&self) -> &KeyRef {
        &self.wanted
    }

    /// The key of a profile that answers.
    pub fn key(&self) -> Result<&'c Key, ResolveError> {
        match self.answer()? {
            Answer::Key { key, .. } => Ok(key),
            Answer::Environment(_) => Err(ResolveError::NoSuchKey { wanted: self.wanted.clone(), there: Vec::new() }),
        }
    }
}
