//! The address of a provider's API, read strictly: what two parsers could read differently is refused.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Why a text is no address that a key may be sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EndpointError {
    /// Neither https nor http to this machine.
    #[error("an endpoint starts with `https://` (`http://` only for this machine)")]
    Scheme,
    /// A user name or password in the address.
    #[error("an endpoint holds no user name or password")]
    Userinfo,
    /// A query or a fragment.
    #[error("an endpoint holds no `?` and no `#`")]
    Query,
    /// A host that is no plain ASCII name or IP address.
    #[error("an endpoint's host is a plain name or an IP address")]
    Host,
    /// Where cloud machines hand out their own credentials, or another link-local address.
    #[error("this is a link-local address, where machines ask for their own credentials, and no API")]
    LinkLocal,
    /// A character that no path needs.
    #[error("an endpoint holds only plain ASCII characters")]
    Character,
}

/// The names under which cloud machines reach it: Google, Amazon, Azure.
const METADATA: &[&str] = &[
    "metadata",
    "metadata.google.internal",
    "metadata.goog",
    "instance-data",
    "instance-data.ec2.internal",
    "metadata.azure.internal",
];

/// An address: scheme, host, port and path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    text: String,
    host: String,
    port: u16,
}

impl Endpoint {
    /// Reads `https://host[:port][/path]`, or http for a loopback host. The host is lower-cased.
    pub fn parse(text: &str) -> Result<Self, EndpointError> {
        let (rest, secure) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => (rest, true),
            (None, Some(rest)) => (rest, false),
            (None, None) => return Err(EndpointError::Scheme),
        };
        if rest.contains(['?', '#']) {
            return Err(EndpointError::Query);
        }
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err(EndpointError::Userinfo);
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || "/-._~%:@!$&()*+,;={}".contains(c);
        if !path.chars().all(plain) || path.contains("//") {
            return Err(EndpointError::Character);
        }
        let (host, port) = host(authority).ok_or(EndpointError::Host)?;
        if !secure && !is_loopback(&host) {
            return Err(EndpointError::Scheme);
        }
        if METADATA.contains(&host.as_str()) || host.parse().is_ok_and(is_metadata) {
            return Err(EndpointError::LinkLocal);
        }
        Ok(Self { text: text.to_owned(), host, port })
    }

    /// The address as it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The host, lower case, without port; an IPv6 address without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port; 443 where none is given.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether it leads into a private network, by its address alone.
    pub fn is_private(&self) -> bool {
        match self.host.parse::<IpAddr>().map(|ip| ip.to_canonical()) {
            Ok(IpAddr::V4(ip)) => ip.is_private(),
            Ok(IpAddr::V6(ip)) => ip.is_unique_local(),
            Err(_) => false,
        }
    }

    /// Whether it leads to this machine.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }
}

/// Host and port of `host[:port]`, if both are well formed.
fn host(authority: &str) -> Option<(String, u16)> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (inner, after) = rest.split_once(']')?;
            inner.parse::<Ipv6Addr>().ok()?;
            (inner, after.strip_prefix(':').or(after.is_empty().then_some("443"))?)
        }
        None => authority.split_once(':').unwrap_or((authority, "443")),
    };
    // `+443` is a number to Rust, and no port to anybody else.
    let port = port.parse().ok().filter(|_| port.bytes().all(|b| b.is_ascii_digit()))?;
    let name = host.to_ascii_lowercase();
    if authority.starts_with('[') {
        return Some((name, port));
    }
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    // `0x7f.1` and `2130706433` are addresses to some parsers and names to others.
    let last = name.rsplit('.').next().unwrap_or_default();
    let numeric = last.starts_with("0x") || last.bytes().all(|b| b.is_ascii_digit());
    let fits = name.split('.').all(label) && (!numeric || name.parse::<Ipv4Addr>().is_ok());
    fits.then_some((name, port))
}

/// Whether an address is link-local, where cloud machines find their credentials, or one of the others used for that:
/// those of Alibaba, Oracle and Azure, and of Amazon and Google in IPv6.
pub(crate) fn is_metadata(ip: IpAddr) -> bool {
    const OTHERS: [[u8; 4]; 3] = [[100, 100, 100, 200], [192, 0, 0, 192], [168, 63, 129, 16]];
    const OTHERS_V6: [[u16; 8]; 2] = [[0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254], [0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254]];
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.is_link_local() || OTHERS.contains(&ip.octets()) || ip.is_unspecified(),
        IpAddr::V6(ip) => {
            ip.is_unicast_link_local()
                || OTHERS_V6.contains(&ip.segments())
                || ip.is_unspecified()
                || within(ip).is_some_and(|ip| is_metadata(ip.into()))
        }
    }
}

/// The IPv4 address that a gateway makes of an IPv6 one: NAT64 (RFC 6052), 6to4 (RFC 3056), the old compatible form.
fn within(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let ([0x64, 0xff9b, 0, 0, 0, 0, high, low]
    | [0, 0, 0, 0, 0, 0, high @ 1..=u16::MAX, low]
    | [0x2002, high, low, ..]) = ip.segments()
    else {
        return None;
    };
    Some(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)))
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_anywhere_and_http_to_this_machine() {
        for (text, host) in [
            ("https://api.openai.com/v1", "api.openai.com"),
            ("https://API.OpenAI.com:8443", "api.openai.com"),
            ("http://127.0.0.1:11434", "127.0.0.1"),
            ("http://localhost:1234/v1", "localhost"),
            ("http://[::1]:4000", "::1"),
            ("https://my-name.openai.azure.com/", "my-name.openai.azure.com"),
        ] {
            assert_eq!(Endpoint::parse(text).unwrap().host(), host, "{text}");
        }
    }

    #[test]
    fn what_two_parsers_could_read_differently_is_refused() {
        for text in [
            "http://api.openai.com",
            "ftp://x",
            "api.openai.com",
            "https://api.openai.com@evil.example/",
            "https://user:pass@h/",
            "https://api.openai.com%2eevil/",
            "https://api.openai.com\\@evil",
            "https://h/?key=1",
            "https://h/#x",
            "https://аpi.openai.com/",
            "https://api.openai.com./",
            "https://0x7f.1/",
            "https://2130706433/",
            "http://127.1/",
            "http://localhost.evil.example",
            "https:///x",
            "https://h:99999/",
            "https://h:+443/",
            "https://169.254.169.254/latest",
            "https://[::ffff:169.254.169.254]/",
            "https://[fd00:ec2::254]/",
            "https://[fe80::1]/",
            "https://100.100.100.200/",
            "https://metadata.google.internal/",
            "https://metadata.goog/",
            "https://instance-data.ec2.internal/",
            "https://metadata.azure.internal/",
            "https://192.0.0.192/",
            "https://168.63.129.16/",
            "https://[fd20:ce::254]/",
            "https://[64:ff9b::a9fe:a9fe]/",
            "https://[2002:a9fe:a9fe::]/",
            "https://[::a9fe:a9fe]/",
            "https://0.0.0.0/",
            "https://h /",
            "https://h/\u{1b}[31m",
        ] {
            assert!(Endpoint::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_private_network_is_known_by_its_address() {
        for (host, is_private) in [
            ("10.0.0.7", true),
            ("172.16.0.1", true),
            ("172.32.0.1", false),
            ("192.168.1.10:8443", true),
            ("[fd12:3456::1]", true),
            ("[::ffff:192.168.1.10]", true),
            ("93.184.216.34", false),
            ("[2606:2800:220::1]", false),
            ("127.0.0.1", false),
            ("llm.internal", false),
        ] {
            assert_eq!(Endpoint::parse(&format!("https://{host}/v1")).unwrap().is_private(), is_private, "{host}");
        }
    }
}
