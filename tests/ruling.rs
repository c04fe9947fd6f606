//! The library's own way to a provider's keys: what it asks with an admin key, and how it reads what comes back.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

use byok::admin::{Api, ApiError, Found, Watch, abilities};
use byok::http::{Setup, Trust};
use byok::name::ProviderId;
use byok::probe::Trace;
use byok::provider::Registry;
use byok::secret::Secret;
use byok::verdict::{Cause, Verdict};
use zeroize::Zeroizing;

use crate::upstream::{Authority, Reply, Seen, Upstream};

const ADMIN: &str = "sk-or-v1-ad0000000000000000000000000000000000000000000000000000000000ad99";
const KEY: &str = "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";

fn secret(text: &str) -> Secret {
    Secret::new(Zeroizing::new(text.to_owned())).unwrap()
}

fn id(text: &str) -> ProviderId {
    ProviderId::parse(text).unwrap()
}

/// Does something with the API of `OpenRouter`, which answers so.
fn with<T>(
    answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static,
    work: impl FnOnce(&Api<'_>) -> T,
) -> (T, Vec<Seen>) {
    let authority = Authority::new();
    let upstream = Upstream::https(&authority, &["openrouter.ai"], answer);
    let resolve: BTreeMap<_, _> = [("openrouter.ai".to_owned(), upstream.address())].into();
    let setup = Setup { resolve, trust: Trust::Only(vec![authority.der()]), ..Setup::default() };
    let (stop, tell) = (AtomicBool::new(false), |_: &Trace| {});
    let watch = Watch { stop: &stop, tell: &tell };
    let done = work(&Api::open(&id("openrouter"), &secret(ADMIN), &setup, watch).unwrap());
    (done, upstream.seen())
}

fn find(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> (Result<Found, ApiError>, usize) {
    let (found, seen) = with(answer, |api| api.find(&secret(KEY), None).map(|search| search.found));
    (found, seen.len())
}

fn item(id: &str, hint: &str) -> String {
    format!("{{\"hash\":\"{id}\",\"label\":\"{hint}\",\"name\":\"mine\",\"disabled\":false}}")
}

fn page(items: &[String]) -> Reply {
    Reply::json(200, &format!("{{\"data\":[{}]}}", items.join(",")))
}

#[test]
fn a_list_ends_whatever_the_server_says() {
    // It knows no pages, and answers each of them alike.
    let (found, asked) = find(|_| page(&[item("a", "sk-or-v1-0e6...1c96")]));
    assert!(matches!(found.unwrap(), Found::One(one) if one.name == "mine"));
    assert_eq!(asked, 2);
    // It never ends.
    let count = std::sync::atomic::AtomicUsize::new(0);
    let (found, asked) = find(move |_| {
        let number = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        page(&[item(&format!("a{number}"), "sk-or-v1-aaa...bbbb")])
    });
    assert_eq!(found.unwrap_err().says, "a list without end");
    assert_eq!(asked, 50);
    // One page is as large as a list can be.
    let (found, _) = find(|_| Reply::endless("{\"data\":["));
    assert_eq!(found.unwrap_err().verdict, Verdict::Unexpected);
}

#[test]
fn an_id_that_is_more_than_one_part_of_a_path_is_none() {
    for bad in ["../../../v1/key", "a/b", "a?b=c", "a#b", "..", "a%2fb", "", "a b"] {
        let (found, _) = find(move |_| page(&[item(bad, "sk-or-v1-0e6...1c96")]));
        let Found::One(one) = found.unwrap() else { panic!("{bad}") };
        assert_eq!(one.handle, None, "{bad}");
    }
    let (found, _) = with(
        |_| Reply::json(201, &format!("{{\"key\":\"{KEY}\",\"data\":{{\"hash\":\"../x\"}}}}")),
        |api| api.make("byok-a", None, None).unwrap(),
    );
    // The key itself is never lost for that.
    assert_eq!((found.secret.expose(), found.handle), (KEY, None));
}

#[test]
fn what_is_asked_carries_the_key_in_a_header_and_nowhere_else() {
    let (made, seen) = with(
        |_| Reply::json(201, &format!("{{\"key\":\"{KEY}\",\"data\":{{\"hash\":\"h\"}}}}")),
        |api| api.make("byok-\"x\"\n", None, None).unwrap(),
    );
    assert_eq!(made.secret.expose(), KEY);
    let [one] = &seen[..] else { panic!("{} requests", seen.len()) };
    assert_eq!((one.method.as_str(), one.target.as_str()), ("POST", "/api/v1/keys"));
    assert_eq!(one.header("authorization"), Some(&*format!("Bearer {ADMIN}")));
    assert_eq!(one.header("content-type"), Some("application/json"));
    assert_eq!(one.server_name.as_deref(), Some("openrouter.ai"));
    assert_eq!(String::from_utf8_lossy(&one.raw).matches(ADMIN).count(), 1);
    assert_eq!(one.body, br#"{"name":"byok-\"x\"\n"}"#);
}

#[test]
fn an_answer_says_whether_something_may_have_been_done() {
    let of = |answer: fn() -> Reply| with(move |_| answer(), |api| api.make("a", None, None).unwrap_err()).0;
    for (answer, verdict, perhaps) in [
        ((|| Reply::json(401, "{}")) as fn() -> Reply, Verdict::Invalid, false),
        (|| Reply::json(403, "{}"), Verdict::Restricted, false),
        (|| Reply::json(400, "{}"), Verdict::Unexpected, false),
        (|| Reply::json(429, "{}"), Verdict::RateLimited, false),
        (|| Reply::redirect(302, "https://evil.example/"), Verdict::Unexpected, false),
        (|| Reply::json(500, "{}"), Verdict::ProviderDown, true),
        (|| Reply::text(502, "text/html", "<html>"), Verdict::ProviderDown, true),
        (|| Reply::json(201, "{\"data\":{}}"), Verdict::Unexpected, true),
        (|| Reply::json(201, "{\"key\":\"\"}"), Verdict::Unexpected, true),
        (|| Reply::text(200, "text/html", "<html>Welcome"), Verdict::Unexpected, true),
        (Reply::hang_up, Verdict::Unreachable, true),
        (|| Reply::raw("no HTTP at all"), Verdict::Unexpected, true),
    ] {
        let error = of(answer);
        assert_eq!((error.verdict, error.perhaps), (verdict, perhaps), "{error}");
    }
    // Nobody was there: nothing can have been done.
    let authority = Authority::new();
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let resolve: BTreeMap<_, _> = [("openrouter.ai".to_owned(), nobody)].into();
    let setup = Setup { resolve, trust: Trust::Only(vec![authority.der()]), ..Setup::default() };
    let (stop, tell) = (AtomicBool::new(false), |_: &Trace| {});
    let api = Api::open(&id("openrouter"), &secret(ADMIN), &setup, Watch { stop: &stop, tell: &tell }).unwrap();
    let error = api.make("a", None, None).unwrap_err();
    assert_eq!((error.verdict, error.cause, error.perhaps), (Verdict::Unreachable, Some(Cause::Connect), false));
}

#[test]
fn what_comes_back_is_washed_and_free_of_the_key() {
    let body = format!("{{\"error\":{{\"message\":\"\\u001b[31mno {ADMIN}\"}}}}");
    let error = with(move |_| Reply::json(401, &body), |api| api.make("a", None, None).unwrap_err()).0;
    assert_eq!(error.to_string(), "OpenRouter turns the admin key down: [31mno …");
    let (found, _) = find(|_| page(&[item("a", "sk-or-v1-0e6...1c96").replace("mine", "\\u001b[31mx\\u202e")]));
    assert!(matches!(found.unwrap(), Found::One(one) if one.name == "[31mx"));
}

#[test]
fn a_key_is_revoked_once_it_is_gone() {
    for (reply, good) in [
        ((|| Reply::json(200, "{\"deleted\":true}")) as fn() -> Reply, true),
        (|| Reply::json(204, ""), true),
        (|| Reply::json(404, "{}"), true),
        (|| Reply::json(200, "{\"deleted\":false}"), false),
        (|| Reply::text(200, "text/html", "<html>Welcome"), false),
        (|| Reply::json(403, "{}"), false),
        (|| Reply::redirect(302, "/login"), false),
    ] {
        let (outcome, seen) = with(
            move |seen| if seen.method == "DELETE" { reply() } else { page(&[item("a", "sk-or-v1-0e6...1c96")]) },
            |api| {
                let Found::One(one) = api.find(&secret(KEY), None).unwrap().found else { panic!("not found") };
                api.revoke(&one.handle.unwrap())
            },
        );
        assert_eq!(outcome.is_ok(), good, "{outcome:?}");
        assert_eq!(seen.last().unwrap().target, "/api/v1/keys/a");
    }
}

#[test]
fn only_a_provider_with_such_an_api_is_opened_and_only_with_a_key_of_its_own() {
    let open = |provider: &str, key: &str| {
        let (stop, tell) = (AtomicBool::new(false), |_: &Trace| {});
        let setup = Setup { trust: Trust::Nobody, ..Setup::default() };
        Api::open(&id(provider), &secret(key), &setup, Watch { stop: &stop, tell: &tell })
            .map(|_| ())
            .map_err(|error| error.to_string())
    };
    assert!(open("groq", ADMIN).unwrap_err().starts_with("it is not known how keys of Groq are made"));
    assert!(open("nobodys", ADMIN).is_err());
    // Its list does not show which key is which.
    assert!(open("xai", "xai-token-0123456789").is_err());
    assert_eq!(open("openai", ADMIN).unwrap_err(), "it does not look like a key of OpenAI, and was not sent there");
    assert_eq!(open("openrouter", ADMIN), Ok(()));
    let can: Vec<_> =
        Registry::builtin().ids().iter().map(|id| (id.to_string(), abilities(id))).filter(|(_, can)| can.1).collect();
    let can: Vec<(&str, bool)> = can.iter().map(|(id, (makes, _))| (id.as_str(), *makes)).collect();
    assert_eq!(can, [("anthropic", false), ("openai", true), ("openrouter", true)]);
}
