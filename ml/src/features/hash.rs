//! The hash which gives a word its column; written down here because stored models depend on it.

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;
/// Stands between the words of a pair; no word contains it.
const SEPARATOR: u8 = 0x1f;

/// Column of one or more words in a space of `2^bits` columns.
pub(super) fn column(words: &[&str], bits: u8) -> u32 {
    (hash(words) >> (64 - bits)) as u32
}

/// 64 well-mixed bits of one or more words.
pub(super) fn hash(words: &[&str]) -> u64 {
    let mut state = FNV_OFFSET;
    for (i, word) in words.iter().enumerate() {
        if i > 0 {
            state = fnv1a(state, &[SEPARATOR]);
        }
        state = fnv1a(state, word.as_bytes());
    }
    mix(state)
}

/// FNV-1a, 64 bits (draft-eastlake-fnv).
fn fnv1a(state: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(state, |state, &b| (state ^ u64::from(b)).wrapping_mul(FNV_PRIME))
}

/// The finalizer of MurmurHash3: FNV alone spreads short words badly over the high bits.
fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    x = (x ^ (x >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    x ^ (x >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_fnv_1a() {
        // Test vectors of draft-eastlake-fnv, appendix C.
        for (text, hash) in [
            ("", 0xcbf2_9ce4_8422_2325),
            ("a", 0xaf63_dc4c_8601_ec8c),
            ("foobar", 0x8594_4171_f739_67e8),
        ] {
            assert_eq!(fnv1a(FNV_OFFSET, text.as_bytes()), hash, "{text}");
        }
    }

    #[test]
    fn pairs_are_not_their_words_joined() {
        let pair = column(&["not", "able"], 16);
        assert_ne!(pair, column(&["notable"], 16));
        assert_ne!(pair, column(&["able", "not"], 16));
    }
}
