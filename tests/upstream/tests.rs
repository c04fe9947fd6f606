//! The upstream itself, held against `curl`, against rustls, and against bare sockets.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::{Authority, Proxy, Reply, ServerCert, Upstream};
use crate::tools::tool;
use crate::world::World;

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";

struct Curl(PathBuf);

impl Curl {
    /// To be looked for before there is an upstream, which would fail the test that is to be skipped.
    fn find() -> Option<Self> {
        tool(&["curl"]).map(Self)
    }

    /// A run that nobody's settings touch.
    fn start(&self, arguments: &[&str]) -> Child {
        let mut command = Command::new(&self.0);
        command.env_clear().args(["-q", "-sS", "--max-time", "10"]).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    fn output(&self, arguments: &[&str]) -> Output {
        self.start(arguments).wait_with_output().unwrap()
    }

    /// What a run writes that must succeed.
    #[track_caller]
    fn text(&self, arguments: &[&str]) -> String {
        let output = self.output(arguments);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }
}

/// A connection that rather fails than waits for ever.
fn dial(address: SocketAddr) -> TcpStream {
    let socket = TcpStream::connect(address).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    socket
}

/// Sends bytes and gives all that comes back until the server closes.
fn exchange(address: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let (mut socket, mut answer) = (dial(address), Vec::new());
    socket.write_all(bytes).unwrap();
    socket.read_to_end(&mut answer).unwrap();
    answer
}

/// The same under TLS for `localhost`, trusting this one authority.
fn exchange_safely(config: &Arc<ClientConfig>, address: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let session = ClientConnection::new(Arc::clone(config), "localhost".try_into().unwrap()).unwrap();
    let (mut stream, mut answer) = (StreamOwned::new(session, dial(address)), Vec::new());
    stream.write_all(bytes).unwrap();
    stream.read_to_end(&mut answer).unwrap();
    answer
}

fn trusting(authority: &Authority) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(authority.der())).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config)
}

/// Waits for what other threads are about to do.
#[track_caller]
fn soon(what: impl Fn() -> bool) {
    let start = Instant::now();
    while !what() {
        assert!(start.elapsed() < Duration::from_secs(5), "it does not come to pass");
        thread::sleep(Duration::from_millis(2));
    }
}

/// The message of the panic that dropping this causes.
fn complaint(upstream: Upstream) -> Option<String> {
    let panic = catch_unwind(AssertUnwindSafe(|| drop(upstream))).err()?;
    Some((*panic.downcast_ref::<&str>().unwrap()).to_owned())
}

#[test]
fn a_request_and_its_answer_are_byte_for_byte() {
    let upstream =
        Upstream::http(|seen| Reply::json(201, &format!("{{\"n\":{}}}", seen.body.len())).header("X-A", "b"));
    let request = b"POST /v1/x?y=%20z HTTP/1.1\r\nHost: here\r\nX-Key:  Secret \r\nx-key: 2\r\nContent-Length: 4\r\n\r\n\0\r\n\xff";
    let before = Instant::now();
    let answer = exchange(upstream.address(), request);
    assert_eq!(
        String::from_utf8(answer).unwrap(),
        "HTTP/1.1 201 \r\nconnection: close\r\ncontent-type: application/json\r\nX-A: b\r\ncontent-length: 7\r\n\r\n{\"n\":4}"
    );
    let seen = &upstream.seen()[0];
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/v1/x?y=%20z"));
    let headers = [("host", "here"), ("x-key", "Secret"), ("x-key", "2"), ("content-length", "4")];
    assert_eq!(seen.headers, headers.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!((seen.header("x-key"), seen.header("x")), (Some("Secret"), None));
    assert_eq!((&seen.body[..], &seen.raw[..]), (&b"\0\r\n\xff"[..], &request[..]));
    assert!(before <= seen.at && seen.at <= Instant::now());
    assert_eq!((seen.server_name.as_deref(), upstream.connections()), (None, 1));
    assert_eq!(upstream.application_bytes(), request.len());
}

#[test]
fn curl_gets_and_posts() {
    let (Some(curl), world, body) = (Curl::find(), World::new(), "b".repeat(300_000)) else { return };
    let upstream = Upstream::http(|seen| Reply::text(200, "text/plain", &format!("{} {}", seen.method, seen.target)));
    let answer = curl.text(&[&upstream.url("/v1/models"), "-H", "Authorization: Bearer k"]);
    assert_eq!(answer, "GET /v1/models");
    let data = format!("@{}", world.file("body", &body).display());
    assert_eq!(curl.text(&[&upstream.url(""), "--data-binary", &data]), "POST /");
    let [get, post] = &upstream.seen()[..] else { panic!("not two requests") };
    assert_eq!(get.header("authorization"), Some("Bearer k"));
    assert_eq!(post.body, body.as_bytes());
}

#[test]
fn curl_trusts_the_authority_under_either_version_of_tls() {
    let (Some(curl), authority, world) = (Curl::find(), Authority::new(), World::new()) else { return };
    let trusted = world.file("ca.pem", authority.pem());
    let upstream = Upstream::https(&authority, &["localhost", "127.0.0.1"], |_| Reply::json(200, "{}"));
    let by_address = format!("https://{}", upstream.address());
    for (url, version) in [(upstream.url("/"), "1.2"), (upstream.url("/"), "1.3"), (by_address, "1.3")] {
        let least = format!("--tlsv{version}");
        let answer = curl.text(&[&url, "--cacert", trusted.to_str().unwrap(), &least, "--tls-max", version]);
        assert_eq!(answer, "{}");
    }
    let names: Vec<_> = upstream.seen().into_iter().map(|seen| seen.server_name).collect();
    assert_eq!(names, [Some("localhost".to_owned()), Some("localhost".to_owned()), None]);
}

#[test]
fn curl_refuses_every_bad_certificate_before_it_sends_a_byte() {
    let (Some(curl), authority, world) = (Curl::find(), Authority::new(), World::new()) else { return };
    let (trusted, names) = (world.file("ca.pem", authority.pem()), &["localhost"]);
    for (what, certificate) in [
        ("certificate has expired", authority.expired(names)),
        ("certificate is not yet valid", authority.not_yet_valid(names)),
        ("self-signed certificate", ServerCert::self_signed(names)),
        ("unable to get local issuer certificate", Authority::new().certificate(names)),
        ("no alternative certificate subject name matches", authority.certificate(&["other.test"])),
    ] {
        let upstream = Upstream::with_certificate(&certificate, |_| Reply::json(200, "{}")).may_stay_idle();
        let output = curl.output(&[&upstream.url("/"), "--cacert", trusted.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(60), "{what}: {output:?}");
        let reason = String::from_utf8_lossy(&output.stderr).replace("self signed", "self-signed");
        assert!(reason.contains(what), "{what}: {reason}");
        assert_eq!((upstream.connections(), upstream.application_bytes(), upstream.seen().len()), (1, 0, 0), "{what}");
    }
}

#[test]
fn a_proxy_leads_each_host_to_its_upstream() {
    let (Some(curl), authority, world) = (Curl::find(), Authority::new(), World::new()) else { return };
    let trusted = world.file("ca.pem", authority.pem());
    let some = Upstream::https(&authority, &["some.test"], |_| Reply::json(200, "1"));
    let other = Upstream::https(&authority, &["other.test"], |_| Reply::json(200, "2"));
    let proxy = Proxy::to(some.address()).route("other.test", other.address());
    for (url, answer) in [("https://some.test/a", "1"), ("https://other.test:8443/b", "2")] {
        assert_eq!(curl.text(&[url, "-x", &proxy.url(), "--cacert", trusted.to_str().unwrap()]), answer);
    }
    assert_eq!(proxy.connects(), ["some.test:443", "other.test:8443"]);
    assert_eq!((proxy.connections(), proxy.other().len()), (2, 0));
    assert_eq!(other.seen()[0].server_name.as_deref(), Some("other.test"));
}

#[test]
fn a_proxy_refuses_as_it_is_told() {
    let Some(curl) = Curl::find() else { return };
    let upstream = Upstream::http(|_| Reply::json(200, "{}")).may_stay_idle();
    let nowhere = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (proxy, url, code, connects) in [
        (Proxy::to(upstream.address()), "http://some.test/", "400", 0),
        (Proxy::demanding_login(), "https://some.test/", "407", 1),
        (Proxy::refusing(), "https://some.test/", "503", 1),
        (Proxy::to(nowhere), "https://some.test/", "502", 1),
    ] {
        let output = curl.output(&[url, "-x", &proxy.url(), "-w", "%{http_code} %{http_connect}"]);
        assert!(String::from_utf8_lossy(&output.stdout).contains(code), "{output:?}");
        assert_eq!((proxy.connects().len(), proxy.other().len()), (connects, 1 - connects));
        assert!(proxy.other().iter().all(|head| head.starts_with(b"GET http://some.test/ HTTP/1.1\r\n")));
    }
    let proxy = Proxy::to(upstream.address());
    TcpStream::connect(proxy.url().trim_start_matches("http://")).unwrap().write_all(b"\x16\x03").unwrap();
    assert_eq!(proxy.other(), [b"\x16\x03"]);
    assert_eq!(upstream.connections(), 0);
}

#[test]
fn hostile_replies_end_by_the_clients_own_patience() {
    let Some(curl) = Curl::find() else { return };
    let start = |reply: fn() -> Reply| {
        let upstream = Upstream::http(move |_| reply());
        let run = curl.start(&[&upstream.url("/"), "-N", "--max-time", "1.3", "--limit-rate", "1M"]);
        (upstream, run)
    };
    let runs = [
        (start(Reply::silence), 28, ""),
        (start(Reply::drip_head), 28, ""),
        (start(Reply::drip), 28, "\0\0"),
        (start(|| Reply::endless("[1,")), 28, "[1,  "),
        (start(Reply::hang_up), 52, ""),
        (start(|| Reply::raw("SSH-2.0-x\r\n")), 1, ""),
    ];
    for ((upstream, run), code, start) in runs {
        let output = run.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        assert!(output.stdout.starts_with(start.as_bytes()), "{start:?}");
        assert!(start.is_empty() == output.stdout.is_empty(), "{start:?}");
        assert_eq!(upstream.seen().len(), 1);
    }
}

#[test]
fn a_delayed_answer_comes_late_and_whole() {
    let upstream = Upstream::http(|_| Reply::json(200, "{}").after(Duration::from_millis(150)));
    assert!(exchange(upstream.address(), GET).ends_with(b"{}"));
    assert!(upstream.seen()[0].at.elapsed() >= Duration::from_millis(150));
}

#[test]
fn an_endless_answer_ends_with_the_client() {
    let upstream = Upstream::http(|_| Reply::endless("{"));
    let mut socket = dial(upstream.address());
    socket.write_all(GET).unwrap();
    socket.read_exact(&mut vec![0; 10_000_000]).unwrap();
    assert!(upstream.sent_bytes() >= 10_000_000 - 65_600, "{}", upstream.sent_bytes());
    drop(socket);
    // It is over when two looks at the meter, some time apart, agree.
    soon(|| {
        let sent = upstream.sent_bytes();
        thread::sleep(Duration::from_millis(30));
        sent == upstream.sent_bytes()
    });
}

#[test]
fn the_bomb_goes_off() {
    let Some(curl) = Curl::find() else { return };
    let upstream = Upstream::http(|_| Reply::gzip_bomb());
    assert!(exchange(upstream.address(), GET).len() < 1_001_000);
    let mut run = curl.start(&[&upstream.url("/"), "--compressed"]);
    let mut inflated = vec![1; 64_000_000];
    run.stdout.take().unwrap().read_exact(&mut inflated).unwrap();
    assert!(inflated.iter().all(|byte| *byte == 0));
    assert_eq!(run.wait().unwrap().code(), Some(23), "there was more, which nobody reads");
}

#[test]
fn heads_of_every_kind() {
    let Some(curl) = Curl::find() else { return };
    let upstream = Upstream::http(|seen| match seen.target.as_str() {
        "/many" => Reply::many_headers(90),
        "/long" => Reply::long_header(50_000),
        _ => Reply::redirect(307, "https://elsewhere.test/"),
    });
    let head = |path| curl.text(&["-D", "-", &upstream.url(path)]);
    let many = head("/many");
    assert_eq!(many.lines().filter(|line| line.starts_with("x-")).count(), 90);
    assert!(many.contains("x-89: x\r\n") && many.ends_with("\r\n\r\n{}"), "{many}");
    assert!(head("/long").contains(&format!("x-long: {}\r\n", "x".repeat(50_000))));
    let moved = head("/");
    assert!(moved.starts_with("HTTP/1.1 307 ") && moved.contains("location: https://elsewhere.test/\r\n"), "{moved}");
}

#[test]
fn many_at_once_are_counted_and_served() {
    const MANY: usize = 80;
    let (authority, all_here) = (Authority::new(), Barrier::new(MANY));
    let upstream = Upstream::https(&authority, &["localhost"], move |_| {
        all_here.wait();
        Reply::json(200, "{}")
    });
    let config = trusting(&authority);
    thread::scope(|scope| {
        for _ in 0..MANY {
            scope.spawn(|| assert!(exchange_safely(&config, upstream.address(), GET).ends_with(b"\r\n\r\n{}")));
        }
    });
    assert_eq!((upstream.most_at_once(), upstream.connections(), upstream.seen().len()), (MANY, MANY, MANY));
    assert!(upstream.seen().iter().all(|seen| seen.server_name.as_deref() == Some("localhost")));
}

#[test]
fn one_after_the_other_is_one_at_once() {
    let upstream = Upstream::http(|seen| if seen.target == "/" { Reply::json(200, "{}") } else { Reply::silence() });
    for _ in 0..200 {
        assert!(exchange(upstream.address(), GET).ends_with(b"{}"));
    }
    for number in 201..221 {
        dial(upstream.address()).write_all(b"GET /silent HTTP/1.1\r\n\r\n").unwrap();
        assert_eq!(upstream.connections(), number);
    }
    assert_eq!(upstream.most_at_once(), 1);
    let silent = [(); 3].map(|()| dial(upstream.address()));
    assert_eq!((upstream.connections(), upstream.most_at_once(), silent.len()), (223, 3, 3));
}

#[test]
fn a_client_that_hangs_up_midway_was_no_request() {
    let upstream = Upstream::http(|_| Reply::json(200, "{}"));
    for part in ["GET / HT", "POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nhalf"] {
        let before = upstream.application_bytes();
        dial(upstream.address()).write_all(part.as_bytes()).unwrap();
        assert_eq!(upstream.application_bytes(), before + part.len());
    }
    assert_eq!(upstream.seen().len(), 0);
    assert!(exchange(upstream.address(), GET).ends_with(b"{}"));
    assert_eq!((upstream.seen().len(), upstream.connections()), (1, 3));
}

#[test]
fn the_end_waits_for_nobody() {
    let replies: [fn() -> Reply; 5] = [
        Reply::silence,
        Reply::drip,
        || Reply::endless(""),
        || Reply::json(200, "{}"),
        || Reply::json(200, "{}").after(Duration::from_secs(60)),
    ];
    for (number, reply) in replies.into_iter().enumerate() {
        let upstream = Upstream::http(move |_| reply());
        let proxy = Proxy::to(upstream.address());
        let mut direct = dial(upstream.address());
        direct.write_all(GET).unwrap();
        let mut led = TcpStream::connect(proxy.url().trim_start_matches("http://")).unwrap();
        led.write_all(&[b"CONNECT x:1 HTTP/1.1\r\n\r\n", GET].concat()).unwrap();
        soon(|| upstream.seen().len() == 2);
        let start = Instant::now();
        if number % 2 == 0 {
            drop(proxy);
        }
        drop(upstream);
        assert!(start.elapsed() < Duration::from_secs(1), "{number}: {:?}", start.elapsed());
    }
}

#[test]
fn an_upstream_that_nobody_called_fails_the_test() {
    let authority = Authority::new();
    let make = || Upstream::https(&authority, &["localhost"], |_| Reply::json(200, "{}"));
    assert_eq!(complaint(make()).as_deref(), Some("the upstream was never called"));
    assert_eq!(complaint(make().may_stay_idle()), None);
    let called = make();
    exchange_safely(&trusting(&authority), called.address(), GET);
    assert_eq!(complaint(called), None);
}

#[test]
fn an_answer_that_panics_fails_the_test() {
    let upstream = Upstream::http(|seen| panic!("not what was to come: {}", seen.target));
    assert_eq!(exchange(upstream.address(), GET), b"");
    assert_eq!(complaint(upstream).as_deref(), Some("an answer of the upstream panicked"));
    let upstream = Upstream::http(|_| Reply::json(200, "{}")).may_stay_idle();
    assert_eq!(exchange(upstream.address(), b"Hello!\r\n\r\n"), b"");
    assert_eq!(complaint(upstream).as_deref(), Some("an answer of the upstream panicked"));
}
