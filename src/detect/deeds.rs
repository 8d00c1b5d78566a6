//! What one behaviour does to the states, each time it is seen.

use smallvec::SmallVec;

use super::field::FieldRef;
use super::hits::{Hit, keep_smallest};
use super::intern::KeyId;
use super::key::Value;
use super::memo::Waits;
use super::moments::Moment;
use super::shard::Shard;
use super::spans::Span;
use super::state::{First, State};
use crate::rule::RuleIndex;
use crate::time::{Timespan, Timestamp};

/// A state in which a sighting becomes a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sight {
    /// A term in its scope.
    Term(KeyId, KeyId),
    /// The scope alone, of the kind with this number.
    Scope(u16, KeyId),
    /// A value that the limit with this number counts, in its group.
    Value(u16, KeyId, KeyId),
}

/// A sighting to be made in one rule's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Seen {
    /// The width of the rule's spans.
    pub(crate) width: Timespan,
    pub(crate) rule: u32,
    /// Whether it belongs to what a rule only learns from.
    pub(crate) past: bool,
    pub(crate) sight: Sight,
}

/// What is noted while an event is judged.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    pub(crate) seen: Vec<Seen>,
    /// Feeds to be fed each time.
    pub(crate) feeds: Vec<Fed>,
    /// Rules without a group for this behaviour.
    pub(crate) left_out: Vec<RuleIndex>,
}

/// A feed to be fed each time, with what is known of it beforehand.
#[derive(Debug)]
pub(crate) struct Fed {
    /// The detection, and the feed's number in it.
    pub(crate) which: (u16, u16),
    pub(crate) group: Group,
    /// The values it counts, by number of the limit that counts them, unless they differ.
    pub(crate) values: Option<Box<[(u16, KeyId)]>>,
}

/// The group that a feed is fed for.
#[derive(Debug)]
pub(crate) enum Group {
    /// Always this one; `None` when a field that must be there is absent.
    Known(Option<KeyId>),
    /// Put together of these parts.
    Parts(Box<[Piece]>),
    /// To be found anew.
    Unknown,
}

/// A part of a group's key.
#[derive(Debug)]
pub(crate) enum Piece {
    /// Always this value.
    Known(Value),
    /// The value of this field.
    Field(FieldRef),
}

/// Sightings held back: all of one behaviour, in spans of one width.
#[derive(Debug)]
pub(crate) struct Wait {
    width: Timespan,
    /// Up to here the sightings of [`Deeds`] are of this width.
    until: u16,
    /// Whether some state keeps the first sightings.
    keeps_first: bool,
    /// `None` before the first.
    span: Option<(Timestamp, Timestamp)>,
    first: SmallVec<[Hit; 1]>,
    /// Spans before that one, where no state keeps first sightings: each look-up then serves several.
    done: Vec<(Timestamp, Timestamp)>,
}

/// So many spans are held back besides the last.
const MOST_DONE: usize = 15;

/// What a behaviour does.
#[derive(Debug)]
pub(crate) struct Deeds {
    seen: Box<[Seen]>,
    waits: Waits,
    pub(crate) feeds: Box<[Fed]>,
    left_out: Box<[RuleIndex]>,
    times: u64,
}

impl Deeds {
    /// Takes what was noted; `notes` are empty then.
    pub(crate) fn new(notes: &mut Notes) -> Deeds {
        notes.seen.sort_unstable();
        notes.seen.dedup();
        let mut waits = Waits::new();
        for (at, seen) in notes.seen.iter().enumerate() {
            let until = u16::try_from(at + 1).unwrap_or(u16::MAX);
            let keeps_first = matches!(seen.sight, Sight::Term(..));
            match waits.last_mut() {
                Some(wait) if wait.width == seen.width => {
                    wait.until = until;
                    wait.keeps_first |= keeps_first;
                }
                _ => waits.push(Wait {
                    width: seen.width,
                    until,
                    keeps_first,
                    span: None,
                    first: SmallVec::new(),
                    done: Vec::new(),
                }),
            }
        }
        let seen = notes.seen.as_slice().into();
        notes.seen.clear();
        let feeds = notes.feeds.drain(..).collect();
        Deeds { seen, waits, feeds, left_out: notes.left_out.drain(..).collect(), times: 0 }
    }

    /// Sees the behaviour at some time. `hit` is only asked for where the event may be shown as a first sighting.
    pub(crate) fn see(&mut self, time: Timestamp, hit: &mut dyn FnMut() -> Hit, shard: &mut Shard) {
        self.times += 1;
        let mut from = 0;
        for wait in &mut self.waits {
            let sights = &self.seen[from..usize::from(wait.until)];
            from = usize::from(wait.until);
            match wait.span {
                Some((first, last)) if first < time && time <= last => continue,
                Some((first, last)) if first < time && time <= last.ahead(wait.width) => {
                    wait.span = Some((first, time));
                    continue;
                }
                Some((first, last)) if time <= first && first <= time.ahead(wait.width) => {
                    if time < first {
                        wait.first.clear();
                    }
                    wait.span = Some((time, last));
                }
                Some(span) if !wait.keeps_first && wait.done.len() < MOST_DONE => {
                    wait.done.push(span);
                    wait.span = Some((time, time));
                }
                _ => {
                    wait.settle(sights, shard);
                    wait.span = Some((time, time));
                }
            }
            if wait.keeps_first {
                keep_smallest(&mut wait.first, hit());
            }
        }
    }

    /// Takes what was held back to the states.
    pub(crate) fn settle(&mut self, shard: &mut Shard) {
        let mut from = 0;
        for wait in &mut self.waits {
            wait.settle(&self.seen[from..usize::from(wait.until)], shard);
            from = usize::from(wait.until);
        }
        for rule in &self.left_out {
            *shard.tally.left_out.entry(*rule).or_default() += self.times;
        }
        self.times = 0;
    }
}

impl Wait {
    fn settle(&mut self, sights: &[Seen], shard: &mut Shard) {
        let Some((first, last)) = self.span.take() else { return };
        for seen in sights {
            if let Sight::Scope(kind, scope) = seen.sight {
                let spans = shard.scopes[usize::from(kind)].entry(scope).or_default();
                self.moments((first, last)).for_each(|(first, last)| {
                    spans.insert(Span { first, last, payload: () }, self.width);
                });
                continue;
            }
            let states = if seen.past { &mut shard.past } else { &mut shard.states };
            match (seen.sight, &mut states[seen.rule as usize]) {
                (Sight::Term(scope, term), State::Terms(terms)) => {
                    let span = Span { first, last, payload: First(self.first.clone()) };
                    terms.terms.entry((scope, term)).or_default().insert(span, self.width);
                }
                (Sight::Value(limit, group, value), State::Counts(counts)) => {
                    let spans = counts.values[usize::from(limit)].entry((group, value)).or_default();
                    self.moments((first, last)).for_each(|moment| spans.insert(moment, self.width));
                }
                // Sightings and states are made by one plan.
                (sight, _) => debug_assert!(false, "{sight:?} without its state"),
            }
        }
        self.first.clear();
        self.done.clear();
    }

    /// All that is held back, with the last of it.
    fn moments(&self, last: Moment) -> impl Iterator<Item = Moment> + '_ {
        self.done.iter().copied().chain([last])
    }
}
