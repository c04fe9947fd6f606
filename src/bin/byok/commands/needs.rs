//! What a program cannot do without: named by flags, or by the project's file.

use anyhow::{Context, Result};
use byok::name::{EnvName, KeyRef, ProviderId};
use byok::profile::Key;
use byok::provider::{Consumer, Naming};
use byok::resolve::{self, Answer, ResolveError, Selection};

use super::pick;
use crate::cli::handing::Run;
use crate::fault::Fault;
use crate::session::Session;

/// The keys that must be there.
pub(crate) struct Needs {
    /// Under which names.
    naming: Naming,
    /// Each of these.
    requires: Vec<KeyRef>,
    /// One of each of these.
    any: Vec<Vec<KeyRef>>,
    except: Vec<KeyRef>,
    /// Whether these are all the keys that go out.
    pub(crate) is_all: bool,
}

impl Needs {
    /// What a command needs: what its flags say, and what its project does, unless its keys are named one by one.
    pub(crate) fn of(session: &Session<'_>, args: &Run, naming: Naming) -> Result<Self> {
        let except = session.keys(&args.select.except)?;
        let mut needs = Self { naming, requires: Vec::new(), any: Vec::new(), except, is_all: false };
        if args.select.keys.is_empty() {
            needs.take_project(session);
        }
        needs.requires.extend(session.keys(&args.require)?);
        needs.any.extend(Some(session.keys(&args.require_any)?).filter(|any| !any.is_empty()));
        Ok(needs)
    }

    /// The names of all of them.
    pub(crate) fn names(&self) -> impl Iterator<Item = &KeyRef> {
        self.requires.iter().chain(self.any.iter().flatten())
    }

    /// What the project needs, but for what a person leaves out.
    fn take_project(&mut self, session: &Session<'_>) {
        let Some(project) = session.project.as_ref().filter(|project| project.asks.names_keys()) else { return };
        self.is_all = true;
        let left_out = |name: &KeyRef| {
            let by = |one: &KeyRef| one.provider == name.provider && (one.label.is_none() || one.label == name.label);
            self.except.iter().any(by)
        };
        let kept = |names: &[KeyRef]| names.iter().filter(|name| !left_out(name)).cloned().collect::<Vec<_>>();
        self.requires = kept(&project.asks.requires);
        self.any = project.asks.any.iter().map(|any| kept(any)).filter(|any| !any.is_empty()).collect();
    }

    /// Refuses to start a command without what it needs, and hands that out whether it was selected or not. Answers with
    /// the variables of keys that are not byok's but the system's, in the environment already.
    pub(crate) fn hand_out<'p>(
        &self,
        session: &Session<'_>,
        profiles: &'p pick::Profiles<'_>,
        selection: &mut Selection<'p>,
    ) -> Result<Vec<EnvName>> {
        let mut systems = Vec::new();
        let mut hand_out = |name: &KeyRef| -> Result<Result<()>> {
            let trail = pick::walk_on(session, profiles, self.naming, name)?;
            Ok(match trail.answer() {
                Ok(Answer::Key { key, .. }) if self.except.iter().any(|one| resolve::means(one, key)) => {
                    Err(ResolveError::NoSuchKey { wanted: name.clone(), there: Vec::new() }.into())
                }
                Ok(Answer::Key { key, .. }) => {
                    if let Some(consumer) = self.not_for(session, key)? {
                        return Ok(Err(useless(&key.provider, consumer)));
                    }
                    selection.take(&trail).map_err(Into::into)
                }
                Ok(Answer::Environment(variable)) => {
                    systems.push(variable);
                    Ok(())
                }
                Err(why) => Err(why.into()),
            })
        };
        for name in &self.requires {
            hand_out(name)?.context("the command was not started")?;
        }
        for any in &self.any {
            let mut there = false;
            for name in any {
                there = there || hand_out(name)?.is_ok();
            }
            if !there {
                let list = any.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                let message = format!("the command was not started: there is no usable key of any of {list}");
                let fault = Fault::missing(message);
                return Err(any
                    .iter()
                    .fold(fault, |fault, name| fault.hint(format!("add one with `byok add {name}`")))
                    .into());
            }
        }
        Ok(systems)
    }

    /// The program that the keys are for, if it reads none of this key's provider.
    fn not_for(&self, session: &Session<'_>, key: &Key) -> Result<Option<Consumer>> {
        let Naming::For(consumer) = self.naming else { return Ok(None) };
        let unread = resolve::settings(session.registry()?, self.naming, &[key]).unread;
        Ok(Some(consumer).filter(|_| !unread.is_empty()))
    }
}

/// A required key that the program could not read.
fn useless(provider: &ProviderId, consumer: Consumer) -> anyhow::Error {
    Fault::misused(format!("`{}` reads no key of `{provider}`", consumer.name))
        .hint(format!("hand it out under its usual name, without `--for {}`", consumer.name))
        .into()
}
