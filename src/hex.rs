//! Bytes as people compare them.

/// Two digits a byte, in lower case.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |half: u8| char::from(DIGITS[usize::from(half)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
#[test]
fn every_byte_has_two_digits() {
    assert_eq!(hex(&[0, 0x0f, 0x10, 0xa5, 0xff]), "000f10a5ff");
    assert_eq!(hex(&[]), "");
}
