//! The time after which a secret is wiped. What a clock says deletes nothing: a clock can be set wrong, and set right again.

use jiff::Timestamp;

/// What passed on a machine while it ran, which nobody can set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uptime {
    /// The boot of the machine since which is counted, as the system calls it.
    pub boot: String,
    /// How long it is up, sleep included, in seconds.
    pub seconds: u64,
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

/// How long the clock of a machine that was started anew must go on saying that a deadline is over, in seconds: by then a
/// clock that was wrong at the start has been set right from the network.
const SETTLED: u64 = 3600;

impl Deadline {
    /// What is over in so many seconds.
    pub fn after(seconds: u32, now: Timestamp, up: Option<&Uptime>) -> Self {
        let at = now.checked_add(jiff::SignedDuration::from_secs(seconds.into())).unwrap_or(Timestamp::MAX);
        let later = |up: &Uptime| Uptime { seconds: up.seconds.saturating_add(seconds.into()), ..up.clone() };
        Self { at, up: up.map(later) }
    }

    /// How it stands, by the clock and by the machine's uptime.
    pub fn due(&self, now: Timestamp, up: Option<&Uptime>) -> Due {
        match (&self.up, up) {
            (Some(end), Some(up)) if end.boot == up.boot => {
                // Both were cut to whole seconds: what the clock calls over is over.
                if up.seconds + 1 >= end.seconds { Due::Over } else { Due::Later }
            }
            (_, Some(up)) if now >= self.at => {
                Due::Perhaps(Self { at: self.at, up: Some(Uptime { seconds: up.seconds + SETTLED, ..up.clone() }) })
            }
            // Nothing but a clock that can be set: what it calls over is hidden, and kept.
            _ => Due::Later,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_jumps_wipes_nothing() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let up = |boot: &str, seconds| Uptime { boot: boot.into(), seconds };
        let now = at("2026-11-21T12:00:00Z");
        let end = Deadline::after(60, now, Some(&up("a", 1000)));
        assert_eq!(end.at, at("2026-11-21T12:01:00Z"));
        // The clock jumps ahead by years, or goes back: the machine knows better.
        assert_eq!(end.due(at("2036-01-01T00:00:00Z"), Some(&up("a", 1058))), Due::Later);
        assert_eq!(end.due(at("1970-01-01T00:00:00Z"), Some(&up("a", 1059))), Due::Over);
        // Started anew: over only when the clock has kept saying so for a while.
        assert_eq!(end.due(now, Some(&up("b", 5))), Due::Later);
        let later = at("2026-11-21T12:02:00Z");
        let Due::Perhaps(again) = end.due(later, Some(&up("b", 5))) else { panic!() };
        assert_eq!(again.due(later, Some(&up("b", 3603))), Due::Later);
        assert_eq!(again.due(later, Some(&up("b", 3604))), Due::Over);
        // No uptime at all.
        assert_eq!(end.due(later, None), Due::Later);
    }
}
