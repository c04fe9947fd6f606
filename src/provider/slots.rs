//! Where a name lands in the index. Shared with the build script, so it names nothing of byok.

/// FNV-1a: a few instructions a byte, and the registry's names are nobody's to choose in bad faith.
pub(super) fn hash(name: &str) -> usize {
    let fold = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    name.bytes().fold(0x811c_9dc5, fold) as usize
}
