//! Long runs of the characters that keys are made of, found without looking at most bytes.

/// The shortest run that can be a key, in bytes: what is shorter is guessed rather than found.
pub const SHORTEST: usize = 20;

/// How far before and behind a byte its neighbours are asked.
const NEAR: [usize; 3] = [3, 6, 9];

/// The letters of tokens: ASCII letters and digits, `_` and `-`.
static TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut at = 0;
    while at < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "the table has a place for each byte")]
        let byte = at as u8;
        table[at] = byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        at += 1;
    }
    table
};

/// Whether a byte is a letter of tokens.
pub(super) fn is_token(byte: u8) -> bool {
    TOKEN[usize::from(byte)]
}

/// Start and end of every run of at least [`SHORTEST`] bytes, in order.
///
/// Such a run covers a byte at every multiple of its shortest length, and ten bytes to one side of it: most text is
/// passed over in strides of twenty, after four to seven looks each.
pub(super) fn runs(text: &[u8]) -> impl Iterator<Item = (usize, usize)> {
    let mut at = SHORTEST - 1;
    std::iter::from_fn(move || {
        while let Some(&byte) = text.get(at) {
            if is_token(byte) && may_be_long(text, at) {
                let start = text[..at].iter().rposition(|&byte| !is_token(byte)).map_or(0, |before| before + 1);
                let end = text[at..].iter().position(|&byte| !is_token(byte)).map_or(text.len(), |length| at + length);
                at = end + SHORTEST;
                if end - start >= SHORTEST {
                    return Some((start, end));
                }
            } else {
                at += SHORTEST;
            }
        }
        None
    })
}

/// Whether the byte's neighbours on one side are all of a token.
fn may_be_long(text: &[u8], at: usize) -> bool {
    match text.get(at - 9..at + 10) {
        Some(window) => {
            let near = |at: usize| is_token(window[at]);
            let [one, two, three] = NEAR;
            (near(9 - one) & near(9 - two) & near(9 - three)) | (near(9 + one) & near(9 + two) & near(9 + three))
        }
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_long_run_is_found_wherever_it_stands_and_no_short_one() {
        for length in 1..80 {
            for before in 0..70 {
                for after in [0, 1, 7, 50] {
                    let text = [vec![b' '; before], vec![b'k'; length], vec![b'.'; after]].concat();
                    let found: Vec<_> = runs(&text).collect();
                    let expected = if length >= SHORTEST { vec![(before, before + length)] } else { Vec::new() };
                    assert_eq!(found, expected, "{length} bytes at {before}, {after} behind");
                }
            }
        }
    }

    #[test]
    fn runs_that_follow_each_other_are_all_found() {
        let text = "a".repeat(20) + "=" + &"b".repeat(20) + " " + &"c".repeat(19) + " " + &"d".repeat(41);
        assert_eq!(runs(text.as_bytes()).collect::<Vec<_>>(), [(0, 20), (21, 41), (62, 103)]);
    }
}
