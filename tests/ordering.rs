//! W04: what many writers did at once is what they would have done one after the other, in some order.
//!
//! Every deed is noted with when it began and ended and whether it was done. Then an order is searched for in which a map
//! answers each of them as byok did, and ends as byok's profile did; a deed that ended before another began comes first.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use crate::corpus::Random;
use crate::world::World;

const LABELS: [&str; 3] = ["a", "b", "c"];

#[derive(Clone, Debug)]
enum Deed {
    Add(usize, String),
    Rotate(usize, String),
    Remove(usize),
    Rename(usize, usize),
}

#[derive(Debug)]
struct Done {
    deed: Deed,
    from: Instant,
    to: Instant,
    worked: bool,
}

/// The secrets by label.
type State = BTreeMap<usize, String>;

impl Deed {
    fn random(random: &mut Random, value: String) -> Self {
        let label = random.below(LABELS.len());
        match random.below(4) {
            0 => Self::Add(label, value),
            1 => Self::Rotate(label, value),
            2 => Self::Remove(label),
            _ => Self::Rename(label, (label + 1 + random.below(LABELS.len() - 1)) % LABELS.len()),
        }
    }

    /// Does it with byok; answers whether that worked, and nothing where byok was overtaken between its look at the key
    /// and the change, says so and has done nothing.
    fn with_byok(&self, world: &World) -> Option<bool> {
        let key = |label: &usize| format!("openai:{}", LABELS[*label]);
        let run = match self {
            Self::Add(label, value) => world.run(["add", &key(label), "--stdin", "--as-is"]).stdin(value),
            Self::Rotate(label, value) => {
                world.run(["rotate", &key(label), "--stdin", "--as-is", "--keep", "0"]).stdin(value)
            }
            Self::Remove(label) => world.run(["rm", &key(label), "--yes"]),
            Self::Rename(from, to) => world.run(["rename", &key(from), &key(to)]),
        };
        let output = run.output();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(matches!(output.status.code(), Some(0..=4)), "{self:?}: {}: {said}", output.status);
        let overtaken = matches!(self, Self::Rotate(..)) && said.contains("was changed meanwhile");
        (!overtaken).then(|| output.status.success())
    }

    /// Does it with a map.
    fn with_a_map(&self, state: &State) -> Option<State> {
        let mut next = state.clone();
        let worked = match self {
            Self::Add(label, value) => next.insert(*label, value.clone()).is_none(),
            Self::Rotate(label, value) => next.insert(*label, value.clone()).is_some(),
            Self::Remove(label) => next.remove(label).is_some(),
            Self::Rename(from, to) => {
                next.remove(from).is_some_and(|value| !state.contains_key(to) && next.insert(*to, value).is_none())
            }
        };
        worked.then_some(next)
    }
}

/// Whether some order of those that are not `past` yet leads from one state to another.
fn leads(all: &[Done], past: u32, state: &State, end: &State, dead: &mut BTreeSet<(u32, State)>) -> bool {
    if past.count_ones() as usize == all.len() {
        return state == end;
    }
    if dead.contains(&(past, state.clone())) {
        return false;
    }
    let open = || (0..all.len()).filter(|at| past & (1 << at) == 0);
    for at in open() {
        // One that had ended before this one began is first.
        if open().any(|other| all[other].to < all[at].from) {
            continue;
        }
        let next = all[at].deed.with_a_map(state);
        if next.is_some() == all[at].worked && leads(all, past | 1 << at, next.as_ref().unwrap_or(state), end, dead) {
            return true;
        }
    }
    dead.insert((past, state.clone()));
    false
}

fn held(world: &World) -> State {
    let get = |at: usize| {
        let output = world.byok("get").arg(format!("openai:{}", LABELS[at])).output();
        assert!(matches!(output.status.code(), Some(0 | 3)), "{}", String::from_utf8_lossy(&output.stderr));
        output.status.success().then(|| (at, String::from_utf8(output.stdout).unwrap()))
    };
    (0..LABELS.len()).filter_map(get).collect()
}

#[test]
fn what_writers_do_at_once_some_order_explains() {
    let (mut worked, mut failed) = (0, 0);
    for round in 0..6 {
        let world = World::new().with_keys(&[("groq", "sk-test-0123456789abcdef-other")]);
        let run = |thread: u64| {
            let mut random = Random::new(round * 100 + thread + 1);
            let mut done = Vec::new();
            for at in 0..5 {
                let deed = Deed::random(&mut random, format!("sk-test-{round}-{thread}-{at}-0123456789abcdef"));
                let from = Instant::now();
                if let Some(worked) = deed.with_byok(&world) {
                    done.push(Done { deed, from, to: Instant::now(), worked });
                }
            }
            done
        };
        let mut all = Vec::new();
        std::thread::scope(|scope| {
            let run = &run;
            let threads: Vec<_> = (0..4).map(|thread| scope.spawn(move || run(thread))).collect();
            for thread in threads {
                all.extend(thread.join().unwrap());
            }
        });
        let end = held(&world);
        let is_explained = leads(&all, 0, &State::new(), &end, &mut BTreeSet::new());
        assert!(is_explained, "no order of these ends with {end:?}: {all:#?}");
        worked += all.iter().filter(|one| one.worked).count();
        failed += all.iter().filter(|one| !one.worked).count();
        world.byok("get groq").stdout("sk-test-0123456789abcdef-other").check();
    }
    assert!(worked > 20 && failed > 20, "{worked} worked, {failed} did not");
}

#[test]
fn a_lost_update_is_noticed() {
    let now = Instant::now();
    let later = now + std::time::Duration::from_secs(1);
    let add =
        |label, value: &str, worked| Done { deed: Deed::Add(label, value.to_owned()), from: now, to: later, worked };
    let all = [add(0, "x", true), add(1, "y", true)];
    let state = |pairs: &[(usize, &str)]| pairs.iter().map(|(at, value)| (*at, (*value).to_owned())).collect();
    assert!(leads(&all, 0, &State::new(), &state(&[(0, "x"), (1, "y")]), &mut BTreeSet::new()));
    assert!(!leads(&all, 0, &State::new(), &state(&[(0, "x")]), &mut BTreeSet::new()));
    // Both cannot have been the first.
    let both = [add(0, "x", true), add(0, "y", true)];
    assert!(!leads(&both, 0, &State::new(), &state(&[(0, "x")]), &mut BTreeSet::new()));
    let one = [add(0, "x", true), add(0, "y", false)];
    assert!(leads(&one, 0, &State::new(), &state(&[(0, "x")]), &mut BTreeSet::new()));
    let wrong = [add(0, "x", true), Done { from: later, ..add(0, "y", true) }, add(0, "z", false)];
    assert!(!leads(&wrong, 0, &State::new(), &state(&[(0, "y")]), &mut BTreeSet::new()));
}
