//! Blocks by eight bytes in a machine word, for every other machine.

use super::{Block, COUNT, Look, Masks, Seen};

const ONES: u64 = 0x0101_0101_0101_0101;
const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;

pub(super) fn see(blocks: &[Block]) -> Seen {
    let mut seen = Seen { quotes: [0; COUNT], backslashes: 0, controls: 0 };
    for (at, (block, quotes)) in blocks.iter().zip(&mut seen.quotes).enumerate() {
        let Masks { quotes: found, backslashes, controls } = masks(block);
        *quotes = found;
        seen.backslashes |= u64::from(backslashes != 0) << at;
        seen.controls |= u64::from(controls != 0) << at;
    }
    seen
}

pub(super) fn masks(block: &Block) -> Masks {
    Masks {
        quotes: mask(block, |word| word ^ (ONES * u64::from(b'"'))),
        backslashes: mask(block, |word| word ^ (ONES * u64::from(b'\\'))),
        // A control character has no bit above the fifth.
        controls: mask(block, |word| word & (ONES * 0xe0)),
    }
}

/// Eight bytes in a word.
#[derive(Clone, Copy)]
pub(in crate::event) struct Portable;

impl Look for Portable {
    fn stops(self, block: &Block) -> u64 {
        let Masks { quotes, backslashes, controls } = masks(block);
        quotes | backslashes | controls
    }

    fn same(self, one: &Block, other: &Block) -> u64 {
        let mut differing = *one;
        differing.iter_mut().zip(other).for_each(|(byte, other)| *byte ^= other);
        mask(&differing, |word| word)
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
