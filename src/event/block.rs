//! Text in blocks of 64 bytes, compared with single bytes into bit masks: bit `i` tells of byte `i`.
//!
//! Written three times, for two kinds of x86-64 processor and for all others. The first two hold the only unsafe code
//! of this crate: the compiler asks for it because not every processor has these instructions. They work on values;
//! no pointer is involved.

/// How many bytes a block has.
pub(super) const SIZE: usize = 64;

/// How many blocks are looked at together.
pub(super) const COUNT: usize = 64;

/// A block's bytes.
pub(super) type Block = [u8; SIZE];

/// What stands in some blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    /// Where the quotes of each block are.
    pub(super) quotes: [u64; COUNT],
    /// Which blocks have a backslash or control character.
    pub(super) special: u64,
}

/// Looks at the first [`COUNT`] blocks.
#[inline]
pub(super) fn see(blocks: &[Block]) -> Seen {
    #[cfg(target_arch = "x86_64")]
    return if avx2::is_there() { avx2::see(blocks) } else { sse2::see(blocks) };
    #[cfg(not(target_arch = "x86_64"))]
    portable::see(blocks)
}

/// Where in a block backslashes are, and where control characters.
pub(super) fn see_special(block: &Block) -> (u64, u64) {
    let mask = |test: &dyn Fn(u8) -> bool| {
        block.iter().enumerate().fold(0, |mask, (at, byte)| mask | (u64::from(test(*byte)) << at))
    };
    (mask(&|byte| byte == b'\\'), mask(&|byte| byte < b' '))
}

/// With SSE2, which every x86-64 processor has.
#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "SSE2 instructions, which every x86-64 has")]
mod sse2 {
    use std::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set1_epi8,
    };

    use super::{Block, COUNT, Seen};

    pub(super) fn see(blocks: &[Block]) -> Seen {
        let mut seen = Seen { quotes: [0; COUNT], special: 0 };
        for (at, (block, quotes)) in blocks.iter().zip(&mut seen.quotes).enumerate() {
            let special;
            // SAFETY: x86-64 includes SSE2.
            (*quotes, special) = unsafe { see_one(block) };
            seen.special |= u64::from(special) << at;
        }
        seen
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn see_one(block: &Block) -> (u64, bool) {
        let [a, b, c, d]: [__m128i; 4] = bytemuck::cast(*block);
        let quote = _mm_set1_epi8(b'"'.cast_signed());
        let mask = |part| u64::from(_mm_movemask_epi8(_mm_cmpeq_epi8(part, quote)).cast_unsigned());
        let quotes = mask(a) | mask(b) << 16 | mask(c) << 32 | mask(d) << 48;
        let (backslash, limit) = (_mm_set1_epi8(b'\\'.cast_signed()), _mm_set1_epi8(0x1f));
        let special = |part| {
            _mm_or_si128(_mm_cmpeq_epi8(part, backslash), _mm_cmpeq_epi8(_mm_min_epu8(part, limit), part))
        };
        let ab = _mm_or_si128(special(a), special(b));
        let cd = _mm_or_si128(special(c), special(d));
        (quotes, _mm_movemask_epi8(_mm_or_si128(ab, cd)) != 0)
    }
}

/// With AVX2, which nearly every x86-64 processor has.
#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "AVX2 instructions, used only where the processor has them")]
mod avx2 {
    use std::arch::x86_64::{
        __m256i, _mm256_cmpeq_epi8, _mm256_min_epu8, _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8,
    };

    use super::{Block, COUNT, Seen};

    /// Whether the processor has AVX2. The standard library asks it once.
    #[inline]
    pub(super) fn is_there() -> bool {
        is_x86_feature_detected!("avx2")
    }

    pub(super) fn see(blocks: &[Block]) -> Seen {
        assert!(is_there());
        // SAFETY: the processor has AVX2.
        unsafe { see_all(blocks) }
    }

    #[target_feature(enable = "avx2")]
    fn see_all(blocks: &[Block]) -> Seen {
        let mut seen = Seen { quotes: [0; COUNT], special: 0 };
        for (at, (block, quotes)) in blocks.iter().zip(&mut seen.quotes).enumerate() {
            let special;
            (*quotes, special) = see_one(block);
            seen.special |= u64::from(special) << at;
        }
        seen
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn see_one(block: &Block) -> (u64, bool) {
        let [a, b]: [__m256i; 2] = bytemuck::cast(*block);
        let quote = _mm256_set1_epi8(b'"'.cast_signed());
        let mask = |part| u64::from(_mm256_movemask_epi8(_mm256_cmpeq_epi8(part, quote)).cast_unsigned());
        let quotes = mask(a) | mask(b) << 32;
        let (backslash, limit) = (_mm256_set1_epi8(b'\\'.cast_signed()), _mm256_set1_epi8(0x1f));
        let special = |part| {
            let control = _mm256_cmpeq_epi8(_mm256_min_epu8(part, limit), part);
            _mm256_or_si256(_mm256_cmpeq_epi8(part, backslash), control)
        };
        (quotes, _mm256_movemask_epi8(_mm256_or_si256(special(a), special(b))) != 0)
    }
}

/// Eight bytes in a machine word, for every other machine.
#[cfg(any(test, not(target_arch = "x86_64")))]
mod portable {
    use super::{Block, COUNT, Seen};

    const ONES: u64 = 0x0101_0101_0101_0101;
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;

    pub(super) fn see(blocks: &[Block]) -> Seen {
        let mut seen = Seen { quotes: [0; COUNT], special: 0 };
        for (at, (block, quotes)) in blocks.iter().zip(&mut seen.quotes).enumerate() {
            let words: [[u8; 8]; 8] = bytemuck::cast(*block);
            let mut special = 0;
            for (at, word) in words.into_iter().map(u64::from_le_bytes).enumerate() {
                // The multiplication gathers eight top bits in the highest byte.
                let found = zeros(word ^ (ONES * u64::from(b'"')));
                *quotes |= ((found >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * at);
                // A control character has no bit above the fifth.
                special |= zeros(word ^ (ONES * u64::from(b'\\'))) | zeros(word & (ONES * 0xe0));
            }
            seen.special |= u64::from(special != 0) << at;
        }
        seen
    }

    /// The top bit of every byte that is zero. Exact: no carry passes from byte to byte.
    fn zeros(word: u64) -> u64 {
        !(((word & LOW) + LOW) | word | LOW)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn all_ways_see_what_is_there(bytes in proptest::collection::vec(any::<u8>(), 0..5 * SIZE), near in any::<bool>()) {
            // Bytes next to the searched ones are where carries would show.
            let close = |b: &u8| [b'"', b'\\', 0x1f][usize::from(b % 3)].wrapping_add(b / 3 % 3).wrapping_sub(1);
            let bytes: Vec<u8> = bytes.iter().map(|b| if near && b % 2 == 0 { close(b) } else { *b }).collect();
            let (blocks, _) = bytes.as_chunks();
            let mut expected = Seen { quotes: [0; COUNT], special: 0 };
            for (at, byte) in blocks.as_flattened().iter().enumerate() {
                expected.quotes[at / SIZE] |= u64::from(*byte == b'"') << (at % SIZE);
                expected.special |= u64::from(*byte < b' ' || *byte == b'\\') << (at / SIZE);
            }
            prop_assert_eq!(&see(blocks), &expected);
            prop_assert_eq!(&portable::see(blocks), &expected);
            #[cfg(target_arch = "x86_64")]
            prop_assert_eq!(&sse2::see(blocks), &expected);
            for (at, block) in blocks.iter().enumerate() {
                let (backslashes, controls) = see_special(block);
                prop_assert_eq!(backslashes | controls != 0, expected.special >> at & 1 != 0);
                prop_assert_eq!(backslashes & controls, 0);
            }
        }
    }

    #[test]
    fn no_more_blocks_are_looked_at_than_there_is_room_for() {
        let blocks = [[b'"'; SIZE]; COUNT + 1];
        assert_eq!(see(&blocks), Seen { quotes: [u64::MAX; COUNT], special: 0 });
    }
}
