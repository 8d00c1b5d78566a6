//! 64 bytes of text at once, compared with one byte into a bit mask: bit `i` tells of byte `i`.

/// How many bytes one [`Block`] holds.
pub(super) const SIZE: usize = 64;

/// 64 bytes ready to be compared.
#[cfg(target_arch = "x86_64")]
pub(super) use sse2::Block;

#[cfg(not(target_arch = "x86_64"))]
pub(super) use portable::Block;

/// With SSE2. The only unsafe code of this crate: the compiler asks for it because these instructions need SSE2, and
/// every x86-64 processor has it. They work on values; no pointer is involved.
#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "SSE2 instructions, which every x86-64 has")]
mod sse2 {
    use std::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set1_epi8,
    };

    #[derive(Clone, Copy)]
    pub(in super::super) struct Block([__m128i; 4]);

    impl Block {
        #[inline(always)]
        pub(in super::super) fn load(bytes: &[u8; super::SIZE]) -> Block {
            Block(bytemuck::cast(*bytes))
        }

        /// The bytes equal to `byte`.
        #[inline(always)]
        pub(in super::super) fn equal(&self, byte: u8) -> u64 {
            // SAFETY: x86-64 includes SSE2.
            unsafe {
                let wanted = _mm_set1_epi8(byte.cast_signed());
                mask(self.0.map(|part| _mm_cmpeq_epi8(part, wanted)))
            }
        }

        /// Whether any byte is a backslash or a control character.
        #[inline(always)]
        pub(in super::super) fn any_special(&self) -> bool {
            // SAFETY: x86-64 includes SSE2.
            unsafe {
                let (backslash, limit) = (_mm_set1_epi8(b'\\'.cast_signed()), _mm_set1_epi8(0x1f));
                let special = self.0.map(|part| {
                    let control = _mm_cmpeq_epi8(_mm_min_epu8(part, limit), part);
                    _mm_or_si128(_mm_cmpeq_epi8(part, backslash), control)
                });
                let [a, b, c, d] = special;
                _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(a, b), _mm_or_si128(c, d))) != 0
            }
        }

        /// The bytes that are `limit` or less.
        #[inline(always)]
        pub(in super::super) fn at_most(&self, limit: u8) -> u64 {
            // SAFETY: x86-64 includes SSE2.
            unsafe {
                let limit = _mm_set1_epi8(limit.cast_signed());
                mask(self.0.map(|part| _mm_cmpeq_epi8(_mm_min_epu8(part, limit), part)))
            }
        }
    }

    /// The top bits of 64 bytes.
    #[inline(always)]
    fn mask(parts: [__m128i; 4]) -> u64 {
        // SAFETY: x86-64 includes SSE2.
        let bits = parts.map(|part| u64::from(unsafe { _mm_movemask_epi8(part) }.cast_unsigned()));
        bits[0] | bits[1] << 16 | bits[2] << 32 | bits[3] << 48
    }
}

/// Eight bytes in a machine word, for every other machine.
#[cfg(any(test, not(target_arch = "x86_64")))]
mod portable {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;

    #[derive(Clone, Copy)]
    pub(in super::super) struct Block([u64; 8]);

    impl Block {
        #[inline(always)]
        pub(in super::super) fn load(bytes: &[u8; super::SIZE]) -> Block {
            let words: [[u8; 8]; 8] = bytemuck::cast(*bytes);
            Block(words.map(u64::from_le_bytes))
        }

        /// The bytes equal to `byte`.
        #[inline(always)]
        pub(in super::super) fn equal(&self, byte: u8) -> u64 {
            mask(self.0.map(|word| zeros(word ^ (ONES * u64::from(byte)))))
        }

        /// Whether any byte is a backslash or a control character.
        #[inline(always)]
        pub(in super::super) fn any_special(&self) -> bool {
            self.equal(b'\\') | self.at_most(0x1f) != 0
        }

        /// The bytes that are `limit` or less; `limit` is below 128.
        #[inline(always)]
        pub(in super::super) fn at_most(&self, limit: u8) -> u64 {
            // Adding reaches the top bit for a byte above the limit; a byte above 127 has it already.
            mask(self.0.map(|word| !(((word & LOW) + ONES * u64::from(127 - limit)) | word) & !LOW))
        }
    }

    /// The top bit of every byte that is zero. Exact: no carry passes from byte to byte.
    #[inline(always)]
    fn zeros(word: u64) -> u64 {
        !(((word & LOW) + LOW) | word | LOW)
    }

    /// Top bits of eight words, in one.
    #[inline(always)]
    fn mask(words: [u64; 8]) -> u64 {
        let mut all = 0;
        for (at, word) in words.into_iter().enumerate() {
            // The multiplication gathers the eight top bits in the highest byte.
            all |= ((word >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * at);
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
        fn both_ways_see_what_is_there(bytes in proptest::collection::vec(any::<u8>(), SIZE), byte in 0u8..128) {
            // Bytes next to the searched one are where carries would show.
            let bytes: Vec<u8> = bytes.iter().map(|b| if b % 3 == 0 { byte.wrapping_add(b % 5) } else { *b }).collect();
            let bytes: [u8; SIZE] = bytes.try_into().unwrap();
            let naive = |test: &dyn Fn(u8) -> bool| {
                bytes.iter().enumerate().fold(0u64, |mask, (at, b)| mask | (u64::from(test(*b)) << at))
            };
            let (block, portable) = (Block::load(&bytes), portable::Block::load(&bytes));
            let equal = naive(&|b| b == byte);
            prop_assert_eq!(block.equal(byte), equal);
            prop_assert_eq!(portable.equal(byte), equal);
            let special = bytes.iter().any(|b| *b < b' ' || *b == b'\\');
            prop_assert_eq!(block.any_special(), special);
            prop_assert_eq!(portable.any_special(), special);
            let at_most = naive(&|b| b <= byte);
            prop_assert_eq!(block.at_most(byte), at_most);
            prop_assert_eq!(portable.at_most(byte), at_most);
        }
    }
}
