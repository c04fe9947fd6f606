//! What byok reads out of a web address. Shared with the build script, so it names nothing of byok.

/// The host of an address, without its port; `None` where it is not known before a variable is filled in.
pub(crate) fn host(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = match authority.strip_prefix('[') {
        Some(address) => address.split(']').next()?,
        None => authority.split(':').next()?,
    };
    (!host.is_empty() && !host.contains(['{', '}', '@'])).then_some(host)
}
