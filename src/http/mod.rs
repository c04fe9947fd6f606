//! The one client: HTTP/1.1, https (http only to this machine), no redirects, no cookies, no referer, no compression,
//! time limits, and no more of an answer than a test can need.

mod failure;
mod resolver;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use zeroize::Zeroizing;

use crate::endpoint::Endpoint;
use crate::verdict::Cause;

use resolver::Resolver;

/// The most that is read of an answer's body, in bytes. A list of models seldom has half of it.
pub const LIMIT: usize = 256 * 1024;

/// How long a connection may take to come about.
pub const CONNECT: Duration = Duration::from_secs(8);

/// What every request says of its sender: the name and the version, nothing of the machine.
const USER_AGENT: &str = concat!("byok/", env!("CARGO_PKG_VERSION"));

/// What a client is built from. The library reads no environment: whoever has one passes it in. Not to be printed: the
/// address of a proxy may hold a password.
#[derive(Clone, Default)]
pub struct Setup {
    /// The proxy for every host but this machine, as a URL.
    pub proxy: Option<String>,
    /// The hosts that need no proxy: names, domains, addresses and networks, separated by commas; `*` is all.
    pub no_proxy: String,
    /// Whose certificates are believed.
    pub trust: Trust,
    /// How long a connection may take to come about; `None` is [`CONNECT`].
    pub connect: Option<Duration>,
    /// Where names lead instead of where the system's resolver finds them.
    pub resolve: BTreeMap<String, SocketAddr>,
}

/// Whose certificates are believed.
#[derive(Debug, Clone, Default)]
pub enum Trust {
    /// Those that the system believes, or `SSL_CERT_FILE` and `SSL_CERT_DIR` where they are set.
    #[default]
    System,
    /// These authorities only, in DER.
    Only(Vec<Vec<u8>>),
    /// Nobody's: for plain http to this machine, without reading a few hundred certificates first.
    Nobody,
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// The address of the proxy, which may hold a password and is not repeated.
    #[error("the address of the proxy is not one")]
    Proxy,
    /// There are none.
    #[error(
        "there are no certificates to believe: `ca-certificates` is not installed, or `SSL_CERT_FILE` leads nowhere"
    )]
    NoCertificates,
    /// The certificates, or something deeper.
    #[error("cannot speak TLS: {0}")]
    Tls(String),
}

/// How to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Method {
    /// Read.
    #[default]
    Get,
    /// Send a body.
    Post,
    /// Take away.
    Delete,
}

impl Method {
    /// The word of the protocol.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
}

/// One request. Not to be printed: it is full of the key.
pub struct Request {
    /// How to ask.
    pub method: Method,
    /// Where to. May hold a key, where a provider knows no other way.
    pub url: Zeroizing<String>,
    /// Name and value. All are treated as secret.
    pub headers: Vec<(String, Zeroizing<String>)>,
    /// What is sent.
    pub body: Option<Zeroizing<String>>,
}

/// What came back.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Names, in lower case, and values, as far as they are text.
    pub headers: Vec<(String, String)>,
    /// The body, up to [`LIMIT`].
    pub body: Vec<u8>,
    /// Whether there was more of it.
    pub cut: bool,
}

impl Answer {
    /// The value of a header, by its lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Why nothing came back that can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What kept the answer from coming; `None` if one came that is not HTTP.
    pub cause: Option<Cause>,
    /// The same for people, without any of what was sent.
    pub says: String,
    /// Whether another try could end better.
    pub passing: bool,
    /// Whether the request may have reached the server all the same.
    pub sent: bool,
}

/// The client. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    inner: reqwest::Client,
    proxy: Option<String>,
}

impl Client {
    /// Builds it. Reads the system's certificates: some milliseconds, so only where there is something to ask.
    pub fn new(setup: &Setup) -> Result<Self, SetupError> {
        // The second time, it is installed already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .retry(reqwest::retry::never())
            .connect_timeout(setup.connect.unwrap_or(CONNECT))
            .http1_only()
            .pool_max_idle_per_host(0)
            .dns_resolver(Resolver::new(setup.resolve.clone()))
            .no_proxy();
        if let Some(url) = &setup.proxy {
            const KNOWN: [&str; 6] = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];
            // What the client does not know it would pass over, and go without.
            if url.split_once("://").is_some_and(|(scheme, _)| !KNOWN.contains(&scheme.to_lowercase().as_str())) {
                return Err(SetupError::Proxy);
            }
            let proxy = reqwest::Proxy::all(url).map_err(|_| SetupError::Proxy)?;
            // A proxy would see what goes to this machine in clear.
            let direct = format!("localhost,127.0.0.0/8,::1,{}", setup.no_proxy);
            builder = builder.proxy(proxy.no_proxy(reqwest::NoProxy::from_string(&direct)));
        }
        builder = match &setup.trust {
            Trust::System => builder,
            Trust::Only(authorities) => {
                let read = |der: &Vec<u8>| reqwest::Certificate::from_der(der);
                let roots = authorities.iter().map(read).collect::<Result<Vec<_>, _>>();
                builder.tls_certs_only(roots.map_err(|error| failure::of_setup(&error))?)
            }
            Trust::Nobody => builder.tls_certs_only([]),
        };
        let inner = builder.build().map_err(|error| failure::of_setup(&error))?;
        Ok(Self { inner, proxy: setup.proxy.as_deref().and_then(failure::host_and_port) })
    }

    /// Sends one request and reads its answer, all of it until `end`.
    ///
    /// # Errors
    /// A [`Failure`] where none came, or none in HTTP. The address must be https, or http to this machine.
    pub async fn ask(&self, request: &Request, end: Instant) -> Result<Answer, Failure> {
        let started = Instant::now();
        let limit = end.saturating_duration_since(started);
        let context = failure::Context::new(&request.url, self.proxy.as_deref(), limit);
        let outgoing = self.outgoing(request, limit)?;
        let mut response = match self.inner.execute(outgoing).await {
            Ok(response) => response,
            Err(error) => return Err(context.of(&error, false)),
        };
        let headers = response.headers().iter();
        let headers = headers.filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())));
        let mut answer = Answer { status: response.status().as_u16(), headers: headers.collect(), ..Answer::default() };
        loop {
            match response.chunk().await {
                Ok(None) => return Ok(answer),
                Ok(Some(chunk)) => {
                    let room = LIMIT - answer.body.len();
                    answer.body.extend_from_slice(&chunk[..chunk.len().min(room)]);
                    if chunk.len() > room {
                        answer.cut = true;
                        return Ok(answer);
                    }
                }
                Err(error) => return Err(context.of(&error, true)),
            }
        }
    }

    fn outgoing(&self, request: &Request, limit: Duration) -> Result<reqwest::Request, Failure> {
        let refused = |says: &str| Failure { cause: None, says: says.to_owned(), passing: false, sent: false };
        let address = request.url.split(['?', '#']).next().unwrap_or_default();
        Endpoint::parse(address).map_err(|error| refused(&error.to_string()))?;
        let mut headers = HeaderMap::new();
        for (name, value) in &request.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| refused("a header's name is not one"))?;
            let mut value = HeaderValue::from_str(value).map_err(|_| refused("a header cannot hold this value"))?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        let url = request.url.as_str();
        let mut outgoing = match request.method {
            Method::Get => self.inner.get(url),
            Method::Post => self.inner.post(url),
            Method::Delete => self.inner.delete(url),
        };
        if let Some(body) = &request.body {
            outgoing = outgoing.body(body.to_string());
        }
        outgoing.headers(headers).timeout(limit).build().map_err(|_| refused("the address is not one"))
    }
}
