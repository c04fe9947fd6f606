//! What went wrong on the way, told apart by type and never by the words of a library, in which an address or a header
//! may stand.

use std::error::Error;
use std::io;
use std::time::Duration;

use rustls::CertificateError;

use super::resolver::NameFailure;
use super::{Failure, SetupError};
use crate::verdict::Cause;

/// What a failure is told against: where the request went, and how long it had.
pub(super) struct Context<'a> {
    host: String,
    proxy: Option<&'a str>,
    limit: Duration,
}

impl<'a> Context<'a> {
    pub(super) fn new(url: &str, proxy: Option<&'a str>, limit: Duration) -> Self {
        Self { host: host_and_port(url).unwrap_or_default(), proxy, limit }
    }

    /// The failure in the client's error; `answering` if the head of an answer had come already.
    pub(super) fn of(&self, error: &reqwest::Error, answering: bool) -> Failure {
        let host = &self.host;
        let chain = || std::iter::successors(error.source(), |inner| (*inner).source());
        let proxied = Proxied::of(chain());
        if let Some(found) = chain().find_map(|inner| inner.downcast_ref::<NameFailure>()) {
            return self.name(found, proxied);
        }
        if let Some(found) = chain().find_map(tls) {
            return failure(Cause::Tls, self.tls(&found), false);
        }
        if error.is_timeout() && !error.is_connect() {
            let (limit, what) = (seconds(self.limit), if answering { "the answer did not end" } else { "no answer" });
            return Failure { sent: true, ..failure(Cause::Timeout, format!("{what} within {limit}"), false) };
        }
        if error.is_connect() {
            if let Some(proxied) = proxied {
                let proxy = self.proxy.unwrap_or_default();
                let says = match proxied {
                    Proxied::Login => format!("the proxy {proxy} asks for a login"),
                    Proxied::Refused => format!("the proxy {proxy} does not let byok through to {host}"),
                    Proxied::Broken => format!("no connection to the proxy {proxy}"),
                };
                return failure(Cause::Proxy, says, false);
            }
            let kind = chain().find_map(|inner| inner.downcast_ref::<io::Error>()).map(io::Error::kind);
            let says = match kind {
                Some(io::ErrorKind::ConnectionRefused) => format!("nobody listens at {host}"),
                Some(io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable) => {
                    format!("no way leads to {host}")
                }
                _ if error.is_timeout() => {
                    return failure(Cause::Timeout, format!("{host} takes no connection"), false);
                }
                _ => format!("no connection to {host}"),
            };
            return failure(Cause::Connect, says, true);
        }
        if let Some(hyper) = chain().find_map(|inner| inner.downcast_ref::<hyper::Error>())
            && hyper.is_parse()
        {
            let says = "the answer is not HTTP, or its head is too large";
            return Failure { cause: None, says: says.to_owned(), passing: false, sent: true };
        }
        let says = if answering { "the connection broke off" } else { "the server hung up without an answer" };
        Failure { sent: true, ..failure(Cause::Connect, says.to_owned(), true) }
    }

    fn name(&self, found: &NameFailure, proxied: Option<Proxied>) -> Failure {
        let name = self.host.rsplit_once(':').map_or(self.host.as_str(), |(name, _)| name);
        match found {
            NameFailure::NotFound(_) if proxied.is_some() => {
                let proxy = self.proxy.unwrap_or_default();
                failure(Cause::Proxy, format!("the name of the proxy {proxy} is not found"), false)
            }
            NameFailure::NotFound(_) => failure(Cause::Dns, format!("the name {name} is not found"), false),
            NameFailure::LinkLocal => {
                failure(Cause::Dns, format!("the name {name} leads into the link-local network"), false)
            }
        }
    }

    fn tls(&self, found: &rustls::Error) -> String {
        let host = &self.host;
        match found {
            rustls::Error::InvalidCertificate(why) => match why {
                CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                    format!("the certificate of {host} has expired")
                }
                CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                    format!("the certificate of {host} is not valid yet; is the clock right?")
                }
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                    format!("the certificate is for another name than {host}")
                }
                CertificateError::UnknownIssuer => {
                    format!("the certificate of {host} is from an authority that this system does not know")
                }
                CertificateError::Revoked => format!("the certificate of {host} is revoked"),
                _ => format!("the certificate of {host} cannot be believed"),
            },
            rustls::Error::InvalidMessage(_) => format!("{host} does not speak TLS"),
            rustls::Error::PeerIncompatible(_) | rustls::Error::AlertReceived(_) => {
                format!("{host} and byok have no version of TLS in common, or it turned byok away")
            }
            _ => format!("no TLS with {host}"),
        }
    }
}

fn failure(cause: Cause, says: String, passing: bool) -> Failure {
    Failure { cause: Some(cause), says, passing, sent: false }
}

/// The TLS error in a link of the chain; the I/O layer hides one from `source`.
fn tls(link: &(dyn Error + 'static)) -> Option<rustls::Error> {
    if let Some(found) = link.downcast_ref::<rustls::Error>() {
        return Some(found.clone());
    }
    let inner = link.downcast_ref::<io::Error>()?.get_ref()?;
    inner.downcast_ref::<rustls::Error>().cloned().or_else(|| tls(inner))
}

/// How far the way through a proxy went.
#[derive(Clone, Copy)]
enum Proxied {
    Login,
    Refused,
    Broken,
}

impl Proxied {
    /// `None` if no proxy was in the way. The types of these errors are private to the client; their words are fixed,
    /// and the tests hold them.
    fn of<'e>(chain: impl Iterator<Item = &'e (dyn Error + 'static)>) -> Option<Self> {
        let said: Vec<String> = chain.map(ToString::to_string).collect();
        let found = said.iter().find(|one| one.starts_with("tunnel error: ") || one.starts_with("SOCKS error: "))?;
        Some(match found.as_str() {
            "tunnel error: proxy authorization required" => Self::Login,
            "tunnel error: unsuccessful" => Self::Refused,
            _ => Self::Broken,
        })
    }
}

/// `host:port` of a URL, without user, password and path.
pub(super) fn host_and_port(url: &str) -> Option<String> {
    let parsed = reqwest::Url::parse(url).ok()?;
    let port = parsed.port_or_known_default().filter(|port| *port != 443);
    Some(format!("{}{}", parsed.host_str()?, port.map(|port| format!(":{port}")).unwrap_or_default()))
}

/// A time limit for people.
fn seconds(limit: Duration) -> String {
    let tenths = (limit.as_secs_f64() * 10.0).round() / 10.0;
    format!("{tenths} s")
}

/// Why there is no client. The words are the library's, and hold nothing of a person's.
pub(super) fn of_setup(error: &reqwest::Error) -> SetupError {
    let innermost = std::iter::successors(error.source(), |inner| (*inner).source()).last();
    let words = innermost.map_or_else(|| error.to_string(), ToString::to_string);
    if words.contains("No CA certificates") { SetupError::NoCertificates } else { SetupError::Tls(words) }
}
