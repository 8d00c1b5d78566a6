//! Which worker reads which file next.
//!
//! Files that follow one another by name are of the same account and region, where the same callers do the same
//! things. Whoever reads the first of them had better read the others too: then a behaviour is new to one worker, not
//! to all, and is in the states of one.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The files left to be read, shared out among workers.
#[derive(Debug)]
pub(super) struct Shares {
    /// Those that are read before all others, by whoever comes: the largest first, so that none is begun when the other
    /// workers are about to finish.
    first: Mutex<VecDeque<u32>>,
    others: Vec<u32>,
    /// For each worker a part of the others.
    parts: Vec<Mutex<Range<usize>>>,
}

impl Shares {
    /// Shares out files of these sizes; those larger than `early` come first.
    pub(super) fn new(sizes: &[u64], early: u64, workers: usize) -> Shares {
        let size = |file: &u32| sizes[*file as usize];
        let all = 0..u32::try_from(sizes.len()).unwrap_or(u32::MAX);
        let (mut first, others): (Vec<u32>, Vec<u32>) = all.partition(|file| size(file) > early);
        first.sort_by_key(|file| std::cmp::Reverse(size(file)));
        // Opening a file takes as long as inflating some thousand bytes.
        let weight = |file: &u32| size(file) + 4096;
        let whole: u64 = others.iter().map(weight).sum();
        let workers = workers.max(1);
        let mut ends = Vec::new();
        let mut before = 0;
        for (at, file) in others.iter().enumerate() {
            while ends.len() + 1 < workers && before * workers as u64 >= whole * (ends.len() as u64 + 1) {
                ends.push(at);
            }
            before += weight(file);
        }
        ends.resize(workers, others.len());
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let parts = starts.zip(&ends).map(|(start, end)| Mutex::new(start..*end)).collect();
        Shares { first: Mutex::new(first.into()), others, parts }
    }

    /// The next file for a worker; one that has read its part takes half of what another has left.
    pub(super) fn next(&self, worker: usize) -> Option<u32> {
        if let Some(file) = lock(&self.first).pop_front() {
            return Some(file);
        }
        let own = self.parts.get(worker)?;
        loop {
            if let Some(at) = lock(own).next() {
                return self.others.get(at).copied();
            }
            let most = self.parts.iter().max_by_key(|part| lock(part).len())?;
            let mut theirs = lock(most);
            if theirs.is_empty() {
                return None;
            }
            let taken = theirs.start + theirs.len() / 2..theirs.end;
            theirs.end = taken.start;
            drop(theirs);
            *lock(own) = taken;
        }
    }
}

/// No share is left half done by a panic.
fn lock<T>(share: &Mutex<T>) -> MutexGuard<'_, T> {
    share.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn each_file_is_read_once(
            sizes in proptest::collection::vec(0u64..100, 0..200), workers in 1usize..6, turns in proptest::collection::vec(0usize..6, 0..400),
        ) {
            let shares = Shares::new(&sizes, 90, workers);
            let mut seen = Vec::new();
            // Some turns as they come, then all that is left by one.
            for turn in turns {
                seen.extend(shares.next(turn % workers));
            }
            while let Some(file) = shares.next(0) {
                seen.push(file);
            }
            prop_assert!((0..workers).all(|worker| shares.next(worker).is_none()));
            let large = sizes.iter().filter(|size| **size > 90).count();
            let firsts: Vec<u64> = seen.iter().take(large).map(|file| sizes[*file as usize]).collect();
            prop_assert!(firsts.is_sorted_by(|a, b| a >= b) && firsts.iter().all(|size| *size > 90));
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..sizes.len() as u32).collect::<Vec<_>>());
        }
    }

    #[test]
    fn each_worker_begins_with_a_part_of_its_own() {
        let shares = Shares::new(&[10; 9], 90, 3);
        assert_eq!([0, 1, 2].map(|worker| shares.next(worker)), [Some(0), Some(3), Some(6)]);
        assert_eq!([0, 1, 2].map(|worker| shares.next(worker)), [Some(1), Some(4), Some(7)]);
        assert_eq!([0, 1, 2].map(|worker| shares.next(worker)), [Some(2), Some(5), Some(8)]);
        assert_eq!(shares.next(1), None);
    }
}
