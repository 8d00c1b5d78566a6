//! Random numbers that are the same on every machine: xoshiro256++ seeded through splitmix64.

/// A stream of numbers. Each actor has its own, keyed by who and when, so that adding one actor leaves the others'
/// events as they were.
#[derive(Clone)]
pub(crate) struct Rng([u64; 4]);

impl Rng {
    /// The stream that belongs to `seed` and `keys`.
    pub(crate) fn keyed(seed: u64, keys: &[u64]) -> Rng {
        let mut state = scramble(seed);
        for key in keys {
            state = scramble(state ^ scramble(*key));
        }
        let mut words = [0; 4];
        for word in &mut words {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            *word = scramble(state);
        }
        Rng(words)
    }

    /// 64 random bits.
    pub(crate) fn next(&mut self) -> u64 {
        let s = &mut self.0;
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// A number from 0 to `n - 1`; 0 for `n` 0.
    pub(crate) fn below(&mut self, n: u32) -> u32 {
        u32::try_from(((self.next() >> 32) * u64::from(n)) >> 32).unwrap_or(0)
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: u32, high: u32) -> u32 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// True in `permille` of a thousand cases.
    pub(crate) fn chance(&mut self, permille: u32) -> bool {
        self.below(1000) < permille
    }

    /// An index into a list of `len`.
    pub(crate) fn index(&mut self, len: usize) -> usize {
        self.below(u32::try_from(len).unwrap_or(u32::MAX)) as usize
    }

    /// One of `items`, which must not be empty.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.index(items.len())]
    }
}

/// The finalizer of splitmix64.
const fn scramble(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A text as a key of a stream (FNV-1a).
pub(crate) const fn tag(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let mut hash = 0xcbf2_9ce4_8422_2325;
    let mut i = 0;
    while i < bytes.len() {
        hash = (hash ^ bytes[i] as u64).wrapping_mul(0x0100_0000_01b3);
        i += 1;
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_depends_on_its_keys_and_nothing_else() {
        let first = |seed, keys: &[u64]| Rng::keyed(seed, keys).next();
        assert_eq!(first(7, &[1, 2]), first(7, &[1, 2]));
        assert_ne!(first(7, &[1, 2]), first(7, &[2, 1]));
        assert_ne!(first(7, &[1]), first(8, &[1]));
        // Pinned: another value means that every generated trail has changed.
        assert_eq!(first(7, &[tag("people")]), 4_078_172_053_852_610_694);
    }

    #[test]
    fn numbers_stay_in_their_range() {
        let mut rng = Rng::keyed(1, &[]);
        let mut seen = [false; 6];
        for _ in 0..200 {
            let n = rng.between(3, 8);
            assert!((3..=8).contains(&n));
            seen[n as usize - 3] = true;
        }
        assert!(seen.iter().all(|&s| s));
        assert_eq!(rng.below(0), 0);
    }
}
