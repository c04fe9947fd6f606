//! N03, N04: a server that cannot prove who it is hears not one byte of a request, and is not asked again.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use byok::verdict::{Cause, Verdict};

use super::{MODELS, OPENAI, ask, comes_to, openai, options, setup};
use crate::tools::tool;
use crate::upstream::{Authority, Reply, ServerCert, Upstream};

#[track_caller]
fn refused(believed: &Authority, certificate: &ServerCert, says: &str) {
    let upstream = Upstream::with_certificate(certificate, |_| Reply::json(200, MODELS)).may_stay_idle();
    let asked = ask(&setup(believed, &[(OPENAI, upstream.address())]), &openai(), &options());
    comes_to(&asked, Verdict::Unreachable, Some(Cause::Tls), says, 1);
    assert_eq!((upstream.connections(), upstream.application_bytes()), (1, 0));
}

#[test]
fn an_expired_certificate_is_refused() {
    let authority = Authority::new();
    refused(&authority, &authority.expired(&[OPENAI]), "the certificate of api.openai.com has expired");
}

#[test]
fn a_certificate_of_the_future_is_refused() {
    let authority = Authority::new();
    let says = "the certificate of api.openai.com is not valid yet; is the clock right?";
    refused(&authority, &authority.not_yet_valid(&[OPENAI]), says);
}

#[test]
fn a_certificate_for_another_name_is_refused() {
    let authority = Authority::new();
    for name in ["evil.example", "openai.com", "*.openai.com.evil.example", "127.0.0.1"] {
        refused(&authority, &authority.certificate(&[name]), "the certificate is for another name than api.openai.com");
    }
}

#[test]
fn an_unknown_authority_and_none_are_refused() {
    let authority = Authority::new();
    let says = "the certificate of api.openai.com is from an authority that this system does not know";
    refused(&authority, &Authority::new().certificate(&[OPENAI]), says);
    refused(&authority, &ServerCert::self_signed(&[OPENAI]), says);
}

/// So that the refusals above are not for another reason.
#[test]
fn a_good_certificate_is_believed() {
    let authority = Authority::new();
    let upstream = Upstream::https(&authority, &[OPENAI], |_| Reply::json(200, MODELS));
    let asked = ask(&setup(&authority, &[(OPENAI, upstream.address())]), &openai(), &options());
    comes_to(&asked, Verdict::Valid, None, "", 1);
    assert!(upstream.application_bytes() > 0);
}

/// A server that speaks this version of TLS and no other; `None` where OpenSSL does not speak it, which is said.
struct OldServer(Child, SocketAddr);

impl OldServer {
    fn new(openssl: &Path, folder: &Path, version: &str) -> Self {
        // A port that was free a moment ago.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let mut server = Command::new(openssl);
        server.args(["s_server", "-quiet", "-www", "-cert", "cert.pem", "-key", "key.pem", "-accept"]);
        server.arg(address.to_string()).args(["-cipher", "DEFAULT@SECLEVEL=0", version]).current_dir(folder);
        let null = Stdio::null;
        let server = server.stdin(null()).stdout(null()).stderr(null()).spawn().unwrap();
        let began = Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(began.elapsed().as_secs() < 10, "openssl does not listen");
            std::thread::sleep(Duration::from_millis(10));
        }
        Self(server, address)
    }
}

impl Drop for OldServer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn old_versions_of_tls_are_refused() {
    let Some(openssl) = tool(&["openssl"]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let script = "openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 \
        -subj /CN=api.openai.com -addext subjectAltName=DNS:api.openai.com -addext basicConstraints=critical,CA:FALSE";
    let made = Command::new("sh").args(["-c", script]).current_dir(folder.path()).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    for version in ["-tls1", "-tls1_1"] {
        let server = OldServer::new(&openssl, folder.path(), version);
        // So that the refusal is not for another reason: who speaks it is answered.
        let speaks = format!("openssl s_client -connect {} {version} -cipher DEFAULT@SECLEVEL=0 </dev/null", server.1);
        let spoken = Command::new("sh").args(["-c", &speaks]).output().unwrap();
        assert!(spoken.status.success(), "{version}: {}", String::from_utf8_lossy(&spoken.stderr));
        let (asked, _) = ask(&setup(&Authority::new(), &[(OPENAI, server.1)]), &openai(), &options());
        assert_eq!((asked.verdict, asked.cause), (Verdict::Unreachable, Some(Cause::Tls)), "{version}");
    }
}
