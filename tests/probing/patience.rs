//! Time, second tries, and many keys at once.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use byok::http::Setup;
use byok::probe::{self, Candidate, Event, Options};
use byok::provider::Registry;
use byok::verdict::{Cause, Tested, Verdict};

use super::{
    Always, MODELS, REFUSAL, ask, at, candidate, comes_to, openai, openai_that, options, plain, setup, within,
};
use crate::upstream::{Authority, Reply, Seen, Upstream};

/// The first request has one answer, all others another.
fn first(one: Always, then: Always) -> impl Fn(&Seen) -> Reply + Send + Sync {
    let count = AtomicUsize::new(0);
    move |_| if count.fetch_add(1, Ordering::SeqCst) == 0 { one() } else { then() }
}

fn good() -> Reply {
    Reply::json(200, MODELS)
}

#[test]
fn a_fault_that_passes_is_asked_once_more() {
    for fault in [
        (|| Reply::json(500, "{}")) as Always,
        || Reply::text(502, "text/html", "<html>Bad Gateway</html>"),
        || Reply::json(503, "{}"),
        Reply::hang_up,
    ] {
        let (upstream, setup) = openai_that(first(fault, good));
        comes_to(&ask(&setup, &openai(), &options()), Verdict::Valid, None, "", 2);
        assert_eq!(upstream.seen().len(), 2);
    }
}

#[test]
fn a_fault_that_stays_is_asked_no_third_time() {
    let (upstream, setup) = openai_that(|_| Reply::json(500, r#"{"error":{"message":"broken"}}"#));
    comes_to(&ask(&setup, &openai(), &options()), Verdict::ProviderDown, None, "broken", 2);
    assert_eq!(upstream.seen().len(), 2);
}

#[test]
fn what_is_clear_is_asked_once() {
    for (status, body, verdict) in [
        (200, MODELS, Verdict::Valid),
        (401, REFUSAL, Verdict::Invalid),
        (403, "{}", Verdict::Restricted),
        (404, "{}", Verdict::Unexpected),
        (429, "{}", Verdict::RateLimited),
    ] {
        let (upstream, setup) = openai_that(move |_| Reply::json(status, body));
        let (tested, traces) = ask(&setup, &openai(), &options());
        assert_eq!((tested.verdict, traces.len(), upstream.seen().len()), (verdict, 1, 1), "{status}");
    }
}

/// What may be billed is not sent a second time, whatever came of the first.
#[test]
fn what_costs_is_asked_once() {
    let authority = Authority::new();
    let upstream = Upstream::https(&authority, &["api.search.brave.com"], |_| Reply::json(500, "{}"));
    let setup = setup(&authority, &[("api.search.brave.com", upstream.address())]);
    let brave = candidate("brave", "BSAcanaryVq8ZtW2mXb7KpL3nYd6Rf", &[]);
    let (tested, traces) = ask(&setup, &brave, &options());
    assert_eq!((tested.verdict, traces.len()), (Verdict::Untestable, 0));
    assert_eq!(tested.says.unwrap(), "a test may be billed as one search: `byok test brave --allow-cost` sends it");
    assert_eq!(upstream.connections(), 0);
    let (tested, traces) = ask(&setup, &brave, &Options { allow_cost: true, ..options() });
    assert_eq!((tested.verdict, traces.len(), upstream.seen().len()), (Verdict::ProviderDown, 1, 1));
}

/// N16.
#[test]
fn a_wish_to_wait_is_granted_where_it_is_short() {
    for wish in [(|| Reply::json(429, "{}").header("retry-after", "1")) as Always, || {
        Reply::json(503, "{}").header("retry-after", "1")
    }] {
        let (upstream, setup) = openai_that(first(wish, good));
        comes_to(&ask(&setup, &openai(), &options()), Verdict::Valid, None, "", 2);
        let seen = upstream.seen();
        assert_eq!(seen.len(), 2);
        assert!(seen[1].at.duration_since(seen[0].at) >= Duration::from_secs(1));
    }
}

/// N16.
#[test]
fn an_hour_is_not_waited_for() {
    for (status, wish, verdict) in [
        (429, "3600", Verdict::RateLimited),
        (503, "3600", Verdict::ProviderDown),
        (429, "18446744073709551615", Verdict::RateLimited),
        (429, "Wed, 21 Oct 2099 07:28:00 GMT", Verdict::RateLimited),
        (429, "-1", Verdict::RateLimited),
    ] {
        let (upstream, setup) = openai_that(move |_| Reply::json(status, "{}").header("retry-after", wish));
        let (tested, traces) = ask(&setup, &openai(), &options());
        assert_eq!((tested.verdict, traces.len(), upstream.seen().len()), (verdict, 1, 1), "{status} {wish}");
        assert!(tested.ms.unwrap() < 30_000, "{wish}: {:?} ms", tested.ms);
    }
}

/// Nor anything that would end after the key's time is up.
#[test]
fn a_wait_beyond_the_time_limit_is_not_begun() {
    let (upstream, setup) = openai_that(|_| Reply::json(429, "{}").header("retry-after", "8"));
    let (tested, traces) = ask(&setup, &openai(), &within(5));
    assert_eq!((tested.verdict, traces.len(), upstream.seen().len()), (Verdict::RateLimited, 1, 1));
    assert!(tested.ms.unwrap() < 5000, "{:?} ms", tested.ms);
}

#[test]
fn the_time_limit_holds_for_both_tries_together() {
    let slow = || Reply::json(503, "{}").after(Duration::from_millis(2500));
    let (upstream, setup) = openai_that(first(slow, Reply::silence));
    let (tested, traces) = ask(&setup, &openai(), &within(5));
    assert_eq!((tested.verdict, tested.cause), (Verdict::Unreachable, Some(Cause::Timeout)));
    assert_eq!((traces.len(), upstream.seen().len()), (2, 2));
    // Each try by itself would have had five seconds.
    assert!((4900..7400).contains(&tested.ms.unwrap()), "{:?} ms", tested.ms);
}

/// So many keys of a server of one's own.
fn many(upstream: &Upstream, count: usize) -> Vec<Candidate> {
    vec![at(&upstream.url("/v1")); count]
}

fn all(setup: &Setup, candidates: &[Candidate], options: &Options) -> Vec<Tested> {
    let stop = AtomicBool::new(false);
    let tested = probe::run(&Registry::builtin(), setup, candidates, options, &stop, &mut |_| {});
    tested.into_iter().map(Option::unwrap).collect()
}

#[test]
fn no_more_are_asked_at_one_time_than_jobs_allow() {
    for jobs in [0, 1, 3] {
        let upstream = Upstream::http(|_| Reply::json(401, REFUSAL).after(Duration::from_millis(40)));
        let tested = all(&plain(), &many(&upstream, 12), &Options { jobs, ..options() });
        assert!(tested.iter().all(|tested| tested.verdict == Verdict::Invalid));
        let most = upstream.most_at_once();
        assert!(most <= jobs.max(1), "{most} at once, of {jobs}");
        assert_eq!(upstream.seen().len(), 12);
    }
}

#[test]
fn many_keys_take_the_time_of_the_slowest_and_not_the_sum() {
    const EACH: Duration = Duration::from_millis(200);
    let upstream = Upstream::http(|_| Reply::json(401, REFUSAL).after(EACH));
    let started = Instant::now();
    let tested = all(&plain(), &many(&upstream, 64), &options());
    assert!(started.elapsed() < EACH * 64 / 3, "{:?}", started.elapsed());
    assert!(tested.iter().all(|tested| tested.verdict == Verdict::Invalid));
    assert!(upstream.most_at_once() > 8, "{} at once", upstream.most_at_once());
}

/// Somebody presses Ctrl-C when the first verdict is there.
#[test]
fn a_stop_ends_it_at_once_and_keeps_what_came_in() {
    let quick = Upstream::http(|_| Reply::json(401, REFUSAL));
    let silent = Upstream::http(|_| Reply::silence()).may_stay_idle();
    let candidates = [at(&silent.url("/v1")), at(&quick.url("/v1")), at(&silent.url("/v1"))];
    let (stop, (first, came)) = (&AtomicBool::new(false), mpsc::channel());
    let (tested, took) = thread::scope(|scope| {
        let pressed = scope.spawn(move || {
            came.recv().unwrap();
            let now = Instant::now();
            stop.store(true, Ordering::SeqCst);
            now
        });
        let tested = probe::run(&Registry::builtin(), &plain(), &candidates, &options(), stop, &mut |event| {
            if matches!(event, Event::Done(..)) {
                first.send(()).unwrap();
            }
        });
        let ended = Instant::now();
        (tested, ended.duration_since(pressed.join().unwrap()))
    });
    let verdicts: Vec<_> = tested.iter().map(|tested| tested.as_ref().map(|tested| tested.verdict)).collect();
    assert_eq!(verdicts, [None, Some(Verdict::Invalid), None]);
    // It is looked for twenty times a second; the silent ones would have had a minute.
    assert!(took < Duration::from_secs(2), "{took:?}");
}
