//! Through a proxy, and past it.

use byok::http::Setup;
use byok::verdict::{Cause, Verdict};

use super::way::nobody;
use super::{CANARY, MODELS, OPENAI, ask, at, comes_to, openai, options, setup};
use crate::upstream::{Authority, Proxy, Reply, Upstream};

fn through(url: &str, setup: Setup) -> Setup {
    Setup { proxy: Some(url.to_owned()), ..setup }
}

/// N05: the proxy learns the host's name; the key goes through it under TLS.
#[test]
fn a_proxy_hears_the_name_of_the_host_and_no_more() {
    let authority = Authority::new();
    let upstream = Upstream::https(&authority, &[OPENAI], |_| Reply::json(200, MODELS));
    let proxy = Proxy::to(upstream.address());
    let asked = ask(&through(&proxy.url(), setup(&authority, &[])), &openai(), &options());
    comes_to(&asked, Verdict::Valid, None, "", 1);
    assert_eq!((proxy.connects(), proxy.other()), (vec!["api.openai.com:443".to_owned()], vec![]));
    assert_eq!(upstream.seen()[0].header("authorization"), Some(&*format!("Bearer {CANARY}")));
}

/// N06: whoever sits between has to sit there without the key.
#[test]
fn a_proxy_that_opens_the_letters_gets_none() {
    let (known, own) = (Authority::new(), Authority::new());
    let upstream = Upstream::https(&own, &[OPENAI], |_| Reply::json(200, MODELS)).may_stay_idle();
    let proxy = Proxy::to(upstream.address());
    let asked = ask(&through(&proxy.url(), setup(&known, &[])), &openai(), &options());
    let says = "the certificate of api.openai.com is from an authority that this system does not know";
    comes_to(&asked, Verdict::Unreachable, Some(Cause::Tls), says, 1);
    assert_eq!((proxy.connections(), upstream.application_bytes()), (1, 0));
}

#[test]
fn a_proxy_that_demands_a_login_refuses_or_is_not_there_is_named() {
    let unreachable = |proxy: &str, says: &str| {
        let asked = ask(&through(proxy, setup(&Authority::new(), &[])), &openai(), &options());
        comes_to(&asked, Verdict::Unreachable, Some(Cause::Proxy), says, 1);
    };
    let name = |proxy: &Proxy| proxy.url().replace("http://", "");
    let closed = Proxy::demanding_login();
    unreachable(&closed.url(), &format!("the proxy {} asks for a login", name(&closed)));
    let broken = Proxy::refusing();
    let says = format!("the proxy {} does not let byok through to api.openai.com", name(&broken));
    unreachable(&broken.url(), &says);
    let nobody = nobody();
    unreachable(&format!("http://{nobody}"), &format!("no connection to the proxy {nobody}"));
    // Its address may hold a password, which is nobody's business either.
    let unknown = "http://user:Secret1234@does-not-exist.invalid:3128";
    unreachable(unknown, "the name of the proxy does-not-exist.invalid:3128 is not found");
}

/// N05: what goes to this machine goes in clear, and never past a stranger.
#[test]
fn no_proxy_sees_what_goes_to_this_machine() {
    let proxy = Proxy::refusing();
    let upstream = Upstream::http(|_| Reply::json(200, MODELS));
    let port = upstream.address().port();
    let setup = through(&proxy.url(), setup(&Authority::new(), &[]));
    for host in ["127.0.0.1", "localhost", "LOCALHOST"] {
        let (tested, traces) = ask(&setup, &at(&format!("http://{host}:{port}/v1")), &options());
        // The list is open to all there; that it was read is the point.
        assert_eq!((tested.verdict, traces.len()), (Verdict::Untestable, 2), "{tested:?}");
    }
    for host in ["127.1.2.3", "[::1]"] {
        let nobody = nobody();
        let (tested, _) = ask(&setup, &at(&format!("http://{host}:{}/v1", nobody.port())), &options());
        assert_ne!(tested.cause, Some(Cause::Proxy), "{host}: {tested:?}");
        assert_eq!(tested.verdict, Verdict::Unreachable, "{host}: {tested:?}");
    }
    assert_eq!((proxy.connections(), upstream.seen().len()), (0, 6));
}

#[test]
fn a_host_that_needs_no_proxy_is_asked_directly() {
    for list in ["api.openai.com", ".openai.com", "a.example, openai.com", "*"] {
        let authority = Authority::new();
        let upstream = Upstream::https(&authority, &[OPENAI], |_| Reply::json(200, MODELS));
        let proxy = Proxy::refusing();
        let setup = through(&proxy.url(), setup(&authority, &[(OPENAI, upstream.address())]));
        let asked = ask(&Setup { no_proxy: list.to_owned(), ..setup }, &openai(), &options());
        comes_to(&asked, Verdict::Valid, None, "", 1);
        assert_eq!(proxy.connections(), 0, "{list}");
    }
}
