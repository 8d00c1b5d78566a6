//! How many distinct events there are: exact while few, beyond that an estimate that merges. Rules never use it.

use hashbrown::HashSet;

use crate::event::EventId;

/// Up to this many distinct events the count is exact.
pub(super) const EXACT: usize = 100_000;
/// Registers of the HyperLogLog sketch: a standard error of 1.04 / sqrt(2^14) = 0.8 %.
const BITS: u32 = 14;

/// A set of event ids of which only the size is asked.
#[derive(Clone, Debug)]
pub struct Distinct {
    /// `None` once there were too many.
    exact: Option<HashSet<EventId, foldhash::fast::FixedState>>,
    registers: Vec<u8>,
}

impl Default for Distinct {
    fn default() -> Self {
        Distinct { exact: Some(HashSet::default()), registers: vec![0; 1 << BITS] }
    }
}

impl Distinct {
    /// Notes an event.
    pub(crate) fn see(&mut self, id: EventId) {
        if let Some(exact) = &mut self.exact {
            exact.insert(id);
            if exact.len() > EXACT {
                self.exact = None;
            }
        }
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

    /// Set union.
    pub(crate) fn merge(&mut self, other: Distinct) {
        for (mine, theirs) in self.registers.iter_mut().zip(&other.registers) {
            *mine = (*mine).max(*theirs);
        }
        self.exact = match (self.exact.take(), other.exact) {
            (Some(mut mine), Some(theirs)) => {
                mine.extend(theirs);
                (mine.len() <= EXACT).then_some(mine)
            }
            _ => None,
        };
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_while_few_then_close_and_the_same_in_parts() {
        let id = |n: u128| EventId::from_bits(n.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835));
        let mut few = Distinct::default();
        (0..1000u128).chain(500..1500).for_each(|n| few.see(id(n)));
        assert_eq!(few.count(), (1500, false));
        let (mut all, mut left, mut right) = (Distinct::default(), Distinct::default(), Distinct::default());
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
