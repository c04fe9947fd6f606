//! L04, L07: whatever goes wrong on the way, no key, no proxy's password and no header's value is told.

use super::{HOSTS, Net, answer, cells, keys};
use crate::leaks::{canary, every_file, holds, silent, traced_output};
use crate::tools::tool;
use crate::upstream::{Authority, Proxy, Reply, ServerCert, Upstream};
use crate::world::{Run, World};

/// The variables that make programs talk.
fn loud(run: Run<'_>) -> Run<'_> {
    run.env("RUST_LOG", "trace").env("RUST_BACKTRACE", "full").env("BYOK_LOG", "trace").env("DEBUG", "1")
}

const VERBS: [(&str, bool); 8] = [
    ("test -v", false),
    ("test -v --json", false),
    ("test openai --stdin -v", true),
    ("add openai:b --stdin -v", true),
    ("add openai:c --stdin -v --no-test", true),
    ("edit openai --field organisation=o -v", false),
    ("import-env --test -v", false),
    ("test -v --max-age 1h", false),
];

/// Runs every verb that asks, in a network that is as `lead` says, and looks for the key everywhere.
#[track_caller]
fn tells_nothing(what: &str, lead: impl for<'a> Fn(&World, Run<'a>) -> Run<'a>) {
    let (world, canary) = (World::new(), canary());
    let secret = format!("sk-proj-{canary}{canary}");
    world.byok("add openai --stdin").stdin(&secret).go();
    for (verb, typed) in VERBS {
        let run = loud(lead(&world, world.byok(verb)))
            .env("ANTHROPIC_API_KEY", format!("sk-ant-api03-{canary}{canary}{canary}"));
        let run = if typed { run.stdin(format!("{secret}x")) } else { run };
        let output = match tool(&["strace"]) {
            Some(strace) => {
                let (output, calls) = traced_output(&world, &strace, &["-e", "trace=execve,execveat"], run);
                assert!(!holds(calls.as_bytes(), &canary), "{what}: {verb}: {calls}");
                output
            }
            None => run.output(),
        };
        silent(&output, &canary, &format!("{what}: {verb}"));
        assert!(matches!(output.status.code(), Some(0 | 1 | 4 | 5)), "{what}: {verb}: {output:?}");
    }
    for path in every_file(world.root()) {
        assert!(!holds(&std::fs::read(&path).unwrap(), &canary), "{what}: {}", path.display());
    }
}

/// A provider that sends back all that it was sent, everywhere that it can.
fn reflecting(status: u16) -> Net {
    Net::new(move |seen| {
        let sent = seen.header("authorization").or(seen.header("x-api-key")).unwrap_or_default();
        let body = serde_json::json!({
            "error": { "message": format!("bad key {sent} in {}", String::from_utf8_lossy(&seen.raw)), "code": sent },
        });
        let reply = Reply::json(status, &body.to_string());
        reply.header("x-echo", sent).header("openai-organization", sent).header("location", &format!("https://{sent}/"))
    })
}

#[test]
fn an_answer_that_reflects_the_key_is_washed_of_it() {
    for status in [200, 302, 401, 403, 429, 500] {
        let net = reflecting(status);
        tells_nothing(&format!("status {status}"), |world, run| net.lead(world, run));
    }
}

#[test]
fn facts_that_reflect_the_key_are_washed_of_it() {
    let net = Net::new(|seen| {
        let sent = seen.header("authorization").unwrap_or_default().to_owned();
        Reply::json(200, "{\"data\":[{}]}").header("openai-organization", &sent).header("openai-project", &sent)
    });
    tells_nothing("facts", |world, run| net.lead(world, run));
}

#[test]
fn a_network_that_fails_tells_nothing_of_what_was_to_be_sent() {
    for reply in
        [Reply::hang_up as fn() -> Reply, || Reply::raw("SSH-2.0-x\r\n"), || Reply::endless("{"), Reply::gzip_bomb]
    {
        let net = Net::new(move |_| reply());
        tells_nothing("a broken answer", |world, run| net.lead(world, run));
    }
    for proxy in [Proxy::refusing(), Proxy::demanding_login()] {
        let net = Net { proxy, ..Net::new(answer).idle() };
        tells_nothing("a proxy that refuses", |world, run| net.lead(world, run));
        let other = net.proxy.other();
        assert!(other.is_empty(), "{:?}", other.iter().map(|part| String::from_utf8_lossy(part)).collect::<Vec<_>>());
        assert_eq!(net.upstream.connections(), 0);
    }
}

#[test]
fn a_server_that_cannot_prove_who_it_is_hears_nothing() {
    // N03
    let (authority, other) = (Authority::new(), Authority::new());
    let stranger = "of api.openai.com is from an authority that this system does not know";
    let certificates = [
        (authority.expired(&HOSTS), "of api.openai.com has expired"),
        (authority.not_yet_valid(&HOSTS), "of api.openai.com is not valid yet; is the clock right?"),
        (authority.certificate(&["api.openai.com.evil.tld"]), "is for another name than api.openai.com"),
        (other.certificate(&HOSTS), stranger),
        (ServerCert::self_signed(&HOSTS), stranger),
    ];
    let world = keys(&["valid"]);
    for (certificate, says) in certificates {
        let upstream = Upstream::with_certificate(&certificate, answer).may_stay_idle();
        let proxy = Proxy::to(upstream.address());
        let net = Net { upstream, proxy, authority: authority.pem() };
        tells_nothing("a bad certificate", |world, run| net.lead(world, run));
        let output = net.byok(&world, "test").code(1).stdout_holds(&["unreachable"]).stderr_holds(&[""]).check();
        let row = format!("openai:valid|unreachable|tls: the certificate {says}");
        assert_eq!(cells(&output.stdout).lines().nth(1), Some(row.as_str()));
        assert!(net.proxy.connections() > 0);
        assert_eq!(net.upstream.application_bytes(), 0);
    }
}

#[test]
fn the_password_of_a_proxy_and_an_address_that_is_none_are_never_shown() {
    let (world, canary) = (keys(&["valid"]), canary());
    // Nobody listens there, and no other test is given this port.
    let closed = "127.0.0.1:1";
    let login = Proxy::demanding_login();
    let to = |address: &str| format!("http://user:{canary}@{address}");
    let addresses = [
        to(login.url().trim_start_matches("http://")),
        to(closed),
        format!("socks5://user:{canary}@{closed}"),
        to("no.such.name.invalid:1"),
        to("[::"),
        format!("gopher://{canary}"),
        format!("http://{canary}:99999"),
        format!("{canary} {canary}"),
    ];
    for address in addresses {
        for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
            for verb in ["test -v", "test --json", "test openai --stdin"] {
                let run = loud(world.byok(verb).without("BYOK_OFFLINE").env(name, &address));
                let output = run.env("NO_PROXY", "").stdin(super::key("valid")).output();
                silent(&output, &canary, &address.replace(&canary, "…"));
                assert_eq!(output.status.code(), Some(1), "{output:?}");
            }
        }
    }
    let run = world.byok("test").without("BYOK_OFFLINE").env("HTTPS_PROXY", "http://[::").code(1);
    run.stdout_holds(&["unreachable", "proxy: the address of the proxy is not one\n"]).check();
    // A plaintext proxy variable for another scheme is none of ours.
    assert!(login.connects().iter().all(|to| to == "api.openai.com:443"));
}

#[test]
fn the_certificates_that_are_believed_are_said_and_missing_ones_are_an_error() {
    // N07
    let (world, net) = (keys(&["valid"]), Net::new(answer));
    let run = net.byok(&world, "test").stdout_holds(&["valid"]);
    run.stderr_holds(&["believing the certificates of `", "authority.pem` (SSL_CERT_FILE)\n"]).check();
    let asked = net.upstream.connections();
    let nothing = world.path("nothing.pem");
    let broken = world.file("broken.pem", "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n");
    let empty = world.file("empty.pem", "");
    let says = "tls: there are no certificates to believe: `ca-certificates` is not installed, or `SSL_CERT_FILE` leads nowhere\n";
    for path in [&nothing, &broken, &empty] {
        let believing = format!("believing the certificates of `{}` (SSL_CERT_FILE)\n", path.display());
        let run = net.byok(&world, "test").env("SSL_CERT_FILE", path).code(1);
        run.stdout_holds(&["unreachable", says]).stderr(believing).check();
    }
    assert_eq!(net.upstream.connections(), asked);
    // Who is asked in clear, on this machine, needs nobody's word.
    let here = Upstream::http(answer);
    world.byok("add mine --stdin --endpoint").arg(here.url("/v1")).stdin(super::own("valid")).go();
    net.byok(&world, "test mine").env("SSL_CERT_FILE", &nothing).stdout_holds(&["valid"]).check();
}
