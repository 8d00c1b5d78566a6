//! Stretches of time, each of something: which of them meet another one is found without a look at all.

use super::Timestamp;

/// A balanced tree in a sorted list: the middle of a part is the root of what lies on both sides of it.
#[derive(Debug)]
pub(crate) struct Stretches<T>(Vec<Stretch<T>>);

#[derive(Debug)]
struct Stretch<T> {
    first: Timestamp,
    last: Timestamp,
    /// The last moment of this one and of those below it.
    until: Timestamp,
    of: T,
}

impl<T: Copy> Stretches<T> {
    /// Each with its first and its last moment, both inclusive.
    pub(crate) fn new(stretches: impl IntoIterator<Item = (Timestamp, Timestamp, T)>) -> Stretches<T> {
        let stretches =
            stretches.into_iter().map(|(first, last, of)| Stretch { first, last, until: last, of });
        let mut list: Vec<Stretch<T>> = stretches.collect();
        list.sort_by_key(|stretch| (stretch.first, stretch.last));
        note_last(&mut list);
        Stretches(list)
    }

    /// Those that share a moment with this one, in order of time.
    pub(crate) fn meeting(&self, from: Timestamp, to: Timestamp) -> Vec<T> {
        let mut found = Vec::new();
        search(&self.0, from, to, &mut |of| {
            found.push(of);
            true
        });
        found
    }

    /// Whether any shares a moment with this one.
    pub(crate) fn any(&self, from: Timestamp, to: Timestamp) -> bool {
        !search(&self.0, from, to, &mut |_| false)
    }
}

/// Notes the last moment of each part at its root.
fn note_last<T>(part: &mut [Stretch<T>]) -> Timestamp {
    let (before, rest) = part.split_at_mut(part.len() / 2);
    let Some((root, behind)) = rest.split_first_mut() else { return Timestamp::MIN };
    root.until = root.last.max(note_last(before)).max(note_last(behind));
    root.until
}

/// Shows `look` those that meet this stretch, in order, until it says no; whether it never did.
fn search<T: Copy>(
    part: &[Stretch<T>],
    from: Timestamp,
    to: Timestamp,
    look: &mut impl FnMut(T) -> bool,
) -> bool {
    let (before, rest) = part.split_at(part.len() / 2);
    let Some((root, behind)) = rest.split_first() else { return true };
    root.until < from
        || (search(before, from, to, look)
            && (root.first > to || ((root.last < from || look(root.of)) && search(behind, from, to, look))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn those_that_meet_are_as_defined(
            spans in proptest::collection::vec((0u32..40, 0u32..12), 0..20), from in 0u32..50, length in 0u32..10,
        ) {
            let at = Timestamp::from_secs;
            let numbered = spans.iter().enumerate();
            let stretches =
                Stretches::new(numbered.map(|(number, (first, length))| (at(*first), at(first + length), number)));
            let (from, to) = (from, from + length);
            let got = stretches.meeting(at(from), at(to));
            let mut expected: Vec<usize> = (0..spans.len()).collect();
            expected.retain(|number| spans[*number].0 <= to && spans[*number].0 + spans[*number].1 >= from);
            expected.sort_by_key(|number| (spans[*number].0, spans[*number].1));
            prop_assert_eq!(stretches.any(at(from), at(to)), !expected.is_empty());
            prop_assert_eq!(got, expected);
        }
    }
}
