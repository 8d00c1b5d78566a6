//! Work shared out among threads.

use std::sync::{Mutex, PoisonError};

/// Does `work` on every item, each on whichever of `jobs` threads is free next. What came of them is in the order of
/// the items, whoever did them; a panic is passed on.
pub(crate) fn share<T: Send, R: Send>(jobs: usize, items: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let jobs = jobs.min(items.len());
    if jobs <= 1 {
        return items.into_iter().map(work).collect();
    }
    let queue = Mutex::new(items.into_iter().enumerate());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    let toil = || {
        let mut done = Vec::new();
        while let Some((number, item)) = next() {
            done.push((number, work(item)));
        }
        done
    };
    let mut done = std::thread::scope(|scope| {
        let others: Vec<_> = (1..jobs).map(|_| scope.spawn(toil)).collect();
        let mut done = toil();
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;

    #[test]
    fn each_once_in_order_and_on_several_threads() {
        // Whoever waits at the barrier is let go only once another thread waits there too.
        let barrier = Barrier::new(2);
        let work = |item: u32| {
            if item < 2 {
                barrier.wait();
            }
            (item, std::thread::current().id())
        };
        let done = share(3, (0..50).collect(), work);
        assert_eq!(done.iter().map(|(item, _)| *item).collect::<Vec<_>>(), (0..50).collect::<Vec<_>>());
        assert_ne!(done[0].1, done[1].1);
        let alone = share(1, vec![7, 8], |item| (item, std::thread::current().id()));
        assert!(alone.iter().all(|(_, thread)| *thread == std::thread::current().id()));
    }

    #[test]
    #[should_panic(expected = "of item 3")]
    fn a_panic_is_passed_on() {
        share(2, (0..9).collect(), |item| assert_ne!(item, 3, "of item {item}"));
    }
}
