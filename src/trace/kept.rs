//! Sets of which a few values are kept: addresses of a key may be as many as its thief likes.

use std::collections::BTreeSet;

/// Values kept of one set.
pub(super) const MOST: usize = 200;

/// The smallest values of a set, and what was asked for wherever it would stand among them.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept {
    asked: BTreeSet<String>,
    others: BTreeSet<String>,
    /// Whether there were more than are kept.
    pub(super) more: bool,
}

impl Kept {
    /// Adds a value; `asked` when the id that is traced means it.
    pub(super) fn note(&mut self, value: String, asked: bool) {
        let set = if asked { &mut self.asked } else { &mut self.others };
        // The largest would be left out again.
        if set.len() >= MOST && set.last().is_some_and(|last| value > *last) {
            self.more = true;
            return;
        }
        set.insert(value);
        while set.len() > MOST {
            set.pop_last();
            self.more = true;
        }
    }

    pub(super) fn contains(&self, value: &str) -> bool {
        self.asked.contains(value) || self.others.contains(value)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &String> {
        self.asked.iter().chain(&self.others)
    }

    pub(super) fn first(&self) -> Option<&String> {
        self.asked.first().into_iter().chain(self.others.first()).min()
    }

    /// All that are kept, in order.
    pub(super) fn sorted(&self) -> Vec<String> {
        self.asked.union(&self.others).cloned().collect()
    }

    /// Takes in what another part of the logs tells.
    pub(super) fn join(&mut self, other: Kept) {
        self.more |= other.more;
        other.asked.into_iter().for_each(|value| self.note(value, true));
        other.others.into_iter().for_each(|value| self.note(value, false));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_for_is_kept_in_whatever_order_it_comes() {
        let all: Vec<String> = (0..500).map(|number| format!("{number:03}")).collect();
        let kept = |values: &mut dyn Iterator<Item = &String>| {
            let mut kept = Kept::default();
            values.for_each(|value| kept.note(value.clone(), value == "499"));
            kept
        };
        let forward = kept(&mut all.iter());
        assert!(forward.more && forward.sorted().len() == MOST + 1 && forward.contains("499"));
        assert_eq!(kept(&mut all.iter().rev()).sorted(), forward.sorted());
        let mut joined = kept(&mut all.iter().skip(250));
        joined.join(kept(&mut all.iter().take(250)));
        assert_eq!((joined.sorted(), joined.more), (forward.sorted(), true));
        assert!(!kept(&mut all.iter().take(MOST)).more);
        // Two parts, each of which has room for all of its own.
        let mut halves = kept(&mut all.iter().take(MOST));
        halves.join(kept(&mut all.iter().skip(MOST).take(MOST)));
        assert!(halves.more);
    }
}
