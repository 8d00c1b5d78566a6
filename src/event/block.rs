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
    /// Which blocks have a backslash.
    pub(super) backslashes: u64,
    /// Which blocks have a control character.
    pub(super) controls: u64,
}

/// Where in one block something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Masks {
    pub(super) backslashes: u64,
    pub(super) controls: u64,
}

/// Looks at the first [`COUNT`] blocks.
#[cfg(target_arch = "x86_64")]
pub(super) fn see(blocks: &[Block]) -> Seen {
    if avx2::is_there() { avx2::see(blocks) } else { sse2::see(blocks) }
}

/// Appends to `places` from `len` on where the bits of `masks` stand, those of each 64 behind those before, counted
/// from `base`. Returns how many `places` are taken then; there must be room for 16 more.
#[cfg(target_arch = "x86_64")]
pub(super) fn place(masks: &[u64], base: u32, places: &mut [u32], len: usize) -> usize {
    if avx2::is_there() {
        avx2::place(masks, base, places, len)
    } else {
        place_with(masks, base, places, len)
    }
}

#[cfg(target_arch = "x86_64")]
pub(super) use sse2::masks;

#[cfg(not(target_arch = "x86_64"))]
pub(super) use {place_with as place, portable::masks, portable::see};

#[inline(always)]
fn place_with(masks: &[u64], mut base: u32, places: &mut [u32], mut len: usize) -> usize {
    for mask in masks {
        let (mut bits, count) = (*mask, mask.count_ones() as usize);
        // A block of a log has seven quotes or eight. Always taking a dozen spares the processor guesses.
        if let Some(places) = places.get_mut(len..len + 12) {
            for place in places {
                *place = base + bits.trailing_zeros();
                bits &= bits.wrapping_sub(1);
            }
        }
        if count > 12 {
            place_more(bits, base, &mut places[len + 12..]);
        }
        len += count;
        base += SIZE as u32;
    }
    len
}

#[inline(never)]
fn place_more(mut bits: u64, base: u32, places: &mut [u32]) {
    for place in places {
        if bits == 0 {
            break;
        }
        *place = base + bits.trailing_zeros();
        bits &= bits - 1;
    }
}

/// With SSE2, which every x86-64 processor has.
#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "SSE2 instructions, which every x86-64 has")]
mod sse2 {
    use std::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set1_epi8,
    };

    use super::{Block, COUNT, Masks, Seen};

    pub(super) fn see(blocks: &[Block]) -> Seen {
        let mut seen = Seen { quotes: [0; COUNT], backslashes: 0, controls: 0 };
        for (at, (block, quotes)) in blocks.iter().zip(&mut seen.quotes).enumerate() {
            let (backslash, control);
            // SAFETY: x86-64 includes SSE2.
            (*quotes, backslash, control) = unsafe { see_one(block) };
            seen.backslashes |= u64::from(backslash) << at;
            seen.controls |= u64::from(control) << at;
        }
        seen
    }

    /// Looks at one block in detail.
    pub(in super::super) fn masks(block: &Block) -> Masks {
        // SAFETY: x86-64 includes SSE2.
        unsafe { masks_of(block) }
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn see_one(block: &Block) -> (u64, bool, bool) {
        let [a, b, c, d]: [__m128i; 4] = bytemuck::cast(*block);
        let any = |a, b, c, d| _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(a, b), _mm_or_si128(c, d))) != 0;
        let (quote, backslash) = (equal_to(b'"'), equal_to(b'\\'));
        (
            mask([quote(a), quote(b), quote(c), quote(d)]),
            any(backslash(a), backslash(b), backslash(c), backslash(d)),
            any(control(a), control(b), control(c), control(d)),
        )
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn masks_of(block: &Block) -> Masks {
        let [a, b, c, d]: [__m128i; 4] = bytemuck::cast(*block);
        let backslash = equal_to(b'\\');
        Masks {
            backslashes: mask([backslash(a), backslash(b), backslash(c), backslash(d)]),
            controls: mask([control(a), control(b), control(c), control(d)]),
        }
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn equal_to(byte: u8) -> impl Fn(__m128i) -> __m128i {
        let wanted = _mm_set1_epi8(byte.cast_signed());
        move |part| _mm_cmpeq_epi8(part, wanted)
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn control(part: __m128i) -> __m128i {
        _mm_cmpeq_epi8(_mm_min_epu8(part, _mm_set1_epi8(0x1f)), part)
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn mask([a, b, c, d]: [__m128i; 4]) -> u64 {
        let bits = |part| u64::from(_mm_movemask_epi8(part).cast_unsigned());
        bits(a) | bits(b) << 16 | bits(c) << 32 | bits(d) << 48
    }
}

/// With AVX2 and what came with it, which nearly every x86-64 processor has.
#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "instructions that are used only where the processor has them")]
mod avx2 {
    use std::arch::x86_64::{
        __m256i, _mm256_cmpeq_epi8, _mm256_min_epu8, _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8,
    };

    use super::{Block, COUNT, Seen};

    /// Whether the processor has all that is used here. The standard library asks it once.
    pub(super) fn is_there() -> bool {
        is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("popcnt")
    }

    pub(super) fn see(blocks: &[Block]) -> Seen {
        assert!(is_there());
        // SAFETY: the processor has AVX2.
        unsafe { see_all(blocks) }
    }

    pub(super) fn place(masks: &[u64], base: u32, places: &mut [u32], len: usize) -> usize {
        assert!(is_there());
        // SAFETY: the processor has BMI1 and POPCNT.
        unsafe { place_all(masks, base, places, len) }
    }

    /// Without AVX2, with which the compiler would count zeros in vectors, at ten times the cost.
    #[target_feature(enable = "bmi1,popcnt")]
    fn place_all(masks: &[u64], base: u32, places: &mut [u32], len: usize) -> usize {
        super::place_with(masks, base, places, len)
    }

    #[target_feature(enable = "avx2")]
    fn see_all(blocks: &[Block]) -> Seen {
        let mut seen = Seen { quotes: [0; COUNT], backslashes: 0, controls: 0 };
        for (at, (block, quotes)) in blocks.iter().zip(&mut seen.quotes).enumerate() {
            let [a, b]: [__m256i; 2] = bytemuck::cast(*block);
            let mask = |part| u64::from(_mm256_movemask_epi8(part).cast_unsigned());
            let (quote, backslash) = (equal_to(b'"'), equal_to(b'\\'));
            *quotes = mask(quote(a)) | mask(quote(b)) << 32;
            let backslashes = mask(_mm256_or_si256(backslash(a), backslash(b)));
            let controls = mask(_mm256_or_si256(control(a), control(b)));
            seen.backslashes |= u64::from(backslashes != 0) << at;
            seen.controls |= u64::from(controls != 0) << at;
        }
        seen
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn equal_to(byte: u8) -> impl Fn(__m256i) -> __m256i {
        let wanted = _mm256_set1_epi8(byte.cast_signed());
        move |part| _mm256_cmpeq_epi8(part, wanted)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn control(part: __m256i) -> __m256i {
        _mm256_cmpeq_epi8(_mm256_min_epu8(part, _mm256_set1_epi8(0x1f)), part)
    }
}

/// Eight bytes in a machine word, for every other machine.
#[cfg(any(test, not(target_arch = "x86_64")))]
mod portable {
    use super::{Block, COUNT, Masks, Seen};

    const ONES: u64 = 0x0101_0101_0101_0101;
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;

    pub(in super::super) fn see(blocks: &[Block]) -> Seen {
        let mut seen = Seen { quotes: [0; COUNT], backslashes: 0, controls: 0 };
        for (at, (block, quotes)) in blocks.iter().zip(&mut seen.quotes).enumerate() {
            *quotes = mask(block, |word| word ^ (ONES * u64::from(b'"')));
            let Masks { backslashes, controls } = masks(block);
            seen.backslashes |= u64::from(backslashes != 0) << at;
            seen.controls |= u64::from(controls != 0) << at;
        }
        seen
    }

    pub(in super::super) fn masks(block: &Block) -> Masks {
        Masks {
            backslashes: mask(block, |word| word ^ (ONES * u64::from(b'\\'))),
            // A control character has no bit above the fifth.
            controls: mask(block, |word| word & (ONES * 0xe0)),
        }
    }

    /// The bytes that `change` makes zero.
    fn mask(block: &Block, change: impl Fn(u64) -> u64) -> u64 {
        let words: [[u8; 8]; 8] = bytemuck::cast(*block);
        let mut all = 0;
        for (at, word) in words.into_iter().map(u64::from_le_bytes).enumerate() {
            let word = change(word);
            // The top bit of every byte that is zero. Exact: no carry passes from byte to byte.
            let zeros = !(((word & LOW) + LOW) | word | LOW);
            // The multiplication gathers the eight top bits in the highest byte.
            all |= ((zeros >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * at);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn all_ways_see_what_is_there(bytes in proptest::collection::vec(any::<u8>(), 0..5 * SIZE), near: bool) {
            // Bytes next to the searched ones are where carries would show.
            let close = |b: &u8| [b'"', b'\\', 0x1f][usize::from(b % 3)].wrapping_add(b / 3 % 3).wrapping_sub(1);
            let bytes: Vec<u8> = bytes.iter().map(|b| if near && b % 2 == 0 { close(b) } else { *b }).collect();
            let (blocks, _) = bytes.as_chunks();
            let mut expected = Seen { quotes: [0; COUNT], backslashes: 0, controls: 0 };
            for (at, block) in blocks.iter().enumerate() {
                let mask = |test: &dyn Fn(u8) -> bool| {
                    block.iter().enumerate().fold(0, |mask, (at, byte)| mask | (u64::from(test(*byte)) << at))
                };
                expected.quotes[at] = mask(&|byte| byte == b'"');
                let of_block = Masks { backslashes: mask(&|byte| byte == b'\\'), controls: mask(&|byte| byte < b' ') };
                prop_assert_eq!(masks(block), of_block);
                prop_assert_eq!(portable::masks(block), of_block);
                expected.backslashes |= u64::from(of_block.backslashes != 0) << at;
                expected.controls |= u64::from(of_block.controls != 0) << at;
            }
            prop_assert_eq!(&see(blocks), &expected);
            prop_assert_eq!(&portable::see(blocks), &expected);
            #[cfg(target_arch = "x86_64")]
            prop_assert_eq!(&sse2::see(blocks), &expected);
        }

        #[test]
        fn bits_are_placed_in_order(masks in proptest::collection::vec(any::<u64>(), 0..9), thin in 0u32..4) {
            let thinned = |mask: &u64| (0..thin).fold(*mask, |mask, turn| mask & mask.rotate_left(7 * turn + 1));
            let masks: Vec<u64> = masks.iter().map(thinned).collect();
            let bits = (0..64 * masks.len()).filter(|at| masks[at / 64] >> (at % 64) & 1 != 0);
            let expected: Vec<u32> = [7, 8].into_iter().chain(bits.map(|at| at as u32 + 100)).collect();
            for place in [place, place_with] {
                let mut places = vec![0; 64 * 9 + 16];
                places[..2].copy_from_slice(&[7, 8]);
                let len = place(&masks, 100, &mut places, 2);
                prop_assert_eq!(&places[..len], &expected[..]);
            }
        }
    }

    #[test]
    fn no_more_blocks_are_looked_at_than_there_is_room_for() {
        let blocks = [[b'"'; SIZE]; COUNT + 1];
        assert_eq!(see(&blocks), Seen { quotes: [u64::MAX; COUNT], backslashes: 0, controls: 0 });
    }
}
