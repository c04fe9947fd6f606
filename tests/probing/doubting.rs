//! Addresses that may answer whatever the key: a good answer is believed where a key that nobody issued gets another.

use byok::verdict::Verdict;

use super::{Always, CANARY, MODELS, REFUSAL, ask, at, candidate, comes_to, options, plain, setup};
use crate::upstream::{Authority, Reply, Seen, Upstream};

/// The bearer token of a request.
fn token(seen: &Seen) -> &str {
    seen.header("authorization").and_then(|value| value.strip_prefix("Bearer ")).unwrap()
}

fn both(real: Always, invented: Always) -> Upstream {
    Upstream::http(move |seen| if token(seen) == CANARY { real() } else { invented() })
}

fn good() -> Reply {
    Reply::json(200, MODELS)
}

fn refusal() -> Reply {
    Reply::json(401, REFUSAL)
}

fn limited() -> Reply {
    Reply::json(429, r#"{"error":{"message":"slow down"}}"#)
}

fn forbidden() -> Reply {
    Reply::json(403, r#"{"error":{"message":"no"}}"#)
}

#[test]
fn a_good_answer_is_worth_what_a_wrong_key_gets() {
    let public = "it answers whatever the key, which proves none";
    let unsure = "it could not be made sure that a wrong key is refused there";
    let waiting = "every key is asked to wait there, right or wrong";
    let closed = "every key is turned away there, right or wrong";
    let cases: [(Always, Always, Verdict, &str); 9] = [
        (good, refusal, Verdict::Valid, ""),
        (good, good, Verdict::Untestable, public),
        // Nothing but the key was another, so the server looks at it.
        (good, forbidden, Verdict::Valid, ""),
        // Nothing was learnt: what is known of the key already must not be lost for it.
        (good, || Reply::json(500, "{}"), Verdict::ProviderDown, unsure),
        (good, || Reply::json(404, "{}"), Verdict::Unexpected, unsure),
        (limited, refusal, Verdict::RateLimited, "slow down"),
        (limited, limited, Verdict::Unexpected, waiting),
        (forbidden, refusal, Verdict::Restricted, "no"),
        (forbidden, forbidden, Verdict::Blocked, closed),
    ];
    for (real, invented, verdict, says) in cases {
        let upstream = both(real, invented);
        let asked = ask(&plain(), &at(&upstream.url("/v1")), &options());
        comes_to(&asked, verdict, None, says, 2);
        assert_eq!(asked.1.iter().map(|trace| trace.invented).collect::<Vec<_>>(), [false, true]);
        let seen = upstream.seen();
        assert_eq!((token(&seen[0]) == CANARY, token(&seen[1]) == CANARY), (true, false));
    }
}

#[test]
fn a_refusal_needs_no_second_request() {
    for (status, verdict) in [(401, Verdict::Invalid), (404, Verdict::Unexpected)] {
        let upstream = Upstream::http(move |_| Reply::json(status, "{}"));
        let (tested, traces) = ask(&plain(), &at(&upstream.url("/v1")), &options());
        assert_eq!((tested.verdict, traces.len(), upstream.seen().len()), (verdict, 1, 1));
    }
}

/// A provider's own address that is not open to all is taken at its word.
#[test]
fn what_the_registry_calls_proven_is_asked_once() {
    let (upstream, setup) = super::openai_that(|_| good());
    comes_to(&ask(&setup, &super::openai(), &options()), Verdict::Valid, None, "", 1);
    assert_eq!(upstream.seen().len(), 1);
}

/// A server that refuses every key but one must never be taken for one that is open to all.
#[test]
fn the_invented_key_is_well_formed_and_another() {
    let class = |c: char| match c {
        '0'..='9' => '0',
        'a'..='z' => 'a',
        'A'..='Z' => 'A',
        c => c,
    };
    let keys = [
        CANARY,
        "sk-1234",
        "sk-my-key-1",
        "my-secret-k",
        "1",
        "local-",
        "550e8400-e29b-41d4-a716-446655440000",
        "0123456789abcdef0123456789abcdef",
        "AKIA/abc+def==",
        "r8_Hq3vLq9ZtW2mXb7KpL3nYd6RfH9sJc5Gv0Tu",
        "pplx-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ];
    for key in keys {
        for _ in 0..8 {
            let upstream = Upstream::http(move |seen| if token(seen) == key { good() } else { refusal() });
            let own = candidate("openai", key, &[("endpoint", &upstream.url("/v1"))]);
            let (tested, _) = ask(&plain(), &own, &options());
            assert_eq!(tested.verdict, Verdict::Valid, "{key}: {tested:?}");
            let seen = upstream.seen();
            let invented = token(&seen[1]).to_owned();
            assert_eq!(invented.chars().map(class).collect::<String>(), key.chars().map(class).collect::<String>());
            // Past what tells the provider, nothing of the real one is left.
            let prefix = key.char_indices().take(12).filter(|(_, c)| matches!(c, '-' | '_')).last();
            let rest = &key.as_bytes()[prefix.map_or(0, |(at, _)| at + 1)..];
            let same = |part: &[u8]| invented.as_bytes().windows(8).any(|other| other == part);
            assert!(!rest.windows(8).any(same), "{key} {invented}");
        }
    }
}

/// Cloudflare's account tokens are unknown where its users' tokens are looked up.
#[test]
fn a_key_that_the_first_address_does_not_know_is_asked_for_at_the_second() {
    let user = "/client/v4/user/tokens/verify";
    let account = "/client/v4/accounts/0123abcd/tokens/verify";
    let token = "cfat_Can4ryVq8ZtW2mXb7KpL3nYd6RfH9sJc5Gv0TuQ1wEx2";
    let active = r#"{"success":true,"result":{"id":"x","status":"active"}}"#;
    let unknown = r#"{"success":false,"errors":[{"code":1000,"message":"Invalid API Token"}],"result":null}"#;
    let host = "api.cloudflare.com";
    for (at_user, at_account, verdict, paths) in [
        (active, unknown, Verdict::Valid, &[user][..]),
        (unknown, active, Verdict::Valid, &[user, account]),
        (unknown, unknown, Verdict::Invalid, &[user, account]),
    ] {
        let authority = Authority::new();
        let upstream = Upstream::https(&authority, &[host], move |seen| {
            let body = if seen.target == user { at_user } else { at_account };
            Reply::json(if body == active { 200 } else { 401 }, body)
        });
        let setup = setup(&authority, &[(host, upstream.address())]);
        let of = candidate("cloudflare-workers-ai", token, &[("account", "0123abcd")]);
        let (tested, _) = ask(&setup, &of, &options());
        let targets: Vec<_> = upstream.seen().into_iter().map(|seen| seen.target).collect();
        assert_eq!(
            (tested.verdict, &targets[..]),
            (verdict, &paths.iter().map(ToString::to_string).collect::<Vec<_>>()[..])
        );
        let (tested, traces) = ask(&setup, &candidate("cloudflare-workers-ai", token, &[]), &options());
        let alone = if at_user == active { Verdict::Valid } else { Verdict::Invalid };
        assert_eq!((tested.verdict, traces.len()), (alone, 1), "the account is not known");
    }
}

/// People give the address of their own server with `/v1` and without.
#[test]
fn a_server_of_ones_own_is_found_with_and_without_v1() {
    let upstream = Upstream::http(|seen| match (&*seen.target, token(seen)) {
        ("/v1/models", CANARY) => good(),
        ("/v1/models", _) => refusal(),
        _ => Reply::json(404, r#"{"detail":"Not Found"}"#),
    });
    let own = |path| candidate("custom", CANARY, &[("endpoint", &upstream.url(path))]);
    for (path, targets) in [
        ("", &["/models", "/v1/models", "/v1/models"][..]),
        ("/", &["/models", "/v1/models", "/v1/models"]),
        ("/v1", &["/v1/models", "/v1/models"]),
        ("/v1/", &["/v1/models", "/v1/models"]),
    ] {
        let before = upstream.seen().len();
        comes_to(&ask(&plain(), &own(path), &options()), Verdict::Valid, None, "", targets.len());
        let asked: Vec<_> = upstream.seen().into_iter().skip(before).map(|seen| seen.target).collect();
        assert_eq!(asked, targets, "{path}");
    }
    let says = "there is no list of models at this address";
    comes_to(&ask(&plain(), &own("/api"), &options()), Verdict::Unexpected, None, says, 2);
}
