//! Keys that are not sent, and addresses that none is sent to.

use byok::secret::SecretError;
use byok::verdict::Verdict;

use super::{CANARY, MODELS, OPENAI, ask, at, candidate, comes_to, openai_that, options, plain, setup};
use crate::upstream::{Authority, Reply, Upstream};

/// N11.
#[test]
fn a_key_that_no_header_carries_is_not_sent() {
    let (upstream, setup) = openai_that(|_| Reply::json(200, MODELS));
    let upstream = upstream.may_stay_idle();
    let odd =
        ["\r\nX: y", "\n", "\r", "\t", " ", " x", "\u{7f}", "\u{1b}[31m", "é", "\u{200b}", "\u{202e}", "\u{ff0d}"];
    for part in odd {
        for key in [format!("{CANARY}{part}"), format!("{part}{CANARY}"), format!("sk-{part}-{CANARY}")] {
            let asked = ask(&setup, &candidate("openai", &key, &[]), &options());
            comes_to(&asked, Verdict::Invalid, None, "it holds a character that no header carries", 0);
        }
    }
    assert_eq!(byok::secret::Secret::from_bytes(b"sk-proj-\0").err(), Some(SecretError::Nul));
    assert_eq!(upstream.connections(), 0);
}

/// A key goes to whoever issued it, unless it has an address of its own.
#[test]
fn a_key_of_another_provider_is_not_sent() {
    let (upstream, setup) = openai_that(|_| Reply::json(200, MODELS));
    let upstream = upstream.may_stay_idle();
    let anthropic = format!("sk-ant-api03-{}", "Can4ryVq8Z".repeat(8));
    for (key, says) in [
        (anthropic.as_str(), "it looks like a key of Anthropic, and was not sent to OpenAI"),
        (
            "-----BEGIN PRIVATE KEY-----",
            "it is a private key or a certificate, not an API key, and was not sent to OpenAI",
        ),
        ("https://platform.openai.com/api-keys", "it is a web address, not an API key, and was not sent to OpenAI"),
        ("sk-admin-Can4ryVq8ZtW2mXb7KpL3nYd6RfH9sJc5Gv0TuQ", "it looks like a key of OpenAI, and was not sent to Groq"),
    ] {
        let provider = if key.starts_with("sk-admin-") { "groq" } else { "openai" };
        let asked = ask(&setup, &candidate(provider, key, &[]), &options());
        comes_to(&asked, Verdict::Untestable, None, says, 0);
    }
    assert_eq!(upstream.connections(), 0);

    let own = Upstream::http(|_| Reply::json(200, MODELS));
    let gateway = candidate("openai", &anthropic, &[("endpoint", &own.url("/v1"))]);
    ask(&plain(), &gateway, &options());
    assert_eq!(own.seen()[0].header("authorization"), Some(&*format!("Bearer {anthropic}")));
}

/// What stands in a field may fill its place in the address and no more.
#[test]
fn no_field_leads_a_key_elsewhere() {
    let authority = Authority::new();
    let home = "acme.openai.azure.com";
    let names = [home, "evil.example", "evil"];
    let upstream = Upstream::https(&authority, &names, |_| Reply::json(200, MODELS));
    let setup = setup(&authority, &names.map(|name| (name, upstream.address())));
    let azure = |resource: &str| candidate("azure", "0123456789abcdef0123456789abcdef", &[("resource", resource)]);
    for resource in [
        "evil.example/",
        "https://evil.example/",
        "a@evil",
        "user:pass@evil.example/",
        "x?y",
        "evil.example?",
        "evil.example#",
        "evil.example:443/",
        "evil.example\\",
        "evil%2eexample%2f",
        "{KEY}",
        "a b",
        "a\r\nHost: evil.example",
        "еvil",
    ] {
        let asked = ask(&setup, &azure(resource), &options());
        comes_to(&asked, Verdict::Untestable, None, "its `resource` cannot be part of an address", 0);
    }
    for resource in [".", "..", "-", "a..b", ".evil.example"] {
        let asked = ask(&setup, &azure(resource), &options());
        comes_to(&asked, Verdict::Untestable, None, "an endpoint's host is a plain name or an IP address", 0);
    }
    let missing = "its `resource` is not known: give it with `--field resource=…`";
    comes_to(&ask(&setup, &azure(""), &options()), Verdict::Untestable, None, missing, 0);
    assert_eq!(upstream.connections(), 0);
    // So that the silence above is not for another reason.
    ask(&setup, &azure("acme"), &options());
    let hosts: Vec<_> = upstream.seen().into_iter().filter_map(|seen| seen.server_name).collect();
    assert!(!hosts.is_empty() && hosts.iter().all(|host| host == home), "{hosts:?}");
}

/// N02, N13, N14: addresses that a key could reach a stranger by.
///
/// A name that leads into the link-local network is for the resolver to refuse: its own tests hold that, for names that
/// a test leads elsewhere pass it by.
#[test]
fn no_key_goes_to_an_address_of_doubt() {
    let (upstream, setup) = openai_that(|_| Reply::json(200, MODELS));
    let upstream = upstream.may_stay_idle();
    let link_local = "this is a link-local address, where machines ask for their own credentials, and no API";
    let scheme = "an endpoint starts with `https://` (`http://` only for this machine)";
    let host = "an endpoint's host is a plain name or an IP address";
    let user = "an endpoint holds no user name or password";
    let character = "an endpoint holds only plain ASCII characters";
    for (endpoint, says) in [
        ("https://169.254.169.254/v1", link_local),
        ("https://[fd00:ec2::254]/v1", link_local),
        ("https://metadata.google.internal/v1", link_local),
        ("https://METADATA.google.internal/v1", link_local),
        ("https://[::ffff:169.254.169.254]/v1", link_local),
        ("https://[::ffff:a9fe:a9fe]/v1", link_local),
        ("https://[fe80::1]/v1", link_local),
        ("https://100.100.100.200/v1", link_local),
        ("https://0.0.0.0/v1", link_local),
        ("https://[::]/v1", link_local),
        ("http://169.254.169.254/v1", scheme),
        ("https://metadata.google.internal./v1", host),
        ("https://0x7f.1/v1", host),
        ("https://2130706433/v1", host),
        ("https://0251.0376.0251.0376/v1", host),
        ("https://169.254.43518/v1", host),
        ("http://api.openai.com/v1", scheme),
        ("http://127.0.0.1.evil.example/v1", scheme),
        ("http://localhost.evil.example/v1", scheme),
        ("http://192.168.1.5:8000/v1", scheme),
        ("ftp://api.openai.com/v1", scheme),
        ("https://api.openai.com@evil.example/v1", user),
        ("https://api.openai.com:443@evil.example/v1", user),
        ("https://api.openai.com%2eevil.example/v1", host),
        ("https://api.openai.com\\@evil.example/v1", user),
        ("https://api.openai.com./v1", host),
        ("https://аpi.openai.com/v1", host),
        ("https://api.openai.com。/v1", host),
        ("https://api.openai.com\t/v1", host),
        ("https://api.openai.com/v1\r\nHost: evil.example", character),
    ] {
        comes_to(&ask(&setup, &at(endpoint), &options()), Verdict::Untestable, None, says, 0);
    }
    assert_eq!(upstream.connections(), 0);
}

/// N14: hosts are compared as a whole, so what only looks alike is another host and hears nothing of this one's keys.
#[test]
fn a_look_alike_is_another_host() {
    let authority = Authority::new();
    let names = ["evil.example", "api.openai.com.evil.example", "openai.com", OPENAI];
    let upstream = Upstream::https(&authority, &names, |_| Reply::json(200, MODELS));
    let setup = setup(&authority, &names.map(|name| (name, upstream.address())));
    for (endpoint, host) in [
        ("https://api.openai.com.evil.example/v1", "api.openai.com.evil.example"),
        ("https://evil.example/api.openai.com/v1", "evil.example"),
        ("https://API.OpenAI.com/v1", OPENAI),
    ] {
        assert_eq!(byok::probe::host(&at(endpoint)).as_deref(), Some(host));
        let before = upstream.seen().len();
        ask(&setup, &at(endpoint), &options());
        let seen = upstream.seen().split_off(before);
        assert!(seen.iter().all(|seen| seen.server_name.as_deref() == Some(host)), "{endpoint}");
        assert!(!seen.is_empty());
    }
}
