//! A scope of `new_terms`: its terms and when they were seen, how many were known at a moment, and the most alike.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use super::super::intern::KeyId;
use super::super::spans::{Span, Spans};
use super::super::state::First;
use crate::time::{Timespan, Timestamp};

/// Terms looked through for the nearest ones.
const MOST_COMPARED: usize = 400;
/// Nearest terms shown.
const NEAREST: usize = 3;
/// A text longer than this in bytes is as unlike every other as one of this length can be.
const LONG: usize = 256;

/// What is known of a scope, as it lies in the state.
#[derive(Default)]
pub(super) struct RawScope<'s> {
    pub(super) terms: Vec<(KeyId, &'s Spans<First>)>,
    pub(super) seen: Vec<Spans<()>>,
}

impl RawScope<'_> {
    /// The scope since `cut`.
    pub(super) fn scope(
        &self,
        values: impl Fn(KeyId) -> Vec<String>,
        cut: Timestamp,
        width: Timespan,
    ) -> Scope {
        let mut seen = Spans::default();
        let mut terms: BTreeMap<Vec<String>, Spans<First>> = BTreeMap::new();
        for (term, spans) in &self.terms {
            let of_term = terms.entry(values(*term)).or_default();
            for span in spans.iter().filter(|span| span.last >= cut) {
                seen.insert(Span { first: span.first, last: span.last, payload: () }, width);
                of_term.insert(span.clone(), width);
            }
        }
        for span in self.seen.iter().flat_map(|spans| spans.iter()).filter(|span| span.last >= cut) {
            seen.insert(span.clone(), width);
        }
        let terms = terms.into_iter().map(|(values, spans)| Term::new(values, spans)).collect();
        Scope { terms, seen, width, comparison: OnceCell::new() }
    }
}

/// A term of a scope.
pub(super) struct Term {
    pub(super) values: Vec<String>,
    pub(super) spans: Spans<First>,
    /// Its values in one text.
    pub(super) shown: String,
}

/// How often the characters of each class occur in a text.
struct Letters([u8; 64]);

impl Letters {
    fn of(text: &str) -> Letters {
        let mut letters = [0u8; 64];
        for letter in text.chars() {
            let count = &mut letters[letter as usize % 64];
            *count = count.saturating_add(1);
        }
        Letters(letters)
    }

    /// No fewer changes make one text of the other: each takes one character away, adds one, or both.
    fn least_changes(&self, other: &Letters) -> u16 {
        let (mut mine, mut theirs) = (0, 0);
        for (a, b) in self.0.iter().zip(other.0) {
            mine += u16::from(a.saturating_sub(b));
            theirs += u16::from(b.saturating_sub(*a));
        }
        mine.max(theirs)
    }
}

impl Term {
    fn new(values: Vec<String>, spans: Spans<First>) -> Term {
        let shown = values.join(" / ");
        Term { values, spans, shown }
    }

    /// Whether a sighting before that moment lies no more than a width back.
    fn is_known(&self, at: Timestamp, width: Timespan) -> bool {
        self.spans.iter().any(|span| span.first < at && span.last.ahead(width) >= at)
    }
}

/// A scope and its terms, in the order of their values.
pub(super) struct Scope {
    pub(super) terms: Vec<Term>,
    /// Sightings of the scope by whatever rule.
    pub(super) seen: Spans<()>,
    width: Timespan,
    comparison: OnceCell<Comparison>,
}

/// What the new is compared with. Only who tells of a new term asks for it: most rules with many terms tell nobody.
struct Comparison {
    /// The moments at which terms come to be known, and until which they are, in order.
    begins: Vec<Timestamp>,
    ends: Vec<Timestamp>,
    /// Those of each term.
    letters: Vec<Letters>,
}

impl Comparison {
    fn of(terms: &[Term], width: Timespan) -> Comparison {
        let spans = terms.iter().flat_map(|term| term.spans.iter());
        let (mut begins, mut ends): (Vec<_>, Vec<_>) =
            spans.map(|span| (span.first, span.last.ahead(width))).unzip();
        begins.sort_unstable();
        ends.sort_unstable();
        let letters = terms.iter().map(|term| Letters::of(&term.shown)).collect();
        Comparison { begins, ends, letters }
    }
}

impl Scope {
    fn comparison(&self) -> &Comparison {
        self.comparison.get_or_init(|| Comparison::of(&self.terms, self.width))
    }

    /// How many terms are known just before a moment. Spans of one term lie more than a width apart, so that each counts
    /// once at most.
    pub(super) fn known(&self, at: Timestamp) -> usize {
        let Comparison { begins, ends, .. } = self.comparison();
        begins.partition_point(|begin| *begin < at) - ends.partition_point(|end| *end < at)
    }

    /// The known terms most like the one with this number, of those next to it in order where there are many.
    pub(super) fn nearest(&self, number: usize, at: Timestamp) -> Vec<String> {
        let start =
            number.saturating_sub(MOST_COMPARED / 2).min(self.terms.len().saturating_sub(MOST_COMPARED));
        let end = self.terms.len().min(start + MOST_COMPARED);
        let letters = &self.comparison().letters;
        let term = |number: usize| (&self.terms[number], &letters[number]);
        let mut near: Vec<(i64, &str)> = Vec::with_capacity(NEAREST + 1);
        // Those next to it have most of the beginning in common: what comes after hardly needs a closer look.
        let outwards = (number..end).chain((start..number).rev()).map(term);
        for (known, its_letters) in outwards.filter(|(known, _)| known.is_known(at, self.width)) {
            let worst = near.get(NEAREST - 1).map_or(i64::MAX, |(likeness, _)| *likeness);
            let Some(likeness) = likeness(term(number), (known, its_letters), worst) else { continue };
            let place = near.partition_point(|other| *other < (likeness, &known.shown));
            near.insert(place, (likeness, &known.shown));
            near.truncate(NEAREST);
        }
        near.into_iter().map(|(_, known)| known.to_owned()).collect()
    }
}

/// How unlike two terms are, unless that is more than `worst`; the same beginning counts most, as with addresses, ARNs
/// and account names.
fn likeness(
    (new, new_letters): (&Term, &Letters),
    (known, known_letters): (&Term, &Letters),
    worst: i64,
) -> Option<i64> {
    let pairs = new.shown.chars().zip(known.shown.chars());
    let (common, bytes) = pairs
        .take_while(|(a, b)| a == b)
        .fold((0, 0), |(common, bytes), (a, _)| (common + 1, bytes + a.len_utf8()));
    let bonus = 2 * common;
    if new.shown.len().max(known.shown.len()) > LONG {
        return Some(LONG as i64 - bonus).filter(|likeness| *likeness <= worst);
    }
    if i64::from(new_letters.least_changes(known_letters)) - bonus > worst {
        return None;
    }
    let changes = strsim::levenshtein(&new.shown[bytes..], &known.shown[bytes..]);
    Some(changes as i64 - bonus).filter(|likeness| *likeness <= worst)
}

#[cfg(test)]
mod tests {
    use super::super::super::intern::Interner;
    use super::*;
    use proptest::prelude::*;
    use smallvec::SmallVec;

    const WIDTH: Timespan = Timespan::from_secs(10);

    fn scope(sightings: &[(String, u32)]) -> Scope {
        let mut interner = Interner::default();
        let mut terms: BTreeMap<KeyId, Spans<First>> = BTreeMap::new();
        for (text, time) in sightings {
            let spans = terms.entry(interner.intern(text.as_bytes())).or_default();
            spans.see(Timestamp::from_secs(*time), WIDTH, First(SmallVec::new()));
        }
        let text = |key| vec![String::from_utf8(interner.get(key).to_vec()).unwrap()];
        let parts =
            RawScope { terms: terms.iter().map(|(key, spans)| (*key, spans)).collect(), seen: Vec::new() };
        parts.scope(text, Timestamp::MIN, WIDTH)
    }

    proptest! {
        /// The definition: count and compare every term that is known.
        #[test]
        fn known_and_nearest_are_what_looking_at_all_gives(
            sightings in prop::collection::vec(("[ab.é]{0,6}", 0u32..60), 1..40),
            at in 0u32..70,
        ) {
            let scope = scope(&sightings);
            let at = Timestamp::from_secs(at);
            let known: Vec<&Term> = scope.terms.iter().filter(|term| term.is_known(at, WIDTH)).collect();
            prop_assert_eq!(scope.known(at), known.len());
            for (number, new) in scope.terms.iter().enumerate() {
                let mut all: Vec<(i64, String)> = known
                    .iter()
                    .map(|known| {
                        let pairs = new.shown.chars().zip(known.shown.chars());
                        let common = pairs.take_while(|(a, b)| a == b).count() as i64;
                        (strsim::levenshtein(&new.shown, &known.shown) as i64 - 2 * common, known.shown.clone())
                    })
                    .collect();
                all.sort_unstable();
                let nearest: Vec<String> = all.into_iter().take(NEAREST).map(|(_, known)| known).collect();
                prop_assert_eq!(scope.nearest(number, at), nearest);
            }
        }
    }
}
