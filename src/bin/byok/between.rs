//! Who may stand between a program that is handed keys and their providers: a proxy, whoever made the certificates that
//! are believed, or anybody at all.

use byok::endpoint::Endpoint;

/// What a variable of the environment lets stand there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Between<'v> {
    /// No certificate is checked.
    Anybody,
    /// Certificates are believed that neither the system nor who installs programs put there.
    Certificates,
    /// A proxy on another machine: its host and port.
    Proxy(&'v str),
}

/// What a variable of this name and value lets stand between.
pub(crate) fn of<'v>(name: &str, value: &'v str) -> Option<Between<'v>> {
    const UNCHECKED: [&str; 2] = ["NODE_TLS_REJECT_UNAUTHORIZED", "PYTHONHTTPSVERIFY"];
    const BELIEVED: [&str; 5] =
        ["SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"];
    // Programs read these in small letters, too.
    const PROXIES: [&str; 2] = ["HTTPS_PROXY", "ALL_PROXY"];
    if UNCHECKED.contains(&name) && value == "0" {
        Some(Between::Anybody)
    } else if BELIEVED.contains(&name) && !value.is_empty() && !is_systems(value) {
        Some(Between::Certificates)
    } else if PROXIES.iter().any(|one| one.eq_ignore_ascii_case(name)) && !value.is_empty() && !leads_here(value) {
        Some(Between::Proxy(host_of(value)))
    } else {
        None
    }
}

/// Whether certificates lie where only the system, or the one who installs programs, puts files.
pub(crate) fn is_systems(path: &str) -> bool {
    const FOLDERS: [&str; 6] =
        ["/etc/", "/usr/", "/nix/store/", "/run/current-system/", "/opt/homebrew/", "/private/etc/"];
    !path.contains("..") && FOLDERS.iter().any(|folder| path.starts_with(folder))
}

/// The host and port of a proxy, without the password that may stand before them.
fn host_of(proxy: &str) -> &str {
    let rest = proxy.split_once("://").map_or(proxy, |(_, rest)| rest);
    // First of all: a password may hold a `/` that should have been escaped.
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    host.split('/').next().unwrap_or(host)
}

/// Whether a proxy is on this machine.
fn leads_here(proxy: &str) -> bool {
    Endpoint::parse(&format!("https://{}", host_of(proxy))).is_ok_and(|host| host.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_stands_between_is_told_from_what_is_usual() {
        for (name, value, expected) in [
            ("NODE_TLS_REJECT_UNAUTHORIZED", "0", Some(Between::Anybody)),
            ("PYTHONHTTPSVERIFY", "0", Some(Between::Anybody)),
            ("PYTHONHTTPSVERIFY", "1", None),
            ("SSL_CERT_FILE", "/home/me/ca.pem", Some(Between::Certificates)),
            ("SSL_CERT_FILE", "/etc/../home/me/ca.pem", Some(Between::Certificates)),
            ("NODE_EXTRA_CA_CERTS", "ca.pem", Some(Between::Certificates)),
            ("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt", None),
            ("SSL_CERT_DIR", "", None),
            ("https_proxy", "http://me:a/b@proxy.example:8080/x", Some(Between::Proxy("proxy.example:8080"))),
            ("ALL_PROXY", "proxy.example", Some(Between::Proxy("proxy.example"))),
            ("HTTPS_PROXY", "http://127.0.0.1:8080", None),
            ("HTTPS_PROXY", "http://[::1]:8080", None),
            ("HTTPS_PROXY", "", None),
            ("HTTP_PROXY", "http://proxy.example:8080", None),
        ] {
            assert_eq!(of(name, value), expected, "{name}={value}");
        }
    }
}
