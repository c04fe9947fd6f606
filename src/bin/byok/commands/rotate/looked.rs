//! What the providers say of a key's secrets, the old ones and the one that answers now.

use anyhow::Result;
use byok::probe::Candidate;
use byok::profile::{Key, Previous};
use byok::resolve;
use byok::verdict::{Tested, Worth};

use super::Standing;
use super::desk::needed_by;
use super::swap::revoke;
use crate::commands::trial::agreed;
use crate::fault::{Fault, code};
use crate::session::Session;
use crate::session::network::candidate;
use crate::words;

/// A key with what was learnt of its secrets, in the order of [`Key::previous`].
pub(super) struct Looked {
    standing: Standing,
    current: Option<Tested>,
    old: Vec<Option<Tested>>,
}

/// Asks for every secret of these keys at once. The one that answers is asked for as well: where a provider turns down
/// everything, it says nothing of the old one.
pub(super) fn look(session: &Session<'_>, all: Vec<Standing>) -> Result<Vec<Looked>> {
    if session.is_offline() {
        return Err(Fault::failed("nobody can be asked whether the old one is dead: byok is to stay offline")
            .hint("wipe it all the same with `--force`")
            .into());
    }
    let registry = session.registry()?;
    let (mut names, mut candidates, mut meant) = (Vec::new(), Vec::new(), Vec::new());
    for one in &all {
        let current = candidate(registry, &one.key);
        let sent = agreed(session, &one.shown, &current, one.key.host.as_deref())?.is_ok();
        meant.push(sent);
        if !sent {
            continue;
        }
        for old in &one.key.previous {
            names.push(format!("{} (old)", one.shown));
            candidates.push(Candidate { secret: old.secret.clone(), ..current.clone() });
        }
        names.push(one.shown.to_string());
        candidates.push(current);
    }
    let held = session.hold_signals();
    let verdicts = session.probe(&names, &candidates, &session.usual())?;
    if verdicts.iter().any(Option::is_none) {
        session.ui.say("stopped; nothing was wiped");
        drop(held);
        return Err(Fault::failed("the test was stopped").into());
    }
    let mut verdicts = verdicts.into_iter();
    let mut take = |sent: bool| if sent { verdicts.next().flatten() } else { None };
    let looked = all.into_iter().zip(meant).map(|(standing, sent)| {
        let old = standing.key.previous.iter().map(|_| take(sent)).collect();
        Looked { current: take(sent), old, standing }
    });
    Ok(looked.collect())
}

impl Looked {
    /// Whether the secret that answers now does not work either.
    fn is_broken(&self) -> bool {
        self.current.as_ref().is_some_and(|tested| tested.verdict.is_refused())
    }

    /// The key as it was looked at.
    pub(super) fn standing(&self) -> &Standing {
        &self.standing
    }

    /// The same, to be looked at again.
    pub(super) fn into_standing(self) -> Standing {
        self.standing
    }

    /// Whether the secret that answers now works for sure.
    pub(super) fn works(&self) -> bool {
        self.current.as_ref().is_some_and(|tested| tested.verdict.worth() == Worth::Usable)
    }

    /// The old secrets that work for sure.
    pub(super) fn alive(&self) -> impl Iterator<Item = &Previous> {
        let works = |tested: &Option<Tested>| tested.as_ref().is_some_and(|tested| tested.verdict.is_accepted());
        self.standing.key.previous.iter().zip(&self.old).filter(move |(_, tested)| works(tested)).map(|(old, _)| old)
    }

    /// The old secrets that are dead for sure.
    pub(super) fn dead(&self) -> impl Iterator<Item = (&Key, &Previous)> {
        let key = &self.standing.key;
        let gone = |tested: &Option<Tested>| tested.as_ref().is_some_and(|tested| tested.verdict.is_refused());
        let olds = key.previous.iter().zip(&self.old).filter(|_| !self.is_broken());
        olds.filter(move |(_, tested)| gone(tested)).map(move |(old, _)| (key, old))
    }

    /// Tells what became of this rotation; answers with the exit code.
    pub(super) fn tell(&self, session: &Session<'_>) -> u8 {
        let (ui, shown) = (session.ui, &self.standing.shown);
        let sentence = |tested: &Tested| words::sentence(tested, session.now);
        if let Some(current) = self.current.as_ref().filter(|_| self.is_broken()) {
            ui.warn(&format!("`{shown}` itself does not work: {}; nothing was wiped", sentence(current)));
            let works = |tested: &Option<Tested>| tested.as_ref().is_some_and(|tested| tested.verdict.is_accepted());
            ui.hint(&if self.old.last().is_some_and(works) {
                format!("the old one works: take it back with `byok rotate --undo {shown}`")
            } else {
                format!("put a new one in its place with `byok rotate {shown}`")
            });
            return code::TESTED;
        }
        let mut exit = code::DONE;
        for (old, tested) in self.standing.key.previous.iter().zip(&self.old) {
            let (mask, until) = (old.secret.mask(), resolve::day(old.kept.at));
            match tested {
                Some(tested) if tested.verdict.is_refused() => {
                    ui.say(&format!("the old one of `{shown}` (`{mask}`) is dead, and wiped: {}", sentence(tested)));
                    continue;
                }
                Some(tested) if tested.verdict.is_accepted() => {
                    ui.warn(&format!("the old one of `{shown}` (`{mask}`) still works: {}", sentence(tested)));
                    if let Some(other) = needed_by(&self.standing, &old.secret) {
                        ui.say(&format!("it is `{other}` as well: whoever revokes it ends that one, too"));
                        ui.hint(&format!("rotate that one first: `byok rotate {other}`"));
                    } else {
                        ui.say(&revoke(session, &self.standing));
                    }
                    ui.hint(&format!("then try again: `byok rotate --finish {shown}`; it is kept until {until}"));
                }
                unknown => {
                    let why = unknown.as_ref().map_or_else(|| "it was not sent".to_owned(), sentence);
                    ui.warn(&format!("cannot tell whether the old one of `{shown}` (`{mask}`) is dead: {why}"));
                    ui.say(&format!("it is kept until {until}"));
                    ui.hint(&format!("if you have revoked it, wipe it with `byok rotate --finish {shown} --force`"));
                }
            }
            exit = code::FAILED;
        }
        exit
    }
}
