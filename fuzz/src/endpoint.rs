//! Where a key goes: to its provider's own address, or where its person says, and to nowhere else, however the address is
//! read.

use std::collections::BTreeMap;
use std::net::IpAddr;

use byok::endpoint::Endpoint;
use byok::probe::{self, Candidate};
use byok::provider::Registry;
use byok::secret::Secret;
use reqwest::Url;
use zeroize::Zeroizing;

/// The first byte chooses the provider, the rest is the address.
pub fn run(input: &[u8]) {
    let Some((first, rest)) = input.split_first() else { return };
    let Some(text) = super::text(rest) else { return };
    match Endpoint::parse(text) {
        Ok(endpoint) => is_where_the_client_goes(&endpoint, text),
        Err(error) => super::silent(&error),
    }
    let registry = Registry::builtin();
    let ids = registry.ids();
    let id = &ids[usize::from(*first) * ids.len() / 256];
    let candidate = Candidate {
        provider: registry.get(id),
        secret: Secret::new(Zeroizing::new(super::CANARY.to_owned())).unwrap(),
        fields: BTreeMap::from([("endpoint".to_owned(), text.to_owned())]),
    };
    let Some(hosts) = probe::host(&candidate) else { return };
    // What a person leaves out, or says after the path, changes nothing of the host.
    let address = text.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let address = if text.contains("://") { address.to_owned() } else { format!("https://{address}") };
    let endpoint =
        Endpoint::parse(&address).unwrap_or_else(|_| panic!("{id}: a key goes to an address that is refused"));
    for host in hosts.split(", ") {
        let name = host.strip_suffix(&format!(":{}", endpoint.port())).unwrap_or(host);
        let name = name.trim_start_matches('[').trim_end_matches(']');
        assert_eq!(name, endpoint.host(), "{id}: a key goes elsewhere than it was sent");
    }
}

/// Compares byok's reading of an address with that of the client that connects.
fn is_where_the_client_goes(endpoint: &Endpoint, text: &str) {
    let Ok(url) = Url::parse(text) else { return };
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let same = match (host.parse::<IpAddr>(), endpoint.host().parse::<IpAddr>()) {
        (Ok(one), Ok(other)) => one == other,
        (Err(_), Err(_)) => host == endpoint.host(),
        _ => false,
    };
    assert!(same, "two readings of a host: {host:?} and {:?}", endpoint.host());
    assert!(url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none());
    if url.port().is_some() {
        assert_eq!(url.port(), Some(endpoint.port()));
    }
    let loopback = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    assert!(url.scheme() == "https" || (url.scheme() == "http" && loopback), "a key in clear");
    assert_eq!(endpoint.is_loopback(), loopback);
    if let Ok(IpAddr::V4(ip)) = host.parse::<IpAddr>().map(|ip| ip.to_canonical()) {
        assert!(!ip.is_link_local() && !ip.is_unspecified(), "an address of the machine's own credentials");
    }
}
