//! The time after which a secret is wiped. What a clock says deletes nothing: a clock can be set wrong, and set right again.

use std::time::Duration;

use jiff::{RoundMode, SignedDuration, Timestamp, TimestampRound, Unit};
use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::form::Time;

/// What passed on a machine while it ran, which nobody can set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uptime {
    /// The boot of the machine since which is counted, as the system calls it.
    pub boot: String,
    /// How long it is up, sleep included, in milliseconds.
    pub milliseconds: u64,
}

/// The time at which something is to be wiped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadline {
    /// By the clock.
    pub at: Timestamp,
    /// By the machine's uptime, if that is known.
    pub up: Option<Uptime>,
}

/// How a deadline stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Due {
    /// It is still to come.
    Later,
    /// It is over, as the time shows that the machine was up.
    Over,
    /// It is over by the clock alone. It is over for sure when this deadline is.
    Perhaps(Deadline),
}

/// How long the clock of a machine that was started anew must go on saying that a deadline is over, in milliseconds: by then a
/// clock that was wrong at the start has been set right from the network.
const SETTLED: u64 = 3_600_000;

impl Deadline {
    /// What is over in so long a time. By the clock it is whole seconds, and never before the uptime says so.
    pub fn after(time: Duration, now: Timestamp, up: Option<&Uptime>) -> Self {
        let at = SignedDuration::try_from(time).ok().and_then(|time| now.checked_add(time).ok());
        let at = at.and_then(|at| at.round(TimestampRound::new().smallest(Unit::Second).mode(RoundMode::Ceil)).ok());
        let length = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let later = |up: &Uptime| Uptime { milliseconds: up.milliseconds.saturating_add(length), ..up.clone() };
        Self { at: at.unwrap_or(Timestamp::MAX), up: up.map(later) }
    }

    /// How it stands, by the clock and by the machine's uptime.
    pub fn due(&self, now: Timestamp, up: Option<&Uptime>) -> Due {
        match (&self.up, up) {
            (Some(end), Some(up)) if end.boot == up.boot => {
                if up.milliseconds >= end.milliseconds {
                    Due::Over
                } else {
                    Due::Later
                }
            }
            (_, Some(up)) if now >= self.at => Due::Perhaps(Self {
                at: self.at,
                up: Some(Uptime { milliseconds: up.milliseconds + SETTLED, ..up.clone() }),
            }),
            // Nothing but a clock that can be set: what it calls over is hidden, and kept.
            _ => Due::Later,
        }
    }
}

impl Serialize for Deadline {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut map = out.serialize_map(None)?;
        map.serialize_entry("at", &self.at.to_string())?;
        if let Some(up) = &self.up {
            map.serialize_entry("boot", &up.boot)?;
            map.serialize_entry("up", &up.milliseconds)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Deadline {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        struct Fields {
            at: Time,
            boot: Option<String>,
            up: Option<u64>,
        }
        let read = Fields::deserialize(from)?;
        let up = read.boot.zip(read.up).map(|(boot, milliseconds)| Uptime { boot, milliseconds });
        Ok(Self { at: read.at.0, up })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_jumps_wipes_nothing() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let up = |boot: &str, seconds: u64| Uptime { boot: boot.into(), milliseconds: seconds * 1000 };
        let now = at("2026-11-21T12:00:00Z");
        let end = Deadline::after(Duration::from_secs(60), now, Some(&up("a", 1000)));
        assert_eq!(end.at, at("2026-11-21T12:01:00Z"));
        // The clock jumps ahead by years, or goes back: the machine knows better.
        assert_eq!(end.due(at("2036-01-01T00:00:00Z"), Some(&up("a", 1059))), Due::Later);
        assert_eq!(end.due(at("1970-01-01T00:00:00Z"), Some(&up("a", 1060))), Due::Over);
        // Started anew: over only when the clock has kept saying so for a while.
        assert_eq!(end.due(now, Some(&up("b", 5))), Due::Later);
        let later = at("2026-11-21T12:02:00Z");
        let Due::Perhaps(again) = end.due(later, Some(&up("b", 5))) else { panic!() };
        assert_eq!(again.due(later, Some(&up("b", 3604))), Due::Later);
        assert_eq!(again.due(later, Some(&up("b", 3605))), Due::Over);
        // No uptime at all.
        assert_eq!(end.due(later, None), Due::Later);
    }
}
