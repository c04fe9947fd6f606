//! What may go wrong on the way to an answer: each with its own verdict, cause and words.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::{Duration, Instant};

use byok::http::{Client, LIMIT, Request};
use byok::probe::{self, Event};
use byok::provider::Registry;
use byok::verdict::{Cause, Verdict};
use zeroize::Zeroizing;

use super::{Always, CANARY, MODELS, OPENAI, ask, at, comes_to, openai, openai_that, options, plain, setup, within};
use crate::upstream::{Authority, Reply, Upstream};

/// More than a client's reading limit and all buffers on the way, and far below what an endless answer sends.
const MUCH: usize = 32 * 1024 * 1024;

/// An address where nobody listens, and no other test of this moment does.
pub(super) fn nobody() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 1))
}

/// N19: `.invalid` is in no resolver's books, nor in those of one that cannot be reached.
#[test]
fn a_name_that_leads_nowhere_is_said_to() {
    let asked = ask(&setup(&Authority::new(), &[]), &at("https://does-not-exist.invalid/v1"), &options());
    comes_to(&asked, Verdict::Unreachable, Some(Cause::Dns), "the name does-not-exist.invalid is not found", 1);
}

#[test]
fn where_nobody_listens_is_tried_twice() {
    let asked = ask(&setup(&Authority::new(), &[(OPENAI, nobody())]), &openai(), &options());
    comes_to(&asked, Verdict::Unreachable, Some(Cause::Connect), "nobody listens at api.openai.com", 2);
    let nobody = nobody();
    let asked = ask(&plain(), &at(&format!("http://{nobody}/v1")), &options());
    comes_to(&asked, Verdict::Unreachable, Some(Cause::Connect), &format!("nobody listens at {nobody}"), 2);
}

#[test]
fn a_server_that_hangs_up_is_tried_twice() {
    let (upstream, setup) = openai_that(|_| Reply::hang_up());
    let asked = ask(&setup, &openai(), &options());
    let says = "the server hung up without an answer";
    comes_to(&asked, Verdict::Unreachable, Some(Cause::Connect), says, 2);
    assert_eq!(upstream.seen().len(), 2);
}

#[test]
fn an_answer_that_breaks_off_is_no_answer() {
    let (upstream, setup) = openai_that(|_| Reply::raw("HTTP/1.1 200 \r\ncontent-length: 100\r\n\r\n{\"data\":[1]}"));
    let asked = ask(&setup, &openai(), &options());
    comes_to(&asked, Verdict::Unreachable, Some(Cause::Connect), "the connection broke off", 2);
    assert_eq!(upstream.seen().len(), 2);
}

#[test]
fn what_is_not_http_is_not_read() {
    let (upstream, setup) = openai_that(|_| Reply::raw("SSH-2.0-OpenSSH_9.9\r\n\r\n"));
    let says = "the answer is not HTTP, or its head is too large";
    comes_to(&ask(&setup, &openai(), &options()), Verdict::Unexpected, None, says, 1);
    assert_eq!(upstream.seen().len(), 1);
}

/// N09.
#[test]
fn a_head_without_measure_is_not_read() {
    for reply in [(|| Reply::many_headers(100_000)) as Always, || Reply::long_header(1024 * 1024)] {
        let (upstream, setup) = openai_that(move |_| reply());
        let says = "the answer is not HTTP, or its head is too large";
        comes_to(&ask(&setup, &openai(), &options()), Verdict::Unexpected, None, says, 1);
        assert!(upstream.sent_bytes() < MUCH);
    }
}

/// N08: nothing, a head that drips and a body that drips all end at the time limit, and are not asked again.
#[test]
fn silence_and_slowness_end_at_the_time_limit() {
    let ends = |reply: Always, says: &str| {
        let (upstream, setup) = openai_that(move |_| reply());
        let (tested, traces) = ask(&setup, &openai(), &within(3));
        assert_eq!((tested.verdict, tested.cause), (Verdict::Unreachable, Some(Cause::Timeout)));
        let said = tested.says.unwrap();
        // The limit less what the machine took for the start.
        let seconds = said.strip_prefix(says).and_then(|rest| rest.strip_suffix(" s")).expect(&said);
        assert!((1.0..=3.0).contains(&seconds.parse::<f64>().unwrap()), "{said}");
        assert!((2900..20_000).contains(&tested.ms.unwrap()), "{:?} ms", tested.ms);
        assert_eq!((traces.len(), upstream.seen().len()), (1, 1));
    };
    thread::scope(|scope| {
        scope.spawn(|| ends(Reply::silence, "no answer within "));
        scope.spawn(|| ends(Reply::drip_head, "no answer within "));
        scope.spawn(|| ends(Reply::drip, "the answer did not end within "));
    });
}

/// N09: an endless answer proves what its beginning proves, and a bounded part of it is read.
#[test]
fn an_endless_body_is_not_waited_for() {
    let (upstream, setup) = openai_that(|_| Reply::endless(MODELS));
    comes_to(&ask(&setup, &openai(), &options()), Verdict::Valid, None, "", 1);
    assert!(upstream.sent_bytes() < MUCH, "{} bytes", upstream.sent_bytes());

    let (upstream, setup) = openai_that(|_| Reply::endless("aaaa"));
    comes_to(&ask(&setup, &openai(), &options()), Verdict::Unexpected, None, "an answer without end", 1);
    assert!(upstream.sent_bytes() < MUCH, "{} bytes", upstream.sent_bytes());
}

/// N09: what nobody asked for is not inflated; what is kept of it is as short as of any other answer.
#[test]
fn a_gzip_bomb_stays_packed() {
    let (upstream, setup) = openai_that(|_| Reply::gzip_bomb());
    let says = "a compressed answer, which byok did not ask for";
    comes_to(&ask(&setup, &openai(), &options()), Verdict::Unexpected, None, says, 1);
    assert_eq!(upstream.seen()[0].header("accept-encoding"), None);

    let url = Zeroizing::new(format!("https://{OPENAI}/v1/models"));
    let request = Request { method: byok::http::Method::Get, url, headers: vec![], body: None };
    let client = Client::new(&setup).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let answer = runtime.block_on(client.ask(&request, Instant::now() + Duration::from_secs(60))).unwrap();
    assert_eq!((answer.body.len(), answer.cut, &answer.body[..3]), (LIMIT, true, &b"\x1f\x8b\x08"[..]));
}

/// N01: to another host, another port and plain http, under every status: nobody there hears anything.
#[test]
fn no_redirect_is_followed() {
    let authority = Authority::new();
    let other = Upstream::https(&authority, &["evil.example", OPENAI], |_| Reply::json(200, MODELS)).may_stay_idle();
    let clear = Upstream::http(|_| Reply::json(200, MODELS)).may_stay_idle();
    let port = other.address().port();
    let ways = [
        ("https://evil.example/v1/models".to_owned(), " to evil.example".to_owned()),
        (format!("https://{OPENAI}:{port}/v1/models"), format!(" to {OPENAI}:{port}")),
        (clear.url("/v1/models"), format!(" to {}", clear.address())),
        ("/v2/models".to_owned(), String::new()),
    ];
    for status in [301, 302, 303, 307, 308] {
        for (location, words) in ways.clone() {
            let upstream = Upstream::https(&authority, &[OPENAI], move |_| Reply::redirect(status, &location));
            let names = [(OPENAI, upstream.address()), ("evil.example", other.address())];
            let asked = ask(&setup(&authority, &names), &openai(), &options());
            let says = format!("a redirect{words}, which byok does not follow");
            comes_to(&asked, Verdict::Unexpected, None, &says, 1);
            assert_eq!(upstream.seen().len(), 1);
        }
    }
    assert_eq!((other.connections(), clear.connections()), (0, 0));
}

/// The key does not go out in clear: the greeting of TLS is all that the server hears.
#[test]
fn a_server_that_speaks_no_tls_is_told_apart() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        client.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").unwrap();
        let mut heard = Vec::new();
        // An error is a client that hung up over what it did not read.
        let _ = client.read_to_end(&mut heard);
        heard
    });
    let asked = ask(&setup(&Authority::new(), &[(OPENAI, address)]), &openai(), &options());
    comes_to(&asked, Verdict::Unreachable, Some(Cause::Tls), "api.openai.com does not speak TLS", 1);
    let heard = server.join().unwrap();
    assert!(!heard.windows(8).any(|part| CANARY.as_bytes().windows(8).any(|own| own == part)), "{heard:?}");
}

/// One that takes a connection and never greets holds nobody longer than the limit.
#[test]
fn a_handshake_that_does_not_come_about_ends_at_the_time_limit() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let setup = setup(&Authority::new(), &[(OPENAI, listener.local_addr().unwrap())]);
    let asked = ask(&setup, &openai(), &within(2));
    comes_to(&asked, Verdict::Unreachable, Some(Cause::Timeout), "api.openai.com takes no connection", 1);
}

#[test]
fn plain_http_to_a_port_of_tls_comes_to_nothing() {
    let authority = Authority::new();
    let upstream = Upstream::https(&authority, &["localhost"], |_| Reply::json(200, MODELS)).may_stay_idle();
    let (tested, _) = ask(&plain(), &at(&format!("http://{}/v1", upstream.address())), &options());
    // Whether the server's alert is read depends on who hangs up first.
    match tested.cause {
        None => assert_eq!(tested.says.as_deref(), Some("the answer is not HTTP, or its head is too large")),
        cause => assert_eq!(cause, Some(Cause::Connect), "{tested:?}"),
    }
    assert!(matches!(tested.verdict, Verdict::Unexpected | Verdict::Unreachable), "{tested:?}");
    assert_eq!(upstream.application_bytes(), 0);
}

/// N19: what happens to one key is nothing to the others.
#[test]
fn a_provider_that_is_not_there_keeps_no_other_from_its_verdict() {
    let (upstream, setup) = openai_that(|_| Reply::json(200, MODELS));
    let (mut done, stop) = (0, AtomicBool::new(false));
    let candidates = [at("https://does-not-exist.invalid/v1"), openai()];
    let tested = probe::run(&Registry::builtin(), &setup, &candidates, &options(), &stop, &mut |event| {
        done += usize::from(matches!(event, Event::Done(..)));
    });
    let verdicts: Vec<_> = tested.into_iter().map(|tested| tested.unwrap().verdict).collect();
    assert_eq!((verdicts, done), (vec![Verdict::Unreachable, Verdict::Valid], 2));
    assert_eq!(upstream.seen().len(), 1);
}
