//! From when to when something was seen.

use super::Timestamp;

/// The first and last moment at which something was seen; neither when it never was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Period {
    pub(crate) first: Option<Timestamp>,
    pub(crate) last: Option<Timestamp>,
}

impl Period {
    /// It was seen then, too.
    pub(crate) fn see(&mut self, time: Timestamp) {
        self.join(Period { first: Some(time), last: Some(time) });
    }

    /// It was seen at all of these times, too.
    pub(crate) fn join(&mut self, other: Period) {
        self.first = [self.first, other.first].into_iter().flatten().min();
        self.last = self.last.max(other.last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_holds_all_that_was_seen() {
        let at = Timestamp::from_secs;
        let (mut early, mut late) = (Period::default(), Period::default());
        [5, 3].into_iter().for_each(|second| early.see(at(second)));
        assert_eq!(early, Period { first: Some(at(3)), last: Some(at(5)) });
        early.join(late);
        assert_eq!(early, Period { first: Some(at(3)), last: Some(at(5)) });
        late.see(at(9));
        late.join(early);
        assert_eq!(late, Period { first: Some(at(3)), last: Some(at(9)) });
    }
}
