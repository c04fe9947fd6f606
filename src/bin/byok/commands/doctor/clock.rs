//! Whether the time can be right: it lies behind what byok did last where it was set back, and then no end of a key's
//! life can be told.

use std::path::Path;

use byok::disk;
use jiff::{SignedDuration, Timestamp};

use super::finding::Finding;
use super::scene::{Found, Scene};
use crate::time::in_words;

/// Two machines' clocks may differ by this.
const SLACK: SignedDuration = SignedDuration::from_mins(10);

pub(super) fn examine(scene: &Scene<'_>) -> Found {
    let (session, troubles) = scene.session()?;
    let mut newest = None;
    for folder in [session.folders.data.join("profiles"), session.folders.state.join("pins")] {
        for name in disk::names_in(&folder).unwrap_or_default() {
            newest = newest.max(changed(&folder.join(name)));
        }
    }
    if !troubles.folders {
        for (_, profile) in scene.open_profiles().unwrap_or_default() {
            for key in profile.keys() {
                newest = newest.max(Some(key.updated)).max(key.tested().map(|tested| tested.at));
            }
        }
    }
    Ok(newest.and_then(|newest| judge(newest, scene.now)).into_iter().collect())
}

fn changed(path: &Path) -> Option<Timestamp> {
    Timestamp::try_from(std::fs::symlink_metadata(path).ok()?.modified().ok()?).ok()
}

/// Whether `now` can be later than the newest of what was done; pure.
fn judge(newest: Timestamp, now: Timestamp) -> Option<Finding> {
    let behind = newest.duration_since(now) > SLACK;
    let text = format!(
        "the clock says {}, but byok last changed something {}: which keys have expired cannot be told",
        byok::resolve::day(now),
        in_words(newest, now)
    );
    behind.then(|| Finding::warning("clock-behind", text).fix("set it", "sudo timedatectl set-ntp true"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_behind_what_was_done_cannot_be_right() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = at("2026-11-21T12:00:00Z");
        assert_eq!(judge(at("2026-11-21T12:09:00Z"), now), None);
        let found = judge(at("2026-12-03T12:00:00Z"), now).unwrap();
        assert_eq!(found.id, "clock-behind");
        assert!(found.text.contains("2026-11-21") && found.text.contains("in 12 days"), "{}", found.text);
    }
}
