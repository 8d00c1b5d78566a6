//! A quick hash of 128 bits, of what is given to it piece by piece.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;

use super::trie::{MASKS, head};

/// A hash of what it has been given, in this order. Of the kind of wyhash and foldhash, which do not promise to stay
/// what they are; this one must, as baselines hold digests made with it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mix(u64, u64);

impl Mix {
    /// Digits of pi.
    pub(super) const START: Mix = Mix(0x2437_f6a8_885a_308d, 0x3131_98a2_e037_0734);

    /// A start that nobody can know who wrote what is given to it: what shall collide must be made for one start.
    pub(crate) fn secret() -> Mix {
        let secret = RandomState::new();
        Mix(secret.hash_one(0u8), secret.hash_one(1u8))
    }

    /// Takes two words in.
    #[inline(always)]
    pub(crate) fn pair(self, a: u64, b: u64) -> Mix {
        let (x, y) = (self.0 ^ a, self.1 ^ b);
        let product = u128::from(x ^ 0x4a40_9382_2299_f31d) * u128::from(y ^ 0x0082_efa9_8ec4_e6c9);
        // What was multiplied is mixed in again, so that no factor of zero makes it forget the other one.
        Mix(product as u64 ^ y.rotate_left(32), (product >> 64) as u64 ^ x)
    }

    /// Takes a word in.
    #[inline(always)]
    pub(super) fn word(self, word: u64) -> Mix {
        self.pair(word, 0x4528_21e6_38d0_1377)
    }

    /// Takes bytes in, with their number, so that what follows cannot be taken for part of them.
    #[inline(always)]
    pub(super) fn bytes(self, tag: u8, bytes: &[u8]) -> Mix {
        self.pair(bytes.len() as u64, u64::from(tag)).blocks(bytes, 0, bytes.len())
    }

    /// Takes in, with their number, the bytes from `start` to `end` of a text; looking at what lies behind them spares
    /// guesses of where they end.
    #[inline(always)]
    pub(super) fn part(self, tag: u8, text: &[u8], start: u32, end: u32) -> Mix {
        self.pair(u64::from(end - start), u64::from(tag)).blocks(text, start as usize, end as usize)
    }

    /// Takes bytes of a text in whose number has been.
    #[inline(always)]
    pub(super) fn blocks(self, text: &[u8], start: usize, end: usize) -> Mix {
        let (mut state, mut at) = (self, start);
        while at < end {
            let block = match text.get(at..at + 16).and_then(<[u8]>::first_chunk) {
                Some(block) => u128::from_le_bytes(*block) & MASKS[(end - at).min(16)],
                None => head(&text[at..end]),
            };
            state = state.pair(block as u64, (block >> 64) as u64);
            at += 16;
        }
        state
    }

    /// Takes in, with their number, the bytes from `start` to `end` of a text. For long ones quicker than
    /// [`Mix::part`], as four multiplications need not wait for one another.
    #[inline]
    pub(super) fn stretch(self, text: &[u8], start: usize, end: usize) -> Mix {
        let counted = self.word((end - start) as u64);
        let lanes = text.get(start..end).unwrap_or_default().as_chunks::<64>().0;
        let mut states = [
            counted,
            Mix(counted.0 ^ 0x3f84_d5b5_b547_0917, counted.1),
            Mix(counted.0, counted.1 ^ 0x9216_d5d9_8979_fb1b),
            Mix(counted.0 ^ 0xd131_0ba6_98df_b5ac, counted.1 ^ 0x2ffd_72db_d01a_dfb7),
        ];
        for lane in lanes {
            for (state, block) in states.iter_mut().zip(lane.as_chunks::<16>().0) {
                let block = u128::from_le_bytes(*block);
                *state = state.pair(block as u64, (block >> 64) as u64);
            }
        }
        let [first, others @ ..] = states;
        let joined = match lanes.is_empty() {
            true => first,
            false => others.iter().fold(first, |all, state| all.pair(state.0, state.1)),
        };
        joined.blocks(text, start + 64 * lanes.len(), end)
    }

    /// Takes a byte in.
    #[inline(always)]
    pub(crate) fn byte(self, byte: u8) -> Mix {
        self.word(u64::from(byte))
    }

    /// Takes a text in, with its length.
    #[inline]
    pub(crate) fn text(self, text: &[u8]) -> Mix {
        self.bytes(b't', text)
    }

    /// What has been given, in 128 bits.
    #[inline]
    pub(crate) fn value(self) -> u128 {
        let Mix(a, b) = self.word(0x1b_e546_6cf3_4e90);
        u128::from(a) << 64 | u128::from(b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn each_bit_of_each_byte_matters(bytes in proptest::collection::vec(any::<u8>(), 1..80), bit: proptest::sample::Index) {
            let bit = bit.index(bytes.len() * 8);
            let mut other = bytes.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            let hash = |bytes: &[u8]| Mix::START.bytes(b's', bytes).value();
            let differing = (hash(&bytes) ^ hash(&other)).count_ones();
            prop_assert!((20..108).contains(&differing), "{}", differing);
            prop_assert_ne!(hash(&bytes), hash(&bytes[1..]));
        }
    }

    #[test]
    fn what_lies_around_does_not_matter() {
        let text: Vec<u8> = (0..90).collect();
        for start in 0..40 {
            for end in start..90 {
                let part = Mix::START.part(b's', &text, start, end).value();
                let alone = Mix::START.bytes(b's', &text[start as usize..end as usize]).value();
                assert_eq!(part, alone);
            }
        }
    }

    proptest! {
        #[test]
        fn each_bit_of_a_stretch_matters(
            bytes in proptest::collection::vec(any::<u8>(), 1..300), bit: proptest::sample::Index, before in 0usize..20,
        ) {
            let around = |bytes: &[u8]| [&vec![7; before], bytes, &[9; 40]].concat();
            let hash = |bytes: &[u8]| {
                Mix::START.stretch(&around(bytes), before, before + bytes.len()).value()
            };
            let bit = bit.index(bytes.len() * 8);
            let mut other = bytes.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            let differing = (hash(&bytes) ^ hash(&other)).count_ones();
            prop_assert!((20..108).contains(&differing), "{}", differing);
            prop_assert_ne!(hash(&bytes), hash(&bytes[1..]));
            let longer = [&bytes[..], &[0]].concat();
            prop_assert_ne!(hash(&bytes), hash(&longer));
        }
    }

    #[test]
    fn secrets_differ() {
        assert_ne!(Mix::secret().value(), Mix::secret().value());
    }
}
