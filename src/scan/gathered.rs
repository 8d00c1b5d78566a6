//! What reading again found of one firing.

use std::collections::{HashMap, HashSet};

use super::evidence::Shown;
use super::told::Told;
use crate::detect::Hit;
use crate::event::EventId;

/// What reading again found.
#[derive(Clone, Default)]
pub(super) struct Gathered {
    pub(super) shown: Vec<Shown>,
    /// For windows: every event, by id the preferred copy.
    pub(super) events: HashMap<EventId, Hit>,
    /// Where [`of_several_calls`](super::wants::of_several_calls): whether one of them succeeded.
    pub(super) succeeded: bool,
    /// Of the same: those that were refused.
    pub(super) refused: HashSet<EventId>,
    pub(super) told: Told,
    /// Conditions on events that some event fulfilled.
    pub(super) raised: Vec<Vec<Option<bool>>>,
}

impl Gathered {
    /// The first few events.
    pub(super) fn first(&self, most: usize) -> Vec<Hit> {
        let mut hits: Vec<Hit> = self.events.values().copied().collect();
        if hits.len() > most {
            hits.select_nth_unstable_by_key(most, Hit::order);
            hits.truncate(most);
        }
        hits
    }

    pub(super) fn raise(&mut self, raised: Vec<Vec<Option<bool>>>) {
        if self.raised.is_empty() {
            self.raised = raised;
            return;
        }
        for (mine, theirs) in self.raised.iter_mut().flatten().zip(raised.into_iter().flatten()) {
            *mine = match (*mine, theirs) {
                (Some(a), Some(b)) => Some(a | b),
                (a, b) => a.or(b),
            };
        }
    }

    /// Joins what another thread found.
    pub(super) fn merge(&mut self, other: Gathered) {
        self.shown.extend(other.shown);
        self.succeeded |= other.succeeded;
        self.refused.extend(other.refused);
        self.told.merge(other.told);
        #[expect(clippy::iter_over_hash_type, reason = "a union has no order")]
        for (id, hit) in other.events {
            let kept = self.events.entry(id).or_insert(hit);
            if hit.preference() < kept.preference() {
                *kept = hit;
            }
        }
        if !other.raised.is_empty() {
            self.raise(other.raised);
        }
    }
}
