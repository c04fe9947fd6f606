//! Points in time as people say them.

use anyhow::Result;
use byok::profile::Uptime;
use jiff::{SignedDuration, Timestamp};

use crate::fault::Fault;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The time at this moment. A clock beyond the year 9999 is as good as its end.
pub(crate) fn clock() -> Timestamp {
    Timestamp::try_from(std::time::SystemTime::now()).unwrap_or(Timestamp::MAX)
}

/// How long this machine is up since its last start, which nobody can set as they can a clock.
#[cfg(target_os = "linux")]
pub(crate) fn uptime() -> Option<Uptime> {
    use rustix::time::{ClockId, clock_gettime};
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?.trim().to_owned();
    let time = std::time::Duration::try_from(clock_gettime(ClockId::Boottime)).ok()?;
    Some(Uptime { boot, milliseconds: u64::try_from(time.as_millis()).ok()? })
}

/// Elsewhere no file tells one start from the next.
#[cfg(not(target_os = "linux"))]
pub(crate) fn uptime() -> Option<Uptime> {
    None
}

/// "3 weeks ago", "in 12 days", "just now".
pub(crate) fn in_words(time: Timestamp, now: Timestamp) -> String {
    let seconds = time.duration_since(now).as_secs();
    let distance = seconds.abs();
    if distance < MINUTE {
        return "just now".to_owned();
    }
    // The nearest, not the last full one: a key that was given 12 days expires in 12 days, a minute later as well.
    let of = |unit: i64| (distance + unit / 2) / unit;
    let (count, unit) = match distance {
        d if d < HOUR - MINUTE / 2 => (of(MINUTE), "minute"),
        d if d < 2 * DAY - HOUR / 2 => (of(HOUR), "hour"),
        d if d < 21 * DAY - DAY / 2 => (of(DAY), "day"),
        d if d < 90 * DAY => (of(7 * DAY), "week"),
        d if d < 730 * DAY => (of(30 * DAY), "month"),
        _ => (of(365 * DAY), "year"),
    };
    let plural = if count == 1 { "" } else { "s" };
    if seconds < 0 { format!("{count} {unit}{plural} ago") } else { format!("in {count} {unit}{plural}") }
}

/// "8 hours", "59 minutes".
pub(crate) fn span_in_words(span: std::time::Duration) -> String {
    let seconds = i64::try_from(span.as_secs()).unwrap_or(i64::MAX);
    let (count, unit) = match seconds {
        s if s >= 2 * DAY => (s / DAY, "day"),
        s if s >= HOUR => ((s + HOUR / 2) / HOUR, "hour"),
        s if s >= MINUTE => ((s + MINUTE / 2) / MINUTE, "minute"),
        s => (s, "second"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// Reads `500ms`, `30s`, `5m`, `12h`, `7d`.
pub(crate) fn parse_span(flag: &str, text: &str) -> Result<SignedDuration> {
    let wrong = || {
        Fault::misused(format!("cannot use `{flag}`: this is no length of time"))
            .hint(format!("write `{flag} 30s`, or `500ms`, `5m`, `1h`, `7d`"))
    };
    let at = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
    let (number, unit) = text.split_at(at);
    let milliseconds = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 1000 * MINUTE,
        "h" => 1000 * HOUR,
        "d" => 1000 * DAY,
        _ => return Err(wrong().into()),
    };
    let count: u32 = number.parse().map_err(|_| wrong())?;
    match count {
        0 => Err(wrong().into()),
        count => Ok(SignedDuration::from_millis(i64::from(count) * milliseconds)),
    }
}

/// Reads `90d`, `12h`, `2w`, `2027-01-01` (its start in UTC), RFC 3339, or `never`, which is `None`.
pub(crate) fn parse_end(text: &str, now: Timestamp) -> Result<Option<Timestamp>> {
    let wrong = || {
        Fault::misused("cannot read the time of expiry")
            .hint("write `90d`, `12h`, `4w`, `1y`, `2027-01-01`, `2027-01-01T12:00:00Z` or `never`")
    };
    if text == "never" || text.is_empty() {
        return Ok(None);
    }
    if let Some((number, unit)) = text.split_at_checked(text.len().saturating_sub(1)) {
        let unit = match unit {
            "h" => HOUR,
            "d" => DAY,
            "w" => 7 * DAY,
            "y" => 365 * DAY,
            _ => 0,
        };
        if unit > 0 {
            let count: u32 = number.parse().map_err(|_| wrong())?;
            let end = now.checked_add(SignedDuration::from_secs(i64::from(count) * unit)).map_err(|_| wrong())?;
            // A part of a second says nothing here and would only look odd in the file.
            return Ok(Some(Timestamp::from_second(end.as_second()).map_err(|_| wrong())?));
        }
    }
    let full = if text.len() == "2027-01-01".len() { format!("{text}T00:00:00Z") } else { text.to_owned() };
    full.parse().map(Some).map_err(|_| wrong().into())
}

/// Reads `90d`, `12h`, `2w` as that long ago, or a day or time as [`parse_end`] does.
pub(crate) fn parse_since(text: &str, now: Timestamp) -> Result<Timestamp> {
    let wrong = || {
        Fault::misused("cannot read the time").hint("write `12h`, `7d`, `4w`, `2026-11-01` or `2026-11-01T12:00:00Z`")
    };
    let end = parse_end(text, now).ok().flatten().ok_or_else(wrong)?;
    let is_span = text.ends_with(['h', 'd', 'w', 'y']);
    let since = if is_span { now.checked_sub(end.duration_since(now)).map_err(|_| wrong())? } else { end };
    Ok(since)
}

/// Reads `30d`, `12h`, `4w`, `1y` as a length of time.
pub(crate) fn parse_reach(flag: &str, text: &str) -> Result<SignedDuration> {
    let wrong = || {
        Fault::misused(format!("cannot use `{flag}`: this is no length of time"))
            .hint(format!("write `{flag} 30d`, or `12h`, `8w`, `1y`"))
    };
    let start = Timestamp::UNIX_EPOCH;
    let reach = parse_end(text, start).ok().flatten().filter(|_| text.ends_with(['h', 'd', 'w', 'y']));
    Ok(reach.map(|end| end.duration_since(start)).filter(|reach| !reach.is_zero()).ok_or_else(wrong)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn times_are_told_in_words() {
        let now = at("2026-11-20T12:00:00Z");
        for (time, words) in [
            ("2026-11-20T11:59:30Z", "just now"),
            ("2026-11-20T11:59:00Z", "1 minute ago"),
            ("2026-11-19T13:00:00Z", "23 hours ago"),
            ("2026-10-30T11:00:00Z", "3 weeks ago"),
            ("2026-12-02T11:57:00Z", "in 12 days"),
            ("2028-11-21T12:00:00Z", "in 2 years"),
        ] {
            assert_eq!(in_words(at(time), now), words, "{time}");
        }
    }

    #[test]
    fn an_end_is_a_span_a_day_a_time_or_never() {
        let now = at("2026-11-20T12:00:00.5Z");
        let end = |text| parse_end(text, now).map(|end| end.map(|end| end.to_string()));
        assert_eq!(end("90d").unwrap().as_deref(), Some("2027-02-18T12:00:00Z"));
        assert_eq!(end("12h").unwrap().as_deref(), Some("2026-11-21T00:00:00Z"));
        assert_eq!(end("2027-01-01").unwrap().as_deref(), Some("2027-01-01T00:00:00Z"));
        assert_eq!(end("never").unwrap(), None);
        for bad in ["d", "-1d", "9999999999d", "4000000000w", "tomorrow", "2027-13-01", "é"] {
            assert!(end(bad).is_err(), "{bad}");
        }
    }
}
