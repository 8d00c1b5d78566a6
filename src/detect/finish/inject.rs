//! What correlations said, as events for those that refer to them.

use super::super::firing::{Evidence, Firing};
use super::super::hits::{Hit, Location};
use super::super::key;
use super::super::plan::limits;
use super::super::state::State;
use super::{Court, episodes};
use crate::event::EventId;
use crate::rule::{Body, Correlation, RuleIndex};

impl Court<'_> {
    /// Firings of correlations that this one refers to become events of its own: at the moment each began to hold,
    /// with its group's values.
    pub(super) fn inject(
        &mut self,
        rule: RuleIndex,
        correlation: &Correlation,
        state: &mut State,
        fired: &[Vec<Firing>],
    ) {
        for (step, other) in correlation.rules.iter().enumerate() {
            if matches!(self.plan.set.rules[*other].body, Body::Detection(_)) {
                continue;
            }
            for firing in episodes::of(self.plan, fired, *other) {
                // What came before `since` is an event to those only who saw the others of then.
                if !self.reportable(firing.last.unwrap_or(firing.moment)) {
                    continue;
                }
                let values: Vec<Option<&str>> =
                    correlation.group_by.iter().map(|group| firing.value(&group.paths[step])).collect();
                if values.iter().any(Option::is_none) {
                    continue;
                }
                let group = self.keys.intern(&key::of(&values));
                let hit = self.stand_in(firing);
                let width = self.plan.widths[rule];
                match state {
                    State::Counts(counts) => {
                        counts.events.entry(group).or_default().insert(hit);
                        let limits = limits(&self.plan.set, rule).filter(|limit| !limit.fields.is_empty());
                        for (limit, map) in limits.zip(&mut counts.values) {
                            let values: Vec<Option<&str>> =
                                limit.fields.iter().map(|field| firing.value(field)).collect();
                            if values.iter().all(Option::is_some) {
                                let value = self.keys.intern(&key::of(&values));
                                map.entry((group, value)).or_default().see(hit.time, width);
                            }
                        }
                    }
                    State::Steps(steps) => {
                        steps.entry((group, u8::try_from(step).unwrap_or(u8::MAX))).or_default().insert(hit);
                    }
                    // New terms, figures and documents are read from events, not from what rules say of them.
                    _ => {}
                }
            }
        }
    }

    /// The event that stands for a firing in an outer correlation.
    fn stand_in(&self, firing: &Firing) -> Hit {
        let (digest, at) = match &firing.evidence {
            Evidence::Hits(hits) => {
                let first = hits.iter().find(|hit| self.reportable(hit.time));
                first.map_or((0, Location::NOWHERE), |hit| (hit.digest, hit.at))
            }
            Evidence::Windows(_) => (0, Location::NOWHERE),
        };
        let seed =
            format!("{} {:?} {}", self.plan.set.rules[firing.rule].name, firing.group, firing.key.text());
        Hit { time: firing.moment.max(self.since()), id: EventId::of_text(&seed), digest, at }
    }
}
