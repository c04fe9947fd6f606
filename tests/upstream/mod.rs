//! The provider of the tests: a server on the loopback that notes all that comes in and answers as it is told.

mod door;
mod line;
mod proxy;
mod reply;
mod tests;
mod tls;

use std::io::Read;
use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use rustls::ServerConfig;

use door::{Caller, Door};
use line::{Line, Meter};
pub(crate) use proxy::Proxy;
pub(crate) use reply::Reply;
pub(crate) use tls::{Authority, ServerCert};

/// One request as it came in.
#[derive(Clone)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) target: String,
    /// In order, the names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Every byte of it.
    pub(crate) raw: Vec<u8>,
    /// The name that the client asked for in its handshake.
    pub(crate) server_name: Option<String>,
    /// When its last byte had come.
    pub(crate) at: Instant,
}

/// A server that must be called: where it is not, its end fails the test.
pub(crate) struct Upstream {
    door: Door,
    ledger: Arc<Ledger>,
    scheme: &'static str,
    idle: bool,
}

#[derive(Default)]
struct Ledger {
    seen: Mutex<Vec<Seen>>,
    meter: Meter,
}

impl Upstream {
    /// One that speaks plain HTTP, and does with each request as `answer` says; where that panics, the test fails.
    pub(crate) fn http(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        Self::open(None, answer)
    }

    /// One under TLS, with a good certificate for these names.
    pub(crate) fn https(
        authority: &Authority,
        names: &[&str],
        answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::with_certificate(&authority.certificate(names), answer)
    }

    /// One under TLS, with this certificate.
    pub(crate) fn with_certificate(
        certificate: &ServerCert,
        answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::open(Some(certificate.config()), answer)
    }

    fn open(tls: Option<Arc<ServerConfig>>, answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let ledger = Arc::new(Ledger::default());
        let (theirs, scheme) = (Arc::clone(&ledger), if tls.is_some() { "https" } else { "http" });
        let door = Door::open(move |caller| theirs.serve(caller, tls.as_ref(), &answer));
        Self { door, ledger, scheme, idle: false }
    }

    /// Takes back that it must be called.
    pub(crate) fn may_stay_idle(mut self) -> Self {
        self.idle = true;
        self
    }

    /// The address of a path, which begins with a slash or is empty.
    pub(crate) fn url(&self, path: &str) -> String {
        let host = if self.scheme == "https" { "localhost" } else { "127.0.0.1" };
        format!("{}://{host}:{}{path}", self.scheme, self.address().port())
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.door.address()
    }

    /// All requests so far, those included that are still on their way in.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.door.settle();
        self.ledger.seen.lock().unwrap().clone()
    }

    /// How many connections there were so far.
    pub(crate) fn connections(&self) -> usize {
        self.door.connections()
    }

    /// The largest number of connections at one time. One ends where the last of its answer is sent, or the client
    /// hangs up: a client that goes on to its next call at once is never counted twice.
    pub(crate) fn most_at_once(&self) -> usize {
        self.door.most_at_once()
    }

    /// The plaintext that came in, whether or not it made a request; none where the handshake failed.
    pub(crate) fn application_bytes(&self) -> usize {
        self.door.settle();
        self.ledger.meter.came.load(Ordering::SeqCst)
    }

    /// The plaintext that the clients' sockets took.
    pub(crate) fn sent_bytes(&self) -> usize {
        self.ledger.meter.sent.load(Ordering::SeqCst)
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        let called = thread::panicking() || self.idle || !self.seen().is_empty();
        self.door.close();
        assert!(thread::panicking() || !self.door.panicked(), "an answer of the upstream panicked");
        assert!(called, "the upstream was never called");
    }
}

impl Seen {
    /// The value of the first header of this name, which is in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(there, _)| there == name).map(|(_, value)| value.as_str())
    }

    /// `None` where the client hangs up before the end of its request.
    fn read(line: &mut Line<'_>) -> Option<Self> {
        let mut raw = head(line).ok()?;
        let text = String::from_utf8_lossy(&raw).into_owned();
        let mut lines = text.trim_end().split("\r\n");
        let first: Vec<_> = lines.next().unwrap_or_default().split(' ').collect();
        let [method, target, "HTTP/1.1"] = first[..] else { panic!("not a request: {text:?}") };
        let headers = lines.map(|line| line.split_once(':').unwrap_or_else(|| panic!("not a header: {line:?}")));
        let headers = headers.map(|(name, value)| (name.to_lowercase(), value.trim().to_owned())).collect();
        let (method, target, server_name) = (method.to_owned(), target.to_owned(), line.server_name());
        let mut seen = Self { method, target, headers, body: vec![], raw: vec![], server_name, at: Instant::now() };
        assert_eq!(seen.header("transfer-encoding"), None, "the upstream reads no chunks");
        seen.body = vec![0; seen.header("content-length").map_or(0, |length| length.parse().unwrap())];
        line.read_exact(&mut seen.body).ok()?;
        raw.extend(&seen.body);
        (seen.raw, seen.at) = (raw, Instant::now());
        Some(seen)
    }
}

impl Ledger {
    fn serve(&self, caller: &Caller, tls: Option<&Arc<ServerConfig>>, answer: &impl Fn(&Seen) -> Reply) {
        let Ok(mut line) = Line::open(caller, &self.meter, tls) else { return };
        let Some(seen) = Seen::read(&mut line) else { return };
        self.seen.lock().unwrap().push(seen.clone());
        caller.heard();
        // An error is a client that hung up.
        let _ = answer(&seen).give(line);
    }
}

/// Reads up to the end of the headers and not one byte further; fails with what there was before the client hung up.
fn head(from: &mut impl Read) -> Result<Vec<u8>, Vec<u8>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        match from.read_exact(&mut byte) {
            Ok(()) => head.extend(byte),
            Err(_) => return Err(head),
        }
    }
    Ok(head)
}
