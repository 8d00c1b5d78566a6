//! Windows that hold every step of a sequence.

use std::collections::BTreeMap;

use super::super::super::hits::{Hit, within};
use super::super::sweep::{Series, runs};
use crate::event::EventId;
use crate::rule::Order;
use crate::time::{Timespan, Timestamp};

/// A stretch of time in which the windows overlap that hold every step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Episode {
    /// The first event of any such window.
    pub(super) from: Timestamp,
    /// The last event of any such window.
    pub(super) to: Timestamp,
    /// The end of the first such window.
    pub(super) moment: Timestamp,
}

/// Windows that hold every step, whatever the order. One event may stand for several steps, as Sigma has it.
pub(super) fn in_any_order(steps: &[Vec<Hit>], width: Timespan) -> Vec<Episode> {
    let series: Vec<Series> = steps
        .iter()
        .map(|hits| Series {
            active: hits.iter().map(|hit| (hit.time, hit.time.ahead(width))).collect(),
            bounds: vec![(Order::GreaterOrEqual, 1)],
        })
        .collect();
    runs(&series, series.len(), width, None)
        .into_iter()
        .map(|run| {
            let inside = || steps.iter().map(|hits| within(hits, run.first_end.back(width), run.last_end));
            Episode {
                from: inside().filter_map(<[Hit]>::first).map(|hit| hit.time).min().unwrap_or(run.first_end),
                to: inside().filter_map(<[Hit]>::last).map(|hit| hit.time).max().unwrap_or(run.last_end),
                moment: run.first_end,
            }
        })
        .collect()
}

/// Windows that hold the steps in their order. Times are whole seconds: steps within the same second may have
/// happened in any order, so they count as in order; but one event stands for one step only.
pub(super) fn in_order(steps: &[Vec<Hit>], width: Timespan) -> Vec<Episode> {
    let mut seconds: BTreeMap<Timestamp, BTreeMap<EventId, Vec<usize>>> = BTreeMap::new();
    for (step, hits) in steps.iter().enumerate() {
        for hit in hits {
            seconds.entry(hit.time).or_default().entry(hit.id).or_default().push(step);
        }
    }
    // For each number of steps done: the latest moment at which such a chain began.
    let mut begun: Vec<Option<Timestamp>> = vec![None; steps.len() + 1];
    let mut episodes: Vec<Episode> = Vec::new();
    for (second, events) in &seconds {
        let mut next = begun.clone();
        for done in 0..steps.len() {
            let Some(start) = (if done == 0 { Some(*second) } else { begun[done] }) else { continue };
            for more in 1..=steps.len() - done {
                if !each_its_own(events, done, more) {
                    break;
                }
                next[done + more] = next[done + more].max(Some(start));
            }
        }
        begun = next;
        let whole = begun[steps.len()].filter(|start| second.since(*start) <= width);
        // Only a chain that ends here and now makes a window that ends here.
        if let Some(start) = whole.filter(|_| events.values().flatten().any(|step| *step + 1 == steps.len()))
        {
            match episodes.last_mut() {
                Some(last) if start <= last.to => {
                    last.from = last.from.min(start);
                    last.to = *second;
                }
                _ => episodes.push(Episode { from: start, to: *second, moment: *second }),
            }
        }
    }
    episodes
}

/// Whether `more` steps from `first` on can be given to different events of one second.
fn each_its_own(events: &BTreeMap<EventId, Vec<usize>>, first: usize, more: usize) -> bool {
    fn place<'e>(
        step: usize,
        events: &'e BTreeMap<EventId, Vec<usize>>,
        taken: &mut BTreeMap<&'e EventId, usize>,
        tried: &mut Vec<&'e EventId>,
    ) -> bool {
        for (id, steps) in events {
            if !steps.contains(&step) || tried.contains(&id) {
                continue;
            }
            tried.push(id);
            let holder = taken.get(id).copied();
            if holder.is_none_or(|other| place(other, events, taken, tried)) {
                taken.insert(id, step);
                return true;
            }
        }
        false
    }
    let mut taken = BTreeMap::new();
    (first..first + more).all(|step| place(step, events, &mut taken, &mut Vec::new()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::Location;
    use proptest::prelude::*;

    fn hit(time: u32, id: u128) -> Hit {
        Hit { time: Timestamp::from_secs(time), id: EventId::from_bits(id), digest: 0, at: Location::NOWHERE }
    }

    /// The definition: is there a chain of different events, one for each step, in order of time, that ends at
    /// `end` and is no longer than the width?
    fn chain(
        steps: &[Vec<Hit>],
        used: &mut Vec<EventId>,
        from: Timestamp,
        end: Timestamp,
        width: Timespan,
    ) -> bool {
        let Some((step, rest)) = steps.split_first() else { return true };
        step.iter().any(|hit| {
            let fits = hit.time >= from && hit.time <= end && !used.contains(&hit.id);
            let last = rest.is_empty();
            if !fits || (last && hit.time != end) || end.since(hit.time) > width {
                return false;
            }
            used.push(hit.id);
            let found = chain(rest, used, hit.time, end, width);
            used.pop();
            found
        })
    }

    proptest! {
        #[test]
        fn ordered_windows_are_as_defined(
            events in proptest::collection::vec((0u32..25, 0u128..30, 0usize..3), 0..14), width in 0u32..8,
        ) {
            let width = Timespan::from_secs(width);
            let mut steps = vec![Vec::new(); 3];
            let mut time_of = BTreeMap::new();
            for (time, id, step) in events {
                let time = *time_of.entry(id).or_insert(time);
                steps[step].push(hit(time, id));
            }
            for list in &mut steps {
                list.sort_by_key(Hit::order);
                list.dedup();
            }
            let ends: Vec<u32> = (0..30)
                .filter(|end| {
                    let end = Timestamp::from_secs(*end);
                    chain(&steps, &mut Vec::new(), Timestamp::MIN, end, width)
                })
                .collect();
            let got = in_order(&steps, width);
            // Every window end lies in an episode, and every episode begins its ends with one.
            for end in &ends {
                prop_assert!(got.iter().any(|e| e.moment.secs() <= *end && *end <= e.to.secs()), "{} {:?}", end, got);
            }
            for episode in &got {
                prop_assert!(ends.contains(&episode.moment.secs()) && ends.contains(&episode.to.secs()));
            }
        }
    }

    #[test]
    fn the_same_second_is_in_order_but_one_event_is_one_step() {
        let width = Timespan::from_secs(10);
        let two = [vec![hit(5, 2)], vec![hit(5, 1)]];
        assert_eq!(in_order(&two, width).len(), 1);
        let one = [vec![hit(5, 1)], vec![hit(5, 1)]];
        assert_eq!(in_order(&one, width).len(), 0);
        assert_eq!(in_any_order(&one, width).len(), 1);
        let swapped = [vec![hit(5, 1), hit(5, 2)], vec![hit(5, 1)]];
        assert_eq!(in_order(&swapped, width).len(), 1);
        let far = [vec![hit(5, 1)], vec![hit(15, 2)]];
        assert_eq!(in_order(&far, width).len(), 1);
        let farther = [vec![hit(5, 1)], vec![hit(16, 2)]];
        assert_eq!(in_order(&farther, width).len(), 0);
    }
}
