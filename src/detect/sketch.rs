//! How many distinct events there are: exact while few, beyond that an estimate that merges. Rules never use it.

use hashbrown::HashSet;

use crate::event::EventId;

/// A set of event ids of which only the size is asked: exact up to `EXACT`, then a HyperLogLog sketch of `2^BITS`
/// registers, whose standard error is `1.04 / sqrt(2^BITS)`: 0.8 % as it stands.
#[derive(Clone, Debug)]
pub struct Distinct<const EXACT: usize = 100_000, const BITS: u32 = 14> {
    /// `None` once there were too many.
    exact: Option<HashSet<EventId, foldhash::fast::FixedState>>,
    /// Empty as long as all are known.
    registers: Vec<u8>,
}

impl<const EXACT: usize, const BITS: u32> Default for Distinct<EXACT, BITS> {
    fn default() -> Self {
        Distinct { exact: Some(HashSet::default()), registers: Vec::new() }
    }
}

impl<const EXACT: usize, const BITS: u32> Distinct<EXACT, BITS> {
    /// Notes an event.
    pub fn see(&mut self, id: EventId) {
        match &mut self.exact {
            Some(exact) => {
                exact.insert(id);
                if exact.len() > EXACT {
                    self.estimate();
                }
            }
            None => self.register(id),
        }
    }

    /// Set union.
    pub fn merge(&mut self, mut other: Self) {
        if let (Some(mine), Some(theirs)) = (&mut self.exact, &mut other.exact) {
            mine.extend(theirs.drain());
            if mine.len() > EXACT {
                self.estimate();
            }
            return;
        }
        self.estimate();
        other.estimate();
        for (mine, theirs) in self.registers.iter_mut().zip(&other.registers) {
            *mine = (*mine).max(*theirs);
        }
    }

    /// The number of distinct events, and whether it is an estimate.
    pub fn count(&self) -> (u64, bool) {
        if let Some(exact) = &self.exact {
            return (exact.len() as u64, false);
        }
        let m = self.registers.len() as f64;
        let sum: f64 = self.registers.iter().map(|rank| 0.5f64.powi(i32::from(*rank))).sum();
        let estimate = 0.7213 / (1.0 + 1.079 / m) * m * m / sum;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of events")]
        (estimate.round() as u64, true)
    }

    /// From the ids to the sketch of them.
    fn estimate(&mut self) {
        if let Some(exact) = self.exact.take() {
            self.registers = vec![0; 1 << BITS];
            for id in exact {
                self.register(id);
            }
        }
    }

    fn register(&mut self, id: EventId) {
        // Random UUIDs are nearly uniform, but not all ids are random: mix.
        let bits = id.bits();
        let mut hash = (bits as u64) ^ ((bits >> 64) as u64).rotate_left(32);
        hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        hash ^= hash >> 31;
        let register = (hash >> (64 - BITS)) as usize;
        let rank = ((hash << BITS) | (1 << (BITS - 1))).leading_zeros() as u8 + 1;
        self.registers[register] = self.registers[register].max(rank);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_while_few_then_close_and_the_same_in_parts() {
        let id = |n: u128| EventId::from_bits(n.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835));
        let mut few: Distinct = Distinct::default();
        (0..1000u128).chain(500..1500).for_each(|n| few.see(id(n)));
        assert_eq!(few.count(), (1500, false));
        let (mut all, mut left, mut right) = <(Distinct, Distinct, Distinct)>::default();
        for n in 0..300_000u128 {
            all.see(id(n));
            if n % 2 == 0 { left.see(id(n)) } else { right.see(id(n)) }
        }
        left.merge(right);
        assert_eq!(left.count(), all.count());
        let (estimate, is_estimate) = all.count();
        assert!(is_estimate && (estimate as f64 - 300_000.0).abs() < 300_000.0 * 0.03, "{estimate}");
    }
}
