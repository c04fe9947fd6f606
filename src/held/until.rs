//! What is held, with its end written before it: whoever reads it keeps to that, whatever the place forgets by itself.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use zeroize::Zeroizing;

/// `secret` behind the line that says from when to when it is held, in milliseconds.
pub(super) fn with_end(secret: &[u8], now: Timestamp, time: Duration) -> Zeroizing<Vec<u8>> {
    let time = SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX);
    let until = now.checked_add(time).unwrap_or(Timestamp::MAX);
    let head = format!("{} {}\n", now.as_millisecond(), until.as_millisecond());
    let mut item = Zeroizing::new(Vec::with_capacity(head.len() + secret.len()));
    item.extend_from_slice(head.as_bytes());
    item.extend_from_slice(secret);
    item
}

/// The secret and how long it is held yet. `None` where its time is over, where the clock was set back since, and where
/// no end is written: nobody may have it any more.
pub(super) fn within(item: &[u8], now: Timestamp) -> Option<(Zeroizing<Vec<u8>>, Duration)> {
    let end = item.iter().position(|byte| *byte == b'\n')?;
    let (since, until) = std::str::from_utf8(&item[..end]).ok()?.split_once(' ')?;
    let (since, until): (i64, i64) = (since.parse().ok()?, until.parse().ok()?);
    let now = now.as_millisecond();
    let left = u64::try_from(until.checked_sub(now)?).ok().filter(|left| *left > 0 && now >= since)?;
    Some((Zeroizing::new(item[end + 1..].to_vec()), Duration::from_millis(left)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_end_that_is_still_to_come_is_nothing() {
        let now = Timestamp::from_second(1_000).unwrap();
        let item = with_end(b"secret", now, Duration::from_secs(2));
        let at = |second| within(&item, Timestamp::from_second(second).unwrap()).map(|(secret, _)| secret.to_vec());
        assert_eq!([at(999), at(1_002), at(1_003)], [None, None, None]);
        assert_eq!((at(1_000), at(1_001)), (Some(b"secret".to_vec()), Some(b"secret".to_vec())));
        for none in ["secret", "", "\nsecret", "1000000\nsecret", "1000000 x\nsecret", "AGE-SECRET-KEY-1X\n"] {
            assert!(within(none.as_bytes(), now).is_none(), "{none}");
        }
    }
}
