//! Spans of sightings that carry nothing, packed: values that are counted come back all year, and each time they do
//! is one more span.
//!
//! The spans are those of [`super::spans`]. The last one is kept as it is; those before it as differences, in as few
//! bytes as each needs: about half of what two numbers take.

use crate::time::{Timespan, Timestamp};

/// A span: its first and last moment.
pub(crate) type Moment = (Timestamp, Timestamp);

/// Disjoint spans, further apart than a width.
#[derive(Clone, Debug)]
pub(crate) struct Moments {
    /// The latest; before there is any, it ends before it begins.
    last: Moment,
    more: Option<Box<More>>,
}

/// The spans before the latest.
#[derive(Clone, Debug, Default)]
struct More {
    /// In order: how far behind the end of the one before each begins, and how long it is.
    packed: Vec<u8>,
    count: usize,
    /// The end of the last of them.
    end: u32,
    /// Those that came late, as they came: any of them may touch any other, and the latest.
    late: Vec<Moment>,
}

/// So many may have come late before they are put in their places, and one for so many that are there.
const LATE: usize = 16;
const EACH: usize = 8;

impl Default for Moments {
    fn default() -> Self {
        Moments { last: (Timestamp::MAX, Timestamp::MIN), more: None }
    }
}

impl Moments {
    fn is_empty(&self) -> bool {
        self.last.0 > self.last.1
    }

    /// Adds a sighting.
    #[inline]
    pub(crate) fn see(&mut self, time: Timestamp, width: Timespan) {
        self.insert((time, time), width);
    }

    /// Adds a span.
    pub(crate) fn insert(&mut self, new: Moment, width: Timespan) {
        let (first, last) = self.last;
        if self.is_empty() {
            self.last = new;
        } else if new.0 > last.ahead(width) {
            self.more.get_or_insert_default().pack((first, last));
            self.last = new;
        } else if new.0 >= first {
            self.last = (first, last.max(new.1));
        } else {
            let more = self.more.get_or_insert_default();
            more.late.push(new);
            if more.late.len() >= LATE + more.count / EACH {
                self.settle(width);
            }
        }
    }

    /// Adds another's spans.
    pub(crate) fn merge(&mut self, other: Moments, width: Timespan) {
        match other.more {
            None if other.is_empty() => {}
            None => self.insert(other.last, width),
            Some(_) if self.is_empty() => *self = other,
            Some(more) => {
                let mine = self.more.get_or_insert_default();
                more.unpack(&mut mine.late);
                mine.late.push(other.last);
                self.settle(width);
            }
        }
    }

    /// How many there are; what came late counts as it came.
    pub(crate) fn len(&self) -> usize {
        let more = self.more.as_ref().map_or(0, |more| more.count + more.late.len());
        more + usize::from(!self.is_empty())
    }

    /// The bytes they take besides their own.
    pub(crate) fn heap(&self) -> usize {
        let lists = |more: &More| more.packed.capacity() + more.late.capacity() * size_of::<Moment>();
        self.more.as_ref().map_or(0, |more| size_of::<More>() + lists(more))
    }

    /// The spans in order.
    pub(crate) fn list(mut self, width: Timespan) -> Vec<Moment> {
        if self.more.as_ref().is_some_and(|more| !more.late.is_empty()) {
            self.settle(width);
        }
        let mut list = Vec::with_capacity(self.len());
        if let Some(more) = &self.more {
            more.unpack(&mut list);
        }
        list.extend((!self.is_empty()).then_some(self.last));
        list
    }

    /// Puts what came late in its place.
    fn settle(&mut self, width: Timespan) {
        let Some(more) = &mut self.more else { return };
        let mut loose = std::mem::take(&mut more.late);
        loose.push(self.last);
        let earliest = loose.iter().map(|(first, _)| *first).min().unwrap_or(Timestamp::MAX);
        while more.count > 0 && Timestamp::from_secs(more.end).ahead(width) >= earliest {
            loose.extend(more.pop());
        }
        // Runs in order or in reverse: a stable sort makes use of them.
        loose.sort();
        let mut in_order = loose.into_iter();
        let Some(mut last) = in_order.next() else { return };
        for next in in_order {
            if next.0 > last.1.ahead(width) {
                more.pack(last);
                last = next;
            } else {
                last.1 = last.1.max(next.1);
            }
        }
        self.last = last;
        if more.count == 0 {
            self.more = None;
        }
    }
}

impl More {
    /// Adds one that lies behind all others.
    fn pack(&mut self, (first, last): Moment) {
        // Doubling would waste more than packing spares.
        if self.packed.capacity() - self.packed.len() < 10 {
            self.packed.reserve_exact(10 + self.packed.len() / EACH);
        }
        write(first.secs() - self.end, &mut self.packed);
        write(last.since(first).secs(), &mut self.packed);
        self.end = last.secs();
        self.count += 1;
    }

    /// Appends all of them: those in order, then those that came late.
    fn unpack(&self, list: &mut Vec<Moment>) {
        let mut bytes = self.packed.iter();
        let mut end = 0;
        while let Some(gap) = read(&mut bytes) {
            let first = end + gap;
            end = first + read(&mut bytes).unwrap_or(0);
            list.push((Timestamp::from_secs(first), Timestamp::from_secs(end)));
        }
        list.extend(&self.late);
    }

    /// Takes the last of those in order.
    fn pop(&mut self) -> Option<Moment> {
        let length = read_back(&mut self.packed)?;
        let gap = read_back(&mut self.packed)?;
        let (first, last) = (self.end - length, self.end);
        self.end = first - gap;
        self.count -= 1;
        Some((Timestamp::from_secs(first), Timestamp::from_secs(last)))
    }
}

/// Writes a number in groups of seven bits, the lowest first; all but the last group have the high bit set.
fn write(mut number: u32, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Reads one; `None` behind the last.
fn read<'b>(bytes: &mut impl Iterator<Item = &'b u8>) -> Option<u32> {
    let (mut number, mut shift) = (0, 0);
    loop {
        let byte = bytes.next()?;
        number |= u32::from(byte & 0x7f) << shift;
        if *byte < 0x80 {
            return Some(number);
        }
        shift += 7;
    }
}

/// Takes the number written last.
fn read_back(bytes: &mut Vec<u8>) -> Option<u32> {
    let mut number = u32::from(bytes.pop()?);
    while let Some(byte) = bytes.pop_if(|byte| *byte >= 0x80) {
        number = number << 7 | u32::from(byte & 0x7f);
    }
    Some(number)
}

#[cfg(test)]
mod tests {
    use super::super::spans::{Span, Spans};
    use super::*;
    use proptest::prelude::*;

    fn moments() -> impl Strategy<Value = Vec<(u32, u32)>> {
        // In order at first, as logs are, then any.
        let any = || proptest::collection::vec((0u32..2000, 0u32..30), 0..120);
        (any(), any(), 0u32..2).prop_map(|(mut sorted, rest, far)| {
            sorted.sort_unstable();
            let all = sorted.into_iter().chain(rest);
            all.map(|(first, length)| (first + far * (u32::MAX - 2100), length)).collect()
        })
    }

    proptest! {
        #[test]
        fn packed_spans_are_spans(moments in moments(), width in 0u32..40, cut in 0usize..240, merged: bool) {
            let width = Timespan::from_secs(width);
            let at = Timestamp::from_secs;
            let cut = if merged { cut.min(moments.len()) } else { moments.len() };
            let mut parts = [Moments::default(), Moments::default()];
            let mut spans: Spans<()> = Spans::default();
            for (number, (first, length)) in moments.iter().enumerate() {
                let (first, last) = (at(*first), at(first + length));
                parts[usize::from(number >= cut)].insert((first, last), width);
                spans.insert(Span { first, last, payload: () }, width);
            }
            let [mut left, right] = parts;
            left.merge(right, width);
            prop_assert!(left.len() >= spans.iter().len());
            let expected: Vec<Moment> = spans.iter().map(|span| (span.first, span.last)).collect();
            prop_assert_eq!(left.list(width), expected);
        }
    }

    #[test]
    fn a_span_takes_few_bytes() {
        let width = Timespan::from_secs(600);
        let mut moments = Moments::default();
        assert_eq!((moments.len(), moments.heap(), size_of::<Moments>()), (0, 0, 16));
        // Seen every hour of a year, for five minutes.
        for hour in 0..8760 {
            (0..6).for_each(|minute| moments.see(Timestamp::from_secs(hour * 3600 + minute * 60), width));
        }
        assert_eq!(moments.len(), 8760);
        assert!(moments.heap() < 5 * 8760, "{}", moments.heap());
    }
}
