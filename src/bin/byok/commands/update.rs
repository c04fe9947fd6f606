//! One update of the profile for many keys, or a try of it.

use anyhow::Result;
use byok::keys::{self, KeyError};
use byok::profile::Profile;
use byok::secret::Secret;
use byok::store::Store;
use zeroize::Zeroizing;

use crate::session::Session;

/// Applies `deed` to the meant profile, which is made where there is none; with `dry` to a copy that is thrown away.
pub(super) fn profile<T>(
    session: &Session<'_>,
    dry: bool,
    mut deed: impl FnMut(&mut Profile) -> Result<(T, bool), KeyError>,
) -> Result<T> {
    let store = session.store();
    if dry {
        let stored = store.read(&session.profile)?.map(|(profile, _)| profile);
        let nothing = || Secret::new(Zeroizing::new("nothing is stored".to_owned()));
        let mut profile = stored.map_or_else(|| nothing().map(|vault| Profile::new(vault, Vec::new())), Ok)?;
        return Ok(deed(&mut profile)?.0);
    }
    let fresh = session.founder()?;
    let mut made = false;
    let _held = session.hold_signals();
    let done = keys::change(&store, &session.profile, Some(&fresh), |profile| {
        made = profile.generation() == 0;
        deed(profile)
    })?;
    if made {
        session.announce(&session.profile);
    }
    Ok(done)
}
