//! Names to addresses: the system's resolver, past a few that a test pins, and never into the link-local network.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::endpoint::is_metadata;

/// Why a name leads nowhere.
#[derive(Debug, thiserror::Error)]
pub(super) enum NameFailure {
    /// The resolver found nothing.
    #[error("not found")]
    NotFound(#[source] io::Error),
    /// It leads to where cloud machines ask for their own credentials.
    #[error("leads into the link-local network")]
    LinkLocal,
}

#[derive(Debug, Clone)]
pub(super) struct Resolver {
    pinned: Arc<BTreeMap<String, SocketAddr>>,
}

impl Resolver {
    pub(super) fn new(pinned: BTreeMap<String, SocketAddr>) -> Self {
        Self { pinned: Arc::new(pinned) }
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        if let Some(address) = self.pinned.get(name.as_str()) {
            let found: Addrs = Box::new(std::iter::once(*address));
            return Box::pin(std::future::ready(Ok(found)));
        }
        // Whatever a hosts file says: plain http goes to this machine and to no other.
        if name.as_str() == "localhost" {
            let here = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
            let found: Addrs = Box::new(here.into_iter().map(|ip| SocketAddr::new(ip, 0)));
            return Box::pin(std::future::ready(Ok(found)));
        }
        let name = name.as_str().to_owned();
        Box::pin(async move {
            let asked = tokio::task::spawn_blocking(move || (name.as_str(), 0).to_socket_addrs());
            let found = asked.await.map_err(io::Error::other).and_then(|found| found);
            let found: Vec<SocketAddr> = found.map_err(NameFailure::NotFound)?.collect();
            if found.iter().any(|address| is_metadata(address.ip())) {
                return Err(NameFailure::LinkLocal.into());
            }
            let found: Addrs = Box::new(found.into_iter());
            Ok(found)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asks the system's resolver, for which an address is the name of itself, or whoever stands in for it.
    fn found(resolver: &Resolver, name: &str) -> Result<Vec<SocketAddr>, Option<NameFailure>> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let found = runtime.block_on(resolver.resolve(name.parse().unwrap()));
        found.map(Iterator::collect).map_err(|error| error.downcast().ok().map(|failure| *failure))
    }

    #[test]
    fn no_name_leads_into_the_link_local_network() {
        let resolver = Resolver::new(BTreeMap::new());
        for name in ["169.254.169.254", "169.254.0.1", "100.100.100.200", "0.0.0.0", "fe80::1", "fd00:ec2::254"] {
            assert!(matches!(found(&resolver, name), Err(Some(NameFailure::LinkLocal))), "{name}");
        }
        for name in ["127.0.0.1", "192.0.2.1", "2001:db8::1"] {
            assert_eq!(found(&resolver, name).unwrap(), [SocketAddr::new(name.parse().unwrap(), 0)]);
        }
        assert!(matches!(found(&resolver, "does-not-exist.invalid"), Err(Some(NameFailure::NotFound(_)))));
    }

    #[test]
    fn localhost_is_this_machine_and_a_pin_comes_first() {
        let here = found(&Resolver::new(BTreeMap::new()), "localhost").unwrap();
        assert!(here.len() == 2 && here.iter().all(|address| address.ip().is_loopback()), "{here:?}");
        let pin: SocketAddr = "127.0.0.1:4711".parse().unwrap();
        let pinned = Resolver::new(BTreeMap::from([("localhost".to_owned(), pin), ("a.example".to_owned(), pin)]));
        for name in ["localhost", "a.example"] {
            assert_eq!(found(&pinned, name).unwrap(), [pin]);
        }
    }
}
