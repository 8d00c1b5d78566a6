//! Text in blocks of 64 bytes, compared with single bytes into bit masks: bit `i` tells of byte `i`.
//!
//! Written three times, for two kinds of x86-64 processor and for all others. The first two hold unsafe
//! code, as the compiler asks for it where not every processor has the instructions. They work on values; no pointer is
//! involved. The only other unsafe code of this crate calls libdeflate: `input/unpack/whole.rs`.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(any(test, not(target_arch = "x86_64")))]
mod portable;
#[cfg(target_arch = "x86_64")]
mod sse2;

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
    pub(super) quotes: u64,
    pub(super) backslashes: u64,
    pub(super) controls: u64,
}

/// Looks at the first [`COUNT`] blocks.
pub(super) fn see(blocks: &[Block]) -> Seen {
    #[cfg(target_arch = "x86_64")]
    return if avx2::is_there() { avx2::see(blocks) } else { sse2::see(blocks) };
    #[cfg(not(target_arch = "x86_64"))]
    return portable::see(blocks);
}

/// Looks at one block in detail.
pub(super) fn masks(block: &Block) -> Masks {
    #[cfg(target_arch = "x86_64")]
    return sse2::masks(block);
    #[cfg(not(target_arch = "x86_64"))]
    return portable::masks(block);
}

/// A way to look at blocks.
pub(super) trait Look: Copy {
    /// Which bytes are quotes, backslashes or control characters: where a plain string ends, or is none.
    fn stops(self, block: &Block) -> u64;

    /// Which bytes are the same in both.
    fn same(self, one: &Block, other: &Block) -> u64;
}

/// Bytes that differ in these bits from a quote or a control character, and from no other, are below [`ABOVE`] as signed
/// numbers: a quote and a blank have changed places, and one comparison finds both.
#[cfg(target_arch = "x86_64")]
const MOVED: u8 = b'"' ^ b' ' | 0x80;
#[cfg(target_arch = "x86_64")]
const ABOVE: u8 = (b' ' + 1) | 0x80;

/// The way that every processor of the kind has.
#[cfg(target_arch = "x86_64")]
pub(super) const COMMON: sse2::Sse2 = sse2::Sse2;
#[cfg(not(target_arch = "x86_64"))]
pub(super) const COMMON: portable::Portable = portable::Portable;

/// What is to be done with some way to look at blocks.
pub(super) trait Task {
    /// What comes of it.
    type Done;

    /// Does it. To be compiled for each way, it must be inlined always.
    fn with(self, look: impl Look) -> Self::Done;
}

/// Does something in the quickest way that the processor has.
#[inline(always)]
pub(super) fn quickly<T: Task>(task: T) -> T::Done {
    #[cfg(target_arch = "x86_64")]
    if avx2::is_there() {
        return avx2::perform(task);
    }
    task.with(COMMON)
}

/// Appends to `places` from `len` on where the bits of `masks` stand, those of each 64 behind those before, counted
/// from `base`. Returns how many `places` are taken then; there must be room for 16 more.
pub(super) fn place(masks: &[u64], base: u32, places: &mut [u32], len: usize) -> usize {
    #[cfg(target_arch = "x86_64")]
    if avx2::is_there() {
        return avx2::place(masks, base, places, len);
    }
    place_with(masks, base, places, len)
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Looks at two blocks: where the first one has stops, and where they are the same.
    #[derive(Clone, Copy)]
    struct Both<'b>(&'b Block, &'b Block);

    impl Task for Both<'_> {
        type Done = (u64, u64);

        #[inline(always)]
        fn with(self, look: impl Look) -> (u64, u64) {
            (look.stops(self.0), look.same(self.0, self.1))
        }
    }

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
                let of_block = Masks { quotes: expected.quotes[at], backslashes: mask(&|byte| byte == b'\\'), controls: mask(&|byte| byte < b' ') };
                prop_assert_eq!(masks(block), of_block);
                prop_assert_eq!(portable::masks(block), of_block);
                let all = of_block.quotes | of_block.backslashes | of_block.controls;
                let other = &blocks[0];
                let alike = (0..SIZE).fold(0, |mask, at| mask | u64::from(block[at] == other[at]) << at);
                let both = Both(block, other);
                prop_assert_eq!(quickly(both), (all, alike));
                prop_assert_eq!(both.with(COMMON), (all, alike));
                prop_assert_eq!(both.with(portable::Portable), (all, alike));
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
